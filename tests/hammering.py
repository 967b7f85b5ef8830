"""What happens to a model store under blows; run by tests as a program, in a process of its own.

    python hammering.py save MODELS FIRST COUNT   one save after another
    python hammering.py steps MODELS              be killed at every step of a save
    python hammering.py fits FOLDER KILLS SEED    be killed while fitting, at random times
    python hammering.py fit FOLDER FIRST COUNT    one `mlcli fit` after another
    python hammering.py signals FOLDER [N ...]    stop `mlcli fit` at every moment, or the Nth
    python hammering.py full FOLDER SIZE ...      run `mlcli fit` with no room for larger files

Stdout is one JSON object that says what was seen.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from sealing import description, parts, token_of

from mlcli.store import cargo, files, versions

# Everything by which a save changes the disk.
STEPS = [
    (Path, "mkdir"),
    (Path, "touch"),
    (Path, "write_bytes"),
    (files, "add_lines"),
    (os, "fsync"),
    (Path, "chmod"),
    (Path, "rename"),
    (Path, "replace"),
]


def keep(models: Path, token: float) -> None:
    versions.save(models, "nights", description(token), parts(token))


def save(models: Path, first: int, count: int) -> dict[str, Any]:
    for token in range(first, first + count):
        keep(models, token)
    return {"saved": count}


def steps(models: Path) -> dict[str, Any]:
    """Die before and after every step of a save in turn; each time a whole model must be left."""
    seen = {"kills": 0, "old": 0, "new": 0}
    keep(models, 0)
    for when in ("before", "after"):
        at = 0
        while True:
            before = token_of(models)
            child = os.fork()
            if child == 0:
                _die(at, when)
                keep(models, before + 1)
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                assert status == 0
                assert token_of(models) == before + 1
                break
            assert os.WTERMSIG(status) == signal.SIGKILL
            after = token_of(models)
            assert after in {before, before + 1}, (before, after)
            seen["kills"] += 1
            seen["new" if after > before else "old"] += 1
            at += 1
    return seen


def _die(at: int, when: str) -> None:
    count = iter(range(1000))

    def wrapped(call: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            ours = next(count) == at
            if ours and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **kwargs)
            if ours:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return step

    for owner, name in STEPS:
        setattr(owner, name, wrapped(getattr(owner, name)))


def fit(folder: Path, first: int, count: int) -> dict[str, Any]:
    from mlcli.cli.process import main

    os.chdir(folder)
    name = f"nights-{first}"
    for seed in range(first, first + count):
        text = (folder / "nights.yaml").read_text()
        (folder / "seeds").mkdir(exist_ok=True)
        mine = folder / "seeds" / name / "configs"
        mine.mkdir(parents=True, exist_ok=True)
        (mine / "nights.yaml").write_text(f"{text}seed: {seed}\n")
        for shared in ("data", "models"):
            if not (mine.parent / shared).exists():
                (mine.parent / shared).symlink_to(folder / shared, target_is_directory=True)
        with redirect_stdout(StringIO()):
            assert main(["fit", str(mine / "nights.yaml")]) == 0
    return {"fitted": count}


def fits(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill `mlcli fit` at random times; each time a whole model must be left."""
    draw = random.Random(seed)
    models = folder / "models"
    fit(folder, 0, 1)
    versions = set()
    for n in range(1, kills + 1):
        child = os.fork()
        if child == 0:
            fit(folder, n * 1000, 1000)
            os._exit(1)
        time.sleep(draw.uniform(0.02, 0.35))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        versions.add(whole(models))
    return {"kills": kills, "versions": len(versions)}


def whole(models: Path) -> int:
    """Read everything of the current version of `nights`, and answer; return its number."""
    from mlcli.verbs import ask

    manifest = versions.read(models, "nights")
    for file in manifest.digests.cargo:
        cargo.read(manifest, file)
    assert ask.load(manifest).answer({"guests": 5.0}).value is not None
    assert manifest.seed == manifest.definition.values["seed"]
    return manifest.version


# Where a signal comes, and what is saved in the end.
MOMENTS = {
    "reading the definition": ("mlcli.definition.yaml_file", "read", False),
    "reading the exports": ("mlcli.exports.reading", "read", False),
    "learning": ("mlcli.learning.fitting", "fit", False),
    "writing the first file": ("os", "fsync", True),
    "replacing current": ("mlcli.store.files", "replace_file", True),
    "noting the run": ("mlcli.store.runs", "note", True),
    "showing the result": ("mlcli.screens.fit_and_evaluate", "fitted", True),
}


def signals(folder: Path, *only: int) -> dict[str, Any]:
    """Stop `mlcli fit` at every moment, in a copy of the folder each; return how it ended."""
    seen = {}
    for number, (moment, (module, name, _)) in enumerate(MOMENTS.items()):
        if only and number not in only:
            continue
        for stop in (signal.SIGINT, signal.SIGTERM):
            place = _copy(folder, f"{moment}, {stop.name}")
            child = _fork(place, partial(_wait_at, module, name))
            while not (place / "here").exists():
                time.sleep(0.005)
            os.kill(child, stop)
            (place / "go").touch()
            seen[place.name] = _ended(place, child)
    return seen


def _wait_at(module: str, name: str) -> None:
    """Go no further, the first time that a function is called, than `go` says."""
    owner = import_module(module)
    call = getattr(owner, name)

    def waiting(*args: Any, **kwargs: Any) -> Any:
        setattr(owner, name, call)
        Path("here").touch()
        while not Path("go").exists():
            time.sleep(0.005)
        return call(*args, **kwargs)

    setattr(owner, name, waiting)


def full(folder: Path, *sizes: int) -> dict[str, Any]:
    """Run `mlcli fit` where no file may grow beyond a size; return how it ended."""
    import resource

    seen = {}
    for size in sizes:
        place = _copy(folder, str(size))
        limit = (resource.RLIMIT_FSIZE, (size, size))
        child = _fork(place, partial(resource.setrlimit, *limit))
        seen[place.name] = _ended(place, child)
    return seen


def _copy(folder: Path, name: str) -> Path:
    place = folder / "copies" / name
    for part in ("configs", "data", "models"):
        shutil.copytree(folder / part, place / part)
    return place


_IMPORTED = (
    "sklearn.ensemble",
    "sklearn.pipeline",
    "mlcli.screens.fit_and_evaluate",
    "mlcli.definition.yaml_file",
)


def _fork(place: Path, prepare: Callable[[], object]) -> int:
    """Start `mlcli fit` in a folder, without the imports that cost most of its time."""
    from mlcli.cli import process

    for module in _IMPORTED:
        import_module(module)
    child = os.fork()
    if child:
        return child
    code: object = 1
    try:
        os.chdir(place)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
        prepare()
        sys.argv = ["mlcli", "fit"]
        process.entry()
    except SystemExit as done:
        code = done.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _ended(place: Path, child: int) -> dict[str, Any]:
    _, status = os.waitpid(child, 0)
    told = {name: (place / name).read_text() for name in ("out", "err")}
    return {"code": os.waitstatus_to_exitcode(status), **told}


if __name__ == "__main__":
    verb, place, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[verb](Path(place), *map(int, numbers))))

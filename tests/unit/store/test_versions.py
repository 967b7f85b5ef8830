"""The model store: what is kept, what is found damaged, what a failing disk leaves behind."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from stat import S_ISDIR
from typing import Any, Self

import hammering
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealing import description, forge, parts, picture, point_at, token_of, version_folder

from mlcli.answering import equation
from mlcli.answering import features as inputs
from mlcli.answering.domain import Condition, Predicate
from mlcli.answering.equation import STEPS, Equation
from mlcli.answering.features import CategoryInput, NumberInput
from mlcli.errors import EnvironmentProblemError, InterruptedByUserError, MlcliError, ModelError
from mlcli.store import cargo, records, runs, versions
from mlcli.store.manifest import PROTOCOL
from mlcli.verbs import ask

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`

TESTS = Path(__file__).parents[2]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with one version of `nights`, whose token is 1."""
    keep(tmp_path / "models", 1)
    return tmp_path / "models"


def keep(models: Path, token: float) -> tuple[Any, bool]:
    return versions.save(models, "nights", description(token), parts(token))


def damage(problem: MlcliError) -> str:
    """Return what a model error says, after making sure that it says it well."""
    assert isinstance(problem, ModelError)
    (said,) = problem.problems
    assert said.place.startswith("models/nights/"), said
    assert said.message, said
    assert said.hint in {"fit it again:  mlcli fit nights", "upgrade mlcli"}, said
    return said.message


# --- what is kept -------------------------------------------------------------------------


def test_what_is_saved_is_read_back(models: Path) -> None:
    manifest = versions.read(models, "nights")

    assert (manifest.id, manifest.folder) == ("nights@1", models / "nights" / "1")
    assert manifest.features == (NumberInput("guests", 1.0, 9.0),)
    said = description(1).to_json()
    assert {**manifest.to_json(), "digest": 0, "digests": 0} == {**said, "digest": 0, "digests": 0}
    assert cargo.read(manifest, "holdout.json") == parts(1)["holdout.json"]
    assert token_of(models) == 1


def test_a_version_folder_is_a_manifest_and_cargo_and_current_names_its_digest(
    models: Path,
) -> None:
    folder = models / "nights" / "1"
    raw = (folder / "manifest.json").read_bytes()
    data = json.loads(raw)

    assert sorted(p.name for p in folder.iterdir()) == [
        "equation.json",
        "holdout.json",
        "manifest.json",
        "model.joblib",
    ]
    for file, digest in data["digests"]["cargo"].items():
        assert digest == hashlib.sha256((folder / file).read_bytes()).hexdigest()
    assert list(data)[-1] == "digest"
    own = data.pop("digest")
    flat = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert own == hashlib.sha256(flat.encode()).hexdigest()
    current = (models / "nights" / "current").read_text()
    assert current == f'{{"manifest":"{hashlib.sha256(raw).hexdigest()}","version":1}}\n'


def test_the_manifest_says_nothing_of_its_version(models: Path) -> None:
    first = (models / "nights/1/manifest.json").read_bytes()
    keep(models, 2)
    keep(models, 1)

    assert (models / "nights/3/manifest.json").read_bytes() == first
    assert versions.read(models, "nights").version == 3


def test_identical_inputs_make_no_new_version(models: Path) -> None:
    before = picture(models)

    manifest, new = keep(models, 1)

    assert (manifest.version, new) == (1, False)
    assert picture(models) == before


def test_the_order_in_which_a_mapping_is_written_makes_no_new_version(models: Path) -> None:
    said = description(1)
    turned = replace(said, libraries=dict(reversed(said.libraries.items())))

    manifest, new = versions.save(models, "nights", turned, dict(reversed(parts(1).items())))

    assert (manifest.version, new) == (1, False)


@pytest.mark.parametrize("changed", ["description", *parts(1)])
def test_any_change_makes_a_new_version_and_leaves_the_older_ones_alone(
    changed: str, models: Path
) -> None:
    keep(models, 2)
    before = picture(models)
    said, cargo = description(2), parts(2)
    if changed == "description":
        said = replace(said, without_looking=3.0)
    else:
        cargo[changed] += b" "

    manifest, new = versions.save(models, "nights", said, cargo)

    assert (manifest.version, new) == (3, True)
    after = picture(models)
    assert {k: v for k, v in after.items() if not k.startswith("nights/3")} == {
        **before,
        "nights/current": after["nights/current"],
        "nights/index.jsonl": after["nights/index.jsonl"],
    }


@pytest.mark.parametrize("file", [*parts(1), "manifest.json", "../current"])
def test_what_is_damaged_is_stored_anew_although_the_inputs_are_the_same(
    file: str, models: Path
) -> None:
    target = models / "nights" / "1" / file
    target.write_bytes(target.read_bytes()[:-1])
    damaged = picture(models / "nights" / "1")

    manifest, new = keep(models, 1)

    assert (manifest.version, new) == (2, True)
    assert token_of(models) == 1
    assert picture(models / "nights" / "1") == damaged


def test_a_folder_in_the_way_does_not_stop_a_new_version(models: Path) -> None:
    for name in ("7", "notes", "²", "01"):
        (models / "nights" / name).mkdir()
    (models / "nights" / "8").write_text("a file")

    manifest, _ = keep(models, 2)

    assert manifest.version == 9
    assert token_of(models) == 2


# --- what is found damaged ----------------------------------------------------------------


def test_every_single_bit_flip_is_found(models: Path) -> None:
    draw = random.Random(2023)
    flips = 0
    for file in ("../current", "manifest.json", *parts(1)):
        target = models / "nights" / "1" / file
        raw = target.read_bytes()
        bits = range(8 * len(raw))
        for bit in bits if len(bits) < 1000 else draw.sample(bits, 1000):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            target.write_bytes(flipped)
            with pytest.raises(ModelError) as caught:
                token_of(models)
            damage(caught.value)
            flips += 1
        target.write_bytes(raw)
    assert flips > 3000
    assert token_of(models) == 1


def test_every_cut_is_found(models: Path) -> None:
    draw = random.Random(2024)
    for file in ("../current", "manifest.json", *parts(1)):
        target = models / "nights" / "1" / file
        raw = target.read_bytes()
        lengths = range(len(raw))
        for length in lengths if len(raw) < 400 else {0, *draw.sample(lengths, 250), len(raw) - 1}:
            target.write_bytes(raw[:length])
            with pytest.raises(ModelError) as caught:
                token_of(models)
            damage(caught.value)
        target.write_bytes(raw)
    assert token_of(models) == 1


@pytest.mark.parametrize("file", ["../current", "manifest.json", *parts(1)])
@pytest.mark.parametrize("tail", [b"\n", b" ", b"\x00", b"{}"])
def test_what_was_added_at_the_end_is_found(file: str, tail: bytes, models: Path) -> None:
    target = models / "nights" / "1" / file
    target.write_bytes(target.read_bytes() + tail)

    with pytest.raises(ModelError) as caught:
        token_of(models)

    damage(caught.value)


@pytest.mark.parametrize("file", ["manifest.json", *parts(1)])
def test_a_file_of_another_version_is_found(file: str, models: Path) -> None:
    keep(models, 2)
    shutil.copy(models / "nights/1" / file, models / "nights/2" / file)

    with pytest.raises(ModelError) as caught:
        token_of(models)

    assert "its digest differs" in damage(caught.value)


@pytest.mark.parametrize("file", ["manifest.json", *parts(1)])
@pytest.mark.parametrize(
    ("instead", "why"),
    [("nothing", "the file is missing"), ("a folder", "this is no regular file")],
)
def test_a_missing_file_is_named(file: str, instead: str, why: str, models: Path) -> None:
    target = models / "nights/1" / file
    target.unlink()
    if instead == "a folder":
        target.mkdir()

    with pytest.raises(ModelError) as caught:
        token_of(models)

    assert damage(caught.value) == f"the model is damaged: {why}"
    assert caught.value.problems[0].place == f"models/nights/1/{file}"


def test_the_model_is_damaged_where_current_is_a_folder(models: Path) -> None:
    (models / "nights/current").unlink()
    (models / "nights/current").mkdir()

    with pytest.raises(ModelError, match="this is no regular file") as caught:
        versions.read(models, "nights")

    damage(caught.value)


@pytest.mark.parametrize("version", [2, 0, -1, 10**30])
def test_current_naming_a_version_that_is_not_there_is_damage(version: int, models: Path) -> None:
    digest = hashlib.sha256((models / "nights/1/manifest.json").read_bytes()).hexdigest()
    point_at(models, "nights", version, digest)

    with pytest.raises(ModelError, match="damaged") as caught:
        versions.read(models, "nights")

    damage(caught.value)


def test_current_naming_a_version_of_another_digest_is_damage(models: Path) -> None:
    one = (models / "nights/current").read_text()
    keep(models, 2)
    (models / "nights/current").write_text(one.replace('"version":1', '"version":2'))

    with pytest.raises(ModelError, match="its digest differs") as caught:
        versions.read(models, "nights")

    damage(caught.value)


NOT_THE_JSON = {
    "empty": b"",
    "text": b"version 1",
    "a list": b"[1, 2]",
    "a number": b"1",
    "null": b"null",
    "an empty object": b"{}",
    "not UTF-8": b'{"version":1,"manifest":"\xff"}',
    "UTF-16": '{"version":1,"manifest":"a"}'.encode("utf-16"),
    "nested without end": b"[" * 100_000,
    "a number without end": b'{"protocol":' + b"9" * 10_000 + b"}",
    "true for the version": b'{"manifest":"a","version":true}\n',
    "text for the version": b'{"manifest":"a","version":"1"}\n',
    "a path for the version": b'{"manifest":"a","version":"../../x"}\n',
    "true for the protocol": b'{"protocol":true}',
    "text for the protocol": b'{"protocol":"1"}',
    "null for the protocol": b'{"protocol":null}',
}


@pytest.mark.parametrize("kind", NOT_THE_JSON)
@pytest.mark.parametrize("file", ["../current", "manifest.json", "equation.json", "holdout.json"])
def test_other_json_or_none_is_damage(kind: str, file: str, models: Path) -> None:
    (models / "nights/1" / file).write_bytes(NOT_THE_JSON[kind])

    with pytest.raises(ModelError) as caught:
        token_of(models)

    assert "damaged" in damage(caught.value)


@pytest.mark.parametrize("kind", [*NOT_THE_JSON, "an empty list", "an unknown step"])
def test_what_is_no_equation_is_damage_even_with_a_right_digest(kind: str, models: Path) -> None:
    more = {"an empty list": b"[]", "an unknown step": b'[{"step":"eval","text":"1"}]'}
    forge(models, "nights", {"equation.json": {**NOT_THE_JSON, **more}[kind]})

    with pytest.raises(ModelError) as caught:
        token_of(models)

    assert "damaged" in damage(caught.value)


@pytest.mark.parametrize(
    "lost",
    [
        *("features", "label", "key", "domain", "rows", "split", "metrics", "definition"),
        *("libraries", "digests"),
    ],
)
@pytest.mark.parametrize("instead", [None, "gone", 1, "text", True])
def test_a_manifest_that_lacks_a_part_is_damage_even_with_a_right_digest(
    lost: str, instead: object, models: Path
) -> None:
    def lose(data: dict[str, Any]) -> None:
        data[lost] = instead
        if instead == "gone":
            del data[lost]

    forge(models, "nights", change=lose)

    with pytest.raises(ModelError) as caught:
        versions.read(models, "nights")

    assert damage(caught.value) == "the model is damaged: it is no description of a model"


@pytest.mark.parametrize(
    ("protocol", "hint"),
    [(PROTOCOL - 1, "fit it again:  mlcli fit nights"), (PROTOCOL + 1, "upgrade mlcli")],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_folder_of_another_protocol_is_refused_with_the_way_on(
    protocol: int, hint: str, sealed: bool, models: Path
) -> None:
    """Whether the digests match or not: another protocol may have other digests."""
    if sealed:
        forge(models, "nights", change=lambda data: data.update(protocol=protocol))
    else:
        (models / "nights/1/manifest.json").write_text(json.dumps({"protocol": protocol}))

    with pytest.raises(ModelError) as caught:
        versions.read(models, "nights")

    assert damage(caught.value) == f"protocol {protocol}; this mlcli reads protocol {PROTOCOL}"
    assert caught.value.problems[0].hint == hint


def test_a_model_of_an_older_protocol_can_be_fitted_again(models: Path) -> None:
    forge(models, "nights", change=lambda data: data.update(protocol=PROTOCOL - 1))

    manifest, new = keep(models, 1)

    assert (manifest.version, new) == (2, True)


# --- names --------------------------------------------------------------------------------


def test_an_unknown_model_is_named_with_the_nearest_there_is(models: Path) -> None:
    with pytest.raises(ModelError, match="there is no model 'night'") as caught:
        versions.read(models, "night")

    assert caught.value.problems[0].hint == "did you mean 'nights'?"


def test_where_nothing_is_fitted_the_hint_is_to_fit(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model 'nights'") as caught:
        versions.read(tmp_path / "models", "nights")

    assert caught.value.problems[0].hint == "fit it first:  mlcli fit nights"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../models/nights", "nights/", "nights/1/..", "Nights", "n" * 300, "\0"]
)
def test_what_is_no_name_is_no_model(name: str, models: Path) -> None:
    with pytest.raises(ModelError, match="there is no model"):
        versions.read(models, name)


def test_only_folders_with_a_current_version_are_models(models: Path) -> None:
    (models / "empty").mkdir()
    (models / "Upper").mkdir()
    (models / "Upper" / "current").write_text("")
    (models / "runs.jsonl").write_text("")

    assert versions.names(models) == ["nights"]
    assert versions.names(models / "nowhere") == []


# --- a failing disk -----------------------------------------------------------------------


class Failing:
    """Fails one step of all by which a save changes the disk, and lists them."""

    def __init__(self, at: int, error: BaseException | None, *, after: bool = False) -> None:
        self.at = at
        self.error = error
        self.after = after
        self.steps: list[str] = []

    def __enter__(self) -> Self:
        self.patch = pytest.MonkeyPatch()
        for owner, name in hammering.STEPS:
            self.patch.setattr(owner, name, self._step(name, getattr(owner, name)))
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()

    def _step(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            ours = len(self.steps) == self.at and self.error is not None
            self.steps.append(name)
            if ours and not self.after:
                if name == "write_bytes":  # the disk was full half-way
                    call(args[0], args[1][: len(args[1]) // 2])
                if name == "add_lines":
                    call(args[0], [line[: len(line) // 2] for line in args[1]])
                assert self.error is not None
                raise self.error
            result = call(*args, **kwargs)
            if ours:
                assert self.error is not None
                raise self.error
            return result

        return step


def _steps_of_a_save(models: Path, *, first: bool) -> list[str]:
    if not first:
        keep(models, 98)
    with Failing(-1, None) as failing:
        keep(models, 99)
    return failing.steps


def _caught(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - Ctrl-C is one of them
        return error
    return None


FAULTS: list[BaseException] = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    OSError(errno.EIO, os.strerror(errno.EIO)),
    PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
    KeyboardInterrupt(),
    InterruptedByUserError(),
    MemoryError(),
]


@pytest.mark.parametrize("error", FAULTS, ids=repr)
@pytest.mark.parametrize("first", [False, True], ids=["over a model", "the first"])
def test_whatever_step_fails_the_old_model_answers_and_nothing_is_left(
    error: BaseException, first: bool, tmp_path: Path
) -> None:
    steps = _steps_of_a_save(tmp_path / "counted", first=first)
    changed = {"chmod"} if first else set()  # of what was there before
    assert set(steps) == {name for _, name in hammering.STEPS} - changed
    for at, step in enumerate(steps):
        models = tmp_path / str(at) / "models"
        models.mkdir(parents=True)
        (models / "nights").mkdir()
        if not first:
            keep(models, 1)
        before = picture(models)
        with Failing(at, error) as failing:
            caught = _caught(partial(keep, models, 2))
        assert len(failing.steps) > at, "this step was never reached"

        if at == len(steps) - 1 or caught is None:  # replaced; or a folder that no disk syncs
            assert (step, caught) == ("fsync", None if isinstance(error, OSError) else error)
            assert token_of(models) == 2
        else:
            assert _told(caught, error), step
            assert picture(models) == before, step
        keep(models, 3)
        assert token_of(models) == 3


def _told(caught: BaseException, error: BaseException) -> bool:
    if not isinstance(error, OSError):
        return caught is error
    (said,) = caught.problems if isinstance(caught, EnvironmentProblemError) else ()
    hint = "nothing was saved; a model that was there before still answers"
    return f"cannot be written: {error.strerror}" in said.message and said.hint == hint


@pytest.mark.parametrize("error", [KeyboardInterrupt(), InterruptedByUserError()], ids=repr)
def test_a_signal_after_any_step_leaves_the_old_model_or_the_new_whole(
    error: BaseException, models: Path, tmp_path: Path
) -> None:
    steps = _steps_of_a_save(tmp_path / "counted", first=False)
    for at, step in enumerate(steps):
        before = token_of(models)
        with Failing(at, error, after=True):
            assert _caught(partial(keep, models, before + 1)) is error

        saved = at >= len(steps) - 2  # the replacing, and the syncing of the folder
        assert token_of(models) == before + saved, step


def test_a_folder_that_cannot_be_synced_does_not_stop_a_save(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network drives; the files themselves must have been synced."""
    sync, synced = os.fsync, []

    def fsync(handle: int) -> None:
        if S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        synced.append(handle)
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)

    assert keep(models, 2)[1]
    assert len(synced) == len(parts(1)) + 3  # the manifest, the index and `current`
    assert token_of(models) == 2


def test_current_is_replaced_last_and_after_everything_reached_the_disk(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = models / "nights"
    before = (home / "current").read_bytes()
    log: list[str] = []

    def noting(owner: Any, name: str, of: Callable[..., Path]) -> None:
        call = getattr(owner, name)

        def step(*args: Any) -> Any:
            path = of(*args)
            replaced = "" if (home / "current").read_bytes() == before else " (replaced)"
            log.append(f"{name} {path.name.split('-')[0].removesuffix('.tmp')[:8]}{replaced}")
            return call(*args)

        monkeypatch.setattr(owner, name, step)

    by_number = {}
    opened = os.open

    def opening(path: Any, *args: Any) -> int:
        handle = opened(path, *args)
        by_number[handle] = Path(path)
        return handle

    monkeypatch.setattr(os, "open", opening)
    noting(os, "fsync", lambda handle: by_number[handle])
    for name in ("write_bytes", "rename", "replace"):
        noting(Path, name, lambda path, *_: path)

    keep(models, 2)

    files = ["model.jo", "equation", "holdout.", "manifest"]
    assert log == [
        *(f"{step} {file}" for file in files for step in ("write_bytes", "fsync")),
        "fsync .unfinis",
        "rename .unfinis",
        "fsync index.js",
        "fsync nights",
        "write_bytes .current",
        "fsync .current",
        "replace .current",
        "fsync nights (replaced)",
    ]


def test_what_the_disk_gives_back_is_compared_before_it_counts(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def forgetful(path: Path) -> bytes:
        return read(path)[:-1] if path.parent.name.startswith(".unfinished") else read(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", forgetful)
        with pytest.raises(EnvironmentProblemError, match="other bytes than were written"):
            keep(models, 2)

    assert token_of(models) == 1


def test_a_model_that_may_not_be_read_is_the_environments_fault(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_bytes(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", read_bytes)

    with pytest.raises(EnvironmentProblemError, match="cannot be read: Permission denied"):
        versions.read(models, "nights")


def test_a_file_where_the_models_should_be_is_the_environments_fault(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")

    with pytest.raises(EnvironmentProblemError, match="cannot be written"):
        keep(tmp_path / "models", 1)


def test_a_number_that_another_fit_takes_meanwhile_is_left_to_it(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def taken(path: Path, target: Path) -> Path:
        if target.name in {"2", "3"}:
            target.mkdir()
            (target / "manifest.json").write_text("another fit's")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", taken)

    manifest, _ = keep(models, 2)

    assert manifest.version == 4
    assert token_of(models) == 2
    assert (models / "nights/2/manifest.json").read_text() == "another fit's"


# --- what a killed fit leaves -------------------------------------------------------------


def _leftovers(models: Path) -> list[Path]:
    home = models / "nights"
    (home / ".unfinished-abc").mkdir()
    (home / ".unfinished-abc" / "model.joblib").write_bytes(b"half")
    (home / ".current.abc.tmp").write_bytes(b"half")
    return [home / ".unfinished-abc", home / ".current.abc.tmp"]


def test_leftovers_are_cleared_away_after_an_hour_by_the_next_save(models: Path) -> None:
    left = _leftovers(models)
    for path in left:
        os.utime(path, (time.time() - 3700,) * 2)

    keep(models, 1)  # even one that stores nothing

    assert not any(path.exists() for path in left)
    assert token_of(models) == 1


def test_leftovers_that_may_be_another_fits_are_let_be(models: Path) -> None:
    left = _leftovers(models)
    for path in left:
        os.utime(path, (time.time() - 3000,) * 2)

    keep(models, 2)

    assert all(path.exists() for path in left)


def test_leftovers_that_another_fit_clears_away_first_are_no_error(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = _leftovers(models)
    for path in left:
        os.utime(path, (time.time() - 3700,) * 2)
    stat = Path.stat

    def gone(path: Path, **kwargs: Any) -> os.stat_result:
        if path in left:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return stat(path, **kwargs)

    monkeypatch.setattr(Path, "stat", gone)

    assert keep(models, 2)[1]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def _hammer(*words: object) -> list[str]:
    return [sys.executable, "-B", str(TESTS / "hammering.py"), *map(str, words)]


def hammer(*words: object, seconds: float = 120) -> dict[str, Any]:
    """Run a verb of `hammering.py` in a process of its own; return what it saw."""
    done = subprocess.run(
        _hammer(*words),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@needs_fork
def test_a_kill_at_every_step_of_a_save_leaves_a_whole_model(tmp_path: Path) -> None:
    models = tmp_path / "models"

    seen = hammer("steps", models)

    assert seen["kills"] >= 2 * len(_steps_of_a_save(tmp_path / "counted", first=False))
    assert seen["old"] >= 30
    assert seen["new"] >= 1
    left = [*(models / "nights").glob(".*")]
    assert left
    for path in left:
        os.utime(path, (time.time() - 3700,) * 2)
    keep(models, -1)
    assert [*(models / "nights").glob(".*")] == []
    assert token_of(models) == -1


def _two_savers(models: Path, saves: int, reads: int) -> tuple[int, set[float]]:
    """Read while two processes save; return how many reads there were, and what was read."""
    keep(models, 0)
    savers = [
        subprocess.Popen(
            _hammer("save", models, first, saves),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for first in (1000, 1_000_000)
    ]
    seen: set[float] = set()
    done = 0
    try:
        while done < reads or any(saver.poll() is None for saver in savers):
            seen.add(token_of(models))  # fails on a mixed model or a missing one
            done += 1
    finally:
        errors = [saver.communicate(timeout=60)[1] for saver in savers]
    assert [saver.returncode for saver in savers] == [0, 0], errors
    return done, seen


def test_two_savers_and_a_reader_never_meet_half_a_model(tmp_path: Path) -> None:
    models = tmp_path / "models"

    _, seen = _two_savers(models, saves=40, reads=200)

    assert len(seen) > 3
    versions = [p for p in (models / "nights").iterdir() if p.name.isdigit()]
    assert len(versions) == 81
    assert [*(models / "nights").glob(".*")] == []


@pytest.mark.slow
def test_ten_thousand_reads_never_meet_half_a_model(tmp_path: Path) -> None:
    done, seen = _two_savers(tmp_path / "models", saves=1500, reads=10_000)

    assert done >= 10_000
    assert len(seen) > 100


# --- the history of runs ------------------------------------------------------------------


def test_runs_are_added_line_by_line(models: Path) -> None:
    runs.note(models, {"run": "fit", "at": "first"})
    runs.note(models, {"run": "fit", "at": "second", "text": "Süßes"})

    lines = (models / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["at"] for line in lines] == ["first", "second"]


def test_a_line_that_was_cut_does_not_spoil_the_next(models: Path) -> None:
    (models / "runs.jsonl").write_bytes(b'{"run":"fit","at":"fir')

    runs.note(models, {"at": "second"})
    runs.note(models, {"at": "third"})

    lines = (models / "runs.jsonl").read_text().splitlines()
    assert lines == ['{"run":"fit","at":"fir', '{"at":"second"}', '{"at":"third"}']


def test_a_run_that_cannot_be_noted_says_that_the_model_was_saved(models: Path) -> None:
    (models / "runs.jsonl").mkdir()

    with pytest.raises(EnvironmentProblemError, match="the run cannot be noted") as caught:
        runs.note(models, {})

    assert caught.value.problems[0].hint == "the model itself was saved, and answers"


# --- through JSON and back ----------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
some = settings(max_examples=EXAMPLES, deadline=None)

features = st.one_of(
    st.builds(NumberInput, names, numbers, numbers, st.none() | numbers),
    st.builds(
        CategoryInput,
        names,
        st.lists(names, min_size=1, unique=True).map(tuple),
        st.sampled_from(["error", "ignore", "other"]),
        st.none() | names,
    ),
)

conditions = st.builds(
    Condition,
    names,
    st.sampled_from(["number", "date", "text", "boolean", "any"]),
    st.sampled_from(["in", "spans", "weekdays", "present"]),
    st.lists(st.one_of(names, numbers, st.booleans())).map(tuple),
)

predicates = st.builds(
    Predicate,
    conditions=st.lists(conditions).map(tuple),
    keeps=st.booleans(),
    rule=names,
    because=st.just("") | names,
)


def _tuples(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=1, max_size=4).map(tuple)


equations = st.lists(
    st.one_of(
        st.builds(equation.Log, _tuples(st.integers(0, 9)), _tuples(names)),
        st.builds(equation.Standardise, _tuples(numbers), _tuples(numbers)),
        st.builds(equation.Expand, _tuples(_tuples(st.integers(0, 10)))),
        st.builds(equation.Weigh, _tuples(numbers), numbers),
        st.builds(equation.Exp),
    )
).map(lambda steps: Equation(tuple(steps)))


def through_json(data: Any) -> Any:
    return json.loads(json.dumps(data, ensure_ascii=False, allow_nan=False).encode())


def exactly(value: object) -> str:
    """Return a text that tells 1 from 1.0 and True, which `==` does not."""
    return repr(value)


@some
@given(features)
def test_a_feature_comes_back_through_json(feature: inputs.Input) -> None:
    back = records.of_kind(inputs.KINDS, through_json(inputs.to_json(feature)))

    assert back == feature
    assert exactly(back) == exactly(feature)


@some
@given(predicates)
def test_a_predicate_comes_back_through_json(predicate: Predicate) -> None:
    back = records.from_json(Predicate, through_json(records.to_json(predicate)))

    assert back == predicate
    assert exactly(back) == exactly(predicate)


@some
@given(equations)
def test_an_equation_comes_back_through_json(written: Equation) -> None:
    back = Equation(
        tuple(records.of_kind(STEPS, one, "step") for one in through_json(written.to_json()))
    )

    assert back == written
    assert exactly(back) == exactly(written)


def test_a_manifest_works_its_features_out_once(models: Path) -> None:
    manifest = versions.read(models, "nights")

    assert manifest.features is manifest.features
    assert manifest.domain is manifest.domain
    assert manifest.target is manifest.target


def test_a_question_of_a_stored_model_needs_no_pickle(models: Path) -> None:
    forge(models, "nights", {"model.joblib": b"no pickle at all"})

    answer = ask.load(versions.read(models, "nights")).answer({"guests": 5.0})

    assert answer.value == 1
    assert not isinstance(answer.value, datetime)
    assert version_folder(models, "nights").name == "1"

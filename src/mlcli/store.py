"""Model folders: ``models/<name>/<version>/``, never changed once written.

A version is a manifest and its cargo. ``models/<name>/current`` names the version
that answers and the digest of its manifest; it is replaced last, in one step, so
whatever happens there is the old model or the new one, never half of either.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlcli.errors import AskedWronglyError, EnvironmentProblemError, ModelError, did_you_mean
from mlcli.manifest import PROTOCOL, Manifest, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlcli.algorithms import Estimator

NAME: Final = re.compile(r"[a-z0-9_-]+")
_CURRENT: Final = "current"
_MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished-"
_OLD_SECONDS: Final = 3600


def names(models: Path) -> list[str]:
    """Return the names of the stored models, in order."""
    if not models.is_dir():
        return []
    return sorted(
        p.parent.name for p in models.glob(f"*/{_CURRENT}") if NAME.fullmatch(p.parent.name)
    )


def read(models: Path, name: str) -> Manifest:
    """Return the manifest of a model's current version, its digest checked.

    Raises
    ------
    ModelError
        There is no such model, or it is damaged, or another mlcli wrote it.
    """
    if not (models / name / _CURRENT).is_file():
        known = names(models)
        hint = did_you_mean(name, known) if known else f"fit it first:  mlcli fit {name}"
        raise ModelError(f"there is no model {name!r}", hint=hint)
    place = f"models/{name}/{_CURRENT}"
    pointer = _json(_bytes(models / name / _CURRENT, place, name), place, name)
    match pointer:
        case {"version": int(version), "manifest": str(expected)}:
            pass
        case _:
            raise _damaged(place, name, "it does not name a version")
    folder = models / name / str(version)
    place = f"models/{name}/{version}/{_MANIFEST}"
    raw = _bytes(folder / _MANIFEST, place, name)
    data = _json(raw, place, name)
    if (
        not isinstance(data, dict)
        or data.get("digest") != expected
        or _own_digest(data) != expected
    ):
        raise _damaged(place, name, "its digest differs from the one it was stored with")
    if data["protocol"] != PROTOCOL:
        older = data["protocol"] < PROTOCOL
        hint = f"fit it again:  mlcli fit {name}" if older else "upgrade mlcli"
        raise ModelError(
            f"protocol {data['protocol']}; this mlcli reads protocol {PROTOCOL}",
            place=place,
            hint=hint,
        )
    return Manifest(name, version, folder, data)


def cargo(manifest: Manifest, file: str) -> bytes:
    """Return the bytes of one cargo file, after its digest was found to match.

    Raises
    ------
    ModelError
        The file is missing or damaged.
    """
    place = f"models/{manifest.name}/{manifest.version}/{file}"
    raw = _bytes(manifest.folder / file, place, manifest.name)
    if digest(raw) != manifest.data["digests"]["cargo"].get(file):
        raise _damaged(place, manifest.name, "its digest differs from the one in the manifest")
    return raw


def load_estimator(manifest: Manifest) -> Estimator:
    """Return the stored scikit-learn estimator: the only place that unpickles.

    Raises
    ------
    ModelError
        It is damaged, names something no model does, or needs another scikit-learn.
    """
    from importlib.metadata import version

    from mlcli import trusted

    raw = cargo(manifest, "model.joblib")
    for library in ("scikit-learn", "numpy"):
        was, now = manifest.data["libraries"][library], version(library)
        if was.split(".")[:2] != now.split(".")[:2]:
            raise ModelError(
                f"{manifest.id} was fitted with {library} {was}, and this is {now}",
                hint=f"fit it again:  mlcli fit {manifest.name}",
            )
    return trusted.load(raw, place=f"models/{manifest.name}/{manifest.version}/model.joblib")


def save(
    models: Path, name: str, description: Mapping[str, Any], files: Mapping[str, bytes]
) -> tuple[Manifest, bool]:
    """Store a new version and make it the current one.

    Returns
    -------
    tuple
        The manifest, and whether it is new: identical inputs make no new version.

    Raises
    ------
    EnvironmentProblemError
        The folder cannot be written; what was there before is untouched.
    """
    digests = {
        **description["digests"],
        "cargo": {file: digest(raw) for file, raw in files.items()},
    }
    data = {**description, "digests": digests}
    data["digest"] = _own_digest(data)
    with _writing(models):
        home = models / name
        home.mkdir(parents=True, exist_ok=True)
        _clear_away(home)
        before = _current(models, name)
        if before is not None and before.data["digest"] == data["digest"]:
            return before, False
        version = _keep(home, data, files)
        pointer = {"version": version, "manifest": data["digest"]}
        replace_file(home / _CURRENT, canonical(pointer) + b"\n")
    return Manifest(name, version, home / str(version), data), True


def note_run(models: Path, entry: Mapping[str, Any]) -> None:
    """Add one line to the history of runs."""
    with _writing(models), (models / "runs.jsonl").open("ab") as file:
        file.write(canonical(entry) + b"\n")


def replace_file(target: Path, data: bytes) -> None:
    """Write a file so that there is the old content or the new, never half of it."""
    with replacing(target) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary file beside the target, and put it in its place at the end.

    Nothing is left behind if the body raises.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _keep(home: Path, data: Mapping[str, Any], files: Mapping[str, bytes]) -> int:
    """Write a version beside the others, and return its number."""
    unfinished = Path(tempfile.mkdtemp(dir=home, prefix=_UNFINISHED))
    try:
        written = {
            **files,
            _MANIFEST: json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode(),
        }
        for file, raw in written.items():
            (unfinished / file).write_bytes(raw)
            _sync(unfinished / file)
            if (unfinished / file).read_bytes() != raw:
                raise EnvironmentProblemError(
                    "the disk gave back other bytes than were written", place=str(home)
                )
        unfinished.chmod(0o777 & ~_umask())
        _sync(unfinished)
        version = 1 + max((int(p.name) for p in home.iterdir() if p.name.isdigit()), default=0)
        while True:
            try:
                unfinished.rename(home / str(version))
                break
            except OSError:
                if not (home / str(version)).exists():  # not another fit that took the number
                    raise
                version += 1
        _sync(home)
        return version
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _clear_away(home: Path) -> None:
    """Remove what a fit that was killed left behind, once it is an hour old."""
    for left in [*home.glob(f"{_UNFINISHED}*"), *home.glob(f".{_CURRENT}.*.tmp")]:
        if time.time() - left.stat().st_mtime > _OLD_SECONDS:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _current(models: Path, name: str) -> Manifest | None:
    """Return the current version, or ``None`` if none can be read: it is replaced."""
    try:
        return read(models, name)
    except ModelError:
        return None


@contextmanager
def _writing(models: Path) -> Iterator[None]:
    try:
        models.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise EnvironmentProblemError(
            f"the models cannot be written: {error.strerror or error}",
            place=(error.filename and Path(error.filename).name) or "models",
            hint="the model that was there before still answers",
        ) from error


def _sync(path: Path) -> None:
    """Make sure the disk has it; a rename before that can survive a power cut alone."""
    if os.name == "nt" and path.is_dir():  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _own_digest(data: Mapping[str, Any]) -> str:
    return digest(canonical({key: value for key, value in data.items() if key != "digest"}))


def _bytes(path: Path, place: str, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _damaged(place, name, "the file is missing") from error
    except OSError as error:
        raise EnvironmentProblemError(
            f"the model cannot be read: {error.strerror}", place=place
        ) from error


def _json(raw: bytes, place: str, name: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(place, name, "it is not the JSON that was stored") from error


def _damaged(place: str, name: str, why: str) -> ModelError:
    return ModelError(
        f"the model is damaged: {why}", place=place, hint=f"fit it again:  mlcli fit {name}"
    )


def require_name(name: str, place: str) -> None:
    """Raise unless a name can be that of a model."""
    if not NAME.fullmatch(name):
        raise AskedWronglyError(
            f"{name!r} cannot be the name of a model",
            place=place,
            hint="name the file with small letters, digits, - and _ only",
        )

"""Model folders: ``models/<name>/<version>/``, never changed once written.

A version is a manifest and its cargo. ``models/<name>/current`` names the version
that answers and the digest of its manifest file; it is replaced last, in one step,
so whatever happens there is the old model or the new one, never half of either. It says
``chosen`` where somebody went back to an older version.
Every byte that is read was found to be the byte that was written.

``index.jsonl`` beside it has a line for each version: which model, which number, and the
digest of its manifest file. So a version that was renamed, or copied from another model, is
not taken for what it is called. A line is added in one piece, as two fits may add theirs at
once; of two lines for a number, which a fit left behind that failed, the last one counts.
Without an index, as an older mlcli left it, a version is known by its folder alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.errors import AskedWronglyError, EnvironmentProblemError, ModelError, did_you_mean
from mlcli.store import cargo, files
from mlcli.store.manifest import PROTOCOL, Manifest, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlcli.store.manifest import Description


_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]*")
_CURRENT: Final = "current"
_INDEX: Final = "index.jsonl"
_MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished-"
_OLD_SECONDS: Final = 3600


def is_name(text: str) -> bool:
    """Say whether a text can be the name of a model."""
    return _NAME.fullmatch(text) is not None


def names(models: Path) -> list[str]:
    """Return the names of the stored models, in order.

    Raises
    ------
    EnvironmentProblemError
        The folder may not be looked into.
    """
    try:
        return sorted(p.name for p in models.iterdir() if is_name(p.name) and _is_there(p))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise files.unreadable("models", error) from error


def _is_there(home: Path, file: str = _CURRENT) -> bool:
    """Say whether a model's folder has a file; one that may not be looked into may have it."""
    try:
        (home / file).lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def read(models: Path, name: str) -> Manifest:
    """Return the manifest of a model's current version, its digest checked.

    Raises
    ------
    ModelError
        There is no such model, or it is damaged, or another mlcli wrote it.
    """
    if not is_name(name) or not _is_there(models / name):
        raise _no_model(models, name)
    place = f"models/{name}/{_CURRENT}"
    raw = files.bytes_of(models / name / _CURRENT, place, name)
    match files.json_of(raw, place, name):
        case {"version": int(version), "manifest": str(expected)} if version > 0:
            if raw not in {_pointer(version, expected, chosen=chosen) for chosen in (False, True)}:
                raise files.damaged(place, name, "it is not what was stored")
        case _:
            raise files.damaged(place, name, "it does not name a version")
    return _read(models, name, version, expected)


Stamp = tuple[int, int, int]
"""What tells one ``current`` from another, without reading it."""


def stamp(models: Path, name: str) -> Stamp | None:
    """Return what changes when another version is to answer; nothing, where there is none."""
    try:
        found = (models / name / _CURRENT).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def read_version(models: Path, name: str, version: int) -> Manifest:
    """Return the manifest of any stored version; its own digest is checked.

    Raises
    ------
    ModelError
        There is no such version, or it is damaged, or another mlcli wrote it.
    """
    if not is_name(name) or not (models / name / str(version)).is_dir():
        there = versions(models, name) if is_name(name) else []
        if not there:
            raise _no_model(models, name)
        listed = wording.listed([f"{name}@{number}" for number in there], most=12)
        are = "is" if len(there) == 1 else "are"
        raise ModelError(f"there is no {name}@{version}", hint=f"there {are} {listed}")
    return _read(models, name, version).whole()


def _same_version(home: Path, version: int, manifest: bytes) -> None:
    """Raise where a version is not the one that was stored under its name and number."""
    if not _is_there(home, _INDEX):
        return
    place = f"models/{home.name}/{_INDEX}"
    ending = f'"version":{version}}}'.encode()
    lines = files.bytes_of(home / _INDEX, place, home.name).splitlines()
    last = next((line for line in reversed(lines) if line.endswith(ending)), None)
    if last != _entry(home.name, version, digest(manifest)):
        raise ModelError(
            f"this is not what was stored as {home.name}@{version}: it was exchanged, or copied "
            "from elsewhere",
            place=f"models/{home.name}/{version}",
            hint=f"put it back where it was, or fit it again:  mlcli fit {home.name}",
        )


def _entry(name: str, version: int, manifest: str) -> bytes:
    """Return the line of the index for a version."""
    return canonical({"manifest": manifest, "model": name, "version": version})


def _no_model(models: Path, name: str) -> ModelError:
    known = names(models)
    hint = did_you_mean(name, known) if known else f"fit it first:  mlcli fit {name}"
    return ModelError(f"there is no model {name!r}", hint=hint)


def versions(models: Path, name: str) -> list[int]:
    """Return the numbers of a model's stored versions, in order."""
    home = models / name
    if not home.is_dir():
        return []
    return sorted(found for p in home.iterdir() if (found := number(p.name)) and p.is_dir())


def number(text: str) -> int:
    """Return the number of a version as its folder is named, or 0."""
    return int(text) if text.isascii() and text.isdigit() and text[0] != "0" else 0


_NO_MODEL: Final = "it is no description of a model"


def _read(models: Path, name: str, version: int, expected: str | None = None) -> Manifest:
    """Return a manifest that holds all that answers need, its digest checked.

    That is ``expected`` of its bytes; if nothing is, it stands in the manifest itself.
    """
    folder, place = models / name / str(version), f"models/{name}/{version}/{_MANIFEST}"
    raw = files.bytes_of(folder / _MANIFEST, place, name)
    data = files.json_of(raw, place, name)
    _same_protocol(data, place, name)
    if expected is None:
        expected, held = data.get("digest"), {k: v for k, v in data.items() if k != "digest"}
        found = digest(canonical(held))
    else:
        found = digest(raw)
    if found != expected:
        raise files.damaged(place, name, "its digest differs from the one it was stored with")
    _same_version(models / name, version, raw)
    with files.as_stored(place, name, _NO_MODEL):
        manifest = Manifest.from_json(data, name=name, version=version, folder=folder)
        manifest.check()
    return manifest


def _same_protocol(data: Any, place: str, name: str) -> None:
    """Raise if another mlcli wrote this; asked first, as its digest may be another one too."""
    match data:
        case {"protocol": int(protocol)} if protocol is not True:
            if protocol != PROTOCOL:
                older = protocol < PROTOCOL
                raise ModelError(
                    f"protocol {protocol}; this mlcli reads protocol {PROTOCOL}",
                    place=place,
                    hint=f"fit it again:  mlcli fit {name}" if older else "upgrade mlcli",
                )
        case _:
            raise files.damaged(place, name, _NO_MODEL)


def save(
    models: Path, name: str, description: Description, parts: Mapping[str, bytes]
) -> tuple[Manifest, bool]:
    """Store a new version and make it the current one.

    Returns
    -------
    tuple
        The manifest, and whether it is new: identical inputs make no new version. Where an
        older one answers, the newest may be the same, and the older one goes on answering.

    Raises
    ------
    EnvironmentProblemError
        The folder cannot be written; what was there before is untouched.
    """
    cargo_digests = {file: digest(raw) for file, raw in parts.items()}
    said = replace(description, digests=replace(description.digests, cargo=cargo_digests)).to_json()
    sealed = digest(canonical(said))
    data = {**said, "digest": sealed}
    with _writing(models):
        home = models / name
        home.mkdir(parents=True, exist_ok=True)
        _clear_away(home)
        before = _current(models, name)
        for one in (before, _newest(models, name) if before and _chosen(home) else None):
            if one is not None and one.digest == sealed and _whole(one):
                return one, False
        raw = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False).encode()
        version = _keep(home, {**parts, _MANIFEST: raw})
        pointer = _pointer(version, digest(raw))
        try:
            _note(home, version)
            files.sync_folder(home)
            files.replace_file(home / _CURRENT, pointer)
        except BaseException:
            if _peek(home / _CURRENT) != pointer:
                shutil.rmtree(home / str(version), ignore_errors=True)
            raise
    manifest = Manifest.from_json(
        json.loads(raw), name=name, version=version, folder=home / str(version)
    )
    return manifest, True


def _chosen(home: Path) -> bool:
    """Say whether somebody went back to the version that answers."""
    return b'"chosen"' in (_peek(home / _CURRENT) or b"")


def _newest(models: Path, name: str) -> Manifest | None:
    try:
        return read_version(models, name, versions(models, name)[-1])
    except ModelError:
        return None


def answers(manifest: Manifest) -> bool:
    """Say whether a version is the one that answers where none is named."""
    home, raw = manifest.folder.parent, _peek(manifest.folder / _MANIFEST)
    known = digest(raw or b"")
    return _peek(home / _CURRENT) == _pointer(manifest.version, known, chosen=_chosen(home))


def go_back(models: Path, name: str, version: int) -> tuple[Manifest, int | None]:
    """Let a stored version answer; return it, and which one answered before.

    Raises
    ------
    ModelError
        There is no such version, or it is damaged.
    EnvironmentProblemError
        The folder cannot be written; what answered before still does.
    """
    manifest, before = read_version(models, name, version), _current(models, name)
    raw = files.bytes_of(manifest.folder / _MANIFEST, f"{name}@{version}", name)
    older = version != versions(models, name)[-1]
    with _writing(models):
        files.replace_file(models / name / _CURRENT, _pointer(version, digest(raw), chosen=older))
    return manifest, before.version if before else None


def _note(home: Path, version: int) -> None:
    """Add a version to the index; the first time, the versions of an older mlcli too."""
    known = [version] if _is_there(home, _INDEX) else versions(home.parent, home.name)
    entries = [
        _entry(home.name, number, digest(raw))
        for number in known
        if (raw := _peek(home / str(number) / _MANIFEST)) is not None
    ]
    files.add_lines(home / _INDEX, entries)
    files.sync(home / _INDEX)


def _keep(home: Path, parts: Mapping[str, bytes]) -> int:
    """Write a version beside the others, and return its number."""
    unfinished = home / f"{_UNFINISHED}{os.urandom(4).hex()}"
    unfinished.mkdir()
    try:
        for file, raw in parts.items():
            (unfinished / file).write_bytes(raw)
            files.sync(unfinished / file)
            if (unfinished / file).read_bytes() != raw:
                raise EnvironmentProblemError(
                    "the disk gave back other bytes than were written", place=str(home)
                )
        files.sync_folder(unfinished)
        taken = [number(p.name) for p in home.iterdir()]
        version = 1 + max(taken, default=0)
        while True:
            try:
                unfinished.rename(home / str(version))
                break
            except OSError:
                if not (home / str(version)).exists():  # not another fit that took the number
                    raise
                version += 1
        return version
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _clear_away(home: Path) -> None:
    """Remove what a fit that was killed left behind, once it is an hour old."""
    for left in [*home.glob(f"{_UNFINISHED}*"), *home.glob(f".{_CURRENT}.*.tmp")]:
        with suppress(OSError):  # another fit may be clearing away too
            if time.time() - left.stat().st_mtime > _OLD_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _pointer(version: int, manifest: str, *, chosen: bool = False) -> bytes:
    """Return what ``current`` holds, byte for byte; an older version was ``chosen``."""
    said = {"version": version, "manifest": manifest, **({"chosen": True} if chosen else {})}
    return canonical(said) + b"\n"


def _peek(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if files.is_regular(path) else None
    except OSError:
        return None


def _whole(manifest: Manifest) -> bool:
    """Say whether all the cargo is there as it was stored: what is damaged is stored anew."""
    try:
        for file in manifest.digests.cargo:
            cargo.read(manifest, file)
    except ModelError:
        return False
    return True


def _current(models: Path, name: str) -> Manifest | None:
    """Return the current version, or ``None`` if none can be read: it is replaced."""
    try:
        return read(models, name).whole()
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
            place="models",
            hint="nothing was saved; a model that was there before still answers",
        ) from error


def require_name(name: str, place: str) -> None:
    """Raise unless a name can be that of a model."""
    if not is_name(name):
        raise AskedWronglyError(
            f"{name!r} cannot be the name of a model",
            place=place,
            hint="name the file with small letters, digits, - and _ only, and no - in front",
        )

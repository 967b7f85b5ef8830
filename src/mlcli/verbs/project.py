"""Where things are: the project folder, its definitions and its models."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.errors import (
    AskedWronglyError,
    EnvironmentProblemError,
    MlcliError,
    ModelError,
    did_you_mean,
)
from mlcli.store import versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.page import Page
    from mlcli.definition.yaml_file import Read
    from mlcli.store.manifest import Manifest


@contextmanager
def at_fault(read: Read) -> Iterator[None]:
    """Say where in its file a key stands that the data show to be at fault, or can mend."""
    try:
        yield
    except MlcliError as error:
        from mlcli.definition.ways_out import ways_out, ways_out_of_data

        problem, fix = error.problems[0], error.fix
        if error.key:
            problem = read.blamed(error.key, str(error), error.hint)
            fix = fix or ways_out(read.values, error.key, error.hint)
        fix = fix or ways_out_of_data(read.values, problem)
        error.problems = (problem._replace(fix=fix), *error.problems[1:])
        raise error.fixed_in(read.file) from None


class Project(NamedTuple):
    """A folder with ``configs/``, ``data/`` and ``models/``."""

    root: Path

    @property
    def models(self) -> Path:
        """Return the folder of fitted models."""
        return self.root / "models"

    @property
    def is_here(self) -> bool:
        """Say whether names are looked up in it where no path is given."""
        return self.root.resolve() == find(here()).root.resolve()

    def definitions(self) -> list[Path]:
        """Return the definition files of ``configs/``, by name.

        Raises
        ------
        EnvironmentProblemError
            The folder may not be looked into.
        """
        try:
            found = [*(self.root / "configs").iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise EnvironmentProblemError(
                f"the folder cannot be read: {error.strerror}",
                place="configs",
                hint="change its permissions",
            ) from error
        return sorted(path for path in found if path.suffix in {".yaml", ".yml"})

    def shown(self, path: Path) -> str:
        """Return a path as it is named in messages: from the project folder."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )

    def read(self, path: Path, said: Sequence[str] = ()) -> Read:
        """Read a definition file, with the keys that were ``said`` for this run.

        Raises
        ------
        AskedWronglyError
            It is no definition, or not even text.
        EnvironmentProblemError
            It cannot be read.
        """
        from mlcli.definition import yaml_file

        shown = self.shown(path)
        read = yaml_file.read(text_of(path, shown), file=shown)
        if not said:
            return read
        from mlcli.definition import set_keys

        return set_keys.applied(read, said)

    def page(self, manifest: Manifest) -> Page | None:
        """Return what the definition of a version says of its page today, if it can be read.

        A version keeps nothing of it, so that other words make no other version.
        """
        path = self.root / manifest.definition.file
        if not (path.is_relative_to(self.root) and path.is_file()):
            return None
        with suppress(MlcliError):  # the version answers all the same, and so has its page
            return self.read(path).definition.page
        return None

    def require_own(self, manifest: Manifest, definition: Definition) -> None:
        """Raise where a version would read files outside the project that its own YAML does not.

        A manifest may be anybody's.

        Raises
        ------
        ModelError
            It would.
        """
        from mlcli.exports import reading

        away, file = reading.outside(self.root, definition), manifest.definition.file
        if not away:
            return
        own: tuple[str, ...] = ()
        if not reading.is_outside(self.root, file) and (self.root / file).is_file():
            own = reading.outside(self.root, self.read(self.root / file).definition)
        if not set(away) <= set(own):
            raise ModelError(
                f"{manifest.id} would read {away[0]}, outside the project folder, "
                f"which {file} does not name",
                hint=f"if it is yours, fit it again:  mlcli fit {manifest.name}",
            )

    def stored(self, named: str) -> Manifest:
        """Return a stored version, such as ``pizzeria@3``; of a name alone, the current one.

        Raises
        ------
        AskedWronglyError
            It names none.
        ModelError
            It is not there, or damaged.
        """
        name, at, number = named.partition("@")
        if not at:
            return versions.read(self.models, name)
        if not versions.number(number):
            hint = (
                f"write  {name or 'NAME'}@3  for the third;  {name or 'NAME'}  is the current one"
            )
            raise AskedWronglyError(f"{named!r} names no version", hint=hint)
        if not versions.is_name(name):
            known = versions.names(self.models)
            raise AskedWronglyError(
                f"{name!r} cannot be the name of a model", hint=did_you_mean(name, known)
            )
        return versions.read_version(self.models, name, int(number))


FOLDER: Final[ContextVar[str]] = ContextVar("folder", default="")
"""The folder that ``-C`` or ``MLCLI_PROJECT`` names, while a command runs that was told so."""


def here() -> Path:
    """Return the folder that names and paths of the project are looked up from."""
    folder = FOLDER.get()
    return Path(folder).resolve() if folder else Path.cwd()


def find(start: Path) -> Project:
    """Return the project of a folder: the nearest upwards with ``configs/`` or fitted models.

    Raises
    ------
    AskedWronglyError
        There is no such folder.
    """
    if not start.is_dir():
        raise AskedWronglyError("there is no such folder", place=str(start))
    for folder in (start, *start.parents):
        if (folder / "configs").is_dir() or _fitted(folder / "models"):
            return Project(folder)
    return Project(start)


def _fitted(models: Path) -> bool:
    """Say whether a folder is seen to hold models; one that may not be looked into is not."""
    with suppress(EnvironmentProblemError):
        return bool(versions.names(models))
    return False


def definition(start: Path, named: str) -> tuple[Project, Path]:
    """Return the project and the file of a definition, by its name or its path.

    Raises
    ------
    AskedWronglyError
        There is no such definition.
    """
    path = Path(named)
    if path.suffix.lower() in _EXPORTS:
        raise AskedWronglyError(
            f"{named} is no definition, but an export",
            hint=f"mlcli data {wording.quoted(named)}  shows what is in it, and a source for a "
            "definition that reads it",
        )
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        path = (start / path).resolve()
        if not path.is_file():
            there = sorted(p.name for p in path.parent.glob("*.y*ml"))
            raise AskedWronglyError(
                f"there is no definition {named}", hint=did_you_mean(path.name, there)
            )
        in_configs = path.parent.name == "configs"
        return Project(path.parent.parent if in_configs else path.parent), path
    project = find(start)
    found = {p.stem: p for p in project.definitions()}
    if named not in found:
        hint = did_you_mean(named, found) or "put its YAML into configs/"
        raise AskedWronglyError(f"there is no definition {named!r} in configs/", hint=hint)
    return project, found[named]


_EXPORTS: Final = {".csv", ".tsv", ".txt", ".gz", ".parquet", ".pq", ".xlsx", ".xlsm"}


def exports_in(folder: Path) -> list[Path]:
    """Return the exports in a folder, by name.

    Raises
    ------
    AskedWronglyError
        It holds none.
    EnvironmentProblemError
        It may not be looked into.
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _EXPORTS)
    except OSError as error:
        raise EnvironmentProblemError(
            f"the folder cannot be read: {error.strerror}", place=str(folder)
        ) from error
    if not found:
        below = folder / "data"
        hint = "name the files; to play with samples,  mlcli start --example pizzeria"
        raise AskedWronglyError(
            f"there is no export in {folder}",
            hint=f"name a folder in it, such as {below.as_posix()}" if below.is_dir() else hint,
        )
    return found


def all_definitions(start: Path) -> tuple[Project, list[Path]]:
    """Return the project and every definition in it.

    Raises
    ------
    AskedWronglyError
        There is none, or two would make models of one name.
    """
    project = find(start)
    found = project.definitions()
    if not found:
        raise AskedWronglyError(
            "there is no definition in configs/",
            hint="run in the project folder, or name its file, such as path/to/definition.yaml",
        )
    for one, other in pairwise(found):
        if one.stem == other.stem:
            raise AskedWronglyError(
                f"{one.name} and {other.name} would make models of one name", hint="rename one"
            )
    return project, found


_MOST_BYTES: Final = 4_000_000
"""More than the characters of any definition take."""


def text_of(path: Path, shown: str) -> str:
    """Return the text of a definition file.

    Raises
    ------
    AskedWronglyError
        It is not UTF-8, or far too large.
    EnvironmentProblemError
        It cannot be read.
    """
    versions.require_name(path.stem, shown)
    try:
        if not path.is_file():
            raise AskedWronglyError("this is no regular file", place=shown)
        if path.stat().st_size > _MOST_BYTES:
            raise AskedWronglyError(
                "the file is over 4 MB large",
                place=f"{shown}:1:1",
                hint="a definition takes a few dozen lines; is this one?",
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig", "replace").split("\n")
        raise AskedWronglyError(
            f"the byte {error.object[error.start]:#04x} is not UTF-8 text",
            place=f"{shown}:{len(before)}:{len(before[-1]) + 1}",
            hint="save the file as UTF-8",
        ) from error
    except OSError as error:
        raise EnvironmentProblemError(
            f"the file cannot be read: {error.strerror}", place=shown
        ) from error


def named_from_root(path: Path) -> str:
    """Return how a source would name a file: from the project folder, if it is in it."""
    root, whole = find(here()).root.resolve(), path.resolve()
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()

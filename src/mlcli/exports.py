"""The exports that a definition names: opened, digested, and turned into examples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.examples import Examples, assemble

if TYPE_CHECKING:
    from pathlib import Path

    from mlcli.definition import Definition, Source
    from mlcli.project import Project
    from mlcli.sharing import Opened


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of a definition, read: the examples, and what they were made from.

    ``digests`` holds the SHA-256 of each file, by its name.
    """

    examples: Examples
    digests: dict[str, str]


def read(project: Project, definition: Definition) -> Exports:
    """Read the exports of a definition through its rules; see ``examples.assemble``."""
    opened: dict[str, Opened] = {}

    def open_source(name: str) -> Opened:
        opened[name] = source(project.root, definition.sources[name])
        return opened[name]

    examples = assemble(definition, open_source)
    return Exports(examples, {k: v for one in opened.values() for k, v in one.digests().items()})


def source(root: Path, described: Source) -> Opened:
    """Open one export, of whatever form, and read its header.

    Raises
    ------
    DataError
        It is not there, or is not what it is said to be.
    EnvironmentProblemError
        It may not be read, or its form needs an extra that is not installed.
    """
    from mlcli import csvfile

    match described.form:
        case "csv" | "parquet" | "excel" | "sql":
            assert described.file is not None
            return csvfile.CsvSource(
                root / described.file[0],
                name=described.file[0],
                delimiter=described.delimiter,
                timezone=described.timezone,
                notation=described.notation,
            )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The exports that a definition names: opened, digested, and turned into examples."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mlcli import csvfile
from mlcli.examples import Examples, assemble

if TYPE_CHECKING:
    from pathlib import Path

    from mlcli.definition import Definition
    from mlcli.project import Project
    from mlcli.sharing import Opened


def examples(project: Project, definition: Definition) -> Examples:
    """Read the exports of a definition through its rules; see ``examples.assemble``."""

    def open_source(name: str) -> Opened:
        source = definition.sources[name]
        return csvfile.CsvSource(
            project.root / source.file,
            name=source.file,
            delimiter=source.delimiter,
            timezone=source.timezone,
        )

    return assemble(definition, open_source)


def digests(project: Project, definition: Definition) -> dict[str, str]:
    """Return the SHA-256 of each file, by its name in the definition."""
    files = [source.file for source in definition.sources.values()]
    return {file: digest(project.root / file) for file in files}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

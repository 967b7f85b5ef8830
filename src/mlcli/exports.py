"""The exports that a definition names: opened, digested, and turned into examples."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mlcli import csvfile
from mlcli.examples import Examples, assemble

if TYPE_CHECKING:
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
    found = {}
    for source in definition.sources.values():
        with (project.root / source.file).open("rb") as file:
            found[source.file] = hashlib.file_digest(file, "sha256").hexdigest()
    return found

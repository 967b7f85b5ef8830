"""A CSV export as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING

from mlcli import tabular
from mlcli.csvtext import CsvReader
from mlcli.errors import DataError
from mlcli.notation import PLAIN, Notation
from mlcli.rules import LINE
from mlcli.tabular import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlcli.cells import Kind
    from mlcli.rules.base import Frame

_CHUNK_ROWS = 50_000


class CsvSource:
    """One export, ready to be read in chunks.

    Parameters
    ----------
    path
        The file.
    name
        How it is named in messages.
    delimiter
        What stands between cells; found out if ``None``.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How the file writes numbers, dates and missing cells.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        delimiter: str | None = None,
        timezone: str | None = None,
        notation: Notation = PLAIN,
    ) -> None:
        mark = "\t" if delimiter == "tab" else delimiter
        self.reader = CsvReader(path, name=name, delimiter=mark)
        self.name = name
        self.files: tuple[str, ...] = (name,)
        self.columns = self.reader.columns
        self.notation = notation
        self.zone = tabular.zone(timezone)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the file, by its name."""
        with self.reader.path.open("rb") as file:
            return {self.name: hashlib.file_digest(file, "sha256").hexdigest()}

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the line each row stands in.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, or the file
            has no rows.
        """
        columns = [
            Column(
                name,
                kind,
                position=self.reader.position(name),
                notation=self.notation,
                zone=self.zone,
            )
            for name, kind in wanted.items()
        ]
        records = iter(self.reader)
        empty = True
        while chunk := list(islice(records, _CHUNK_ROWS)):
            empty = False
            lines = [line for line, _ in chunk]
            try:
                made = {
                    c.name: (c.values([cells[c.position] for _, cells in chunk], lines), c.kind)
                    for c in columns
                }
            except DataError as error:
                raise error.within(self.name) from None
            yield tabular.frame({**made, LINE: (lines, "any")})
        if empty:
            raise DataError(
                "the file has a header and no rows",
                place=self.name,
                hint="was it exported for the right days?",
            )

"""Files that lie on a cluster: found, opened by what their first lines say, and brought home.

No byte of them is read here unless rows come home. So a file is known by its length and by
when it was changed, and what rests on its bytes, the line of a cell and a total among its last
rows, only where it is small enough to come home.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError
from mlcli.exports import header
from mlcli.exports.dialect import DoubtError
from mlcli.exports.spark.session import MARK, NOT_READ
from mlcli.grammar.source_phrases import lies_on_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame

    from mlcli.definition.rules.base import Frame
    from mlcli.errors import Fix
    from mlcli.exports.csv.source import CsvSource
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.spark.session import Session
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation
    from mlcli.grammar.number_notation import PointsMet

AT_ONCE: Final = 8 << 20
"""Bytes of an export that is brought home as it is opened."""

_BY_BYTES: Final = 32 << 20
_LINES: Final = 50
_MOST_FILES: Final = 1_000
_LOOK_THERE: Final = "is the path right, and may the cluster read it?"
OF_CSV: Final = re.compile(r"\.(csv|tsv|txt)(\.gz)?$", re.IGNORECASE)
OF_PARQUET: Final = re.compile(r"\.(parquet|pq)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a cluster.

    Attributes
    ----------
    path
        Where it lies, with the scheme.
    length
        How many bytes it has.
    changed
        When it was changed, in ISO 8601.
    """

    path: str
    length: int
    changed: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what is known of it."""
        return hashlib.sha256(f"{self.length} {self.changed}".encode()).hexdigest()


class Cluster:
    """The files of a cluster.

    Parameters
    ----------
    session
        Sees them.
    folder
        Where copies are kept.
    most
        How many bytes of an export may come home.
    because
        Why rows do that are not gathered, if that is known.
    """

    def __init__(self, session: Session, folder: Path, most: int, because: str) -> None:
        self.session, self.most = session, most
        self._folder, self._copies, self._because = folder, 0, because

    def find(self, named: Sequence[str], endings: re.Pattern[str]) -> list[Found]:
        """Return the files that a source names, be they folders or patterns.

        Raises
        ------
        DataError
            There are none, or too many.
        """
        read = self.session.binary([*named])
        try:
            rows = self.session.rows(read.select("path", "length", "modificationTime"))
        except DoubtError:
            rows = []
        listed = (
            Found(_whole(row["path"], named[0]), row["length"], str(row["modificationTime"]))
            for row in rows
        )
        by_path = {file.path: file for file in listed}  # a server may tell of each part of a file
        found = [by_path[path] for path in sorted(by_path)]
        held = [file for file in found if endings.search(file.path)] or found
        if not held:
            raise DataError(
                "the cluster finds no such file",
                place=named[0],
                hint=_LOOK_THERE,
            )
        if len(held) > _MOST_FILES:
            raise DataError(
                f"these are {len(held):,} files, and at most {_MOST_FILES:,} are read",
                place=named[0],
                hint="write them as Parquet, which Spark does into fewer",
            )
        return held

    def copy(self, file: Found) -> Path:
        """Return a copy of a file, byte by byte: no server promises an order of lines.

        Raises
        ------
        DataError
            It cannot be read.
        """
        from pyspark.sql.connect import functions as sf

        path = self.new_path(".csv.gz" if file.path.lower().endswith(".gz") else ".csv")
        content = self.session.binary(file.path)
        digits = sf.hex("content")  # a part of bytes would be text on some servers
        with path.open("wb") as copy, self.reading(file.path):
            for start in range(0, max(file.length, 1), _BY_BYTES):
                part = sf.substring(digits, 2 * start + 1, 2 * _BY_BYTES).alias("part")
                copy.write(bytes.fromhex(self.session.rows(content.select(part))[0]["part"]))
        return path

    def beginning(self, file: Found) -> Path:
        """Return a copy of the first line of a file, and of some others.

        Raises
        ------
        DataError
            It cannot be read as text.
        """
        from pyspark.sql.connect import functions as sf

        value = sf.col("value").cast("binary").alias("value")  # some bytes may be no letters
        some = self.session.read.text(file.path).limit(_LINES).select(value)
        with self.reading(file.path):
            found = self.session.rows(some)
            first = self.session.first_line(file.path).encode()
        lines = (row["value"].removeprefix(MARK.encode()) for row in found)
        path = self.new_path(".csv")
        path.write_bytes(b"\n".join([first, *(line for line in lines if line != first), b""]))
        return path

    def new_path(self, ending: str) -> Path:
        """Return where another copy may be written."""
        self._copies += 1
        return self._folder / f"{self._copies}{ending}"

    @contextmanager
    def reading(self, place: str) -> Iterator[None]:
        """Say of which file it is that Spark cannot read it."""
        try:
            with self.session.asked():
                yield
        except DoubtError as doubt:
            raise DataError(str(doubt), place=place, hint="export it again") from doubt

    def require_room(self, files: Sequence[Found], name: str, because: str = "") -> None:
        """Raise unless files may come home; the message says why they cannot stay there.

        Raises
        ------
        EnvironmentProblemError
            They are too large.
        """
        length, because = sum(file.length for file in files), because or self._because
        if length > self.most:
            room = wording.size(self.most)
            raise EnvironmentProblemError(
                f"its rows would come home, {wording.size(length)}, and {room} may"
                + f": {because}" * bool(because),
                place=name,
                hint="gather rows first, with  count  or  sum,  or say more:  "
                "engine: {name: spark, collect: 8GB}",
            )


def _whole(path: str, named: str) -> str:
    """Return a path with the scheme that a source names, where a server leaves it out."""
    if lies_on_cluster(path):
        return re.sub(r"^file:/(?!/)", "file:///", path)
    found = re.match(r"[^/]+:(//[^/]*)?/", named)
    return f"{found[0] if found else '/'}{path.lstrip('/')}"


class _Files:
    """What is known of files of a cluster before they are read."""

    found: Sequence[Found]

    @property
    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(file.length for file in self.found)

    def digests(self) -> dict[str, str]:
        """Return what is known of each file."""
        return {f"{file.path} (its length and time)": file.digest for file in self.found}


class ClusterSource(_Files):
    """An export whose files lie on a cluster; see ``Opened``.

    Parameters
    ----------
    cluster
        Where they lie.
    files
        The files.
    name
        How the export is named in messages.
    opened
        Opens copies of files, whole or their beginnings, as an export of this machine.
    """

    def __init__(
        self,
        cluster: Cluster,
        files: Sequence[Found],
        name: str,
        opened: Callable[[list[tuple[Path, str]]], CsvSource],
    ) -> None:
        self.cluster, self.found, self.name = cluster, files, name
        self._open = opened
        self.files = tuple(file.path for file in files)
        self.is_home = self.size <= AT_ONCE
        copy = cluster.copy if self.is_home else cluster.beginning
        self.beginning = opened([(copy(file), file.path) for file in files])
        self._read = self.beginning
        self.columns, self.notation = self.beginning.columns, self.beginning.notation
        self.points = self.beginning.points
        self.trimmed: Mapping[str, int] = {}

    @cached_property
    def home(self) -> CsvSource:
        """The export as copies on this machine."""
        if self.is_home:
            return self.beginning
        self.cluster.require_room(self.found, self.name)
        copies = [(self.cluster.copy(file), file.path) for file in self.found]
        self._read = self._open(copies)
        return self._read

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what may not be meant of its cells, as far as they were read here."""
        return self._read.notes

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns, once the files were brought home."""
        for chunk in self.home.chunks(wanted):
            self.trimmed = {**self.home.trimmed}
            yield chunk

    def beyond(self, line: int) -> tuple[str, list[Fix]]:
        """Return what to say of a line from which no row seems to stand, and the way out."""
        return self.home.beyond(line)


class ClusterParquet(_Files):
    """An export of Parquet files that lie on a cluster; see ``Opened``.

    Parameters
    ----------
    cluster
        Where they lie.
    files
        The files.
    name
        How the export is named in messages.
    opened
        Opens a copy as an export of this machine.

    Raises
    ------
    DataError
        They cannot be read, or have no columns.
    """

    def __init__(
        self,
        cluster: Cluster,
        files: Sequence[Found],
        name: str,
        opened: Callable[[list[tuple[Path, str]]], ParquetSource],
    ) -> None:
        self.cluster, self.found, self.name, self._open = cluster, files, name, opened
        self.paths = [file.path for file in files]
        self.files: tuple[str, ...] = (name,)
        self.types = self._types()
        self.columns = header.checked([*self.types], place=name, what="the file")
        empty = self._copy(self._rows().limit(0))
        self.notation: Notation = empty.notation
        self.points: PointsMet = empty.points
        self.zone, self.keeps_totals = empty.zone, empty.keeps_totals
        self.trimmed: Mapping[str, int] = {}
        self.notes: tuple[str, ...] = ()

    def named_there(self, column: str) -> str:
        """Return the name of a column as the files have it."""
        return dict(zip(self.columns, self.types, strict=True))[column]

    @cached_property
    def home(self) -> ParquetSource:
        """The export as a copy on this machine."""
        self.cluster.require_room(self.found, self.name)
        return self._copy(self._rows())

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns, once the rows were brought home."""
        for chunk in self.home.chunks(wanted):
            self.trimmed, self.notes = self.home.trimmed, self.home.notes
            yield chunk

    def beyond(self, line: int) -> tuple[str, list[Fix]]:
        """Return nothing: no line of a typed table stands below it."""
        del line
        return "", []

    def _rows(self) -> DataFrame:
        rows: DataFrame = self.cluster.session.read.parquet(*self.paths)
        return rows

    def _types(self) -> dict[str, str]:
        with self.cluster.reading(self.name):
            return dict(self._rows().dtypes)

    def _copy(self, rows: DataFrame) -> ParquetSource:
        """Return rows as a file of this machine."""
        from pyarrow import parquet

        path = self.cluster.new_path(".parquet")
        with self.cluster.reading(self.name):
            parquet.write_table(self.cluster.session.arrow(rows), path)
        return self._open([(path, self.name)])


def listed(session: Session, path: str) -> dict[str, int]:
    """Return the files at a path, or in the folder there: by name, how many bytes they have.

    Raises
    ------
    EnvironmentProblemError
        The server is out of reach.
    """
    from pyspark.errors import PySparkException

    try:
        found = session.binary(path).select("path", "length").toArrow()
    except PySparkException as error:
        if "PATH_NOT_FOUND" in str(error):
            return {}
        told = session.server.reworded(error)
        if isinstance(told, EnvironmentProblemError):
            raise told from error
        said = str(told).removeprefix(f"{NOT_READ}: ")
        raise DataError(
            f"the cluster cannot look there: {said}", place=wording.discreet(path), hint=_LOOK_THERE
        ) from error
    return {str(row["path"]).rsplit("/", 1)[-1]: row["length"] for row in found.to_pylist()}


def require_free(session: Session, path: str) -> None:
    """Raise where answers are to be written and something is there already.

    Raises
    ------
    AskedWronglyError
        There is.
    """
    if listed(session, path):
        raise AskedWronglyError(
            f"--output {wording.discreet(path)} is there already",
            hint="name a folder that is not there yet",
        )

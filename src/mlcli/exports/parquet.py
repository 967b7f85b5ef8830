"""A Parquet file as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mlcli.errors import DataError, missing_extra
from mlcli.exports import header, typed_values, wall_clock
from mlcli.exports.file_on_disk import ExportFile
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind

_CHUNK_ROWS = 50_000
_BUFFER: Final = 2**20  # bytes of a column that are read ahead
_MAGIC: Final = b"PAR1"
_LAST_YEAR: Final = 9999
_YEARS: Final = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # 1 to 9999, in microseconds


class ParquetSource(typed_values.TypedSource):
    """One Parquet file, ready to be read in chunks.

    Parameters
    ----------
    path
        The file.
    name
        How it is named in messages.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How its texts write numbers, dates and missing cells.
    keeps_totals
        Whether rows are rows, though they look like totals.

    Attributes
    ----------
    rows
        How many it has.
    types
        By column, what Arrow calls the type of its values.
    has_checksums
        Whether its pages have checksums.

    Raises
    ------
    DataError
        The file is missing, damaged, or no Parquet file.
    EnvironmentProblemError
        It may not be read, or pyarrow is not installed.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        timezone: str | None = None,
        notation: Notation = PLAIN,
        keeps_totals: bool = False,
    ) -> None:
        self.file = ExportFile(path, name=name, endings=(".parquet", ".pq"))
        _check_magic(self.file)
        super().__init__(name, timezone, notation, keeps_totals=keeps_totals)
        with self._open() as parquet:
            fields = list(parquet.schema_arrow)
            self.rows: int = parquet.metadata.num_rows
            self.has_checksums = _has_checksums(parquet.metadata, path)
            old = {one.path for one in parquet.schema if one.physical_type == "INT96"}
        names = [field.name for field in fields]
        self.columns = header.checked(names, place=name, what="the file")
        self._names: dict[str, str] = dict(zip(self.columns, names, strict=True))
        self.types = {
            column: "INT96" if field.name in old else str(_plain_type(field.type))
            for column, field in zip(self.columns, fields, strict=True)
        }

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the file, by its name."""
        return {self.name: self.file.digest()}

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the row each stands in, counted from 1.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, the file has no
            rows, is damaged, or changed meanwhile.
        """
        columns = self.typed(wanted, place=self.name)
        if not self.rows:
            raise DataError(
                "the file has columns and no rows",
                place=self.name,
                hint="was it exported for the right days?",
            )
        start = 1
        with closing(self._batches([self._names[name] for name in wanted])) as found:
            for batch in found:
                lines = range(start, start + batch.num_rows)
                start += batch.num_rows
                yield self.frame(columns, lines, partial(self._values, batch, lines))
        self.file.unchanged()
        self.conclude(columns)

    def named_there(self, column: str) -> str:
        """Return how the file itself calls a column."""
        return self._names[column]

    def verified(self, columns: Sequence[str]) -> Iterator[None]:
        """Hold some columns against their checksums; yield now and then.

        Raises
        ------
        DataError
            The file is damaged.
        """
        with closing(self._batches([self._names[name] for name in columns])) as found:
            yield from (None for _ in found)

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        """Yield all rows with all of their cells, and the line that each stands in."""
        start = 1
        with closing(self._batches([*self._names.values()])) as found:
            for batch in found:
                columns = [column.to_pylist() for column in batch.columns]
                yield from enumerate(zip(*columns, strict=True), start=start)
                start += batch.num_rows

    def _batches(self, names: list[str]) -> Generator[Any]:
        """Yield the rows in batches; a batch of no column at all has its length all the same."""
        with self._open() as parquet:
            found = parquet.iter_batches(_CHUNK_ROWS, columns=names)
            while True:
                with self._damage():
                    batch = next(found, None)
                if batch is None:
                    return
                yield batch

    def _values(self, batch: Any, lines: Sequence[int], column: typed_values.TypedColumn) -> Any:
        array = batch.column(batch.schema.get_field_index(self._names[column.name]))
        return _values(array, column, lines)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        try:
            from pyarrow import parquet
        except ImportError as error:
            raise missing_extra("parquet", "Parquet files need") from error
        with self._damage():
            # Times of the old kind are read as microseconds: as nanoseconds, those far from
            # now would silently become others. Columns are read as they are needed.
            opened = parquet.ParquetFile(
                self.file.path,
                buffer_size=_BUFFER,
                pre_buffer=False,
                coerce_int96_timestamp_unit="us",
                page_checksum_verification=True,
            )
        with opened:
            yield opened

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """Say in our words what pyarrow finds wrong with the file."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError, ValueError) as error:
            self.file.unchanged()
            reason = str(error).strip().split("\n")[0].rstrip(".")
            if re.search(r"encrypt|decrypt", reason, re.IGNORECASE):
                raise _encrypted(self.name) from error
            raise DataError(
                f"the Parquet file is damaged: {reason[:120]}",
                place=self.name,
                hint="export it again",
            ) from error


def _plain_type(type_: Any) -> Any:
    """Return the type of the values, be it that the file keeps them in a dictionary."""
    return getattr(type_, "value_type", type_) if str(type_).startswith("dictionary") else type_


_HEAD: Final = 40  # bytes that hold the first fields of a page's header


def _has_checksums(metadata: Any, path: Path) -> bool:
    """Say whether the first page of some group of rows has a checksum: its header's fourth field.

    The header is Thrift's compact protocol: three numbers come first, each of as many bytes
    as have their highest bit set, and one more.
    """
    with path.open("rb") as file:
        for at in range(metadata.num_row_groups if metadata.num_columns else 0):
            column = metadata.row_group(at).column(0)
            file.seek(column.dictionary_page_offset or column.data_page_offset)
            if re.match(rb"(?:\x15[\x80-\xff]*[\x00-\x7f]){4}", file.read(_HEAD)):
                return True
    return False


def _check_magic(file: ExportFile) -> None:
    if file.start.startswith(b"PARE") or file.end.endswith(b"PARE"):
        raise _encrypted(file.name)
    file.require_beginning(_MAGIC, "a Parquet file", "export it again")
    if not file.end.endswith(_MAGIC):
        raise DataError(
            "the Parquet file ends too early: was it cut off?",
            place=file.name,
            hint="export it again",
        )


def _encrypted(name: str) -> DataError:
    return DataError(
        "the Parquet file is encrypted", place=name, hint="export it without a password"
    )


def _values(array: Any, column: typed_values.TypedColumn, lines: Sequence[int]) -> Any:
    """Return the values of one column: at once where none is out of the ordinary."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    sort = wall_clock.TIME
    if pa.types.is_date(array.type):
        array, sort = array.cast(pa.timestamp("ms")), wall_clock.DAY
    elif pa.types.is_timestamp(array.type):
        sort = wall_clock.UTC if array.type.tz else sort
    if pa.types.is_timestamp(array.type):
        array = _in_microseconds(array, column, lines)
    plain = _plain(array, column.zone)
    found = None if plain is None else column.at_once(plain, lines, sort=sort)
    return column.values(array.to_pylist(), lines) if found is None else found


def _plain(array: Any, zone: ZoneInfo | None) -> Any:
    """Return an array as ``TypedColumn.at_once`` takes, or ``None``."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    types, type_ = pa.types, array.type
    if types.is_integer(type_):
        ends = pc.min_max(array).as_py().values()
        exact = all(end is None or abs(end) < cells.EXACT for end in ends)
        return array.cast(pa.float64()).to_numpy(zero_copy_only=False) if exact else None
    if types.is_floating(type_):
        return array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if types.is_timestamp(type_) and type_.tz and zone:
        times = pd.DatetimeIndex(array.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False))
        times = times.tz_localize("UTC").tz_convert(zone).tz_localize(None)
        return None if times.year.min() < 1 or times.year.max() > _LAST_YEAR else times.to_numpy()
    if types.is_timestamp(type_) and type_.tz in {None, "UTC"}:
        return array.to_numpy(zero_copy_only=False)
    return array.to_pandas() if types.is_string(type_) or types.is_large_string(type_) else None


def _in_microseconds(array: Any, column: typed_values.TypedColumn, lines: Sequence[int]) -> Any:
    """Return times in microseconds, or raise where one is finer or beyond the years 1 to 9999."""
    import pyarrow as pa
    import pyarrow.compute as pc

    unit = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 0}[array.type.unit]
    counted = array.cast(pa.int64())
    if unit:
        lowest, highest = -(-_YEARS[0] // unit), _YEARS[1] // unit
        outside = pc.or_(pc.less(counted, lowest), pc.greater(counted, highest))
        if pc.any(outside).as_py():
            raise column.problem(
                lines[outside.index(True).as_py()],
                "the time lies outside of the years 1 to 9999",
                "mend the cell",
            )
    else:
        rest = pc.not_equal(counted, pc.multiply(pc.divide(counted, 1000), 1000))
        if pc.any(rest).as_py():
            raise column.problem(
                lines[rest.index(True).as_py()],
                "the time is finer than a microsecond",
                "round times to microseconds when you export them",
            )
    return array.cast(pa.timestamp("us", array.type.tz))

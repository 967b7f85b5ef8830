"""What an engine has of its own, so that exports go through their rules in its queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from mlcli.exports import totals
from mlcli.grammar.cells import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    import narwhals.stable.v2 as nw

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.csv.source import CsvSource
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.spark.cluster import ClusterParquet
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

Result = TypeVar("Result")

_SECONDS_TO_STOP: Final = 0.05


class DoubtError(Exception):
    """An engine cannot be trusted with an export; somebody else must look at it.

    ``detail`` is to be told after the words, where nobody else can look.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class NotWholeError(Exception):
    """A cell is no whole number, in a column that was read as whole ones."""


class AnewError(Exception):
    """An engine met cells that it must know of first, and makes another table of them."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What a query needs of an export.

    Attributes
    ----------
    kinds
        The columns, and as what.
    whole
        Those of them that are read as whole numbers; see ``NotWholeError``.
    pads
        By column of words, the name of one that is true where a cell has blanks around.
    points
        By column of numbers, the name of one that is true where a cell has a point.
    timed
        The columns of dates of which each must have a time.
    numbered
        Whether a number of each row is needed, as ``LINE``: its line, where there are lines.
    """

    kinds: Mapping[str, Kind]
    whole: AbstractSet[str] = frozenset()
    pads: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    timed: AbstractSet[str] = frozenset()
    numbered: bool = False


class SecondLook(Protocol):
    """A look at an export beside the query, by other means."""

    def rows(self) -> int:
        """Wait for the look to end, and return how many rows it found.

        Raises
        ------
        DoubtError
            The engine may read the export otherwise than it is written.
        """
        ...

    def stop(self) -> None:
        """Look no further."""
        ...


class Dialect(Protocol):
    """What an engine has of its own, for one export.

    Attributes
    ----------
    size
        How many bytes there are to read.
    adds_up
        Whether a query adds numbers up, so that a row of their sums is told.
    """

    size: int
    adds_up: bool

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the rows of the export, and of columns those that are needed alone.

        A cell that is not of its kind must end the query with an error.
        """
        ...

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds, which is small, with our dtypes.

        Raises
        ------
        DoubtError
            The engine cannot read the export, or found something out of the ordinary in it.
        NotWholeError
            A cell of a column of whole numbers is none.
        AnewError
            ``typed`` makes a better table now.
        EnvironmentProblemError
            Memory or the disk is too small, or the engine is out of reach.
        """
        ...

    def interrupt(self) -> None:
        """Have the query end that is running; it may be called again until it has."""
        ...

    def look(self) -> SecondLook:
        """Begin to look at the export by other means."""
        ...

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Look at what a query tells nothing of, after one without a doubt.

        ``pointed`` says whether some number has a point, where it matters what that is.
        """
        ...


def slow(kind: Kind, notation: Notation, *, timed: bool = False) -> Callable[[str | None], Any]:
    """Return our own reader of a column's cells, for those that an engine leaves to it.

    Where they should be ``timed``, dates without a time are left to the other engine.
    """
    read = notation.reader(kind)

    def reader(cell: str | None) -> Any:
        if cell is None or notation.is_missing(cell):
            return None
        value = read(cell)
        if isinstance(value, datetime) and value.tzinfo is not None:
            raise CellError("times with an offset, of which all rows decide")
        if timed and notation.is_bare(cell):
            raise CellError("a date without a time, which is to be noted")
        return value

    return reader


def refuse_totals(found: Iterable[tuple[str, float, float, float]]) -> None:
    """Raise where a row may hold the sums of the others.

    ``found`` has columns of numbers: what they add up to, and the lowest and the highest of them.

    Raises
    ------
    DoubtError
        One may.
    """
    sums = totals.Sums()
    for name, total, low, high in found:
        sums.add(name, total, low, high)
    if sums.may_hold_one:
        instead = "; where none does, say in its source  totals: keep"
        raise DoubtError("a row may hold the sums of the others", instead)


def refuse_turned(
    source: CsvSource | ParquetSource | ClusterParquet, kinds: Mapping[str, Kind]
) -> None:
    """Raise where dates are turned to a time zone: no engine does it as our own reader.

    Raises
    ------
    DoubtError
        They are.
    """
    if "date" in kinds.values() and (source.zone or source.notation.times_in):
        raise DoubtError("its times are turned to a time zone")


class Running(Generic[Result]):
    """Work that goes on beside the program, which hears signals meanwhile.

    Parameters
    ----------
    work
        What is done.
    interrupt
        Tells it to stop, where the program goes elsewhere.
    """

    def __init__(self, work: Callable[[], Result], interrupt: Callable[[], object]) -> None:
        self._interrupt = interrupt
        self._found: list[Result] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], Result]) -> None:
        try:
            self._found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    @property
    def goes_on(self) -> bool:
        """Say whether the work is not done yet."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the work, and wait until it has."""
        while self._thread.is_alive():
            self._interrupt()
            self._thread.join(_SECONDS_TO_STOP)

    def result(self) -> Result:
        """Wait for the work, and return what it found, or raise its error."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

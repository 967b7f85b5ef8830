"""What every rule is: options, the columns it reads and makes, and its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar

import narwhals.stable.v2 as nw
from pydantic import ConfigDict, model_validator

from mlcli import wording
from mlcli.definition.known_columns import merged
from mlcli.definition.vocabulary import Contradiction, Frozen, OptionError, Scalar
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.store.ledger import Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import timedelta

    from mlcli.answering.domain import Predicate
    from mlcli.definition.known_columns import KnownColumns, Wanted
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.phrases import Per

    Frame = nw.DataFrame[Any]
    Ends = Callable[[], tuple[datetime, datetime] | None]
    AnyFrame = TypeVar("AnyFrame", nw.DataFrame[Any], nw.LazyFrame[Any])

LINE = "__line__"
"""The hidden column that remembers a row's line in its file, until rows merge."""

FILLED = "__filled__ "
"""Before a column's name: the hidden column of where ``fill_missing`` put a constant."""


def shown(columns: Iterable[str]) -> list[str]:
    """Return the columns that are not hidden."""
    return [c for c in columns if c != LINE and not c.startswith(FILLED)]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that a rule cannot take.

    ``bad`` is true for them, and ``error`` says of a table of them what is wrong.
    """

    bad: nw.Expr
    error: Callable[[Frame], DataError]


class Rule(Frozen):
    """One pure step from table to table.

    Its methods are what is asked of rules. Each has the answer of most of them here, and
    is overridden by the rule of which it is not true.
    """

    outcome: ClassVar[str] = ""
    """What the account of rows says became of those that did not come out, ``{lost}``, or of
    those that it made, ``{made}``."""

    own_keys: ClassVar[str] = "COLUMN: VALUE"
    """An example of what stands in the rule, where its keys are the user's own."""

    needs_all_rows: ClassVar[bool] = False
    """Whether the rule must see all rows at once."""

    about_days: ClassVar[bool] = False
    """Whether the rule looks at nothing but the day of a row."""

    gathers: ClassVar[bool] = False
    """Whether many rows become one, and no column is left but those that it gives."""

    cuts_off: ClassVar[bool] = False
    """Whether rows are left out that came in after the question is asked."""

    def says(self) -> str:
        """Return the rule in a few words, for the row ledger."""
        raise NotImplementedError

    def why(self) -> str:
        """Return the reason that a definition gives for the rule."""
        return ""

    def counted(self, rows_in: int = 0, rows_out: int = 0) -> Counted:
        """Return the account of the rows that came to it, and of those that it passed on."""
        return Counted(self.says(), self.why(), rows_in, rows_out, self.outcome)

    def on(self, date: str | None) -> Self:
        """Return the rule with the table's date where it names no column."""
        del date
        return self

    def by_nights(self, begins: Mapping[str, timedelta]) -> Self:
        """Return the rule among others that have days begin so long after midnight, by column."""
        del begins
        return self

    def needs(self) -> dict[str, Kind]:
        """Return the columns the rule reads, and what they must be."""
        raise NotImplementedError

    @property
    def needs_every_column(self) -> bool:
        """Say whether the rule looks at every column, whatever they are called."""
        return False

    def gives(self) -> dict[str, Kind]:
        """Return the columns the rule makes."""
        return {}

    def origin(self, column: str) -> str:
        """Return the column before the rule that one after it is made from.

        That is the column itself where the rule leaves it alone, and nothing where the
        rule counts rows.
        """
        return column

    def renames(self) -> dict[str, str]:
        """Return the columns that get another name, each with the new one."""
        return {}

    def fills(self) -> dict[str, Scalar]:
        """Return what stands for an empty cell, by column."""
        return {}

    def lists(self) -> tuple[str, ...]:
        """Return the columns that hold lists after the rule."""
        return ()

    def levels_of(self, column: str) -> list[str]:
        """Return the words that a column made by the rule may hold, in their order."""
        del column
        return []

    def possible(self, columns: AbstractSet[str]) -> Self | None:
        """Return what of the rule holds for a question too, worked out of some columns alone."""
        del columns
        return None

    def implied(self) -> dict[str, Kind]:
        """Return the columns that follow for a question as they do for a row."""
        return {}

    def domain(self) -> tuple[Predicate, ...]:
        """Return the tests that a question must meet, as the rows did that stayed."""
        return ()

    def day_begins(self) -> dict[str, timedelta]:
        """Return how long after midnight a day begins, by the columns whose days count."""
        return {}

    def begun(self, after: timedelta) -> tuple[str, object]:
        """Return the key that would have the rule's days begin so long after midnight, and how.

        The key is one of the rule; ``None`` takes it away.
        """
        raise NotImplementedError

    def period(self) -> Per | None:
        """Return the day, week or month by which rows are gathered, if they are."""
        return None

    def totals(self, column: str) -> bool:
        """Say whether a column counts or adds up all rows of a period."""
        del column
        return False

    def nothing_cut(self) -> str:
        """Return what to note if a rule that cuts rows off left every one in."""
        return ""

    def wanted_before(self, wanted: Mapping[str, Kind]) -> Wanted:
        """Return the columns needed before the rule, given those wanted after it.

        Raises
        ------
        KindConflictError
            A column is made or needed as one thing and wanted as another.
        """
        gives = self.gives()
        for column in gives.keys() & wanted.keys():
            merged(column, gives[column], wanted[column])
        return self._needed_for(wanted, gives)

    def _needed_for(self, wanted: Mapping[str, Kind], gives: Mapping[str, Kind]) -> Wanted:
        found: Wanted = {c: kind for c, kind in wanted.items() if c not in gives}
        for column, kind in self.needs().items():
            found[column] = merged(column, kind, found.get(column, "any"))
        return found

    def known_after(self, known: KnownColumns) -> KnownColumns:
        """Return what is known of the columns after the rule."""
        gives = self.gives()
        renamed = {old: new for old, new in known.renamed.items() if old not in gives}
        return replace(known, made={**known.made, **gives}, renamed=renamed)

    def columns_after(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that there are after the rule, of a table that has some.

        Raises
        ------
        DataError
            A column that gets another name is not there, or the name is taken.
        """
        return [*columns, *(column for column in self.gives() if column not in columns)]

    def misplaced(
        self, before: Sequence[Rule], after: Sequence[Rule], *, joined: bool
    ) -> Sequence[Contradiction]:
        """Return why the rule cannot stand between some others, or after the join."""
        del before, after, joined
        return ()

    def contradictions(self, known: KnownColumns) -> Iterator[Contradiction]:
        """Yield what does not fit the columns that are known before the rule."""
        for column, kind in self.needs().items():
            if not column:
                yield self._nameless()
            elif known.lack(column):
                message = f"there is no column {column!r} here"
                yield Contradiction((), message, known.instead(column), column)
            else:
                yield from known.contradicted((), column, kind)

    def _nameless(self) -> Contradiction:
        return Contradiction((), "a column here has no name", "write it before the colon")

    @property
    def by_expression(self) -> bool:
        """Say whether the rule is expressions alone, which any engine can work out."""
        return True

    def doubts(self) -> Sequence[Doubt]:
        """Return which rows the rule cannot take, the worst first."""
        return ()

    def refuse(self, frame: Frame) -> None:
        """Raise if the rule cannot take some row of a table.

        Raises
        ------
        DataError
            The message names the first line.
        """
        for doubt in self.doubts():
            rows = frame.filter(doubt.bad)
            if len(rows):
                raise doubt.error(rows)

    def over(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Return the chunks that come out, lazily.

        Raises
        ------
        DataError
            The rule cannot take some row, or leaves none.
        """
        raise NotImplementedError

    @property
    def ranges_over(self) -> str:
        """Return the column of dates whose range the rule must know; nothing for most."""
        return ""

    def within(self, chunks: Iterator[Frame], ends: Ends) -> Iterator[Frame]:
        """Return the chunks that come out of an export that ``ends`` says the range of.

        It is known once all chunks have come.
        """
        del ends
        return self.over(chunks)

    def pieces(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Return a table in the pieces that the rule looks at one by one."""
        return chunks

    def left_out(self, frame: Frame) -> Frame:
        """Return the rows of a piece that the rule leaves out, in their order."""
        return frame.head(0)

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the columns made, of rows that no doubt is about."""
        return frame

    def staying(self, columns: Sequence[str], among: nw.Expr) -> nw.Expr | None:
        """Return what is true for the rows that stay, of those ``among`` which there is a choice.

        ``columns`` are those of the table; ``None`` says that all stay. This is how
        engines that promise no order of rows work it out, from the line of each.
        """
        del columns, among
        return None


class OwnKeys(Rule):
    """A rule whose other keys are the user's own."""

    model_config = ConfigDict(extra="allow")
    without: ClassVar[str] = "no column is named"
    """What is wrong with a rule that has no such key."""

    @model_validator(mode="after")
    def _has_some(self) -> Self:
        if not self.model_extra:
            raise OptionError(self.without)
        return self

    @property
    def own(self) -> dict[str, Any]:
        """Return what stands under those keys, by key."""
        return dict(self.model_extra or {})


_KINDS: Final[dict[type, Kind]] = {bool: "boolean", float: "number", str: "text"}


def kinds_of(constants: Mapping[str, Scalar]) -> dict[str, Kind]:
    """Return the kinds of columns that constants stand in, by column."""
    return {column: _KINDS[type(value)] for column, value in constants.items()}


def below(chunks: list[Frame]) -> Frame:
    """Put chunks below each other."""
    return chunks[0] if len(chunks) == 1 else nw.concat(chunks, how="vertical")


def later(column: nw.Expr, by: timedelta) -> nw.Expr:
    """Return dates so much later, or earlier where that is below 0."""
    seconds = int(by.total_seconds())
    return column.dt.offset_by(f"{seconds}s") if seconds else column


_FIRST_DAY: Final = datetime.fromisoformat("0001-01-01")


def too_early(column: nw.Expr, starts: timedelta) -> nw.Expr:
    """Return which dates lie before the first day of the year 1 begins."""
    return column < _FIRST_DAY + starts


def first_line(frame: Frame) -> str:
    """Say where the first row of a table stands: ``line 7`` or nothing."""
    if LINE not in frame.columns or not len(frame):
        return ""
    return f"line {frame[LINE][0]}"


def read_each(frame: Frame, column: str, read: Callable[[str], Any]) -> list[Any]:
    """Return what is read of each cell of a column of text, and nothing of those that are empty."""
    found: list[Any] = []
    for row, cell in enumerate(frame[column].to_list()):
        try:
            found.append(read(cell) if isinstance(cell, str) else None)
        except cells.CellError as error:
            at = first_line(frame[row : row + 1])
            raise DataError(f"{column}: {error}", place=at, hint=error.hint) from error
    return found


def missing(column: str, rule: str, way: str = "or  fill_missing  before it") -> Doubt:
    """Return the doubt about rows that lack what a rule cannot do without, and another way out."""

    def error(empty: Frame) -> DataError:
        return DataError(
            f"{column!r} is empty, and {rule} needs it in every row",
            place=first_line(empty),
            hint=f"put  {wording.keys_in_yaml({'drop_missing': {'of': column}})}  {way}",
        )

    return Doubt(nw.col(column).is_null(), error)

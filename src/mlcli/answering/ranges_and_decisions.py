"""What stands beside a likely number: the range around it, and the quantity to have ready.

Plain Python: an answer from an equation imports nothing more for it.
"""

from __future__ import annotations

from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mlcli import wording
from mlcli.statistics import conformal, decisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.label import NumberTarget
    from mlcli.grammar.cells import Json
    from mlcli.statistics.arrays import Floats

_NOISE: Final = 9
"""Decimals that count before rounding outwards: 52.0000000001 is 52."""

_MOST_IN: Final = 1000
_ALIKE: Final = 1e-9


class Decision(NamedTuple):
    """How much to have ready beside a prediction.

    ``share`` of rows, 0 to 1, should find it enough, on average over rows. ``margin`` is
    what is added to a raw prediction, in the label's unit, and ``None`` where the ``rows``
    that were not learned from are fewer than ``needed``. The costs are those of one unit,
    and stand where ``by`` says so. ``doubt`` says that it was too little too often.
    """

    by: Literal["run_out", "costs"]
    share: float
    rows: int
    margin: float | None
    short_costs: float | None = None
    left_over_costs: float | None = None
    doubt: str = ""

    @property
    def needed(self) -> int:
        """Return how many rows that were not learned from it takes.

        As many for a share near 0, where it is dear to have any left over, as for one near 1.
        """
        return conformal.fewest(max(self.share, 1 - self.share))

    @property
    def costs(self) -> decisions.Costs | None:
        """Return what one unit costs that was short, and one that was left over."""
        if self.short_costs is None or self.left_over_costs is None:
            return None
        return decisions.Costs(self.short_costs, self.left_over_costs)

    def quantity(self, value: float, target: NumberTarget) -> float | None:
        """Return how much to have ready where ``value`` is the raw prediction."""
        if self.margin is None or not isfinite(value + self.margin):
            return None
        found = decisions.quantity(value, self.margin, whole=target.whole, floored=target.floored)
        return _tidy(found)

    def words(self, noun: str) -> str:
        """Say what the quantity is good for."""
        if self.costs is None:
            return f"it is enough on {often(self.share, noun)}"
        return (
            f"cheapest at {money(self.costs.short)} for one short and "
            f"{money(self.costs.left_over)} for one left over"
        )

    def refusal(self) -> str:
        """Say why there is no quantity, or nothing where there is one."""
        if self.margin is not None:
            return ""
        costs = self.costs
        asked = (
            f"run out {seldom(1 - self.share)}"
            if costs is None
            else f"{money(costs.short)} for one short, {money(costs.left_over)} for one left over,"
        )
        such = "" if self.rows else " that were not learned from"
        are = f"there {'is' if self.rows == 1 else 'are'} {self.rows:,}"
        return f"decide: {asked} needs {wording.count(self.needed, 'row')}{such}, and {are}"

    def to_json(self) -> Json:
        """Return plain data for the manifest."""
        written = {**self._asdict(), "needed": self.needed}
        return {k: v for k, v in written.items() if k != "doubt" or v}

    @staticmethod
    def from_json(data: Json) -> Decision:
        """Rebuild what ``to_json`` wrote.

        Raises
        ------
        LookupError, TypeError, ValueError
            It is not what was written.
        """
        margin, share = data["margin"], float(data["share"])
        conformal.fewest(share)
        short, left_over = (None if data[k] is None else float(data[k]) for k in _COSTS)
        if data["by"] not in {"run_out", "costs"} or not isfinite(margin or 0.0):
            raise ValueError(data)
        margin = None if margin is None else float(margin)
        rows, doubt = int(data["rows"]), str(data.get("doubt", ""))
        return Decision(data["by"], share, rows, margin, short, left_over, doubt)


_COSTS: Final = ("short_costs", "left_over_costs")


class Bounds(NamedTuple):
    """A range around predictions: ``level`` of rows, 0 to 1, lie within ``width`` of theirs."""

    level: float
    width: float

    def around(self, value: float, target: NumberTarget) -> tuple[float, float] | None:
        """Return both ends where ``value`` is the raw prediction, in the label's unit.

        Ends of whole labels are rounded outwards; where no label is below 0, no end is.
        ``None`` where doubles cannot hold them.
        """
        low, high = value - self.width, value + self.width
        if not (isfinite(low) and isfinite(high)):
            return None
        if target.whole:
            low, high = float(floor(round(low, _NOISE))), float(ceil(round(high, _NOISE)))
        if target.floored:
            low, high = max(low, 0.0), max(high, 0.0)
        return _tidy(low), _tidy(high)

    def ends(self, values: Floats, target: NumberTarget) -> tuple[Floats, Floats]:
        """Return both ends around each of n raw predictions, as ``around`` does one by one."""
        import numpy as np

        low, high = values - self.width, values + self.width
        if target.whole:
            low, high = np.floor(low.round(_NOISE)), np.ceil(high.round(_NOISE))
        return target.raised(low), target.raised(high)


def bounds(residuals: Sequence[float], level: float) -> Bounds | None:
    """Return the range that holds a share ``level`` of rows, or ``None`` for too few rows.

    ``residuals`` (n,) are truths minus raw predictions of rows that were not learned from.
    """
    width = conformal.two_sided(residuals, level)
    return None if width is None else Bounds(level, width)


class Beside(NamedTuple):
    """What one answer has beside it, in the label's unit; ``None`` where it has none."""

    low: float | None = None
    high: float | None = None
    quantity: float | None = None
    notes: tuple[str, ...] = ()


class Ready(NamedTuple):
    """What the answers of a model are to have beside them, if anything.

    ``target`` is the number that is answered, and ``noun`` what one row is called; ``doubt``
    says why ranges may be too narrow.
    """

    target: NumberTarget | None = None
    decision: Decision | None = None
    bounds: Bounds | None = None
    noun: str = "row"
    doubt: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return why there is no quantity or it may be too little, and ranges too narrow, if so."""
        made = self.decision
        said = (made.refusal(), made.doubt) if made else ()
        return tuple(filter(None, (*said, self.doubt if self.bounds else "")))

    @property
    def columns(self) -> list[str]:
        """Return what the columns of a file are called."""
        return [
            *(["low", "high"] if self.bounds else []),
            *(["decision"] if self.decision else []),
        ]

    def beside(self, found: float | str | None, *, outside: bool) -> Beside:
        """Return what one answer has beside it, of which the raw prediction is ``found``.

        ``outside`` says that it was asked for something that training never held.
        """
        if self.target is None or found is None:
            return Beside()
        value = float(found)
        ends = self.bounds.around(value, self.target) if self.bounds else None
        low, high = ends or (None, None)
        quantity = self.decision.quantity(value, self.target) if self.decision else None
        return Beside(low, high, quantity, self._doubt(quantity) if outside else ())

    def _doubt(self, quantity: float | None) -> tuple[str, ...]:
        """Say that nothing is promised where nothing was learned."""
        said = [
            *(["range"] if self.bounds else []),
            *(["quantity to have ready"] if quantity is not None else []),
        ]
        if not said:
            return ()
        promise = "promise" if len(said) > 1 else "promises"
        return (f"the {' and the '.join(said)} {promise} nothing outside what was learned from",)

    def to_json(self, beside: Beside) -> Json:
        """Return the documented keys: ``range`` where one is asked for, ``decision`` likewise."""
        found: dict[str, Any] = {}
        if self.bounds:
            ends = {"low": _plain(beside.low), "high": _plain(beside.high)}
            found["range"] = None if beside.low is None else {"level": self.bounds.level, **ends}
        if self.decision:
            found["decision"] = (
                None
                if beside.quantity is None
                else {
                    "quantity": _plain(beside.quantity),
                    "share": self.decision.share,
                    "by": self.decision.by,
                }
            )
        return found


def often(share: float, noun: str) -> str:
    """Say a share of rows: ``9 days in 10`` where it is all but one of some, else ``88 % of days``.

    >>> often(0.9, "day"), often(0.5, "day"), often(0.88, "day")
    ('9 days in 10', '1 day in 2', '88 % of days')
    """
    every = _one_in(1 - share)
    if every is None:
        return f"{percent(share)} of {noun}s"
    return f"{wording.count(every - 1, noun)} in {every:,}"


def seldom(share: float) -> str:
    """Say a small share: ``1 in 10``, or ``12 %``."""
    every = _one_in(share)
    return percent(share) if every is None else f"1 in {every:,}"


def percent(share: float) -> str:
    """Write a share that was asked for: ``80 %``, ``97.5 %``."""
    return f"{wording.figure(share * 100)} %"


_CENT: Final = 0.01


def money(amount: float) -> str:
    """Write an amount of money: whole as it is, else with two decimals."""
    if amount.is_integer():
        return f"{amount:,.0f}"
    return f"{amount:,.2f}" if abs(amount) >= _CENT else wording.figure(amount)


def _one_in(share: float) -> int | None:
    """Return n where a share is one in n."""
    every = round(1 / share) if share > 0 else 0
    return every if 1 < every <= _MOST_IN and abs(share * every - 1) < _ALIKE else None


def _tidy(value: float) -> float:
    """Return a number as answers are delivered."""
    return float(f"{value:.14g}") + 0.0


def _plain(value: float | None) -> float | int | None:
    """Return a number as JSON has it: whole ones without a point."""
    return int(value) if value is not None and value.is_integer() else value

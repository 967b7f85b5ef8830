"""What a decision would have come to, on rows that were not learned from.

Each row is served twice: what is likely, as it is answered, and what the decision says.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, Literal

from mlcli.answering.ranges_and_decisions import Decision
from mlcli.statistics import conformal, decisions, intervals
from mlcli.store.evidence import DecisionReport, Saving, Served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.label import NumberTarget
    from mlcli.definition.definition import Decide
    from mlcli.learning.judged import Judged

LEVELS: Final = (0.8, 0.9, 0.95)
"""Service levels of which the price is told, whatever was decided."""

Of = Literal["held_out", "left_out", "file"]
"""Rows held out, rows each predicted without itself, or those of a file."""

Margins = dict[float, list[float] | None]
"""By share, the margin of each row judged, in the label's unit; ``None`` for too few rows."""


def decision(decide: Decide, residuals: Sequence[float]) -> Decision:
    """Return the decision of a definition, its margin learned from residuals.

    ``residuals`` (n,) are truths minus raw predictions of rows that were not learned from.
    """
    made = Decision(
        by="run_out" if decide.run_out is not None else "costs",
        share=decide.share,
        rows=len(residuals),
        margin=conformal.one_sided(residuals, decide.share),
        short_costs=decide.short_costs,
        left_over_costs=decide.left_over_costs,
    )
    return made if made.rows >= made.needed else made._replace(margin=None)


def on_other_rows(
    made: Decision, prices: Sequence[decisions.Price], rows: Judged, target: NumberTarget, *, of: Of
) -> DecisionReport:
    """Report on rows that neither weights nor margins were learned from; see ``report``.

    ``prices`` hold the margins of the levels that are told.
    """
    every = {**{p.share: p.margin for p in prices}, made.share: made.margin}
    count = len(rows.truths)
    margins: Margins = {s: None if m is None else [m] * count for s, m in every.items()}
    return report(made, prices, margins, rows, target, of=of)


def on_left_out_rows(made: Decision, rows: Judged, target: NumberTarget) -> DecisionReport:
    """Report where no row was held out; see ``report``.

    Each of the rows was predicted without itself; so is each margin chosen, or the rows would
    say how well they suit themselves.
    """
    residuals: list[float] = (rows.truths - rows.values).tolist()
    known = decisions.price(residuals, LEVELS)
    margins = {share: without_each(residuals, share) for share in (*LEVELS, made.share)}
    if len(residuals) - 1 < made.needed:
        margins[made.share] = None
    return report(made, known, margins, rows, target, of="left_out")


def without_each(residuals: Sequence[float], share: float) -> list[float] | None:
    """Return, for each residual, the one-sided margin of all others; ``None`` for too few."""
    k = conformal.rank(len(residuals) - 1, share)
    if k is None:
        return None
    rising = sorted(residuals)
    # Without the value itself, those above it move down by one place.
    return [rising[k] if bisect_left(rising, each) < k else rising[k - 1] for each in residuals]


def report(
    made: Decision,
    prices: Sequence[decisions.Price],
    margins: Margins,
    rows: Judged,
    target: NumberTarget,
    *,
    of: Of,
) -> DecisionReport:
    """Return what serving came to on some rows."""
    truths, values = rows.truths.tolist(), rows.values.tolist()
    likely = rows.answers(target).tolist()
    served = _quantities(margins[made.share], values, target)
    before, after = (
        None
        if each is None
        else decisions.outcome(truths, each, share=made.share, costs=made.costs)
        for each in (likely, served)
    )
    came = Served(
        of=of,
        likely=before,
        decided=after,
        runs_out=_runs_out(after) if after else None,
        ratio=decisions.against(after, before) if before and after else None,
        saved=_saved(made, truths, likely, served) if before and after and served else None,
        prices=tuple(
            price._replace(
                left_over=_left_over(
                    truths, _quantities(margins[price.share], values, target), price.share
                ),
            )
            for price in prices
        ),
    )
    return DecisionReport(made, came)


def _quantities(
    margins: Sequence[float] | None, values: Sequence[float], target: NumberTarget
) -> list[float] | None:
    if margins is None:
        return None
    return [
        decisions.quantity(value, margin, whole=target.whole, floored=target.floored)
        for value, margin in zip(values, margins, strict=True)
    ]


def _left_over(
    truths: Sequence[float], quantities: Sequence[float] | None, share: float
) -> float | None:
    found = None if quantities is None else decisions.outcome(truths, quantities, share=share)
    return found.left_over if found else None


def _runs_out(outcome: decisions.Outcome) -> tuple[float, float] | None:
    found = intervals.of_share(round(outcome.run_out * outcome.rows), outcome.rows)
    return (found.low, found.high) if found else None


def _saved(
    made: Decision, truths: Sequence[float], likely: Sequence[float], served: Sequence[float]
) -> Saving:
    """Return by how much the decision was cheaper a row, with both ends of its interval."""
    differences = [
        _cost(made, truth - before) - _cost(made, truth - after)
        for truth, before, after in zip(truths, likely, served, strict=True)
    ]
    found = intervals.of_mean(differences)
    return Saving(
        sum(differences) / len(differences),
        found.low if found else None,
        found.high if found else None,
    )


def _cost(made: Decision, error: float) -> float:
    """Return what one row cost that was short by so much, or had left over if below 0."""
    if made.costs is None:
        return max(made.share * error, (made.share - 1) * error)
    return made.costs.short * max(error, 0.0) + made.costs.left_over * max(-error, 0.0)

"""What a decision would have come to, on rows that were not learned from.

Each row is served twice: what is likely, as it is answered, and what the decision says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlcli.answering.ranges_and_decisions import Decision
from mlcli.statistics import conformal, decisions, dependence, intervals
from mlcli.statistics.dependence import ALONE, Related
from mlcli.store.evidence import DecisionReport, Saving, Served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.label import NumberTarget
    from mlcli.definition.definition import Decide
    from mlcli.learning.judged import Judged
    from mlcli.statistics.arrays import Flags, Floats

LEVELS: Final = (0.8, 0.9, 0.95)
"""Service levels of which the price is told, whatever was decided."""

Of = Literal["held_out", "left_out", "file"]
"""Rows held out, rows each predicted without itself, or those of a file."""

Margins = dict[float, "Floats | float | None"]
"""By share, the margin of each row judged (n,), or of all, in the label's unit; or ``None``."""


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
    made: Decision,
    prices: Sequence[decisions.Price],
    rows: Judged,
    target: NumberTarget,
    *,
    of: Of,
    related: Related = ALONE,
) -> DecisionReport:
    """Report on rows that neither weights nor margins were learned from; see ``report``.

    ``prices`` hold the margins of the levels that are told.
    """
    every: Margins = {**{p.share: p.margin for p in prices}, made.share: made.margin}
    return report(made, prices, every, rows, target, of=of, related=related)


def on_left_out_rows(
    made: Decision, rows: Judged, target: NumberTarget, related: Related = ALONE
) -> DecisionReport:
    """Report where no row was held out; see ``report``.

    Each of the rows was predicted without itself; so is each margin chosen, or the rows would
    say how well they suit themselves.
    """
    residuals = rows.truths - rows.values
    known = decisions.price(residuals.tolist(), LEVELS)
    margins: Margins = {share: without_each(residuals, share) for share in (*LEVELS, made.share)}
    if len(residuals) - 1 < made.needed:
        margins[made.share] = None
    return report(made, known, margins, rows, target, of="left_out", related=related)


def without_each(residuals: Floats, share: float) -> Floats | None:
    """Return, for each residual, the one-sided margin of all others; ``None`` for too few."""
    k = conformal.rank(len(residuals) - 1, share)
    if k is None:
        return None
    rising = np.sort(residuals)
    # Without the value itself, those above it move down by one place.
    below = np.searchsorted(rising, residuals) < k
    return np.asarray(np.where(below, rising[k], rising[k - 1]))


def report(
    made: Decision,
    prices: Sequence[decisions.Price],
    margins: Margins,
    rows: Judged,
    target: NumberTarget,
    *,
    of: Of,
    related: Related = ALONE,
) -> DecisionReport:
    """Return what serving came to on some rows; ``related`` says which depend on each other."""
    truths, values = rows.truths, rows.values

    def ready(share: float) -> Floats | None:
        if (margin := margins[share]) is None:
            return None
        return decisions.quantities(values, margin, whole=target.whole, floored=target.floored)

    def left_over(share: float) -> float | None:
        served = ready(share)
        found = None if served is None else decisions.outcome(truths, served, share=share)
        return found.left_over if found else None

    likely, served = rows.answers(target), ready(made.share)
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
        runs_out=_runs_out(truths > served, related) if after else None,
        ratio=decisions.against(after, before) if before and after else None,
        saved=_saved(made, truths, likely, served, related) if before and after else None,
        prices=tuple(price._replace(left_over=left_over(price.share)) for price in prices),
    )
    return DecisionReport(made, came)


def _runs_out(short: Flags, related: Related) -> tuple[float, float] | None:
    if related.alone:
        found = intervals.of_share(int(short.sum()), len(short))
    else:
        found = dependence.widest(related.means(short.astype(float)), share=True)
    return (found.low, found.high) if found else None


def _saved(made: Decision, truths: Floats, likely: Any, served: Any, related: Related) -> Saving:
    """Return by how much the decision was cheaper a row, with both ends of its interval."""
    differences = _costs(made, truths - likely) - _costs(made, truths - served)
    known = related.means(differences)
    found = intervals.of_mean(differences) if related.alone else dependence.widest(known)
    ends = (found.low, found.high) if found else (None, None)
    return Saving(float(differences.mean()), *ends)


def _costs(made: Decision, errors: Floats) -> Floats:
    """Return what each row cost that was short by so much, or had left over if below 0."""
    short, left_over = made.costs or (made.share, 1 - made.share)
    return np.asarray(np.maximum(short * errors, -left_over * errors))

"""The table of compare, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.screens.drawing import console, draw, go_on, headed, safe, say, words
from mlcli.statistics.intervals import mean_and_spread
from mlcli.statistics.metrics import ERRORS
from mlcli.verbs import comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from mlcli.judging.contest import Marks
    from mlcli.verbs.comparison import Comparison
    from mlcli.verbs.next_steps import NextCommand

_SHORT = {"cross-validated": "in folds", "held out": "held out"}


def compared(found: Comparison, then: Iterable[NextCommand | None]) -> None:
    """Show the models, best first, say of each pair which is better, and what to do ``then``."""
    out = console()
    names = ", ".join(one.name for one in found.contest.marks)
    rows = wording.count(found.used, found.noun)
    out.print(f"[bold]{safe(names)}[/bold]  on the same {safe(rows)}\n")
    draw(out, _table(found))
    say(out, comparison.grounds(found))
    out.print()
    for first, *others in comparison.verdicts(found):
        say(out, [first])
        say(out, others, by=4)
    if found.looks.words:
        say(out, [found.looks.words])
    go_on(out, then)


def _table(found: Comparison) -> Table:
    ranked = found.contest.marks
    metrics = list(dict.fromkeys(m for one in ranked for m in (*one.folds, *one.held)))
    bases = [
        (basis, title)
        for basis, title in (("cv", "cross-validated"), ("holdout", "held out"))
        if any(one.folds if basis == "cv" else one.held for one in ranked)
    ]
    first = ERRORS[found.kind.compared[0]]
    told = any(one.model != one.name.partition(":")[0] for one in ranked)
    named = [words(first.heading.format(unit=found.unit)), *([words("model")] if told else [])]
    table = headed(*named, caption=_caption(found, metrics))
    for metric in metrics:
        for _, title in bases:
            short = f"{ERRORS[metric].title},\n{_SHORT[title]}"
            head = title if len(found.kind.compared) == 1 else short
            table.add_column(head, justify="right", overflow="fold")
    for one in (*ranked, found.base):
        model = [safe(one.model)] if told else []
        table.add_row(safe(one.name), *model, *_cells(one, metrics, [b for b, _ in bases]))
    return table


def _caption(found: Comparison, metrics: Sequence[str]) -> str:
    order = "As they were named" if found.contest.few else "Best first"
    spread = " ±: how far parts differ." if any(one.folds for one in found.contest.marks) else ""
    notes = "".join(ERRORS[metric].note for metric in metrics)
    return f"{order}; lower is better.{notes}{spread}"


def _cells(one: Marks, metrics: Sequence[str], bases: Sequence[str]) -> list[str]:
    return [
        _mean(one, metric)
        if basis == "cv"
        else ERRORS[metric].written(one.error(metric, "holdout"))
        for metric in metrics
        for basis in bases
    ]


def _mean(one: Marks, metric: str) -> str:
    known = mean_and_spread(one.folds.get(metric, ()))
    mean = ERRORS[metric].written(one.error(metric, "cv"))
    return mean if known is None else f"{mean} ± {ERRORS[metric].written(known[1], digits=2)}"

"""What tune shows: the grid, how good the choice is, and the line to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.screens.drawing import console, draw, figures, go_on, headed, safe, say, words
from mlcli.statistics.comparing import rows_needed, settled
from mlcli.statistics.metrics import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.table import Table

    from mlcli.judging.grid_search import Candidate, Figure
    from mlcli.verbs.next_steps import NextCommand
    from mlcli.verbs.tune import Tuned

_MOST: int = 20
"""Combinations that are shown: of more, the first, and those around the ones that count."""


def tuned(found: Tuned, then: Iterable[NextCommand | None]) -> None:
    """Show what a search found, what was kept of it, and what to do ``then``."""
    out, search = console(), found.search
    rows = wording.count(search.rows, found.noun)
    out.print(f"[bold]{safe(found.name)}[/bold]  {found.model}, tuned on {rows} to learn from")
    if found.fit is not None and found.fit.new and found.unsure:
        say(out, ["the version with what was chosen answers now, not shown to be better"])
    out.print()
    say(out, _copied(found))
    draw(out, _grid(found))
    of = ERRORS[search.metric].mean.format(unit=found.unit)
    note = f"{of}: lower is better; ±: how far parts differ ({search.words})"
    say(out, [note, *_said(found)])
    out.print("\n  on rows that had no part in the choice:")
    say(out, _judged(found), by=4)
    out.print()
    out.print(_kept(found))
    if found.same:
        say(out, [f"{found.shown} says so already"])
    else:
        say(out, [f"to fit it from now on, write into {found.shown}:"])
        out.print()
        out.print(safe(found.line), soft_wrap=True)
    go_on(out, then)


def _copied(found: Tuned) -> Iterator[str]:
    """Yield the alarm on rows that stand twice: then what learns by heart seems best."""
    judged = found.fit.manifest.evidence if found.fit else None
    for one in judged.alarms if judged else ():
        if one.code in {"duplicates", "near_copies"} and not one.acknowledged:
            yield f"alarm {one.code}: {one.words}"


def _grid(found: Tuned) -> Table:
    """Return the table of combinations, with the chosen one marked."""
    search = found.search
    values = [figures(name, overflow="fold") for name in search.chosen]
    error = figures(ERRORS[search.metric].title, style="bold")
    table = headed(*values, error, figures("±"), words())
    shown = _shown(found)
    for at, one in enumerate(search.candidates):
        if at in shown:
            cells = [safe(wording.in_yaml(value)) for value in one.values.values()]
            table.add_row(*cells, *_error(found, one.error), safe(_mark(found, at, one)))
    if hidden := len(search.candidates) - len(shown):
        table.add_row(*["..."] * len(search.chosen), "", "", f"{hidden} more: see --json")
    return table


def _shown(found: Tuned) -> set[int]:
    """Return the positions that are shown: all of few, else the best and what was chosen."""
    candidates, choice = found.search.candidates, found.search.choice
    if len(candidates) <= _MOST:
        return set(range(len(candidates)))

    def error(at: int) -> float:
        mean = candidates[at].error.mean
        return float("inf") if mean is None else mean

    return {*sorted(range(len(candidates)), key=error)[: _MOST - 1], choice.taken, choice.lowest}


def _error(found: Tuned, error: Figure) -> tuple[str, str]:
    return _size(found, error.mean), _size(found, error.sd)


def _size(found: Tuned, value: float | None) -> str:
    return ERRORS[found.search.metric].written(value)


def _mark(found: Tuned, at: int, one: Candidate) -> str:
    choice = found.search.choice
    if one.error.mean is None:
        return one.why or "leaves rows without an answer"
    marks = [
        *(["chosen"] if at == choice.taken else []),
        *(["lowest"] if at == choice.lowest else []),
    ]
    return ", ".join(marks)


def _said(found: Tuned) -> Iterator[str]:
    """Yield how the choice was made."""
    search = found.search
    if search.choice.taken != search.choice.lowest:
        yield (
            "chosen: the first of the grid that is not clearly worse than the lowest "
            "(within one standard error of it, fold by fold)"
        )
    for key, value in search.chosen.items():
        tried = [one.values[key] for one in search.candidates]
        if value != tried[0] and value == tried[-1]:
            last = f"{key} {wording.in_yaml(value)}"
            yield f"{last} is the last value tried: those beyond it may be better still"


def _judged(found: Tuned) -> Iterator[str]:
    """Yield how good a model is that was tuned so, beside the one that is written."""
    search = found.search
    if search.unjudged:
        yield f"how good tuning is: cannot tell, {search.unjudged}"
    else:
        yield f"tuned       {_spread(found, search.tuned)}"
    yield f"as written  {_spread(found, search.written)}"
    if not search.unjudged:
        yield _verdict(found)


def _spread(found: Tuned, figure: Figure) -> str:
    mean, sd = _error(found, figure)
    return f"{ERRORS[found.search.metric].title} {mean} ± {sd}"


def _verdict(found: Tuned) -> str:
    search = found.search
    difference, rows = search.difference, search.rows
    unit = f" {found.unit}" if ERRORS[search.metric].of_label else ""
    better = settled(difference)
    if difference is None or better == "unknown":
        if difference is not None and difference.mean == 0:
            return "tuning changes nothing"
        if difference is None:
            return "whether tuning is better: cannot tell yet"
        ahead = "tuning" if difference.mean > 0 else "what is written"
        more = rows_needed(difference, rows)
        about = f"; about {more:,} more {found.noun}s would settle it" if more else ""
        by = f"{ahead} is ahead by {_size(found, abs(difference.mean))}{unit}"
        return f"whether tuning is better: cannot tell yet, {by}{about}"
    low, high = sorted((abs(difference.low), abs(difference.high)))
    by = f"{_size(found, abs(difference.mean))}{unit}"
    word = "better" if better == "second" else "worse"
    ends = f"{_size(found, low)} to {_size(found, high)}"
    return f"tuning is {word} by {by} (95 %: {ends})"


def _kept(found: Tuned) -> str:
    if found.fit is None:
        return "a dry run: no version was kept"
    manifest = found.fit.manifest
    state = "fitted with it, and answers now" if found.fit.new else "had learned this already"
    return f"[bold]{manifest.id}[/bold]  {state}"

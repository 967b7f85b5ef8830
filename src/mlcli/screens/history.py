"""The screen of history, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.screens.drawing import console, figures, go_on, listed, safe, say, words
from mlcli.verbs import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.table import Table

    from mlcli.store.runs import Run
    from mlcli.verbs.history import RunInTurn
    from mlcli.verbs.next_steps import NextCommand

_VERDICTS = {"even": "balanced", "interpolates": "by heart", "unknown": "unknown"}
_DIGITS = 6
WORDS = {
    "better": "better, worse: than the run before; it may be chance:  mlcli compare  tells",
    "other rows": "other rows: other data or another hold-out; cannot be compared",
    "another figure": "another figure: another metric or unit; cannot be compared",
    "cannot tell": "cannot tell: whether the rows are the same; an older mlcli noted too little",
    "unchanged": "unchanged: it had learned exactly this already, and made no version",
    "balanced": "balanced: no sign of under- or overfitting",
    "by heart": "by heart: it goes through every row it learned from",
    "unknown": "unknown: too little to tell under- or overfitting by",
}
_DIGESTS = "YAML, data: fingerprints (SHA-256) of what was learned from; * has changed"


def show(
    models: Mapping[str, list[RunInTurn]],
    signs: str,
    then: Iterable[NextCommand | None],
    *,
    most: int | None,
) -> None:
    """Show the runs of each model, the newest last; ``signs`` draw their figures.

    Of more than ``most`` runs, if it is said, those of the newest models are shown, and of each
    the newest.
    """
    out, shown = console(), _newest(models, most)
    older = sum(map(len, models.values())) - sum(map(len, shown.values()))
    for name, steps in shown.items():
        newest = history.newest(steps)
        out.print(f"[bold]{safe(name)}[/bold]  {_heading(newest)}")
        line = history.sparkline(steps, signs)
        if len(line) > 1:
            say(out, [f"{line}  versions that can be compared, the oldest first"])
        out.print()
        out.print(_table(steps, newest))
        for run in (step.run for step in steps if step.run.said):
            keys = "  ".join(f"--set {wording.quoted(one)}" for one in run.said)
            say(out, [f"{run.model}@{run.version} was fitted with  {keys}"])
        out.print()
    said = {word for steps in shown.values() for step in steps for word in _words(step)}
    for line in (*(line for word, line in WORDS.items() if word in said), _DIGESTS):
        say(out, [line])
    if older:
        runs = wording.count(older, "older run")
        say(out, [f"{runs} not shown;  --last N  shows the newest N,  --json  all"])
    go_on(out, then)


def _newest(
    models: Mapping[str, list[RunInTurn]], most: int | None
) -> Mapping[str, list[RunInTurn]]:
    if most is None:
        return models
    found: dict[str, list[RunInTurn]] = {}
    for name, steps in reversed([*models.items()]):
        if most > 0:
            found[name] = steps[-most:]
        most -= len(steps)
    return dict(reversed([*found.items()]))


def _heading(newest: Run | None) -> str:
    """Say what the figures are."""
    if newest is None:
        return "no row is held out, so there is no figure to compare"
    unit = "% of rows" if newest.metric == "accuracy" else safe(newest.unit or "")
    return f"{title(newest)} on the rows held out, in {unit}: {safe(newest.better)} is better"


def title(newest: Run | None) -> str:
    """Return what the figure of a run is called."""
    return {"mae": "MAE", "accuracy": "accuracy"}.get(newest.metric or "" if newest else "", "")


def _table(steps: list[RunInTurn], newest: Run | None) -> Table:
    when, changed, *others = (
        words(title, overflow="ellipsis", no_wrap=title != "change")
        for title in ("when", "change", "fit", "YAML", "data")
    )
    shown = figures(title(newest) or "figure", no_wrap=True)
    table = listed(when, words("version"), shown, changed, *others, header="bold")
    for step in steps:
        run = step.run
        table.add_row(
            f"{run.at.astimezone():%Y-%m-%d %H:%M}",
            safe(f"{run.model}@{run.version}"),
            figure(run) if newest and newest.alike(run) else "-",
            change(step),
            safe(_verdict(run)),
            _digest(run.definition, changed="definition" in step.changed),
            _digest(run.data, changed="data" in step.changed),
        )
    return table


def _words(step: RunInTurn) -> tuple[str, str]:
    """Return the words of a row that the legend explains."""
    changed = step.direction if step.run.new else "unchanged"
    return "better" if changed == "worse" else str(changed), _verdict(step.run)


def _verdict(run: Run) -> str:
    return _VERDICTS.get(run.verdict or "-", run.verdict or "-")


def figure(run: Run) -> str:
    """Write the figure of a run."""
    return "-" if run.figure is None else _number(run, run.figure)


def _number(run: Run, value: float) -> str:
    return f"{100 * value:.1f}" if run.metric == "accuracy" else wording.figure(value, digits=3)


def change(step: RunInTurn) -> str:
    """Say whether a run was better than the one before it, and by how much."""
    if not step.run.new:
        return "unchanged"
    if step.change and step.direction in {"better", "worse"}:
        return f"{_number(step.run, abs(step.change))} {step.direction}"
    return step.direction or ""


def _digest(value: str | None, *, changed: bool) -> str:
    return f"{safe((value or '-')[:_DIGITS])}{'*' if changed else ''}"

"""The tables of fit and evaluate, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from mlcli import wording
from mlcli.cli.screens import classes, decisions, evidence, in_words
from mlcli.cli.screens.drawing import console, indented, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from mlcli.store.ledger import Counted
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import Scores
    from mlcli.verbs.evaluate import Evaluation
    from mlcli.verbs.fit import Fit


def fitted(one: Fit) -> None:
    """Show what was learned, from how many rows, and how wrong it is."""
    out, manifest = console(), one.manifest
    state = "fitted" if one.new else "unchanged: it had learned exactly this already"
    out.print(f"[bold]{manifest.id}[/bold]  {state}\n")
    out.print(_ledger(manifest))
    out.print()
    out.print(indented(_learned(manifest)))
    out.print()
    judged = manifest.answers.by_rows
    if judged:
        out.print(_scores(manifest, manifest.metrics, "held out"))
    for note in [*(_unjudged(manifest) if judged else []), *manifest.notes]:
        out.print(indented(f"note: {safe(note)}"))
    for line in evidence.short(manifest):
        out.print(indented(safe(line)))
    out.print(in_words.of(manifest).after_fit)


def _ledger(manifest: Manifest) -> Table:
    """Return the account of all rows: rule by rule, how many were left."""
    ledger, rows = manifest.ledger, manifest.rows
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column("", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", style="dim")
    for source in ledger.sources:
        table.add_row(f"  {safe(source.file)}", f"{source.rows:,}")
        _add_rules(table, source.rules)
    if len(ledger.sources) > 1:
        table.add_row(f"  joined by {safe(manifest.key.name)}", f"{ledger.joined:,}")
    _add_rules(table, ledger.rules)
    for reason, count in ledger.left_out.items():
        named = safe(wording.some(ledger.examples[reason], count))
        table.add_row(f"    left out: {safe(reason)}", f"-{count:,}", named)
    table.add_row("  used", f"{rows.used:,}", safe(in_words.of(manifest).used()))
    if manifest.final:
        again = "then learned from all of them; the figures are those of the judged model"
        table.add_row("  learned from", f"{manifest.learned_from:,}", again)
    return table


def _add_rules(table: Table, rules: list[Counted]) -> None:
    for rule in rules:
        table.add_row(f"    {safe(rule.rule)}", f"{rule.rows_out:,}", safe(rule.because))


def _learned(manifest: Manifest) -> str:
    """Return the equation, if there is one, and what training saw of the features."""
    said = in_words.of(manifest)
    return f"{safe(said.learned())}\n[dim]learned from {safe(said.seen())}[/dim]"


def _unjudged(manifest: Manifest) -> list[str]:
    if manifest.rows.holdout:
        return []
    return [
        "no row was held out: these figures say how well it remembers, not how well it predicts"
    ]


def _scores(manifest: Manifest, scores: Scores, judged: str) -> Table:
    """Return the table of metrics: train and hold-out, beside the baselines."""
    said = in_words.of_answers(manifest).scores(scores)
    table = Table(padding=(0, 1), caption=said.directions, caption_justify="left")
    table.add_column(safe(said.heading), overflow="fold")
    table.add_column("learned from", justify="right")
    table.add_column(judged, justify="right", style="bold")
    for name in said.baselines:
        table.add_column(safe(name), justify="right", overflow="fold")
    for row in said.rows:
        table.add_row(*row)
    return table


def evaluated(result: Evaluation) -> None:
    """Show how wrong a model is, and where it missed most."""
    out, manifest = console(), result.manifest
    out.print(f"[bold]{manifest.id}[/bold]  judged on {safe(result.of)}")
    if result.left_out:
        were = "row was" if result.left_out == 1 else "rows were"
        out.print(f"  {result.left_out:,} {were} left out: the model refuses them")
    for note in result.notes:
        out.print(indented(f"note: {safe(note)}"))
    out.print()
    out.print(indented(_learned(manifest)))
    out.print()
    out.print(_scores(manifest, result.scores, result.column))
    for note in _unjudged(manifest) if result.column == "held out" else []:
        out.print(indented(f"note: {note}"))
    for line in _evidence(result):
        out.print(indented(safe(line)))
    if result.class_report is not None:
        classes.show(out, manifest, result.class_report)
    if result.decision is not None:
        _decision(out, result)
    if manifest.final:
        out.print(indented("note: it has learned from the held-out rows too since it was judged"))
    if result.worst:
        out.print()
        out.print(_worst(result))


def _decision(out: Console, result: Evaluation) -> None:
    """Show what serving what the definition decides comes to."""
    assert result.decision is not None
    drawn = decisions.table(result.manifest, result.decision)
    if drawn is not None:
        out.print()
        out.print(drawn)
    for line in decisions.lines(result.manifest, result.decision):
        out.print(indented(safe(line)))


def _evidence(result: Evaluation) -> Iterator[str]:
    """Yield how far the figures can be trusted."""
    manifest = result.manifest
    if result.spread is not None:
        yield from evidence.on_rows("in this file", manifest, result.spread)
    yield from evidence.whole(manifest, held_out=result.spread is None)
    if result.looks is not None and result.looks.words:
        yield result.looks.words


def _worst(result: Evaluation) -> Table:
    manifest = result.manifest
    said = in_words.of_answers(manifest).worst(result.worst)
    table = Table(title=said.title, title_justify="left", title_style="", padding=(0, 1))
    key = manifest.key.name if result.column == "held out" else None
    table.add_column(safe(key or "row"))
    for name in (f"{safe(manifest.target.unit)} in truth", "answered"):
        table.add_column(name, justify=said.justify, overflow="fold")
    table.add_column(said.last, justify="right")
    for row in said.rows:
        table.add_row(*map(safe, row))
    return table

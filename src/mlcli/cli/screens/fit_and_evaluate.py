"""The tables of fit and evaluate, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from mlcli import wording
from mlcli.cli.screens import classes, decisions, evidence
from mlcli.cli.screens.drawing import console, indented, safe
from mlcli.learning.report import Miss, WrongClass, commonest
from mlcli.statistics.metrics import CLASS_METRICS, METRICS
from mlcli.store.scores import NumberScore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from mlcli.store.ledger import Counted
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import Scores
    from mlcli.verbs.evaluate import Evaluation
    from mlcli.verbs.fit import Fit


_DIRECTIONS = "MAE, RMSE: lower is better. R2: 1 is perfect, 0 no better than the mean."
_CLASS_DIRECTIONS = "Shares: higher is better. Log loss: lower is better, 0 is perfect."


def fitted(one: Fit) -> None:
    """Show what was learned, from how many rows, and how wrong it is."""
    out, manifest = console(), one.manifest
    state = "fitted" if one.new else "unchanged: it had learned exactly this already"
    out.print(f"[bold]{manifest.id}[/bold]  {state}\n")
    out.print(_ledger(manifest))
    out.print()
    out.print(indented(_learned(manifest)))
    out.print()
    if manifest.kind == "thing":
        for note in manifest.notes:
            out.print(indented(f"note: {safe(note)}"))
        out.print(f"  mlcli evaluate -m {manifest.name}  says what its lists are like\n")
        return
    out.print(_scores(manifest, manifest.metrics, "held out"))
    for note in [*_unjudged(manifest), *manifest.notes]:
        out.print(indented(f"note: {safe(note)}"))
    for line in evidence.short(manifest):
        out.print(indented(safe(line)))
    out.print()


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
    split = safe(manifest.split.words)
    learned = f"{rows.train:,} to learn from, {split}" if manifest.kind != "thing" else split
    table.add_row("  used", f"{rows.used:,}", learned)
    if manifest.final:
        again = "then learned from all of them; the figures are those of the judged model"
        table.add_row("  learned from", f"{manifest.learned_from:,}", again)
    return table


def _add_rules(table: Table, rules: list[Counted]) -> None:
    for rule in rules:
        table.add_row(f"    {safe(rule.rule)}", f"{rule.rows_out:,}", safe(rule.because))


def _learned(manifest: Manifest) -> str:
    """Return the equation, if there is one, and what training saw of the features."""
    algorithm = manifest.model.name
    if manifest.kind == "thing":
        algorithm = (
            f"{wording.count(manifest.rows.used, 'thing')} with "
            f"{wording.count(manifest.lists.profiles, 'different set')} of features, "
            f"{algorithm}, in the order of {', '.join([*manifest.lists.order, 'name'])}"
        )
    seen = "; ".join(f"{f.name}: {f.seen}" for f in manifest.features)
    if manifest.kind == "category":
        shares = manifest.shares
        classes = [f"{name} {wording.share(part)}" for name, part in shares.items()]
        seen = f"{manifest.target.name}: {wording.listed(classes, most=12)}; {seen}"
    return f"{safe(manifest.equation or algorithm)}\n[dim]learned from {safe(seen)}[/dim]"


def _unjudged(manifest: Manifest) -> list[str]:
    if manifest.rows.holdout:
        return []
    return [
        "no row was held out: these figures say how well it remembers, not how well it predicts"
    ]


def _scores(manifest: Manifest, scores: Scores, judged: str) -> Table:
    """Return the table of metrics: train and hold-out, beside the baselines."""
    if manifest.kind == "category":
        return _class_scores(manifest, scores, judged)
    numbers = {name: one for name, one in scores.items() if isinstance(one, NumberScore)}
    own = any(score.own_baseline is not None for score in numbers.values())
    table = _judging(_DIRECTIONS, f"in {safe(manifest.target.unit)}", judged)
    for name in ("the mean", *(["your rule"] if own else [])):
        table.add_column(name, justify="right")
    for name, score in numbers.items():
        figures = [score.train, score.holdout, score.baseline, score.own_baseline]
        table.add_row(
            METRICS[name].title,
            *(_figure(one, of_label=METRICS[name].of_label) for one in figures[: 3 + own]),
        )
    return table


def _class_scores(manifest: Manifest, scores: Scores, judged: str) -> Table:
    """Return the table of metrics of classes, beside always answering the commonest."""
    table = _judging(_CLASS_DIRECTIONS, safe(manifest.target.name), judged)
    always = commonest(manifest.shares)
    table.add_column(f"always {safe(always)}", justify="right", overflow="fold")
    for name, score in scores.items():
        figures = (score.train, score.holdout, score.baseline)
        percent = name != "log_loss"
        table.add_row(
            CLASS_METRICS[name].title, *(_class_figure(one, percent=percent) for one in figures)
        )
    return table


def _judging(directions: str, what: str, judged: str) -> Table:
    """Return an empty table of metrics, with the columns that every kind of answer has."""
    table = Table(padding=(0, 1), caption=directions, caption_justify="left")
    table.add_column(what, overflow="fold")
    table.add_column("learned from", justify="right")
    table.add_column(judged, justify="right", style="bold")
    return table


def _class_figure(value: float | None, *, percent: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if percent else wording.figure(value, digits=3)


def _figure(value: float | None, *, of_label: bool) -> str:
    if value is None:
        return "-"
    if of_label:
        return wording.figure(value, digits=3)
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0: no "-0.00"


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
    if result.classes:
        classes.show(out, manifest, result.classes)
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
    classes = manifest.kind == "category"
    unit = safe(manifest.target.unit)
    title = "where it was surest and wrong" if classes else "where it missed most"
    table = Table(title=title, title_justify="left", title_style="", padding=(0, 1))
    key = manifest.key.name if result.column == "held out" else None
    table.add_column(safe(key or "row"))
    for name in (f"{unit} in truth", "answered"):
        table.add_column(name, justify="left" if classes else "right", overflow="fold")
    table.add_column("probability" if classes else "off by", justify="right")
    for row in result.worst:
        table.add_row(safe(row.row), *(_miss(row) if isinstance(row, Miss) else _class_miss(row)))
    return table


def _miss(row: Miss) -> tuple[str, str, str]:
    truth, answer, miss = map(wording.figure, (row.truth, row.answer, row.miss))
    return truth, answer, f"+{miss}" if row.miss > 0 else miss


def _class_miss(row: WrongClass) -> tuple[str, str, str]:
    surety = row.probability
    return safe(row.truth), safe(row.answer), "-" if surety is None else f"{surety:.0%}"

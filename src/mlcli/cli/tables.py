"""The tables of fit and evaluate, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlcli import wording
from mlcli.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.manifest import Manifest
    from mlcli.workflow import Evaluation, Fit


_DIRECTIONS = "MAE, RMSE: lower is better. R2: 1 is perfect, 0 no better than the mean."


def _console() -> Console:
    # Below 72 columns rich would cut figures; a line that wraps is whole at least.
    return Console(highlight=False, soft_wrap=False, width=max(72, Console().width))


def _safe(text: object) -> str:
    return escape(wording.plain(str(text)))


def fitted(one: Fit) -> None:
    """Show what was learned, from how many rows, and how wrong it is."""
    console, manifest = _console(), one.manifest
    state = "fitted" if one.new else "unchanged: it had learned exactly this already"
    console.print(f"[bold]{manifest.id}[/bold]  {state}\n")
    console.print(_ledger(manifest))
    console.print(f"\n  {_learned(manifest)}\n")
    console.print(_scores(manifest, manifest.data["metrics"], "held out"))
    for note in [*_unjudged(manifest), *manifest.data["notes"]]:
        console.print(f"  note: {_safe(note)}")
    console.print()


def _ledger(manifest: Manifest) -> Table:
    """Return the account of all rows: rule by rule, how many were left."""
    ledger, rows = manifest.data["ledger"], manifest.rows
    table = Table(box=None, show_edge=False, padding=(0, 2, 0, 0), header_style="")
    table.add_column("", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", overflow="fold", style="dim")
    for source in ledger["sources"]:
        table.add_row(f"  {_safe(source['file'])}", f"{source['rows']:,}")
        _add_rules(table, source["rules"])
    if len(ledger["sources"]) > 1:
        table.add_row(f"  joined by {_safe(manifest.key['name'])}", f"{ledger['joined']:,}")
    _add_rules(table, ledger["rules"])
    for reason, count in ledger["left_out"].items():
        named = _safe(wording.some(ledger["examples"][reason], count))
        table.add_row(f"    left out: {_safe(reason)}", f"-{count:,}", named)
    split = _safe(manifest.data["split"]["words"])
    table.add_row("  used", f"{rows['used']:,}", f"{rows['train']:,} to learn from, {split}")
    if manifest.data["final"]:
        again = "then learned from all of them; the figures are those of the judged model"
        table.add_row("  learned from", f"{manifest.data['learned_from']:,}", again)
    return table


def _add_rules(table: Table, rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        table.add_row(f"    {_safe(rule['rule'])}", f"{rule['out']:,}", _safe(rule["because"]))


def _learned(manifest: Manifest) -> str:
    """Return the equation, if there is one, and what training saw of the features."""
    algorithm = manifest.data["model"]["name"]
    seen = "; ".join(f"{f.name}: {f.seen}" for f in manifest.features)
    return (
        f"{_safe(manifest.data['equation'] or algorithm)}\n  [dim]learned from {_safe(seen)}[/dim]"
    )


def _unjudged(manifest: Manifest) -> list[str]:
    if manifest.rows["holdout"]:
        return []
    return [
        "no row was held out: these figures say how well it remembers, not how well it predicts"
    ]


def _scores(manifest: Manifest, metrics: Mapping[str, Any], judged: str) -> Table:
    """Return the table of metrics: train and hold-out, beside the baselines."""
    own = any(score["own_baseline"] is not None for score in metrics.values())
    table = Table(padding=(0, 1), caption=_DIRECTIONS, caption_justify="left")
    table.add_column(f"in {_safe(manifest.target.unit)}", overflow="fold")
    for name in ("learned from", judged, "the mean", *(["your rule"] if own else [])):
        table.add_column(name, justify="right", style="bold" if name == judged else None)
    for name, score in metrics.items():
        columns = ["train", "holdout", "mean_baseline", *(["own_baseline"] if own else [])]
        table.add_row(
            METRICS[name].title,
            *(_figure(score[c], of_label=METRICS[name].of_label) for c in columns),
        )
    return table


def _figure(value: float | None, *, of_label: bool) -> str:
    if value is None:
        return "-"
    if of_label:
        return wording.figure(value, digits=3)
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0: no "-0.00"


def evaluated(result: Evaluation) -> None:
    """Show how wrong a model is, and where it missed most."""
    console, manifest = _console(), result.manifest
    console.print(f"[bold]{manifest.id}[/bold]  judged on {_safe(result.of)}")
    if result.left_out:
        were = "row was" if result.left_out == 1 else "rows were"
        console.print(f"  {result.left_out:,} {were} left out: the model refuses them")
    console.print(f"\n  {_learned(manifest)}\n")
    console.print(_scores(manifest, result.metrics, result.column))
    for note in _unjudged(manifest) if result.column == "held out" else []:
        console.print(f"  note: {note}")
    if manifest.data["final"]:
        console.print("  note: it has learned from the held-out rows too since it was judged")
    if result.worst:
        console.print()
        console.print(_worst(result))


def _worst(result: Evaluation) -> Table:
    unit = _safe(result.manifest.target.unit)
    table = Table(
        title="where it missed most", title_justify="left", title_style="", padding=(0, 1)
    )
    key = result.manifest.key["name"] if result.column == "held out" else None
    table.add_column(_safe(key or "row"))
    for name in (f"{unit} in truth", "answered", "off by"):
        table.add_column(name, justify="right")
    for row in result.worst:
        truth, answer = (wording.figure(row[k]) for k in ("truth", "answer"))
        sign = "+" if row["miss"] > 0 else ""
        table.add_row(_safe(row["row"]), truth, answer, f"{sign}{wording.figure(row['miss'])}")
    return table

"""The tables of fit and evaluate, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlcli import wording
from mlcli.ledger import rule_words
from mlcli.metrics import METRICS

if TYPE_CHECKING:
    from mlcli.manifest import Manifest
    from mlcli.workflow import Evaluation, Fit


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _safe(text: object) -> str:
    return escape(wording.plain(str(text)))


def fitted(one: Fit) -> None:
    """Show what was learned, from how many rows, and how wrong it is."""
    console, manifest = _console(), one.manifest
    state = "fitted" if one.new else "unchanged: it had learned exactly this already"
    console.print(f"[bold]{manifest.id}[/bold]  {state}")
    _ledger(console, manifest)
    console.print(f"  {_rows(manifest)}")
    if manifest.data["equation"]:
        console.print(f"\n  {_safe(manifest.data['equation'])}")
    console.print(f"  {_seen(manifest)}")
    console.print(_scores(manifest, manifest.data["metrics"], "held out"))
    for note in manifest.data["notes"]:
        console.print(f"  note: {_safe(note)}")
    console.print()


def _ledger(console: Console, manifest: Manifest) -> None:
    """Show where every row went."""
    ledger = manifest.data["ledger"]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right")
    table.add_column(justify="right")
    for source in ledger["sources"]:
        table.add_row(f"  {_safe(source['file'])}", f"{source['rows']:,} rows", "")
        for rule in source["rules"]:
            table.add_row(f"    {_safe(rule_words(rule))}", "", f"{rule['out']:,}")
    if len(ledger["sources"]) > 1:
        key = manifest.key["name"]
        table.add_row(f"  joined by {_safe(key)}", "", f"{ledger['joined']:,}")
    for rule in ledger["rules"]:
        table.add_row(f"    {_safe(rule_words(rule))}", "", f"{rule['out']:,}")
    for reason, count in ledger["left_out"].items():
        named = wording.listed(ledger["examples"][reason], most=3)
        named += f" and {count - 3:,} more" if count > 3 and "more" not in named else ""  # noqa: PLR2004 - as shown
        table.add_row(f"    left out: {_safe(reason)} ({_safe(named)})", "", f"-{count:,}")
    console.print(table)


def _rows(manifest: Manifest) -> str:
    rows, unit = manifest.rows, manifest.key["unit"] or "row"
    split = _safe(manifest.data["split"]["words"])
    used = wording.count(rows["used"], unit)
    words = f"{used} to use: {rows['train']:,} to learn from, {split}"
    if manifest.data["final"]:
        words += f"; then learned from all {manifest.data['learned_from']:,}"
        words += ", with the figures of that judged model"
    return words


def _seen(manifest: Manifest) -> str:
    return _safe(
        "learned from  "
        + ",  ".join(
            f"{f.name}: {f.describe().removeprefix('a number; learned from ')}"
            for f in manifest.features
        )
    )


def _scores(manifest: Manifest, metrics: dict[str, Any], judged: str) -> Table:
    """Return the table of metrics: train and hold-out, beside the baselines."""
    own = any(score["own_baseline"] is not None for score in metrics.values())
    table = Table(padding=(0, 1))
    table.add_column(f"in {_safe(manifest.target.unit)}", overflow="fold")
    for name in ("learned from", judged, "the mean", *(["your rule"] if own else [])):
        table.add_column(name, justify="right", style="bold" if name == judged else None)
    for name, score in metrics.items():
        columns = ["train", "holdout", "mean_baseline", *(["own_baseline"] if own else [])]
        table.add_row(METRICS[name].title, *(_figure(score[c]) for c in columns))
    return table


def _figure(value: float | None) -> str:
    return "-" if value is None else wording.figure(value, digits=3)


def evaluated(result: Evaluation) -> None:
    """Show how wrong a model is, and where it missed most."""
    console, manifest = _console(), result.manifest
    console.print(f"[bold]{manifest.id}[/bold]  judged on {_safe(result.of)}; {_rows(manifest)}")
    if result.left_out:
        console.print(f"  {result.left_out:,} rows were left out: the model refuses them")
    if manifest.data["equation"]:
        console.print(f"  {_safe(manifest.data['equation'])}")
    judged = "held out" if manifest.rows["holdout"] or not result.worst else "this file"
    console.print(_scores(manifest, dict(result.metrics), judged))
    if not manifest.rows["holdout"] and not result.worst:
        console.print(
            "  no row was held out: these figures say how well it remembers, "
            "not how well it predicts"
        )
    if result.worst:
        table = Table(title="where it missed most", title_justify="left", padding=(0, 1))
        for name in ("row", f"{manifest.target.unit} in truth", "answered", "off by"):
            table.add_column(_safe(name), justify="left" if name == "row" else "right")
        for row in result.worst:
            table.add_row(
                _safe(row["row"]),
                *(wording.figure(row[k]) for k in ("truth", "answer")),
                f"{row['miss']:+.4g}",
            )
        console.print(table)

"""The table of evaluate for a catalogue, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from mlcli import wording
from mlcli.answering import ranking
from mlcli.cli.screens.drawing import console, indented, safe

if TYPE_CHECKING:
    from mlcli.judging.lists import Lists
    from mlcli.verbs.evaluate import ListEvaluation


def evaluated(result: ListEvaluation) -> None:
    """Show whether lists keep to what is wished for."""
    out, manifest, found = console(), result.manifest, result.lists
    out.print(f"[bold]{manifest.id}[/bold]  {wording.count(found.things, 'thing')}")
    out.print(indented(_UNJUDGED))
    out.print()
    out.print(_figures(found, by_column=bool(ranking.columns(manifest.lists.order))))
    for line in _never(found):
        out.print(indented(safe(line)))


_UNJUDGED = (
    "No row can be held out: each is a thing of its own. So nothing here says how good the "
    "advice is, only whether lists keep to what is wished for."
)


def _figures(found: Lists, *, by_column: bool) -> Table:
    every = wording.count(found.every, "request")
    drawn = f"{found.requests:,} drawn from {every}" if found.requests < found.every else every
    table = Table(
        title=f"lists of {found.top}, over {drawn} of one or two wishes",
        title_justify="left",
        title_style="",
        padding=(0, 1),
    )
    table.add_column("", overflow="fold")
    table.add_column("lists", justify="right", style="bold", no_wrap=True)
    table.add_column("", overflow="fold")
    kept, best, blind = (
        wording.share(n / found.asked) for n in (found.kept, found.best, found.blind)
    )
    table.add_row(
        "wishes kept",
        kept,
        f"{best} at best; the first {found.top} names, whatever is wished: {blind}",
    )
    impossible = found.requests - found.possible
    table.add_row(
        "first answer meets every wish",
        f"{found.first:,} of {found.possible:,}",
        f"nothing meets all of the other {impossible:,}" if impossible else "",
    )
    table.add_row(
        "who is last decided by the alphabet",
        f"{found.alphabet:,} of {found.cut:,}",
        "" if by_column else "name a column in the order, such as a rating, to decide instead",
    )
    return table


def _never(found: Lists) -> list[str]:
    """Say which things are in no list, and which cannot be."""
    things = wording.count(found.things, "thing")
    if not found.never:
        return ["every thing is in some list"]
    are = "is" if len(found.never) == 1 else "are"
    names = wording.listed(found.never, most=5)
    lines = [f"{len(found.never):,} of {things} {are} in none of these lists: {names}"]
    if found.hidden:
        lines.append(
            f"{found.hidden:,} of them can be in no list of {found.top}, whatever is wished for: "
            f"{found.top} with the same features come before"
        )
    return lines

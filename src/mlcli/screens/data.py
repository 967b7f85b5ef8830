"""The screens of data, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding

from mlcli import wording
from mlcli.screens.drawing import (
    console,
    figures,
    go_on,
    indented,
    listed,
    safe,
    safe_lines,
    say,
    ways,
    words,
    wrapped,
)
from mlcli.verbs import show_file
from mlcli.verbs.show_table import FATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console
    from rich.table import Table

    from mlcli.grammar.column_summary import ColumnSeen
    from mlcli.store.ledger import Counted, SourceCount
    from mlcli.verbs.next_steps import NextCommand
    from mlcli.verbs.show_file import FileView
    from mlcli.verbs.show_table import Lost, TableView


def of_table(seen: TableView, then: Iterable[NextCommand | None]) -> None:
    """Show how the table of a definition came about, what it holds, and what to do ``then``."""
    out = console()
    out.print(
        f"[bold]{safe(seen.name)}[/bold]  {safe(seen.file)}; only looked at: nothing is learned\n"
    )
    out.print(_account(seen))
    if seen.examples.ledger.gaps is not None:
        ways(out, seen.examples.ledger.gaps.ways)
    out.print(f"\n  the finished table: {wording.count(seen.finished, 'row')}, {_of_them(seen)}\n")
    out.print(indented(_columns(seen)))
    _notes(out, seen.notes)
    for one in seen.lost:
        out.print()
        out.print(indented(_lost_title(one)))
        out.print(Padding(_lost(one), (0, 0, 0, 4), expand=False))
    go_on(out, then)


def _of_them(seen: TableView) -> str:
    """Say what becomes of the rows of the finished table."""
    counts: dict[str, int] = {fate: seen.count(fate) for fate in FATES if fate != "refused"}
    return ", ".join(f"{n:,} {fate}" for fate, n in counts.items() if n or fate == "used")


def _account(seen: TableView) -> Table:
    """Return the account of all rows: what came to each rule, what it passed on, and why."""
    ledger = seen.examples.ledger
    lines: list[tuple[int, str, str, str, str]] = []
    for source in ledger.sources:
        lines.append((2, source.file, "", f"{source.rows:,}", ""))
        lines += (line for rule in source.rules for line in _of_rule(rule))
    if len(ledger.sources) > 1:
        lines.append((2, f"joined by {seen.examples.key}", "", f"{ledger.joined:,}", ""))
        lines += ((4, lacks, "", "", "") for lacks in _lacking(ledger.sources, ledger.joined))
    lines += (line for rule in ledger.rules for line in _of_rule(rule))
    for reason, count in ledger.left_out.items():
        lines.append((4, f"left out: {reason}", "", f"-{count:,}", ""))
        lines.append((6, wording.some(ledger.examples[reason], count), "", "", ""))
    if ledger.gaps is not None:
        lines.append((4, ledger.gaps.words, "", "", ""))
    lines.append((2, "used", "", f"{ledger.used:,}", ""))
    counts = [figures(title, no_wrap=True) for title in ("rows in", "rows out")]
    table = listed(words(no_wrap=True), *counts, words(), header="bold")
    for indent, said, came, stayed, why in lines:
        table.add_row(wrapped(said, indent), came, stayed, safe(why))
    return table


def _of_rule(rule: Counted) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield what a rule did to the number of rows, and below it why, in the user's words."""
    lost = rule.rows_in - rule.rows_out
    counts = {name: f"{n:,}" if n else "none" for name, n in (("lost", lost), ("made", -lost))}
    yield 4, rule.rule, f"{rule.rows_in:,}", f"{rule.rows_out:,}", rule.outcome.format(**counts)
    if rule.because and lost:
        yield 6, rule.because, "", "", ""


def _lacking(sources: list[SourceCount], joined: int) -> Iterator[str]:
    """Yield how many keys are not in a source, where some are not."""
    for source in sources:
        if joined > source.rows_out:
            yield f"{joined - source.rows_out:,} not in {source.file}"


def _columns(seen: TableView) -> Table:
    first = [words(title) for title in ("column", "for", "kind")]
    table = listed(*first, figures("missing", no_wrap=True), words("holds"), header="bold")
    for name, summary in seen.columns.items():
        table.add_row(
            safe(name),
            ", ".join(seen.roles[name]),
            summary.kind,
            f"{summary.missing:,}",
            safe(summary.holds()),
        )
    return table


def _lost(one: Lost) -> Table:
    """Return the first rows that were lost somewhere, each with its place if it has one."""
    placed = any(place for place, _ in one.rows)
    names = list(dict.fromkeys(name for _, row in one.rows for name in row))
    table = listed(*([words()] if placed else []), *map(words, names), header="bold")
    for place, row in one.rows:
        cells = [safe(wording.readable(row.get(name))) for name in names]
        table.add_row(*([safe(place)] if placed else []), *cells)
    return table


def _lost_title(one: Lost) -> str:
    first = f", the first {len(one.rows):,}" if len(one.rows) < one.count else ""
    return safe(f"lost: {one.where} ({wording.count(one.count, 'row')}{first})")


def _notes(out: Console, notes: tuple[str, ...] | list[str]) -> None:
    if notes:
        out.print()
    say(out, (f"note: {note}" for note in notes))


def of_file(seen: FileView, then: Iterable[NextCommand | None]) -> None:
    """Show what the reader sees in a file, a source that reads it, and what to do ``then``."""
    out = console()
    rows, columns = (
        wording.count(n, w) for n, w in ((seen.rows, "row"), (len(seen.columns), "column"))
    )
    out.print(f"[bold]{safe(seen.name)}[/bold]  {rows}, {columns}, {wording.size(seen.size)}")
    if seen.encoding:
        out.print(
            f"  {seen.encoding}; a {seen.delimiter} between cells; lines end in {seen.line_ends}"
        )
    out.print()
    out.print(_cells(seen))
    _notes(out, seen.doubts)
    out.print("\n  a source that reads it:\n")
    out.print(safe_lines(show_file.as_yaml(seen)), soft_wrap=True)
    go_on(out, then)


def _cells(seen: FileView) -> Table:
    position, missing, different = (
        figures(title, no_wrap=True) for title in ("", "missing", "different")
    )
    table = listed(
        position, words("column"), words("kind"), missing, different, words("holds"), header="bold"
    )
    for number, (name, one) in enumerate(seen.columns.items(), start=1):
        summary = one.summary
        table.add_row(
            f"{number:,}",
            safe(name),
            summary.kind,
            f"{summary.missing:,}",
            f"over {seen.most:,}" if summary.different is None else f"{summary.different:,}",
            safe(_holds(one)),
        )
    return table


def _holds(one: ColumnSeen) -> str:
    """Return the range or the commonest words; the odd cell of a mixed column."""
    if one.odd is not None:
        return f"line {one.odd[0]}: {one.odd[1][:40]!r}"
    if one.sample and one.summary.low is None:
        return f"such as {one.sample}"
    return one.summary.holds()

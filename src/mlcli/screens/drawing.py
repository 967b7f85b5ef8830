"""What all tables and the lines below them share, drawn by rich."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table

from mlcli import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlcli.verbs.next_steps import NextCommand


class _Terminal(Console):
    """A terminal whose lines end where their words end, not in blanks up to the margin."""

    def print(self, *objects: Any, **how: Any) -> None:
        """Print as rich does, without the blanks at the end of lines."""
        with self.capture() as drawn:
            super().print(*objects, **how)
        self.file.write(_BLANKS.sub(lambda end: end[0].replace(" ", ""), drawn.get()))


_BLANKS: Final = re.compile(r"(?: |\x1b\[[0-9;]*m)+$", re.MULTILINE)


def console() -> Console:
    """Return the terminal, as wide as it is."""
    # Below 72 columns rich would cut figures; a line that wraps is whole at least.
    return _Terminal(highlight=False, soft_wrap=False, width=max(72, Console().width))


def safe(text: object) -> str:
    """Return text from data so that it cannot act on the terminal."""
    return escape(wording.plain(str(text)))


def safe_lines(text: str) -> str:
    """Return lines of text from data so that they cannot act on the terminal."""
    return "\n".join(map(safe, text.splitlines()))


_WIDEST = 42  # columns for a rule of an account of rows, before its words wrap


def wrapped(words: str, indent: int) -> str:
    """Return words in lines of which the further ones stand two columns to the right."""
    first, others = " " * indent, " " * (indent + 2)
    lines = textwrap.wrap(
        wording.plain(words), _WIDEST, initial_indent=first, subsequent_indent=others
    )
    return safe_lines("\n".join(lines))


def indented(text: str | Table) -> Padding:
    """Return a text or a table, its lines a little to the right, however often they wrap."""
    return Padding(text, (0, 0, 0, 2), expand=False)


def say(out: Console, lines: Iterable[str], *, by: int = 2) -> None:
    """Print lines that may hold text from data, each a little to the right.

    Where one goes on below, it stands two columns further to the right, so that one sees where
    the next begins.
    """
    for line in lines:
        parts = wording.wrapped(wording.plain(str(line)), out.width - by, hang=2)
        text = _SIGN.sub(
            lambda sign: f"[{_SIGNS[sign[0]]}]{sign[0]}[/]", "\n".join(map(safe, parts))
        )
        out.print(Padding(text, (0, 0, 0, by), expand=len(parts) > 1))


_SIGNS: Final = {
    "alarm": "bold red",
    "warning": "bold magenta",
    **dict.fromkeys(("note", "underfit", "overfit", "next"), "bold"),
}
_SIGN: Final = re.compile(rf"^(?:{'|'.join(_SIGNS)})(?=:| [a-z_]+: )")
"""The word at the beginning of a line that should not be overlooked."""


def go_on(out: Console, steps: Iterable[NextCommand | None]) -> None:
    """Print the best of the commands to go on with, if there is one."""
    if step := next((one for one in steps if one is not None), None):
        out.print()
        line, room = f"next:  {step.line}", out.width - 2
        both = f"{line}  {step.why}"
        parts = [both] if wording.width(both) <= room else [line, f"  {step.why}"]
        for part in parts:
            out.print(f"  {_SIGN.sub('[bold]next[/]', safe(part))}", soft_wrap=True)


def ways(out: Console, found: Iterable[tuple[str, str]]) -> None:
    """Print what something may mean, and below each the YAML for it, in one line to be copied."""
    for meant, yaml in found:
        say(out, [f"{meant}:"])
        out.print(f"    {safe(yaml)}", soft_wrap=True)


def words(title: object = "", *, overflow: Any = "fold", **how: Any) -> Column:
    """Return a column of words, under a title that may be from data."""
    return Column(safe(title), overflow=overflow, **how)


def figures(title: object = "", **how: Any) -> Column:
    """Return a column of figures, under a title that may be from data."""
    return Column(safe(title), justify="right", **how)


def headed(*columns: Column, caption: str | None = None, title: str | None = None) -> Table:
    """Return a table of figures; ``draw`` prints it with its title and its caption."""
    table = listed(*columns, header="bold")
    table.title, table.caption = title, caption
    return table


def draw(out: Console, table: Table) -> None:
    """Print a table, its title above and its caption below: both as wide as the terminal."""
    title, caption = table.title, table.caption
    table.title = table.caption = None
    say(out, [str(title)] if title else [])
    out.print(indented(table))
    say(out, str(caption).splitlines() if caption else [])


def listed(*columns: Column, header: str = "") -> Table:
    """Return a table without lines, in the style that its header has."""
    return Table(*columns, box=None, show_edge=False, padding=(0, 2, 0, 0), header_style=header)

"""What all tables and the lines below them share, drawn by rich."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from mlcli import wording


def console() -> Console:
    """Return the terminal, as wide as it is."""
    # Below 72 columns rich would cut figures; a line that wraps is whole at least.
    return Console(highlight=False, soft_wrap=False, width=max(72, Console().width))


def safe(text: object) -> str:
    """Return text from data so that it cannot act on the terminal."""
    return escape(wording.plain(str(text)))


def indented(text: str, *, by: int = 2) -> Padding:
    """Return a text whose lines, however often it wraps, all stand a little to the right."""
    return Padding(text, (0, 0, 0, by), expand=False)

"""What those who make exports and those who compare both know; it imports nothing heavy."""

from __future__ import annotations

from typing import Final

TIMES: Final = (1, 2, 4)
"""How many times as long tables are that show how memory grows."""
WRITINGS: Final = ("broken", "mixed", "packed", "western")
"""Definitions of irregular but valid files."""
FAULT: Final = "12,50"
"""A price that is none, in the last line of a file."""

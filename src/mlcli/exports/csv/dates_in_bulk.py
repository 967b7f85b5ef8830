"""Dates of one width, many at a time: characters to microseconds, by NumPy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDTHS: Final = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}


@dataclass(frozen=True, slots=True)
class Form:
    """Where the parts of a date stand in a cell.

    ``parts`` are positions by the codes of ``strptime``; ``between`` are the characters
    that must stand elsewhere, each position with those that may.
    """

    width: int
    parts: dict[str, int]
    between: dict[int, str]

    @staticmethod
    @cache
    def of(text: str) -> Form | None:
        """Return the form of a format, or nothing where it is empty or its width may vary."""
        parts: dict[str, int] = {}
        between: dict[int, str] = {}
        at = 0
        for code, character in re.findall(r"%(.)|(.)", text):
            if (code and code not in _WIDTHS) or not character.isascii():
                return None
            if code:
                parts[code] = at
            else:
                between[at] = character
            at += _WIDTHS.get(code, 1)
        return Form(at, parts, between) if text else None


def _iso(time: str) -> Form:
    form = Form.of(f"%Y-%m-%d{time}")
    assert form is not None
    if time:
        form.between[10] = " T"
    return form


FORMS: Final = tuple(map(_iso, ("", " %H:%M", " %H:%M:%S")))
"""The forms of ISO 8601 that an export uses most."""


def moments(
    characters: NDArray[np.uint8], form: Form
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Read dates and times of one form.

    Parameters
    ----------
    characters
        n rows of at least ``form.width`` bytes.
    form
        Where the parts stand.

    Returns
    -------
    tuple
        n times in microseconds, and which of them are dates that exist.
    """
    valid: NDArray[np.bool_] = np.ones(len(characters), dtype=bool)
    for at, allowed in form.between.items():
        here = characters[:, at] == ord(allowed[0])
        for other in allowed[1:]:
            here |= characters[:, at] == ord(other)
        valid &= here
    part: dict[str, Any] = {}
    for code, at in form.parts.items():
        number: Any = np.int32(0)
        for digit in range(at, at + _WIDTHS[code]):
            value = characters[:, digit] - np.uint8(ord("0"))  # wraps below 0, beyond 9
            valid &= value <= 9  # noqa: PLR2004 - the digits
            number = number * np.int32(10) + value
        part[code] = number
    firsts, lengths = _months()
    month = part["Y"] * np.int32(12) + part["m"] - np.int32(1)
    valid &= (part["m"] >= 1) & (part["m"] <= 12) & (part["Y"] >= 1)  # noqa: PLR2004
    month = np.where(valid, month, 12)
    valid &= (part["d"] >= 1) & (part["d"] <= lengths[month])
    seconds = (firsts[month] + part["d"] - 1) * 86_400
    for code, size, most in (("H", 3600, 23), ("M", 60, 59), ("S", 1, 59)):
        if code in part:
            valid &= part[code] <= most
            seconds += part[code] * np.int64(size)
    return (seconds * 1_000_000).view("datetime64[us]"), valid


@cache
def _months() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the day that each month of the years 0 to 9999 begins on, and its length."""
    months = np.arange("0000-01", "10000-02", dtype="datetime64[M]")
    firsts = months.astype("datetime64[D]").astype(np.int64)
    return firsts[:-1], np.diff(firsts)

"""How an export writes its numbers, and what it could say so that a cell is one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.grammar.cells import CellError, shown
from mlcli.grammar.words import stands_for_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlcli.grammar.cells import Json


class PointsMet:
    """What the points in the numbers of an export may be, by the cells that were met.

    Parameters
    ----------
    notation
        How it writes numbers.

    Attributes
    ----------
    sure
        Whether a point marks decimals: it was said so, or some number leaves no other reading.
    """

    def __init__(self, notation: NumberNotation) -> None:
        self.sure = not notation.asks_of_points
        self._notation = notation
        self._doubt: DataError | None = None

    def meet(self, column: str, cell: str, place: str) -> bool:
        """Look at a cell of a column of numbers; say whether points are known for sure by now."""
        plain = self._notation.plain(cell.strip()) if "." in cell and not self.sure else None
        if plain is None:
            return self.sure
        if not _GROUPED.fullmatch(plain):
            self.sure = True
        elif self._doubt is None:
            self._doubt = DataError(
                f"column {column!r}: {cell.strip()!r} is {float(plain):g}, or "
                f"{plain.replace('.', '')} where points group digits: nothing in the file says "
                "which",
                place=place,
                hint='say in its source  decimal: "."  or  decimal: ","  thousands: "."',
            )
        return self.sure

    def forget(self) -> None:
        """Forget the cells that left it open, as they will be met again in their order."""
        self._doubt = None

    @property
    def doubtful(self) -> bool:
        """Say whether a point may group the digits of every number that has one."""
        return self._doubt is not None and not self.sure

    def conclude(self) -> None:
        """Raise where that is so."""
        if self._doubt is not None and not self.sure:
            raise self._doubt


_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


@dataclass(frozen=True)
class NumberNotation:
    """What may stand in a number besides the plain forms.

    Attributes
    ----------
    decimal
        The mark before the decimals: a point or a comma.
    thousands
        The mark between groups of three digits, or nothing; a space also stands for
        the narrow and the unbreakable ones, and an apostrophe for the curly one.
    units
        Signs that may stand before or behind a number, such as ``€`` or ``%``; they
        change nothing of its value.
    negative
        Which of ``cells.NEGATIVES`` are read.
    text_mark
        What may stand before a number to say that it is text: an apostrophe, or nothing.
    asks_of_points
        Whether nobody said yet what a point is, which may group digits as in 1.500.
    """

    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()
    negative: tuple[str, ...] = field(default=(), kw_only=True)
    text_mark: str = field(default="", kw_only=True)
    asks_of_points: bool = field(default=False, kw_only=True)

    @property
    def plain_numbers(self) -> bool:
        """Say whether numbers are written as everywhere else."""
        marks = self.thousands or self.units or self.negative or self.text_mark
        return self.decimal == "." and not marks

    def is_number(self, cell: str) -> bool:
        """Say whether a cell reads as a number."""
        return cells.is_number(cell) if self.plain_numbers else self.plain(cell) is not None

    def number(self, cell: str) -> float:
        """Read a number.

        Raises
        ------
        CellError
            The cell is none, as this source writes them.
        """
        if self.plain_numbers:
            return cells.to_number(cell)
        plain = self.plain(cell)
        if plain is None:
            message, nothing = f"{shown(cell)} is not a number", stands_for_nothing(cell)
            hint = cells.NO_NUMBER if nothing else self.mend_number
            raise CellError(message, hint, instead="" if nothing else None)
        return cells.to_number(plain)

    def plain(self, cell: str) -> str | None:
        """Return a number as it is written plainly, or nothing where it is none."""
        text = cell.strip()
        if self.text_mark:
            text = text.removeprefix(self.text_mark)
        if "minus sign" in self.negative:
            text = text.translate(cells.MINUS)
        if found := self._number.fullmatch(text):
            return self._plainly(found)
        for form in self._below_zero:
            if around := form.fullmatch(text):
                found = self._number.fullmatch("".join(part or "" for part in around.groups()))
                if found and not (found["sign"] or found["inner"]):
                    return f"-{self._plainly(found)}"
        return None

    @property
    def mend_number(self) -> str:
        """Return the hint about a cell that is no number as the source writes them."""
        keys = wording.keys_in_yaml({"decimal": self.decimal, **self.keys})
        return f"the source says  {keys}  of its numbers: mend the cell"

    @property
    def keys(self) -> Json:
        """Return the keys by which a source says this of its numbers."""
        found = {
            "decimal": "" if self.decimal == "." else self.decimal,
            "thousands": self.thousands,
            "unit": self.units[0] if len(self.units) == 1 else [*self.units],
            "negative": self.negative[0] if len(self.negative) == 1 else [*self.negative],
            "text_mark": self.text_mark,
        }
        return {key: value for key, value in found.items() if value}

    def _plainly(self, found: re.Match[str]) -> str:
        digits = found["digits"]
        if self.thousands:
            digits = re.sub(self._thousands, "", digits)
        return (found["sign"] or found["inner"] or "") + digits.replace(self.decimal, ".")

    @cached_property
    def _thousands(self) -> str:
        return {" ": _GAPS, "'": "['\u2019]"}.get(self.thousands, re.escape(self.thousands))

    @cached_property
    def _unit(self) -> str:
        units = "|".join(map(re.escape, sorted(self.units, key=len, reverse=True)))
        return rf"(?:{units})" if units else r"(?!)"

    @cached_property
    def _number(self) -> re.Pattern[str]:
        unit, mark, gap = self._unit, re.escape(self.decimal), f"{_GAPS}?"
        grouped = rf"[1-9][0-9]{{0,2}}(?:{self._thousands}[0-9]{{3}})+|" if self.thousands else ""
        if self.thousands == ",":
            grouped += f"{cells.IN_LAKHS}|"
        whole = rf"(?:{grouped}[0-9]+)"
        digits = rf"(?P<digits>(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?)"
        return re.compile(
            rf"(?P<sign>[+-])?(?:(?P<before>{unit}){gap}(?(sign)|(?P<inner>[+-])?){_POINT})?"
            rf"{digits}(?:{gap}(?!(?P=before)){unit})?"
        )

    @cached_property
    def _below_zero(self) -> list[re.Pattern[str]]:
        """Return what stands around a number that is negative for another sign than a minus."""
        unit, gap = self._unit, f"{_GAPS}?"
        forms = {
            "brackets": rf"({unit}{gap})?\({gap}([^()]*?){gap}\)({gap}{unit})?",
            "trailing": rf"(.*(?:[0-9]|{unit})){gap}-({gap}{unit})?",
        }
        return [re.compile(form) for name, form in forms.items() if name in self.negative]


class NumberMarks(NamedTuple):
    """What stands before decimals, and between groups of three digits."""

    decimal: str
    thousands: str


MARKS: Final = tuple(
    NumberMarks(decimal, thousands)
    for thousands in ("", ",", ".", " ", "'")
    for decimal in ".,"
    if decimal != thousands
)
"""The ways in which numbers are written, the plainest first."""

_GAPS: Final = "[ \u00a0\u202f]"
_POINT: Final = r"(?!(?<=[^\W\d_])[.,])"
"""Not between letters and a mark right behind them: is ``Rs.500`` half a rupee?"""
_SIGN: Final = r"[^\W\d_]{0,3}[$£¢¥฿\u20a0-\u20cf]|[^\W\d_]{1,5}|[%‰°]"
_AROUND: Final = re.compile(
    rf"[+-]?(?P<before>[^\W\d_]{{1,5}}\.(?=\d)|{_SIGN})?[ .+-]*\d.*?(?P<behind>{_SIGN})?"
)
_SIDES: Final = frozenset({"cr", "dr", "d", "k", "s", "h", "c"})
"""What says on which side of an account a number stands, and with that its sign."""
_TIMES: Final = frozenset({"M", "B", "T", "G", "Mio", "Mrd", "mln", "bn", "Tsd"})
"""What a number is to be multiplied by."""


class SignsBeside(NamedTuple):
    """What stands around the digits of a cell: units, a sign of its own, a mark of text."""

    units: tuple[str, ...]
    negative: tuple[str, ...]
    text_mark: str

    @property
    def words(self) -> list[str]:
        """Return the units that are letters alone."""
        return [unit for unit in self.units if _is_word(unit)]

    @property
    def currencies(self) -> set[str]:
        """Return the units that are signs of money."""
        return {unit for unit in self.units if not _is_word(unit) and unit not in "%‰°"}


def _is_word(unit: str) -> bool:
    """Say whether a unit is letters alone, or letters cut short, such as ``Rs.``."""
    return unit.removesuffix(".").isalpha()


_MONEY: Final = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR"),
        *("ILS", "INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PHP", "PLN", "RON", "RUB", "SEK"),
        *("SGD", "THB", "TRY", "UAH", "USD", "VND", "ZAR", "kr", "zł", "Kč", "lei", "TL"),
    }
)
"""Codes and short names of currencies."""


@lru_cache(maxsize=4096)
def beside(cell: str) -> SignsBeside | None:
    """Return what stands around the digits of a cell, or nothing where it is no number."""
    text, negative, mark = cells.signed(cell)
    match = _AROUND.fullmatch(text)
    if match is None:
        return None
    units = tuple(dict.fromkeys(unit for unit in match.group("before", "behind") if unit))
    bare = [unit.removesuffix(".") for unit in units]
    changing = any(unit.casefold() in _SIDES or unit in _TIMES for unit in bare)
    return None if changing else SignsBeside(units, negative, mark)


@lru_cache(maxsize=4096)
def marks_of(cell: str) -> tuple[NumberMarks, ...]:
    """Return the ways of writing numbers in which a cell is one, whatever stands beside it."""
    return tuple(marks for marks in MARKS if _by(cell, marks).is_number(cell))


def number_by(cell: str, marks: NumberMarks) -> float:
    """Return the number that a cell stands for if numbers are written so."""
    return _by(cell, marks).number(cell)


def signs_of(cell: str) -> SignsBeside:
    """Return what stands beside a number: signs, but no words; another sign than a minus."""
    found = None if cells.is_number(cell) else beside(cell)
    return SignsBeside((), (), "") if found is None or found.words or found.units[1:] else found


def _by(cell: str, marks: NumberMarks) -> NumberNotation:
    units, negative, text_mark = signs_of(cell)
    return NumberNotation(*marks, units, negative=negative, text_mark=text_mark)


def is_money(cell: str) -> bool:
    """Say whether a cell is a number beside a sign or a code of a currency."""
    found = beside(cell)
    return found is not None and any(
        unit in found.currencies or unit in _MONEY for unit in found.units
    )


def ways(cell: str, said: NumberNotation, among: Iterable[str] = ()) -> list[Json]:
    """Return the keys a source could say so that a cell is a number, each way another number.

    Parameters
    ----------
    cell
        The cell.
    said
        What the source says already; it stays.
    among
        The cells of its column: letters that not all of them have are no unit, nor are
        several currencies; what all are written in goes before what this one is.
    """
    others = [one for one in islice(among, _ENOUGH) if one.strip() and not stands_for_nothing(one)]
    around = {one: found for one in (cell, *others) if (found := beside(one))}
    several = len({sign for one in around.values() for sign in one.currencies}) > 1
    known = {
        one: found
        for one, found in around.items()
        if not (several and found.currencies)
        and all(word in other for word in {*found.words} - {*said.units} for other in others)
    }
    if cell not in known:
        return []
    read = _read_all(known, said) or _read_all({cell: known[cell]}, said)
    meant = [float(reading) for reading in cells.readings(cell)]
    likely = [keys for number in meant for first, keys in read if first == number]
    return [keys for keys in likely or [keys for _, keys in read] if keys]


def _read_all(around: Mapping[str, SignsBeside], said: NumberNotation) -> list[tuple[float, Json]]:
    """Return the keys by which all cells are numbers, each way with the first one's number."""
    units = dict.fromkeys((*said.units, *(unit for one in around.values() for unit in one.units)))
    below = {*said.negative, *(name for one in around.values() for name in one.negative)}
    marks = {said.text_mark, *(one.text_mark for one in around.values())}
    ways: dict[tuple[float, ...], Json] = {}
    for decimal, thousands in MARKS:
        if said.decimal not in {".", decimal} or said.thousands not in {"", thousands}:
            continue
        other = NumberNotation(
            decimal,
            thousands,
            tuple(units),
            negative=tuple(name for name in cells.NEGATIVES if name in below),
            text_mark=max(marks),
        )
        numbers = [number for one in around if (number := other.plain(one))]
        if len(numbers) == len(around):
            ways.setdefault(tuple(map(float, numbers)), other.keys)
    return [(numbers[0], keys) for numbers, keys in ways.items()]


_ENOUGH: Final = 1000  # cells that tell how a column is written

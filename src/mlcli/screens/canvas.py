"""Pictures in characters: two sides with ticks at round values, and what is drawn between them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, timedelta
from math import ceil, floor, isfinite, log10
from os import environ
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.statistics.points import Points


class Paper(NamedTuple):
    """What is drawn on: so many columns, and whether more than ASCII, and colours, show there."""

    columns: int
    fine: bool = True
    coloured: bool = False

    @staticmethod
    def of(stream: TextIO) -> Paper:
        """Return what standard output or error is."""
        coloured = stream.isatty() and not environ.get("NO_COLOR")
        return Paper(get_terminal_size().columns, _is_fine(stream.encoding or "utf-8"), coloured)

    @property
    def width(self) -> int:
        """Return how many columns a picture takes, without its margin."""
        return min(max(self.columns, _NARROWEST), _WIDEST) - len(MARGIN)

    @property
    def signs(self) -> Signs:
        """Return the characters that show."""
        return _FINE if self.fine else _PLAIN


class Signs(NamedTuple):
    """The characters of a picture; of points and bars the later ones stand for more."""

    learned: str
    held: str
    shades: str
    curve: str
    ends: str
    side: str
    tick: str
    foot: str
    mark: str
    corner: str
    bar: str


_PLAIN: Final = Signs("+*#", "oO", ".:+*#", "==", ". .", "|", "+", "-", "+", "+", "#")
_FINE: Final = Signs("•●■", "oO", "·░▒▓█", "⠒⠒", "⠂ ⠂", "│", "┤", "─", "┬", "└", "▏▎▍▌▋▊▉█")
_BASE: Final = "-"
ASKED: Final = "X"
_COLOURS: Final = {"held": 35, "curve": 1, "ends": 2, "base": 2, "asked": 31}
"""Magenta, bold, dim and red, which can be read on dark and light grounds, by what is drawn."""

MARGIN: Final = "  "
_NARROWEST: Final = 40
_WIDEST: Final = 100


def _is_fine(encoding: str) -> bool:
    """Say whether all characters show; Python has UTF-8 even where the terminal is said to be C."""
    if (environ.get("LC_ALL") or environ.get("LANG")) in {"C", "POSIX"}:
        return False
    try:
        "".join((*_FINE, _ALL_DOTS)).encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


class Scale(NamedTuple):
    """One side of a picture: values from ``low`` to ``high`` on ``cells`` + 1 characters.

    ``ticks`` are places, counted from 0, with what is written there; ``power`` says what those
    numbers are counted in, such as ``in millions``, if not in ones.
    """

    low: float
    high: float
    cells: int
    ticks: tuple[tuple[int, str], ...]
    power: str = ""

    def at(self, value: float) -> float:
        """Return where a value stands, in characters from the first one; it may lie beyond."""
        return (value - self.low) / (self.high - self.low) * self.cells

    def place(self, value: float) -> int:
        """Return the nearest character."""
        return floor(self.at(value) + 0.5)

    def holds(self, value: float) -> bool:
        """Say whether there is a character for a value."""
        return isfinite(value) and 0 <= self.place(value) <= self.cells

    def nearest(self, value: float) -> int:
        """Return the character of a value, or of the end beyond which it lies."""
        return min(max(self.place(value), 0), self.cells)

    def covered(self, middle: float, size: float) -> range:
        """Return the characters in the middle of which a bin reaches, or the nearest one."""
        first, end = ceil(self.at(middle - size / 2)), ceil(self.at(middle + size / 2))
        place = self.place(middle)
        return range(first, end) if first < end else range(place, place + 1)

    @property
    def widest(self) -> int:
        """Return how many characters the longest tick takes."""
        return max((len(label) for _, label in self.ticks), default=0)


def of_numbers(low: float, high: float, room: int, *, apart: int, whole: bool = False) -> Scale:
    """Return a side that holds both values, on at most ``room`` cells, as finely as it can.

    Ticks stand at multiples of 1, 2 or 5 times a power of ten, ``apart`` characters from each
    other or more, each at a character of its own. Where values are ``whole``, so are ticks.
    """
    low, high = _apart(low, high, whole=whole)
    power = floor(log10(high / room - low / room))
    sizes = [factor * 10.0**at for at in range(power, power + 4) for factor in (1, 2, 5)]
    step, cells = next(
        (size, cells)
        for size in sizes
        if (size >= 1 or not whole) and (cells := _between(low, high, size, room)) >= apart
    )
    first, last = _below(low / step * cells), -_below(-high / step * cells)
    begun = range(-(-first // cells), last // cells + 1)
    tens = _power(max(abs(first), abs(last)) / cells * step)
    ticks = tuple((n * cells - first, _written(n * step, step, tens)) for n in begun)
    ends = first / cells * step, last / cells * step
    return Scale(*ends, last - first, ticks, _in_words(tens))


def _between(low: float, high: float, step: float, room: int) -> int:
    """Return the most characters from one tick to the next with which both values have room."""
    cells = min(room, int(step / (high / room - low / room)))
    while cells and -_below(-high / step * cells) - _below(low / step * cells) > room:
        cells -= 1
    return cells


def _below(steps: float) -> int:
    """Return the whole number at or below; what is one but for rounding is that one."""
    return floor(round(steps, _NOISE))


def _apart(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Return two values that are not the same: a little about the only one there is."""
    if high - low > _ALIKE * max(abs(low), abs(high)):
        return low, high
    about = abs(low) / 10 or 1.0
    about = max(about, 1.0) if whole else about
    return low - about, high + about


_NOISE: Final = 6
_ALIKE: Final = 1e-9
_MILLION: Final = 6
_TINY: Final = -3
_NAMES: Final = {6: "in millions", 9: "in billions", 12: "in trillions"}


def _power(size: float) -> int:
    """Return the power of ten, a multiple of 3, that numbers of such a size are counted in."""
    power = floor(log10(size))
    return 0 if _TINY <= power < _MILLION else power // 3 * 3


def _in_words(power: int) -> str:
    return _NAMES.get(power, f"times 1e{power}") if power else ""


def _written(value: float, step: float, power: int) -> str:
    """Write a tick with as many decimals as its step has, in tens to a power."""
    decimals = max(0, power - floor(log10(step) + _ALIKE))
    number = round(value / 10.0**power, decimals) + 0.0
    return f"{number:,.{decimals}f}" if abs(number) >= _LONG else f"{number:.{decimals}f}"


_LONG: Final = 10_000
"""From which on digits stand in threes: a year has four."""


def of_days(low: float, high: float, room: int) -> Scale:
    """Return a side of dates, in days since the beginning of 1970, on ``room`` cells.

    Ticks stand where days, weeks (on Mondays), months or years begin, as many as have room.
    """
    if high <= low:
        low, high = low - 1, high + 1
    every = ((_begun(days, months, low, high), width) for days, months, width in _PERIODS)
    begun, width = next(one for one in every if len(one[0]) * (one[1] + _GAP) <= room)
    scale = Scale(low, high, room, ())
    written = [(scale.place(at), _day(at).isoformat()[:width]) for at in begun]
    return scale._replace(ticks=tuple(written))


_EPOCH: Final = date(1970, 1, 1)
_MONDAY: Final = 4
_MONTHS: Final = 12
_GAP: Final = 3
_PERIODS: Final = (
    *((every, 0, 10) for every in (1, 2, 7, 14)),
    *((0, every, 7) for every in (1, 2, 3, 6)),
    *((0, every * _MONTHS, 4) for every in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000)),
)
"""After how many days, or months, the next tick comes, and how many characters of its date say so.

Weeks and pairs of days are counted from a Monday.
"""


def _begun(days: int, months: int, low: float, high: float) -> Sequence[int]:
    """Return the days on which some periods begin, from one value to another."""
    if days:
        return range(ceil((low - _MONDAY) / days) * days + _MONDAY, floor(high) + 1, days)
    first, last = _day(ceil(low)), _day(floor(high))
    after = first.month + (first.day > 1) - 1
    start = ceil((first.year * _MONTHS + after) / months) * months
    end = last.year * _MONTHS + last.month
    return [
        (date(at // _MONTHS, at % _MONTHS + 1, 1) - _EPOCH).days for at in range(start, end, months)
    ]


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


class Canvas:
    """The characters between two sides, by column and row, with what each one shows."""

    def __init__(self, x: Scale, y: Scale, paper: Paper) -> None:
        self.x, self.y, self.paper = x, y, paper
        self._cells: dict[tuple[int, int], tuple[str, str]] = {}

    def put(self, column: int, row: int, sign: str, kind: str) -> None:
        """Put a character where it has room; it hides one that stood there."""
        if 0 <= column <= self.x.cells and 0 <= row <= self.y.cells:
            self._cells[column, row] = sign, kind

    def shown(self, kind: str) -> set[str]:
        """Return the characters that some kind has."""
        return {sign for sign, its in self._cells.values() if its == kind}

    def lines(self) -> Iterator[str]:
        """Yield it, with both sides and what their ticks stand for."""
        signs, up, across = self.paper.signs, dict(self.y.ticks), dict(self.x.ticks)
        room = self.y.widest
        for row in range(self.y.cells, -1, -1):
            drawn = "".join(self._cell(column, row) for column in range(self.x.cells + 1))
            yield f"{up.get(row, ''):>{room}} {signs.tick if row in up else signs.side}{drawn}"
        foot = "".join(signs.mark if at in across else signs.foot for at in range(self.x.cells + 1))
        yield f"{'':>{room}} {signs.corner}{foot}"
        below = ""
        for at, label in self.x.ticks:
            start = max(at + room + 2 - len(label) // 2, len(below) + bool(below))
            below = below.ljust(start) + label
        yield below

    def _cell(self, column: int, row: int) -> str:
        sign, kind = self._cells.get((column, row), (" ", ""))
        if not self.paper.coloured or kind not in _COLOURS:
            return sign
        return f"\x1b[{_COLOURS[kind]}m{sign}\x1b[0m"

    def dashes(self, places: Sequence[float], values: Sequence[float]) -> None:
        """Draw a line of dashes through some places."""
        for column, height in enumerate(self._heights(places, values, 1)):
            if height is not None and self.y.holds(height) and column % 4 < _DASH:
                self.put(column, self.y.place(height), _BASE, "base")

    def line(self, places: Sequence[float], values: Sequence[float], kind: str) -> None:
        """Draw a line through some places, or of the ends of a range every other dot of it."""
        every = 2 if kind == "ends" else 1
        if self.paper.fine:
            self._fine_line(self._heights(places, values, 2), kind, every)
            return
        heights = self._heights(places, values, 1)
        for column, height in enumerate(heights):
            if height is not None and self.y.holds(height) and column % every == 0:
                sign = self.paper.signs.ends[0] if kind == "ends" else self._slope(heights, column)
                self.put(column, self.y.place(height), sign, kind)

    def _heights(
        self, places: Sequence[float], values: Sequence[float], parts: int
    ) -> list[float | None]:
        """Return how high a line is at each of so many parts of a character, where there is one."""
        found: list[float | None] = [None] * (self.x.cells * parts + 1)
        for at in range(len(found)):
            value = self.x.low + (self.x.high - self.x.low) * (at / parts / self.x.cells)
            after = bisect_right(places, value)
            if 0 < after < len(places):
                left, right = places[after - 1], places[after]
                share = (value - left) / (right - left)
                found[at] = values[after - 1] * (1 - share) + values[after] * share
        for end in (0, -1) if places else ():
            if self.x.holds(places[end]):
                found[self.x.place(places[end]) * parts] = values[end]
        return found

    def _slope(self, heights: Sequence[float | None], column: int) -> str:
        """Return the character for a line as it goes up or down there."""
        near = [one for one in heights[max(column - 1, 0) : column + 2] if one is not None]
        rows = (self.y.at(near[-1]) - self.y.at(near[0])) / max(len(near) - 1, 1)
        return self.paper.signs.curve[0] if abs(rows) < _STEEP else "/" if rows > 0 else "\\"

    def _fine_line(self, heights: Sequence[float | None], kind: str, every: int) -> None:
        """Draw a line of dots, where it is steep those above each other too."""
        before: int | None = None
        for column, height in enumerate(heights):
            if height is None or not self.y.holds(height):
                before = None
                continue
            row = floor(self.y.at(height) * 4 + 2)
            low, high = sorted((row, row if before is None else before))
            if column % every == 0:
                for at in (row, *(range(low + 1, high) if every == 1 else ())):
                    self._dot(column, at, kind)
            before = row

    def _dot(self, column: int, row: int, kind: str) -> None:
        """Put a dot, of which a character has two beside each other and four above each other."""
        at = column // 2, row // 4
        there, _ = self._cells.get(at, (_NO_DOT, kind))
        dots = ord(there) if _NO_DOT <= there <= _ALL_DOTS else ord(_NO_DOT)
        self.put(*at, chr(dots | _DOTS[row % 4][column % 2]), kind)

    def points(self, every: Points) -> None:
        """Draw rows one by one; those held out stand above others."""
        signs = self.paper.signs
        for kind, counts, ramp in (
            ("learned", every.learned, signs.learned),
            ("held", every.held, signs.held),
        ):
            found: Counter[tuple[int, int]] = Counter()
            for x, y, count in zip(every.x, every.y, counts, strict=True):
                if count and self.x.holds(x) and self.y.holds(y):
                    found[self.x.place(x), self.y.place(y)] += count
            for at, count in found.items():
                level = (count > 1) + (count > _SOME)
                self.put(*at, ramp[min(level, len(ramp) - 1)], kind)

    def bins(self, every: Points, width: float, height: float) -> None:
        """Draw bins, the darker the more rows; if most of some were held out, as such."""
        rows: dict[tuple[int, int], float] = defaultdict(float)
        held: dict[tuple[int, int], float] = defaultdict(float)
        for x, y, learned, out in zip(every.x, every.y, every.learned, every.held, strict=True):
            columns, levels = self.x.covered(x, width), self.y.covered(y, height)
            for at in ((column, row) for column in columns for row in levels):
                rows[at] += (learned + out) / len(columns) / len(levels)
                held[at] += out / len(columns) / len(levels)
        most, signs, mixed = max(rows.values()), self.paper.signs, any(every.learned)
        for at, count in rows.items():
            kind = "held" if held[at] > count / 2 else "learned"
            shade = signs.shades[sum(count > most * part for part in _DARKER)]
            self.put(*at, signs.held[0] if mixed and kind == "held" else shade, kind)


_DASH: Final = 2
_STEEP: Final = 0.5
_SOME: Final = 3
"""Rows in one place up to which they are some, and not many."""

_DARKER: Final = (0.02, 0.1, 0.3, 0.6)
"""The shares of the rows that the fullest place has, beyond which a place is darker."""

_NO_DOT: Final = "\u2800"
_ALL_DOTS: Final = "\u28ff"
_DOTS: Final = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))
"""What each dot of a braille character adds to its number, from below."""

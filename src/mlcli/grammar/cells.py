"""The closed grammar of one cell: numbers, dates, true and false, lists of tags.

Plain Python, because options of the command line, rows of ``--input`` and cells
of an export are all read by these same functions.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from mlcli import wording
from mlcli.grammar.words import stands_for_nothing

Kind = Literal["number", "date", "text", "boolean", "any", "either"]
"""What a column is read as; ``any`` is text until every cell has been seen.

``either`` is as well, but may come as numbers at once where a source finds nothing else.
"""

SPACES: Final = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680))) + "".join(
    map(chr, (*range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000))
)
"""Every character that is a space, for engines that would know fewer."""

Value = float | str | datetime | bool | tuple[str, ...]
"""One value of a row or a question; a tuple holds the tags of a question."""

Json = Mapping[str, Any]
"""An object of JSON: what is so by its nature, such as the values of a definition."""

_IN_NUMBERS: Final = frozenset("+-.0123456789eE")
LARGEST: Final = 1e100
"""The largest number that is read."""
EXACT: Final = 2.0**53
"""Doubles hold every whole number below it."""

_DATE: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?P<clock>[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
    r"(?(clock) ?(?P<offset>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?",
    re.ASCII,
)
_MIDNIGHT_AFTER: Final = re.compile(
    r"(?<![\d:.])24(?=[:.]00(?:[:.]00)?(?:\.0+)?(?![:.\d]))", re.ASCII
)


class CellError(ValueError):
    """A cell is not what its column needs; says what it is instead.

    ``instead`` is the cell to write in its place, where that is sure.
    """

    def __init__(self, message: str, hint: str = "", instead: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.instead = instead


class TooManyDigitsError(CellError):
    """A whole number is none that a double holds: it would be read as another one."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{shown(text)} has more digits than a number is kept with",
            "if it is a word, say  kind: category  of its column",
        )


class TwoReadingsError(CellError):
    """A cell is one value as its export writes them, and another one plainly.

    ``ways`` are how to write each.
    """

    def __init__(self, cell: str, values: tuple[Value | None, ...], ways: tuple[str, ...]) -> None:
        plainly, there = (wording.written(value) or "no value" for value in values)
        known = [way or "nothing" for way in ways]
        super().__init__(
            f"{shown(cell)} may be {plainly}, or {there} as its export writes numbers: "
            f"write {' or '.join(known)}",
            f"write {' or '.join(known)}",
        )
        self.ways = ways


def shown(text: str) -> str:
    """Quote a cell for a message, and cut it off where it is long."""
    most = 60
    return repr(text if len(text) <= most else f"{text[:most]}...")


def is_number(text: str) -> bool:
    """Say whether a cell reads as a number."""
    cell = text.strip()
    if not _IN_NUMBERS.issuperset(cell):  # Python would read 1_000, nan and wide digits too
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def to_number(text: str) -> float:
    """Read a number with a decimal point, correctly rounded.

    Raises
    ------
    CellError
        The text is no number, one whose sums and squares no double could hold, or a whole
        one that no double is.
    """
    if not is_number(text):
        raise CellError(f"{shown(text)} is not a number", *_number_hint(text))
    value = float(text.strip())
    if abs(value) > LARGEST:
        raise CellError(f"{shown(text)} is too large a number", "numbers are read up to 1e100")
    if not is_exact(text):
        raise TooManyDigitsError(text)
    return value


def is_exact(text: str) -> bool:
    """Say whether a cell is a number, and no whole one that would be read as another."""
    if not is_number(text):
        return False
    cell = text.strip()
    value = float(cell)
    if not EXACT <= abs(value) <= LARGEST or "e" in cell.lower():
        return abs(value) <= LARGEST
    whole, _, decimals = cell.partition(".")
    return bool(decimals.strip("0")) or int(whole) == int(value)


def as_word(name: str) -> str:
    """Return a hint that the cells of a column may be words, though they are digits."""
    return f"if it is a word, say  {wording.as_category(name)}"


NO_NUMBER: Final = "leave the cell empty where there is no number"


IN_LAKHS: Final = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
"""Digits as India groups them: 1,23,456."""
_GROUPED: Final = r"(?a)[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*"


def _number_hint(text: str) -> tuple[str, str | None]:
    """Say how a number is written here, and return the new cell where that is sure."""
    if stands_for_nothing(text):
        return NO_NUMBER, ""
    if re.fullmatch(r"(?a)\s*\d+:\d\d(?::\d\d(?:\.\d+)?)?\s*", text):
        return "write a length of time as a number of minutes, or of another unit", None
    match readings(text):
        case [one]:
            return f"write it as {one}", one if _SURE.fullmatch(text) else None
        case [one, other]:
            mark = "comma" if "," in text else "point"
            two = f"write {one} if the {mark} groups thousands, {other} if it marks the decimals"
            return two, None
        case _:
            return "write digits and a decimal point only, such as 3.5", None


_SURE: Final = re.compile(r"[\d\s.,'\u2019_()+\u2013\u2212-]*")
"""A number without a sign of money, a percent or a unit, which may have a meaning."""


def unmistakable(number: str) -> str:
    """Return a number whose decimals nobody takes for a group of three digits."""
    return f"{number}0" if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", number) else number


def as_number(value: Value) -> float:
    """Return a value of a column of numbers as the number that it was read as."""
    assert not isinstance(value, datetime | tuple)
    return float(value)


NEGATIVES: Final = ("brackets", "trailing", "minus sign")
"""Ways to write numbers below 0: ``(30.00)``, ``49.03-``, and the minus of printed text."""
MINUS: Final = {0x2212: "-", 0x2013: "-"}
"""Signs of printed text that stand for a minus."""


def signed(text: str) -> tuple[str, tuple[str, ...], str]:
    """Return a number with its minus in front, in which other way it is written, a text mark."""
    cell, mark, ways = text.strip(), "", []
    if re.match(r"'[^\w']*\d", cell):
        cell, mark = cell[1:], "'"
    if (plain := cell.translate(MINUS)) != cell and re.search(r"\d", cell):
        cell = plain
        ways.append("minus sign")
    if found := re.fullmatch(r"([^()\d]*)\(([^()+-]*\d[^()+-]*)\)([^()\d]*)", cell):
        cell, ways = f"-{found[1]}{found[2]}{found[3]}", ["brackets", *ways]
    elif found := re.fullmatch(r"([^-]*\d(?:[^\d-]*[^\d.,-])?)-([^\d-]*)", cell):
        cell, ways = f"-{found[1]}{found[2]}", ["trailing", *ways]
    return cell, tuple(ways), mark


def readings(text: str) -> list[str]:
    """Return the numbers that a cell written otherwise may stand for.

    Knows the decimal comma, digits in groups, signs of currency, percent, wide digits, and
    other ways to write numbers below 0. One reading is certain; two stand for either.
    """
    if is_number(text):
        return []
    import unicodedata

    cell = unicodedata.normalize("NFKC", signed(text)[0]).strip()
    sign, cell = ("-", cell[1:]) if cell.startswith("-") else ("", cell)
    money = "".join(c for c in cell if unicodedata.category(c) == "Sc")
    digits = re.sub(r"(?<=\d)[ '_\u2019](?=\d)", "", cell.strip(f"{money}% "))
    if match := re.fullmatch(_GROUPED, digits):
        found = [digits.replace(match[1], "")]
        if digits.count(match[1]) == 1:
            found.append(digits.replace(match[1], "."))
    elif re.fullmatch(IN_LAKHS, digits) or digits.rfind(".") > digits.rfind(","):
        # commas group digits as in India, or the later mark is that of the decimals
        found = [digits.replace(",", "")]
    else:
        found = [digits.replace(".", "").replace(",", ".")]
    found = [sign + number for number in found]
    return found if all(map(is_number, found)) else []


def to_date(text: str) -> datetime:
    """Read an ISO 8601 date, with or without a time and an offset.

    Raises
    ------
    CellError
        The text is not of that form, or no such day exists.
    """
    cell = text.strip()
    match = _DATE.fullmatch(cell)
    if match is None:
        raise CellError(f"{shown(text)} is not a date", *_date_hint(cell))
    clock = match["clock"] or ""
    try:
        at_most_a_day = _MIDNIGHT_AFTER.sub("00", clock)
        offset = (match["offset"] or "").replace("UTC", "Z").replace("GMT", "Z")
        found = datetime.fromisoformat(match["day"] + at_most_a_day + offset)
        return found if at_most_a_day == clock else found + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        what = "time" if _is_day(cell[:10]) else "day"
        raise CellError(
            f"{shown(text)} is not a date: there is no such {what}", "mend the cell"
        ) from error


def is_date(text: str) -> bool:
    """Say whether a cell is written as an ISO 8601 date."""
    return _DATE.fullmatch(text.strip()) is not None


def by_form(text: str, form: str) -> datetime:
    """Read a date in the codes of ``strptime``; dates of exports are those of a clock on a wall.

    The hour 24 is the midnight at which a day ends; UTC and GMT are offsets, GMT+1 as well.

    Raises
    ------
    ValueError
        The text is not of that form.
    """
    cell = text.strip()
    if form.endswith("%z"):
        cell = re.sub(r"(?a)(?:UTC|GMT)(?:([+-])(\d{1,2}):?(\d\d)?)?$", _offset, cell)
    try:
        return datetime.strptime(cell, form)  # noqa: DTZ007 - no clock on a wall has a zone
    except ValueError:
        early = _MIDNIGHT_AFTER.sub("00", cell)
        if early == cell or "%H" not in form:
            raise
        return by_form(early, form) + timedelta(days=1)


def _offset(match: re.Match[str]) -> str:
    """Return an offset from UTC in four digits."""
    sign, hours, minutes = match.groups()
    return f"{sign or '+'}{int(hours or 0):02}{minutes or '00'}"


def _is_day(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_YEAR_LAST: Final = r"(?a)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)(.*)"
_YEAR_FIRST: Final = r"(?a)(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)(.*)"


def _date_hint(cell: str) -> tuple[str, str | None]:
    """Say how a date is written here, and return the new cell where only one is meant."""
    if match := re.fullmatch(_YEAR_LAST, cell):
        year, one, other = match[4], int(match[1]), int(match[3])
        day_first, month_first = f"{year}-{other:02}-{one:02}", f"{year}-{one:02}-{other:02}"
        found = [d for d in dict.fromkeys((day_first, month_first)) if _is_day(d)]
        if len(found) > 1:
            two = f"write the year first: {day_first} if the day stands first here, "
            return f"{two}{month_first} if the month does", None
        if found:
            new = _with_its_time(found[0], match[5])
            return f"write the year first: {new or found[0]}", new
    if match := re.fullmatch(_YEAR_FIRST, cell):
        found = [f"{match[1]}-{int(match[3]):02}-{int(match[4]):02}"]
        if _is_day(found[0]) and not cell.startswith(found[0]):
            new = _with_its_time(found[0], match[5])
            return f"write it as {new or found[0]}", new
    if re.fullmatch(_WEEK, cell):
        return "weeks are not read by their number: write the day on which each begins", None
    return "write year-month-day, such as 2023-06-08 or 2023-06-08 19:30", None


def _with_its_time(day: str, rest: str) -> str | None:
    """Return a day with the time of the day that stands behind it; nothing for other words."""
    clock = rest.strip(" ,T")
    if rest.strip() and is_time_of_day(clock):
        return wording.written(to_date(day) + to_time_of_day(clock))
    return None if rest.strip() else day


_WEEK: Final = r"(?ia)\d{4}[- ]?W\d\d?(?:-\d)?|(?:KW|CW|W|WK|Week|Woche)[. ]*\d\d?\b.*"


_TIME_OF_DAY: Final = re.compile(
    r"(?P<clock>(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?|24:00(?::00)?)"
    r"|(?P<hour>0?[1-9]|1[0-2])(?P<rest>:[0-5]\d(?::[0-5]\d)?) ?(?P<half>[AaPp])\.?[Mm]\.?",
    re.ASCII,
)


def is_time_of_day(text: str) -> bool:
    """Say whether a cell is a time of the day."""
    return _TIME_OF_DAY.fullmatch(text.strip()) is not None


def to_time_of_day(text: str) -> timedelta:
    """Read a time of the day, such as ``19:30``, ``7:30:05 PM`` or ``24:00``, as after midnight.

    Raises
    ------
    CellError
        The text is none.
    """
    match = _TIME_OF_DAY.fullmatch(text.strip())
    if match is None:
        raise CellError(f"{shown(text)} is no time of the day", "write it as 19:30, or 7:30 PM")
    half = (match["half"] or "").lower()
    noon = timedelta(hours=12) if half == "p" else timedelta(0)
    clock = match["clock"] or f"{int(match['hour']) % 12}{match['rest']}"
    hour, minute, second = [*map(float, clock.split(":")), 0.0][:3]
    return timedelta(hours=hour, minutes=minute, seconds=second) + noon


def is_flag(text: str) -> bool:
    """Say whether a cell is true or false, in any case."""
    return text.strip().lower() in {"true", "false"}


def to_boolean(text: str) -> bool:
    """Read true or false, in any case.

    Raises
    ------
    CellError
        The text is neither.
    """
    if not is_flag(text):
        message = f"{shown(text)} is neither true nor false"
        raise CellError(message, "write true or false, in any case")
    return text.strip().lower() == "true"


def to_tags(text: str, *, by: str = ",") -> tuple[str, ...]:
    """Read a list of tags, in order and without repeats.

    A cell that starts with ``[`` is a JSON or Python-style list of strings;
    anything else is separated by ``by``, but not within brackets. An empty cell is an
    empty list.

    Raises
    ------
    CellError
        A bracketed list that is not closed, or holds something but strings.
    """
    cell = text.strip()
    found = _bracketed(cell) if cell.startswith("[") else _apart(cell, by)
    return tuple(dict.fromkeys(tag.strip() for tag in found if tag.strip()))


def _apart(cell: str, by: str) -> list[str]:
    """Return what stands between separators; one within brackets separates nothing."""
    pieces = cell.split(by)
    if not _is_open(cell) and any(map(_is_open, pieces)):
        whole = [pieces[0]]
        for piece in pieces[1:]:
            if _is_open(whole[-1]):
                whole[-1] += by + piece
            else:
                whole.append(piece)
        return whole
    return pieces


def _is_open(text: str) -> bool:
    """Say whether more brackets open than close."""
    return any(text.count(one) > text.count(other) for one, other in ("()", "[]", "{}"))


_QUOTED: Final = r"""(?s)\s*(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)')\s*"""
_LIST_HINT: Final = 'write ["one", "two"], or one, two without brackets'


def _bracketed(cell: str) -> list[str]:
    if not cell.endswith("]"):
        raise CellError(f"{shown(cell)} opens a list and never closes it", _LIST_HINT)
    inner, at, quoted = cell[1:-1], 0, re.compile(_QUOTED)
    tags: list[str] = []
    while inner and not inner.isspace():
        match = quoted.match(inner, at)
        if match is None:
            raise CellError(f"{shown(cell)} is not a list of quoted words", _LIST_HINT)
        tags.append(_unescaped(match[1] or match[2] or "", cell))
        at = match.end()
        if at == len(inner):
            break
        if inner[at] != ",":
            raise CellError(f"{shown(cell)} lacks a comma between two words", _LIST_HINT)
        at += 1
    return tags


_ESCAPE: Final = r"(?s)\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))"
_ESCAPED: Final = {c: c for c in "\"'/\\"} | dict(zip("bfnrt", "\b\f\n\r\t", strict=True))


def _unescaped(word: str, cell: str) -> str:
    """Read the escapes that JSON and Python have in common with each other or alone."""

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _ESCAPED[match[3]]

    try:
        halves = re.sub(_ESCAPE, one, word)  # JSON writes a rare character as two halves
        return halves.encode("utf-16", "surrogatepass").decode("utf-16")
    except (KeyError, UnicodeDecodeError) as error:
        raise CellError(
            f"{shown(cell)} holds a backslash that stands for nothing", "double it: \\\\"
        ) from error


LONGEST_WORD: Final = 100_000


def to_text(text: str) -> str:
    """Return a cell as it is, blanks around it too.

    Raises
    ------
    CellError
        It is longer than anything that is a word, or is a text to read.
    """
    if len(text) > LONGEST_WORD:
        raise CellError(
            f"{shown(text)} is {len(text):,} characters long",
            f"up to {LONGEST_WORD:,} are read; is a quote missing?",
        )
    return text


READERS: Final[dict[Kind, Callable[[str], Value]]] = {
    "number": to_number,
    "date": to_date,
    "boolean": to_boolean,
    "text": to_text,
    "any": to_text,
    "either": to_text,
}

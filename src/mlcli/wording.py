"""How numbers, counts and dates are written for people."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from mlcli.errors import near

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


HALF = 0.5 - 5e-10
"""What is rounded up: a half, and what is one bit short of it because it was summed otherwise."""


def round_half_away(value: float) -> int:
    """Round to a whole number as spreadsheets do: halves away from zero.

    A value that is a half to 9 decimals counts as one, so that 52.4999999999999 gives the
    answer that a batch, summed in another order, gives.
    """
    size = abs(float(value))
    whole, rest = divmod(size, 1)
    whole += rest >= HALF
    return int(whole if value >= 0 else -whole)


def figure(value: float, *, digits: int = 4) -> str:
    """Write a number for reading: at most ``digits`` significant, no exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    lowest = 1e-4
    if size < lowest:
        return f"{value:.{digits - 1}g}"
    text = f"{value:.{digits}g}"
    return f"{float(text):f}".rstrip("0").rstrip(".")


def count(number: int, noun: str) -> str:
    """Write ``1 row``, ``1,204 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def time_of_day(after: timedelta) -> str:
    """Write how long after midnight something is: ``05:00``."""
    hour, minute = divmod(int(after.total_seconds()) // 60, 60)
    return f"{hour:02}:{minute:02}"


def begun(text: str, after: timedelta) -> str:
    """Write when days begin behind what is about days, unless they begin at midnight."""
    return f"{text} from {time_of_day(after)}" if after else text


def written(value: object) -> str:
    """Write a value of a table: dates without an empty time, whole floats whole, tags in a row."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        at_midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return f"{value.date()}" if at_midnight else f"{value.date()} {value:%H:%M:%S}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value + 0.0:.0f}" if value.is_integer() else repr(float(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def readable(value: object) -> str:
    """Write a value for reading: numbers with at most 12 significant digits, without noise."""
    if isinstance(value, float) and not value.is_integer():
        value = float(f"{value:.12g}")
    return written(value)


_LONGEST = 60


def both(words: Sequence[str], *, by: str = "and", most: int = 12) -> str:
    """Join words as a sentence does: ``a, b and c``; where there are many, only the first."""
    if len(words) > most:
        return listed([*words], most=most)
    *first, last = words
    return f"{', '.join(first)} {by} {last}" if first else last


def an(noun: str) -> str:
    """Return a noun with its article: ``a shop``, ``an item``."""
    return f"{'an' if noun[:1].lower() in set('aeiou') else 'a'} {noun}"


def listed(words: list[str], *, most: int = 5) -> str:
    """Join words with commas, long ones cut off, and say how many more there are."""
    more = len(words) - most
    short = cut_apart(words[:most], _LONGEST + 3)
    return ", ".join(short) + (f" and {more:,} more" if more > 0 else "")


def in_order(words: Sequence[str]) -> list[str]:
    """Return words as a person would list them: numbers by size, weekdays as they follow."""
    if all(word.isascii() and word.isdigit() for word in words):
        return sorted(words, key=lambda word: (len(word.lstrip("0")), word.lstrip("0")))
    return sorted(words, key=WEEKDAYS.index) if {*words} <= {*WEEKDAYS} else [*words]


def instead(word: str, known: Sequence[str], what: str) -> str:
    """Return a hint that names the words nearest to one that is not known, or the first dozen."""
    return near(word, known) or f"the {what} are {listed(list(known), most=12)}"


def some(words: list[str], count: int, *, most: int = 3) -> str:
    """Join the first few of ``count`` words, of which ``words`` are the first known."""
    more = count - min(most, len(words))
    return ", ".join(words[:most]) + (f" and {more:,} more" if more > 0 else "")


_PLAIN_IN_YAML: Final = re.compile(r"[^\W\d](?:[\w./ -]*[\w./])?")
_NO_WORDS_IN_YAML: Final = {"true", "false", "null", "yes", "no", "on", "off"}


def in_yaml(value: object) -> str:
    """Write a value on one line, as YAML reads it back.

    Quotes stand around what would be something else without: ``no``, ``1e3``, ``- x``,
    and what holds a sign of YAML's.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case dict():
            pairs = (f"{in_yaml(key)}: {in_yaml(one)}" for key, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return f"[{', '.join(map(in_yaml, value))}]"
        case _:
            return _word_in_yaml(str(value))


def keys_in_yaml(keys: Mapping[str, object]) -> str:
    """Write keys beside each other as a hint shows them, each as YAML reads it back."""
    return "  ".join(f"{key}: {in_yaml(value)}" for key, value in keys.items())


def as_category(name: str) -> str:
    """Write a feature or a label that is a category, as a definition has it."""
    return in_yaml({"name": name, "kind": "category"})


def _word_in_yaml(text: str) -> str:
    plain = text.isprintable() and _PLAIN_IN_YAML.fullmatch(text)
    if plain and text.lower() not in _NO_WORDS_IN_YAML:
        return text
    import json

    found = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in found)


def title(name: str) -> str:
    """Write the name of a definition as a title: ``Late orders`` of ``late_orders``."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def quoted(word: str) -> str:
    """Write a word as a shell reads it: in quotes where it would be several or special."""
    if set(word).isdisjoint('$`"\\!') and "'" in word:
        return f'"{word}"'
    import shlex

    return shlex.quote(word)


def share(part: float) -> str:
    """Write a share of 1 as a percentage: whole, but never 0% or 100% for less than all."""
    percent = part * 100
    if 0 < percent < 1 or 0 < 100 - percent < 1:
        return f"{'under 1' if percent < 1 else 'over 99'}%"
    return f"{percent:.0f}%"


def plain(text: str) -> str:
    """Make text from data harmless to a terminal: control characters are shown."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


# What stands between a user and an @, and after the word itself in the options of a URL.
_SECRETS = (
    r"(://[^/:@\s]*:)(\S+)(?=@)",
    r"(?i)((?:password|passwd|pwd|token)\s*(?:=|%3D))([^\s&;,'\"}%]+)",
)


def discreet(text: str) -> str:
    """Return a text with a star for each letter of a password or token that a URL in it holds."""
    for secret in _SECRETS:
        text = re.sub(secret, lambda found: found[1] + "*" * len(found[2]), text)
    return text


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0
        if category(character) in {"Mn", "Me"}
        else 2
        if east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Return the lines of a table as a terminal shows them, two blanks between columns.

    Every row has a cell for each column; ``right`` says of each column whether its cells
    stand at the right.
    """
    shown = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        blanks = [" " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)]
        padded = [
            blank + cell if at_right else cell + blank
            for cell, blank, at_right in zip(row, blanks, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


_CODE: Final = re.compile(r"(?<=  )(?:mlcli|--?[^\W\d][\w-]*|[\w-]+:)(?: \S+)+?(?=  |$)")
"""What is to be written as it stands, between two blanks: a key, an option or a command."""


def wrapped(text: str, room: int, *, hang: int = 0) -> list[str]:
    """Return the lines of a text that break between words, and within one that fits in none.

    A key or an option with its value stays in one line, unless it takes more than half of it.
    Lines below the first stand ``hang`` columns further to the right.
    """
    lines, line = [], ""
    held = _CODE.sub(
        lambda code: code[0] if width(code[0]) * 2 > room else code[0].replace(" ", "\0"), text
    )
    for part in re.split(r"(?<=\S)(?= )", held):
        word = part.replace("\0", " ")
        if line and width(line + word) > room:
            lines.append(line)
            line = " " * hang + word.lstrip(" ")
        else:
            line += word
    return [*lines, line]


def cut(text: str, room: int) -> str:
    """Return a line that fits into some columns of a terminal; dots stand for the rest."""
    taken = stays = 0
    for at, character in enumerate(text, start=1):  # no further than needed: it may be long
        taken += width(character)
        if taken > room:
            return f"{text[:stays]}..."
        if taken <= room - 3:
            stays = at
    return text


_APART: Final = 300
"""The most columns of a terminal that a word takes to tell it from others."""


def cut_apart(words: Sequence[str], room: int) -> list[str]:
    """Cut words as ``cut`` does, with as much more room as it takes to tell them apart."""
    while len(set(found := [cut(word, room) for word in words])) < len(set(words)):
        if room >= _APART:
            break
        room += 1
    return found


_NEXT_UNIT: Final = 1000


def size(count: int) -> str:
    """Write a number of bytes: ``735 kB``."""
    if count < _NEXT_UNIT:
        return "1 byte" if count == 1 else f"{count} bytes"
    amount = float(count)
    for unit in ("kB", "MB", "GB"):
        amount /= _NEXT_UNIT
        if round(amount) < _NEXT_UNIT:
            return f"{figure(amount, digits=3)} {unit}"
    return f"{figure(amount / _NEXT_UNIT, digits=3)} TB"

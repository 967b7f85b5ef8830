"""Exports as strangers have them: sound tables, broken in one to three ways, by a seed.

Nothing of mlcli is imported here. A file says beforehand, by looking at its own cells,
whether it still has one meaning: a cell has two where two usual ways of writing numbers or
dates, or two encodings, read all the needed cells and come to different values. The order of
day and month, the marks of numbers and the letters of words are what can be doubted so; of
dotted dates and two-digit years, the day is taken to stand first or second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import NamedTuple

Value = datetime | float | str | None


class Column(NamedTuple):
    """A column of a sound table: cells are written plainly, dates as ISO 8601, none is ''."""

    name: str
    kind: str  # date, time, month, number or word
    cells: list[str]
    needed: bool = True


@dataclass(frozen=True)
class Broken:
    """A file, and what is right.

    ``doubts`` holds pairs of values, each a set of the ways to write it: a question has to
    name both of one pair. There are none where the file has one meaning.
    """

    layout: str
    breaks: tuple[tuple[str, str], ...]
    content: bytes
    kinds: dict[str, str]
    table: dict[str, list[Value]]
    doubts: list[tuple[frozenset[str], frozenset[str]]]


class DoesNotApplyError(Exception):
    """A break means nothing for this sheet, or would leave it without any sound meaning."""


# ---- sound tables -----------------------------------------------------------------------------


def _days(first: str, count: int, step: int = 1) -> list[str]:
    start = datetime.fromisoformat(first)
    return [f"{start + timedelta(days=i * step):%Y-%m-%d}" for i in range(count)]


def _times(draw: Random, first: str, count: int) -> list[str]:
    at, found = datetime.fromisoformat(first), []
    for _ in range(count):
        at += timedelta(minutes=draw.randrange(95, 1900))
        found.append(f"{at:%Y-%m-%d %H:%M:%S}")
    return found


def _numbers(draw: Random, count: int, low: float, high: float, decimals: int = 0) -> list[str]:
    return [f"{draw.uniform(low, high):.{decimals}f}" for _ in range(count)]


def _words(draw: Random, count: int, *words: str) -> list[str]:
    return [*words, *draw.choices(words, k=count - len(words))]


def _holes(draw: Random, cells: list[str], count: int = 3) -> list[str]:
    """Leave some cells empty, but for the first three and the last three."""
    empty = draw.sample(range(3, len(cells) - 3), count)
    return ["" if i in empty else cell for i, cell in enumerate(cells)]


def _till(draw: Random) -> list[Column]:
    tables = _numbers(draw, 30, 1, 40)
    tables[draw.choice([11, 29])] = "bar"
    return [
        Column("ordered_at", "time", _times(draw, "2024-03-04", 30)),
        Column("item", "word", _words(draw, 30, "pizza", "pasta", "salad", '6" plate, small')),
        Column("quantity", "number", _numbers(draw, 30, 1, 9)),
        Column("table_num", "number", tables, needed=False),
        Column("price", "number", _numbers(draw, 30, 4, 60, 2)),
    ]


def _bank(draw: Random) -> list[Column]:
    who = _words(draw, 40, "ACME Ltd.", "Smith, John", "Rent; May", "Total Energy", "Café Noir")
    return [
        Column("Date", "date", _days("2023-11-20", 40, 2)),
        Column("Payee", "word", who, needed=False),
        Column("Category", "word", _words(draw, 40, "food", "rent", "salary", "car")),
        Column("Amount", "number", _numbers(draw, 40, -3200, 4100, 2)),
        Column("Balance", "number", _numbers(draw, 40, 900, 19000, 2), needed=False),
    ]


def _weather(draw: Random) -> list[Column]:
    return [
        Column("day", "date", _days("2024-01-15", 36)),
        Column("station", "word", _words(draw, 36, "Zürich", "Genève", "Köln"), needed=False),
        Column("sky", "word", _words(draw, 36, "clear", "rain", "snow, sleet", "fog")),
        Column("mm", "number", _holes(draw, _numbers(draw, 36, 0, 40, 1))),
        Column("degrees", "number", _numbers(draw, 36, -9, 24, 1)),
    ]


def _products(draw: Random) -> list[Column]:
    names = ["Total", "Soap", "Rice", "Crème brûlée", "Oil", "Summer mix", "Tea", "Salt"]
    return [
        Column("product", "word", _words(draw, 24, *names)),
        Column("listed", "date", _days("2022-05-03", 24, 17), needed=False),
        Column("kg", "number", ["0.250", "0.125", *_numbers(draw, 22, 0.1, 9, 3)]),
        Column("stock", "number", _numbers(draw, 24, 0, 900)),
        Column("price", "number", _numbers(draw, 24, 1, 90, 2)),
    ]


def _twelve_days(draw: Random) -> list[Column]:
    return [
        Column("arrival", "date", _days("2024-05-01", 12)),
        Column("country", "word", _words(draw, 12, "Österreich", "España", "Suède")),
        Column("nights", "number", _numbers(draw, 12, 1, 14)),
        Column("bill", "number", _numbers(draw, 12, 80, 950, 2)),
    ]


def _fair(draw: Random) -> list[Column]:
    times = [
        f"2023-09-{d:02} {draw.randint(8, 19):02}:{draw.choice([0, 15, 30]):02}:00"
        for d in range(2, 12)
        for _ in "ab"
    ]
    return [
        Column("entered", "time", sorted(times)),
        Column("ticket", "word", _words(draw, 20, "child", "adult", "Total pass")),
        Column("persons", "number", _numbers(draw, 20, 1, 6)),
        Column("paid", "number", _numbers(draw, 20, 3, 80, 2)),
    ]


def _months(draw: Random) -> list[Column]:
    months = [f"{2022 + i // 12}-{i % 12 + 1:02}-01" for i in range(26)]
    return [
        Column("month", "month", months),
        Column("region", "word", _words(draw, 26, "north", "south", "east")),
        Column("visits", "number", _numbers(draw, 26, 1100, 9800)),
        Column("revenue", "number", _numbers(draw, 26, 12000, 98000)),
    ]


def _bookings(draw: Random) -> list[Column]:
    names = _words(draw, 28, "O'Hara", "Müller, Jörg", 'The "Club"', "Nguyễn", "Łukasz")
    return [
        Column("name", "word", names, needed=False),
        Column("guests", "number", _numbers(draw, 28, 1, 12)),
        Column("datetime", "time", _times(draw, "2023-06-20", 28)),
        Column("state", "word", _words(draw, 28, "seated", "cancelled", "no-show")),
        Column("spent", "number", _numbers(draw, 28, 20, 400, 2)),
    ]


def _meter(draw: Random) -> list[Column]:
    return [
        Column("from", "time", _times(draw, "2024-10-02", 32)),
        Column("tariff", "word", _words(draw, 32, "day", "night")),
        Column("kwh", "number", ["0.125", "0.750", *_numbers(draw, 30, 0, 6, 3)]),
        Column("cost", "number", _numbers(draw, 32, 0, 3, 4)),
    ]


def _staff(draw: Random) -> list[Column]:
    return [
        Column("id", "word", [f"E{n:04}" for n in range(20)], needed=False),
        Column("team", "word", _words(draw, 20, "Küche", "Bar", "Empfang", "Façade")),
        Column("since", "date", _days("2015-02-11", 20, 97), needed=False),
        Column("hours", "number", _holes(draw, _numbers(draw, 20, 10, 42))),
        Column("pay", "number", _numbers(draw, 20, 1400, 5200, 2)),
    ]


def _shop(draw: Random) -> list[Column]:
    goods = _words(draw, 30, "Хлеб", "Молоко", "Сыр", "Чай")
    return [
        Column("Дата", "date", _days("2024-02-09", 30)),
        Column("Товар", "word", goods),
        Column("Продано", "number", _numbers(draw, 30, 1, 70)),
        Column("Цена", "number", _numbers(draw, 30, 30, 4000, 2)),
    ]


def _tickets(draw: Random) -> list[Column]:
    notes = _words(draw, 26, "call back, urgent", "see #12; done", '"as is"', "n/a yet", "10:30")
    return [
        Column("ticket", "word", [f"T-{n}" for n in range(101, 127)], needed=False),
        Column("opened", "time", _times(draw, "2024-08-01", 26)),
        Column("priority", "word", _words(draw, 26, "low", "high", "urgent")),
        Column("notes", "word", notes, needed=False),
        Column("closed", "date", _holes(draw, _days("2024-08-20", 26)), needed=False),
        Column("replies", "number", _numbers(draw, 26, 0, 30)),
        Column("hours", "number", _numbers(draw, 26, 0, 90, 1)),
    ]


def _shares(draw: Random) -> list[Column]:
    return [
        Column("Date", "date", _days("2023-03-16", 30)),
        Column("Market", "word", _words(draw, 30, "XETRA", "NYSE", "SIX")),
        Column("Close", "number", _numbers(draw, 30, 900, 4200, 2)),
        Column("Volume", "number", _numbers(draw, 30, 20000, 4e6)),
        Column("Change %", "number", _numbers(draw, 30, -6, 6, 2)),
    ]


def _survey(draw: Random) -> list[Column]:
    cities = _words(draw, 25, "São Paulo", "Malmö", "Nice", "York")
    return [
        Column("age", "number", _numbers(draw, 25, 18, 88)),
        Column("city", "word", cities),
        Column("comment", "word", _words(draw, 25, "", "fine", "so, so"), needed=False),
        Column("score", "number", _holes(draw, _numbers(draw, 25, 1, 10, 1))),
        Column("income", "number", _numbers(draw, 25, 900, 9000)),
    ]


def _towns(draw: Random) -> list[Column]:
    return [
        Column("town", "word", _words(draw, 18, "Evora", "Bergen", "Graz")),
        Column("people", "number", _numbers(draw, 18, 12000, 880000)),
        Column("homes", "number", _numbers(draw, 18, 1200, 9900)),
    ]


LAYOUTS: dict[str, Callable[[Random], list[Column]]] = {
    "till": _till,
    "bank": _bank,
    "weather": _weather,
    "products": _products,
    "twelve days": _twelve_days,
    "fair": _fair,
    "months": _months,
    "bookings": _bookings,
    "meter": _meter,
    "staff": _staff,
    "shop": _shop,
    "tickets": _tickets,
    "shares": _shares,
    "survey": _survey,
    "towns": _towns,
}


# ---- a sheet that is being broken -------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """A table on its way to a file."""

    columns: list[Column]
    header: list[str]
    rows: list[list[str]]
    draw: Random
    body: int
    """How many of the rows are rows, and not a footer."""
    before: list[list[str]] = field(default_factory=list)
    above: str = ""
    below: str = ""
    delimiter: str = ","
    quoted: str = "as needed"
    after_delimiter: str = ""
    line_end: str = "\n"
    trailing: str = ""
    """Which full lines end with a delimiter: ``rows``, or ``rows and header``."""
    encoding: str = "utf-8"
    mark: bytes = b""
    decimal: str = "."

    def text(self) -> str:
        """Return the file as text."""
        lines = [self._line(cells) for cells in self.before]
        lines.append(self._line(self.header, trailing="header" in self.trailing))
        rows, width = "rows" in self.trailing, len(self.header)
        lines += [self._line(row, trailing=rows and len(row) == width) for row in self.rows]
        end = self.line_end
        return self.above + end.join(lines) + end + self.below.replace("\n", end)

    def _line(self, cells: list[str], *, trailing: bool = False) -> str:
        if cells == [""]:
            return ""
        written = [self._cell(cell) for cell in cells]
        end = self.delimiter if trailing else ""
        return f"{self.delimiter}{self.after_delimiter}".join(written) + end

    def _cell(self, cell: str) -> str:
        special = {self.delimiter, '"', "\n", "\r"} & set(cell)
        wordy = self.quoted == "words" and re.search(r"[^\W\d]", cell)
        if special or wordy or (self.quoted == "all"):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def mapped(self, kinds: set[str], change: Callable[[str, Column], str]) -> Sheet:
        """Return it with the cells of columns of some kinds changed, but for empty and odd ones."""
        done = 0
        rows = [[*row] for row in self.rows]
        for place, column in enumerate(self.columns):
            if column.kind not in kinds:
                continue
            for number, row in enumerate(rows):
                if place < len(row) and _is_plain(row[place], column.kind):
                    changed = change(row[place], column)
                    done += changed != row[place] and number < self.body and column.needed
                    row[place] = changed
        if not done:
            raise DoesNotApplyError
        return replace(self, rows=rows)


_PLAIN = {
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "month": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "word": re.compile(r"(?s).+"),
}
_DATED = {"date", "time", "month"}


def _is_plain(cell: str, kind: str) -> bool:
    return _PLAIN[kind].fullmatch(cell) is not None


Break = Callable[[Sheet], Sheet]


# ---- lines above and below --------------------------------------------------------------------

_SAYINGS = (
    *("Sales report", "Export", "Branch: Main Street 12", "All shops", "Generated by TillPro 4.2"),
    *("Confidential", "Period: last quarter", "Rapport mensuel", "Page 1", "Currency: EUR"),
)


def _above(
    least: int, most: int, *, cells: int = 1, empty: float = 0, padded: bool = False
) -> Break:
    """Put lines of one cell to ``cells`` above the header; 0 means as many as the header has."""

    def broken(sheet: Sheet) -> Sheet:
        draw, width = sheet.draw, len(sheet.header)
        lines = []
        for number in range(draw.randint(least, most)):
            if number and draw.random() < empty:
                line = [""]
            else:
                line = draw.sample(_SAYINGS, min(draw.randint(1, cells or width), width))
                if len(line) > 1:
                    line[-1] = draw.choice(["17", "2024-05-01", "14:30", "EUR", line[-1]])
            lines.append(line + [""] * (width - len(line)) if padded else line)
        return replace(sheet, before=lines)

    return broken


def _pairs(sheet: Sheet) -> Sheet:
    lines = [["From", "2024-01-01"], ["To", "2024-12-31"], ["Shop", "12"], ["User", "anna"]]
    return replace(sheet, before=lines[: sheet.draw.randint(1, 4)])


def _hashes(sheet: Sheet) -> Sheet:
    lines = [[f"# {saying}"] for saying in sheet.draw.sample(_SAYINGS, sheet.draw.randint(1, 4))]
    return replace(sheet, before=lines)


def _title_and_empty(sheet: Sheet) -> Sheet:
    return replace(sheet, before=[[sheet.draw.choice(_SAYINGS)], [""]])


def _total(*, words: str = "", lines: int = 1) -> Break:
    """Put a line of sums below; the first column holds dates, so that no row is called so."""

    def broken(sheet: Sheet) -> Sheet:
        if sheet.columns[0].kind not in _DATED:
            raise DoesNotApplyError
        row = [sheet.draw.choice(["Total", "TOTAL", "Summe", "Gesamt", "Totale", "Итого"])]
        for place, column in enumerate(sheet.columns[1:], start=1):
            known = [r[place] for r in sheet.rows if _is_plain(r[place], column.kind)]
            sums = column.kind == "number"
            row.append(
                str(sum(map(Decimal, known))) if sums else words if column.kind == "word" else ""
            )
        first = [["Subtotal", *row[1:]]] * (lines - 1)
        return replace(sheet, rows=[*sheet.rows, *first, row])

    return broken


def _note(*, gap: int = 0, padded: bool = False, lines: int = 1) -> Break:
    def broken(sheet: Sheet) -> Sheet:
        if padded and sheet.columns[0].kind == "word":
            raise DoesNotApplyError  # a row of which nothing is known but its name
        notes = [[text] for text in sheet.draw.sample(_SAYINGS, lines)]
        rows = [[""]] * gap + notes
        width = len(sheet.header)
        if padded:
            rows = [row + [""] * (width - len(row)) for row in rows]
        return replace(sheet, rows=[*sheet.rows, *rows])

    return broken


def _hollow(sheet: Sheet) -> Sheet:
    """Put lines of nothing but delimiters below, as spreadsheets do."""
    return replace(
        sheet, rows=[*sheet.rows, *[[""] * len(sheet.header)] * sheet.draw.randint(1, 5)]
    )


def _count(sheet: Sheet) -> Sheet:
    return replace(sheet, rows=[*sheet.rows, [f"{sheet.body} rows"]])


# ---- separators, quotes, encodings ------------------------------------------------------------


def _with(**keys: str | bytes) -> Break:
    return lambda sheet: replace(sheet, **keys)


def _excel_line(delimiter: str) -> Break:
    return lambda sheet: replace(
        sheet, delimiter=delimiter, line_end="\r\n", above=f"sep={delimiter}\r\n{sheet.above}"
    )


def _words_hold_delimiters(sheet: Sheet) -> Sheet:
    """Have needed words with semicolons in a file with semicolons."""
    columns = [
        c._replace(cells=[cell.replace(", ", "; ") for cell in c.cells]) if c.kind == "word" else c
        for c in sheet.columns
    ]
    changed = sheet.mapped({"word"}, lambda cell, _: cell.replace(", ", "; "))
    return replace(changed, columns=columns, delimiter=";")


def _encoded(encoding: str, mark: bytes = b"", *, letters: bool = True) -> Break:
    def broken(sheet: Sheet) -> Sheet:
        text = sheet.text()
        if letters and text.isascii():
            raise DoesNotApplyError
        try:
            text.encode(encoding)
        except UnicodeEncodeError as error:
            raise DoesNotApplyError from error
        return replace(sheet, encoding=encoding, mark=mark)

    return broken


# ---- numbers ----------------------------------------------------------------------------------


def _marks(decimal: str, thousands: str = "") -> Break:
    def written(cell: str, _: Column) -> str:
        sign, whole, mark, rest = re.fullmatch(r"(-?)(\d+)(\.?)(\d*)", cell).groups()
        return sign + f"{int(whole):,}".replace(",", thousands) + mark.replace(".", decimal) + rest

    return lambda sheet: replace(sheet.mapped({"number"}, written), decimal=decimal)


def _signs(below: str, others: str = "{}") -> Break:
    """Write numbers below 0 in another way, and others; ``{}`` is the number without its sign."""

    def written(cell: str, _: Column) -> str:
        return below.format(cell[1:]) if cell.startswith("-") else others.format(cell)

    def broken(sheet: Sheet) -> Sheet:
        cells = [cell for c in sheet.columns if c.needed and c.kind == "number" for cell in c.cells]
        if not any(cell.startswith("-") for cell in cells):
            raise DoesNotApplyError
        return sheet.mapped({"number"}, written)

    return broken


def _plus(sheet: Sheet) -> Sheet:
    return sheet.mapped({"number"}, lambda cell, _: cell if cell[0] == "-" else f"+{cell}")


def _unit(form: str, *, decimals: bool = True) -> Break:
    """Put a sign beside the numbers of each column that has decimals, or has none."""

    def broken(sheet: Sheet) -> Sheet:
        chosen = {c.name for c in sheet.columns if any("." in cell for cell in c.cells) == decimals}

        def written(cell: str, column: Column) -> str:
            sign = "-" if cell.startswith("-") else ""
            return sign + form.format(cell.lstrip("-")) if column.name in chosen else cell

        return sheet.mapped({"number"}, written)

    return broken


# ---- dates ------------------------------------------------------------------------------------

_NAMES = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "de short": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "it short": "gen feb mar apr mag giu lug ago set ott nov dic",
    "en": "January February March April May June July August September October November December",
    "en short": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
}


def _dates(form: str, *, clock: str = " %H:%M:%S", names: str = "en short") -> Break:
    """Write dates in a form of strftime; ``NAME`` is the month's, ``D``, ``M`` have no zero."""

    def written(cell: str, column: Column) -> str:
        at = datetime.fromisoformat(cell)
        month = _NAMES[names].split()[at.month - 1]
        text = at.strftime(form + (clock if column.kind == "time" else ""))
        return text.replace("NAME", month).replace("{D}", str(at.day)).replace("{M}", str(at.month))

    return lambda sheet: sheet.mapped(_DATED, written)


def _monthly(form: str) -> Break:
    return lambda sheet: sheet.mapped(
        {"month"}, lambda cell, _: datetime.fromisoformat(cell).strftime(form)
    )


def _timed(form: str) -> Break:
    """Write times in a form, where there are any."""
    return lambda sheet: sheet.mapped(
        {"time"}, lambda cell, _: datetime.fromisoformat(cell).strftime(form)
    )


def _counted(unit: str) -> Break:
    """Write dates as numbers: seconds, milliseconds or days since a first one."""

    def broken(sheet: Sheet) -> Sheet:
        def written(cell: str, _: Column) -> str:
            at = datetime.fromisoformat(cell)
            if unit == "serial":
                days = Decimal((at - datetime(1899, 12, 30)) // timedelta(seconds=1)) / 86400
                return f"{days:.10f}".rstrip("0").rstrip(".").replace(".", sheet.decimal)
            seconds = int(at.replace(tzinfo=UTC).timestamp())
            return str(seconds * (1000 if unit == "milliseconds" else 1))

        return sheet.mapped({"date", "time"}, written)

    return broken


def _two_forms(first: str, second: str, *, kinds: set[str]) -> Break:
    def broken(sheet: Sheet) -> Sheet:
        forms: dict[str, str] = {}

        def written(cell: str, _: Column) -> str:
            form = forms.setdefault(cell, sheet.draw.choice([first, second]))
            return datetime.fromisoformat(cell).strftime(form)

        return sheet.mapped(kinds, written)

    return broken


def _midnights(sheet: Sheet) -> Sheet:
    """Have half of the times at midnight, and write those as dates alone."""
    if all(c.kind != "time" or not c.needed for c in sheet.columns):
        raise DoesNotApplyError
    if any(len(c.cells) != sheet.body for c in sheet.columns):  # a break before it added cells
        raise DoesNotApplyError
    columns = [
        c._replace(cells=[f"{t[:10]} 00:00:00" if i % 3 else t for i, t in enumerate(c.cells)])
        if c.kind == "time"
        else c
        for c in sheet.columns
    ]
    rows = [[c.cells[i] for c in columns] for i in range(sheet.body)]
    changed = replace(sheet, columns=columns, rows=rows + sheet.rows[sheet.body :])

    def written(cell: str, _: Column) -> str:
        at = datetime.fromisoformat(cell)
        return at.strftime("%d.%m.%Y" if cell.endswith("00:00:00") else "%d.%m.%Y %H:%M:%S")

    return changed.mapped({"time"}, written)


# ---- names ------------------------------------------------------------------------------------


def _more(*names: str, at: int | None = None) -> Break:
    """Put in further columns, which nothing needs."""

    def broken(sheet: Sheet) -> Sheet:
        place = len(sheet.header) if at is None else at
        kinds = ["number"] * len(names)
        more = [Column(n, k, [], needed=False) for n, k in zip(names, kinds, strict=True)]
        header = [*sheet.header[:place], *names, *sheet.header[place:]]
        columns = [*sheet.columns[:place], *more, *sheet.columns[place:]]
        rows = [
            [*row[:place], *[str(i)] * len(names), *row[place:]] if len(row) >= place else row
            for i, row in enumerate(sheet.rows)
        ]
        return replace(sheet, header=header, columns=columns, rows=rows)

    return broken


def _called(*names: str, kinds: set[str] = frozenset({"number", "word"})) -> Break:
    """Give a needed column another name, in the definition as well."""

    def broken(sheet: Sheet) -> Sheet:
        name = sheet.draw.choice(names)
        place = sheet.draw.choice(
            [i for i, c in enumerate(sheet.columns) if c.needed and c.kind in kinds]
        )
        columns = [c._replace(name=name) if i == place else c for i, c in enumerate(sheet.columns)]
        header = [name if i == place else one for i, one in enumerate(sheet.header)]
        return replace(sheet, columns=columns, header=header)

    return broken


def _blanks_in_header(sheet: Sheet) -> Sheet:
    return replace(sheet, header=[f" {name} " for name in sheet.header])


# ---- blanks and words for nothing -------------------------------------------------------------


def _around(kinds: set[str], *forms: str) -> Break:
    def broken(sheet: Sheet) -> Sheet:
        return sheet.mapped(kinds, lambda cell, _: sheet.draw.choice([*forms, "{}"]).format(cell))

    return broken


def _padded(sheet: Sheet) -> Sheet:
    """Fill words with blanks up to one width, as databases do."""
    return sheet.mapped({"word"}, lambda cell, _: f"{cell:<20}")


def _nothing(*words: str) -> Break:
    """Write a word into the empty cells of numbers."""

    def broken(sheet: Sheet) -> Sheet:
        word = sheet.draw.choice(words)
        places = [i for i, c in enumerate(sheet.columns) if c.kind == "number" and "" in c.cells]
        if not any(sheet.columns[i].needed for i in places):
            raise DoesNotApplyError
        rows = [
            [word if i in places and not cell else cell for i, cell in enumerate(row)]
            if number < sheet.body
            else row
            for number, row in enumerate(sheet.rows)
        ]
        return replace(sheet, rows=rows)

    return broken


FAMILIES: dict[str, dict[str, Break]] = {
    "preambles": {
        "a title": _above(1, 1),
        "a title, an empty line": _title_and_empty,
        "two to five lines": _above(2, 5),
        "names and values": _pairs,
        "six to nine lines, some empty": _above(6, 9, cells=3, empty=0.3),
        "lines of one cell to k": _above(1, 6, cells=0),
        "lines with trailing delimiters": _above(1, 5, cells=2, empty=0.3, padded=True),
        "hashes": _hashes,
    },
    "footers": {
        "a total": _total(),
        "a total with words": _total(words="all"),
        "a subtotal and a total": _total(lines=2),
        "a note": _note(),
        "an empty line, a note": _note(gap=1),
        "two notes": _note(lines=2),
        "a note with delimiters": _note(padded=True),
        "delimiters alone": _hollow,
        "how many rows": _count,
    },
    "separators": {
        "semicolon": _with(delimiter=";"),
        "tab": _with(delimiter="\t"),
        "pipe": _with(delimiter="|"),
        "sep=;": _excel_line(";"),
        "sep=,": _excel_line(","),
        "all quoted": _with(quoted="all"),
        "semicolon, all quoted": _with(delimiter=";", quoted="all", line_end="\r\n"),
        "words quoted": _with(quoted="words"),
        "CR and LF": _with(line_end="\r\n"),
        "words with delimiters": _words_hold_delimiters,
    },
    "encodings": {
        "cp1252": _encoded("cp1252"),
        "latin-1": _encoded("latin-1"),
        "mac_roman": _encoded("mac_roman"),
        "cp1251": _encoded("cp1251"),
        "UTF-8 with mark": _encoded("utf-8", b"\xef\xbb\xbf", letters=False),
        "UTF-16 with mark": _encoded("utf-16-le", b"\xff\xfe", letters=False),
        "UTF-16, big end first": _encoded("utf-16-be", b"\xfe\xff", letters=False),
        "UTF-16 without mark": _encoded("utf-16-le", letters=False),
    },
    "numbers": {
        "decimal comma": _marks(","),
        "decimal comma, points": _marks(",", "."),
        "decimal comma, blanks": _marks(",", " "),
        "decimal comma, unbreakable blanks": _marks(",", "\u00a0"),
        "decimal comma, narrow blanks": _marks(",", "\u202f"),
        "thousands by comma": _marks(".", ","),
        "thousands by blank": _marks(".", " "),
        "thousands by apostrophe": _marks(".", "'"),
        "thousands by U+2019": _marks(".", "\u2019"),
        "brackets": _signs("({})"),
        "minus behind": _signs("{}-"),
        "U+2212": _signs("\u2212{}"),
        "an apostrophe before negatives": _signs("'-{}"),
        "an apostrophe before all": _signs("'-{}", "'{}"),
        "brackets with a currency": _signs("(${})", "${}"),
        "leading plus": _plus,
        "a currency before": _unit("${}"),
        "a currency and a blank before": _unit("€ {}"),
        "a currency behind": _unit("{} €"),
        "a code behind": _unit("{} EUR"),
        "percent": _unit("{} %", decimals=False),
    },
    "dates": {
        "d.m.Y": _dates("%d.%m.%Y", clock=" %H:%M"),
        "m/d/Y": _dates("%m/%d/%Y"),
        "d/m/Y": _dates("%d/%m/%Y"),
        "d-m-Y": _dates("%d-%m-%Y"),
        "m/d/Y without zeros": _dates("{M}/{D}/%Y", clock=" %H:%M"),
        "d.m.y": _dates("%d.%m.%y"),
        "m/d/y": _dates("%m/%d/%y"),
        "Y/m/d": _dates("%Y/%m/%d"),
        "Ymd": _dates("%Y%m%d"),
        "English months": _dates("%d-NAME-%Y"),
        "English months first": _dates("NAME {D}, %Y", clock=" %H:%M", names="en"),
        "German months": _dates("{D}. NAME %Y", names="de"),
        "German short months": _dates("%d-NAME-%Y", names="de short"),
        "French months": _dates("{D} NAME %Y", names="fr"),
        "Italian months": _dates("{D} NAME %Y", names="it"),
        "Italian short months": _dates("%d NAME %Y", names="it short"),
        "Spanish months": _dates("{D} NAME %Y", names="es"),
        "12-hour clock": _timed("%m/%d/%Y %I:%M:%S %p"),
        "with and without time": _midnights,
        "two forms": _two_forms("%Y-%m-%d", "%d.%m.%Y", kinds={"date", "month"}),
        "offsets": _timed("%Y-%m-%dT%H:%M:%S+02:00"),
        "an offset after a blank": _timed("%Y-%m-%d %H:%M:%S -0500"),
        "Z": _timed("%Y-%m-%dT%H:%M:%SZ"),
        "UTC": _timed("%Y-%m-%d %H:%M:%S UTC"),
        "epoch seconds": _counted("seconds"),
        "epoch milliseconds": _counted("milliseconds"),
        "Excel serials": _counted("serial"),
        "Y-m": _monthly("%Y-%m"),
        "m/Y": _monthly("%m/%Y"),
    },
    "names": {
        "names that stand twice": _more("note", "note"),
        "signs alone": _more("%", "#", "?"),
        "no name at the end": _more(""),
        "no name at the front": _more("", at=0),
        "a trailing delimiter": _with(trailing="rows and header"),
        "a trailing delimiter below the header": _with(trailing="rows"),
        "a colon": _called("Price: net", "at: shop", ":x"),
        "a comma or quotes": _called("Price, net", '6" plate', "a, b, c", "it's"),
        "signs of YAML": _called("# of orders", "- x", "[kg]", "{a}", "*a", "&b", "@home"),
        "words of YAML": _called("no", "1e3", "null", "true", "2024", "1.50", "12:30"),
        "blanks in the header": _blanks_in_header,
        "a long name": _called("how many guests the house had " * 9 + "in all"),
        "a line break": _called("Net\nprice"),
    },
    "blanks": {
        "around words": _around({"word"}, " {}", "{} ", "  {}  "),
        "around numbers": _around({"number"}, " {}", "{} ", "  {}"),
        "unbreakable around words": _around({"word"}, "{}\u00a0", "\u00a0{}"),
        "tabs around words": _around({"word"}, "{}\t", "\t{}"),
        "words of one width": _padded,
        "after the delimiter": _with(after_delimiter=" "),
        "empty lines at the end": _with(below="\n\n\n"),
        "a line of blanks at the end": _with(below="   \n"),
        "a dash for nothing": _nothing("-", "--", "–"),
        "n/a for nothing": _nothing("n/a", "NA", "N/A", "#N/A", "na"),
        "null for nothing": _nothing("NULL", "null", "None", "nan", "NaN"),
        "a question mark for nothing": _nothing("?", "k.A.", "."),
    },
}
"""By family what can be wrong with an export; applied in an order in which each holds."""

_ORDER = ("names", "footers", "numbers", "dates", "blanks", "separators", "preambles", "encodings")


def draw(seed: int, count: int) -> Iterator[Broken]:
    """Draw broken files; the same seed draws the same."""
    source = Random(seed)
    for _ in range(count):
        found = None
        while found is None:
            names = source.sample([*FAMILIES], source.choice([1, 2, 2, 3]))
            chosen = [
                (family, source.choice([*FAMILIES[family]])) for family in _ORDER if family in names
            ]
            layouts = source.sample([*LAYOUTS], len(LAYOUTS))
            found = next(filter(None, (_tried(one, chosen, source) for one in layouts)), None)
        yield found


def _tried(layout: str, breaks: list[tuple[str, str]], source: Random) -> Broken | None:
    try:
        return broken(layout, breaks, source.randrange(2**32))
    except DoesNotApplyError:
        return None


def broken(layout: str, breaks: list[tuple[str, str]], seed: int) -> Broken:
    """Return a layout's file, broken in these ways.

    Raises
    ------
    DoesNotApplyError
        They mean nothing for it, or do not go together.
    """
    source = Random(seed)
    columns = LAYOUTS[layout](source)
    rows = [list(row) for row in zip(*(c.cells for c in columns), strict=True)]
    sheet = Sheet(columns, [c.name for c in columns], rows, source, body=len(rows))
    for family, name in breaks:
        sheet = FAMILIES[family][name](sheet)
    if sheet.after_delimiter and '"' in sheet.text():
        raise DoesNotApplyError  # a quote after a blank is none
    needed = [c for c in sheet.columns if c.needed]
    return Broken(
        layout,
        tuple(breaks),
        sheet.mark + sheet.text().encode(sheet.encoding),
        {c.name: "date" if c.kind in _DATED else c.kind for c in needed},
        {c.name: [_value(cell, c.kind) for cell in c.cells] for c in needed},
        [*_doubtful_numbers(sheet), *_doubtful_dates(sheet), *_doubtful_letters(sheet)],
    )


def _value(cell: str, kind: str) -> Value:
    if not cell:
        return None
    if kind in _DATED:
        return datetime.fromisoformat(cell)
    return float(cell) if kind == "number" else cell


# ---- has it one meaning? ----------------------------------------------------------------------

Doubts = list[tuple[frozenset[str], frozenset[str]]]

_SPACES = " \u00a0\u202f"
_READINGS = (
    *((".", ""), (".", ","), (".", _SPACES), (".", "'\u2019")),
    *((",", ""), (",", "."), (",", _SPACES), (",", "'\u2019")),
)
"""Decimal marks, each with the marks of thousands that go with it."""


def _doubtful_numbers(sheet: Sheet) -> Doubts:
    """Read all needed numbers in each usual way; the whole file is written in one."""
    cells = [
        row[place]
        for place, column in enumerate(sheet.columns)
        if column.kind == "number" and column.needed
        for row in sheet.rows[: sheet.body]
    ]
    digits = [m[0] for m in (re.search(rf"\d[\d.,'\u2019{_SPACES}]*(?<! )", c) for c in cells) if m]
    read = [_read(digits, *marks) for marks in _READINGS]
    known = [one for one in read if one is not None]
    first = known[0]
    return [
        (_ways_to_write(first[i]), _ways_to_write(other[i]))
        for other in known[1:]
        for i in range(len(digits))
        if other[i] != first[i]
    ]


def _read(digits: list[str], decimal: str, thousands: str) -> list[Decimal] | None:
    mark = f"[{re.escape(thousands)}]" if thousands else "(?!)"
    form = re.compile(rf"(\d+|[1-9]\d{{0,2}}(?:{mark}\d{{3}})+)(?:{re.escape(decimal)}(\d+))?")
    found = []
    for one in digits:
        match = form.fullmatch(one.strip(_SPACES))
        if match is None:
            return None
        found.append(Decimal(re.sub(r"\D", "", match[1]) + "." + (match[2] or "0")))
    return found


def _ways_to_write(number: Decimal) -> frozenset[str]:
    short = f"{number.normalize():f}"
    return frozenset({short, f"{number:,f}", f"{number:f}", f"{Decimal(short):,f}"})


_BY_NUMBER = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)(?!\d)")


def _doubtful_dates(sheet: Sheet) -> Doubts:
    """Read the dates of each needed column with the day first, and with the month first."""
    doubts: Doubts = []
    for place, column in enumerate(sheet.columns):
        if not column.needed or column.kind not in _DATED:
            continue
        found = [_BY_NUMBER.match(row[place]) for row in sheet.rows[: sheet.body]]
        parts = [(int(m[1]), int(m[3]), int(m[4])) for m in found if m]
        if all(one <= 12 and other <= 12 for one, other, _ in parts):
            doubts += [
                (frozenset({f"{y}-{a:02}-{b:02}"}), frozenset({f"{y}-{b:02}-{a:02}"}))
                for a, b, year in parts
                for y in [year + 2000 if year < 100 else year]
                if a != b
            ]
    return doubts


_ONE_BYTE = ("cp1252", "mac_roman", "cp1251")
_SIGNS = set("€£°–—’‘“”«»…§·\u00a0\u202f\u2212")


def _doubtful_letters(sheet: Sheet) -> Doubts:
    """Read the file in each usual encoding of one byte; a word must look like one."""
    if sheet.encoding not in {*_ONE_BYTE, "latin-1"}:
        return []
    words = [c for column in sheet.columns if column.needed for c in [column.name, *column.cells]]
    right = sheet.text()
    likely = []
    for encoding in _ONE_BYTE:
        try:
            text = right.encode(sheet.encoding).decode(encoding)
        except UnicodeDecodeError:
            continue
        if text != right and _looks_right(text):
            likely.append(encoding)
    return [
        (frozenset({word}), frozenset({word.encode(sheet.encoding).decode(encoding)}))
        for encoding in likely
        for word in words
        if not word.isascii()
    ]


def _looks_right(text: str) -> bool:
    signs = {c for c in text if not c.isascii() and not c.isalpha()}
    words = re.findall(r"[^\W\d_]+", text)
    return signs <= _SIGNS and all(map(_is_a_word, words))


def _is_a_word(word: str) -> bool:
    cyrillic = [c for c in word if "\u0400" <= c <= "\u04ff"]
    if cyrillic and len(cyrillic) < len(word):
        return False
    if not cyrillic and re.search(r"[^\x00-\x7f]{3}", word):
        return False
    return not any(a.islower() and b.isupper() for a, b in pairwise(word))

"""What the layouts share: five languages, how cells are written, and what a reference says."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LANGUAGES = ("en", "de", "fr", "es", "nl")


@dataclass(frozen=True)
class Style:
    """How a language writes what an export holds."""

    language: str
    decimal: str
    thousands: str
    date: str
    delimiter: str
    money: str
    weekdays: tuple[str, ...]

    @property
    def time(self) -> str:
        return f"{self.date} %H:%M"

    def said(self, words: str) -> str:
        """Return this language's of five words with ``|`` between them."""
        return [word.strip() for word in words.split("|")][LANGUAGES.index(self.language)]

    def names(self, table: Mapping[str, str]) -> dict[str, str]:
        """Return what columns are called in this language."""
        names = {key: self.said(words) for key, words in table.items()}
        assert len({*names.values()}) == len(names), "two columns of one name"
        return names

    def number(self, value: float, digits: int = 2, *, grouped: bool = False) -> str:
        """Return a number as a cell, empty where there is none."""
        if pd.isna(value):
            return ""
        plain = f"{value:,.{digits}f}" if grouped else f"{value:.{digits}f}"
        swap = {",": self.thousands, ".": self.decimal}
        return "".join(swap.get(sign, sign) for sign in plain)

    def price(self, value: float, digits: int = 2) -> str:
        """Return an amount with its currency sign where this language puts it."""
        text = self.number(value, digits)
        if not text:
            return ""
        return f"{self.money}{text}" if self.language == "en" else f"{text} {self.money}"

    def day(self, value: Any, form: str = "") -> str:
        """Return a date as a cell, empty where there is none."""
        return "" if pd.isna(value) else pd.Timestamp(value).strftime(form or self.date)

    @property
    def yes(self) -> str:
        return self.said("Yes|Ja|Oui|Sí|Ja")

    @property
    def no(self) -> str:
        return self.said("No|Nein|Non|No|Nee")


_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
}
STYLES = {
    language: Style(language, decimal, thousands, date, delimiter, money, (*days.split(),))
    for (language, days), (decimal, thousands, date, delimiter, money) in zip(
        _DAYS.items(),
        [
            (".", ",", "%m/%d/%Y", ",", "$"),
            (",", ".", "%d.%m.%Y", ";", "€"),
            (",", " ", "%d/%m/%Y", ";", "€"),
            (",", ".", "%d/%m/%Y", ";", "€"),
            (",", ".", "%d-%m-%Y", ";", "€"),
        ],
        strict=True,
    )
}
ENGLISH_DAYS = STYLES["en"].weekdays


@dataclass(frozen=True)
class Proposed:
    """What a definition must come to: the rows that are learned from, in any order.

    Attributes
    ----------
    features
        The kind and the values of each, by its name in the export, or by what it is made of.
    label
        What is answered, row by row.
    model, holdout
        How it is learned and judged; no hold-out in a catalogue.
    key
        The day, week, month, time or id of each row; ``None`` where rows have no key.
    dated
        Whether that key is a date.
    """

    features: dict[str, tuple[str, list[Any]]]
    label: list[Any]
    model: str
    holdout: str = "newest 20%"
    key: list[Any] | None = None
    dated: bool = True


@dataclass(frozen=True)
class CannotKnow:
    """What the files alone do not say, and the readings that must be named."""

    about: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Exports, what is asked of them, and what the reference says."""

    files: dict[str, bytes]
    ask: str
    expected: Proposed | CannotKnow
    names: dict[str, str] = field(default_factory=dict)


def export(
    columns: Mapping[str, Sequence[Any]],
    style: Style,
    rng: np.random.Generator | None = None,
    *,
    delimiter: str = "",
    encoding: str = "utf-8",
    above: Sequence[str] = (),
    below: Sequence[Sequence[str]] = (),
) -> tuple[bytes, list[str]]:
    """Return a file, its columns in an order drawn at random, and that order."""
    order = list(columns)
    if rng is not None:
        rng.shuffle(order)
    text = io.StringIO()
    out = csv.writer(text, delimiter=delimiter or style.delimiter, lineterminator="\r\n")
    out.writerow(order)
    out.writerows(zip(*(columns[name] for name in order), strict=True))
    out.writerows([dict(zip(columns, row, strict=True))[n] for n in order] for row in below)
    titles = "".join(f"{line}\r\n" for line in above)
    return (titles + text.getvalue()).encode(encoding), order


def in_two(name: str, text: bytes) -> dict[str, bytes]:
    """Return a file as two, as they are exported a month each."""
    header, *lines = text.splitlines(keepends=True)
    half = len(lines) // 2
    stem, dot, ending = name.rpartition(".")
    return {
        f"{stem}-2024-01{dot}{ending}": header + b"".join(lines[:half]),
        f"{stem}-2024-02{dot}{ending}": header + b"".join(lines[half:]),
    }


def workbook(columns: Mapping[str, Sequence[Any]], rng: np.random.Generator) -> bytes:
    """Return an Excel file, its columns in an order drawn at random."""
    made = io.BytesIO()
    _shuffled(columns, rng).to_excel(made, index=False)
    return made.getvalue()


def parquet(columns: Mapping[str, Sequence[Any]], rng: np.random.Generator) -> bytes:
    """Return a Parquet file, its columns in an order drawn at random."""
    made = io.BytesIO()
    _shuffled(columns, rng).to_parquet(made, index=False)
    return made.getvalue()


def _shuffled(columns: Mapping[str, Sequence[Any]], rng: np.random.Generator) -> pd.DataFrame:
    order = list(columns)
    rng.shuffle(order)
    return pd.DataFrame({name: columns[name] for name in order})


def quoted(name: str) -> str:
    """Return a name as it stands in a question."""
    return name if name.replace("_", "").isalnum() else f'"{name}"'


def picked(rng: np.random.Generator, words: str, count: int, weights: Any = None) -> list[str]:
    """Draw words, separated by ``,`` where they are written."""
    return [str(word) for word in rng.choice(words.split(","), count, p=weights)]


def covered(dates: pd.Series, unit: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last period (``W`` or ``M``) that lie within dates, by their starts."""
    first, last = dates.min().normalize(), dates.max().normalize()
    begins = first.to_period(unit).start_time
    ends = last.to_period(unit).end_time.normalize()
    low = begins if begins == first else (first.to_period(unit) + 1).start_time
    high = last.to_period(unit).start_time
    return low, high if ends == last else (last.to_period(unit) - 1).start_time


def starts(dates: pd.Series, unit: str) -> pd.Series:
    """Return the day on which the week (from Monday) or month of each date begins."""
    return dates.dt.to_period(unit).dt.start_time

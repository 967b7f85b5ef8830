"""One export as a definition describes it: where it is, how it is written, and its rules."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from mlcli import wording
from mlcli.definition.engines import names_a_variable
from mlcli.definition.rules.registry import Step
from mlcli.definition.vocabulary import (
    AS_LIST,
    AS_MANY,
    DateForms,
    Frozen,
    Name,
    Names,
    OptionError,
    one_or_more,
)
from mlcli.errors import near
from mlcli.grammar import cells, date_notation, source_phrases
from mlcli.grammar.notation import Notation

_MOST = 100


def few(value: Any) -> Any:
    """Raise over more rules or sources than anybody writes: each is a step in each other."""
    if len(value) > _MOST:
        message = f"there are {len(value):,} of them, and at most {_MOST} are read"
        raise OptionError(message, "is this file made by a program? Write what is needed")
    return value


Rules = Annotated[tuple[Step, ...], AS_LIST, AfterValidator(few)]


def _keeps_no_secret(url: str) -> str:
    """Refuse what is no URL of a database, and one that holds a password."""
    if url.startswith("$"):
        return names_a_variable(url, "TILL_DB")
    if wording.discreet(url) != url:
        raise OptionError(
            "the URL holds a password, and a definition is no place for one",
            "put the URL into an environment variable, and name that:  url: $TILL_DB",
        )
    if not re.match(r"[A-Za-z][A-Za-z0-9_+]*://", url):
        raise OptionError(
            "this is no URL of a database",
            "write  $NAME  for an environment variable that holds one, "
            "or one without a password, such as sqlite:///data/till.db",
        )
    return url


class Sql(Frozen):
    """A table of a database, or what a query finds in it."""

    url: Annotated[Name, AfterValidator(_keeps_no_secret)]
    """$NAME, an environment variable that holds the URL; or the URL itself, where it holds no
    password."""

    table: Name | None = None
    """The table, or schema.table."""

    query: Annotated[Name, AfterValidator(source_phrases.check)] | None = None
    """A SELECT, where a table is not enough."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.table is None and self.query is None:
            raise OptionError("neither a table nor a query is named", "write  table: NAME")
        if self.table is not None and self.query is not None:
            raise OptionError("a table and a query are named", "take one away", key="query")
        return self


def _known_months(language: str) -> str:
    """Refuse a language whose names of months are not known."""
    try:
        date_notation.months(language)
    except ValueError as error:
        message = f"the months of the language {language!r} are not known"
        raise OptionError(message, "write its two letters, such as de, fr or es") from error
    return language


class Dates(Frozen):
    """How an export writes its dates."""

    format: DateForms
    """In the codes of strptime, such as %d.%m.%Y, or what a number counts: epoch seconds, epoch
    milliseconds, excel serial. Several in a list."""

    language: Annotated[Name, AfterValidator(_known_months)] | None = None
    """Whose names months have, such as de; English ones if not said."""

    @model_validator(mode="after")
    def _of_one_mind(self) -> Self:
        if doubt := date_notation.at_odds(self.format):
            cell, one, other = doubt
            raise OptionError(
                f'{cell!r} is one date by "{one}" and another by "{other}"',
                "keep the one that the export writes; where it writes both, export it anew",
                key="format",
            )
        if self.language and not any("%b" in form or "%B" in form for form in self.format):
            raise OptionError(
                "no form has a month's name, so that a language says nothing",
                "write %b or %B for the month, or take  language:  away",
                key="language",
            )
        return self


_CSV_KEYS = ("encoding", "delimiter", "skip_rows", "skip_footer", "columns")
_EXCEL_KEYS = ("sheet", "range")


_ENCODINGS = (
    *("cp1252", "utf-8", "utf-16", "latin-1", "ascii", "iso-8859-1", "iso-8859-15", "mac_roman"),
    *("windows-1252", "cp1250", "cp1251", "cp437", "cp850", "koi8-r", "utf-16-le", "utf-16-be"),
    *("shift_jis", "euc_jp", "gb18030", "gbk", "big5", "euc_kr"),
)
_CODECS_OF_NAMES = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}


def _keeps_text(encoding: str) -> bool:
    """Say whether an encoding is known, and keeps letters as bytes."""
    try:
        "".encode(encoding)
    except (LookupError, ValueError):  # base64 and the like are no encodings of text
        return False
    return codecs.lookup(encoding).name.replace("-", "_") not in _CODECS_OF_NAMES


def _is_sign(character: str) -> bool:
    """Say whether a character may tell a unit from the digits and marks of a number."""
    return character.isalpha() or unicodedata.category(character) in {"Sc", "So", "Po", "Sk"}


def _of_cells(text: str) -> str:
    """Refuse what is no range of cells."""
    source_phrases.parse(text)
    return text


def _known(encoding: str) -> str:
    """Refuse an encoding that there is not."""
    if not _keeps_text(encoding):
        hint = near(encoding, _ENCODINGS) or f"such as {', '.join(_ENCODINGS[:4])}"
        raise OptionError(f"there is no encoding {encoding!r}", hint)
    return encoding


def _named_once(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of columns without the spaces around; each may be there once."""
    if len(columns) == 1 and "," in columns[0]:
        apart = [name.strip() for name in columns[0].split(",")]
        example = f"write  columns: {wording.in_yaml(apart)}"
        raise OptionError("several columns stand in a list", example)
    names = tuple(name.strip() for name in columns)
    for position, name in enumerate(names, start=1):
        if not name:
            raise OptionError(f"column {position} has no name", "name every column")
        if (first := names.index(name) + 1) < position:
            message = f"columns {first} and {position} are both called {name!r}"
            raise OptionError(message, "give every column a name of its own")
    return names


def _no_number(units: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse units that could be a part of the number they stand beside."""
    for unit in units:
        if not any(map(_is_sign, unit)) or unit[0] in "+-.,'" or unit[0].isdigit():
            message = f"{unit!r} beside a number could be part of it"
            raise OptionError(message, "name the sign or the word alone, such as € or kg")
    return units


Negatives: TypeAlias = Annotated[
    tuple[Literal["brackets", "trailing", "minus sign"], ...],
    Field(min_length=1),
    AS_MANY,
    one_or_more({"enum": [*cells.NEGATIVES]}),
]


class Source(Frozen):
    """One export, and the rules that turn it into a table."""

    file: Names | None = None
    """A file, relative to the project folder: CSV (or .csv.gz), .parquet, .xlsx; or several of one
    form: a list, a pattern with *, a folder. - is standard input."""

    sql: Sql | None = None
    """A database in place of a file."""

    encoding: Annotated[Name, AfterValidator(_known)] | None = None
    """How letters are kept, such as cp1252; UTF-8 where it is not said."""

    delimiter: Literal[",", ";", "|", "tab"] | None = None
    """What stands between cells; found out where it is not said."""

    skip_rows: Annotated[int, Field(ge=0)] = 0
    """How many lines stand above the header (or above the rows, with columns)."""

    skip_footer: Annotated[int, Field(ge=0)] = 0
    """How many lines stand below the last row."""

    columns: Annotated[Names, AfterValidator(_named_once)] | None = None
    """The names of the columns, of a file that has no header."""

    sheet: Name | None = None
    """Which sheet of a workbook; the only one if not."""

    range: Annotated[Name, AfterValidator(_of_cells)] | None = None
    """Which cells of the sheet, such as A3:D200."""

    totals: Literal["keep"] | None = None
    """keep: rows are rows, though they look like totals or notes."""

    decimal: Literal[".", ","] = "."
    """What stands before decimals."""

    thousands: Literal[",", ".", " ", "'", "’"] | None = None
    """What stands between groups of three digits; both apostrophes are read as one."""

    unit: Annotated[Names, AfterValidator(_no_number)] | None = None
    """What may stand beside a number: €, %. Its value stays as written."""

    negative: Negatives | None = None
    """How numbers below 0 are written besides -30: brackets (30), trailing 30-, minus sign."""

    text_mark: Literal["'"] | None = None
    """What may stand before a number to mark it as text: '30."""

    dates: Dates | None = None
    """How dates are written, if not as 2023-06-08 or 2023-06-08 19:30."""

    missing: Names | None = None
    """Words that stand for an empty cell, such as NA."""

    blanks: Literal["keep"] | None = None
    """keep: blanks around words are a part of them; they are trimmed if not."""

    timezone: Name | None = None
    """Where the wall clock hangs, such as Europe/Rome, if times carry offsets."""

    times_in: Name | None = None
    """The zone of times without an offset, such as UTC."""

    rules: Rules = ()

    @model_validator(mode="after")
    def _of_one_form(self) -> Self:
        if self.file is None and self.sql is None:
            raise OptionError("'file' is missing", "add  file: data/FILE.csv")
        if self.file is not None and self.sql is not None:
            raise OptionError("a source is a file or a database", "take one away", key="sql")
        if self.thousands == self.decimal:
            message = f"{self.decimal!r} cannot mark both decimals and thousands"
            raise OptionError(message, "take one of the two away", key="thousands")
        others = {"csv": _EXCEL_KEYS, "excel": _CSV_KEYS}
        for key in others.get(self.form, (*_CSV_KEYS, *_EXCEL_KEYS)):
            if key in self.model_fields_set:
                fits = "Excel workbooks" if key in _EXCEL_KEYS else "CSV files"
                message = f"{key!r} is for {fits}, and this is {_FORMS[self.form]}"
                raise OptionError(message, "take it away", key=key)
        away = [*filter(source_phrases.lies_on_cluster, self.file or ())]
        if away and len(away) < len(self.file or ()):
            raise OptionError(
                "some of its files lie on a cluster, and some here",
                "make a source of each",
                key="file",
            )
        one = self.form == "excel" or (self.form == "parquet" and not away)
        if one and self.file and (len(self.file) > 1 or "*" in self.file[0]):
            raise OptionError(
                f"only CSV files are read several at a time, and this is {_FORMS[self.form]}",
                "name one file, or make a source of each",
                key="file",
            )
        return self

    @property
    def form(self) -> Literal["csv", "parquet", "excel", "sql"]:
        """Return what kind of export this is, by the name of its first file."""
        if self.file is None:
            return "sql"
        name = self.file[0].lower().rstrip("/")
        if name.endswith((".parquet", ".pq")):
            return "parquet"
        return "excel" if name.endswith((".xlsx", ".xlsm")) else "csv"

    @property
    def on_cluster(self) -> bool:
        """Say whether its files lie on a cluster."""
        return any(map(source_phrases.lies_on_cluster, self.file or ()))

    @property
    def named(self) -> str:
        """Return how the export is named in messages and in the account of rows."""
        if self.file is None:
            assert self.sql is not None
            return self.sql.table or "the query"
        first, more = self.file[0], len(self.file) - 1
        return f"{first} and {more} more" if more else first

    @property
    def notation(self) -> Notation:
        """Return how it writes its cells."""
        return Notation(
            decimal=self.decimal,
            thousands=(self.thousands or "").replace("’", "'"),
            units=self.unit or (),
            negative=self.negative or (),
            text_mark=self.text_mark or "",
            dates=self.dates.format if self.dates else (),
            language=(self.dates.language or "") if self.dates else "",
            times_in=self.times_in or "",
            missing=frozenset(self.missing or ()),
            keeps_blanks=self.blanks == "keep",
        )


_FORMS = {
    "csv": "a CSV file",
    "parquet": "a Parquet file",
    "excel": "an Excel workbook",
    "sql": "a database",
}

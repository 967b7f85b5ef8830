"""What a report consists of, and how it is written: HTML that needs nothing else, or Markdown.

The templates draw sections of paragraphs, tables and pictures, whatever stands in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from mlcli import wording
from mlcli.errors import missing_extra

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.pictures.colours import Colours


class Stated(NamedTuple):
    """A number as it is written, and as ``of`` has it: a command, and the keys of its JSON."""

    text: str
    of: str
    value: float | None = None


class Code(NamedTuple):
    """What is to be written as it stands: a command, a key."""

    text: str


Part = str | Stated | Code
Line = tuple[Part, ...]
"""A sentence or a cell."""


@dataclass(frozen=True)
class Paragraphs:
    """Sentences, each on its own; as they are ``large``, the answer itself."""

    kind: ClassVar = "paragraphs"
    lines: Sequence[Line]
    large: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: its first column names rows; the columns of numbers stand at the right."""

    kind: ClassVar = "grid"
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Line]]
    words: frozenset[int] = frozenset()
    caption: str = ""


@dataclass(frozen=True)
class Drawn:
    """A picture, by its name."""

    kind: ClassVar = "drawn"
    name: str


@dataclass(frozen=True)
class Listing:
    """Text as it stands in a file."""

    kind: ClassVar = "listing"
    text: str


@dataclass(frozen=True)
class Pairs:
    """What is known under some names."""

    kind: ClassVar = "pairs"
    pairs: Sequence[tuple[str, str]]


Block = Paragraphs | Grid | Drawn | Listing | Pairs


@dataclass(frozen=True)
class Section:
    """Blocks under a title; ``name`` is what links lead to."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """All of it, with light and dark colours; the names of ``folders`` are left out."""

    title: str
    question: str
    made: str
    sections: Sequence[Section]
    folders: Sequence[str]
    colours: tuple[Colours, Colours]


def line(text: str) -> Line:
    """Return a sentence of a screen as one to print, which may hold code between two blanks.

    It begins with a capital letter and ends with a full stop.
    """
    said = f"{text[:1].upper()}{text[1:]}"
    said += "" if said.endswith((".", "?", "!", ":")) else "."
    return tuple(_parts(said))


def lines(texts: Sequence[str]) -> list[Line]:
    """Return sentences of a screen as some to print."""
    return [line(text) for text in texts if text]


_CODE: Final = re.compile(r"  +((?:mlcli|[\w-]+:|--?\w)(?:[^ ]| (?! ))*?)(?:  +|(?=[.;,]?$))")


def _parts(text: str) -> list[Part]:
    """Return the code of a sentence apart from its words."""
    found: list[Part] = []
    end = 0
    for code in _CODE.finditer(text):
        found += [_plain(text[end : code.start()]) + " ", Code(code[1])]
        end = code.end()
        if text[end - 1] == " ":
            found.append(" ")
    return [*found, _plain(text[end:])] if text[end:] else found


def _plain(text: str) -> str:
    return re.sub(r" {2,}", " ", text)


def render(report: Report, template: str, pictures: Mapping[str, str]) -> str:
    """Return a report as a template writes it; ``pictures`` are SVG, or files, by name.

    Raises
    ------
    EnvironmentProblemError
        The extra ``[report]`` is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
    except ImportError as error:
        raise missing_extra("report", "reports need") from error
    environment = Environment(
        loader=PackageLoader("mlcli.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["private"] = lambda text: private(text, report.folders)
    environment.filters["cell"] = lambda text: _cell(private(text, report.folders))
    return environment.get_template(template).render(report=report, pictures=pictures)


_PATH: Final = re.compile(
    r"(?<![\w.])(?:[A-Za-z]:[\\/]|~\w*[\\/]|[\\/]{1,2}(?=[^\s\\/]+[\\/]))"
    r"(?:[^\s\\/'\",:;]+[\\/])*(?=[^\s\\/])"
)


def private(text: str, folders: Sequence[str]) -> str:
    """Return a text without passwords, and without folders: known ones, and those of paths."""
    for folder in sorted(filter(None, folders), key=len, reverse=True):
        text = text.replace(f"{folder}/", "…/").replace(f"{folder}\\", "…/")
    return _PATH.sub("…/", wording.discreet(text))


def _cell(text: str) -> str:
    """Return text as it stands in Markdown: nothing in it is a sign of Markdown's."""
    for sign in ("\\", "`", "*", "_", "[", "]", "<", ">", "|", "#"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")

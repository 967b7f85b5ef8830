"""YAML text to plain values that remember where they stood.

The YAML 1.2 core schema and nothing else: ``no`` and ``18:30`` are text, ``1e3``
is a number, a date stays text. One document, no anchors, aliases, tags, merge
keys or duplicate keys.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.vocabulary import Path

_MOST_CHARACTERS: Final = 1_000_000
_DEEPEST: Final = 50
_MOST_VALUES: Final = 5_000
_NO_DEFINITION: Final = "a definition takes a few dozen lines; is this one?"

_INTEGER: Final = re.compile(r"[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?", re.ASCII)
_NAMED: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Where PyYAML counts a new line.
_LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# What no text may hold, not even written as an escape: other control characters
# than a tab and the end of a line, and halves of characters.
_FOREIGN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text; line and column count from 0, as YAML marks do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that definitions do without, where it stands, and what to do about it."""

    spot: Spot
    message: str
    hint: str


class YamlError(ValueError):
    """The text is not the YAML that definitions are written in."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__("; ".join(flaw.message for flaw in flaws))
        self.flaws = flaws


class Document:
    """One YAML document: its text, its tree of nodes, and its plain value.

    ``flaws`` are what is wrong with single values and keys, which does not keep the
    others from being read.
    """

    def __init__(self, text: str) -> None:
        """Read the text; raises ``YamlError`` where it cannot be read to its end."""
        self.text = text
        self.lines = lines_of(text)
        self.root = _compose(text, self.lines)
        self.flaws: list[Flaw] = []
        self._partial: set[int] = set()
        self.value = self._value(self.root)

    def spot(self, path: Path, word: str = "") -> Spot:
        """Return where a path points, or its nearest parent that is there.

        With a ``word``, return where that word stands in the path's node, if it does.
        """
        key, node = self._find(path)
        return (self._word_in(node, word) if word else None) or _at(key)

    def offset(self, path: Path, characters: int) -> Spot:
        """Return the spot some characters into the text of a plain value."""
        _, node = self._find(path)
        return self._inside(node, characters) if isinstance(node, yaml.ScalarNode) else _at(node)

    def spot_of_value(self, path: Path) -> Spot:
        """Return where the value begins that a path points to."""
        _, node = self._find(path)
        return _at(node)

    def has(self, path: Path) -> bool:
        """Say whether a path leads all the way to something that is written."""
        node = self.root
        for step in path:
            _, following = _child(node, step)
            if following is None:
                return False
            node = following
        return True

    def whole(self, path: Path) -> bool:
        """Say whether every key of the mapping at a path could be read."""
        return id(self._find(path)[1]) not in self._partial

    def _find(self, path: Path) -> tuple[yaml.Node, yaml.Node]:
        key = node = self.root
        for step in path:  # a step found nowhere is the tag of a union: skip it
            name, value = _child(node, step)
            if name is not None and value is not None:
                key, node = name, value
        return key, node

    def _word_in(self, node: yaml.Node, word: str) -> Spot | None:
        """Find a scalar that is the word, or else one that holds it as a word."""
        scalars = _scalars(node)
        for scalar in scalars:
            if scalar.value == word:
                return _at(scalar)
        whole = rf"(?<!\w){re.escape(word)}(?!\w)"
        for pattern in (rf"(?<=\bof ){whole}", whole):  # of "day of day", the second
            for scalar in scalars:
                if match := re.search(pattern, scalar.value):
                    return self._inside(scalar, match.start())
        return None

    def _inside(self, scalar: yaml.ScalarNode, characters: int) -> Spot:
        """Return a spot in a scalar that is written as it reads; else where it begins."""
        start, quote = _at(scalar), 1 if scalar.style in {"'", '"'} else 0
        begin = scalar.start_mark.index + quote
        if self.text[begin : scalar.end_mark.index - quote] != scalar.value:
            return start
        return Spot(start.line, start.column + quote + characters)

    def _value(self, node: yaml.Node) -> Any:
        match node:
            case yaml.ScalarNode():
                return self._scalar(node)
            case yaml.SequenceNode():
                return [self._value(item) for item in node.value]
            case yaml.MappingNode():
                return self._mapping(node)
            case _:
                raise TypeError(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._partial.add(id(node))
                message = "a key must be a word, not a list or a mapping"
                self._flaw(key, message, "write  KEY: VALUE")
            elif key.value == "<<" and key.style is None:
                self._partial.add(id(node))
                message = "merge keys (<<) are not part of a definition"
                self._flaw(key, message, "write the keys out")
            elif key.value in found:
                hint = f"the first is in line {lines[key.value]}; keep one"
                self._flaw(key, f"the key {key.value!r} stands here twice", hint)
            else:
                self._text(key)
                lines[key.value] = key.start_mark.line + 1
                found[key.value] = self._value(value)
        return found

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style is not None:  # quoted or a block: always text
            return self._text(node)
        if text in _NAMED:
            return _NAMED[text]
        if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
            number = _number(text)
            if number is None:
                self._flaw(node, "this number is too large", "numbers end at about 1.8e308")
            return number or 0
        return self._text(node)

    def _text(self, node: yaml.ScalarNode) -> str:
        text: str = node.value
        if found := _FOREIGN.search(text):
            message = f"the character {found[0]!r} does not belong in a definition"
            self._flaw(node, message, "take it out of the text")
        if node.style is None:
            for number in range(node.start_mark.line + 1, node.end_mark.line + 1):
                line = self.lines[number]
                if line.lstrip().startswith("- "):
                    self.flaws.append(
                        Flaw(
                            Spot(number, len(line) - len(line.lstrip())),
                            "this line is read as more of the text above it",
                            "let its dash stand below the dash it belongs with",
                        )
                    )
        return text

    def _flaw(self, node: yaml.Node, message: str, hint: str) -> None:
        self.flaws.append(Flaw(_at(node), message, hint))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them."""
    return _LINE_END.split(text)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """Return the key and the value one step down, which are the same in a list."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == step:
                return name, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None


def _at(node: yaml.Node) -> Spot:
    return _mark(node.start_mark)


def _mark(mark: Any) -> Spot:
    return Spot(mark.line, mark.column) if mark else Spot(0, 0)


def _scalars(node: yaml.Node) -> list[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        return [node]
    in_pairs = isinstance(node, yaml.MappingNode)
    parts = [n for pair in node.value for n in pair] if in_pairs else node.value
    return [scalar for part in parts for scalar in _scalars(part)]


def _number(text: str) -> int | float | None:
    """Return the number a text is, or nothing if it is too large for a double."""
    longest = 400  # far beyond the digits of the largest double
    if len(text) > longest:
        return None
    if _INTEGER.fullmatch(text):
        whole = int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        return whole if abs(whole) <= sys.float_info.max else None
    value = float(text)
    return None if isinf(value) else value


def _compose(text: str, lines: list[str]) -> yaml.Node:
    """Return the tree of the text, or raise ``YamlError`` with every flaw found on the way."""
    if len(text) > _MOST_CHARACTERS:
        raise YamlError(
            Flaw(Spot(0, 0), "the file is over a million characters long", _NO_DEFINITION)
        )
    found: list[Flaw] = []
    events: list[yaml.Event] = []
    try:
        for flaw in _tricks(text, lines, events):
            found.append(flaw)  # noqa: PERF402 - those found before an error count too
    except yaml.reader.ReaderError as error:
        raise YamlError(_foreign(text, error.position)) from error
    except yaml.MarkedYAMLError as error:
        raise YamlError(*found, _unreadable(error, lines)) from error
    except (ValueError, OverflowError) as error:
        raise YamlError(*found, _no_character(lines)) from error
    if found:
        raise YamlError(*found)
    for root in _nodes(iter(events)):
        return root
    raise YamlError(Flaw(Spot(0, 0), "the file is empty", "begin with  sources:"))


def _nodes(events: Iterator[Any]) -> list[yaml.Node]:
    """Return the nodes up to the end of what they stand in; there are no aliases."""
    found: list[yaml.Node] = []
    for event in events:
        start, end = event.start_mark, event.end_mark
        match event:
            case yaml.ScalarEvent():
                found.append(yaml.ScalarNode("", event.value, start, end, style=event.style))
            case yaml.SequenceStartEvent():
                found.append(yaml.SequenceNode("", _nodes(events), start))
            case yaml.MappingStartEvent():
                inside = _nodes(events)
                pairs = [*zip(inside[::2], inside[1::2], strict=True)]
                found.append(yaml.MappingNode("", pairs, start))
            case yaml.CollectionEndEvent():
                break
            case _:  # a stream or a document begins or ends
                pass
    return found


def _tricks(text: str, lines: list[str], seen: list[yaml.Event]) -> Iterator[Flaw]:
    """Yield anchors, aliases, tags and the like, of what is ``seen`` until it is too deep."""
    documents = depth = values = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        seen.append(event)
        spot = _mark(event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield Flaw(spot, "a second document begins here", "one file holds one definition")
                return
            if lines[spot.line].startswith("%"):
                yield Flaw(spot, *_DIRECTIVE)
        values += isinstance(event, yaml.NodeEvent)
        if values > _MOST_VALUES:
            yield Flaw(
                spot, f"the file holds over {_MOST_VALUES:,} words and values", _NO_DEFINITION
            )
            return
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            yield Flaw(spot, f"this is more than {_DEEPEST} levels deep", "no definition needs ten")
            return
        if trick := _trick(event):
            yield Flaw(spot, f"{trick} are not part of a definition", "write the value out")


def _trick(event: yaml.Event) -> str:
    """Name what an event uses of YAML that definitions do without."""
    if isinstance(event, yaml.AliasEvent):
        return f"aliases such as *{event.anchor}"
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        return f"anchors such as &{event.anchor}"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
        return f"tags such as {event.tag.replace('tag:yaml.org,2002:', '!!')}"
    return ""


def _foreign(text: str, position: int) -> Flaw:
    before = lines_of(text[:position])
    message = f"the character {text[position]!r} does not belong in a definition"
    hint = "take it out, or save the file as plain UTF-8 text"
    return Flaw(Spot(len(before) - 1, len(before[-1])), message, hint)


def _no_character(lines: list[str]) -> Flaw:
    r"""Find the escape that PyYAML stumbled over: ``\U`` with a number no character has."""
    last = 0x10FFFF
    for number, line in enumerate(lines):
        for match in re.finditer(r"\\U([0-9a-fA-F]{8})", line):
            if int(match[1], 16) > last:
                message = f"{match[0]} is the number of no character"
                return Flaw(Spot(number, match.start()), message, "write the character itself")
    return Flaw(Spot(0, 0), "the file cannot be read as YAML", _LOOK)


_LOOK: Final = "look at the quotes, brackets and indentation of this line and the one above"
_QUOTE: Final = "put quotes around the text"
_DIRECTIVE: Final = (
    "lines that begin with % are not part of a definition",
    "take the line away, and the --- below it",
)
# A word such as #1 in brackets, which are closed behind it.
_HIDDEN: Final = re.compile(r"(?<=[\s[{,])#(?=\S.*[]}])")
_CONFLICT: Final = ("<<<<<<< ", "=======", ">>>>>>> ")
# What PyYAML says, and what we say instead: of the place it stopped at, or (true) of
# the one where the fault began; {} is the character that stands there.
_SAID: Final = (
    ("'\\t'", False, "a tab stands where spaces are needed", "put spaces in its place"),
    ("cannot start any token", False, "text cannot begin with {}", _QUOTE),
    ("scanning an alias", True, "text cannot begin with {}", _QUOTE),
    ("scanning an anchor", True, "text cannot begin with {}", _QUOTE),
    ("scanning a block scalar", True, "text cannot begin with {}", _QUOTE),
    ("a tag", True, "text cannot begin with {}", _QUOTE),
    ("undefined tag", False, "text cannot begin with {}", _QUOTE),
    (
        "a quoted scalar",
        True,
        "the quote {} is opened here and never closed",
        "close it with another {}",
    ),
    ("a directive", True, *_DIRECTIVE),
    ("incompatible", False, *_DIRECTIVE),
    (
        "sequence entries",
        False,
        "a list cannot begin in the line of its key",
        'begin it on the next line, or write [one, two]; "-" in quotes is just a dash',
    ),
    (
        "<document start>",
        False,
        "this stands after the end of the definition",
        "a definition is one mapping: see what ends it above this line",
    ),
    ("node content", False, "something is missing before {}", "add it, or take the {} away"),
)


def _unreadable(error: yaml.MarkedYAMLError, lines: list[str]) -> Flaw:
    """Say what PyYAML stumbled over in words for people, where the fault began."""
    for number, line in enumerate(lines):
        if line.startswith(_CONFLICT):
            hint = "keep one of the two versions, and take the marks away"
            return Flaw(Spot(number, 0), "a merge conflict was left in the file", hint)
    said = f"{error.context}: {error.problem}"
    at = _mark(error.problem_mark)
    began = _mark(error.context_mark) if error.context_mark else at
    hidden = _HIDDEN.search(lines[began.line])
    if hidden and "a flow" in said and not said.endswith("'?'"):
        message = "a # begins a comment, which hides the rest of this line"
        return Flaw(Spot(began.line, hidden.start()), message, _QUOTE)
    for words, where_it_began, message, hint in _SAID:
        if words in said:
            spot = began if where_it_began else at
            character = lines[spot.line][spot.column : spot.column + 1]
            if not character and message.endswith(" before {}"):
                return Flaw(spot, message.format("the end"), "add it, or take this line away")
            return Flaw(spot, message.format(character), hint.format(character))
    if "mapping values are not allowed" in said:
        return _second_colon(at, lines)
    if "<block end>" in said:
        return _misplaced(at, lines[at.line], said)
    if "expected ',' or" in said:
        return _in_brackets(at, began, lines, said)
    if "a simple key" in said:
        return _no_colon(began, lines)
    if "a double-quoted scalar" in said:
        spot = Spot(at.line, lines[at.line].rindex("\\", 0, at.column + 1))
        hint = "put the text in single quotes, in which a backslash is just that"
        return Flaw(spot, "this backslash begins no escape", hint)
    return Flaw(at, "this cannot be read as YAML", _LOOK)


def _second_colon(at: Spot, lines: list[str]) -> Flaw:
    """Tell a colon in a text from a key that stands where none can."""
    line = lines[at.line]
    if re.search(r":\s", line[: at.column]):
        return Flaw(at, "a colon and a space stand inside a text", _QUOTE)
    above = next((n for n in range(at.line - 1, -1, -1) if lines[n].strip()), at.line)
    if _indent(line) > _indent(lines[above]):
        message = "this line stands further in than the line above it allows"
        return Flaw(Spot(at.line, _indent(line)), message, "let both begin in the same column")
    return _no_colon(Spot(above, _indent(lines[above])), lines)


def _no_colon(at: Spot, lines: list[str]) -> Flaw:
    close = re.search(r"\w:\S", lines[at.line])
    hint = "put a space after the colon" if close else "write  KEY: VALUE"
    return Flaw(at, "this is neither a key with its value nor an item of a list", hint)


def _misplaced(at: Spot, line: str, problem: str) -> Flaw:
    """Say why something stands where its mapping or list had to go on or end."""
    if line[at.column] in "]}":
        return Flaw(at, f"{line[at.column]} closes what was never opened", "take it away")
    if at.column > _indent(line):
        return Flaw(at, "this cannot follow what stands before it", "put quotes around all of it")
    if problem.endswith("'?'"):
        return Flaw(at, "a key stands here among the items of a list", "begin it with a dash")
    if problem.endswith("'-'"):
        hint = "the items of a list stand together, apart from keys"
        return Flaw(at, "an item of a list stands here among keys", hint)
    hint = "let it begin in the same column as the lines it belongs with"
    return Flaw(at, "this line begins in a column of its own", hint)


def _in_brackets(at: Spot, began: Spot, lines: list[str], problem: str) -> Flaw:
    """Tell a missing comma from a missing bracket."""
    opened = lines[began.line][began.column]
    closing = "]" if opened == "[" else "}"
    if at.line == began.line and not problem.endswith(("']'", "'}'", "end>'")):
        if problem.endswith("':'"):
            hint = "put a comma before the key, or quotes around the text"
            return Flaw(at, "a second colon stands here", hint)
        if problem.endswith("'?'"):
            return Flaw(at, "a ? stands inside a text in brackets", _QUOTE)
        return Flaw(at, "a comma is missing before this", "separate items with commas")
    hint = f"add a {closing} after its last item"
    return Flaw(began, f"the bracket {opened} is opened here and never closed", hint)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

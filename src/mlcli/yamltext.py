"""YAML text to plain values that remember where they stood.

The YAML 1.2 core schema and nothing else: ``no`` and ``18:30`` are text, ``1e3``
is a number, a date stays text. One document, no anchors, aliases, tags, merge
keys or duplicate keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

_MOST_CHARACTERS: Final = 1_000_000
_DEEPEST: Final = 50

_INTEGER: Final = re.compile(r"[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?", re.ASCII)
_NAMED: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text; line and column count from 0, as YAML marks do."""

    line: int
    column: int


class YamlError(ValueError):
    """The text is not the YAML that definitions are written in."""

    def __init__(self, message: str, spot: Spot, hint: str = "") -> None:
        super().__init__(message)
        self.spot = spot
        self.hint = hint


class Document:
    """One YAML document: its text, its tree of nodes, and its plain value."""

    def __init__(self, text: str) -> None:
        """Read the text; raises ``YamlError`` at the first thing that is not allowed."""
        self.lines = text.splitlines()
        self.root = _compose(text)
        self.value = _value(self.root, 0)

    def spot(self, path: Path, word: str = "") -> Spot:
        """Return where a path points, or its nearest parent that is there.

        With a ``word``, return where that word stands in the path's node, if it does.
        """
        key, node = self._find(path)
        return (_word_in(node, word) if word else None) or _at(key)

    def offset(self, path: Path, characters: int) -> Spot:
        """Return the spot some characters into the text of a plain value."""
        _, node = self._find(path)
        start = _at(node)
        if isinstance(node, yaml.ScalarNode) and node.end_mark.line == node.start_mark.line:
            return Spot(start.line, start.column + characters + (1 if node.style else 0))
        return start

    def spot_of_value(self, path: Path) -> Spot:
        """Return where the value begins that a path points to."""
        _, node = self._find(path)
        return _at(node)

    def _find(self, path: Path) -> tuple[yaml.Node, yaml.Node]:
        key = node = self.root
        for step in path:  # a step found nowhere is the tag of a union: skip it
            if isinstance(node, yaml.MappingNode):
                for name, value in node.value:
                    if name.value == step:
                        key, node = name, value
                        break
            elif (
                isinstance(node, yaml.SequenceNode)
                and isinstance(step, int)
                and step < len(node.value)
            ):
                key = node = node.value[step]
        return key, node


def _at(node: yaml.Node) -> Spot:
    return Spot(node.start_mark.line, node.start_mark.column)


def _word_in(node: yaml.Node, word: str) -> Spot | None:
    """Find a scalar that is the word, or else one that holds it as a word."""
    scalars = [s for s in _scalars(node) if isinstance(s.value, str)]
    for scalar in scalars:
        if scalar.value == word:
            return _at(scalar)
    for scalar in scalars:
        match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", scalar.value)
        if match and scalar.start_mark.line == scalar.end_mark.line:
            start = _at(scalar)
            return Spot(start.line, start.column + match.start() + (1 if scalar.style else 0))
    return None


def _scalars(node: yaml.Node) -> list[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        return [node]
    parts = (
        [n for pair in node.value for n in pair]
        if isinstance(node, yaml.MappingNode)
        else node.value
    )
    return [scalar for part in parts for scalar in _scalars(part)]


def _compose(text: str) -> yaml.Node:
    if len(text) > _MOST_CHARACTERS:
        raise YamlError("the file is over a million characters long", Spot(0, 0))
    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        column = error.position - (text.rfind("\n", 0, error.position) + 1)
        raise YamlError(
            f"the character {text[error.position]!r} does not belong in a definition",
            Spot(line, column),
        ) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text) from error
    if root is None:
        raise YamlError("the file is empty", Spot(0, 0), "begin with  sources:")
    return root


def _refuse_tricks(text: str) -> None:
    """Stop at the first anchor, alias, tag, second document or depth, before any is followed."""
    documents = depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        spot = _mark(event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlError(
                    "a second document begins here", spot, "one file holds one definition"
                )
            if event.tags or event.version:
                raise YamlError("directives are not part of a definition", spot)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise YamlError(f"more than {_DEEPEST} levels deep", spot)
        trick = _trick(event)
        if trick:
            hint = "write the value out"
            raise YamlError(f"{trick} are not part of a definition", spot, hint)


def _trick(event: yaml.Event) -> str:
    """Name what an event uses of YAML that definitions do without."""
    if isinstance(event, yaml.AliasEvent):
        return f"aliases such as *{event.anchor}"
    if isinstance(event, yaml.NodeEvent) and event.anchor:
        return f"anchors such as &{event.anchor}"
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
        return f"tags such as {event.tag}"
    return ""


def _mark(mark: Any) -> Spot:
    return Spot(mark.line, mark.column) if mark else Spot(0, 0)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    spot = _mark(mark)
    line = text.splitlines()[spot.line] if spot.line < len(text.splitlines()) else ""
    hint = ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return YamlError("a tab stands where spaces are needed", spot, "indent with spaces")
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return YamlError("a merge conflict was left in the file", spot, "settle it first")
    if "mapping values are not allowed" in str(error.problem):
        hint = "put quotes around text that holds a colon and a space"
    return YamlError(f"this is not YAML: {error.problem or error.context}", spot, hint)


def _value(node: yaml.Node, depth: int) -> Any:
    match node:
        case yaml.ScalarNode():
            return _scalar(node)
        case yaml.SequenceNode():
            return [_value(item, depth + 1) for item in node.value]
        case yaml.MappingNode():
            return _mapping(node, depth)
        case _:
            raise TypeError(node)


def _mapping(node: yaml.MappingNode, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError("a key must be a word", _at(key))
        if key.value == "<<":
            raise YamlError(
                "merge keys (<<) are not part of a definition", _at(key), "write the keys out"
            )
        if key.value in found:
            first = next(k for k, _ in node.value if k.value == key.value)
            raise YamlError(
                f"the key {key.value!r} stands here twice",
                _at(key),
                f"the first is in line {first.start_mark.line + 1}; keep one",
            )
        found[key.value] = _value(value, depth + 1)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None:  # quoted or a block: always text
        return text
    if text in _NAMED:
        return _NAMED[text]
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text)
    return text

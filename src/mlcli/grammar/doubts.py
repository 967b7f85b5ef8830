"""What may not be meant, though it can be read: words that look alike, codes, encodings.

Pure functions of cells. Nothing here is an error; whoever asks decides what to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Alike(NamedTuple):
    """Two different words that a reader takes for one, and by what they differ."""

    one: str
    other: str
    by: str

    @property
    def said(self) -> str:
        """Return both words and the difference, in words."""
        return f"{self.one!r} and {self.other!r} differ only by {self.by}"


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)


def _seen(word: str) -> str:
    """Return a word without what has no width: joiners, direction marks, soft hyphens."""
    return "".join(
        c for c in word if unicodedata.category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f"
    )


def _spaced(word: str) -> str:
    return " ".join(word.split())


_FOLDS: Final[dict[str, Callable[[str], str]]] = {
    "case": str.casefold,
    "spaces": _spaced,
    "how accents are stored": _composed,
    "characters that cannot be seen": _seen,
}


def folded(word: str) -> str:
    """Return what is left of a word that a reader can tell from others at a glance."""
    return _composed(_spaced(_seen(_composed(word))).casefold())


def look_alikes(words: Iterable[str]) -> list[Alike]:
    """Return the words that look like one that came before, each with that one.

    Case, spaces, invisible characters, and accents stored as one character or as two
    make words differ that are meant to be one.
    """
    first: dict[str, str] = {}
    found = []
    for word in dict.fromkeys(words):
        before = first.setdefault(folded(word), word)
        if before != word:
            found.append(Alike(before, word, _difference(before, word)))
    return found


def _difference(one: str, other: str) -> str:
    """Say which foldings it takes to make two words the same."""
    alone = [name for name, fold in _FOLDS.items() if fold(one) == fold(other)]
    if alone:
        return alone[0]
    taken = []
    for name in _FOLDS:  # what, left out, keeps them apart
        rest = [fold for other_name, fold in _FOLDS.items() if other_name != name]
        if _through(rest, one) != _through(rest, other):
            taken.append(name)
    return " and ".join(taken) or "how they are written"


def _through(folds: Iterable[Callable[[str], str]], word: str) -> str:
    for fold in folds:
        word = fold(word)
    return _composed(word) if _composed in folds else word


def alike(name: str, words: Iterable[str]) -> list[str]:
    """Say that words of a column look alike, if any do."""
    return said_alike(name, look_alikes(words))


def said_alike(name: str, found: Sequence[Alike]) -> list[str]:
    """Say which words of a column look alike, in one line for all."""
    if not found:
        return []
    more = f", and {wording.count(len(found) - 1, 'pair')} more" if len(found) > 1 else ""
    return [f"{name}: {found[0].said}{more}: write them in one way, if they are one"]


_SEPARATORS: Final = ";|/,"
_HELD_TOGETHER: Final = {
    mark: re.compile(rf"\([^)]*{re.escape(mark)}|\[[^]]*{re.escape(mark)}") for mark in _SEPARATORS
}


def split_otherwise(name: str, tags: Sequence[str]) -> str:
    """Say where lists look as if something else than was said stood between their tags."""
    for mark in _SEPARATORS:
        held = [tag for tag in tags if _HELD_TOGETHER[mark].search(tag)]
        if held:
            return (
                f"{name}: brackets hold {held[0]!r} together as one tag"
                f"{f', and {len(held) - 1:,} more' if held[1:] else ''}"
            )
        joined = [tag for tag in tags if mark in tag.strip(mark)]
        if len(joined) > len(tags) / 3:
            return (
                f"many tags of {name} hold a {mark!r}, such as {joined[0]!r}: if it "
                f"stands between tags, say  by: {wording.in_yaml(mark)}  in  split_list"
            )
    return ""


_LEADING_ZERO: Final = re.compile(r"\s*[+-]?0[0-9]")


def leading_zero(words: Iterable[str]) -> str | None:
    """Return the first cell that is a number and loses a zero by being read as one."""
    return next((w for w in words if _LEADING_ZERO.match(w) and cells.is_number(w)), None)


def zeros_lost(name: str, cell: str) -> str:
    """Say that a column of codes is read as numbers."""
    return (
        f"{name}: {cells.shown(cell)} is read as the number "
        f"{wording.written(cells.to_number(cell))}: if these are codes, say  "
        f"{wording.as_category(name)}"
    )


def constant(name: str) -> str:
    """Say that a column holds one value and no other."""
    return f"{name}: the same in every row: nothing can be learned from it"


def blanks_trimmed(cells_of: Mapping[str, int]) -> str:
    """Say of which columns how many cells had blanks around them, in one line for all."""
    count = wording.count(sum(cells_of.values()), "cell")
    return (
        f"{wording.listed([*cells_of])}: in {count}, blanks before or after the text are trimmed; "
        "if they matter, say in the source  blanks: keep"
    )


@dataclass(frozen=True, slots=True)
class _Asian:
    """An encoding of two bytes a letter.

    Attributes
    ----------
    usual
        The smaller encoding that holds what people write.
    leads
        The first bytes of its commonest letters.
    own, foreign
        What must be found in a text, and what must not.
    """

    usual: str
    leads: range
    own: str
    foreign: str = r"(?!)"


_ASIAN: Final = {
    "cp932": _Asian("shift_jis", range(0x81, 0xEB), "[\u3040-\u30ff]"),
    "cp949": _Asian("euc_kr", range(0xB0, 0xC9), "[\uac00-\ud7a3]", "[\u3040-\u30ff\u4e00-\u9fff]"),
    "gb18030": _Asian("gb2312", range(0xB0, 0xD8), "[\u4e00-\u9fff]"),
    "big5": _Asian("big5", range(0xA4, 0xC7), "[\u4e00-\u9fff]"),
}
_EUROPEAN: Final = ("cp1252", "cp1250", "mac_roman", "cp1251")
_LETTERS: Final = "[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
_WORDS: Final = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SIGNS: Final = frozenset("€£¥°²³§±×½¼№¿¡«»“”„‘’–—…·\u00a0\u202f\u2212")
_BESIDE_NO_LETTER: Final = re.compile(
    r"[£¥§±×½¼№²³\u2212](?=[^\W\d_])|(?<=[^\W\d_])[£¥§±×½¼№\u2212]|(?<!m)[²³]"
)
_MOST: Final = 0.8


def likely_encodings(raw: bytes) -> dict[str, str]:
    """Return a word of a text that is not UTF-8 as each encoding reads it that reads words.

    The likeliest comes first. Where there are several, they read that word differently, and
    only who knows it can tell which of them is right.
    """
    texts = {name: _decoded(raw, name) for name in (*_ASIAN, *_EUROPEAN)}
    likely = [name for name, text in texts.items() if text and _looks_right(text, name)]
    ways = [{name: _decoded(word, name) for name in likely} for word in _WORDS.findall(raw)]
    telling = max(ways, key=lambda way: len(set(way.values())), default={})
    first = {word: name for name, word in reversed(telling.items())}
    return {name: word for name, word in telling.items() if first[word] == name}


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _looks_right(text: str, encoding: str) -> bool:
    asian = _ASIAN.get(encoding)
    return _is_european(text) if asian is None else _is_asian(text, asian)


def _is_asian(text: str, kind: _Asian) -> bool:
    """Say whether a text has usual letters, most of them common and beside another."""
    try:
        text.encode(kind.usual)
    except UnicodeEncodeError:
        return False
    letters = re.findall(_LETTERS, text)
    common = sum(letter.encode(kind.usual)[0] in kind.leads for letter in letters)
    in_words = sum(map(len, re.findall(f"{_LETTERS}{{2,}}", text)))
    if min(common, in_words) < _MOST * len(letters):
        return False
    return bool(re.search(kind.own, text)) and not re.search(kind.foreign, text)


def _is_european(text: str) -> bool:
    """Say whether a text has usual signs, each in its place, and words of one alphabet."""
    signs = {c for c in text if not c.isascii() and not c.isalpha()}
    if not signs <= _SIGNS or _BESIDE_NO_LETTER.search(text):
        return False
    return all(map(_is_a_word, re.findall(r"[^\W\d_]+", text)))


def _is_a_word(word: str) -> bool:
    cyrillic = sum("\u0400" <= c <= "\u04ff" for c in word)
    if cyrillic not in {0, len(word)}:
        return False
    if not word.isupper() and any(c.isupper() and not c.isascii() for c in word[1:]):
        return False
    return cyrillic > 0 or not re.search(r"[^\x00-\x7f]{3}|[ˆ˜ıƒﬁﬂ]", word)

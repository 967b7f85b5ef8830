"""Whether a CSV file is so regular that any strict reader finds the same cells in it.

That is looked for in its bytes: a block at a time, and never a line at a time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

_BLOCK: Final = 1 << 20
_LONGEST_LINE: Final = 1_000_000
_MARK: Final = b"\xef\xbb\xbf"
_LF, _CR, _TAB, _SPACE, _QUOTE, _FIRST_NOT_ASCII = b"\n"[0], b"\r"[0], b"\t"[0], 32, b'"'[0], 128


@dataclass(frozen=True, slots=True)
class Structure:
    """What was found: whether the file is regular, and the SHA-256 of its bytes."""

    regular: bool
    sha256: str


def scan(path: Path, delimiter: str, width: int) -> Structure:
    """Read a file, and say whether it is regular.

    A regular file is UTF-8; every line of it has as many cells, and none is empty; all
    lines end in the same way; a cell has quotes around it or none within, and holds
    neither line breaks nor control characters.

    Parameters
    ----------
    path
        The file.
    delimiter
        What stands between cells: one character.
    width
        The number of cells of a line.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    hashed = hashlib.sha256()
    regular, rest, ending = True, b"", b""
    for block in _blocks(path):
        hashed.update(block)
        if not regular:
            continue
        if not ending:
            rest = block.removeprefix(_MARK)
            ending = b"\r\n" if rest.partition(b"\n")[0].endswith(b"\r") else b"\n"
        else:
            rest += block
        lines, newline, rest = rest.rpartition(b"\n")
        regular = len(rest) <= _LONGEST_LINE
        if newline and regular:
            regular = _is_regular(lines + newline, ord(delimiter), width, ending)
    if rest and regular:
        regular = _is_regular(rest.removesuffix(b"\r") + ending, ord(delimiter), width, ending)
    return Structure(regular and bool(ending), hashed.hexdigest())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            yield block


def _is_regular(text: bytes, delimiter: int, width: int, ending: bytes) -> bool:
    """Say whether whole lines are regular."""
    import numpy as np

    codes = np.frombuffer(text, dtype=np.uint8)
    marks = (codes == delimiter) | (codes == _LF)
    if _QUOTE in text:
        inside = _inside(codes, delimiter)
        if inside is None:
            return False
        marks &= ~inside
    ends = np.flatnonzero(marks)
    if len(ends) % width:
        return False
    cells = codes[ends].reshape(-1, width)
    if not ((cells[:, -1] == _LF).all() and (cells[:, :-1] == delimiter).all()):
        return False
    lines = np.diff(ends[width - 1 :: width], prepend=-1)
    if lines.min() <= len(ending) or lines.max() > _LONGEST_LINE:
        return False
    return _is_text(text, codes, len(lines), delimiter, ending)


def _inside(codes: np.ndarray[Any, Any], delimiter: int) -> np.ndarray[Any, Any] | None:
    """Say which characters stand within quotes; ``None`` if some quote is out of place."""
    import numpy as np

    quoted = codes == _QUOTE
    inside = np.logical_xor.accumulate(quoted)
    if (inside & (codes == _LF)).any() or inside[-1]:
        return None
    at = np.flatnonzero(quoted)
    edges = (delimiter, _LF, _CR, _QUOTE)
    before = codes[at[::2] - 1][int(at[0] == 0) :]
    behind = codes[at[1::2] + 1]
    if np.isin(before, edges).all() and np.isin(behind, edges).all():
        return inside
    return None


def _is_text(
    text: bytes, codes: np.ndarray[Any, Any], lines: int, delimiter: int, ending: bytes
) -> bool:
    """Say whether lines hold no control characters but those that they end in."""
    returns = text.count(b"\r") if ending == b"\r\n" else 0
    if returns and (returns != lines or text.count(ending) != lines):
        return False
    tabs = text.count(b"\t") if delimiter == _TAB else 0
    if int((codes < _SPACE).sum()) != lines + returns + tabs:
        return False
    if not (codes >= _FIRST_NOT_ASCII).any():
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

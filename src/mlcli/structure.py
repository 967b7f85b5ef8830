"""Whether a CSV file is so regular that any strict reader finds the same cells in it.

That is looked for in its bytes: a block at a time, and never a line at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

_LONGEST_LINE: Final = 1_000_000
_LF, _CR, _TAB, _SPACE, _QUOTE, _FIRST_NOT_ASCII = b"\n"[0], b"\r"[0], b"\t"[0], 32, b'"'[0], 128


def rows(blocks: Iterator[bytes], delimiter: str, width: int, *, skip: int) -> int | None:
    """Return the number of lines of a regular file, or ``None`` for one that is not.

    A regular file is UTF-8; every line of it has as many cells, and none is empty; all
    lines end in the same way; a cell has quotes around it or none within, and holds
    neither line breaks nor control characters.

    Parameters
    ----------
    blocks
        The bytes of the file, without a byte order mark. All are used up, unless the
        file is found not to be regular.
    delimiter
        What stands between cells: one character.
    width
        The number of cells of a line.
    skip
        How many lines at the beginning are no rows. They need to end as the others do.
    """
    found, rest, ending = 0, b"", b""
    for block in blocks:
        rest += block
        if not ending:
            above = rest.split(b"\n", skip)
            if len(above) <= skip:
                return None  # a file of some lines: not worth the trouble
            rest = above.pop()
            first = (above or [rest.partition(b"\n")[0]])[0]
            ending = b"\r\n" if first.endswith(b"\r") else b"\n"
            if any(line.endswith(b"\r") != (ending == b"\r\n") for line in above):
                return None
        lines, newline, rest = rest.rpartition(b"\n")
        more = _lines(lines + newline, ord(delimiter), width, ending) if newline else 0
        if more is None or len(rest) > _LONGEST_LINE:
            return None
        found += more
    if rest:
        more = _lines(rest.removesuffix(b"\r") + ending, ord(delimiter), width, ending)
        return None if more is None else found + more
    return found


def _lines(text: bytes, delimiter: int, width: int, ending: bytes) -> int | None:
    """Return the number of whole lines, ``None`` if they are not regular."""
    import numpy as np

    codes = np.frombuffer(text, dtype=np.uint8)
    marks = (codes == delimiter) | (codes == _LF)
    if _QUOTE in text:
        inside = _inside(codes, delimiter)
        if inside is None:
            return None
        marks &= ~inside
    ends = np.flatnonzero(marks)
    if len(ends) % width:
        return None
    cells = codes[ends].reshape(-1, width)
    if not ((cells[:, -1] == _LF).all() and (cells[:, :-1] == delimiter).all()):
        return None
    lines = np.diff(ends[width - 1 :: width], prepend=-1)
    if lines.min() <= len(ending) or lines.max() > _LONGEST_LINE:
        return None
    return len(lines) if _is_text(text, codes, len(lines), delimiter, ending) else None


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
    returns = lines if ending == b"\r\n" else 0
    if not text.count(b"\r") == text.count(b"\r\n") == returns:
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

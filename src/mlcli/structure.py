"""Whether a CSV file is so regular that any strict reader finds the same cells in it.

That is looked for in its bytes: a block at a time, and never a line at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

_LONGEST_LINE: Final = 1_000_000
_LF, _CR, _TAB, _SPACE, _QUOTE = b'\n\r\t "'


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
    found, ending, cut = 0, b"", False
    for block in blocks:
        text = block
        if not ending:
            above = text.split(b"\n", skip)
            if len(above) <= skip:
                return None  # a file of some lines: not worth the trouble
            text = above.pop()
            first = (above or [text.partition(b"\n")[0]])[0]
            ending = b"\r\n" if first.endswith(b"\r") else b"\n"
            if any(line.endswith(b"\r") != (ending == b"\r\n") for line in above):
                return None
        if cut:  # only the last block may lack the end of its line
            return None
        if text and not text.endswith(b"\n"):
            cut, text = True, text.removesuffix(b"\r") + ending
        lines = _lines(text, ord(delimiter), width, ending) if text else 0
        if lines is None:
            return None
        found += lines
    return found


def _lines(text: bytes, delimiter: int, width: int, ending: bytes) -> int | None:
    """Return the number of whole lines, ``None`` if they are not regular."""
    import numpy as np

    codes = np.frombuffer(text, dtype=np.uint8)
    lines = ends(text)
    if not _is_text(text, codes, lines, delimiter, ending) or _too_long(text):
        return None
    if text.startswith(ending) or (width == 1 and _has_empty_line(codes, ending)):
        return None
    if _QUOTE not in text:
        # So many cells in all; that each line has its share, DuckDB checks line by line.
        marks = int(np.count_nonzero(codes == delimiter))
        return lines if marks == lines * (width - 1) else None
    return lines if _is_even(codes, delimiter, width) else None


def ends(text: bytes) -> int:
    """Return the number of line feeds: many times quicker than ``bytes.count``."""
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == _LF))


def _has_empty_line(codes: np.ndarray[Any, Any], ending: bytes) -> bool:
    """Say whether a line ends where the one before it does.

    Where lines end as on Windows, one of a single character is taken for empty.
    """
    import numpy as np

    if len(ending) > 1:
        newline = codes == _LF
        return bool((newline[2:] & newline[:-2]).any())
    twice = _LF << 8 | _LF
    return any(  # two characters at a time, and once more from the second on
        (codes[at : at + (len(codes) - at) // 2 * 2].view(np.uint16) == twice).any()
        for at in (0, 1)
    )


def _too_long(text: bytes) -> bool:
    """Say whether a line may be longer than our reader takes."""
    half = _LONGEST_LINE // 2
    return any(text.find(b"\n", at, at + half) < 0 for at in range(0, len(text) - half, half))


def _is_even(codes: np.ndarray[Any, Any], delimiter: int, width: int) -> bool:
    """Say whether each line has as many cells, some of which have quotes around them."""
    import numpy as np

    inside = _inside(codes, delimiter)
    if inside is None:
        return False
    ends = np.flatnonzero(((codes == delimiter) | (codes == _LF)) & ~inside)
    if len(ends) % width:
        return False
    cells = codes[ends].reshape(-1, width)
    return bool((cells[:, -1] == _LF).all() and (cells[:, :-1] == delimiter).all())


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
    import numpy as np

    returns = lines if ending == b"\r\n" else 0
    if returns and text.count(b"\r\n") != returns:
        return False
    tabs = int(np.count_nonzero(codes == _TAB)) if delimiter == _TAB else 0
    if int(np.count_nonzero(codes < _SPACE)) != lines + returns + tabs:
        return False
    try:
        return text.isascii() or bool(text.decode("utf-8"))
    except UnicodeDecodeError:
        return False

"""Blocks of short lines, most of which come again and again, as arrays of NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WORD: Final = 8
"""A line is looked at as some words of so many bytes: one comparison a word."""
_LONGEST: Final = 8 * _WORD
_SPREAD: Final = 0x9E3779B97F4A7C15
"""An odd number without pattern, as multiplicative hashing takes; Knuth 1973, 6.4."""
_AT_ONCE: Final = 1 << 16  # lines that are written at once


@dataclass(frozen=True, slots=True)
class ShortLines:
    """The lines of a block.

    Attributes
    ----------
    different
        The lines as bytes, each once, without the ends.
    first
        Where in the block each of them comes first, counted in lines.
    which
        For each of the n lines of the block, its position among those.
    """

    different: list[bytes]
    first: list[int]
    which: NDArray[Any]

    def replaced(self, texts: Sequence[bytes]) -> bytes:
        """Return the block with a text in the place of each line; no text holds a NUL."""
        import numpy as np

        table = np.array(texts)  # as wide as the longest, filled up with NULs
        parts = [
            table[self.which[at : at + _AT_ONCE]].tobytes().translate(None, b"\0")
            for at in range(0, len(self.which), _AT_ONCE)
        ]
        return b"".join(parts)

    def counts(self) -> list[int]:
        """Return how often each of the different lines is there."""
        import numpy as np

        found: list[int] = np.bincount(self.which, minlength=len(self.different)).tolist()
        return found


def taken_apart(block: bytes) -> ShortLines | None:
    """Return the lines of a block of ASCII, each of which ends in a line feed.

    ``None`` where a line is empty, or too long for this, or where something in the block,
    such as a NUL, would make two lines look like one.
    """
    import numpy as np

    if not block.endswith(b"\n") or b"\0" in block or not block.isascii():
        return None
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    longest = int(lengths.max())
    if longest > _LONGEST or not lengths.min():
        return None
    words = _words(block, starts, lengths, longest)
    spread = words[0]
    for word in words[1:]:
        spread = (spread ^ (spread >> np.uint64(29))) * np.uint64(_SPREAD) ^ word
    _, first, which = np.unique(spread, return_index=True, return_inverse=True)
    if len(words) > 1 and any((word != word[first][which]).any() for word in words):
        return None  # two different lines that were spread to the same place
    ranges = zip(starts[first].tolist(), ends[first].tolist(), strict=True)
    return ShortLines([block[low:high] for low, high in ranges], first.tolist(), which)


def _words(
    block: bytes, starts: NDArray[Any], lengths: NDArray[Any], longest: int
) -> list[NDArray[Any]]:
    """Return the bytes of the lines, eight at a time, zero beyond their ends."""
    import numpy as np

    # One number for each byte of the block: that byte and the seven that follow.
    padded = block + bytes(longest + _WORD)
    views = np.ndarray((len(padded) - _WORD,), dtype="<u8", buffer=padded, strides=(1,))
    kept = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], dtype="<u8")
    return [
        views[starts + at] & kept[np.clip(lengths - at, 0, _WORD)]
        for at in range(0, longest, _WORD)
    ]

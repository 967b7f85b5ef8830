"""Cells as rows of bytes: how NumPy writes large exports, some 100,000 rows at a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Whole = NDArray[np.int64]

ROWS: Final = 100_000
"""About how many rows are made at a time."""


def texts(cells: Sequence[str]) -> Bytes:
    """Return texts as rows of bytes (n, w), filled up with zeros, which stand for nothing."""
    written = np.array([cell.encode() for cell in cells])
    return written.view(np.uint8).reshape(len(cells), written.itemsize)


def decimals(values: Whole, places: int = 0) -> Bytes:
    """Return numbers as they are written with so many places: 1234 as ``12.34`` with two.

    Parameters
    ----------
    values
        (n,) the numbers, times 10 to the power of ``places``.
    places
        Digits behind the point, all of which are written; without any there is no point.
    """
    size = np.abs(values)
    powers = np.arange(max(len(str(size.max())), places + 1) - 1, -1, -1)
    digits = (size[:, None] // 10**powers % 10 + ord("0")).astype(np.uint8)
    digits[(size[:, None] < 10**powers) & (powers > places)] = 0
    digits[(size == 0), -1 - places] = ord("0")
    sign = np.where(values < 0, ord("-"), 0).astype(np.uint8)[:, None]
    front = len(powers) - places
    point = [same(".", len(values))] if places else []
    return np.hstack([sign, digits[:, :front], *point, digits[:, front:]])


def same(text: str, rows: int) -> Bytes:
    """Return one text in each of some rows."""
    return np.repeat(texts([text]), rows, axis=0)


def lines(columns: Sequence[Bytes]) -> Bytes:
    """Return the lines of a CSV file: cells, commas between them, and an end."""
    rows = len(columns[0])
    parts = [part for column in columns for part in (column, same(",", rows))]
    return np.hstack([*parts[:-1], same("\n", rows)])


def clock(second: int) -> str:
    """Return the time of a second of the day: ``17:30:00``."""
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def csv(header: str, blocks: Iterable[Bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file: a line of names, then blocks of lines."""
    yield header.encode() + b"\n"
    for block in blocks:
        yield block[block != 0].tobytes()


def write(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file that is whole or not there; one that is there stays."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())  # or the disk is still busy while the first script is timed
    unfinished.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a small file anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

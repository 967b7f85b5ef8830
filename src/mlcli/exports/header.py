"""The names of an export's columns, as its header says them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mlcli.errors import DataError
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLUMNS: Final = 10_000


def checked(
    names: Sequence[str], *, place: str, what: str, fewer: str = "export only what is needed"
) -> tuple[str, ...]:
    """Return the names of columns without the spaces around.

    Parameters
    ----------
    names
        As they are written; an empty one is no name.
    place
        Where they stand, as in messages.
    what
        What has them: the header, the table.
    fewer
        What to do about too many.

    Raises
    ------
    DataError
        There are none or too many, one has no name, or two have the same.
    """
    stripped = [name.strip() for name in names]
    if not stripped:
        raise DataError(f"{what} has no columns", place=place, hint="export it again")
    if len(stripped) > MOST_COLUMNS:
        many = f"{len(stripped):,} columns; at most {MOST_COLUMNS:,} are read"
        raise DataError(f"{what} has {many}", place=place, hint=fewer)
    if "" in stripped:
        nameless = f"column {stripped.index('') + 1} of {what.removeprefix('the ')} has no name"
        raise DataError(nameless, place=place, hint="name every column")
    twice = next((name for name, count in Counter(stripped).items() if count > 1), None)
    if twice is not None:
        first = stripped.index(twice)
        raise DataError(
            f"columns {first + 1} and {stripped.index(twice, first + 1) + 1} "
            f"are both called {cells.shown(twice)}",
            place=place,
            hint="give every column a name of its own",
        )
    return tuple(stripped)

"""The names of an export's columns, as its header says them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLUMNS: Final = 10_000


def checked(
    names: Sequence[str], *, place: str, what: str, fewer: str = "export only what is needed"
) -> tuple[str, ...]:
    """Return the names of columns without the spaces around.

    One may be empty, or stand twice: that matters where it is asked for; see ``position``.

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
        There are none or too many.
    """
    stripped = [name.strip() for name in names]
    if not stripped:
        raise DataError(f"{what} has no columns", place=place, hint="export it again")
    if len(stripped) > MOST_COLUMNS:
        many = f"{len(stripped):,} columns; at most {MOST_COLUMNS:,} are read"
        raise DataError(f"{what} has {many}", place=place, hint=fewer)
    return tuple(stripped)


def require_names(names: Sequence[str], *, place: str, what: str) -> None:
    """Raise unless every column has a name of its own.

    Raises
    ------
    DataError
        One has no name, or two have the same.
    """
    if "" in names:
        nameless = f"column {names.index('') + 1} of {what.removeprefix('the ')} has no name"
        raise DataError(nameless, place=place, hint="name every column")
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[at + 1 :])
        position(twice, names, place=place)


def position(column: str, names: Sequence[str], *, place: str) -> int:
    """Return where a column stands, counted from 0.

    Raises
    ------
    DataError
        There is no such column, or there are two.
    """
    if column not in names:
        hint = wording.instead(column, [name for name in names if name], "columns")
        raise DataError(f"there is no column {column!r}", place=place, hint=hint)
    first = names.index(column)
    if column in names[first + 1 :]:
        raise DataError(
            f"columns {first + 1} and {names.index(column, first + 1) + 1} "
            f"are both called {cells.shown(column)}",
            place=place,
            hint="give every column a name of its own",
        )
    return first


def require_new(added: Sequence[str], names: Sequence[str], *, place: str) -> None:
    """Raise where columns of answers would have a name that a column has.

    Raises
    ------
    DataError
        One would.
    """
    for name in added:
        if name in names:
            raise DataError(
                f"there is a column {name!r} already, which mlcli adds",
                place=place,
                hint="rename it, or take it out",
            )


def require_apart(names: Sequence[str], *, place: str) -> None:
    """Raise where names of columns differ by case alone, for engines that take them for one.

    Raises
    ------
    DataError
        Two do.
    """
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.lower(), name)) != name:
            raise DataError(
                f"the columns {other!r} and {name!r} differ by case alone, and Spark takes them "
                "for one",
                place=place,
                hint="rename one of them",
            )

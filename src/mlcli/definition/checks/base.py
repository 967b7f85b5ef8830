"""What a contradiction is, and the one that every check of columns may find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.definition.columns_needed import Columns, a_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Kind


Path = tuple[str | int, ...]


ONE_KIND = "a column is one thing in all of a definition: change one of the two"
BY_NUMBERS = "take it away: wishes are counted, and the name comes last anyway"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no key alone is to blame for.

    It stands where ``word`` does in what ``path`` points to, or else at the key there,
    or, with ``at_value``, at its value.
    """

    path: Path
    message: str
    hint: str
    word: str = ""
    at_value: bool = False


def of_its_kind(columns: Columns, path: Path, column: str, needed: Kind) -> Iterator[Contradiction]:
    """Say it where a column that a rule made is needed as something else."""
    made = columns.made.get(column, "any")
    if "any" not in (made, needed) and made != needed:
        message = f"{column!r} is {a_kind(made)}, and cannot be read as {a_kind(needed)}"
        yield Contradiction(path, message, ONE_KIND, column)


def dated_key(definition: Definition) -> str | None:
    """Return the key, if it must be a date."""
    return definition.key if definition.dated or definition.split.by_date else None

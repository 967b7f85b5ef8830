"""What is known of a table's columns before it is read, and what contradicts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.definition.vocabulary import Contradiction, Path
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlcli.grammar.cells import Kind

    Wanted = dict[str, Kind]

ONE_KIND = "a column is one thing in all of a definition: change one of the two"


class KindConflictError(ValueError):
    """A column is needed as two different things."""

    def __init__(self, column: str, one: Kind, other: Kind) -> None:
        super().__init__(
            f"{column!r} is read as {_a_kind(one)} here, and as {_a_kind(other)} elsewhere"
        )
        self.column = column


def merged(column: str, one: Kind, other: Kind) -> Kind:
    """Return as what a column is read that is needed as one thing and as another.

    Raises
    ------
    KindConflictError
        It cannot be both.
    """
    if "any" in (one, other):
        return other if one == "any" else one
    if one != other:
        raise KindConflictError(column, one, other)
    return one


def _a_kind(kind: Kind) -> str:
    """Return a kind of value with its article."""
    return {"boolean": "true or false", "text": "text"}.get(kind, f"a {kind}")


@dataclass(frozen=True, slots=True)
class KnownColumns:
    """What is known of a table before it is read.

    ``made`` are the columns that rules made; ``closed`` says that there are no others;
    ``renamed`` are those that are gone, with the names they got.
    """

    made: Wanted
    closed: bool
    renamed: Mapping[str, str]

    def lack(self, column: str) -> bool:
        """Say whether a column is certainly not there."""
        return column not in self.made and (self.closed or column in self.renamed)

    def instead(self, column: str) -> str:
        """Return a hint for a column that is not there."""
        if column in self.renamed:
            return f"its name is {self.renamed[column]!r} now"
        return near(column, self.made) or f"the columns are {', '.join(self.made) or 'none'}"

    def contradicted(self, path: Path, column: str, needed: Kind) -> Iterator[Contradiction]:
        """Say it where a column that a rule made is needed as something else."""
        made = self.made.get(column, "any")
        if "any" not in (made, needed) and made != needed:
            message = f"{column!r} is {_a_kind(made)}, and cannot be read as {_a_kind(needed)}"
            yield Contradiction(path, message, ONE_KIND, column)


UNKNOWN = KnownColumns({}, closed=False, renamed={})

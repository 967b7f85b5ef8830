"""An alarm about a leak, and its sentences: what was seen, what it means, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from mlcli import wording
from mlcli.judging.single import EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

Code = Literal["copy", "strong", "sum", "counter", "duplicates", "mean_encoding"]

CODES: Final[tuple[Code, ...]] = get_args(Code)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What may have leaked the label into the table.

    Attributes
    ----------
    code
        ``strong`` is a note: worth a look, and often honest. The others are alarms.
    columns
        The features it is about; none for ``duplicates``.
    figure
        ``copy``, ``strong``: score of the column alone, R2 or balanced accuracy, 1 at most.
        ``sum``: R2. ``counter``: rows that it tells apart. ``duplicates``: held-out rows that
        stand in training. ``mean_encoding``: groups whose mean it holds.
    words
        A sentence: what was seen, what it means, what to do.
    """

    code: Code
    columns: tuple[str, ...]
    figure: float
    words: str

    @property
    def note(self) -> bool:
        """Say whether this is for reading only."""
        return self.code == "strong"


def copied(name: str, figure: float) -> str:
    """Say that a column is, or gives, the label."""
    exactly = "is the label in another form" if figure > EXACT else "alone gives the label"
    return (
        f"{name} {exactly} (score {figure:.2f} of 1): it is probably known only when the label "
        "is; leave it out, unless it is known before"
    )


def strong(name: str, score: float) -> str:
    """Say that a column alone scores high, and may."""
    return (
        f"{name} alone nearly gives the label (score {score:.2f} of 1): make sure that it is "
        "known before the label is"
    )


def summed(names: Sequence[str], signs: Sequence[int]) -> str:
    """Say which columns add up, those that are taken off last."""
    more = [name for name, sign in zip(names, signs, strict=True) if sign > 0]
    less = [name for name, sign in zip(names, signs, strict=True) if sign < 0]
    terms = " - ".join([" + ".join(more), *less]) if more else f"-({' + '.join(less)})"
    return (
        f"{terms} add up to the label: they are known only when it is; leave out at least one, "
        "unless all are known before"
    )


def counter(name: str) -> str:
    """Say that a column is the number of the row."""
    return (
        f"{name} counts the rows: it holds their order, and a new row has a number that was "
        "never learned from; leave it out, or make a feature of the date"
    )


def identity(name: str) -> str:
    """Say that a column is a name of the row."""
    return (
        f"{name} is different in every row, so what is learned from it holds for no new row; "
        "leave it out"
    )


def twinned(count: int, held: int) -> str:
    """Say how many held-out rows the model has learned from."""
    stand = "stands" if count == 1 else "stand"
    return (
        f"{count:,} of {wording.count(held, 'held-out row')} {stand} in training too, more than "
        "chance explains: the model has seen the answer; remove repeated rows, or hold out "
        "whole groups"
    )


def averaged(names: tuple[str, ...]) -> str:
    """Say of what a column holds means, and of which groups if that is known."""
    of = f"each {names[1]}" if len(names) > 1 else "groups of rows"
    return (
        f"{names[0]} is the label's mean for {of}, so it carries the row's own "
        "label: leave it out, or work it out from earlier rows only"
    )

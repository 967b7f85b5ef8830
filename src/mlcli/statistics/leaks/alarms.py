"""Alarms on the table that is learned from: what is known only once the label is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.grammar.phrases import CODES, AlarmCode
from mlcli.statistics.leaks import one_column, several_columns
from mlcli.statistics.leaks.one_column import EXACT, Cell, CodedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np


ALARM: Final = 0.98
NOTE: Final = 0.90
"""Cross-validated score of one column alone (Kaufman et al., 2012; EVALUATION, section 3)."""

FEW_ROWS: Final = 50
"""Below so many rows an honest column may separate classes without a miss; a copy is exact."""

_MOST_ROWS: Final = 5_000
_MOST_CLASSES: Final = 20


def alarms(
    features: Mapping[str, Sequence[Cell]],
    label: Sequence[float] | Sequence[str],
    *,
    classes: bool,
    train: Sequence[int],
    held: Sequence[int],
    seed: int,
) -> list[Alarm]:
    """Look for leaks in the rows that a model is learned from and judged by.

    Parameters
    ----------
    features
        Columns of n values in the order of the rows: numbers, text, tags, ``None`` for none.
    label
        n numbers, or n classes.
    classes
        Whether they are classes.
    train, held
        Positions of the rows on both sides of the split.
    seed
        Draws folds, and 5,000 rows where there are more, for scores and sums; identities
        are looked for in all rows.

    Returns
    -------
    list of Alarm
        By kind, in the order of ``phrases.CODES``, then by column. Empty below 20 rows, but for
        duplicates, and where nothing was found.
    """
    import numpy as np

    truths = np.array([str(value) for value in label]) if classes else np.array(label, dtype=float)
    table = [one_column.read(name, values) for name, values in features.items()]
    rows = _sampled(len(truths), seed)
    found: list[Alarm] = []
    for column in table:
        found += _alone(column.taken(rows), truths[rows], only=len(table) == 1, seed=seed)
    known = {alarm.columns[0] for alarm in found if alarm.figure > one_column.EXACT}
    if not classes:
        found += _added([c.taken(rows) for c in table if c.name not in known], truths[rows])
    copies = {alarm.columns[0] for alarm in found if alarm.code == "copy"}
    found += _numbered([c for c in table if not (c.words and c.name in copies)])
    found += _twins(table, truths, np.array(train, dtype=int), np.array(held, dtype=int), seed)
    found += _encoded([c for c in table if c.name not in copies], table, truths, train)
    return sorted(found, key=lambda alarm: CODES.index(alarm.code))


def _sampled(rows: int, seed: int) -> np.ndarray:
    import numpy as np

    if rows <= _MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))


def _alone(column: CodedColumn, label: np.ndarray, *, only: bool, seed: int) -> Iterator[Alarm]:
    """Judge one column. Where it is the only one, its score is the model's: exact copies count.

    A curve over a number is a note even at 1: bookings give the sample's pizzas with R2 .99,
    honestly, while a copy in another unit, or rounded, lies on a line.
    """
    if len(label) < one_column.FEWEST_ROWS:
        return
    straight: float | None = None
    if label.dtype.kind == "f":
        straight = one_column.straight(column, label, seed=seed)
        curved = one_column.curved(column, label, seed=seed)
        score = max((s for s in (straight, curved) if s is not None), default=0.0)
        sure = score if column.words else (straight or 0.0)
    else:
        sure = score = one_column.classified(column, label, seed=seed) or 0.0
    exact = one_column.one_to_one(column, label) or (straight or 0.0) > one_column.EXACT
    if exact or (sure >= ALARM and not only and len(label) >= FEW_ROWS):
        figure = 1.0 if one_column.one_to_one(column, label) else sure
        yield Alarm("copy", (column.name,), figure, copied(column.name, figure))
    elif score >= NOTE and not only:
        yield Alarm("strong", (column.name,), score, strong(column.name, score))


def _added(table: Sequence[CodedColumn], label: np.ndarray) -> Iterator[Alarm]:
    import numpy as np

    numeric = [(c.name, c.numbers) for c in table if c.numbers is not None]
    # One column with many gaps must not hide the sum of the others.
    full = [(name, n) for name, n in numeric if 2 * np.isnan(n).sum() <= len(n)]
    if len(full) <= 1:
        return
    if found := several_columns.members(np.column_stack([n for _, n in full]), label):
        names = tuple(full[at][0] for at, _ in found.parts)
        signs = tuple(sign for _, sign in found.parts)
        yield Alarm("sum", names, found.r2, summed(names, signs))


def _numbered(table: Sequence[CodedColumn]) -> Iterator[Alarm]:
    for column in table:
        kind = one_column.counts_rows(column)
        if kind:
            words = counter(column.name) if kind == "counter" else identity(column.name)
            yield Alarm("counter", (column.name,), len(column.codes), words)


def _twins(
    table: Sequence[CodedColumn], label: np.ndarray, train: np.ndarray, held: np.ndarray, seed: int
) -> Iterator[Alarm]:
    if table and len(train) and len(held):
        count = several_columns.count(table, label, train, held, seed=seed)
        if count:
            yield Alarm("duplicates", (), count, twinned(count, len(held)))


def _encoded(
    suspects: Sequence[CodedColumn],
    table: Sequence[CodedColumn],
    label: np.ndarray,
    train: Sequence[int],
) -> Iterator[Alarm]:
    import numpy as np

    if label.dtype.kind == "f":
        labels = [label]
    else:
        labels = [(label == name).astype(float) for name in np.unique(label)[:_MOST_CLASSES]]
    learned = np.array(train, dtype=int)
    for column in suspects:
        if column.numbers is None:
            continue
        part = column.taken(learned)
        count = max(
            max(one_column.encodes(column, truths), one_column.encodes(part, truths[learned]))
            for truths in labels
        )
        group = one_column.group_of(column, table) if count else None
        for other in (c for c in table if c.words and not count):
            count = max(one_column.without_own_row(column, other, truths) for truths in labels)
            group = other
        if count:
            names = (column.name, group.name) if group else (column.name,)
            yield Alarm("mean_encoding", names, count, averaged(names))


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

    code: AlarmCode
    columns: tuple[str, ...]
    figure: float
    words: str


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

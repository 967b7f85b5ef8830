"""Alarms on the table that is learned from: what is known only once the label is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.grammar.phrases import CODES, AlarmCode
from mlcli.judging.leaks import one_column, several_columns
from mlcli.judging.leaks.one_column import EXACT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from mlcli.judging.leaks.coded_column import CodedColumn


ALARM: Final = 0.98
NOTE: Final = 0.90
"""Cross-validated score of one column alone (Kaufman et al., 2012; EVALUATION, section 3)."""

FEW_ROWS: Final = 50
"""Below so many rows an honest column may separate classes without a miss; a copy is exact."""

_MOST_ROWS: Final = 5_000
_MOST_TREES: Final = 50
_MOST_ADDED: Final = 200
"""Columns, of many the most promising ones: trees, and sums of more, outgrow what a fit takes."""
_CELLS: Final = 200_000
"""Cells that are looked at together."""


def alarms(
    table: Sequence[CodedColumn],
    label: np.ndarray,
    *,
    train: np.ndarray,
    held: np.ndarray,
    seed: int,
) -> tuple[list[Alarm], str]:
    """Look for leaks in the rows that a model is learned from and judged by.

    Parameters
    ----------
    table
        The features, n rows each.
    label
        (n,) numbers as doubles, or codes of classes from 0, in the order of their names.
    train, held
        Positions of the rows on both sides of the split.
    seed
        Draws folds, and 5,000 rows where there are more, for scores and sums; identities
        are looked for in all rows.

    Returns
    -------
    tuple
        Alarms by kind, in the order of ``phrases.CODES``, then by column: none below 20 rows,
        but for duplicates, and where nothing was found. What was not looked at, in words:
        nothing unless columns are many.
    """
    rows = _sampled(len(label), seed)
    some, truths = [column.taken(rows) for column in table], label[rows]
    lines = _lines(some, truths, seed=seed)
    promising = _worth_a_tree(some, truths, seed=seed)
    found = list(_alone(some, truths, lines, promising[:_MOST_TREES], seed=seed))
    known = {alarm.columns[0] for alarm in found if alarm.figure > one_column.EXACT}
    full: dict[str, np.ndarray] = {}
    if label.dtype.kind == "f":
        full = _full([c for c in some if c.name not in known], truths)
        found += _added(full, truths, lines)
    copies = {alarm.columns[0] for alarm in found if alarm.code == "copy"}
    found += _numbered([c for c in table if c.levels is None or c.name not in copies])
    found += _twins(table, label, train, held, seed)
    found += _encoded([c for c in table if c.name not in copies], table, label, train)
    found.sort(key=lambda alarm: CODES.index(alarm.code))
    return found, _left_out(len(promising), len(full))


def _left_out(promising: int, added: int) -> str:
    """Say which columns were not looked at, where they are that many."""
    said = []
    if promising > _MOST_TREES:
        columns = wording.count(promising - _MOST_TREES, "column")
        said.append(f"{columns} that may alone give the label away by steps")
    if added > _MOST_ADDED:
        columns = wording.count(added - _MOST_ADDED, "column")
        said.append(f"{columns} that may be part of a sum")
    return f"not looked at for alarms, as columns are many: {', '.join(said)}" if said else ""


def _sampled(rows: int, seed: int) -> np.ndarray:
    if rows <= _MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))


def _lines(table: Sequence[CodedColumn], label: np.ndarray, *, seed: int) -> dict[str, float]:
    """Return how well a line over each column of numbers gives the label, where that is one."""
    if label.dtype.kind != "f" or not len(label):
        return {}
    return {
        name: float(r2)
        for names, numbers in _blocks(table)
        for name, r2 in zip(names, one_column.straight(numbers, label, seed=seed), strict=True)
    }


def _alone(
    table: Sequence[CodedColumn],
    label: np.ndarray,
    lines: Mapping[str, float],
    worth: Collection[str],
    *,
    seed: int,
) -> Iterator[Alarm]:
    """Judge columns one by one. Where there is only one, its score is the model's: copies count.

    A curve over a number is a note even at 1: bookings give the sample's pizzas with R2 .99,
    honestly, while a copy in another unit, or rounded, lies on a line.
    """
    if not _says(label):
        return
    ranks = np.unique(label, return_inverse=True)[1]
    ordered, only = label.dtype.kind == "f", len(table) == 1
    scored = one_column.curved if ordered else one_column.classified
    for column in table:
        line = lines.get(column.name, 0.0)
        same = one_column.one_to_one(column, ranks, ordered=ordered)
        asked = not same and not only and (column.levels is not None or column.name in worth)
        score = max(line, scored(column, label, seed=seed) if asked else 0.0)
        sure = line if ordered and column.levels is None else score
        exact = same or line > EXACT
        if exact or (sure >= ALARM and not only and len(label) >= FEW_ROWS):
            figure = 1.0 if same else sure
            yield Alarm("copy", (column.name,), figure, copied(column.name, figure))
        elif score >= NOTE and not only:
            yield Alarm("strong", (column.name,), score, strong(column.name, score))


def _says(label: np.ndarray) -> bool:
    """Say whether columns can be judged by a label: there are rows, and they differ."""
    return len(label) >= one_column.FEWEST_ROWS and not (label == label[0]).all()


def _worth_a_tree(table: Sequence[CodedColumn], label: np.ndarray, *, seed: int) -> list[str]:
    """Return the columns for which a tree may come to a note, the most promising first."""
    found: dict[str, float] = {}
    if not _says(label):
        return []
    for names, numbers in _blocks([column for column in table if column.levels is None]):
        most, lost = one_column.within_reach(numbers, label, seed=seed)
        found |= {name: lost[at] for at, name in enumerate(names) if most[at] >= NOTE}
    return sorted(found, key=found.__getitem__)


def _blocks(table: Sequence[CodedColumn]) -> Iterator[tuple[list[str], np.ndarray]]:
    """Yield columns of numbers, some together: their names, and (k, n) values."""
    numeric = [(column.name, column.numbers) for column in table if column.numbers is not None]
    size = max(1, _CELLS // len(numeric[0][1])) if numeric else 1
    for first in range(0, len(numeric), size):
        names, numbers = zip(*numeric[first : first + size], strict=True)
        yield list(names), np.array(numbers)


def _full(table: Sequence[CodedColumn], label: np.ndarray) -> dict[str, np.ndarray]:
    """Return the numbers that may add up to the label; none where they are too many to say."""
    numeric = [(c.name, c.numbers) for c in table if c.numbers is not None]
    # One column with many gaps must not hide the sum of the others.
    full = {name: n for name, n in numeric if 2 * np.isnan(n).sum() <= len(n)}
    return full if 1 < len(full) <= len(label) / 2 else {}


def _added(
    full: Mapping[str, np.ndarray], label: np.ndarray, lines: Mapping[str, float]
) -> Iterator[Alarm]:
    if not full:
        return
    tried = set(sorted(full, key=lambda name: -lines[name])[:_MOST_ADDED])
    names = [name for name in full if name in tried]
    if found := several_columns.members(np.column_stack([full[name] for name in names]), label):
        parts = tuple(names[at] for at, _ in found.parts)
        words = summed(parts, tuple(sign for _, sign in found.parts))
        yield Alarm("sum", parts, found.r2, words)


def _numbered(table: Sequence[CodedColumn]) -> Iterator[Alarm]:
    for column in table:
        kind = one_column.counts_rows(column)
        if kind:
            words = counter(column.name) if kind == "counter" else identity(column.name)
            yield Alarm("counter", (column.name,), len(column), words)


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
    train: np.ndarray,
) -> Iterator[Alarm]:
    numbers = {column.name: column.numbers for column in suspects if column.numbers is not None}
    found: dict[str, tuple[int, CodedColumn | None]] = {}
    for column in suspects:
        if column.name in numbers:
            given = numbers[column.name]
            count = one_column.encodes(given, label)
            count = max(count, one_column.encodes(given[train], label[train]))
            if count:
                found[column.name] = count, one_column.group_of(column, table)
    for group in (column for column in table if column.levels is not None):
        left = {name: given for name, given in numbers.items() if name not in found}
        for name, count in one_column.without_own_row(left, group, label).items():
            found[name] = count, group
    for name in numbers:
        if name in found:
            count, of = found[name]
            names = (name, of.name) if of else (name,)
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

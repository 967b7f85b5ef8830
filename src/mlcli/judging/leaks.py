"""Alarms on the table that is learned from: what is known only once the label is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.judging import alarm as said
from mlcli.judging import columns as reading
from mlcli.judging import encodings, identity, single, sums, twins
from mlcli.judging.alarm import Alarm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from mlcli.judging.columns import Cell, Column

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
    train, held
        Positions of the rows on both sides of the split.
    seed
        Draws folds, and 5,000 rows where there are more, for scores and sums; identities
        are looked for in all rows.

    Returns
    -------
    list of Alarm
        By kind, in the order of ``Code``, then by column. Empty below 20 rows, but for
        duplicates, and where nothing was found.
    """
    import numpy as np

    classes = any(isinstance(value, str) for value in label)
    truths = np.array([str(value) for value in label]) if classes else np.array(label, dtype=float)
    table = [reading.column(name, values) for name, values in features.items()]
    rows = _sampled(len(truths), seed)
    found: list[Alarm] = []
    for column in table:
        found += _alone(column.taken(rows), truths[rows], only=len(table) == 1, seed=seed)
    known = {alarm.columns[0] for alarm in found if alarm.figure > single.EXACT}
    if not classes:
        found += _added([c.taken(rows) for c in table if c.name not in known], truths[rows])
    copies = {alarm.columns[0] for alarm in found if alarm.code == "copy"}
    found += _numbered([c for c in table if not (c.words and c.name in copies)])
    found += _twins(table, truths, np.array(train, dtype=int), np.array(held, dtype=int), seed)
    found += _encoded([c for c in table if c.name not in copies], table, truths, train)
    return sorted(found, key=lambda alarm: said.CODES.index(alarm.code))


def _sampled(rows: int, seed: int) -> np.ndarray:
    import numpy as np

    if rows <= _MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))


def _alone(column: Column, label: np.ndarray, *, only: bool, seed: int) -> Iterator[Alarm]:
    """Judge one column. Where it is the only one, its score is the model's: exact copies count.

    A curve over a number is a note even at 1: bookings give the sample's pizzas with R2 .99,
    honestly, while a copy in another unit, or rounded, lies on a line.
    """
    if len(label) < single.FEWEST_ROWS:
        return
    straight: float | None = None
    if label.dtype.kind == "f":
        straight = single.straight(column, label, seed=seed)
        curved = single.curved(column, label, seed=seed)
        score = max((s for s in (straight, curved) if s is not None), default=0.0)
        sure = score if column.words else (straight or 0.0)
    else:
        sure = score = single.classified(column, label, seed=seed) or 0.0
    exact = single.one_to_one(column, label) or (straight or 0.0) > single.EXACT
    if exact or (sure >= ALARM and not only and len(label) >= FEW_ROWS):
        figure = 1.0 if single.one_to_one(column, label) else sure
        yield Alarm("copy", (column.name,), figure, said.copied(column.name, figure))
    elif score >= NOTE and not only:
        yield Alarm("strong", (column.name,), score, said.strong(column.name, score))


def _added(table: Sequence[Column], label: np.ndarray) -> Iterator[Alarm]:
    import numpy as np

    numeric = [(c.name, c.numbers) for c in table if c.numbers is not None]
    # One column with many gaps must not hide the sum of the others.
    full = [(name, n) for name, n in numeric if 2 * np.isnan(n).sum() <= len(n)]
    found = sums.members(np.column_stack([n for _, n in full]), label) if len(full) > 1 else None
    if found:
        names = tuple(full[at][0] for at, _ in found.parts)
        signs = tuple(sign for _, sign in found.parts)
        yield Alarm("sum", names, found.r2, said.summed(names, signs))


def _numbered(table: Sequence[Column]) -> Iterator[Alarm]:
    for column in table:
        kind = identity.counts_rows(column)
        if kind:
            words = said.counter(column.name) if kind == "counter" else said.identity(column.name)
            yield Alarm("counter", (column.name,), len(column.codes), words)


def _twins(
    table: Sequence[Column], label: np.ndarray, train: np.ndarray, held: np.ndarray, seed: int
) -> Iterator[Alarm]:
    if table and len(train) and len(held):
        count = twins.count(table, label, train, held, seed=seed)
        if count:
            yield Alarm("duplicates", (), count, said.twinned(count, len(held)))


def _encoded(
    suspects: Sequence[Column], table: Sequence[Column], label: np.ndarray, train: Sequence[int]
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
            max(encodings.encodes(column, truths), encodings.encodes(part, truths[learned]))
            for truths in labels
        )
        group = encodings.group_of(column, table) if count else None
        for other in (c for c in table if c.words and not count):
            count = max(encodings.without_own_row(column, other, truths) for truths in labels)
            group = other
        if count:
            names = (column.name, group.name) if group else (column.name,)
            yield Alarm("mean_encoding", names, count, said.averaged(names))

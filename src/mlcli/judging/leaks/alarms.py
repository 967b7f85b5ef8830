"""Alarms on the table that is learned from: what is known only once the label is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.grammar.alarm_codes import CODES, AlarmCode
from mlcli.judging import same_rows
from mlcli.judging.leaks import disguised, one_column, several_columns
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
    free_weights: bool = False,
    when: np.ndarray | None = None,
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
    free_weights
        Whether the model sets weights that nothing keeps small: two columns that are nearly
        the same are an alarm then.
    when
        (n,) dates of the rows, where they have some.

    Returns
    -------
    tuple
        Alarms and notes by kind, in the order of ``alarm_codes.CODES``, then by column: none
        below 20 rows, but for duplicates, and where nothing was found. What was not looked at,
        in words: nothing unless columns are many.
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
        found += _alike(full) if free_weights else ()
    copies = {alarm.columns[0] for alarm in found if alarm.code == "copy"}
    if when is not None and label.dtype.kind == "f":
        found += _ahead([c for c in table if c.name not in copies], label, when)
    found += _numbered([c for c in table if c.levels is None or c.name not in copies], label)
    found += twins(table, label, train, held, seed)
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
        said.append(f"{columns} that may be part of a sum or product")
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
        elif ordered and disguised.cuts(column, label):
            yield Alarm("copy", (column.name,), score, banded(column.name))
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
    matrix = np.column_stack([full[name] for name in names])
    if found := several_columns.members(matrix, label):
        parts = tuple(names[at] for at, _ in found.parts)
        words = (
            weighed(parts)
            if found.weighted
            else summed(parts, tuple(sign for _, sign in found.parts))
        )
        yield Alarm("sum", parts, found.r2, words)
    elif found := several_columns.parts(matrix, label):
        parts = tuple(names[at] for at, _ in found.parts)
        yield Alarm("part", parts, found.r2, parted(parts, found.r2))
    if pair := several_columns.product(matrix, label):
        (one, other), powers = pair
        both = names[one], names[other]
        yield Alarm("product", both, 1.0, multiplied(both, powers))
    elif several := several_columns.factors(matrix, label):
        told = tuple(names[one.column] for one in several)
        texts = [one.form.format(name) for one, name in zip(several, told, strict=True)]
        yield Alarm("product", told, 1.0, multiplied(texts, [one.power for one in several]))


def _ahead(table: Sequence[CodedColumn], label: np.ndarray, when: np.ndarray) -> Iterator[Alarm]:
    """Yield the columns that hold the next row's label: of all rows, or of those of one word."""
    order = np.argsort(when, kind="stable")
    orders: list[tuple[np.ndarray, np.ndarray | None]] = [(order, None)]
    for groups in (column.levels for column in table if column.levels is not None):
        inside = order[np.argsort(groups[order], kind="stable")]
        orders.append((inside, groups[inside]))
    for column in table:
        given = column.numbers
        if given is not None and any(
            disguised.of_next_row(given[rows], label[rows], groups) for rows, groups in orders
        ):
            yield Alarm("copy", (column.name,), 1.0, ahead(column.name))


def _alike(full: Mapping[str, np.ndarray]) -> Iterator[Alarm]:
    """Yield pairs of columns that are nearly the same, or more that are together; of many some."""
    names = [*full][:_MOST_ADDED]
    seen: set[str] = set()
    if not names:
        return
    matrix = np.column_stack([full[name] for name in names])
    for one, other, r in several_columns.alike(matrix):
        if not seen & {names[one], names[other]}:
            yield Alarm("alike", (names[one], names[other]), r, alike(names[one], names[other], r))
        seen |= {names[one], names[other]}
    places, r2 = several_columns.together(matrix)
    if places and not seen:
        several = tuple(names[at] for at in places)
        yield Alarm("alike", several, r2, bound(several, r2))


def _numbered(table: Sequence[CodedColumn], label: np.ndarray) -> Iterator[Alarm]:
    for column in table:
        kind = one_column.numbers_rows(column, label)
        if kind == "id":
            yield Alarm("counter", (column.name,), len(column), identity(column.name))
        elif kind:
            yield Alarm("rising", (column.name,), len(column), rising(column.name))


def twins(
    table: Sequence[CodedColumn], label: np.ndarray, train: np.ndarray, held: np.ndarray, seed: int
) -> Iterator[Alarm]:
    """Yield the alarm or note on held-out rows that stand in training too, or nearly do.

    Parameters
    ----------
    table, label, train, held, seed
        As for `alarms`.
    """
    if not (table and len(train) and len(held)):
        return
    copies = same_rows.count(table, label, train, held, seed=seed)
    if copies.sure:
        yield Alarm("duplicates", (), copies.rows, twinned(copies.rows, len(held)))
    elif near := same_rows.near_copies(table, label, train, held, seed=seed):
        yield Alarm("near_copies", (), near, nearly_twinned(near))
    elif copies.likely:
        yield Alarm("repeated", (), copies.rows, repeated(copies.rows, len(held)))


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
        Those of ``alarm_codes.WORTH_A_LOOK`` are often honest; the others are alarms.
    columns
        The features it is about; none for ``duplicates``, ``repeated`` and ``near_copies``.
    figure
        ``copy``, ``strong``: score of the column alone, R2 or balanced accuracy, 1 at most.
        ``sum``, ``part``, ``product``: R2. ``counter``, ``rising``: rows. ``alike``: the
        correlation, or R2 of three and more. ``duplicates``, ``repeated``: held-out rows that
        stand in training; ``near_copies``: their share. ``mean_encoding``: groups whose mean it
        holds.
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


def banded(name: str) -> str:
    """Say that a column holds the bands that the label was cut into."""
    return (
        f"{name} is the label cut into bands: it is probably known only when the label is; "
        "leave it out, unless it is known before"
    )


def ahead(name: str) -> str:
    """Say that a column holds the label of the row after."""
    return (
        f"{name} is the label of the next row: it is known only when that is; leave it out, "
        "unless it is known before"
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


def weighed(names: Sequence[str]) -> str:
    """Say which columns give the label exactly, each times a number of its own."""
    return (
        f"{wording.both(names)} give the label exactly, each times a number: they are known only "
        "when it is; leave out at least one, unless all are known before"
    )


def parted(names: Sequence[str], told: float) -> str:
    """Ask of columns that seem to be parts of the label."""
    return (
        f"{' + '.join(names)} seem to be parts of the label (it is never less, and they tell "
        f"{told:.0%} of it): are they known before it is?"
    )


def multiplied(names: Sequence[str], powers: Sequence[int]) -> str:
    """Say which columns multiply or divide to the label."""
    upper = [name for name, power in zip(names, powers, strict=True) if power > 0]
    lower = [name for name, power in zip(names, powers, strict=True) if power < 0]
    text = " / ".join([" * ".join(upper) or "1", *lower])
    return (
        f"{text} is the label, but for a factor: they are known only when it is; leave out at "
        f"least one, unless {'all' if names[2:] else 'both'} are known before"
    )


def alike(one: str, other: str, r: float) -> str:
    """Say that two columns are nearly the same, and what that does to weights."""
    return f"{one} and {other} are nearly the same (correlation {r:.5f}), {_AGAINST}"


def bound(names: Sequence[str], r2: float) -> str:
    """Say that each of several columns is nearly what the others make of it."""
    return f"each of {', '.join(names)} is nearly a sum of the others (R2 {r2:.5f}), {_AGAINST}"


_AGAINST: Final = (
    "so their weights are set against each other, and where they disagree an answer can be far "
    "off: leave one out, or write  model: ridge"
)


def rising(name: str) -> str:
    """Ask of a column that rises or falls with the rows."""
    return (
        f"{name} rises or falls with the rows, so a new row will lie beyond all of them: is it "
        "known then, and does what was learned go on there?"
    )


def identity(name: str) -> str:
    """Say that a column is a name of the row."""
    return (
        f"{name} is different in every row, so what is learned from it holds for no new row; "
        "leave it out"
    )


def twinned(count: int, held: int) -> str:
    """Say how many held-out rows the model has learned from."""
    return (
        f"{_in_both(count, held)}, more than chance explains: the model has seen the answer; "
        "remove repeated rows, or hold out whole groups"
    )


def repeated(count: int, held: int) -> str:
    """Say how many held-out rows stand in training too, where that may be chance."""
    return f"{_in_both(count, held)}, with the same label: are rows repeated?"


def _in_both(count: int, held: int) -> str:
    stand = "stands" if count == 1 else "stand"
    return f"{count:,} of {wording.count(held, 'held-out row')} {stand} in training too"


def nearly_twinned(share: float) -> str:
    """Say how many held-out rows are nearly such as the model has learned from."""
    return (
        f"{share:.0%} of the held-out rows nearly stand in training too, far closer than chance: "
        "the model has as good as seen the answer; remove copies, or hold out whole groups"
    )


def averaged(names: tuple[str, ...]) -> str:
    """Say of what a column holds means, and of which groups if that is known."""
    of = f"each {names[1]}" if len(names) > 1 else "groups of rows"
    return (
        f"{names[0]} is the label's mean for {of}, so it carries the row's own "
        "label: leave it out, or work it out from earlier rows only"
    )

"""All rows of a table that lies elsewhere: how they are split, and what they teach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.answering.encoding import encode_many
from mlcli.answering.features import NumberInput
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.learning import features, limits, passes, shaping, splits, sums
from mlcli.learning.labels import few_numbers, require_counts
from mlcli.tables import row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.equation import Log, Matrix
    from mlcli.answering.features import Input
    from mlcli.answering.target import Blind, Target
    from mlcli.definition.definition import Definition, Feature
    from mlcli.grammar.phrases import Holdout
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Flags, Floats, Rows
    from mlcli.tables.examples import Examples
    from mlcli.tables.lying import Lying, RowBlock, State

_CELLS: Final = 4_000_000
"""Of a matrix, so many are worked on at a time."""

_OFF: Final = 0.1
"""How far the share of rows held out may be from what was asked for."""


class Held(NamedTuple):
    """Which rows are held out: those from a day on, or those of the lowest hashes.

    Attributes
    ----------
    key
        The column of dates, of which days count, where there is one.
    start
        The first day that is held out, if that decides.
    limit
        The highest hash that is held out, if hashes decide.
    group
        The column that is hashed, if one is; else the day is, and without dates the whole row.
    seed
        Goes into the hashes.
    """

    key: str | None = None
    start: np.datetime64 | None = None
    limit: np.uint64 | None = None
    group: str | None = None
    seed: int = 0

    def of(self, block: RowBlock) -> Flags:
        """Return (n,) whether each row is held out."""
        if self.start is not None:
            return np.asarray(self.days(block) >= self.start)
        if self.limit is None:
            return np.zeros(block.rows, dtype=bool)
        return np.asarray(self.hashes(block) <= self.limit)

    def days(self, block: RowBlock) -> NDArray[np.datetime64]:
        """Return the day of each row."""
        dates = block.columns[self.key or ""]
        assert isinstance(dates, Times)
        return dates.starts("day")

    def hashes(self, block: RowBlock) -> row_hash.Hashes:
        """Return the hash of each row's group or day, or its own where it has none."""
        if self.group is None and self.key is None:
            return row_hash.seeded(block.hashed(), self.seed)
        whole = Times(self.days(block)) if self.group is None else block.columns[self.group]
        found = row_hash.of_rows([whole])
        if whole.missing.any():
            found = np.where(whole.missing, block.hashed(), found)
        return row_hash.seeded(found, self.seed)


def held_out(definition: Definition, examples: Examples, split: Holdout) -> Held:
    """Return which of all rows are held out.

    Raises
    ------
    DataError
        A date is needed and missing.
    """
    assert examples.lies is not None
    dated = examples.dates is not None
    splits.must_be_dated(split, examples.dates)
    held = Held(definition.key if dated else None, group=definition.group, seed=definition.seed)
    wanted = ceil(round(split.share * examples.lies.rows, 9))
    if split.how == "from":
        return held._replace(start=np.datetime64(split.start, "us"))
    if split.how == "none" or not wanted:
        return held
    if split.how == "newest":
        days, counts = _counted(examples.lies, held.days)
        enough = np.searchsorted(counts[::-1].cumsum(), wanted)
        return held._replace(start=days[::-1][enough])
    if held.group is None and not dated:
        return held._replace(limit=row_hash.threshold(split.share))
    hashes, counts = _counted(examples.lies, held.hashes)
    return held._replace(limit=hashes[np.searchsorted(counts.cumsum(), wanted)])


def _counted(table: Lying, of: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the different values of something that rows have, rising, and how many have each."""

    def one(block: RowBlock) -> State:
        values, counts = np.unique(of(block), return_counts=True)
        return {"values": values, "counts": counts}

    states = [*table.states(one)]
    values = np.concatenate([state["values"] for state in states])
    different, at = np.unique(values, return_inverse=True)
    counts = np.bincount(at, np.concatenate([state["counts"] for state in states]))
    return different, counts.astype(np.int64)


class Encoder(NamedTuple):
    """Makes of rows what an estimator gets: all that workers need who have the rows.

    Attributes
    ----------
    held
        Which rows are held out.
    features
        What those to learn from show of each feature.
    log
        The logarithms that a model takes first.
    label
        The name of the label.
    places
        Of classes, the position of each word of the label; -1 for one that is held out alone.
    """

    held: Held
    features: tuple[Input, ...]
    log: Log | None
    label: str
    places: NDArray[np.intp] | None

    def taught(self, work: passes.Work, block: RowBlock) -> State:
        """Return what some work makes of the rows of a block to learn from."""
        rows = np.flatnonzero(~self.held.of(block))
        return sums.added(work(*self._encoded(block, some)) for some in self.parts(rows))

    def parts(self, rows: Rows) -> Iterator[Rows]:
        """Yield rows in parts of which the matrix is small."""
        step = max(1, _CELLS // sum(feature.width for feature in self.features))
        for at in range(0, len(rows), step):
            yield rows[at : at + step]

    def _encoded(self, block: RowBlock, rows: Rows) -> tuple[Matrix, NDArray[Any]]:
        """Return rows as the estimator gets them, and their labels as it learns from them."""
        asked, labels = self.asked(block, rows)
        return asked if self.log is None else self.log.apply_many(asked), labels

    def asked(self, block: RowBlock, rows: Rows) -> tuple[Matrix, NDArray[Any]]:
        """Return rows as they are asked, and their labels: numbers, or the positions of classes.

        Raises
        ------
        DataError
            One cannot be encoded.
        """
        asked, able = encode_many(self.features, block.columns, rows)
        if self.log is not None:
            able &= (asked[:, list(self.log.columns)] > 0).all(axis=1)
        if not able.all():
            raise self._unable(place(block, rows[able.argmin()]))
        column = block.columns[self.label].taken(rows)
        if self.places is None:
            assert isinstance(column, Numbers)
            return asked, column.values
        assert isinstance(column, Words)
        return asked, np.asarray(self.places[column.codes])

    def _unable(self, at: str) -> DataError:
        """Return the error about the row at some place, which cannot be encoded."""
        if self.log is not None:
            message = f"the logarithm of one of {wording.both([*self.log.names])} is none here"
            hint = "leave such rows out, with  between: {COLUMN: 1 or more}"
            return DataError(message, place=at, hint=hint)
        message = "held out: it holds a word that no row to learn from has"
        hint = "say what an unseen value does, with  unseen: other  or  ignore"
        return DataError(message, place=at, hint=hint)


@dataclass(frozen=True, slots=True)
class AllRows:
    """What all rows of a table teach, and how many of them are held out.

    Attributes
    ----------
    table, encoder
        The rows, and what makes of them what an estimator gets.
    target
        What those to learn from show of the label.
    rows, out
        How many rows there are to learn from, and held out.
    typical
        What most rows to learn from hold, by feature.
    blind
        The answer without a look.
    days
        The different days of rows to learn from, where rows have dates.
    """

    table: Lying
    encoder: Encoder
    target: Target
    rows: int
    out: int
    typical: Mapping[str, float | str | tuple[str, ...]]
    blind: Blind
    days: NDArray[np.datetime64] | None

    @property
    def split_words(self) -> str:
        """Say which rows are held out."""
        some, held = wording.count(self.out, "row"), self.encoder.held
        if held.start is not None:
            return f"the newest {some}, from {wording.written(held.start.item())} on"
        if held.limit is None:
            return "the rows it learned from: none were held out"
        whole = "" if held.group is None and held.key is None else ", in whole "
        whole += f"groups of {held.group}" if held.group else "days" if whole else ""
        return f"{some} drawn by their hash{whole}"

    def note(self, sample: int) -> str:
        """Say which figures are of all rows, and which of a sample of so many."""
        judged = f" and judged on all {self.out:,} held out" if self.out else ""
        return (
            f"learned from all {wording.count(self.rows, 'row')}{judged}, where they lie; "
            f"importance, ranges, alarms and other evidence are of {sample:,} rows, drawn by their "
            "hash"
        )

    def over(self, work: passes.Work) -> State:
        """Return the merged states of all rows to learn from; see ``Passes``."""
        return sums.added(self.table.states(partial(self.encoder.taught, work)))


def place(block: RowBlock, row: int) -> str:
    """Say where a row of a block stands."""
    return "" if block.lines is None else f"line {block.lines[row]}"


def taught(lesson: Lesson, split: Holdout) -> AllRows | None:
    """Return what all rows teach, if the model of a definition is learned from sums.

    Raises
    ------
    DataError
        The label is constant, a feature is empty, or some value cannot be learned.
    """
    definition, examples, _ = lesson
    table = examples.lies
    assert table is not None
    held = held_out(definition, examples, split)
    brackets = {
        name: _bracket(column.values[~column.missing])
        for name, column in examples.columns.items()
        if isinstance(column, Numbers)
    }
    estimator = definition.model.build(definition.seed, definition.kind.kind)
    if not passes.adds_up(estimator, columns=1, classes=1):
        return None
    label = definition.label.name
    found = _merged(table.states(partial(_looked_at, held, brackets, label)))
    if missed := [name for name in brackets if not _shows_median(found, name)]:
        brackets |= dict.fromkeys(missed, (-inf, inf))
        found = _merged(table.states(partial(_looked_at, held, brackets, label)))
    train, out = int(found["rows"][0]), int(found["out"][0])
    if train + out != table.rows:
        raise DataError(
            f"its rows change as they are read: there were {table.rows:,}, and are {train + out:,}",
            hint="fit again, once nobody writes its files any more",
        )
    _check_share(split, held, train, out)
    learned = {f.name: _learned(f, table, found) for f in definition.features}
    for at, one in enumerate(learned.values()):
        if one.levels and definition.features[at].kind != "ordinal":
            column = examples.columns[one.name]
            limits.few_words(definition, at, column, len(one.levels), train)
    target, places, blind = _of_label(lesson, found, train)
    typical = {
        name: _median(found, name)
        if isinstance(one, NumberInput)
        else features.typical_word(one, _words(table, found, name), train)
        for name, one in learned.items()
    }
    inputs = tuple(learned.values())
    days = None if held.key is None else np.unique(found["in days"])
    log = shaping.log_of(inputs) if definition.model.log else None
    encoder = Encoder(held, inputs, log, label, places)
    whole = AllRows(table, encoder, target, train, out, typical, blind, days)
    columns = definition.model.columns(sum(feature.width for feature in inputs))
    return whole if passes.adds_up(estimator, columns, target.width) else None


def note_of_sample(name: str, sample: int, rows: int) -> str:
    """Say that a model is learned from a sample alone."""
    return (
        f"learned from and judged on {sample:,} of {wording.count(rows, 'row')}, drawn by their "
        f"hash: {name} cannot be learned where rows lie"
    )


def _check_share(split: Holdout, held: Held, train: int, out: int) -> None:
    """Raise where one side has hardly a row, or rows that are alike make the share another."""
    if train < splits.FEWEST_TO_LEARN or (split.how != "none" and not out):
        raise DataError(
            f"holdout: {split.text}  leaves {wording.count(train, 'row')} to learn from, and "
            f"{out:,} held out",
            hint="write another hold-out, such as  holdout: random 20%",
        )
    share = out / (train + out)
    alone = held.limit is not None and held.group is None and held.key is None
    if alone and abs(share - split.share) > _OFF * split.share:
        raise DataError(
            f"holdout: {split.text}  holds out {share:.0%} of the rows: rows that are alike are "
            "held out together, and there are few that differ",
            hint="write  date:  and  holdout: newest 20%,  or a  group:  of which there are many",
        )


def _bracket(sample: Floats) -> tuple[float, float]:
    """Return two numbers between which the median of all rows lies, most surely."""
    if not len(sample):
        return -inf, inf
    off = min(0.5, _SURELY / sqrt(len(sample)))
    low, high = np.quantile(sample, [0.5 - off, 0.5 + off])
    return float(low), float(high)


_SURELY: Final = 3.0
"""Six standard deviations of the share of rows that lie below the median of a sample."""

_LOWEST, _HIGHEST, _TOGETHER, _TIMES = "low", "high", "in", "times"


def _fraction(values: Floats) -> float:
    """Return the first number that is no whole one; endless if there is none."""
    parts = values[values % 1 != 0]
    return float(parts[0]) if len(parts) else inf


def _looked_at(
    held: Held, brackets: Mapping[str, tuple[float, float]], label: str, block: RowBlock
) -> State:
    """Return counts, ranges and sums of the rows to learn from, and how many are held out."""
    out = held.of(block)
    rows = block.taken(~out) if out.any() else block
    state: State = {"rows": np.array([rows.rows]), "out": np.array([out.sum()])}
    if held.key is not None:
        state["in days"] = np.unique(held.days(rows))
    for name, column in rows.columns.items():
        if isinstance(column, Words):
            state[f"n {name}"] = np.bincount(column.codes + 1, minlength=len(column.levels) + 1)
        elif isinstance(column, Numbers):
            values = column.values
            gone = column.missing
            values = values[~gone] if gone.any() else values
            low, high = brackets[name]
            some = values[(low <= values) & (values <= high)]
            # Each different one once: of a column that is mostly 0, nearly all are among them.
            inside, times = np.unique(some, return_counts=True)
            state |= {
                f"low {name}": np.array([values.min(initial=inf)]),
                f"high {name}": np.array([values.max(initial=-inf)]),
                f"n {name}": np.array([len(values), np.count_nonzero(values < low)]),
                f"sum {name}": np.array([values.sum()]),
                f"in {name}": inside,
                f"times {name}": times,
            }
            if name == label:
                state["low part"] = np.array([_fraction(values)])
    return state


def _merged(states: Iterable[State]) -> State:
    """Merge states by what each part of them is: the lowest, the highest, all, or a sum."""
    pieces: dict[str, list[NDArray[Any]]] = {}
    for state in states:
        for name, value in state.items():
            pieces.setdefault(name, []).append(value)
    return {name: _both(name.split(" ", 1)[0], some) for name, some in pieces.items()}


def _both(how: str, some: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if how in {_TOGETHER, _TIMES}:
        return np.concatenate(some)
    if how in {_LOWEST, _HIGHEST}:
        return np.asarray(reduce(np.minimum if how == _LOWEST else np.maximum, some))
    return np.asarray(reduce(np.add, some))


def _words(table: Lying, found: State, name: str) -> dict[str, int]:
    """Return in how many rows each word of a column is."""
    return dict(zip(table.levels[name], found[f"n {name}"][1:].tolist(), strict=True))


def _learned(feature: Feature, table: Lying, found: State) -> Input:
    """Return what all rows show of a feature."""
    name = feature.name
    if f"sum {name}" not in found:
        counts = _words(table, found, name)
        return features.learn_words(feature, counts)
    count = int(found[f"n {name}"][0])
    if not count:
        return features.learn_words(feature, {})  # which says that it is empty
    fill = None
    match feature.missing:
        case "mean":
            fill = float(found[f"sum {name}"][0]) / count
        case "median":
            fill = _median(found, name)
        case "most_frequent":
            raise DataError(
                f"which number of {name!r} is the most frequent is not counted where rows are "
                "too many to take home",
                hint="write  missing: median",
            )
        case None:
            pass
    low, high = (float(found[f"{end} {name}"][0]) for end in (_LOWEST, _HIGHEST))
    return features.learn_number(feature, low, high, fill)


def _shows_median(found: State, name: str) -> bool:
    """Say whether both numbers in the middle are among those that were kept."""
    count, below = found[f"n {name}"].tolist()
    kept = found[f"times {name}"].sum()
    return not count or (below <= (count - 1) // 2 and count // 2 < below + kept)


def _median(found: State, name: str) -> float:
    """Return the exact median of a column of numbers."""
    count, below = found[f"n {name}"].tolist()
    values = found[f"in {name}"]
    order = values.argsort()
    ends = below + found[f"times {name}"][order].cumsum()
    middle = np.searchsorted(ends, [(count - 1) // 2, count // 2], side="right")
    return float(values[order[middle]].mean())


def _of_label(
    lesson: Lesson, found: State, train: int
) -> tuple[Target, NDArray[np.intp] | None, Blind]:
    """Return what is answered, the position of each word of the label, and the blind answer."""
    definition, examples, labels = lesson
    name, made = definition.label.name, labels.__class__
    assert examples.lies is not None
    if f"sum {name}" in found:
        ends = [found[part][0] for part in (f"low {name}", f"high {name}", "low part")]
        known = made(np.array([one for one in ends if np.isfinite(one)]))
        rows = np.arange(len(known.known))
        shaping.varies(known.known, name, train)
        target: Any = known.target(definition.label, rows)
        require_counts(definition, ends[0])
        return target, None, float(found[f"sum {name}"][0]) / train
    levels = Words(np.arange(len(examples.lies.levels[name])), [*examples.lies.levels[name]])
    if definition.label.kind is None and all(map(cells.is_number, levels.levels)):
        few_numbers(definition, np.array([*map(float, levels.levels)]))
    names = made.read(definition, levels, np.arange(len(levels))).known
    counts = found[f"n {name}"][1:]
    there = counts > 0
    shaping.varies(names[there], name, train)
    target = made(names).target(definition.label, np.flatnonzero(there))
    places = target.aims(names)
    rows_of = np.bincount(places[there], counts[there], minlength=len(target.classes))
    blind = dict(zip(target.classes, (rows_of / train).tolist(), strict=True))
    return target, np.append(places, -1), blind

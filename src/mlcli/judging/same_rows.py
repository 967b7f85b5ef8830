"""Which rows are the same: of several tables, or held out and learned from, or nearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.errors import LINES_A_FILE, DataError
from mlcli.judging.leaks.coded_column import CodedColumn, bits

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from mlcli.learning.labels import RowLabels
    from mlcli.statistics.arrays import Rows
    from mlcli.tables.examples import Examples


@dataclass(frozen=True, slots=True)
class Table:
    """The usable rows of a definition.

    ``labels`` are theirs; ``digests`` the SHA-256 of each file
    that it was made from, by name.
    """

    name: str
    examples: Examples
    labels: RowLabels
    digests: Mapping[str, str]

    @property
    def usable(self) -> Rows:
        """Return the positions of the rows that have features and a label."""
        return self.examples.positions("usable")


def matched(tables: Sequence[Table]) -> list[Rows]:
    """Return the positions of the rows that all tables have, in the order of the first one.

    Rows are matched by their key where it names each once; else by the line of the export
    that they stand in, where the exports are the same bytes; else by their position, where
    the tables have the same labels in the same order.

    Returns
    -------
    list
        For each table as many positions, those of the same row at the same place.

    Raises
    ------
    DataError
        They have no row in common, rows that cannot be told to be the same, or other labels
        in the same row.
    """
    first = tables[0]
    found = aligned(_named(tables))
    places = [table.usable[at] for table, at in zip(tables, found, strict=True)]
    if not len(places[0]):
        spans = "; ".join(f"{table.name} has {_span(table)}" for table in tables)
        raise DataError(
            "these definitions have no row in common, so that nothing can be compared",
            hint=f"{spans}; take definitions of the same nights or things",
        )
    ours = first.labels.of(places[0])
    for table, place in zip(tables[1:], places[1:], strict=True):
        theirs = table.labels.of(place)
        if (other := (ours != theirs)).any():
            at = int(other.argmax())
            raise DataError(
                f"{first.examples.named(int(places[0][at]))} has the label "
                f"{wording.written(ours[at])} in {first.name}, and {wording.written(theirs[at])} "
                f"in {table.name}: they do not answer the same question",
                hint="make the label by the same rules in all of them",
            )
    return places


def aligned(names: Sequence[Sequence[Hashable]]) -> list[Rows]:
    """Return where the names stand that all lists have, for each list, in the order of the first.

    No list has a name twice.
    """
    places = [{name: at for at, name in enumerate(named)} for named in names]
    shared = [name for name in names[0] if all(name in place for place in places)]
    return [np.array([place[name] for name in shared], dtype=np.intp) for place in places]


def _named(tables: Sequence[Table]) -> Sequence[Sequence[Hashable]]:
    """Return what tells the rows of each table apart, in a way that all of them can."""
    first = tables[0]
    same_files = all(one.digests == first.digests for one in tables)
    for way in (_keys, _lines) if same_files else (_keys,):
        names = [*map(way, tables)]
        if all(len(set(one)) == len(one) and not {None, ""} & set(one) for one in names):
            return names
    labels = [table.labels.of(table.usable).tolist() for table in tables]
    for table, theirs in zip(tables, labels, strict=True):
        if theirs != labels[0]:
            raise DataError(
                f"which rows of {first.name} and {table.name} are the same cannot be told: they "
                "have no key that names each row once, and differ in their exports or rows",
                hint="name the column that dates or names a row, with  date:  or  join:",
            )
    return [range(len(theirs)) for theirs in labels]


def _keys(table: Table) -> list[Hashable]:
    """Return the key of each row, or ``None``."""
    key = table.examples.key
    return [*table.examples.columns[key].taken(table.usable)] if key else [None]


def _lines(table: Table) -> list[Hashable]:
    """Return the line of each row, whatever the order of files; ``None`` of gathered rows."""
    lines, files = table.examples.lines, table.examples.ledger.sources[0].files
    if lines is None:
        return [None]
    order = np.array([sorted(files).index(file) for file in files] or [0])
    file, line = np.divmod(lines[table.usable], LINES_A_FILE)
    found: list[Hashable] = (order[file] * LINES_A_FILE + line).tolist()
    return found


def _span(table: Table) -> str:
    rows = table.usable
    some = wording.count(len(rows), table.examples.noun)
    if not len(rows) or not table.examples.key:
        return some
    first, last = table.examples.names(rows[[0, -1]])
    return f"{some}, {first} to {last}"


_FEWEST: Final = 3
_FEWEST_DIFFERENT: Final = 10
_LEAST_SHARE: Final = 0.02
_FIRST: Final = 1_000  # rows by which the column is found that tells most of them apart
_TIMES: Final = 5
_MOST_GIVEN: Final = 10  # columns, those that tell most rows apart, given which chance is reckoned


class Copies(NamedTuple):
    """How many held-out rows stand in training too; whether that is surely, or may be, chance.

    ``sure`` is an alarm, of enough rows that chance makes at most a fifth of. ``likely`` says
    that it makes fewer, by two standard deviations of a Poisson count.
    """

    rows: int
    sure: bool = False
    likely: bool = False


def count(
    columns: Sequence[CodedColumn],
    label: np.ndarray,
    train: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
) -> Copies:
    """Count held-out rows that stand in training too, features and label, and judge by chance.

    In a table of few values equal rows are normal. So 3 rows and 2 % of those held out must
    be twins at least; half of all rows must differ, unless fractions tell them apart; and
    the pairs of a training and a held-out row that are equal in all must be

    * five times those that are equal in one column (such as a length in millimetres) and
      differ elsewhere. In a label only where as many pairs again have the same features and
      another label (from a fifth on they are ``likely``): it may be a law of the features; or
    * five times what chance makes of near twins: of N pairs that are equal in every feature
      but j, q / (1 - q) N would be equal in j too, where q is the share of pairs equal in j
      among pairs equal in that other column which tells most of j, twins aside. The largest
      of these over all j is taken, and what is reckoned so of the label.

    Chance makes many near twins for each twin; copying rows makes twins only.

    Parameters
    ----------
    columns, label
        n rows of features, one at least, and (n,) labels: numbers, or codes of classes.
    train, held
        Positions on both sides, not empty.
    seed
        Of the numbers that stand for values; two rows are mixed up once in 2^64 pairs.
    """
    some = np.arange(min(len(label), _FIRST))
    surest = max(columns, key=lambda column: column.taken(some).different)
    if not _pairs(surest.bits, train, held).any():
        return Copies(0)
    hashes = [_hashes(column.bits, seed + at) for at, column in enumerate(columns)]
    answer = _hashes(bits(label), seed + len(columns))
    features = np.add.reduce(hashes)  # they differ where values do
    whole = features + answer
    pairs = _pairs(whole, train, held)
    found, equal = int(np.count_nonzero(pairs)), int(pairs.sum())
    if not found:
        return Copies(0)
    enough = found >= max(_FEWEST, _LEAST_SHARE * len(held))
    first = np.unique(whole, return_index=True)[1]
    if 2 * len(first) < len(whole) and not any(_has_fractions(c, first) for c in columns):
        return Copies(found)
    sides = (train, held)
    if any(_tells(h, whole, _there(c), sides) for c, h in zip(columns, hashes, strict=True)):
        return Copies(found, sure=enough, likely=True)
    # Where features say the label without noise, it tells nothing that they do not.
    noisy = int(_pairs(features, *sides).sum()) - equal
    told = _TIMES * noisy >= equal and _tells(answer, whole, np.isfinite(label), sides)
    if told and noisy >= equal:
        return Copies(found, sure=enough, likely=True)
    near = [int(_pairs(features - part, *sides).sum()) - equal for part in hashes]
    shares = _shares(hashes, whole, sides)
    chance = max(n * q / (1 - q) if q < 1 else np.inf for n, q in zip(near, shares, strict=True))
    alike = int(_pairs(answer, *sides).sum()) - equal
    differ = len(train) * len(held) - alike - equal
    chance = max(chance, (noisy + 1) * alike / differ if differ else np.inf)
    likely = told or equal > chance + 2 * chance**0.5
    return Copies(found, sure=enough and equal >= _TIMES * chance, likely=likely)


_MIXERS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def _hashes(keys: np.ndarray, seed: int) -> np.ndarray:
    """Return 64 other bits for each key: splitmix64 (Steele, Lea, Flood 2014).

    No two keys share them, and a sum of them, one of each column, is hardly ever another.
    """
    mixed = keys + np.uint64(0x9E3779B97F4A7C15 * (seed + 1) % 2**64)
    for shift, factor in _MIXERS:
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    return mixed


def _pairs(keys: np.ndarray, train: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return for each held-out row, in any order, how many training rows have its key."""
    known, asked = np.sort(keys[train]), np.sort(keys[held])
    return np.searchsorted(known, asked, "right") - np.searchsorted(known, asked)


def _tells(
    keys: np.ndarray, whole: np.ndarray, there: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> bool:
    """Say whether pairs with the same value of a column are hardly ever but twins.

    Nor by chance: of those that are equal in it a share q would be equal in the rest too, where
    q is that among all pairs, so that N others leave q / (1 - q) (N + 1) twins to expect.
    """
    train, held = sides
    known, asked = (side[there[side]] for side in sides)
    twins = int(_pairs(whole, known, asked).sum())
    alike = int(_pairs(keys, known, asked).sum()) - twins
    every = int(_pairs(whole, train, held).sum())
    rest = int(_pairs(whole - keys, train, held).sum()) - every
    others = len(train) * len(held) - every - rest
    chance = rest / others * (alike + 1) if others else np.inf
    return bool(twins >= _FEWEST and _TIMES * max(alike, chance) <= twins)


def _there(column: CodedColumn) -> np.ndarray:
    """Say of each row whether it has a value: rows without one are not alike by that."""
    if column.numbers is None:
        return np.ones(len(column), dtype=bool)
    return np.asarray(~np.isnan(column.numbers))


def _has_fractions(column: CodedColumn, rows: np.ndarray) -> bool:
    """Say whether most values are no whole numbers, and nearly all of different rows differ."""
    if column.numbers is None or len(rows) < _FEWEST_DIFFERENT:
        return False
    numbers = column.numbers[rows]
    fractions = 2 * (numbers != np.floor(numbers)).sum() > len(rows)
    return bool(fractions and 10 * len(np.unique(numbers)) >= 9 * len(rows))


def _shares(
    hashes: Sequence[np.ndarray], whole: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> list[float]:
    """Return for each column the share of pairs equal in it, given the best of the others.

    Pairs that are equal in all are left out: copies would make chance look large.
    """
    twins = int(_pairs(whole, *sides).sum())
    alone = [int(_pairs(part, *sides).sum()) - twins for part in hashes]
    given = sorted(range(len(hashes)), key=alone.__getitem__)[:_MOST_GIVEN]
    shares = []
    for at, part in enumerate(hashes):
        both = [
            (int(_pairs(part + hashes[k], *sides).sum()) - twins, alone[k])
            for k in given
            if k != at
        ]
        every = (alone[at], len(sides[0]) * len(sides[1]) - twins)
        shares.append(max(equal / pairs if pairs else 0.0 for equal, pairs in [*both, every]))
    return shares


_CLOSE: Final = 0.01  # of the usual distance to the nearest row
_AROUND: Final = 10  # times as far as that rows are counted by which chance is known
_MOST_HELD: Final = 1_000  # rows that are looked up in all that were learned from
_MOST_LOOKS: Final = 1_000_000  # pairs of rows
_SOME_HELD, _SOME_KNOWN = 200, 4_000  # rows of which every pair is looked at
_GAP: Final = 1e3  # stands for a missing number: far from every other, and near another gap


def near_copies(
    columns: Sequence[CodedColumn],
    label: np.ndarray,
    train: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
) -> float:
    """Return the share of held-out rows that nearly stand in training too; 0 if that is chance.

    Distances are between features and label, numbers over their standard deviation; words must
    be the same. A row nearly stands there if a training row is within a hundredth of the usual
    distance to the nearest (the median). There must be three such rows (or two within a
    thousandth), and 2 %; a column of fractions, nearly all different; and five times as many
    pairs as chance makes: of N pairs that are near in all but that column q N, where q is the
    share of pairs near in it; and, as columns may go together, a ninth of those that are near in
    all but it, and 1 to 10 times as far apart there. Of many rows held out 1,000 are looked up.

    Parameters
    ----------
    columns, label, train, held, seed
        As for `count`.
    """
    key, x, words = _measured(columns, label)
    if key is None or not len(train):
        return 0.0
    draw = np.random.default_rng(seed)
    held, some = _some(held, _MOST_HELD, draw), _some(train, _SOME_KNOWN, draw)
    few = held[:_SOME_HELD]
    usual = np.median([np.sqrt(((x[some] - x[row]) ** 2).sum(axis=1).min()) for row in few])
    within = _CLOSE * float(usual)
    held, pairs = _close_by(x[:, key], train, held, _AROUND * within)
    for column in np.delete(x, key, axis=1).T:
        pairs = pairs[:, np.abs(column[pairs[0]] - column[pairs[1]]) <= within]
    pairs = pairs[:, (words[pairs[0]] == words[pairs[1]]).all(axis=1)]
    around = int((np.abs(x[pairs[0], key] - x[pairs[1], key]) > within).sum())
    squares = ((x[pairs[0]] - x[pairs[1]]) ** 2).sum(axis=1)
    near = (squares > 0) & (squares <= within**2)  # equal rows are counted as such
    pairs, squares = pairs[:, near], squares[near]
    found, closer = (len(np.unique(pairs[0][squares <= d**2])) for d in (within, within / 10))
    few_found = found < _LEAST_SHARE * len(held) or (found < _FEWEST and closer < _FEWEST - 1)
    if few_found or pairs.shape[1] < _TIMES * around / (_AROUND - 1):
        return 0.0
    sampled = len(few) * len(some) / (len(held) * len(train))
    rest, apart, together = np.delete(x, key, axis=1), 0, 0
    for row in few:
        same = (np.abs(rest[some] - rest[row]) <= within).all(axis=1)
        same &= (words[some] == words[row]).all(axis=1)
        near = np.abs(x[some, key] - x[row, key]) <= within
        apart, together = apart + int((same & ~near).sum()), together + int(near.sum())
    chance = apart * together / (len(few) * len(some))
    return found / len(held) if pairs.shape[1] * sampled >= _TIMES * chance else 0.0


def _measured(
    columns: Sequence[CodedColumn], label: np.ndarray
) -> tuple[int | None, np.ndarray, np.ndarray]:
    """Return which number has most fractions, if one has; numbers (n, k) in deviations; words."""
    every = np.arange(len(label))
    numbers = [column for column in columns if column.levels is None]
    codes = [column.levels for column in columns if column.levels is not None]
    if label.dtype.kind == "f":
        numbers.append(CodedColumn("", label))
    else:
        codes.append(label)
    fine = {at: one.different for at, one in enumerate(numbers) if _has_fractions(one, every)}
    x = np.zeros((len(label), len(numbers)))
    for at, one in enumerate(numbers if fine else ()):
        assert one.numbers is not None
        there = ~np.isnan(one.numbers)
        if not there.any():
            continue
        size = np.abs(one.numbers[there]).max(initial=0.0) or 1.0
        values = one.numbers / size
        spread = values[there].std() or 1.0
        x[:, at] = np.where(there, (values - values[there].mean()) / spread, _GAP)
    words = np.column_stack(codes) if codes else np.zeros((len(label), 0), dtype=int)
    return max(fine, key=fine.__getitem__, default=None), x, words


def _some(rows: np.ndarray, most: int, draw: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= most else draw.choice(rows, most, replace=False)


def _close_by(
    values: np.ndarray, train: np.ndarray, held: np.ndarray, within: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows held out that are looked up, and (2, pairs) with those near in a column."""
    order = train[np.argsort(values[train])]
    low = np.searchsorted(values[order], values[held] - within)
    counts = np.searchsorted(values[order], values[held] + within, "right") - low
    looked = max(int(np.searchsorted(np.cumsum(counts), _MOST_LOOKS)), 1)
    held, low, counts = held[:looked], low[:looked], counts[:looked]
    firsts = np.repeat(low - np.cumsum(counts) + counts, counts)
    return held, np.array([np.repeat(held, counts), order[firsts + np.arange(counts.sum())]])

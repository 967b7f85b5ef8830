"""What came of comparing models: figures, a sentence for each pair, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.judging.cross_validation import FEW
from mlcli.statistics.metrics import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlcli.answering.target import Target
    from mlcli.errors import Problem
    from mlcli.grammar.cells import Json
    from mlcli.judging.contest import Contest, Marks, Pair, Seen
    from mlcli.store.holdout_shown import Looks

_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing models.

    Attributes
    ----------
    contest
        The models and the pairs.
    base
        The marks of answering without looking.
    kind, unit, noun
        What is answered, in what, and what a row stands for.
    used, train, held
        How many rows were used, learned from (of stored versions none again), and held out.
    left_out
        By name, how many usable rows were left out, as not all have them.
    split, folds
        How rows were held out and divided, in words; why not, where they were not.
    looks
        How often the hold-out was looked at.
    copied
        The alarm on held-out rows that stand in training too.
    told_by
        What does not tell some held-out rows of stored versions apart, if so.
    """

    contest: Contest
    base: Marks
    kind: type[Target]
    unit: str
    noun: str
    used: int
    train: int | None
    held: int
    left_out: Mapping[str, int]
    split: str
    folds: str
    looks: Looks
    warnings: tuple[Problem, ...] = ()
    copied: str = ""
    told_by: str = ""

    def to_json(self) -> Json:
        """Return the documented object."""
        contest = self.contest
        return {
            "kind": self.kind.kind,
            "unit": self.unit,
            "rows": {"used": self.used, "train": self.train, "holdout": self.held},
            "left_out": dict(self.left_out),
            "split": self.split,
            "folds": self.folds,
            "rests_on": contest.rests_on,
            "few": contest.few,
            "best": None if contest.few else contest.marks[0].name,
            "models": [one.to_json() for one in contest.marks],
            "baseline": self.base.to_json(),
            "pairs": [pair.to_json() for pair in contest.pairs],
            "looks": self.looks.times,
            "words": [line for lines in verdicts(self) for line in lines],
        }


def grounds(found: Comparison) -> Iterator[str]:
    """Yield on which rows the figures were made, and how."""
    noun, train = found.noun, found.train
    if train is None:
        yield "nothing was learned again: these are their answers from when they were fitted"
    elif any(one.folds for one in found.contest.marks):
        how = "learned from a part and judged on the rest, in turn"
        yield f"cross-validated: {wording.count(train, noun)}, {how}: {found.folds}"
    else:
        yield found.folds
    yield f"held out: {found.split}" if found.held else found.split
    for name, count in found.left_out.items():
        if count:
            alike = found.told_by and f", or that {found.told_by} does not tell apart"
            rows = wording.count(count, noun)
            yield f"left out: {rows} of {name} that not all of them have{alike}"


def verdicts(found: Comparison) -> Iterator[list[str]]:
    """Yield for each pair its sentence, and what the hold-out says where that is not its ground."""
    contest = found.contest
    if found.copied:
        yield [found.copied]
    if contest.few:
        rows = wording.count(
            found.held if contest.rests_on == "holdout" else found.train or 0, "row"
        )
        yield [f"{rows} are no evidence: at least {FEW} are needed to say which model is better"]
        return
    for pair in contest.pairs:
        yield [_sentence(found, pair), *_by_holdout(found, pair)]
    yield from ([line] for line in _no_better(found))


def _sentence(found: Comparison, pair: Pair) -> str:
    """Say of two models which is better, or that it cannot be told."""
    seen = pair.cv if pair.rests_on == "cv" else pair.held
    both = f"{pair.best} and {pair.other}"
    if pair.verdict == "alike":
        where = "fold" if pair.rests_on == "cv" else f"held-out {found.noun}"
        return f"cannot tell {both} apart: they are off by the same in every {where}"
    if seen is None:
        return f"cannot tell {both} apart: {pair.why}"
    if pair.verdict == "disagree":
        return (
            f"cannot tell {both} apart: one is better in cross-validation, and the "
            f"other on the held-out {found.noun}s"
        )
    ahead, behind = _in_order(pair, seen)
    size = _size(found, pair.metric, seen)
    if pair.verdict in {"better", "worse"}:
        return ERRORS[pair.metric].better.format(ahead, behind, size)
    apart = f"apart yet{ERRORS[pair.metric].by}"
    return f"cannot tell {both} {apart}: {_ahead(found, pair, seen)}{_more(found, pair, seen)}"


def _ahead(found: Comparison, pair: Pair, seen: Seen) -> str:
    """Say which of two is ahead, and by how much, however little that proves."""
    size = _size(found, pair.metric, seen)
    if seen.difference.mean == 0:
        return f"they are level, {size}"
    return f"{_in_order(pair, seen)[0]} is ahead by {size}"


def _in_order(pair: Pair, seen: Seen) -> tuple[str, str]:
    """Return which of the two is ahead, and which behind."""
    ahead = seen.difference.mean >= 0
    return (pair.best, pair.other) if ahead else (pair.other, pair.best)


def _size(found: Comparison, metric: str, seen: Seen) -> str:
    """Return how large a difference is, and its interval, both from the one ahead."""
    error = ERRORS[metric]
    scale = error.times if seen.difference.mean >= 0 else -error.times
    ends = sorted((seen.difference.low * scale, seen.difference.high * scale))
    mean, low, high = (
        wording.figure(value, digits=2) for value in (seen.difference.mean * scale, *ends)
    )
    unit = error.differs.format(unit=found.unit, noun=found.noun)
    return f"{mean} {unit} (95 %: {low} to {high})"


def _more(found: Comparison, pair: Pair, seen: Seen) -> str:
    """Say what would settle it."""
    if among := _by_chance(found, seen):
        return among
    if pair.steps is not None:
        return "; so in {} of {} steps, which is no proof".format(*pair.steps)
    more = "more" if pair.rests_on == "cv" else "more held-out"
    if pair.more is None:
        return f"; no number of {more} {found.noun}s that you could gather would settle it"
    nouns = found.noun if pair.more == 1 else f"{found.noun}s"
    return f"; about {pair.more:,} {more} {nouns} would settle it"


def _by_chance(found: Comparison, seen: Seen) -> str:
    """Say why an interval that favours one model favours none among several."""
    if seen.difference.low <= 0 <= seen.difference.high:
        return ""
    many = len(found.contest.marks)
    several = f"{many} models" if many > _PAIR else "two figures"
    return f"; with {several} compared, that may be chance"


def _by_holdout(found: Comparison, pair: Pair) -> Iterator[str]:
    """Yield what the hold-out alone says, where the verdict rests on cross-validation."""
    held = found.held
    if pair.rests_on == "holdout" or not held or pair.verdict == "alike":
        return
    rows = wording.count(held, f"held-out {found.noun}")
    if pair.held is None:
        yield f"the {rows} alone are too few, or too much alike, to tell"
        return
    ahead, _ = _in_order(pair, pair.held)
    size = _size(found, pair.metric, pair.held)
    if pair.held.difference.low == pair.held.difference.high == 0:
        yield f"the {rows} alone show no difference"
    elif pair.held.says == "unknown":
        chance = _by_chance(found, pair.held)
        yield f"the {rows} alone cannot tell: {_ahead(found, pair, pair.held)}{chance}"
    elif pair.agree is True:
        yield f"the {rows} alone agree: by {size}"
    else:
        yield f"the {rows} alone say that {ahead} is better, by {size}"


def _no_better(found: Comparison) -> Iterator[str]:
    """Say so where even the best one is off by no less than answering without looking."""
    contest = found.contest
    metric = found.kind.compared[0]
    error = contest.marks[0].error(metric, contest.rests_on)
    base = found.base.error(metric, contest.rests_on)
    if error is not None and base is not None and error >= base:
        yield f"none of them is any better than always answering {found.base.name}"

"""How good a model is on all rows of a table that lies elsewhere: by sums of each block of them."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlcli.answering.choices import commonest
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.errors import DataError
from mlcli.judging.classes import class_scores
from mlcli.learning import all_rows, sums
from mlcli.learning.judged import of_formula
from mlcli.statistics.metrics import METRICS, Classified, classified
from mlcli.store.scores import NumberScore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from mlcli.answering.equation import Matrix
    from mlcli.answering.model import Model
    from mlcli.grammar.formula import Formula
    from mlcli.learning.all_rows import AllRows
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.store.scores import Scores
    from mlcli.tables.lying import RowBlock, State

_SIDES: Final = ("train", "out")


def scores(whole: AllRows, model: Model, baseline: Formula | None) -> Scores:
    """Return what the judge of a model returns of its rows, of all rows on both sides.

    ``baseline`` is the rule in use today.

    Raises
    ------
    DataError
        A row held out cannot be encoded, or has no answer.
    """
    encoder, blind = whole.encoder, whole.blind
    of_block, of_sums = _OF_KIND[model.target.kind]

    def one(block: RowBlock) -> State:
        out = encoder.held.of(block)
        found: list[State] = []
        for rows in encoder.parts(np.arange(block.rows)):
            matrix, truths = encoder.asked(block, rows)
            values = _answered(model, matrix, block, rows)
            own = _own(baseline, block, rows)
            for side, some in zip(_SIDES, (~out[rows], out[rows]), strict=True):
                if some.any():
                    theirs = None if own is None else own[some]
                    state = of_block(model.target, blind, truths[some], values[some], theirs)
                    found.append({f"{side} {name}": value for name, value in state.items()})
        return sums.added(found)

    total = sums.added(whole.table.states(one))
    train, out = (
        {name.partition(" ")[2]: value for name, value in total.items() if name.startswith(side)}
        for side in _SIDES
    )
    return of_sums(model.target, train, out or None)


def _answered(model: Model, matrix: Matrix, block: RowBlock, rows: Rows) -> Any:
    """Return the raw predictions of rows, of which the matrix is."""
    values, able = model.predict.many(matrix)
    if not able.all() or not model.target.finite(values):
        raise DataError(
            "the model has no answer for some row that is held out",
            place=all_rows.place(block, rows[able.argmin()]),
            hint="try another model, or leave such rows out",
        )
    return values


def _own(baseline: Formula | None, block: RowBlock, rows: Rows) -> Floats | None:
    """Return the answers of the rule in use today."""
    if baseline is None:
        return None

    def place(at: int) -> str:
        return all_rows.place(block, rows[at])

    return of_formula(baseline, block.taken(rows).columns, len(rows), place)


def _numbers(
    target: NumberTarget, without: float, truths: Floats, values: Floats, own: Floats | None
) -> State:
    """Return how far answers are off, raw ones too, and how far labels lie from their mean."""
    blind = np.array([without])
    given = {"answers": target.answers(values), "raw": values, "blind": target.answers(blind)}
    given |= {} if own is None else {"own": target.answers(own)}
    from_mean = truths - blind
    state = {name: _off(truths - told) for name, told in given.items()}
    return {**state, "labels": np.array([len(truths), from_mean.sum(), (from_mean**2).sum()])}


def _off(missed: Floats) -> Floats:
    return np.array([np.abs(missed).sum(), (missed**2).sum()])


def _figures(side: State | None, name: str) -> Mapping[str, float | None]:
    """Return the metrics of numbers, of how far answers of some name are off."""
    if side is None or name not in side:
        return dict.fromkeys(METRICS)
    rows, apart, squared = side["labels"].tolist()
    missed, squares = side[name].tolist()
    spread = squared - apart**2 / rows
    found = {
        "mae": missed / rows,
        "rmse": sqrt(squares / rows),
        "r2": 1 - squares / spread if spread > 0 else None,
    }
    return {metric: found[metric] for metric in METRICS}


def _number_scores(target: NumberTarget, train: State, out: State | None) -> Scores:
    ours, held = (_figures(side, "answers") for side in (train, out))
    raw, held_raw = (_figures(side, "raw") for side in (train, out))
    blind, own = (_figures(out or train, name) for name in ("blind", "own"))
    return {
        name: NumberScore(
            train=ours[name],
            holdout=held[name],
            train_raw=raw[name],
            holdout_raw=held_raw[name],
            mean_baseline=blind[name],
            own_baseline=own[name],
            unit=target.unit if metric.of_label else "",
            better=metric.better,
        )
        for name, metric in METRICS.items()
    }


def _classes(
    target: ClassTarget,
    without: Mapping[str, float],
    truths: NDArray[np.intp],
    values: Any,
    own: Any,
) -> State:
    """Return how often each class is there, is answered, and rightly, and losses."""
    del own
    classes = len(target.classes)
    codes = np.where(truths < 0, classes, truths)  # that no row to learn from has
    shares = target.shares(values)
    always = np.full(len(codes), target.classes.index(commonest(without)))
    even = np.broadcast_to(np.array([*without.values()]), (len(codes), classes))
    came = {
        "ours": classified(codes, target.answered(values), shares, classes=classes + 1),
        "blind": classified(codes, always, even, classes=classes + 1),
    }
    found: State = {}
    for name, one in came.items():
        lost = np.nan if one.losses is None else one.losses.sum()
        found |= {
            f"{name} counts": np.array([one.were, one.answered, one.right]),
            f"{name} lost": np.array([lost]),
        }
    return found


def _came(side: State | None, name: str) -> Classified | None:
    """Return what came of classes; of losses, their mean alone."""
    if side is None:
        return None
    were, answered, right = side[f"{name} counts"]
    mean = side[f"{name} lost"] / were.sum()
    return Classified(were, answered, right, None if np.isnan(mean).any() else mean)


def _class_scores(target: ClassTarget, train: State, out: State | None) -> Scores:
    del target
    learned, held = _came(train, "ours"), _came(out, "ours")
    always = _came(out or train, "blind")
    assert learned is not None
    assert always is not None
    return class_scores(learned, held, always)


_OF_KIND: Final[dict[str, tuple[Callable[..., State], Callable[..., Scores]]]] = {
    NumberTarget.kind: (_numbers, _number_scores),
    ClassTarget.kind: (_classes, _class_scores),
}

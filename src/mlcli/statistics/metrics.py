"""How wrong predictions are: small functions of truths and predictions.

Numbers are scored by ``METRICS``, classes by ``CLASS_METRICS``; models are compared by
``ERRORS``, which have one figure for each row.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from mlcli import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.statistics.arrays import Codes, Floats

    Numbers = Sequence[float] | Floats


class Metric(NamedTuple):
    """A way to score predictions; ``of_label`` says that it has the label's unit."""

    title: str
    better: Literal["lower", "higher"]
    of_label: bool
    function: Callable[[Numbers, Numbers], float | None]


def mae(truths: Numbers, predictions: Numbers) -> float | None:
    """Return mean(abs(truth - prediction)), in the label's unit; ``None`` for no rows."""
    import numpy as np

    errors = np.abs(_misses(truths, predictions))
    with np.errstate(over="ignore"):
        return _finite(float(errors.sum()) / len(errors)) if len(errors) else None


def rmse(truths: Numbers, predictions: Numbers) -> float | None:
    """Return sqrt(mean((truth - prediction)^2)), in the label's unit; ``None`` for no rows."""
    errors = _misses(truths, predictions)
    return _finite(sqrt(_squared(errors) / len(errors))) if len(errors) else None


def r2(truths: Numbers, predictions: Numbers) -> float | None:
    """Return 1 - sum((truth - prediction)^2) / sum((truth - mean truth)^2), without unit.

    1 is perfect, 0 is as good as answering these rows' own mean, below 0 is worse.
    ``None`` where the truths are fewer than two or all the same.
    """
    import numpy as np

    known = np.asarray(truths, dtype=float)
    if len(known) <= 1 or (known == known[0]).all():
        return None
    total = _squared(known - known.mean())
    if total == 0:  # they differ by less than doubles can square
        return None
    return _finite(1 - _squared(_misses(known, predictions)) / total)


def _misses(truths: Numbers, predictions: Numbers) -> Floats:
    """Return truths minus predictions, (n,)."""
    import numpy as np

    known, told = np.asarray(truths, dtype=float), np.asarray(predictions, dtype=float)
    if known.shape != told.shape:
        raise ValueError((known.shape, told.shape))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(known - told)


def _squared(errors: Floats) -> float:
    """Return the sum of squares; one that no double holds is infinite, not an error."""
    import numpy as np

    with np.errstate(over="ignore"):
        return float((errors * errors).sum())


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


METRICS: Final[dict[str, Metric]] = {
    "mae": Metric("MAE: average miss", "lower", of_label=True, function=mae),
    "rmse": Metric("RMSE: big misses weigh more", "lower", of_label=True, function=rmse),
    "r2": Metric("R2: share explained", "higher", of_label=False, function=r2),
}


class Classified(NamedTuple):
    """What came of answered classes, by their codes.

    ``were``, ``answered`` and ``right`` (classes,) are how many rows each class has, and how
    often it was answered, and rightly; ``losses`` those of the rows, see there.
    """

    were: NDArray[np.int64]
    answered: NDArray[np.int64]
    right: NDArray[np.int64]
    losses: Floats | None


def classified(
    truths: Codes, answers: Codes, probabilities: Floats | None = None, *, classes: int = 0
) -> Classified:
    """Count rows by class: of so many, and of all that are there or were answered.

    Raises
    ------
    ValueError
        There are not as many answers, or probabilities, as truths.
    """
    import numpy as np

    if len(truths) != len(answers):
        raise ValueError((len(truths), len(answers)))
    size = 1 + max(classes - 1, truths.max(initial=-1), answers.max(initial=-1))
    were, answered, right = (
        np.bincount(codes, minlength=size) for codes in (truths, answers, truths[truths == answers])
    )
    lost = None if probabilities is None else losses(truths, probabilities)
    return Classified(were, answered, right, lost)


class ClassMetric(NamedTuple):
    """A way to score predicted classes."""

    title: str
    better: Literal["lower", "higher"]
    function: Callable[[Classified], float | None]


def accuracy(came: Classified) -> float | None:
    """Return the share of right answers, 0 to 1; ``None`` for no rows."""
    rows = int(came.were.sum())
    return int(came.right.sum()) / rows if rows else None


def balanced_accuracy(came: Classified) -> float | None:
    """Return the share of right answers of each class that is there, averaged; 0 to 1.

    Answering one class always scores 1 / the number of classes. ``None`` for no rows.
    """
    there = came.were > 0
    return _mean(came.right[there] / came.were[there])


def macro_f1(came: Classified) -> float | None:
    """Return the F1 of each class that is there or was answered, averaged; 0 to 1.

    F1 is 2 right / (truths + answers of that class). ``None`` for no rows.
    """
    both = came.were + came.answered
    return _mean(2 * came.right[both > 0] / both[both > 0])


def log_loss(came: Classified) -> float | None:
    """Return mean(-ln(probability of the truth)), in nats, 0 or more.

    ``None`` without probabilities, for no rows, and where a truth is a class that the model
    does not know.
    """
    return None if came.losses is None else _mean(came.losses)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def losses(truths: Codes, probabilities: Floats) -> Floats | None:
    """Return -ln(probability of the truth) of each row, in nats.

    ``truths`` are (n,) codes of classes, and probabilities (n, classes) those of the first
    ones; ``None`` where a code lies beyond: the model does not know that class. Probabilities
    are kept within 2.2e-16 of 0 and 1, so that one mistake cannot be endless.

    Raises
    ------
    ValueError
        There are not as many probabilities as truths.
    """
    import numpy as np

    rows, classes = probabilities.shape
    if len(truths) != rows:
        raise ValueError((len(truths), rows))
    if truths.max(initial=0) >= classes:
        return None
    given = probabilities[np.arange(rows), truths]
    return np.asarray(-np.log(np.clip(given, EPSILON, 1 - EPSILON)))


EPSILON: Final = 2.0**-52

CLASS_METRICS: Final[dict[str, ClassMetric]] = {
    "accuracy": ClassMetric("accuracy: share of right answers", "higher", accuracy),
    "balanced_accuracy": ClassMetric(
        "balanced: each class counts the same", "higher", balanced_accuracy
    ),
    "macro_f1": ClassMetric("macro F1: hits and false alarms", "higher", macro_f1),
    "log_loss": ClassMetric("log loss: of the probabilities", "lower", log_loss),
}


class RowError(NamedTuple):
    """What is said of an error that rows have one by one; lower is better.

    Attributes
    ----------
    title
        Its short name.
    mean
        What it is on average.
    heading
        What stands above the models that have it.
    better
        Says of two models that the first is better, and by how much.
    by
        Follows where two cannot be told apart, unless it is the first that is looked at.
    differs
        In what a difference is counted; ``times`` so many of the error's own unit.
    share, of_label
        Whether it is a share of rows, and whether it has the label's unit.
    note
        What a table of it needs beside it.
    """

    title: str
    mean: str
    heading: str
    better: str
    differs: str
    by: str = ""
    times: int = 1
    share: bool = False
    of_label: bool = False
    note: str = ""

    def written(self, value: float | None, *, digits: int = 3) -> str:
        """Write such an error, without its unit."""
        if value is None:
            return "-"
        return f"{value:.1%}" if self.share else wording.figure(value, digits=digits)


ERRORS: Final[dict[str, RowError]] = {
    "mae": RowError(
        title="MAE",
        mean="average miss in {unit}",
        heading="off on average, in {unit}",
        better="{} is better than {} by {}",
        differs="{unit}",
        of_label=True,
    ),
    "wrong": RowError(
        title="wrong",
        mean="share of wrong answers",
        heading="{unit}",
        better="{} is right more often than {}, by {}",
        differs="in 100 {noun}s",
        times=100,
        share=True,
    ),
    "log_loss": RowError(
        title="log loss",
        mean="loss in nats",
        heading="{unit}",
        better="{} gives better probabilities than {}, by {}",
        differs="nats",
        by=" by their probabilities",
        note=" Log loss: in nats.",
    ),
}

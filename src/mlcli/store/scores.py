"""The figures of a model, metric by metric; ``None`` is a figure that does not exist.

``train`` is on the rows that were learned from, ``holdout`` on those held out; baselines are
judged on the held-out rows (on those learned from, where none are held out). ``unit`` is the
label's, or nothing.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Better = Literal["lower", "higher"]


class NumberScore(NamedTuple):
    """One metric of a model that answers with numbers, in ``unit``.

    ``train`` and ``holdout`` are of what is delivered, the ``_raw`` ones of raw predictions.
    ``mean_baseline`` answers the mean of the training labels, ``own_baseline`` by the
    definition's rule, both delivered as the model's answers are: rounded, never below 0.
    """

    train: float | None
    holdout: float | None
    train_raw: float | None
    holdout_raw: float | None
    mean_baseline: float | None
    own_baseline: float | None
    unit: str
    better: Better

    @property
    def baseline(self) -> float | None:
        """Return the figure of answering without looking."""
        return self.mean_baseline


class ClassScore(NamedTuple):
    """One metric of a model that answers with classes.

    ``frequency_baseline`` answers the commonest training class, with the shares of all as
    probabilities.
    """

    train: float | None
    holdout: float | None
    frequency_baseline: float | None
    unit: str
    better: Better

    @property
    def baseline(self) -> float | None:
        """Return the figure of answering without looking."""
        return self.frequency_baseline


Score = NumberScore | ClassScore
Scores = Mapping[str, Score]
"""The scores of a model by the name of the metric, first the one that ranks."""

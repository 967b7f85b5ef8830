"""Whether a simpler setting of a model does better, which is what overfitting means here."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli.definition.algorithms import FRIENDLY
from mlcli.statistics.dependence import ALONE, Related
from mlcli.statistics.intervals import t_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.definition.algorithms import Algorithm
    from mlcli.statistics.arrays import Floats

BY: Final = 0.1
"""The share of its error that a simpler setting must take off for a model to be overfit."""

_SURELY: Final = 0.05
"""The share that it must take off for sure, of models whose errors chance alone moves as much."""

_LEVEL: Final = 0.95

_LESS: Final = {"degree": tuple(range(1, 10)), "max_depth": (2, 4)}
_MORE: Final = {"neighbours": (5, 15), "penalty": (10, 100), "min_leaf": (5, 20)}
_SLOW: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "random_forest": (("max_depth", 4), ("min_leaf", 10)),
    "gradient_boosting": (("max_depth", 2), ("trees", 25)),
}
_STEPS: Final = ("decision_tree", *_SLOW)


class Better(NamedTuple):
    """Which of some simpler settings is better, by what share of the error, and its mean error."""

    place: int
    less: float
    error: float


def settings(model: Algorithm) -> list[Algorithm]:
    """Return the simpler settings of a model that are listed; none of a class by its name.

    Of a straight line they are ridge, which keeps weights small.
    """
    if model.name == "linear_regression":
        ridge = FRIENDLY["ridge"]
        return [ridge.model_validate({"name": "ridge", "penalty": each}) for each in (10, 100)]
    if model.name not in FRIENDLY:
        return []
    listed = _SLOW.get(
        model.name,
        [(key, value) for key, values in (_LESS | _MORE).items() for value in values],
    )
    return [model.having({key: value}) for key, value in listed if _is_simpler(model, key, value)]


def _is_simpler(model: Algorithm, key: str, value: float) -> bool:
    """Say whether a value of a hyperparameter, which it may not have, is simpler than its own."""
    if key not in model.known:
        return False
    own = getattr(model, key)
    return own < value if key in _MORE else value < (inf if own is None else own)


def better(
    model: Algorithm,
    own: Floats,
    theirs: Sequence[Floats | None],
    *,
    related: Related = ALONE,
    surely: bool = False,
) -> Better | None:
    """Return the simpler setting that shows that a model is overfit, if one does.

    It is the one with the smallest mean error, if that is smaller by a tenth. Of trees, forests,
    boosters and classes a paired t test must also show that it takes off a twentieth (mean of
    own - .05 own - theirs, one-sided, 2.5 %): chance alone makes a tenth of them, and by "as
    good or better" 58 to 97 of 100 sound trees would be overfit (docs/decisions/0031).

    Parameters
    ----------
    own
        (n,) errors of rows that were not learned from, 0 or more.
    theirs
        The same of each simpler setting; ``None`` where one has no answer for some row.
    related
        Which of those rows depend on each other.
    surely
        Whether the test must agree whatever the model.
    """
    known = {at: errors for at, errors in enumerate(theirs) if errors is not None}
    if not known or not own.any():
        return None
    at = min(known, key=lambda at: float(known[at].mean()))
    error, mean = float(known[at].mean()), float(own.mean())
    if not error < (1 - BY) * mean:
        return None
    if surely or model.name in _STEPS:
        for sure in related.means((1 - _SURELY) * own - known[at]):
            if sure is None or sure.mean <= t_quantile(_LEVEL, freedom=sure.freedom) * sure.error:
                return None
    return Better(at, 1 - error / mean, error)

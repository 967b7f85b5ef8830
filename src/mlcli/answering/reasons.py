"""What made an answer: parts that add up, or differences from a typical row.

Only the standard library is needed where a model has an equation.
"""

from __future__ import annotations

from itertools import combinations
from math import exp, fsum, prod
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mlcli.answering.encoding import column_names, columns_of_words, encode
from mlcli.answering.equation import (
    MOST_TERMS,
    Binarise,
    Equation,
    Exp,
    Expand,
    Log,
    Scores,
    Sigmoid,
    Softmax,
    Standardise,
    Weigh,
    product_in_words,
    terms,
)
from mlcli.answering.model import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from mlcli.answering.equation import Step
    from mlcli.answering.features import Input
    from mlcli.answering.model import Answer, Model
    from mlcli.answering.target import Target
    from mlcli.grammar.cells import Json, Value

Scale = Literal["unit", "log", "log-odds", "log score", "probability", "answered"]
"""What parts are measured in.

The label's unit; its natural logarithm; the logarithm of how many times as probable the
answered class is as another, or of their scores in naive Bayes; the probability of the
answered class; 1 where it is answered, and 0 where not.
"""

Row = list[float]


class Part(NamedTuple):
    """How much some features do, together where they are several, on the scale of a ``Why``."""

    features: tuple[str, ...]
    part: float


class Why(NamedTuple):
    """What made an answer.

    Attributes
    ----------
    adds_up
        Whether the parts and the start add up to the total; else each is what its feature
        alone makes of the typical row.
    scale
        What all of it is measured in.
    of, against
        The class that is answered, and the likeliest other one, on a scale of both.
    typical
        The row that is started from.
    start, parts, total
        What is answered for the typical row, what the features do, and what is answered.
    floor, rounding
        What is added because no answer is below 0, and by rounding; ``None`` of classes.
    """

    adds_up: bool
    scale: Scale
    of: str
    against: str
    typical: Mapping[str, Value]
    start: float
    parts: tuple[Part, ...]
    total: float
    floor: float | None
    rounding: float | None

    def to_json(self) -> Json:
        """Return the documented keys."""
        factors = self.scale == "log"
        return {
            "adds_up": self.adds_up,
            "scale": self.scale,
            "of": self.of or None,
            "against": self.against or None,
            "typical": {name: plain(value) for name, value in self.typical.items()},
            "start": self.start,
            "parts": [
                {
                    "features": list(one.features),
                    "part": one.part,
                    **({"factor": exp(one.part)} if factors else {}),
                }
                for one in self.parts
            ],
            "total": self.total,
            "floor": self.floor,
            "rounding": self.rounding,
        }


def why(model: Model, answer: Answer, typical: Mapping[str, Value]) -> Why:
    """Return what made an answer, beginning with a typical row.

    Raises
    ------
    RefusedError
        The typical row has no answer.
    """
    equation, target = model.predict.equation, model.target
    floor = rounding = None
    if (amounts := target.amounts) is not None:
        value, given = float(answer.value or 0.0), float(answer.answer or 0.0)
        raised = max(value, 0.0) if amounts.floored else value
        floor, rounding = raised - value, given - raised
    shares, of = answer.probabilities or {}, str(answer.answer)
    others = {name: share for name, share in shares.items() if name != of}
    against = max(others, key=lambda name: others[name], default="")
    if equation is None:
        scale: Scale = "unit" if amounts else "probability" if shares else "answered"
        start, parts, total = _one_at_a_time(model, answer, typical)
    else:
        names = [feature.name for feature in model.features for _ in range(feature.width)]
        classes = [*shares]
        between = (classes.index(of), classes.index(against)) if against else None
        rows = (encode(model.features, row) for row in (answer.asked, typical))
        scale, start, parts, total = _adding_up(equation, names, *rows, between=between)
    return Why(
        adds_up=equation is not None,
        scale=scale,
        of="" if amounts else of,
        against=against if equation is not None else "",
        typical=typical,
        start=start,
        parts=tuple(sorted(parts, key=lambda one: -abs(one.part))),
        total=total,
        floor=floor,
        rounding=rounding,
    )


def _one_at_a_time(
    model: Model, answer: Answer, typical: Mapping[str, Value]
) -> tuple[float, list[Part], float]:
    """Return what is answered for the typical row, what each feature makes of it, and all."""

    def figure(row: Mapping[str, Value | None]) -> float:
        return _figure(model.target, model.predict.one(encode(model.features, row)), answer)

    start = figure(typical)
    parts = [
        Part((f.name,), figure({**typical, f.name: answer.asked[f.name]}) - start)
        for f in model.features
    ]
    return start, parts, figure(answer.asked)


def _figure(target: Target, raw: Any, answer: Answer) -> float:
    """Return a raw prediction as a number: of classes, how probable the answered one is."""
    if target.amounts:
        return float(raw)
    shares = target.probabilities(raw) or {}
    of = str(answer.answer)
    return shares[of] if of in shares else float(target.deliver(raw) == answer.answer)


def _adding_up(
    equation: Equation,
    names: Sequence[str],
    asked: Row,
    typical: Row,
    *,
    between: tuple[int, int] | None,
) -> tuple[Scale, float, list[Part], float]:
    """Return the scale of an equation, its start, the parts, which add up, and the total.

    ``names`` are the features that columns come from, ``between`` the places of the classes
    that are told apart.
    """
    at = next(i for i, step in enumerate(equation.steps) if isinstance(step, Weigh | Scores))
    weights, intercept = _weights(equation.steps[at], between)
    before = equation.steps[:at]
    expand = next((i for i, step in enumerate(before) if isinstance(step, Expand)), None)
    ours, theirs = _through(before, asked), _through(before, typical)
    start, total = (
        intercept + fsum(w * x for w, x in zip(weights, row, strict=True)) for row in (theirs, ours)
    )
    found: dict[tuple[str, ...], list[float]] = {(name,): [] for name in names}
    if expand is None:
        for name, w, x, t in zip(names, weights, ours, theirs, strict=True):
            found[name,].append(w * (x - t))
    else:
        step: Any = before[expand]
        scales = [s for s in before[expand + 1 :] if isinstance(s, Standardise)]
        ours, theirs = _through(before[:expand], asked), _through(before[:expand], typical)
        for place, (powers, w) in enumerate(zip(step.powers, weights, strict=True)):
            weight = w / prod(s.scale[place] for s in scales)
            for together, change in _changes(names, powers, ours, theirs):
                found.setdefault(together, []).append(weight * change)
    parts = [Part(features, fsum(every)) for features, every in found.items()]
    parts = [one for one in parts if one.part or len(one.features) == 1]
    return _scale(equation), start, parts, total


def _changes(
    names: Sequence[str], powers: Sequence[int], ours: Row, theirs: Row
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield by how much each set of features alone changes a product of powers.

    With m the factor of a feature in the product, and t that of the typical row, it is the
    product of m - t over the set and of t over the others: all sets add up to the change.
    """
    factors: dict[str, tuple[float, float]] = {}
    for name, power, x, t in zip(names, powers, ours, theirs, strict=True):
        if power:
            m, typical = factors.get(name, (1.0, 1.0))
            factors[name] = m * x**power, typical * t**power
    for size in range(1, len(factors) + 1):
        for together in combinations(factors, size):
            yield (
                together,
                prod(m - t if name in together else t for name, (m, t) in factors.items()),
            )


def _through(steps: Sequence[Step], row: Row) -> Row:
    for step in steps:
        row = step.apply(row)
    return row


def _weights(step: Any, between: tuple[int, int] | None) -> tuple[Sequence[float], float]:
    """Return weights and intercept of the number, or of one class less those of another."""
    if between is None:
        return step.weights, step.intercept
    of, against = between
    if isinstance(step, Weigh):  # the log-odds of the second of two classes
        sign = 1.0 if of else -1.0
        return [sign * w for w in step.weights], sign * step.intercept
    both = zip(step.weights[of], step.weights[against], strict=True)
    return [a - b for a, b in both], step.intercepts[of] - step.intercepts[against]


def _scale(equation: Equation) -> Scale:
    last = equation.steps[-1]
    if isinstance(last, Exp):
        return "log"
    if isinstance(last, Sigmoid):
        return "log-odds"
    if isinstance(last, Softmax):
        standard = any(isinstance(step, Standardise) for step in equation.steps)
        return "log-odds" if standard else "log score"
    return "unit"


class Weight(NamedTuple):
    """A weight of an equation, of its columns as they are asked.

    Attributes
    ----------
    term
        A column, a product of powers of some, or ``constant``.
    of
        The class whose score it is in, where each has one.
    weight, unit
        How much it is, and in what: by one more of a number, or where a word stands.
    apart
        The same less the mean over the classes, where each has one.
    moves
        By how much that moves the sum where the columns change as much as they usually do.
    """

    term: str
    of: str | None
    weight: float
    unit: str
    apart: float
    moves: float

    def to_json(self) -> Json:
        """Return the documented keys."""
        return {"term": self.term, "class": self.of, "weight": self.weight, "unit": self.unit}


def weights(
    equation: Equation, features: Sequence[Input], target: Target
) -> Sequence[Weight] | None:
    """Return every weight of an equation: constants, then the one that moves most.

    ``None`` of a curve with so many terms that they are not multiplied out.
    """
    names, words = column_names(features), set(columns_of_words(features))
    logged = {at for one in equation.steps if isinstance(one, Log) for at in one.columns}
    named = [f"ln({name})" if at in logged else name for at, name in enumerate(names)]
    if any(isinstance(one, Binarise) for one in equation.steps):
        named = [name if at in words else f"{name} > 0" for at, name in enumerate(names)]
        words = {*range(len(names))}
    spreads, unit = _standard(equation, len(names)).scale, _unit(equation, target)
    sums = {of: _of_words(one, words) for of, one in _sums(equation, target, len(names))}
    found = []
    for term in next(iter(sums.values()), ()):
        mean = fsum(one[term] for one in sums.values()) / len(sums) if len(sums) > 1 else 0.0
        spread = prod(spreads[at] ** power for at, power in term)
        by = _in_words(named, [(at, power) for at, power in term if at not in words])
        per = f"{unit} per {by}" if by else unit
        for of, one in sums.items():
            apart = one[term] - mean
            moves = abs(apart) * spread
            said = _in_words(named, term) or _CONSTANT
            found.append(Weight(said, of, one[term], per, apart, moves))
    return sorted(found, key=lambda one: (one.term != _CONSTANT, -one.moves)) or None


_CONSTANT: Final = "constant"

_Product = tuple[tuple[int, int], ...]
"""The columns of a product, each with its power; of none, the constant."""

_Sum = dict[_Product, float]


def _in_words(named: Sequence[str], product: Sequence[tuple[int, int]]) -> str:
    return product_in_words([power for _, power in product], [named[at] for at, _ in product])


def _of_words(found: _Sum, words: Collection[int]) -> _Sum:
    """Return a sum in which columns of words have no powers: they are 0 and 1 as it is."""
    made: _Sum = {}
    for product, weight in found.items():
        term = tuple((at, 1 if at in words else power) for at, power in product)
        made[term] = made.get(term, 0.0) + weight
    return made


def _standard(equation: Equation, width: int) -> Standardise:
    """Return how columns are standardised, first of all."""
    steps = (one for one in equation.steps if isinstance(one, Standardise))
    return next(steps, Standardise((0.0,) * width, (1.0,) * width))


def _sums(equation: Equation, target: Target, width: int) -> Iterator[tuple[str | None, _Sum]]:
    """Yield the sum of an equation, of its columns as asked; or that of each class by its name."""
    step = next(one for one in equation.steps if isinstance(one, Weigh | Scores))
    expand = next((one for one in equation.steps if isinstance(one, Expand)), None)
    if expand is not None:
        if len(expand.powers) <= MOST_TERMS:
            yield (
                None,
                {
                    tuple((at, power) for at, power in enumerate(powers) if power): weight
                    for powers, weight in terms(equation).items()
                },
            )
        return
    standard = _standard(equation, width)
    rows: list[tuple[str | None, Sequence[float], float]] = []
    if isinstance(step, Weigh):
        rows.append((None, step.weights, step.intercept))
    else:
        rows += zip(getattr(target, "classes", ()), step.weights, step.intercepts, strict=True)
    for of, row, intercept in rows:
        each = [w / s for w, s in zip(row, standard.scale, strict=True)]
        centred = fsum(w * c for w, c in zip(each, standard.centre, strict=True))
        yield of, {(): intercept - centred, **{((at, 1),): w for at, w in enumerate(each)}}


def _unit(equation: Equation, target: Target) -> str:
    """Return the unit of the sum that weights make."""
    scale = _scale(equation)
    if scale == "log":
        return f"ln({target.unit})"
    if isinstance(equation.steps[-1], Sigmoid):
        return f"log-odds of {getattr(target, 'classes', ('',))[-1]}"
    return target.unit if scale == "unit" else "log score"

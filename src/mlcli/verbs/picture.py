"""What there is to draw of a stored version, as records: whatever draws it needs nothing else.

Nothing is read from exports: points and held-out rows were kept when it was fitted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from mlcli.answering.column import Numbers
from mlcli.answering.features import CategoryInput, NumberInput, TagsInput
from mlcli.judging import classes, held_out, threshold_curve
from mlcli.learning.judged import POINTS
from mlcli.statistics import conformal, dependence, points
from mlcli.statistics.points import Points
from mlcli.store import cargo, records
from mlcli.store.records import ABSENT
from mlcli.verbs import ask, ask_range, implied
from mlcli.verbs.evaluate import ListEvaluation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering.catalogue import Catalogue
    from mlcli.answering.label import NumberTarget
    from mlcli.learning.judged import Judged
    from mlcli.statistics.arrays import Floats
    from mlcli.statistics.calibration import Bin
    from mlcli.store.evidence import ClassReport, ProbabilityFigures, RowsCurve
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import Better
    from mlcli.verbs.evaluate import Evaluation

LEVEL: Final = 0.8
"""Of the range around answers, as on every other screen."""

_STEPS: Final = 200
"""Of a curve, from the lowest value learned from to the highest."""

_TRIED: Final = 100
"""Steps of the probability from which on a class is answered."""

_TWO: Final = 2
_NOISE: Final = 1e-9
"""The share of the largest truth up to which a miss is a matter of rounding."""


@dataclass(frozen=True)
class Axis:
    """What is measured along one side: a column, and the unit of its numbers, if it has one.

    A ``date`` is counted in days since the beginning of 1970; a ``share`` is 0 to 1.
    """

    name: str
    unit: str = ""
    kind: Literal["number", "date", "share"] = "number"

    @property
    def title(self) -> str:
        """Return the name, with the unit where that says more."""
        return f"{self.name} ({self.unit})" if self.unit not in {"", self.name} else self.name


@dataclass(frozen=True)
class Line:
    """A line through n places, from left to right; ``name`` says what it is."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Band:
    """Both ends of a range at n places: a share ``level`` of rows, 0 to 1, lies between them."""

    level: float
    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class FittedCurve:
    """Rows, and what is answered along one feature, for models of one number.

    The ``curve`` is what the model predicts before rounding, raised to 0 where no answer is
    below; it ends where what was learned from ends. ``baseline`` is the definition's own rule,
    or the mean. ``points`` are ``None`` where an older mlcli kept none, ``band`` where too few
    rows were not learned from. ``held`` says what the points are that were not learned from.
    """

    x: Axis
    y: Axis
    points: Points | None
    curve: Line
    band: Band | None
    baseline: Line
    held: str = "held out"


@dataclass(frozen=True)
class Residuals:
    """By how much held-out rows were missed: above 0 where the answer was too high.

    ``x`` is their date, or the answer where they have none.
    """

    x: Axis
    y: Axis
    points: Points


@dataclass(frozen=True)
class LearningCurve:
    """The cross-validated error after learning from so many rows; ``words`` say what that means."""

    y: Axis
    rows: tuple[int, ...]
    errors: tuple[float, ...]
    words: str


@dataclass(frozen=True)
class Matrix:
    """How often each class (a row) was taken for which (a column).

    The last ``rest`` classes are one row and one column, called ``N others``; ``of`` says on
    which rows: held out, left out, this file.
    """

    label: str
    of: str
    rows: int
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Calibration:
    """How often what was given a probability came true, in bins of it.

    ``of`` is the class whose probability it is, ``None`` for whichever was answered; ``error``
    by how much it is off on average, 0 to 1.
    """

    of: str | None
    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class ThresholdCurve:
    """What answering ``positive`` from each probability on is worth on the held-out rows.

    ``metric`` is f1, balanced_accuracy or costs (of a row); ``chosen`` is what the model does,
    chosen on other rows.
    """

    positive: str
    metric: str
    better: Better
    line: Line
    chosen: float
    rows: int


@dataclass(frozen=True)
class Levels:
    """How many things have each level of a feature."""

    feature: str
    names: tuple[str, ...]
    things: tuple[int, ...]


@dataclass(frozen=True)
class Crossed:
    """How many things have a level of one feature (a row) and one of another (a column)."""

    down: Levels
    across: Levels
    things: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Coverage:
    """What the things of a catalogue have; ``crossed`` is ``None`` where there is one feature."""

    things: int
    features: tuple[Levels, ...]
    crossed: Crossed | None


@dataclass(frozen=True)
class Picture:
    """All that can be drawn of a version; ``None`` is what it does not have.

    ``truth`` stands in for ``fit`` where there is no one feature to draw along, or no rows were
    kept: what was true of the held-out rows, along what was answered.
    """

    manifest: Manifest
    fit: FittedCurve | None = None
    truth: FittedCurve | None = None
    residuals: Residuals | None = None
    curve: LearningCurve | None = None
    matrix: Matrix | None = None
    calibration: Calibration | None = None
    threshold: ThresholdCurve | None = None
    coverage: Coverage | None = None


def of_judged(found: Evaluation | ListEvaluation) -> Picture:
    """Return what there is to draw of what was judged: a version, or its answers for a file."""
    manifest = found.manifest
    if isinstance(found, ListEvaluation) or found.of_file is None:
        return of(manifest)
    report = found.class_report
    return Picture(
        manifest,
        truth=_truth(manifest, found.of_file, LEVEL, "of this file"),
        residuals=_residuals(manifest, found.of_file),
        matrix=_matrix(manifest, report) if report else None,
    )


def of(manifest: Manifest, level: float = LEVEL) -> Picture:
    """Return what there is to draw of a stored version, with the range of a ``level``.

    Raises
    ------
    ModelError
        What was stored is damaged.
    """
    if not manifest.answers.by_rows:
        return Picture(manifest, coverage=_coverage(manifest))
    judged, found = held_out.kept(manifest), manifest.evidence
    report = None if found is None or found.classes is ABSENT else found.classes
    given = report.probabilities if report else None
    drawn, truth = _fit(manifest, level), None
    if judged is not None and (drawn is None or drawn.points is None):
        drawn, truth = None, _truth(manifest, judged, level)
    return Picture(
        manifest,
        fit=drawn,
        truth=truth,
        residuals=None if judged is None else _residuals(manifest, judged),
        curve=_curve(manifest, found.curve) if found and found.curve else None,
        matrix=_matrix(manifest, report) if report else None,
        calibration=_calibration(given) if given else None,
        threshold=None if judged is None else _threshold(manifest, judged),
    )


def _fit(manifest: Manifest, level: float) -> FittedCurve | None:
    """Return the curve of a model of one number, and its rows."""
    feature, *others = manifest.features
    target = manifest.target.amounts
    if others or not isinstance(feature, NumberInput) or target is None:
        return None
    along = np.linspace(feature.low, feature.high, _STEPS + 1)
    found = ask.load(manifest).answer_many({feature.name: Numbers(along)}, anyway=True)
    x, values = along[found.able], found.values
    return FittedCurve(
        Axis(feature.name),
        Axis(target.name, target.unit),
        _points(manifest),
        _line(manifest.model.name, x, target.raised(values)),
        _band(manifest, x, values, target, level),
        _baseline(manifest, feature.name, along, target),
    )


def _points(manifest: Manifest) -> Points | None:
    """Return the rows as they were kept; an older mlcli kept none."""
    if POINTS not in manifest.digests.cargo:
        return None
    kept = cargo.read_json(manifest, POINTS)
    with cargo.reading(manifest, POINTS):
        return records.from_json(Points, kept)


def _band(
    manifest: Manifest, x: Floats, values: Floats, target: NumberTarget, level: float
) -> Band | None:
    """Return the range around predictions, where enough rows were not learned from."""
    width = conformal.two_sided(ask_range.kept(manifest), level)
    if width is None:
        return None
    low, high = (_told(target.raised(values + off)) for off in (-width, width))
    return Band(level, _told(x), low, high)


def _baseline(manifest: Manifest, name: str, along: Floats, target: NumberTarget) -> Line:
    """Return the rule in use today, as far as it speaks of this feature alone, or the mean."""
    own = implied.definition_of(manifest).baseline
    if own is not None and {*own.columns} <= {name}:
        return _line("your rule", along, target.raised(own.values({name: along}, len(along))))
    mean = manifest.blind
    assert isinstance(mean, float)
    return _line("the mean", along, np.full(len(along), mean))


def _line(name: str, x: Floats, y: Floats) -> Line:
    """Return a line through the places where there is a number."""
    there = np.isfinite(y)
    return Line(name, _told(x[there]), _told(y[there]))


def _told(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _truth(
    manifest: Manifest, judged: Judged, level: float, held: str = "held out"
) -> FittedCurve | None:
    """Return what was true of some rows, along what was answered, where those are numbers."""
    target = manifest.target.amounts
    if target is None:
        return None
    values = judged.values
    along = np.linspace(values.min(), values.max(), _STEPS + 1)
    mean = manifest.blind
    assert isinstance(mean, float)
    return FittedCurve(
        Axis("answered", target.unit),
        Axis("actual", target.unit),
        points.of_rows(values, judged.truths, np.ones(len(values), dtype=bool)),
        _line("as answered", along, along),
        _band(manifest, along, along, target, level),
        _line("the mean", along, np.full(len(along), mean)),
        held,
    )


def _residuals(manifest: Manifest, judged: Judged) -> Residuals | None:
    """Return by how much the answers for some rows are off, where they are numbers."""
    target = manifest.target.amounts
    if target is None:
        return None
    answers = judged.answers(target)
    days = None if dependence.dated(judged.keys) is None else _days(judged.keys)
    missed = answers - judged.truths
    missed[np.abs(missed) <= _NOISE * np.abs(judged.truths).max()] = 0
    every = np.ones(len(answers), dtype=bool)
    answered = Axis("answered", target.unit)
    when = Axis(manifest.key.name or "date", kind="date")
    x = answers if days is None else days
    return Residuals(
        answered if days is None else when,
        Axis("off by", target.unit),
        points.of_rows(x, missed, every),
    )


def _days(keys: Sequence[str]) -> Floats:
    """Return dates as days since the beginning of 1970."""
    return np.array(keys, dtype="datetime64[s]").astype(float) / 86_400


def _curve(manifest: Manifest, found: RowsCurve) -> LearningCurve:
    """Return the learning curve."""
    target = manifest.target
    amounts = target.amounts
    error = Axis("wrong answers", kind="share") if amounts is None else Axis("MAE", amounts.unit)
    return LearningCurve(error, found.sizes, found.errors, found.words)


def _matrix(manifest: Manifest, report: ClassReport) -> Matrix:
    """Return how often each class was taken for which."""
    found = report.confusion
    others = (f"{found.rest:,} others",) if found.rest else ()
    return Matrix(
        manifest.target.name, report.of, report.rows, (*found.classes, *others), found.counts
    )


def _calibration(given: ProbabilityFigures) -> Calibration | None:
    """Return how often probabilities came true, where rows are enough to tell."""
    found = given.reliability
    return Calibration(given.of, found.ece, found.bins) if found else None


def _threshold(manifest: Manifest, judged: Judged) -> ThresholdCurve | None:
    """Return what each threshold is worth on the held-out rows, where one was chosen."""
    chosen = manifest.evidence.threshold if manifest.evidence else None
    worth = classes.worth_of(implied.definition_of(manifest).label.threshold)
    if chosen is None or worth is None or judged.values.probabilities is None:
        return None
    likely = judged.values.probabilities[:, [*manifest.shares].index(chosen.positive)]
    was, tried = judged.truths == chosen.positive, np.arange(_TRIED + 1) / _TRIED
    worths = [threshold_curve.worth_at(likely, was, value, worth=worth) for value in tried.tolist()]
    return ThresholdCurve(
        chosen.positive,
        chosen.for_,
        "lower" if chosen.for_ == "costs" else "higher",
        _line(chosen.for_, tried, np.array(worths, dtype=float)),
        chosen.value,
        len(was),
    )


def _coverage(manifest: Manifest) -> Coverage:
    """Return how many things of a catalogue have each level, and each two of two features."""
    catalogue, _ = cargo.load_catalogue(manifest)
    totals, at, features = catalogue.totals(), 0, []
    places: dict[str, dict[str, int]] = {}
    for feature in manifest.features:
        assert isinstance(feature, CategoryInput | TagsInput)
        empty = manifest.lists.empty.get(feature.name, ())
        known = {name: at + column for name, column in feature.columns.items()}
        counts = [totals[column] for column in known.values()] + [0] * len(empty)
        features.append(Levels(feature.name, (*known, *empty), tuple(counts)))
        places[feature.name] = known
        at += feature.width
    return Coverage(len(catalogue), tuple(features), _crossed(catalogue, features, places))


def _crossed(
    catalogue: Catalogue, features: Sequence[Levels], places: Mapping[str, Mapping[str, int]]
) -> Crossed | None:
    """Return the same of the two features that have most levels and fewest."""
    if len(features) < _TWO:
        return None
    across, *_, down = sorted(features, key=lambda one: len(one.names))
    found: Counter[tuple[int, int]] = Counter()
    for profile, count in zip(catalogue.profiles, catalogue.counts, strict=True):
        found.update(dict.fromkeys(product(profile, profile), count))
    column, row = (places[one.feature] for one in (across, down))
    return Crossed(
        down,
        across,
        tuple(
            tuple(found[row.get(name, -1), column.get(other, -1)] for other in across.names)
            for name in down.names
        ),
    )

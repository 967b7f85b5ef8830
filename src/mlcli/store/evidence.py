"""How far the figures of a version can be trusted: what is kept beside them.

Not imported by an answer, and so dataclasses; their types are needed when they are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlcli.answering.ranges_and_decisions import Decision
from mlcli.grammar.cells import Json
from mlcli.statistics.calibration import Reliability
from mlcli.statistics.decisions import Outcome, Price
from mlcli.store import records
from mlcli.store.records import ABSENT, Absent

Ends = tuple[float, float]
"""Both ends of a 95 % interval."""


@dataclass(frozen=True)
class Spread:
    """How many rows were judged, and intervals of what is averaged over them, by metric.

    ``narrow`` says that intervals may be too narrow; ``caution`` why that is so (an older mlcli
    said it of fewer than 30 rows), or why there are none.
    """

    rows: int
    intervals: Mapping[str, Ends]
    narrow: bool
    caution: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class SpreadHeldOut(Spread):
    """The same of the rows held out.

    ``skill`` is the share of the error of answering without looking that the model takes
    off; ``outside`` counts rows beyond what was learned from (``None``: an older mlcli did not).
    """

    skill: float | None
    outside: int | None = None


@dataclass(frozen=True)
class RangeHeld:
    """On how many of the rows held out the range of a ``level`` held.

    ``doubt`` says that they are fewer than chance leaves in 19 of 20 cases, if so.
    """

    level: float
    held: int
    rows: int
    doubt: str = ""


@dataclass(frozen=True)
class FoldScores:
    """One metric in cross-validation: mean and standard deviation over the folds, and each.

    ``train`` is the mean on the rows that were learned from.
    """

    mean: float | None
    sd: float | None
    folds: tuple[float | None, ...]
    train: float | None


@dataclass(frozen=True)
class NumberFolds(FoldScores):
    """One metric of numbers, beside answering the mean."""

    baseline: float | None = field(metadata={"key": "mean_baseline"})


@dataclass(frozen=True)
class ClassFolds(FoldScores):
    """One metric of classes, beside answering the commonest."""

    baseline: float | None = field(metadata={"key": "frequency_baseline"})


@dataclass(frozen=True, kw_only=True)
class CrossValidated:
    """How rows were divided into folds, and what came of it; without metrics, why not.

    ``unanswered`` counts rows that had no answer in a fold.
    """

    words: str
    rows: int | None = None
    unanswered: int | None = None
    metrics: Mapping[str, NumberFolds | ClassFolds]


@dataclass(frozen=True)
class Misfit:
    """Whether a model has missed something, or has learned by heart.

    ``verdict`` is even, underfit, overfit, interpolates or unknown, or what a newer mlcli says.
    ``gap`` is the cross-validated error over that on rows learned from, ``structure`` the
    share of what it misses that follows a pattern (R2), ``try_`` the model to try.
    """

    verdict: str
    words: str
    gap: float | Absent | None = ABSENT
    structure: float | Absent = ABSENT
    try_: str | Absent | None = ABSENT


@dataclass(frozen=True)
class RowsCurve:
    """Errors by numbers of rows learned from, and what they say of more rows."""

    sizes: tuple[int, ...]
    errors: tuple[float, ...]
    words: str


@dataclass(frozen=True)
class LeakAlarm:
    """What may have leaked the label, and whether the definition knows of it.

    ``code`` is one of ``alarm_codes.CODES``, or one of a newer mlcli.
    """

    code: str
    columns: tuple[str, ...]
    words: str
    acknowledged: bool


@dataclass(frozen=True)
class Confusion:
    """How often each class (a row) was taken for which (a column).

    ``rest`` is how many rarer classes the last row and column hold, if any.
    """

    classes: tuple[str, ...]
    rest: int
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ClassFigures:
    """One class: shares of 0 to 1, ``None`` where they are 0 / 0, and numbers of rows."""

    class_: str
    precision: float | None
    recall: float | None
    f1: float | None
    rows: int
    answered: int


@dataclass(frozen=True)
class ProbabilityFigures:
    """What probabilities are worth, beside always answering the shares of the classes.

    ``worse`` says that they lose to those; ``of`` is the class that ``reliability`` is about,
    ``None`` for whichever was answered.
    """

    brier: float | None
    brier_shares: float | None
    log_loss: float | None
    log_loss_shares: float | None
    worse: bool
    auc: float | None
    of: str | None
    reliability: Reliability | None


@dataclass(frozen=True)
class ThresholdWorth:
    """What a threshold is worth on some rows, and what 0.5 is."""

    value: float
    worth: float | None
    worth_at_even: float | None


@dataclass(frozen=True)
class ChosenThreshold:
    """The probability from which on ``positive`` is answered, and what it was chosen for."""

    positive: str
    for_: str
    value: float
    worth: float
    worth_at_even: float
    rows: int


@dataclass(frozen=True)
class ClassReport:
    """How good answered classes are; ``of`` says on which rows."""

    of: str
    rows: int
    confusion: Confusion
    each: tuple[ClassFigures, ...]
    probabilities: ProbabilityFigures | None
    threshold: ThresholdWorth | None


@dataclass(frozen=True)
class Saving:
    """By how much a decision was cheaper a row, in money or pinball, with its 95 % interval."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Served:
    """What serving came to, on rows that were not learned from; ``of`` says which.

    ``likely`` is of what was answered and ``decided`` of what the decision says, ``None``
    where there is none; ``runs_out`` the 95 % interval of the share of rows on which that is
    too little; ``ratio`` what it cost over what serving the likely number cost.
    """

    of: Literal["held_out", "left_out", "file"]
    likely: Outcome | None
    decided: Outcome | None
    runs_out: Ends | None
    ratio: float | None
    saved: Saving | None
    prices: tuple[Price, ...]


@dataclass(frozen=True)
class DecisionReport:
    """A decision, and what serving it came to: one object in JSON."""

    made: Decision
    served: Served

    def to_json(self) -> dict[str, object]:
        """Return plain data."""
        return {**self.made.to_json(), **records.to_json(self.served)}

    @staticmethod
    def json_schema() -> Json:
        """Return the JSON Schema of that object."""
        made, served = records.schema(Decision), records.schema(Served)
        keys = {**made["properties"], "needed": {"type": "integer"}, **served["properties"]}
        always = [key for key in keys if key != "doubt"]
        return {**served, "properties": keys, "required": always}

    @staticmethod
    def from_json(data: Json) -> "DecisionReport":
        """Rebuild what ``to_json`` wrote."""
        return DecisionReport(Decision.from_json(data), records.from_json(Served, data))


@dataclass(frozen=True)
class Matters:
    """By how much an error rises where the values of a feature are shuffled among rows.

    ``interval`` is of 95 %, over rows; ``None`` where they are few.
    """

    feature: str
    rise: float
    interval: Ends | None


@dataclass(frozen=True, kw_only=True)
class Importance:
    """Which features matter, first the one that does most.

    ``of`` says on which rows: those held out, or left out by folds. ``metric`` is the error that
    rises; ``alike`` are features of which one can stand in for the other.
    """

    of: Literal["held_out", "left_out"]
    rows: int
    metric: str
    features: tuple[Matters, ...]
    alike: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it.

    ``few`` says that rows are too few to choose by; ``holdout`` is ``None`` where none were
    held out, and ``curve`` where none could be drawn. ``left_out`` says what was not looked at,
    ``doubts`` why an answer may be worth little, in words; ``range_held`` is of numbers.
    ``importance`` is ``None`` where rows are too few, or features too many.
    """

    few: str | None
    holdout: SpreadHeldOut | None
    cv: CrossValidated
    fit: Misfit
    curve: RowsCurve | None
    alarms: tuple[LeakAlarm, ...]
    classes: ClassReport | Absent | None = ABSENT
    decision: DecisionReport | None = None
    threshold: ChosenThreshold | None = None
    left_out: str | None = None
    doubts: tuple[str, ...] = ()
    range_held: RangeHeld | None = None
    importance: Importance | None = None

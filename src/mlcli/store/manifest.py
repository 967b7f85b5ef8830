"""What is said of a stored model: everything but its weights, as plain JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlcli.answering import features as inputs
from mlcli.answering import label, ranking
from mlcli.answering.domain import Predicate
from mlcli.answering.ranges_and_decisions import Decision
from mlcli.statistics.metrics import CLASS_METRICS, METRICS
from mlcli.store import files, records
from mlcli.store.scores import ClassScore, NumberScore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlcli.answering.label import Target, Task
    from mlcli.store.evidence import Evidence
    from mlcli.store.scores import Scores

PROTOCOL: Final = 2
"""The shape of a model folder.

Raise it when an older mlcli would misread what a newer one writes: a key that
changes its meaning, a new kind of step in an equation, another digest. A new key
that may be ignored does not need it. With the raise goes a test that a folder of
the old number is refused with the command that fits it again
(``tests/unit/store/test_versions.py``).
"""

_WISHED: Final = {"category", "tags"}
_METRICS: Final = {"number": tuple(METRICS), "category": tuple(CLASS_METRICS)}


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """Return the one way in which a value is written, for digests."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _require(kind: type, *values: object) -> None:
    """Raise ``TypeError`` unless all values are of a kind; whole numbers may stand for others."""
    for value in values:
        if not (type(value) is kind or (kind is float and type(value) is int)):
            raise TypeError(value)


@dataclass(frozen=True)  # no slots: what is worked out once is kept in its place
class Manifest:
    """A stored version, as its manifest describes it; nothing of it was unpickled."""

    name: str
    version: int
    folder: Path
    data: Mapping[str, Any]

    def check(self) -> None:
        """Raise, with whatever error, unless everything is there that answers need.

        Bytes with the right digest may still be somebody else's.
        """
        if not (self.features and self.key.keys() >= {"name", "unit", "noun"}):
            raise ValueError(self.data)
        for feature in self.features:
            levels = () if isinstance(feature, inputs.NumberInput) else feature.levels
            _require(str, feature.name, *levels)
        if self.kind == "thing":
            self._check_things()
        else:
            self._check_answers()
        _ = self.domain, self.data["made"], self.data["filled"]
        _ = self.data["digests"]["cargo"].keys(), self.data["libraries"].keys()
        _ = self.data["definition"]["values"].keys(), self.data["split"]["words"]

    def _check_things(self) -> None:
        """Raise unless there is what suggestions need."""
        recommend = self.data["recommend"]
        _require(str, self.data["label"]["name"], *recommend["order"], *recommend["show"])
        _require(bool, *recommend["show"].values())
        _require(int, recommend["top"], recommend["profiles"])
        for levels in recommend["empty"].values():
            _require(str, *levels)
        if recommend["top"] < 1 or any(f.kind not in _WISHED for f in self.features):
            raise ValueError(recommend)

    def _check_answers(self) -> None:
        """Raise unless there is what answers and their figures need."""
        target, held = self.target, self.rows["holdout"]
        _require(str, target.name, target.unit)
        if isinstance(target, label.ClassTarget):
            _require(str, *target.classes, target.positive)
            _require(float, *([] if target.threshold is None else [target.threshold]))
            target.check()
            _require(float, *self.data["without_looking"].values())
            if not 0 < len(self.data["without_looking"]) <= len(target.classes):
                raise ValueError(target)
        scores = [self.scores[metric] for metric in _METRICS[self.kind]]
        if held and scores[0].holdout is None:
            raise ValueError(held)

    @cached_property
    def features(self) -> tuple[inputs.Input, ...]:
        """Return the learned features, in the order of the matrix."""
        return tuple(inputs.from_json(f) for f in self.data["features"])

    @property
    def kind(self) -> Task:
        """Return what it answers with."""
        kind: Task = self.data["label"]["kind"]
        return kind

    @cached_property
    def target(self) -> Target:
        """Return the number or the class that is answered."""
        target: Target = label.from_json(self.data["label"])
        return target

    @property
    def shape(self) -> tuple[int, int]:
        """Return how many measures and shown texts each thing of a catalogue has."""
        recommend = self.data["recommend"]
        return len(ranking.columns(recommend["order"])), len(recommend["show"])

    @cached_property
    def domain(self) -> tuple[Predicate, ...]:
        """Return the rows the model is for."""
        return tuple(Predicate.from_json(p) for p in self.data["domain"])

    @cached_property
    def scores(self) -> Scores:
        """Return its figures, by metric; those of the judged model."""
        kind: type[NumberScore | ClassScore]
        kind = NumberScore if self.kind == "number" else ClassScore
        return {name: records.from_json(kind, one) for name, one in self.data["metrics"].items()}

    @cached_property
    def evidence(self) -> Evidence | None:
        """Return how far its figures can be trusted; nothing, of what an older mlcli fitted.

        Raises
        ------
        ModelError
            It is not what was stored.
        """
        from mlcli.store.evidence import Evidence  # an answer needs none of it

        kept = self.data.get("evidence")
        try:
            return records.from_json(Evidence, kept) if kept else None
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            place = f"models/{self.name}/{self.version}/manifest.json"
            raise files.damaged(place, self.name, "it is not what was stored") from error

    @cached_property
    def decision(self) -> Decision | None:
        """Return how much to have ready beside a prediction; raises where that is none."""
        kept = (self.data.get("evidence") or {}).get("decision")
        return None if kept is None else Decision.from_json(kept)

    @property
    def key(self) -> Mapping[str, Any]:
        """Return ``name`` and ``unit`` of the column that names a row, and ``noun`` for a row."""
        key: Mapping[str, Any] = self.data["key"]
        return key

    @property
    def id(self) -> str:
        """Return ``pizzeria@3``."""
        return f"{self.name}@{self.version}"

    @property
    def rows(self) -> Mapping[str, int]:
        """Return how many rows were used, learned from and held out."""
        rows: Mapping[str, int] = self.data["rows"]
        return rows

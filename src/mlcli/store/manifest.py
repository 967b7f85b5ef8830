"""What is said of a stored model: everything but its weights, as plain JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from mlcli.answering import equation, label, ranking
from mlcli.answering import features as inputs
from mlcli.answering.domain import Predicate
from mlcli.learning import report
from mlcli.statistics.metrics import CLASS_METRICS, METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlcli.answering.label import Target, Task
    from mlcli.definition.definition import Definition
    from mlcli.learning.catalogue import FittedCatalogue
    from mlcli.learning.fitting import Fitted
    from mlcli.tables.examples import Examples

PROTOCOL: Final = 2
"""The shape of a model folder.

Raise it when an older mlcli would misread what a newer one writes: a key that
changes its meaning, a new kind of step in an equation, another digest. A new key
that may be ignored does not need it. With the raise goes a test that a folder of
the old number is refused with the command that fits it again
(``tests/unit/test_store.py``).
"""

_WISHED: Final = {"category", "tags"}
_FIGURES: Final = {
    "number": ("mean_baseline", tuple(METRICS)),
    "category": ("frequency_baseline", tuple(CLASS_METRICS)),
}
_LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "joblib")


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
        baseline, metrics = _FIGURES[self.kind]
        if isinstance(target, label.ClassTarget):
            _require(str, *target.classes, target.positive)
            _require(float, *([] if target.threshold is None else [target.threshold]))
            target.check()
            _require(float, *self.data["without_looking"].values())
            if not 0 < len(self.data["without_looking"]) <= len(target.classes):
                raise ValueError(target)
        for metric in metrics:
            figures = [self.data["metrics"][metric][key] for key in ("train", "holdout", baseline)]
            _require(float, *(figure for figure in figures if figure is not None))
        if held and self.data["metrics"][metrics[0]]["holdout"] is None:
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
        target = label.from_json(self.data["label"])
        assert not isinstance(target, label.ThingTarget)
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

    @property
    def evidence(self) -> Mapping[str, Any]:
        """Return how far its figures can be trusted; nothing, of what an older mlcli fitted."""
        return self.data.get("evidence") or {}

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


def describe(
    definition: Definition,
    values: Mapping[str, Any],
    file: str,
    examples: Examples,
    learned: Mapping[str, Any],
    data_digests: Mapping[str, str],
) -> dict[str, Any]:
    """Return the manifest of what was fitted, but for its cargo and its own digest.

    It holds no clock and no version, so that the same inputs give the same bytes.
    ``learned`` is what ``of_model`` or ``of_catalogue`` says.
    """
    return {
        "protocol": PROTOCOL,
        "model": definition.model.model_dump(mode="json"),
        "key": {"name": examples.key, "unit": examples.unit, "noun": examples.noun},
        "made": definition.made_after_join,
        "filled": definition.filled_after_join,
        "labels_known_until": examples.last.isoformat() if examples.last else None,
        **learned,
        "ledger": examples.ledger.to_json(),
        "seed": definition.seed,
        "definition": {"file": file, "values": values},
        "libraries": _versions(),
        "digests": {"definition": digest(canonical(values)), "data": dict(data_digests)},
    }


_LEARNED: Final = (
    *("features", "label", "domain", "rows", "learned_from", "final", "split", "metrics"),
    *("without_looking", "recommend", "labels_known_until", "key", "made", "filled"),
)
_SIGNIFICANT: Final = 9
_NOTHING: Final = 1e-9


def content(description: Mapping[str, Any], cargo: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of what was learned: the same on every engine, and from any file.

    It is over features with levels and ranges, figures, weights, answers for the rows held
    out, things, and the counts of rows; numbers to nine digits. Names of files and the
    places in them, the definition, and versions of libraries are no part of it.
    """
    ledger = description["ledger"]
    counts = {
        "sources": [
            {k: v for k, v in source.items() if k != "file"} for source in ledger["sources"]
        ],
        **{k: ledger[k] for k in ("joined", "rules", "left_out", "used")},
    }
    learned = {key: description[key] for key in _LEARNED if key in description}
    kept = {name: _loaded(name, raw) for name, raw in cargo.items() if ".json" in name}
    return digest(canonical(_rounded({**learned, "ledger": counts, "cargo": kept})))


def _loaded(name: str, raw: bytes) -> Any:
    """Return what a file of JSON holds, without the places that rows of files have."""
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in raw.splitlines()]
    found = json.loads(raw)
    if name == "holdout.json":
        return [{k: v for k, v in row.items() if k != "row"} for row in found]
    return found


def _rounded(value: Any) -> Any:
    """Return plain data with its numbers to nine digits, as far as engines agree."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < _NOTHING else float(f"{value:.{_SIGNIFICANT}g}")
    return value


def of_model(fitted: Fitted, judged: Fitted, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says of a model that answers.

    ``judged`` is the fit that the metrics speak of: ``fitted`` itself, unless that
    learned from every row.
    """
    model = fitted.model
    held = len(judged.held_out.truths) if judged.held_out else 0
    train = len(judged.train.truths)
    return {
        "features": [inputs.to_json(f) for f in model.features],
        "label": label.to_json(model.target),
        "domain": [p.to_json() for p in model.domain],
        "rows": {"used": train + held, "train": train, "holdout": held},
        "learned_from": len(fitted.train.truths),
        "final": fitted is not judged,
        "split": {"rule": judged.split.text, "words": judged.split_words},
        "metrics": metrics,
        "without_looking": report.blind(judged.train, judged.model.target),
        "equation": _in_words(fitted),
        "notes": list(dict.fromkeys([*judged.notes, *fitted.notes])),
    }


def of_catalogue(fitted: FittedCatalogue, top: int) -> dict[str, Any]:
    """Return what a manifest says of a catalogue, of which nothing is held out."""
    things = len(fitted.catalogue)
    return {
        "features": [inputs.to_json(f) for f in fitted.features],
        "label": label.to_json(fitted.target),
        "domain": [p.to_json() for p in fitted.domain],
        "rows": {"used": things, "train": things, "holdout": 0},
        "learned_from": things,
        "final": False,
        "split": {"rule": "none", "words": "none are held out: each is a thing of its own"},
        "metrics": {},
        "equation": None,
        "notes": list(fitted.notes),
        "recommend": {
            "order": fitted.order,
            "show": fitted.shown,
            "empty": fitted.empty,
            "top": top,
            "profiles": len(fitted.catalogue.profiles),
        },
    }


def _in_words(fitted: Fitted) -> str | None:
    if fitted.equation is None:
        return None
    names = inputs.column_names(fitted.model.features)
    target = fitted.model.target
    classes = target.classes if isinstance(target, label.ClassTarget) else ()
    return equation.in_words(fitted.equation, target.name, names, classes)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from mlcli import __version__

    return {"mlcli": __version__, **{name: version(name) for name in _LIBRARIES}}

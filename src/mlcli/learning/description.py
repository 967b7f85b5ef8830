"""What a manifest says of what was learned, and the digest of it that engines agree on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mlcli.answering import equation, features
from mlcli.learning import report
from mlcli.store import records
from mlcli.store.manifest import PROTOCOL, canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.definition.definition import Definition
    from mlcli.learning.catalogue import FittedCatalogue
    from mlcli.learning.fitting import Fitted
    from mlcli.store.scores import Scores
    from mlcli.tables.examples import Examples

_LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "joblib")


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


def of_model(fitted: Fitted, judged: Fitted, scores: Scores) -> dict[str, Any]:
    """Return what a manifest says of a model that answers.

    ``judged`` is the fit that the scores speak of: ``fitted`` itself, unless that
    learned from every row.
    """
    model = fitted.model
    held = len(judged.held_out.truths) if judged.held_out else 0
    train = len(judged.train.truths)
    return {
        "features": [features.to_json(f) for f in model.features],
        "label": model.target.to_json(),
        "domain": [p.to_json() for p in model.domain],
        "rows": {"used": train + held, "train": train, "holdout": held},
        "learned_from": len(fitted.train.truths),
        "final": fitted is not judged,
        "split": {"rule": judged.split.text, "words": judged.split_words},
        "metrics": records.to_json(scores),
        "without_looking": report.blind(judged.train, judged.model.target),
        "equation": _in_words(fitted),
        "notes": list(dict.fromkeys([*judged.notes, *fitted.notes])),
    }


def of_catalogue(fitted: FittedCatalogue, top: int) -> dict[str, Any]:
    """Return what a manifest says of a catalogue, of which nothing is held out."""
    things = len(fitted.catalogue)
    return {
        "features": [features.to_json(f) for f in fitted.features],
        "label": fitted.target.to_json(),
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
    names = features.column_names(fitted.model.features)
    return equation.in_words(fitted.equation, fitted.model.target, names)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from mlcli import __version__

    return {"mlcli": __version__, **{name: version(name) for name in _LIBRARIES}}

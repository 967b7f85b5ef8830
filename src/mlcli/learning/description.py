"""What a manifest says of what was learned, and the digest of it that engines agree on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering import encoding, equation
from mlcli.answering.choices import Choices
from mlcli.learning.features import typical
from mlcli.learning.fitting import dates_of
from mlcli.learning.judged import HELD_OUT, POINTS
from mlcli.store.manifest import (
    PROTOCOL,
    Description,
    Digests,
    Learner,
    ListRules,
    RowCounts,
    RowKey,
    Split,
    Written,
    canonical,
    digest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from mlcli.answering.target import Raws
    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Json
    from mlcli.learning.catalogue import FittedCatalogue
    from mlcli.learning.fitting import Fitted
    from mlcli.learning.judged import Judged
    from mlcli.statistics.arrays import Rows
    from mlcli.store.evidence import Evidence
    from mlcli.store.scores import Scores
    from mlcli.tables.examples import Examples

_LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "joblib")


class Given(NamedTuple):
    """What there is to learn from: a definition with its file and values, and its exports."""

    definition: Definition
    values: Json
    file: str
    examples: Examples
    digests: Mapping[str, str]


_LEARNED: Final = (
    *("features", "label", "domain", "rows", "learned_from", "final", "split", "metrics"),
    *("without_looking", "recommend", "labels_known_until", "key", "made", "filled", "typical"),
)
_SIGNIFICANT: Final = 9
_NOTHING: Final = 1e-9


def content(description: Description, cargo: Mapping[str, bytes], held: Judged | None) -> str:
    """Return the SHA-256 of what was learned: the same on every engine, and from any file.

    It is over features with levels and ranges, figures, weights, answers for the rows held
    out, things, and the counts of rows; numbers to nine digits. Names of files and the
    places in them, the definition, and versions of libraries are no part of it.
    """
    said = description.to_json()
    sources = [_without("file", source) for source in said["ledger"]["sources"]]
    ledger = {**_without("examples", said["ledger"]), "sources": sources}
    learned = {key: said[key] for key in _LEARNED if key in said}
    kept = {
        name: _loaded(name, raw)
        for name, raw in cargo.items()
        if ".json" in name and name not in {HELD_OUT, POINTS}
    }
    answers = [] if held is None else [_told(held.truths), _told(_figures(held.values))]
    everything = {**learned, "ledger": ledger, "cargo": kept, "held_out": answers}
    return digest(canonical(_rounded(everything)))


def _figures(values: Raws) -> NDArray[Any]:
    """Return raw predictions as numbers: probabilities of classes, or their positions."""
    numbers: NDArray[Any] | None = values.probabilities if isinstance(values, Choices) else values
    return values.positions if numbers is None else numbers


def _told(values: NDArray[Any]) -> str:
    """Return the SHA-256 of an array, of which numbers have nine digits."""
    if values.dtype.kind != "f":
        return digest(canonical(values.tolist()))
    sizes = np.floor(np.log10(np.maximum(np.abs(values), _NOTHING))) - (_SIGNIFICANT - 1)
    digits = np.where(np.abs(values) < _NOTHING, 0, np.rint(values / 10.0**sizes))
    return digest(np.stack([digits, sizes]).astype(np.int64).tobytes())


def _without(key: str, data: Json) -> Json:
    return {k: v for k, v in data.items() if k != key}


def _loaded(name: str, raw: bytes) -> Any:
    """Return what a file of JSON holds, or one of a line each."""
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in raw.splitlines()]
    return json.loads(raw)


def _rounded(value: Any) -> Any:
    """Return plain data with its numbers to nine digits, as far as engines agree."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < _NOTHING else float(f"{value:.{_SIGNIFICANT}g}")
    return value


def of_model(
    given: Given, fitted: Fitted, judged: Fitted, scores: Scores, found: Evidence
) -> Description:
    """Return the manifest of a model that answers, but for its cargo and its own digest.

    ``judged`` is the fit that scores and evidence speak of: ``fitted`` itself, unless that
    learned from every row.
    """
    model = fitted.model
    held = len(judged.held_out.truths) if judged.held_out else 0
    train, learned_from = len(judged.train.truths), len(fitted.train.truths)
    blind = judged.model.target.blind(judged.train.truths)
    days = _days(given.examples, fitted.rows)
    made = found.decision.made if found.decision else None
    of_decision = filter(None, (made.refusal(), made.doubt) if made else ())
    notes = dict.fromkeys([*judged.notes, *fitted.notes])
    columns = fitted.lesson.examples.columns
    if judged.whole is None or fitted.whole is None:
        most = {
            feature.name: typical(feature, columns[feature.name].taken(fitted.rows))
            for feature in model.features
        }
    else:  # those are a sample
        train, held, learned_from = judged.whole.rows, judged.whole.out, fitted.whole.rows
        most, blind, days = {**fitted.whole.typical}, judged.whole.blind, fitted.whole.days
    return Description(
        **_shared(given),
        features=model.features,
        label=model.target,
        domain=model.domain,
        typical=most,
        rows=RowCounts(train + held, train, held),
        learned_from=learned_from,
        weekdays_never=_weekdays_never(given.examples, days),
        final=fitted is not judged,
        split=Split(judged.split.text, judged.split_words),
        metrics=scores,
        without_looking=blind,
        equation=_in_words(fitted),
        notes=(*notes, *of_decision),
        evidence_=found,
    )


_FEWEST_DAYS: Final = 20
_SPAN: Final = 28
"""Days that a weekday must be missing from: 20 at random miss one of them in 5 of 100 tables."""


def _days(examples: Examples, rows: Rows) -> NDArray[np.datetime64] | None:
    """Return the days of some rows, where they are dated."""
    dates = dates_of(examples, rows)
    return None if dates is None else dates.values


def _weekdays_never(examples: Examples, dates: NDArray[np.datetime64] | None) -> tuple[str, ...]:
    """Return the weekdays on which no row fell, where days are many enough to say so."""
    if dates is None or examples.unit != "day":
        return ()
    days = np.unique(dates[~np.isnat(dates)].astype("datetime64[D]").astype(np.int64))
    if len(days) < _FEWEST_DAYS or days[-1] - days[0] < _SPAN:
        return ()
    there = set(((days + 3) % 7).tolist())  # 1970 began on a Thursday
    return tuple(name for at, name in enumerate(wording.WEEKDAYS) if at not in there)


def of_catalogue(given: Given, fitted: FittedCatalogue, top: int) -> Description:
    """Return the manifest of a catalogue, of which nothing is held out."""
    things = len(fitted.catalogue)
    return Description(
        **_shared(given),
        features=fitted.features,
        label=fitted.target,
        domain=fitted.domain,
        rows=RowCounts(things, things, 0),
        learned_from=things,
        final=False,
        split=Split("none", "none are held out: each is a thing of its own"),
        metrics={},
        equation=None,
        notes=fitted.notes,
        recommend=ListRules(
            fitted.order, fitted.shown, fitted.empty, top, len(fitted.catalogue.profiles)
        ),
    )


def _shared(given: Given) -> dict[str, Any]:
    """Return what a manifest says of every kind of model."""
    definition, examples = given.definition, given.examples
    return {
        "protocol": PROTOCOL,
        "model": Learner.from_json(definition.model.model_dump(mode="json")),
        "key": RowKey(examples.key, examples.unit, examples.noun),
        "made": tuple(definition.made_after_join),
        "filled": definition.filled_after_join,
        "labels_known_until": examples.last.isoformat() if examples.last else None,
        "notations_": examples.notations or None,
        "ledger_": examples.ledger,
        "seed": definition.seed,
        "definition": Written(given.file, given.values),
        "libraries": _versions(),
        "digests": Digests(
            definition=digest(canonical(given.values)), data=dict(given.digests), cargo={}
        ),
    }


def _in_words(fitted: Fitted) -> str | None:
    if fitted.equation is None:
        return None
    names = encoding.column_names(fitted.model.features)
    return equation.in_words(fitted.equation, fitted.model.target, names)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from mlcli import __version__

    return {"mlcli": __version__, **{name: version(name) for name in _LIBRARIES}}

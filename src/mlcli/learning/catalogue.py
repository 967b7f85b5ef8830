"""Examples to a catalogue: the things to suggest, and what is learned of their features."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcli import wording
from mlcli.answering import ranking, scoring
from mlcli.answering.catalogue import Catalogue, Profile, Thing, gather
from mlcli.answering.encoding import encode
from mlcli.answering.features import CategoryInput, TagsInput, UnknownLevelError, tags_of
from mlcli.answering.target import ThingTarget
from mlcli.errors import DataError
from mlcli.grammar.cells import as_number, is_number
from mlcli.grammar.words import is_rating
from mlcli.learning import limits
from mlcli.learning.features import learn_feature, look_alikes, split_otherwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.domain import Predicate
    from mlcli.answering.features import Input
    from mlcli.answering.predicting import Estimator
    from mlcli.answering.scoring import Facts
    from mlcli.definition.definition import Definition
    from mlcli.tables.examples import Examples

# scikit-learn's naive Bayes builds a matrix of things by things: up to here it is asked
# whether our scores are its own, and its estimator is kept for others to load.
_MOST_FOR_SCIKIT_LEARN = 1000
_MOST_SCORES = 300_000  # of things times levels: that takes about a second
_AGREEMENT = 1e-9


@dataclass(frozen=True, slots=True)
class FittedCatalogue:
    """Things to suggest and what was learned of them.

    ``order`` are the keys by which they are ranked; ``shown`` the columns that stand beside
    a suggestion, each with whether it holds numbers; ``empty`` the levels by feature that
    the definition names and nothing has; ``domain`` the rows that there may be;
    ``estimator`` is scikit-learn's, where the catalogue is small.
    """

    features: tuple[Input, ...]
    target: ThingTarget
    catalogue: Catalogue
    facts: Facts
    order: tuple[str, ...]
    shown: dict[str, bool]
    empty: dict[str, tuple[str, ...]]
    domain: tuple[Predicate, ...]
    estimator: Estimator | None
    notes: tuple[str, ...]


def fit(definition: Definition, examples: Examples) -> FittedCatalogue:
    """Learn a catalogue from all rows: each is a thing of its own.

    Raises
    ------
    DataError
        There is no thing, or a feature is empty in every row.
    """
    recommend = definition.recommend
    assert recommend is not None
    usable = examples.positions("usable")
    rows = usable.tolist()
    label = definition.label
    if not rows:
        raise DataError(
            "no row has every feature and a name", hint=examples.ledger.losses() or "bring rows"
        )
    limits.within(definition, examples, usable)
    features = tuple(
        learn_feature(feature, examples.columns[feature.name].taken(usable))
        for feature in definition.features
    )
    for feature in features:
        if not isinstance(feature, CategoryInput | TagsInput):
            raise DataError(
                f"the feature {feature.name!r} holds numbers, and a wish is a word",
                hint=f"name ranges of it with  bands,  or say  {wording.as_category(feature.name)}",
            )
    ordered = [key.removeprefix("-") for key in ranking.columns(recommend.keys)]
    gathered: dict[Profile, list[Thing]] = {}
    for row, i in enumerate(rows):
        thing = Thing(
            wording.written(examples.columns[label.name][i]),
            tuple(v if (v := examples.columns[c][i]) is None else as_number(v) for c in ordered),
            tuple(_shown(definition, examples, column, i) for column in recommend.show),
            row,
        )
        gathered.setdefault(_profile(features, examples, i), []).append(thing)
    width = sum(feature.width for feature in features)
    catalogue = gather(
        {p: ranking.in_order(things, recommend.keys) for p, things in gathered.items()}, width
    )
    smoothing = getattr(definition.model, "smoothing", 1.0)
    facts = scoring.facts(catalogue, definition.model.name, smoothing)
    estimator = _checked(definition, catalogue, facts)
    target = ThingTarget(label.name, label.unit or label.name)
    names = [wording.written(examples.columns[label.name][i]) for i in rows]
    return FittedCatalogue(
        features,
        target,
        catalogue,
        facts,
        recommend.keys,
        {column: _numbers(examples, column, rows) for column in recommend.show},
        _empty(definition, features),
        definition.domain,
        estimator,
        (
            *_notes(names, gathered, definition),
            *(note for feature in features if (note := split_otherwise(feature))),
            *(note for feature in features for note in look_alikes(feature)),
            *examples.ledger.notes,
        ),
    )


def _profile(features: Sequence[Input], examples: Examples, i: int) -> Profile:
    try:
        row = encode(features, {f.name: examples.columns[f.name][i] for f in features})
    except UnknownLevelError as error:
        raise DataError(str(error), place=examples.named(i), hint=error.hint) from error
    return tuple(column for column, value in enumerate(row) if value)


def _numbers(examples: Examples, column: str, rows: Sequence[int]) -> bool:
    """Say whether a column holds numbers; one that is only shown was read as words."""
    values = [value for i in rows if (value := examples.columns[column][i]) is not None]
    return all(isinstance(value, float) or _is_number(value) for value in values)


def _is_number(value: object) -> bool:
    """Say whether a word is a number, and no code such as 007."""
    return isinstance(value, str) and is_number(value) and not re.match("[+-]?0[0-9]", value)


def _empty(definition: Definition, features: Sequence[Input]) -> dict[str, tuple[str, ...]]:
    """Return the bands, by feature, that the definition names and no thing lies in."""
    found = {}
    for feature in features:
        bands = definition.bands_of(feature.name)
        if isinstance(feature, CategoryInput) and bands:
            found[feature.name] = tuple(name for name in bands if name not in feature.levels)
    return {name: levels for name, levels in found.items() if levels}


def _shown(definition: Definition, examples: Examples, column: str, i: int) -> str:
    value = examples.columns[column][i]
    tagged = any(f.name == column and f.kind == "tags" for f in definition.features)
    return wording.written(tags_of(value) if tagged else value)


def _notes(
    names: Sequence[str], gathered: dict[Profile, list[Thing]], definition: Definition
) -> list[str]:
    found = []
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        stand = "name stands" if len(repeated) == 1 else "names stand"
        found.append(
            f"{len(repeated):,} {stand} more than once ({wording.listed(repeated, most=3)}): "
            "each row is a thing of its own"
        )
    bare = len(gathered.get((), ()))
    if bare:
        named = " or ".join(feature.name for feature in definition.features)
        things = wording.count(bare, "thing")
        found.append(f"{things} without any {named}: no wish can be met by them")
    assert definition.recommend is not None
    if not ranking.columns(definition.recommend.keys) and "name" not in definition.recommend.order:
        rating = next(filter(is_rating, definition.recommend.show), "a rating")
        found.append(
            "between things that go as well with a wish, the alphabet decides: a column "
            f"such as {rating} in  order:  would be better advice"
        )
    return found


def _checked(definition: Definition, catalogue: Catalogue, facts: Facts) -> Estimator | None:
    """Return scikit-learn's estimator, if there is one, once its scores were found to be ours."""
    if "naive_bayes" not in facts.how or facts.things > _MOST_FOR_SCIKIT_LEARN:
        return None
    if facts.things * catalogue.width > _MOST_SCORES:
        return None
    profiles = [
        profile
        for profile, count in zip(catalogue.profiles, catalogue.counts, strict=True)
        for _ in range(count)
    ]
    matrix = np.zeros((facts.things, catalogue.width))
    for row, profile in enumerate(profiles):
        matrix[row, list(profile)] = 1
    estimator: Any = definition.model.build(definition.seed, ThingTarget.kind)
    estimator.fit(matrix, np.arange(facts.things))
    theirs = estimator[-1].predict_joint_log_proba(np.eye(catalogue.width))
    for column, scores in enumerate(theirs):
        ours = scoring.score(facts, [column])
        for profile, score in zip(profiles, scores, strict=True):
            met = [column] if column in profile else []
            if not abs(ours.of(len(profile), met) - score) <= _AGREEMENT:
                raise RuntimeError(f"{facts.how}: column {column} scores {score} elsewhere")
    made: Estimator = estimator
    return made

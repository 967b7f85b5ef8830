"""What other libraries take over: examples as pandas has them, a model as scikit-learn has it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from mlcli.answering.column import Numbers, Times
from mlcli.answering.features import CategoryInput, NumberInput, OrdinalInput, TagsInput, tags_of
from mlcli.errors import AskedWronglyError
from mlcli.learning.labels import labels_of
from mlcli.store import cargo
from mlcli.verbs import ask, implied

if TYPE_CHECKING:
    from pandas import DataFrame
    from sklearn.pipeline import Pipeline

    from mlcli.answering.column import Column
    from mlcli.answering.features import Input
    from mlcli.definition.definition import Definition, Feature
    from mlcli.store.manifest import Manifest
    from mlcli.tables.examples import Examples

    _Single = NumberInput | CategoryInput | OrdinalInput

_NUMBERED: Final = ("AdaBoostClassifier", "GaussianProcessClassifier", "MLPClassifier")
"""Classifiers that answer with what they learned from, whatever their ``classes_`` are."""
_NO_LEVEL: Final = ""
"""Stands before levels in their order, so that the first one is 1: no cell holds it."""


def of_examples(definition: Definition, examples: Examples) -> DataFrame:
    """Return the rows that can be learned from; see ``mlcli.examples``."""
    rows = examples.positions("usable")
    columns = {
        f.name: _learned(f, examples.columns[f.name].taken(rows)) for f in definition.features
    }
    label = definition.label.name
    if definition.recommend:
        columns[label] = _values(examples.columns[label].taken(rows).as_words())
    else:
        columns[label] = labels_of(definition, examples, rows).of(rows)
    index: pd.Index[Any] = pd.RangeIndex(len(rows))
    if examples.key:
        key = _values(examples.columns[examples.key].taken(rows))
        index = pd.Index(key, name=examples.key)
    return pd.DataFrame(columns, index=index)


def _learned(feature: Feature, column: Column) -> Any:
    """Return a feature as it is learned from: numbers, words, or tuples of tags."""
    if column.kind == "number" and feature.kind in {None, "number"}:
        return _values(column)
    words = column.as_words()
    if feature.kind != "tags":
        return _values(words)
    return pd.Series([*map(tags_of, words.levels), ()], dtype=object).to_numpy()[words.codes]


def _values(column: Column) -> Any:
    match column:
        case Numbers(values=known) | Times(values=known):
            return known
        case _:
            return pd.array([*column.levels, None], dtype="str")[column.codes]


def pipeline(manifest: Manifest) -> Pipeline:
    """Return a stored model as scikit-learn has it; see ``FittedModel.pipeline``.

    What encodes is fitted on one row, which holds whatever stands for a missing value; all
    else that was learned of a feature is said when its transformer is made.
    """
    from sklearn.base import is_classifier
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import Pipeline

    ask.must_be_asked_by("predict", manifest)
    features = [_without_lists(manifest, feature) for feature in manifest.features]
    definition, estimator = implied.definition_of(manifest), cargo.load_estimator(manifest)
    steps = [*getattr(estimator, "steps", [("estimator", estimator)])]
    last, target = steps[-1][1], manifest.target
    if is_classifier(last):
        if type(last).__name__ in _NUMBERED:
            raise _none(manifest, f"a {type(last).__name__} answers with numbers for the classes")
        last.classes_ = target.answers(target.of_estimator(last.classes_, None))
    filled = {f.name: f.missing for f in definition.features}
    parts = []
    for (_, strategy), group in groupby(
        features, key=lambda f: (f.levels and f.name, None if f.fill is None else filled[f.name])
    ):
        alike = [*group]
        encoder = _encoder(alike[0], strategy, log=definition.model.log)
        parts.append((encoder, [feature.name for feature in alike]))
    row = {f.name: [[*f.levels, 1.0][0] if f.fill is None else f.fill] for f in features}
    encode = make_column_transformer(*parts, sparse_threshold=0).fit(pd.DataFrame(row))
    return Pipeline([("encode", encode), *steps])


def _without_lists(manifest: Manifest, feature: Input) -> _Single:
    if isinstance(feature, TagsInput):
        raise _none(manifest, f"none of its classes encodes lists of tags, as in {feature.name}")
    return feature


def _none(manifest: Manifest, why: str) -> AskedWronglyError:
    hint = f"ask  mlcli.model({manifest.id!r})  itself"
    return AskedWronglyError(f"{manifest.id} has no pipeline of scikit-learn's: {why}", hint=hint)


def _encoder(feature: _Single, strategy: str | None, *, log: bool) -> Any:
    """Return an unfitted transformer of a feature of words, or of numbers that are alike."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

    steps: list[Any] = [SimpleImputer(strategy=strategy)] if strategy else []
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan}
    match feature:
        case NumberInput():
            steps += [FunctionTransformer(np.log)] if log else []
        case OrdinalInput():
            known = [[_NO_LEVEL, *feature.levels]]
            if feature.unseen == "error":
                steps.append(OrdinalEncoder(categories=known))
            else:
                below = SimpleImputer(strategy="constant", fill_value=0)
                steps += [OrdinalEncoder(categories=known, **unknown), below]
        case CategoryInput(unseen="other"):
            unknown["unknown_value"] = -1
            places = [[*range(-1, len(feature.levels))]]
            steps.append(OrdinalEncoder(categories=[[*feature.levels]], **unknown))
            steps.append(OneHotEncoder(categories=places, sparse_output=False))
        case CategoryInput():
            ones = {"handle_unknown": feature.unseen, "sparse_output": False}
            steps.append(OneHotEncoder(categories=[[*feature.levels]], **ones))
    return make_pipeline(*steps) if steps else "passthrough"

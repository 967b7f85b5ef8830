"""Everything one YAML file says, validated and frozen; it computes nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.domain import Predicate
from mlcli.answering.label import TARGETS
from mlcli.answering.target import AnswerKind, Task, ThingTarget, Undecided
from mlcli.definition import engines, tune_grid
from mlcli.definition.algorithms import FRIENDLY, AnyAlgorithm
from mlcli.definition.page import Page
from mlcli.definition.rules.base import Rule
from mlcli.definition.rules.registry import Step
from mlcli.definition.sklearn_classes import BY_NAME
from mlcli.definition.source import Rules, Source, few
from mlcli.definition.vocabulary import (
    AS_LIST,
    AS_MANY,
    FormulaPhrase,
    Frozen,
    HoldoutPhrase,
    Level,
    Levels,
    Name,
    Names,
    OptionError,
    given,
    read_by,
)
from mlcli.grammar import alarm_codes, cells, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


# A plain name and a mapping with a name say the same thing.
_NAME_OR_MAPPING = BeforeValidator(_named)


class Feature(Frozen):
    """A named input of the model."""

    name: Name
    kind: Literal["number", "category", "ordinal", "tags"] | None = None
    """Found out from the cells where it is not said: number or category."""

    levels: Levels | None = None
    """The levels of an ordinal feature, lowest first."""

    unseen: Literal["error", "ignore", "other"] | None = None
    """What a feature of words does with one that training never held."""

    missing: Literal["mean", "median", "most_frequent"] | None = None
    """What is learned from training rows to stand for an empty cell."""

    @property
    def read_as(self) -> cells.Kind:
        """Return as what its cells are read."""
        return features.KINDS[self.kind].read_as if self.kind else "any"

    @property
    def on_unseen(self) -> Literal["error", "ignore", "other"]:
        """Return what the unseen and the missing do; lists of tags ignore it if not said."""
        return self.unseen or ("ignore" if self.kind == "tags" else "error")


_Cost = Annotated[float, Field(gt=0, le=1e12, allow_inf_nan=False)]


_AIMS = (
    "write  threshold: f1,  threshold: balanced_accuracy,  or  "
    "threshold: {missed_costs: 5, false_alarm_costs: 1}"
)


class Threshold(Frozen):
    """What the line between two classes is drawn for."""

    best: Literal["f1", "balanced_accuracy"] | None = None
    """What is to be highest; the word alone says the same."""

    missed_costs: _Cost | None = None
    """What a missed positive costs."""

    false_alarm_costs: _Cost | None = None
    """What a false alarm costs."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        costs = (self.missed_costs, self.false_alarm_costs)
        if (self.best is None) == (costs == (None, None)) or (self.best is None and None in costs):
            raise OptionError("the threshold is for one word, or for two costs", _AIMS)
        return self


def _best(value: object) -> object:
    if not isinstance(value, str | dict | Threshold):
        raise OptionError("the threshold is no number of your own: it is chosen", _AIMS)
    return {"best": value} if isinstance(value, str) else value


if TYPE_CHECKING:
    _KindOfLabel = Task
else:
    _KindOfLabel = Literal[tuple(TARGETS)]


class Label(Frozen):
    """What the model answers."""

    name: Name
    kind: _KindOfLabel | None = None
    """Found out from the model and the cells where it is not said."""

    unit: Name | None = None
    """In what it is counted; the name if not said."""

    whole: bool | None = None
    """Whether answers are whole numbers; found out where it is not said."""

    positive: Level | None = None
    """Of two classes, the one to find, such as late."""

    threshold: Annotated[Threshold | None, BeforeValidator(_best)] = None
    """From what probability on it is answered: f1, balanced_accuracy, or costs of mistakes; 50%
    where it is not said."""


_RESERVED_KEYS = ("wishes", "score", "name")


_TEXT = {"type": "string", "minLength": 1}
_WORD_OR_LIST = WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]})


def _clear(order: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an order in which something stands twice, or nothing."""
    if len(order) == 1 and "," in order[0]:
        keys = [key.strip() for key in order[0].split(",")]
        raise OptionError("several keys stand in a list", f"write  order: {wording.in_yaml(keys)}")
    for index, key in enumerate(order):
        column = key.removeprefix("-")
        if key != column and column in _RESERVED_KEYS:
            raise OptionError(f"{column!r} has one direction only", f"write {column}")
        if column in {other.removeprefix("-") for other in order[:index]}:
            raise OptionError(f"{column!r} stands here twice", "take one away")
        if not column:
            raise OptionError("a - without a column", "write  -COLUMN  for lowest first")
    return order


class Recommend(Frozen):
    """How the things of a catalogue are put in order, and what is shown of them."""

    order: Annotated[Names, AfterValidator(_clear)] = ("wishes", "score")
    """wishes, score, or columns, highest first (-column: lowest first)."""

    show: Annotated[tuple[Name, ...], AS_MANY, _WORD_OR_LIST] = ()
    """Columns that are shown beside a suggestion."""

    top: Annotated[int, Field(ge=1)] = 5
    """How many are suggested."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the order; what follows the name decides nothing."""
        end = self.order.index("name") if "name" in self.order else len(self.order)
        return self.order[:end]

    @property
    def columns(self) -> dict[str, Literal["number", "any"]]:
        """Return the columns that things are ordered by, and those that are shown of them."""
        columns: dict[str, Literal["number", "any"]] = dict.fromkeys(self.show, "any")
        ordered = [key.removeprefix("-") for key in self.keys if key not in _RESERVED_KEYS]
        return columns | dict.fromkeys(ordered, "number")


_RAREST = 0.001


class Decide(Frozen):
    """How much to have ready, where a number too few and one too many are not alike."""

    run_out: Annotated[float | None, read_by(phrases.odds), WithJsonSchema({"type": "string"})] = (
        None
    )
    """How often it may be too little: 1 in 10, or 10%."""

    short_costs: _Cost | None = None
    """What one that is lacking costs."""

    left_over_costs: _Cost | None = None
    """What one that is left over costs."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        costs = (self.short_costs, self.left_over_costs)
        if self.run_out is None and None in costs:
            raise OptionError(
                "it is not said by what to decide",
                "write  decide: {run_out: 1 in 10}  or  "
                "decide: {short_costs: 9, left_over_costs: 1.5}",
            )
        if self.run_out is not None and costs != (None, None):
            raise OptionError(
                "a chance and costs decide differently", "keep  run_out,  or both costs"
            )
        if not _RAREST <= self.share <= 1 - _RAREST:
            raise OptionError(
                "one of the costs is over 999 times the other: no number of rows can show "
                "so rare a case",
                "write what one costs that is lacking, and one that is left over",
            )
        return self

    @property
    def share(self) -> float:
        """Return the share of rows that it should be enough for, 0 to 1."""
        if self.run_out is not None:
            return 1 - self.run_out
        assert self.short_costs is not None
        assert self.left_over_costs is not None
        return self.short_costs / (self.short_costs + self.left_over_costs)


def few_combinations(tune: dict[str, tuple[Any, ...]] | None) -> object:
    """Raise over more combinations than are tried, and over none."""
    if not tune:
        raise OptionError("'tune' is empty", "write  tune: {degree: 1 to 8}")
    if tune_grid.counted(tune) > tune_grid.MOST:
        raise OptionError(
            f"these are {tune_grid.counted(tune):,} combinations, "
            f"and at most {tune_grid.MOST} are tried",
            "take fewer values of each",
        )
    return tune


class Definition(Frozen):
    """A question to be answered from exports."""

    sources: Annotated[dict[Name, Source], Field(min_length=1), AfterValidator(few)]
    join: Name | None = None
    """The column by which the sources are aligned."""

    date: Name | None = None
    """The date of a row, where it is not the join."""

    rules: Rules = ()
    features: Annotated[
        tuple[Annotated[Feature, _NAME_OR_MAPPING], ...], Field(min_length=1), AS_LIST
    ]
    label: Annotated[Label, _NAME_OR_MAPPING]
    model: Annotated[AnyAlgorithm, _NAME_OR_MAPPING]
    holdout: HoldoutPhrase | None = None
    """newest 20%, random 20%, from 2023-10-01, or none."""

    baseline: FormulaPhrase | None = None
    """The rule in use today, such as 10 + 2 * reservations."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Fixes whatever is left to chance."""

    group: Name | None = None
    """A column whose rows belong together: never on both sides of a split."""

    decide: Decide | None = None
    """How much to have ready, beside what is likely."""

    tune: Annotated[
        dict[Name, Annotated[tuple[Any, ...], BeforeValidator(tune_grid.values)]] | None,
        AfterValidator(few_combinations),
        WithJsonSchema({"type": "object", "minProperties": 1}),
    ] = None
    """Values that mlcli tune tries: {degree: 1 to 8}."""

    acknowledge: Annotated[
        tuple[Annotated[Any, read_by(alarm_codes.acknowledged)], ...], AS_MANY, _WORD_OR_LIST
    ] = ()
    """Alarms that are known and right: CODE, or CODE COLUMN."""

    engine: Annotated[engines.Engine, _NAME_OR_MAPPING] = engines.Engine(name="pandas")
    """pandas, duckdb or spark."""

    recommend: Recommend | None = None
    """Makes the rows a catalogue of things to suggest, named by the label."""

    page: Page | None = None
    """What pages and reports say: {title, question, thing, colour}; no part of a version."""

    @field_validator("recommend", mode="before")
    @classmethod
    def _says_something(cls, value: object) -> object:
        if value is None:
            raise OptionError("'recommend' is empty", "write  recommend: {top: 5}")
        return value

    @field_validator("decide", mode="before")
    @classmethod
    def _says_by_what(cls, value: object) -> object:
        if not isinstance(value, dict | Decide):
            wrong = "is empty" if value is None else f"must be a mapping, not {given(value)}"
            raise OptionError(f"'decide' {wrong}", "write  decide: {run_out: 1 in 10}")
        return value

    @property
    def kind(self) -> type[AnswerKind]:
        """Return what is answered, as far as that is known before any data is read."""
        if self.recommend is not None:
            return ThingTarget
        able = [self.label.kind] if self.label.kind else self.model.row_by_row
        return TARGETS[able[0]] if len(able) == 1 else Undecided

    @property
    def key(self) -> str | None:
        """Return the column that names a row, if one does."""
        return self.join or self.date

    @property
    def split(self) -> phrases.Holdout:
        """Return the hold-out; the newest or a random fifth where none is written."""
        return self.holdout or phrases.default_holdout(dated=self.dated)

    @property
    def only_shown(self) -> tuple[str, ...]:
        """Return the columns that are shown beside a suggestion, and are no feature."""
        shown = self.recommend.show if self.recommend else ()
        return tuple(c for c in shown if c not in {f.name for f in self.features})

    @property
    def dated(self) -> bool:
        """Say whether the key is known to be a date before any data is read."""
        if self.date:
            return True
        key = self.join
        return key is not None and (
            any(_makes_date(self.source_rules(name), key) for name in self.sources)
            or any(rule.needs().get(key) == "date" for rule in self.table_rules)
        )

    @property
    def table_rules(self) -> tuple[Rule, ...]:
        """Return the rules after the join; dates are the key where none is named."""
        return tuple(step.rule.on(self.key) for step in self.rules)

    @property
    def made_after_join(self) -> list[tuple[str, str]]:
        """Return the columns that rules after the join make, each with the one it is made of."""
        return [
            (column, rule.origin(column)) for rule in self.table_rules for column in rule.implied()
        ]

    def bands_of(self, column: str) -> list[str]:
        """Return the names of the bands that a column holds, if it does, the lowest first."""
        found = [levels for rule in self.every_rule if (levels := rule.levels_of(column))]
        return found[-1] if found else []

    @property
    def filled_after_join(self) -> dict[str, bool | float | str]:
        """Return the constants that stand for an empty cell of the joined table."""
        found: dict[str, bool | float | str] = {}
        for rule in self.table_rules:
            names, fills = rule.renames(), rule.fills()
            made = rule.gives().keys() - fills.keys() - names.keys()
            found = {names.get(c, c): value for c, value in found.items() if c not in made}
            found = {**fills, **found}  # what was filled first is not empty any more
        return found

    @property
    def domain(self) -> tuple[Predicate, ...]:
        """Return the tests after the join, which questions must meet too."""
        return tuple(test for rule in self.table_rules for test in rule.domain())

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """Return the rules of all sources, and those after the join."""
        sources = (rule for name in self.sources for rule in self.source_rules(name))
        return (*sources, *self.table_rules)

    def source_rules(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of one source; dates are the key where none is named."""
        rules = [step.rule.on(self.key) for step in self.sources[name].rules]
        begins: dict[str, timedelta] = {}
        for rule in reversed(rules):
            begins |= {old: begins[new] for old, new in rule.renames().items() if new in begins}
            begins |= {column: starts for column, starts in rule.day_begins().items() if starts}
        return tuple(rule.by_nights(begins) for rule in rules)


def _makes_date(rules: tuple[Rule, ...], column: str) -> bool:
    """Say whether rules make a column of dates, under that name or an earlier one."""
    for rule in reversed(rules):
        if rule.gives().get(column) == "date":
            return True
        column = {new: old for old, new in rule.renames().items()}.get(column, column)
    return False


def build(values: cells.Json) -> Definition:
    """Rebuild a definition from the values that were validated when it was fitted."""
    return Definition.model_validate(values)


def json_schema() -> cells.Json:
    """Return the JSON Schema by which editors complete and check a definition."""
    schema = Definition.model_json_schema()
    kinds = {kind.__name__: kind for kind in _below(Frozen)}
    for name, part in (*schema["$defs"].items(), ("Definition", schema)):
        for key, words in _said_of_fields(kinds[name]):
            found = {**part["properties"][key], "description": words}
            part["properties"][key] = dict(sorted(found.items()))
    names = {"enum": [*FRIENDLY, *BY_NAME]}
    schema["properties"]["model"] = {"anyOf": [names, schema["properties"]["model"]]}
    for part in ("label", "engine"):
        schema["properties"][part] = {"anyOf": [{"type": "string"}, schema["properties"][part]]}
    step = schema["$defs"]["Step"]  # one rule, with its options
    step |= {"description": "A rule with its options.", "minProperties": 1, "maxProperties": 1}
    for name, rule in step["properties"].items():
        what_for = Step.rule_called(name).__doc__
        step["properties"][name] = {**rule["anyOf"][0], "description": what_for}
    features = schema["properties"]["features"]
    features["items"] = {"anyOf": [{"type": "string"}, features["items"]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _below(kind: type[Frozen]) -> Iterator[type[Frozen]]:
    """Yield every class that extends one."""
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _said_of_fields(kind: type[Frozen]) -> Iterator[tuple[str, str]]:
    """Yield keys of a class, and what stands below them in its source.

    pydantic could read that too, but would do so whenever any definition is read.
    """
    import ast
    from inspect import getsource

    (body,) = ast.parse(getsource(kind)).body
    assert isinstance(body, ast.ClassDef)
    for one, other in pairwise(body.body):
        match one, other:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str(words))):
                if name in kind.model_fields:
                    yield kind.model_fields[name].alias or name, " ".join(words.split())
            case _:
                pass

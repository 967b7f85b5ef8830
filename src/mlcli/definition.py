"""Everything one YAML file says, validated and frozen; it computes nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mlcli import formula, phrases
from mlcli.algorithms import AnyAlgorithm, friendly_names
from mlcli.estimators import REGRESSORS
from mlcli.frozen import AS_LIST, FormulaPhrase, Frozen, HoldoutPhrase, Name
from mlcli.rules import ColumnsRule, Rule, Step
from mlcli.rules.columns import FillMissing, Rename


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


# A plain name and a mapping with a name say the same thing.
_NAME_OR_MAPPING = BeforeValidator(_named)

Rules = Annotated[tuple[Step, ...], AS_LIST]


class Source(Frozen):
    """One export, and the rules that turn it into a table."""

    file: Annotated[Name, Field(description="A CSV file, relative to the project folder.")]
    delimiter: Literal[",", ";", "|", "tab"] | None = Field(
        None, description="What stands between cells; found out where it is not said."
    )
    timezone: Name | None = Field(
        None,
        description="Where the wall clock hangs, such as Europe/Rome, if times carry offsets.",
    )
    rules: Rules = ()


class Feature(Frozen):
    """A named input of the model."""

    name: Name
    kind: Literal["number", "category"] | None = Field(
        None, description="Found out from the cells where it is not said."
    )
    unseen: Literal["error", "ignore", "other"] = Field(
        "error", description="What a category does with a value that training never held."
    )
    missing: Literal["mean", "median", "most_frequent"] | None = Field(
        None, description="What is learned from training rows to stand for an empty cell."
    )


class Label(Frozen):
    """What the model answers."""

    name: Name
    unit: Name | None = Field(None, description="In what it is counted; the name if not said.")
    whole: bool | None = Field(
        None, description="Whether answers are whole numbers; found out where it is not said."
    )


class Definition(Frozen):
    """A question to be answered from exports."""

    sources: dict[Name, Source] = Field(min_length=1)
    join: Name | None = Field(None, description="The column by which the sources are aligned.")
    date: Name | None = Field(None, description="The date of a row, where it is not the join.")
    rules: Rules = ()
    features: Annotated[
        tuple[Annotated[Feature, _NAME_OR_MAPPING], ...], Field(min_length=1), AS_LIST
    ]
    label: Annotated[Label, _NAME_OR_MAPPING]
    model: Annotated[AnyAlgorithm, _NAME_OR_MAPPING]
    holdout: HoldoutPhrase | None = Field(
        None, description="newest 20%, random 20%, from 2023-10-01, or none."
    )
    baseline: FormulaPhrase | None = Field(
        None, description="The rule in use today, such as 10 + 2 * reservations."
    )
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(
        0, description="Fixes whatever is left to chance."
    )

    @property
    def key(self) -> str | None:
        """Return the column that names a row, if one does."""
        return self.join or self.date

    @property
    def split(self) -> phrases.Holdout:
        """Return the hold-out; the newest or a random fifth where none is written."""
        written: phrases.Holdout | None = self.holdout
        if written is not None:
            return written
        return phrases.default_holdout(dated=self.dated)

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
    def own_baseline(self) -> formula.Formula | None:
        """Return the rule in use today."""
        written: formula.Formula | None = self.baseline
        return written

    @property
    def table_rules(self) -> tuple[Rule, ...]:
        """Return the rules after the join; dates are the key where none is named."""
        return tuple(step.rule.on(self.key) for step in self.rules)

    @property
    def made_after_join(self) -> list[tuple[str, str]]:
        """Return the columns that rules after the join make, each with the one it is made of."""
        return [
            (column, rule.origin(column))
            for rule in self.table_rules
            if isinstance(rule, ColumnsRule)
            for column in rule.gives()
        ]

    @property
    def filled_after_join(self) -> dict[str, bool | float | str]:
        """Return the constants that stand for an empty cell of the joined table."""
        rules = [rule for rule in self.table_rules if isinstance(rule, FillMissing)]
        return {column: value for rule in rules for column, value in rule.values.items()}

    def source_rules(self, name: str) -> tuple[Rule, ...]:
        """Return the rules of one source; dates are the key where none is named."""
        return tuple(step.rule.on(self.key) for step in self.sources[name].rules)


def _makes_date(rules: tuple[Rule, ...], column: str) -> bool:
    """Say whether rules make a column of dates, under that name or an earlier one."""
    for rule in reversed(rules):
        if rule.gives().get(column) == "date":
            return True
        if isinstance(rule, Rename):
            column = {new: old for old, new in rule.names.items()}.get(column, column)
    return False


def build(values: dict[str, Any]) -> Definition:
    """Rebuild a definition from the values that were validated when it was fitted."""
    return Definition.model_validate(values)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema by which editors complete and check a definition."""
    schema = Definition.model_json_schema()
    names = {"enum": [*friendly_names(), *REGRESSORS]}
    schema["properties"]["model"] = {"anyOf": [names, schema["properties"]["model"]]}
    for part in ("label",):
        schema["properties"][part] = {"anyOf": [{"type": "string"}, schema["properties"][part]]}
    step = schema["$defs"]["Step"]  # one rule, with its options
    step |= {"description": "A rule with its options.", "minProperties": 1, "maxProperties": 1}
    for name, rule in step["properties"].items():
        step["properties"][name] = {**rule["anyOf"][0], "description": rule["description"]}
    features = schema["properties"]["features"]
    features["items"] = {"anyOf": [{"type": "string"}, features["items"]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

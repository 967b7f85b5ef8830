"""The rules that a definition may use."""

from __future__ import annotations

from typing import get_args

from pydantic import model_validator

from mlcli.definition.rules import aggregate, columns, where, whole
from mlcli.definition.rules.base import Rule
from mlcli.definition.vocabulary import Frozen, OptionError


class Step(Frozen):
    """One rule of a list: a mapping with one key, the rule's name.

    This class is the registry: a new rule is a class in its kind's file, and a
    line here.
    """

    keep: where.Keep | None = None
    drop: where.Drop | None = None
    between: where.Between | None = None
    drop_weekdays: where.DropWeekdays | None = None
    drop_dates: where.DropDates | None = None
    drop_missing: where.DropMissing | None = None
    as_of: where.AsOf | None = None
    drop_duplicates: whole.DropDuplicates | None = None
    every: whole.Every | None = None
    bands: columns.Bands | None = None
    derive: columns.Derive | None = None
    combine: columns.Combine | None = None
    rename: columns.Rename | None = None
    fill_missing: columns.FillMissing | None = None
    split_list: columns.SplitList | None = None
    count: aggregate.Count | None = None
    sum: aggregate.Sum | None = None
    mean: aggregate.Mean | None = None

    @model_validator(mode="before")
    @classmethod
    def _exactly_one(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        names = [str(name) for name in value]
        if not names:
            raise OptionError("this rule has no name", "write  keep: {COLUMN: VALUE}")
        if len(names) > 1:
            message = f"one rule has two names: {names[0]!r} and {names[1]!r}"
            raise OptionError(message, "begin each rule with its own dash", key=names[1])
        if value[names[0]] is None and names[0] in cls.model_fields:
            raise OptionError(f"the rule {names[0]!r} has no options", key=names[0])
        return value

    @classmethod
    def rule_called(cls, name: str) -> type[Rule]:
        """Return the class of the rule of a name."""
        rule: type[Rule] = get_args(cls.model_fields[name].annotation)[0]
        return rule

    @property
    def name(self) -> str:
        """Return the rule's name."""
        return next(iter(self.model_fields_set))

    @property
    def rule(self) -> Rule:
        """Return the rule itself."""
        rule: Rule = getattr(self, self.name)
        return rule

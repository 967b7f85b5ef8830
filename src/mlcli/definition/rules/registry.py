"""The rules that a definition may use."""

from __future__ import annotations

from typing import get_args

from pydantic import Field, model_validator

from mlcli.definition.rules.aggregate import Count, Mean, Sum
from mlcli.definition.rules.base import Rule
from mlcli.definition.rules.columns import Bands, Derive, FillMissing, Rename, SplitList
from mlcli.definition.rules.where import (
    AsOf,
    Between,
    Drop,
    DropDates,
    DropMissing,
    DropWeekdays,
    Keep,
)
from mlcli.definition.rules.whole import DropDuplicates
from mlcli.definition.vocabulary import Frozen, OptionError


class Step(Frozen):
    """One rule of a list: a mapping with one key, the rule's name.

    This class is the registry: a new rule is a class in its kind's file, and a
    line here.
    """

    keep: Keep | None = Field(None, description=Keep.__doc__)
    drop: Drop | None = Field(None, description=Drop.__doc__)
    between: Between | None = Field(None, description=Between.__doc__)
    drop_weekdays: DropWeekdays | None = Field(None, description=DropWeekdays.__doc__)
    drop_dates: DropDates | None = Field(None, description=DropDates.__doc__)
    drop_missing: DropMissing | None = Field(None, description=DropMissing.__doc__)
    as_of: AsOf | None = Field(None, description=AsOf.__doc__)
    drop_duplicates: DropDuplicates | None = Field(None, description=DropDuplicates.__doc__)
    bands: Bands | None = Field(None, description=Bands.__doc__)
    derive: Derive | None = Field(None, description=Derive.__doc__)
    rename: Rename | None = Field(None, description=Rename.__doc__)
    fill_missing: FillMissing | None = Field(None, description=FillMissing.__doc__)
    split_list: SplitList | None = Field(None, description=SplitList.__doc__)
    count: Count | None = Field(None, description=Count.__doc__)
    sum: Sum | None = Field(None, description=Sum.__doc__)
    mean: Mean | None = Field(None, description=Mean.__doc__)

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

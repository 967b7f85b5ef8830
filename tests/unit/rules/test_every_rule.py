"""What holds for every rule there is: a new one fails here until it is written out and tested."""

from __future__ import annotations

import importlib

import pytest
from tables import Golden, rule, table

from mlcli.rules import LINE, Step

KINDS = ("where", "columns", "aggregate", "whole")


def goldens() -> list[Golden]:
    found: list[Golden] = []
    for kind in KINDS:
        found += importlib.import_module(f"unit.rules.test_{kind}").GOLDEN
    return found


@pytest.mark.parametrize("name", Step.model_fields)
def test_every_rule_has_a_table_a_line_of_documentation_and_words(name: str) -> None:
    written = [golden for golden in goldens() if golden.name == name]

    assert written, f"write a golden table for {name!r} in tests/unit/rules/"
    for golden in written:
        one = rule(golden.rule)
        assert one.says().startswith(name.replace("sum", "sum of").replace("mean", "mean of"))
        assert one.kind in KINDS
        documented = (type(one).__doc__ or "").splitlines()
        assert len(documented) == 1, f"say in one line what {name!r} does"
        assert documented[0].endswith(".")
        assert Step.model_fields[name].description == documented[0]


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_a_rule_reads_no_other_column_than_it_needs_and_makes_those_it_gives(
    golden: Golden,
) -> None:
    one, given = rule(golden.rule), table(golden.given)
    every = not one.needs()  # drop_duplicates of whole rows
    needed = given if every else given.select(*one.needs(), LINE)

    made = one.apply(needed) if hasattr(one, "apply") else one.finish(one.partial(needed))  # type: ignore[attr-defined]

    assert set(made.columns) >= set(one.gives())
    assert len(made)


@pytest.mark.parametrize(
    "text", ["{}", "{keep: {item: pizza}, drop: {item: cola}}", "keep: ", "kepe: {item: pizza}"]
)
def test_a_step_is_one_rule_with_its_options(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(text)

"""Layouts and questions of strangers, rebuilt small: bank statements, sensors, surveys, shops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support import Project

FORM = 'Timestamp,How many?,"#1, please?",eaten\n2024-01-01,1,2,3\n'


@pytest.mark.parametrize(
    ("features", "column", "message"),
    [
        ("[How many?, b]", 20, "a ? stands inside a text in brackets"),
        ("[{name: How many?, kind: number}]", 27, "a ? stands inside a text in brackets"),
        ("[b, #1]", 15, "a # begins a comment, which hides the rest of this line"),
        ("[#1, b]", 12, "a # begins a comment, which hides the rest of this line"),
    ],
)
def test_a_name_that_yaml_cuts_is_to_be_put_in_quotes(
    features: str, column: int, message: str, project: Project
) -> None:
    """Questions of forms end in a question mark, and columns of banks begin with a number sign."""
    project.write("data/form.csv", FORM)
    project.define(
        f"sources: {{form: {{file: data/form.csv}}}}\nlabel: eaten\nfeatures: {features}"
    )

    ended = project.mlcli("fit", "--json")

    assert ended.code == 2
    assert ended.json["error"]["message"] == message
    assert ended.json["error"]["place"] == f"configs/pizzeria.yaml:3:{column}"
    assert ended.json["error"]["hint"] == "put quotes around the text"


def test_a_bracket_that_is_never_closed_before_a_comment_stays_that(project: Project) -> None:
    project.define("label: y\nfeatures: [a, b  # of [two]\nmodel: ridge\n")

    ended = project.mlcli("fit", "--json")

    assert "opened here and never closed" in ended.json["error"]["message"]

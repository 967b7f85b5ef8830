"""The words and the colour of a page."""

from __future__ import annotations

import pytest

from mlcli.definition import yaml_file
from mlcli.errors import DefinitionError

DEFINITION = """\
sources: {days: {file: data/days.csv}}
features: [guests]
label: doughs
model: linear_regression
"""


def test_a_page_is_read_and_is_none_of_the_values_that_a_model_keeps() -> None:
    read = yaml_file.read(
        DEFINITION
        + 'page: {title: Da Mario, question: "How many?", thing: dough, colour: FF8800}\n',
        file="days.yaml",
    )

    page = read.definition.page
    assert page
    assert (page.title, page.question, page.thing) == ("Da Mario", "How many?", "dough")
    assert page.colour == "#ff8800"
    assert read.values == yaml_file.read(DEFINITION, file="days.yaml").values


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("page: {colour: red}", "a colour is six digits", 'write  colour: "#a3341b"'),
        ("page: {titel: x}", "unknown key 'titel'", "did you mean 'title'?"),
        ("page: Da Mario", "'page' must be a mapping", "write  page: {question:"),
    ],
)
def test_what_is_no_page_says_what_one_is(line: str, message: str, hint: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        yaml_file.read(f"{DEFINITION}{line}\n", file="days.yaml")

    [problem] = caught.value.problems
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)

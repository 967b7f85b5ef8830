"""Numbers whose point may mark decimals or group digits: nobody guesses which."""

from __future__ import annotations

import pytest
from support import Project, csv_of

DEFINITION = """\
sources:
  sales:
    file: data/sales.csv
{keys}
    rules:
      - sum: {{of: n, per: item, as: n}}
features: [item]
label: n
model: decision_tree
holdout: none
engine: {engine}
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_point_that_may_group_the_digits_of_every_number_is_asked_about(
    project: Project, engine: str
) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", "12"), ("c", "1.500")]))
    project.define(DEFINITION.format(keys="", engine=engine))

    said = " ".join(project.fails(3, "data").split())
    assert "data/sales.csv:2: column 'n': '4.416' is 4.416, or 4416 where points group" in said
    assert 'say in its source decimal: "." or decimal: "," thousands: "."' in said

    german = '    decimal: ","\n    thousands: "."'
    for keys, least in (('    decimal: "."', 1.5), (german, 12)):
        project.define(DEFINITION.format(keys=keys, engine=engine))
        columns = project.works("data", "--json").json["columns"]
        assert next(one for one in columns if one["name"] == "n")["low"] == least


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("sure", ["0.750", "2.5", "1234.500", "12.25"])
def test_b05_one_number_that_is_sure_settles_what_points_are(
    project: Project, engine: str, sure: str
) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", sure), ("c", "1.500")]))
    project.define(DEFINITION.format(keys="", engine=engine))

    project.works("data")


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_first_point_far_down_is_asked_about_too(project: Project, engine: str) -> None:
    """A shop that grows: no sale of its first 1,200 days needs a point to group its digits."""
    rows = [*(("a", "950") for _ in range(1200)), ("b", "1.020")]
    project.write("data/sales.csv", csv_of("item,n", rows))
    project.define(DEFINITION.format(keys="", engine=engine))

    said = " ".join(project.fails(3, "data").split())

    assert "data/sales.csv:1202: column 'n': '1.020' is 1.02, or 1020 where points group" in said


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_point_is_asked_about_beside_a_unit_too(project: Project, engine: str) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "€1.500"), ("b", "€12")]))
    project.define(DEFINITION.format(keys='    unit: "€"', engine=engine))

    said = " ".join(project.fails(3, "data").split())

    assert "column 'n': '€1.500' is 1.5, or 1500 where points group digits" in said


def test_b05_data_of_a_file_asks_about_points_too(project: Project) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", "1.500")]))

    seen = project.works("data", "data/sales.csv", "--json").json

    assert seen["notes"] == ["n: '4.416' is 4.416 or 4416: nothing in the file says which"]
    assert seen["undecided"] == ['decimal: "."', 'decimal: ","  thousands: "."']

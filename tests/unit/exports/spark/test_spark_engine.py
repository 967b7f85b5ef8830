"""Every rule on Spark Connect: the tables, edges and words of the other engines."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tables import Golden, columns, rule
from unit.definition.rules.test_every_rule import goldens
from unit.exports.test_rules_on_every_engine import (
    EDGES,
    LISTS,
    OF_TYPE,
    RULES,
    WANTED,
    EachRow,
    alike,
    export,
    filled,
    outcome,
    take,
    till,
)

from mlcli.definition.rules.registry import Step
from mlcli.errors import DataError
from mlcli.exports.dialect import DoubtError
from mlcli.exports.spark.session import Server
from mlcli.exports.spark.spark_engine import SparkEngine
from mlcli.tables.rules_over_chunks import by_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.grammar.cells import Kind

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def engine(spark_url: str) -> Iterator[SparkEngine]:
    with closing(SparkEngine(url=spark_url)) as engine:
        yield engine


def on_spark(
    engine: SparkEngine,
    path: Path,
    rules: list[str],
    wanted: Mapping[str, Kind],
    *,
    left: str = "",
    **how: Any,
) -> None:
    """Take a file through rules by pandas and on Spark; both must find, or say, the same."""
    steps = [rule(r) for r in rules]
    expected = outcome(lambda: take(by_chunks, path, steps, wanted, **how))
    table = {} if isinstance(expected, DataError) else expected[0]
    told: dict[str, Kind] = {}
    if not any(step.gathers for step in steps):
        types = {name: {*map(type, values)} - {type(None)} for name, values in table.items()}
        told = {name: OF_TYPE[some.pop()] for name, some in types.items() if some}
    each = EachRow(per="row", told=told, **{"as": "rows"})
    engine.notes.clear()
    if any(step.needs_all_rows and not step.needs_every_column for step in steps):
        left = "no server says which of its rows stands first"
    asked = [*steps, each] if not any(step.gathers for step in steps) else steps
    found = outcome(lambda: take(engine.through, path, asked, wanted, **how))

    assert engine.notes == ({path.name: engine.notes.get(path.name)} if left else {})
    assert left in engine.notes.get(path.name, "")
    if asked is steps or isinstance(found, DataError) or isinstance(expected, DataError):
        alike(found, expected)
    else:
        assert each.rows(found[0]) == Counter(zip(*(table[name] for name in told), strict=True))
        assert (found[2][:-1], found[3]) == expected[2:]


def by_expression(rules: list[str]) -> bool:
    return all(rule(r).by_expression for r in rules)


@pytest.mark.slow
@pytest.mark.parametrize(
    "golden",
    [g for g in goldens() if by_expression([g.rule])],
    ids=lambda g: f"{g.name}: {g.about}",
)
def test_the_golden_table_of_every_rule_is_made_on_spark(
    golden: Golden, engine: SparkEngine, tmp_path: Path
) -> None:
    given = columns(golden.given)

    path = export(tmp_path / "till.csv", given)
    on_spark(engine, path, [golden.rule], {n: kind for n, (_, kind) in given.items()})


ON_SPARK = [name for name in Step.model_fields if by_expression([RULES[name]])]
"""The others make rows or tell lists, and are run in Python on every engine."""


PACKED = [
    ["fill_missing", "derive", "bands", "between", "drop_dates", "drop_weekdays"],
    ["drop", "drop_missing", "drop_duplicates"],
    ["keep", "as_of", "rename"],
    ["count"],
    ["sum"],
    ["mean"],
]


def edges(*, lacking: bool) -> list[tuple[Any, ...]]:
    """Return rows with all edges; without missing cells where a rule is ``lacking`` for them."""
    return [
        row
        for edge in ("together", "fractions")
        for row in EDGES[edge]
        if (not lacking or None not in row) and (row[3] is None or row[3].year > 1)
    ]


TAKE_ALL = {"as_of", "count", "sum", "mean"}
"""Rules that take no missing cells."""


@pytest.mark.parametrize("names", PACKED, ids=" ".join)
def test_all_rules_make_the_same_of_every_edge_on_spark(
    names: list[str], engine: SparkEngine, tmp_path: Path
) -> None:
    rows = edges(lacking=bool(TAKE_ALL & {*names}))
    path = export(tmp_path / "till.csv", filled(rows))

    on_spark(engine, path, [RULES[name] for name in names], WANTED)


def test_no_rule_is_forgotten() -> None:
    assert sorted(name for names in PACKED for name in names) == sorted(ON_SPARK)


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_SPARK)
def test_every_rule_makes_the_same_of_every_edge_on_spark(
    name: str, engine: SparkEngine, tmp_path: Path
) -> None:
    path = export(tmp_path / "till.csv", filled(edges(lacking=name in TAKE_ALL)))

    on_spark(engine, path, [RULES[name]], WANTED)


@pytest.mark.slow
@pytest.mark.parametrize("rules", LISTS, ids=lambda rules: " ".join(r.split(":")[0] for r in rules))
def test_lists_of_rules_make_the_same_on_spark(
    rules: list[str], engine: SparkEngine, tmp_path: Path
) -> None:
    if by_expression(rules):
        on_spark(engine, export(tmp_path / "till.csv", till(3, 400)), rules, WANTED)


@pytest.mark.parametrize(("content", "earlier"), [("a\n1\n10\n", 0), ("a\n1\n4\n", 10)])
def test_another_file_of_the_same_name_is_left_to_pandas(
    content: str,
    earlier: int,
    engine: SparkEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the server has under a path may be as long, or as old, and still be another."""
    path, other, stat = tmp_path / "a.csv", tmp_path / "b.csv", Path.stat
    path.write_text("a\n1\n3\n", encoding="utf-8")
    other.write_text(content, encoding="utf-8")
    os.utime(other, (path.stat().st_atime, path.stat().st_mtime - earlier))
    assert Server("sc://127.0.0.1:15002").is_here
    monkeypatch.setattr(Server, "is_here", False)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", lambda one, **how: stat(other if one == path else one, **how))
        with pytest.raises(DoubtError, match="the Spark server has another file of its name"):
            engine._require_same([path])
    engine._require_same([path])

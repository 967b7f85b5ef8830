"""A definition is read or refused with places and words, whatever the text; it never breaks mlcli."""

from __future__ import annotations

import io
import json
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcli.cli.process import main
from mlcli.definition import columns_needed, yaml_file
from mlcli.definition import definition as definitions
from mlcli.definition.rules.registry import Step
from mlcli.definition.yaml_text import Document, lines_of
from mlcli.errors import DefinitionError

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`

ROOT = Path(__file__).parent.parent.parent
PIZZERIA = (ROOT / "configs" / "pizzeria.yaml").read_text(encoding="utf-8")
# As many kinds of rules, phrases and places as there are.
EVERYTHING = """\
sources:
  bookings:
    file: data/bookings.csv
    delimiter: ";"
    timezone: Europe/Rome
    rules:
      - keep: {status: [confirmed, seated], because: others never came}
      - drop: {table: 13}
      - between: {guests: 1 to 60, datetime: from 2023-01-01}
      - drop_duplicates: {of: id}
      - as_of: {time: 12:00, made: booked_at, of: datetime, days_before: 1, from: 05:00}
      - count: {per: day of datetime from 05:00, as: reservations}
  orders:
    file: data/orders.csv
    rules:
      - rename: {qty: quantity}
      - drop_missing: {of: [quantity, item_name]}
      - bands: {of: price, as: budget, cheap: under 5, standard: 5 to 20, premium: 20 or more}
      - split_list: {of: extras, as: toppings, by: ";"}
      - mean: {of: quantity, per: day of ordered_at, as: doughs}
join: day
rules:
  - drop_weekdays: {days: [Friday, Saturday], because: too busy to take reservations}
  - drop_dates: {dates: [2023-12-25, 2023-12-31 to 2024-01-02]}
  - fill_missing: {reservations: 0}
  - derive: {weekday: weekday of day, season: day_of_year of day, free: holiday of day in CA-ON}
features:
  - reservations
  - {name: weekday, kind: category, unseen: other, missing: most_frequent}
  - {name: season, kind: number, missing: median}
label: {name: doughs, unit: pizza doughs, whole: true}
model: {name: HistGradientBoostingRegressor, max_depth: 3, l2_regularization: 1e-3}
holdout: newest 20%
baseline: (10 + 2 * reservations) / 1.5
seed: 42
engine: {name: duckdb, memory: 2GB, spill: spill, collect: 1GB}
"""
# All that a source can say, of classes.
SAID = """\
sources:
  bookings:
    file: [data/may.csv.gz, data/june.csv]
    encoding: cp1252
    delimiter: ";"
    skip_rows: 2
    skip_footer: 1
    columns: [day, guests, kind, play]
    decimal: ","
    thousands: "."
    unit: [€, kg]
    dates: {format: "%d.%m.%Y %H:%M"}
    missing: [NA, "-"]
    timezone: Europe/Rome
    rules:
      - bands: {of: guests, as: size, few: under 3, many: 3 or more}
      - split_list: {of: play, as: toys}
date: day
features:
  - {name: size, kind: ordinal, levels: [few, many], unseen: ignore}
  - {name: toys, kind: tags}
label: {name: kind, kind: category}
model: {name: random_forest, trees: 3, max_depth: 2}
holdout: random 20%
"""
DATABASE = """\
sources:
  bookings:
    sql: {url: $TILL, query: "SELECT day, guests FROM bookings"}
    rules: [count: {per: day of day, as: reservations}]
  sheet: {file: data/orders.xlsx, sheet: May, range: A3:D200}
join: day
features: [reservations]
label: doughs
model: ridge
"""
GAMEDROP = (ROOT / "configs" / "gamedrop.yaml").read_text(encoding="utf-8")
TEXTS = [PIZZERIA, EVERYTHING, SAID, DATABASE, GAMEDROP]
PLACE = re.compile(r"nights\.yaml:(\d+):(\d+)")


def read_or_refuse(text: str) -> None:
    """Read a text; if it is refused, check that each problem has its place, words and order."""
    try:
        read = yaml_file.read(text, file="nights.yaml")
    except DefinitionError as error:
        problems = error.problems
    else:
        can_be_used(read)
        return
    assert problems
    lines, places = lines_of(text), []
    for problem in problems:
        match = PLACE.fullmatch(problem.place)
        assert match, problem.place
        line, column = int(match[1]), int(match[2])
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        places.append((line, column))
        assert problem.message
        assert "\n" not in problem.message
        assert problem.hint, problem.message
        assert not re.search(
            r"pydantic|Input should|should be a valid|something else", problem.message
        )
    assert places == sorted(places)


def can_be_used(read: yaml_file.Read) -> None:
    """Check that nothing is left to go wrong but the data."""
    definition = read.definition
    assert definitions.build(json.loads(json.dumps(read.values))) == definition
    wanted = columns_needed.needed(definition.table_rules, columns_needed.final_wants(definition))
    for name in definition.sources:
        rules = definition.source_rules(name)
        made = columns_needed.after(rules).made
        columns_needed.needed(
            rules, {column: kind for column, kind in wanted.items() if column in made}
        )
    assert definition.model.build(definition.seed) is not None


@pytest.mark.parametrize("text", TEXTS)
def test_the_definitions_that_are_edited_here_are_valid(text: str) -> None:
    assert yaml_file.read(text, file="nights.yaml").values


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


_YAML = st.lists(
    st.sampled_from([*"ab: ,-[]{}#&*!|>'\"%@`?\\\n\t0159.~=<^", "\n  ", ": ", "- ", "\\U00110000", "<<: ", "1e999"]),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(_YAML)
def test_any_text_of_what_yaml_is_made_of_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


_PIECES = st.sampled_from(
    ["", " ", "  ", "\t", "\n", ":", ": ", "-", "- ", "[", "]", "{", "}", '"', "'", "#", "&a ", "*a", "!!int ",
     "|", ">", "%", "---\n", "<<: ", "\x00", "\x85", "\u2028", "é", "夜", "\ud800", "0", "9999-12-31",
     "1e999", "no", "true", "~", "none", "under 5", "day of day", "weekday of day", "newest 20%", "<<<<<<< HEAD\n"]
)  # fmt: skip


@st.composite
def edited(draw: st.DrawFn) -> str:
    """Edit a valid definition: delete, insert, replace or double a line, a character or a word."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        parts = draw(st.sampled_from([r"(\n)", r"()", r"(\W+)"]))
        pieces = re.split(parts, text) if parts != "()" else list(text)
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(["delete", "insert", "replace", "double", "move"])):
            case "delete":
                pieces[at] = ""
            case "insert":
                pieces.insert(at, draw(_PIECES))
            case "replace":
                pieces[at] = draw(_PIECES)
            case "double":
                pieces.insert(at, pieces[at])
            case "move":
                pieces.insert(draw(st.integers(0, len(pieces) - 1)), pieces.pop(at))
        text = "".join(pieces)
    return text


@settings(max_examples=EXAMPLES, deadline=None)
@given(edited())
def test_any_edit_of_a_definition_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


_SCALARS = st.sampled_from(
    ["no", "", "~", "5", "-1", "1.5", "1e400", "true", "''", "[]", "{}", "[1, a]", "{a: b}", "day", "guests", "[[1]]",
     "under 5", "5 to 1", "2023-02-30", "9999-12-31", "day of day", "log of day", "Friday", "newest 20%", "1 / 0",
     "{name: ridge}", "{name: Ridge, alpha: {}}", "{'': 1}", "doughs", "reservations", "[reservations, reservations]", "9" * 400]
)  # fmt: skip


def places_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List every path into a value."""
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else []
    )
    return [path, *(place for step, inner in steps for place in places_of(inner, (*path, step)))]  # fmt: skip


def written(value: Any) -> str:
    """Write a value as YAML in braces; text that was put in by a test stands as it is."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "~"}[value]
    return f"'{value}'" if isinstance(value, str) else repr(value)


class Raw(str):
    """YAML as it is to stand."""

    __slots__ = ()


@st.composite
def with_another_value(draw: st.DrawFn) -> str:
    """Put another value, or another key, anywhere into a valid definition."""
    value = Document(draw(st.sampled_from(TEXTS))).value
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places_of(value)[1:]))
        inner = value
        for step in path[:-1]:
            inner = inner[step]
        if isinstance(inner, dict) and draw(st.booleans()):
            keys = [
                "of",
                "as",
                "per",
                "because",
                "name",
                "fiel",
                "",
                "rules",
                "day",
                *Step.model_fields,
            ]
            inner[draw(st.sampled_from(keys))] = inner.pop(path[-1])
        else:
            inner[path[-1]] = Raw(draw(_SCALARS))
    return written(value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(with_another_value())
def test_any_other_value_or_key_anywhere_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


# Two definitions whose exports are there, with every kind of key in between.
FITTED = """\
sources:
  nights:
    file: data/nights.csv
    encoding: cp1252
    decimal: ","
    unit: "€"
    missing: [NA]
    rules: [drop_missing: {of: guests}, bands: {of: guests, as: size, few: under 4, many: 4 or more}]
date: day
rules: [drop_weekdays: {days: [Friday], because: closed}, derive: {month: month of day}]
features: [guests, {name: size, kind: category}]
label: {name: doughs, unit: doughs, whole: true}
model: {name: polynomial_regression, degree: 2}
holdout: newest 20%
baseline: 2 * guests + 1
"""
CLASSES = """\
sources: {nights: {file: data/nights.csv, encoding: cp1252, missing: NA, decimal: ",", unit: €}}
features: [{name: guests, kind: number, missing: mean}]
label: kind
model: {name: logistic_regression, penalty: 2.5}
holdout: random 20%
"""
NIGHTS = "day;guests;doughs;kind\n" + "".join(
    f"2023-05-{n:02};{n % 9 or 'NA'};{n},5 €;{'fish' if n % 2 else 'café'}\n" for n in range(1, 29)
)


@st.composite
def edited_again(draw: st.DrawFn, text: str) -> str:
    """Edit a definition by its characters and lines, or by its values."""
    for _ in range(draw(st.integers(1, 2))):
        pieces = re.split(r"(\W+)", text)
        at = draw(st.integers(0, len(pieces) - 1))
        pieces[at] = draw(st.sampled_from(["", pieces[at] * 2, draw(_PIECES), draw(_SCALARS)]))
        text = "".join(pieces)
    return text


def fit_or_refuse(root: Path, text: str) -> None:
    """Fit a definition from the command line; it must end well, or say what is wrong."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    (root / "configs/nights.yaml").write_text(text, encoding="utf-8")
    said, before = io.StringIO(), Path.cwd()
    os.chdir(root)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            code = main(["fit"])
    finally:
        os.chdir(before)
    assert code in {0, 2, 3, 5}, said.getvalue()
    if code:
        assert "hint: " in said.getvalue() or "scikit-learn" in said.getvalue()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("exported")
    for folder in ("configs", "data"):
        (root / folder).mkdir()
    (root / "data/nights.csv").write_bytes(NIGHTS.encode("cp1252"))
    return root


@pytest.mark.parametrize("text", [FITTED, CLASSES])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_any_edit_of_a_definition_with_data_is_fitted_or_refused(
    exported: Path, text: str, data: st.DataObject
) -> None:
    fit_or_refuse(exported, data.draw(edited_again(text)))


@pytest.mark.slow
@pytest.mark.parametrize("text", [FITTED, CLASSES])
@settings(
    max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_two_thousand_edits_of_definitions_with_data_are_fitted_or_refused(
    exported: Path, text: str, data: st.DataObject
) -> None:
    fit_or_refuse(exported, data.draw(edited_again(text)))


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(st.one_of(edited(), with_another_value()))
def test_two_thousand_edits_of_definitions_are_read_or_refused(text: str) -> None:
    read_or_refuse(text)


SCHEMA = definitions.json_schema()
_TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
}
_NUMERIC = ("number", "integer")


def _of_type(value: Any, said: Any) -> bool:
    return any(_TYPES[name](value) for name in ([said] if isinstance(said, str) else said))


def _others(value: dict[str, Any], said: Any, schema: dict[str, Any]) -> bool:
    others = [inner for key, inner in value.items() if key not in schema.get("properties", {})]
    return not others if said is False else all(said is True or fits(one, said) for one in others)


# The keywords of JSON Schema, draft 2020-12, that ours uses: the types for which each says
# something, and what it asks of a value of such a type.
_KEYWORDS: dict[str, tuple[tuple[str, ...], Any]] = {
    **dict.fromkeys(
        ["$defs", "$schema", "default", "description", "title"], (tuple(_TYPES), lambda *_: True)
    ),
    "$ref": (tuple(_TYPES), lambda v, said, _: fits(v, SCHEMA["$defs"][said.split("/")[-1]])),
    "anyOf": (tuple(_TYPES), lambda v, said, _: any(fits(v, one) for one in said)),
    "oneOf": (tuple(_TYPES), lambda v, said, _: sum(fits(v, one) for one in said) == 1),
    "type": (tuple(_TYPES), lambda v, said, _: _of_type(v, said)),
    "enum": (tuple(_TYPES), lambda v, said, _: v in said),
    "const": (tuple(_TYPES), lambda v, said, _: v == said),
    "properties": (
        ("object",),
        lambda v, said, _: all(fits(v[key], inner) for key, inner in said.items() if key in v),
    ),
    "additionalProperties": (("object",), _others),
    "propertyNames": (("object",), lambda v, said, _: all(fits(key, said) for key in v)),
    "required": (("object",), lambda v, said, _: set(said) <= set(v)),
    "minProperties": (("object",), lambda v, said, _: len(v) >= said),
    "maxProperties": (("object",), lambda v, said, _: len(v) <= said),
    "items": (("array",), lambda v, said, _: all(fits(item, said) for item in v)),
    "minItems": (("array",), lambda v, said, _: len(v) >= said),
    "minLength": (("string",), lambda v, said, _: len(v) >= said),
    "maxLength": (("string",), lambda v, said, _: len(v) <= said),
    "pattern": (("string",), lambda v, said, _: re.search(said, v) is not None),
    "minimum": (_NUMERIC, lambda v, said, _: v >= said),
    "exclusiveMinimum": (_NUMERIC, lambda v, said, _: v > said),
    "maximum": (_NUMERIC, lambda v, said, _: v <= said),
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Say whether a value is what a JSON Schema asks for."""
    return all(
        not _of_type(value, _KEYWORDS[keyword][0]) or _KEYWORDS[keyword][1](value, said, schema)
        for keyword, said in schema.items()
    )


def parts_of(schema: Any) -> list[dict[str, Any]]:
    """List every schema within a schema."""
    inner = [
        *schema.get("$defs", {}).values(),
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", []),
        *schema.get("oneOf", []),
        *(schema[k] for k in ("items", "propertyNames", "additionalProperties") if isinstance(schema.get(k), dict)),
    ]  # fmt: skip
    return [schema, *(part for one in inner for part in parts_of(one))]


def test_the_schema_is_a_json_schema_whose_every_keyword_says_something() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in parts_of(SCHEMA):
        types = part.get("type", "string" if "minLength" in part else list(_TYPES))
        for keyword in part:
            of_use = set(_KEYWORDS[keyword][0])
            assert of_use & ({types} if isinstance(types, str) else set(types)), part
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in SCHEMA["$defs"]
        assert set(part.get("required", ())) <= set(part.get("properties", ()))


@pytest.mark.parametrize("text", TEXTS)
def test_the_schema_holds_for_definitions_that_are_read(text: str) -> None:
    assert fits(Document(text).value, SCHEMA)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("join: day", "jion: day"),
        ("seed: 42", "seed: -1"),
        ("seed: 42", "seed: many"),
        ("kind: category", "kind: word"),
        ("whole: true", "whole: no"),
        ("- reservations\n", "- {kind: number}\n"),
        ("- reservations\n", "- 5\n"),
        ("- drop: {table: 13}", "- dorp: {table: 13}"),
        ("- drop: {table: 13}", "- drop:"),
        ("- drop: {table: 13}", "- {}"),
        ("- drop: {table: 13}", "- {drop: {table: 13}, keep: {table: 12}}"),
        ("days: [Friday, Saturday]", "days: [Fri]"),
        ("HistGradientBoostingRegressor", "magic"),
        ("as: doughs", "az: doughs"),
        ("label: {name: doughs, unit: pizza doughs, whole: true}\n", ""),
    ],
)
def test_the_schema_fails_where_a_definition_is_wrong(there: str, instead: str) -> None:
    assert there in EVERYTHING

    assert not fits(Document(EVERYTHING.replace(there, instead, 1)).value, SCHEMA)


@settings(max_examples=EXAMPLES, deadline=None)
@given(with_another_value())
def test_the_schema_is_never_stricter_than_the_reader(text: str) -> None:
    try:
        value = yaml_file.read(text, file="nights.yaml").values
    except DefinitionError:
        return

    assert fits(value, SCHEMA)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(text: str, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = random.sample(list(value), len(value))
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    value = Document(text).value

    assert yaml_file.read(
        written(shuffled(value)), file="nights.yaml"
    ).definition == definitions.build(value)

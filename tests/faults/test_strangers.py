"""Layouts and questions of strangers, rebuilt small: bank statements, sensors, surveys, shops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support import csv_of, table_definition

if TYPE_CHECKING:
    from support import Project

pytestmark = pytest.mark.usefixtures("unvalidated")

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


# ---- letters that are not UTF-8 -----------------------------------------------------------------

STATEMENT = """\
sources: {{bank: {{file: data/bank.csv{said}}}}}
features: [{{name: {word}, kind: category}}]
label: amount
model: ridge
holdout: none
"""


@pytest.mark.parametrize(
    ("encoding", "column", "cells"),
    [
        ("cp1252", "Libellé", ["Café", "Marché"]),
        ("cp1250", "Łódź", ["był", "są"]),  # ³ and ¹ in cp1252, which stand in no word
        ("mac_roman", "Köln", ["Größe", "Übel"]),
        ("cp1251", "Категория", ["Кафе", "Дом"]),
        ("cp932", "お引出し", ["ローソン", "スーパー"]),
        ("gb18030", "交易时间", ["支付宝", "店铺"]),
        ("big5", "日期", ["咖啡", "商店"]),
    ],
)
def test_the_encoding_that_reads_words_is_named_and_reads_them(
    encoding: str, column: str, cells: list[str], project: Project
) -> None:
    rows = "".join(f"{cells[n % 2]},{n}\n" for n in range(1, 7))
    project.write("data/bank.csv", f"{column},amount\n{rows}".encode(encoding))
    project.define(STATEMENT.format(said="", word=column))

    ended = project.mlcli("fit", "--json")

    assert ended.code == 3
    assert ended.json["error"]["fix"] == [
        {
            "file": "configs/pizzeria.yaml",
            "path": ["sources", "bank", "encoding"],
            "value": encoding,
        }
    ]
    project.define(STATEMENT.format(said=f", encoding: {encoding}", word=column))
    levels = project.works("data", "pizzeria", "--json").json["columns"][0]["levels"]
    assert {level["level"]: level["rows"] for level in levels} == {cells[0]: 3, cells[1]: 3}


@pytest.mark.parametrize(
    ("encoding", "word", "ways"),
    [
        ("cp1250", "Bankowość", {"cp1252": "Bankowoœæ", "cp1250": "Bankowość"}),
        ("cp1252", "España", {"cp1252": "España", "cp1250": "Espańa"}),
        ("mac_roman", "Señor", {"cp1252": "Se–or", "mac_roman": "Señor"}),
        ("cp949", "날짜", {"cp949": "날짜", "gb18030": "朝楼", "big5": "陳瞼"}),
    ],
)
def test_encodings_that_both_read_words_are_named_with_a_word_of_each(
    encoding: str, word: str, ways: dict[str, str], project: Project
) -> None:
    """Each word is what Python's codec of that name makes of the bytes."""
    project.write("data/bank.csv", f"day,amount\n{word},1\n".encode(encoding))
    project.define(STATEMENT.format(said="", word="day"))

    error = project.mlcli("fit", "--json").json["error"]

    assert {fix["value"] for fix in error["fix"]} == {*ways}
    assert all(
        f"encoding: {name}  if '{read}' is right" in error["hint"] for name, read in ways.items()
    )


def test_bytes_that_read_as_no_words_name_no_encoding(project: Project) -> None:
    """KOI8-R has capital letters where others have small ones, and signs between them."""
    project.write("data/bank.csv", "день,amount\nСумма,1\n".encode("koi8-r"))
    project.define(STATEMENT.format(said="", word="day"))

    error = project.mlcli("fit", "--json").json["error"]

    assert error["fix"] == []
    assert error["hint"].endswith("encoding: NAME, as it was saved")


# ---- cells that are no numbers and no dates -----------------------------------------------------

SENSOR = """\
sources:
  states:
    file: data/states.csv{said}
    rules:
      - drop_missing: {{of: state}}
      - mean: {{of: state, per: day of at, as: warmth}}
  heat: {{file: data/heat.csv}}
join: day
features: [warmth]
label: burnt
model: linear_regression
holdout: none
engine: {engine}
"""


def sensor(project: Project, *odd: str) -> None:
    """Write three readings a day of 1, 2, 3 ... degrees, some of them words; burnt is twice that."""
    words = dict(zip((4, 7, 10), odd, strict=False))
    states = [(1 + n // 3, words.get(n, 1 + n // 3)) for n in range(15)]
    project.write(
        "data/states.csv",
        "at,state\n"
        + "".join(f"2024-01-{day:02} 0{n % 3}:00,{v}\n" for n, (day, v) in enumerate(states)),
    )
    heat = "".join(f"2024-01-{day:02},{2 * day}\n" for day in range(1, 6))
    project.write("data/heat.csv", f"day,burnt\n{heat}")


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_words_of_sensors_without_a_reading_stand_for_no_value(
    engine: str, project: Project
) -> None:
    """Two steps lead to both words; the mean of a day is that of its other two readings."""
    sensor(project, "unavailable", "unknown")

    project.define(SENSOR.format(said="", engine=engine))
    fix, _ = project.mlcli("fit", "--json").json["error"]["fix"]
    assert fix["value"] == {"missing": ["unavailable"]}
    project.define(SENSOR.format(said="\n    missing: [unavailable]", engine=engine))
    fix, _ = project.mlcli("fit", "--json").json["error"]["fix"]
    assert fix["value"] == {"missing": ["unavailable", "unknown"]}
    project.define(SENSOR.format(said="\n    missing: [unavailable, unknown]", engine=engine))

    project.works("fit")

    asked = project.works("predict", "--warmth", "2.5", "--json").json["predictions"][0]
    assert asked["value"] == pytest.approx(5)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_word_among_numbers_may_stand_for_none(engine: str, project: Project) -> None:
    """A glucose meter writes Low; nobody but its owner knows what that is worth."""
    sensor(project, "Low")
    project.define(SENSOR.format(said="", engine=engine))

    error = project.mlcli("fit", "--json").json["error"]

    assert error["place"] == "data/states.csv:6"
    assert "say in its source  missing: [Low]  if it stands for no number" in error["hint"]
    project.define(SENSOR.format(said="\n    missing: [Low]", engine=engine))
    project.works("fit")


def test_a_length_of_time_is_said_to_be_none(project: Project) -> None:
    sensor(project, "00:43:26")
    project.define(SENSOR.format(said="", engine="pandas"))

    error = project.mlcli("fit", "--json").json["error"]

    assert error["hint"] == "write a length of time as a number of minutes, or of another unit"


def test_the_day_that_is_none_of_mysql_stands_for_no_value(project: Project) -> None:
    """Three of five rows have a day; the others are left out by the rule."""
    days = ["2024-02-01", "0000-00-00", "2024-02-03", "9999-12-31", "0000-00-00"]
    rows = "".join(f"{n},{day},{2 * n}\n" for n, day in enumerate(days))
    project.write("data/rents.csv", f"n,until,paid\n{rows}")
    definition = (
        "sources: {{rents: {{file: data/rents.csv{}, rules: [drop_missing: {{of: until}}, "
        "between: {{until: from 2024-01-01}}]}}}}\nfeatures: [n]\nlabel: paid\nmodel: ridge\nholdout: none\n"
    )
    project.define(definition.format(""))

    [fix] = project.mlcli("fit", "--json").json["error"]["fix"]

    assert fix["value"] == {"missing": ["0000-00-00"]}
    project.define(definition.format(', missing: ["0000-00-00"]'))
    assert project.works("fit", "--json").json["fitted"][0]["rows"]["used"] == 3


BALANCES = """\
sources: {{bank: {{file: data/bank.csv{said}}}}}
features: [balance]
label: points
model: ridge
holdout: none
engine: {engine}
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("paisa", ["", ".50"])
def test_digits_in_groups_of_two_are_read_where_commas_group(
    paisa: str, engine: str, project: Project
) -> None:
    """In India, 1,23,456 is 123456, and -1,00,00,000 is minus ten million."""
    cells = [f"{digits}{paisa}" for digits in ("1,23,456", "12,34,567", "98,765", "-1,00,00,000")]
    rows = "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells))
    project.write("data/bank.csv", f"balance,points\n{rows}")
    project.define(BALANCES.format(said="", engine=engine))

    [fix] = project.mlcli("data", "pizzeria", "--json").json["error"]["fix"]

    assert fix["value"] == {"thousands": ","}
    project.define(BALANCES.format(said=', thousands: ","', engine=engine))
    balance = project.works("data", "pizzeria", "--json").json["columns"][0]
    more = float(paisa or 0)
    assert (balance["low"], balance["high"]) == (-10_000_000 - more, 1_234_567 + more)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("cell", ["1,23,45", "1,234,56", "123,45,678", "0,12,345", "1,23,456,789"])
def test_digits_in_other_groups_are_no_number(cell: str, engine: str, project: Project) -> None:
    project.write("data/bank.csv", f'balance,points\n"1,234",1\n"{cell}",2\n')
    project.define(BALANCES.format(said=', thousands: ","', engine=engine))

    assert f"'{cell}' is not one" in project.fails(3, "data", "pizzeria")


# ---- times of forms -----------------------------------------------------------------------------

FORMS = """\
sources:
  forms:
    file: data/forms.csv
    timezone: Europe/Berlin
{said}    rules:
      - count: {{per: day of Timestamp, as: filled}}
  cakes: {{file: data/cakes.csv}}
join: day
features: [filled]
label: eaten
model: ridge
holdout: none
engine: {engine}
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    "offsets", [("GMT+1", "GMT+2"), ("GMT+0100", "GMT+0200"), ("UTC+1:00", "UTC+2:00")]
)
def test_times_with_gmt_and_hours_behind_are_read_by_the_format_that_is_named(
    offsets: tuple[str, str], engine: str, project: Project
) -> None:
    """Half past midnight in Berlin is another day in UTC: there, only two days have an answer."""
    winter, summer = offsets
    times = [
        f"2024/03/30 11:30:00 PM {winter}",
        f"2024/03/31 12:30:00 AM {winter}",
        f"2024/04/01 12:30:00 AM {summer}",
    ]
    project.write("data/forms.csv", "Timestamp,x\n" + "".join(f"{time},1\n" for time in times))
    project.write("data/cakes.csv", "day,eaten\n2024-03-30,1\n2024-03-31,2\n2024-04-01,3\n")
    project.define(FORMS.format(said="", engine=engine))

    [fix] = project.mlcli("fit", "--json").json["error"]["fix"]

    assert fix["value"] == {"dates": {"format": "%Y/%m/%d %I:%M:%S %p %z"}}
    said = '    dates: {format: "%Y/%m/%d %I:%M:%S %p %z"}\n'
    project.define(FORMS.format(said=said, engine=engine))
    assert project.works("data", "pizzeria", "--json").json["rows"]["used"] == 3


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (
            ["1 003,00 PLN", "987,50 PLN", "-12,00 PLN"],
            {"decimal": ",", "thousands": " ", "unit": "PLN"},
        ),
        (
            ["R$ 1.003,00", "R$ 987,50", "R$ -12,00"],
            {"decimal": ",", "thousands": ".", "unit": "R$"},
        ),
        (["1003 kr", "987.5 kr", "-12 kr"], {"unit": "kr"}),
    ],
)
def test_amounts_of_money_are_no_words(
    cells: list[str], keys: dict[str, str], engine: str, project: Project
) -> None:
    """They were learned as a category with a word for each amount."""
    rows = "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells))
    project.write("data/bank.csv", f"balance,points\n{rows}")
    project.define(BALANCES.format(said="", engine=engine))

    [fix] = project.mlcli("data", "pizzeria", "--json").json["error"]["fix"]

    assert fix["value"] == keys
    said = "".join(f", {key}: {json.dumps(value)}" for key, value in keys.items())
    project.define(BALANCES.format(said=said, engine=engine))
    balance = project.works("data", "pizzeria", "--json").json["columns"][0]
    assert (balance["low"], balance["high"]) == (-12, 1003)


@pytest.mark.parametrize("words", [["2 rooms", "3 rooms"], ["Tour 5", "Tour 6"], ["5 kg", "7 kg"]])
def test_words_with_a_number_stay_words(words: list[str], project: Project) -> None:
    rows = "".join(f"{words[n % 2]},{n}\n" for n in range(6))
    project.write("data/bank.csv", f"balance,points\n{rows}")
    project.define(BALANCES.format(said="", engine="pandas"))

    [balance] = project.works("data", "pizzeria", "--json").json["columns"][:1]

    assert [level["level"] for level in balance["levels"]] == words


def test_a_parquet_file_of_pandas_with_missing_values_is_looked_at(project: Project) -> None:
    """pandas writes whole numbers, categories and its index; the third row lacks two of them."""
    import pandas as pd

    table = pd.DataFrame(
        {
            "shop": pd.Categorical(["a", "b", None, "a"]),
            "sold": pd.array([1, 2, None, 4], dtype="Int64"),
            "day": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]),
        },
        index=pd.Index(range(10, 14)),
    )
    table.to_parquet(project.root / "data/sales.parquet")

    seen = project.works("data", "data/sales.parquet", "--json").json

    columns = {column["name"]: column for column in seen["columns"]}
    assert (columns["sold"]["missing"], columns["shop"]["missing"]) == (1, 1)
    assert (columns["sold"]["low"], columns["sold"]["high"]) == (1, 4)
    assert [level["level"] for level in columns["shop"]["levels"]] == ["a", "b"]


# Three of five rows can be judged: their labels are 6, 9 and 12 where the model says 6, 8 and 10,
# so that it is off by 0, 1 and 2: 1 on average.
def test_a_row_without_a_label_is_left_out_of_a_judgement_and_counted(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(x, 2 * x) for x in range(10)]))
    project.define(table_definition(), "nights")
    project.works("fit")
    project.write("q.csv", "guests,doughs\n3,6\n7,\n4,9\n,4\n5,12\n")

    told = project.works("evaluate", "--data", "q.csv", "--json").json
    shown = project.works("evaluate", "--data", "q.csv").out

    assert (told["rows"]["holdout"], told["left_out"]) == (3, 2)
    assert told["metrics"]["mae"]["holdout"] == pytest.approx(1)
    assert "  1 row was left out: no label is known of it\n" in shown
    assert "  1 row was left out: the model refuses it\n" in shown


def test_an_id_that_no_fit_takes_is_told_by_the_table_too(project: Project) -> None:
    """Each of 1,000 words is there once: more than half as many words as rows."""
    rows = [(f"w{n}", n % 7, n) for n in range(1000)]
    project.write("data/nights.csv", csv_of("word,guests,doughs", rows))
    project.define(table_definition(features="[guests, {name: word, kind: category}]"))

    told = " ".join(project.works("data").out.split())

    assert "word has 1,000 different words in 1,000 rows to learn from" in told
    assert "no fit takes it" in told
    assert "are an id" in project.fails(2, "fit")


def test_many_features_are_not_all_told_on_a_screen(project: Project) -> None:
    names = [f"c{n}" for n in range(15)]
    rows = [tuple((row * (n + 3)) % 11 for n in range(16)) for row in range(40)]
    project.write("data/nights.csv", csv_of(",".join([*names, "doughs"]), rows))
    project.define(table_definition(features=f"[{', '.join(names)}]", model="ridge"))

    project.works("fit")
    said = " ".join(project.works("evaluate").out.split())

    assert "c11: 0 to 10; and 3 more features" in said
    assert "c12: 0 to 10" not in said

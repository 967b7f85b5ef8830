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

"""What a notation says holds wherever a cell is read: as a date, as a key, in every reader."""

from __future__ import annotations

import pytest
from support import Project

DATED = """\
sources:
  days:
    file: data/days.csv
    missing: ["{word}"]
    {more}
    rules:
      - drop_missing: {{of: day}}
      - derive: {{month: month of day}}
features: [month]
label: sold
model: ridge
holdout: none
engine: {engine}
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(
    ("word", "more", "day"),
    [
        ("1900-01-01", "", "2023-{:02}-08"),
        ("1900-01-01 00:00", "", "2023-{:02}-08"),
        ("31.12.9999", 'dates: {format: "%d.%m.%Y"}', "08.{:02}.2023"),
    ],
)
def test_a_word_for_nothing_may_look_like_a_date(
    project: Project, engine: str, quoted: bool, word: str, more: str, day: str
) -> None:
    rows = [f"{word if n % 10 == 0 else day.format(n % 12 + 1)},{n}" for n in range(200)]
    rows += ['" ",1'] if quoted else []
    project.write("data/days.csv", "\n".join(["day,sold", *rows]) + "\n")
    project.define(DATED.format(word=word, more=more, engine=engine))

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert fitted["rows"]["used"] == 180
    assert fitted["ledger"]["sources"][0]["rules"][0]["out"] == 180


def test_a_key_of_two_notations_is_one_number(project: Project) -> None:
    european = ["1.000;10", "2.000;20", "3.000;30", "4;40"]
    plain = ["1,1", "2,2", "4,4", "1000,5", "2000,6", "3000,7"]
    project.write("data/eu.csv", "\n".join(["id;x", *european]) + "\n")
    project.write("data/plain.csv", "\n".join(["id,y", *plain]) + "\n")
    project.define(
        "sources:\n"
        '  one: {file: data/eu.csv, decimal: ",", thousands: "."}\n'
        "  two: {file: data/plain.csv}\n"
        "join: id\nfeatures: [x]\nlabel: y\nmodel: ridge\nholdout: none\n"
    )

    project.works("data", "pizzeria", "--output", "out.csv")
    used = [
        line.split(",")[:3]
        for line in (project.root / "out.csv").read_text().splitlines()
        if ",used," in line
    ]

    assert used == [["4", "40", "4"], ["1000", "10", "5"], ["2000", "20", "6"], ["3000", "30", "7"]]


@pytest.mark.parametrize("name", ["__line__", "__rows__", "__x__"])
@pytest.mark.parametrize("made", [False, True])
def test_names_of_our_own_columns_are_refused(project: Project, name: str, made: bool) -> None:
    header = "a,b" if made else f"a,{name}"
    rules = f"rules: [{{rename: {{b: {name}}}}}]" if made else ""
    project.write("data/nights.csv", f"{header}\n1,2\n2,4\n3,6\n")
    project.define(
        f"sources:\n  nights:\n    file: data/nights.csv\n    {rules}\n"
        f"features: [a]\nlabel: {name}\nmodel: ridge\nholdout: none\n"
    )

    said = project.fails(3, "fit")

    assert f"data/nights.csv: the name '{name}' is kept for columns of mlcli's own" in said


def test_memory_of_a_wide_file_of_questions_is_bounded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.questionfile import _Remembered

    names = [f"f{n}" for n in range(60)]
    rows = [",".join(str(n * k % 97) for n in range(61)) for k in range(120)]
    project.write("data/nights.csv", "\n".join([",".join([*names, "y"]), *rows]) + "\n")
    project.define(
        f"sources: {{n: {{file: data/nights.csv}}}}\nfeatures: [{', '.join(names)}]\n"
        "label: y\nmodel: ridge\nholdout: none\n"
    )
    project.works("fit")
    asked = [",".join(str((n + k) % 97 + k / 1000) for n in range(60)) for k in range(500)]
    project.write("q.csv", "\n".join([",".join(names), *asked]) + "\n")
    monkeypatch.setattr("mlcli.questionfile._MOST_CELLS", 6_000)  # 100 rows
    held: list[int] = []
    ask = _Remembered._rows

    def watched(self: _Remembered, batch: object) -> object:
        held.append(len(self._answers))
        return ask(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(_Remembered, "_rows", watched)
    project.works("predict", "--input", "q.csv", "--output", "a.csv")

    assert len((project.root / "a.csv").read_text().splitlines()) == 501
    assert max(held) <= 500

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
@pytest.mark.parametrize("made", ["", "in the source", "below"])
def test_names_of_our_own_columns_are_refused(project: Project, name: str, made: str) -> None:
    header = "a,b" if made else f"a,{name}"
    rule = f"rules: [{{rename: {{b: {name}}}}}]"
    project.write("data/nights.csv", f"{header}\n1,2\n2,4\n3,6\n")
    project.define(
        f"sources:\n  nights:\n    file: data/nights.csv\n"
        f"{'    ' + rule if made == 'in the source' else ''}\n{rule if made == 'below' else ''}\n"
        f"features: [a]\nlabel: {name}\nmodel: ridge\nholdout: none\n"
    )

    said = project.fails(2 if made else 3, "fit")

    assert f"the name '{name}' is kept for columns of mlcli's own" in said


def test_memory_of_a_wide_file_of_questions_is_bounded(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.answering import encoding, model

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
    monkeypatch.setattr(model, "_MOST_NUMBERS", 6_000)  # 100 rows
    held: list[int] = []

    def watched(features: object, columns: object, rows: object) -> object:
        matrix, able = encoding.encode_many(features, columns, rows)
        held.append(matrix.size)
        return matrix, able

    monkeypatch.setattr(model, "encode_many", watched)
    project.works("predict", "--input", "q.csv", "--output", "a.csv")

    assert len((project.root / "a.csv").read_text().splitlines()) == 501
    assert len(held) == 5
    assert max(held) == 6_000


def test_answers_never_replace_an_export_that_the_model_was_learned_from(pizzeria: Project) -> None:
    pizzeria.write("q.csv", "reservations\n15\n")
    pizzeria.works("fit")
    before = (pizzeria.root / "data" / "orders.csv").read_bytes()

    said = pizzeria.fails(2, "predict", "--input", "q.csv", "--output", "data/orders.csv")

    assert "--output is an export that pizzeria@1 was learned from" in said
    assert (pizzeria.root / "data" / "orders.csv").read_bytes() == before


def test_afternoons_are_not_read_as_mornings(project: Project) -> None:
    project.write("data/nights.csv", "day,guests,doughs\n06/08/2023 7:30 PM,1,2\n")
    project.define(
        "sources:\n  nights:\n    file: data/nights.csv\n"
        '    dates: {format: "%m/%d/%Y %H:%M %p"}\n'
        "date: day\nfeatures: [guests]\nlabel: doughs\nmodel: ridge\nholdout: none\n"
    )

    said = project.fails(2, "fit")

    assert "reads 7:30 PM as 7:30\n" in said
    assert "hint: write %I for %H beside %p\n" in said


@pytest.mark.parametrize(
    "values", [["0.000000000000001", "0.000000000000003"], ["1e-22"], ["0.1", "0.2", "1e-300"]]
)
def test_sums_of_small_numbers_are_the_same_on_both_engines(
    project: Project, values: list[str]
) -> None:
    rows = [f"{n % 3},{value},{n}" for n in range(6) for value in values]
    project.write("data/t.csv", "\n".join(["k,v,y", *rows]) + "\n")
    project.write("data/u.csv", "k,y\n0,1\n1,2\n2,4\n")
    sums: dict[str, str] = {}
    for engine in ("pandas", "duckdb"):
        project.define(
            "sources:\n  t:\n    file: data/t.csv\n    rules: [{sum: {of: v, per: k, as: x}}]\n"
            "  u: {file: data/u.csv}\n"
            f"join: k\nfeatures: [x]\nlabel: y\nmodel: ridge\nholdout: none\nengine: {engine}\n"
        )
        project.works("data", "pizzeria", "--output", f"{engine}.csv")
        sums[engine] = (project.root / f"{engine}.csv").read_text()

    one = [float(line.split(",")[1]) for line in sums["pandas"].splitlines()[1:]]
    other = [float(line.split(",")[1]) for line in sums["duckdb"].splitlines()[1:]]
    assert other == pytest.approx(one, rel=1e-12, abs=0)

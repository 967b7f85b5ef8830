"""Rows that are too many to take home: models, figures and screens are those of all of them.

What the engine pandas learns from the same rows, by scikit-learn at once, is the second
implementation throughout.
"""

from __future__ import annotations

import json
import struct
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sklearn.linear_model
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlcli.definition.algorithms import LogisticRegression
from mlcli.exports.spark import answering_workers, session
from mlcli.exports.spool import Spool
from mlcli.learning import all_rows
from mlcli.tables import lying

if TYPE_CHECKING:
    from collections.abc import Callable

    from support import Project

ROWS = 3_000
SAMPLE = 600
WEIGHTS = 1e-8
FIGURES = 1e-9


def export() -> str:
    """Return dated rows of numbers and words, of which some cells are empty."""
    draw = np.random.default_rng(11)
    lines = ["day,guests,heat,place,tags,kind,doughs,left"]
    for row in range(ROWS):
        guests, heat = int(draw.integers(0, 60)), abs(float(draw.normal(18, 6)))
        place = draw.choice(["bar", "garden", "hall"], p=[0.6, 0.3, 0.1])
        tags = ";".join(sorted(draw.choice(["band", "cup", "rain"], draw.integers(1, 3), False)))
        mean = 0.8 * guests + 0.3 * heat + (place == "hall") * 6 + ("band" in tags) * 3
        doughs = max(0, round(mean + draw.normal(0, 4)))
        kind = "quiet" if mean < 20 else "busy" if mean > 35 else "usual"
        kind = kind if draw.random() < 0.9 else "usual"
        day = np.datetime64("2021-01-01") + row // 3
        empty = row % 50 == 7
        left = round(float(draw.normal(mean, 3)), 3)
        lines.append(
            f"{day},{guests},{'' if empty else round(heat, 2)},{place},{tags},{kind},{doughs},{left}"
        )
    return "\n".join(lines) + "\n"


FEATURES = {
    "": "- guests\n- {name: heat, missing: median}\n- place",
    "heat": "- {name: heat, missing: mean}",
    "words": "- {name: place, kind: ordinal, levels: [bar, garden, hall]}\n"
    "- {name: tags, kind: tags}\n- {name: guests, kind: category}",
}


def definition(
    model: str,
    *,
    label: str = "doughs",
    holdout: str = "newest 20%",
    engine: str,
    more: str = "",
    features: str = "",
) -> str:
    """Return a definition of a model of these rows."""
    listed = "".join(f"  {line}\n" for line in FEATURES[features].splitlines())
    return (
        "sources:\n  nights:\n    file: data/nights.csv\n"
        f"date: day\nfeatures:\n{listed}label: {label}\nmodel: {model}\n"
        f"holdout: {holdout}\nengine: {engine}\n{more}"
    )


LIE = "{name: duckdb, collect: 0.001MB}"


@pytest.fixture
def nights(project: Project, unvalidated: None, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(lying, "SAMPLE", SAMPLE)
    project.write("data/nights.csv", export())
    return project


def both(nights: Project, model: str, **keys: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifests of a model of rows that lie, and of the same rows at home."""
    found = []
    for name, engine in (("lie", LIE), ("home", "pandas")):
        nights.write(f"configs/{name}.yaml", definition(model, engine=engine, **keys))
        nights.works("fit", name)
        found.append(json.loads((nights.root / f"models/{name}/1/manifest.json").read_text()))
    return found[0], found[1]


def numbers(value: Any) -> list[float]:
    """Return all numbers that stand somewhere in plain data, in their order."""
    if isinstance(value, dict):
        return [n for one in value.values() for n in numbers(one)]
    if isinstance(value, list):
        return [n for one in value for n in numbers(one)]
    return [float(value)] if isinstance(value, int | float) else []


def equations(nights: Project, *names: str) -> list[Any]:
    """Return the equations of both models, or of others."""
    return [
        json.loads((nights.root / f"models/{name}/1/equation.json").read_text())
        for name in names or ("lie", "home")
    ]


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        ("linear_regression", {"label": "left", "more": "baseline: 1 + guests\n"}),
        ("{name: polynomial_regression, degree: 2}", {"holdout": "from 2023-03-01"}),
        ("{name: ridge, penalty: 5}", {"holdout": "none"}),
        ("poisson_regression", {}),
        ("bernoulli_naive_bayes", {"label": "kind"}),
        ("log_regression", {"label": "left", "features": "heat"}),
        ("ridge", {"features": "words"}),
        ("complement_naive_bayes", {"label": "kind"}),
    ],
)
def test_a_model_of_rows_that_lie_is_that_of_the_same_rows_at_home(
    nights: Project, model: str, keys: dict[str, str]
) -> None:
    lie, home = both(nights, model, **keys)
    same = ("features", "label", "rows", "learned_from", "weekdays_never", "typical", "domain")
    assert [lie.get(key) for key in same] == [home.get(key) for key in same]
    assert lie["split"]["words"].replace("rows", "") == home["split"]["words"].replace("rows", "")
    ours, theirs = equations(nights)
    assert numbers(ours) == pytest.approx(numbers(theirs), rel=WEIGHTS, abs=WEIGHTS)
    assert numbers(lie["metrics"]) == pytest.approx(numbers(home["metrics"]), rel=FIGURES)
    assert numbers(lie["without_looking"]) == pytest.approx(numbers(home["without_looking"]))
    assert lie["ledger"]["sources"] == home["ledger"]["sources"]
    assert lie["ledger"]["used"] == home["ledger"]["used"] == ROWS
    assert "where they lie" in lie["notes"][0]


GAPS = (
    "sources:\n  nights:\n    file: {file}\n    rules: [{{rename: {{people: guests}}}}]\n"
    "date: day\nfeatures: [guests, {{name: place, unseen: ignore}}]\n"
    "label: late\nmodel: multinomial_naive_bayes\nholdout: none\n"
)
"""Classes that are numbers, columns of words with empty cells, and one with another name."""


@pytest.mark.parametrize("where", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def test_an_empty_cell_is_none_of_the_words(
    nights: Project, where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "spark":
        monkeypatch.setenv("SPARK_REMOTE", request.getfixturevalue("spark_url"))
    rows = [
        (at % 13, ["bar", "hall", ""][at % 3], ["1", "0", "1", "0", ""][at % 5])
        for at in range(600)
    ]
    days = ["2023-06-08", "", "2023-06-09"]
    lines = [f"{days[at % 3]},{','.join(map(str, row))}" for at, row in enumerate(rows)]
    nights.write("data/nights.csv", "\n".join(["day,people,place,late", *lines, ""]))
    text = GAPS.format(file="data/nights.csv")
    nights.define(f"{text}engine: {{name: {where}, collect: 0.001MB}}\n", "lie")
    shown = nights.works("fit", "lie", "--json").json["fitted"][0]
    assert any("where they lie" in note for note in shown["notes"])
    assert shown["rows"]["used"] == sum(late != "" for *_, late in rows) == 480
    scores, _ = equations(nights, "lie")[0]
    for at, late in enumerate("01"):  # what scikit-learn's MultinomialNB makes of sums
        of = [row for row in rows if row[2] == late]
        sizes = [sum(row[0] for row in of), *(sum(r[1] == w for r in of) for w in ("bar", "hall"))]
        likely = [np.log((size + 1) / (sum(sizes) + 3)) for size in sizes]
        assert scores["weights"][at] == pytest.approx(likely, rel=1e-12)


@pytest.mark.parametrize("where", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
@pytest.mark.parametrize("dated", [True, False])
def test_rows_that_are_left_out_are_told_of_as_at_home(
    nights: Project,
    where: str,
    dated: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if where == "spark":
        monkeypatch.setenv("SPARK_REMOTE", request.getfixturevalue("spark_url"))
    lines = ["day,guests,code,place,left"]
    for at in range(400):
        day = "" if at % 40 == 9 else np.datetime64("2021-01-01") + at
        guests, left = ("" if at % 4 == 1 else at % 17), ("" if at % 3 == 0 or at > 390 else at)
        lines.append(f"{day},{guests},00{at % 7},{' bar' if at % 2 else 'hall'},{left}")
    nights.write("data/nights.csv", "\n".join([*lines, ""]))
    said = "unseen: ignore" + ", kind: category" * (where == "duckdb")
    text = (
        "sources:\n  nights:\n    file: data/nights.csv\n"
        f"{'date: day' if dated else ''}\nfeatures: [guests, {{name: place, {said}}}, code]\n"
        "label: left\nmodel: ridge\nholdout: none\n"
    )
    nights.define(f"{text}engine: {{name: {where}, collect: 0.001MB}}\n", "lie")
    nights.define(text, "home")

    lie, home = (nights.works("fit", name, "--json").json["fitted"][0] for name in ("lie", "home"))
    ledgers = [
        json.loads((nights.root / f"models/{name}/1/manifest.json").read_text())["ledger"]
        for name in ("lie", "home")
    ]

    assert "where they lie" in lie["notes"][0]
    assert len(home["notes"]) >= 4 - (not dated)
    assert lie["notes"][1:] == [note.replace(" days are", " rows are") for note in home["notes"]]
    if where == "spark":
        for ledger in ledgers:
            del ledger["examples"]
    assert ledgers[0] == ledgers[1]


def mixed(number: int) -> int:
    """Mix a whole number of 64 bits by the steps of SplitMix64, in plain integers."""
    number = (number + 0x9E3779B97F4A7C15) % 2**64
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB % 2**64
    return number ^ (number >> 31)


def hashed(values: list[float | str | None], seed: int) -> int:
    """Return the hash of a row, by what the reference says of it."""
    found = 0
    for value in values:
        counts = 0
        if isinstance(value, str):
            counts = int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "little")
        elif value is not None:
            (counts,) = struct.unpack("<Q", struct.pack("<d", value + 0.0))
        found = mixed((found + counts) % 2**64)
    return mixed((found + seed) % 2**64)


def test_random_rows_are_those_of_the_lowest_hashes(nights: Project) -> None:
    text = definition("linear_regression", label="left", holdout="random 30%", engine=LIE)
    nights.define(text.replace("date: day\n", "seed: 5\n"), "lie")
    nights.works("fit", "lie")
    manifest = json.loads((nights.root / "models/lie/1/manifest.json").read_text())
    held = 0
    for line in export().splitlines()[1:]:
        _, guests, heat, place, *_, left = line.split(",")
        row: list[float | str | None] = [float(guests), float(heat) if heat else None]
        held += hashed([*row, float(left), place], 5) <= 0.3 * 2**64
    assert manifest["rows"] == {"used": ROWS, "train": ROWS - held, "holdout": held}


def test_a_model_that_adds_nothing_up_is_learned_from_a_sample_and_says_so(
    nights: Project,
) -> None:
    nights.define(definition("{name: decision_tree, max_depth: 4}", engine=LIE), "lie")
    shown = nights.works("fit", "lie").out
    manifest = json.loads((nights.root / "models/lie/1/manifest.json").read_text())
    rows = manifest["rows"]["used"]
    assert 0.8 * SAMPLE < rows < 1.2 * SAMPLE
    said = f"learned from and judged on {rows:,} of {ROWS:,} rows, drawn by their hash"
    assert said in " ".join(shown.split())


def test_the_same_rows_teach_the_same_again(nights: Project) -> None:
    nights.define(definition("linear_regression", engine=LIE), "lie")
    nights.works("fit", "lie")
    assert nights.works("fit", "lie", "--json").json["fitted"][0]["new"] is False


def test_rules_after_the_source_see_all_rows(nights: Project) -> None:
    rules = (
        "rules:\n- keep: {place: [bar, hall]}\n- drop_weekdays: {days: [Sunday]}\n"
        "- derive: {month: month of day}\n"
    )
    found = []
    for name, engine in (("lie", LIE), ("home", "pandas")):
        nights.define(definition("ridge", engine=engine, more=rules), name)
        nights.works("fit", name)
        found.append(json.loads((nights.root / f"models/{name}/1/manifest.json").read_text()))
    lie, home = found
    same = ("features", "rows", "weekdays_never", "typical", "domain", "ledger")
    assert [lie.get(key) for key in same] == [home.get(key) for key in same]
    assert numbers(lie["metrics"]) == pytest.approx(numbers(home["metrics"]), rel=FIGURES)


def test_rows_of_few_looks_are_not_held_out_by_their_looks(nights: Project) -> None:
    rows = "".join(f"{at % 2},{at % 3}\n" for at in range(900))
    nights.write("data/nights.csv", "a,b\n" + rows)
    nights.define(
        "sources:\n  nights:\n    file: data/nights.csv\nfeatures: [a]\nlabel: b\n"
        f"model: linear_regression\nholdout: random 20%\nengine: {LIE}\n",
        "lie",
    )
    said = nights.fails(3, "fit", "lie")
    assert "rows that are alike are held out together" in " ".join(said.split())


def test_one_row_to_learn_from_is_refused_in_a_sample_too(nights: Project) -> None:
    nights.write("data/nights.csv", "day,a,b\n" + "2021-01-01,1,2\n" * 200)
    nights.define(
        "sources:\n  nights:\n    file: data/nights.csv\ndate: day\nfeatures: [a]\nlabel: b\n"
        f"model: random_forest\nholdout: newest 20%\nengine: {LIE}\n",
        "lie",
    )
    assert "0 rows to learn from and 200 held out" in nights.fails(3, "fit", "lie")


def test_rows_that_are_others_at_the_second_look_teach_nothing(
    nights: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_but_one(table: Spool, work: Callable[[lying.RowBlock], lying.State]) -> Any:
        yield work(next(table.blocks()).taken(np.arange(1, ROWS)))

    real = all_rows.held_out

    def split(*given: Any) -> all_rows.Held:
        monkeypatch.setattr(Spool, "states", all_but_one)
        return real(*given)

    monkeypatch.setattr(all_rows, "held_out", split)
    nights.define(definition("linear_regression", engine=LIE), "lie")
    said = nights.fails(3, "fit", "lie")
    assert f"rows change as they are read: there were {ROWS:,}, and are {ROWS - 1:,}" in said
    assert not [*nights.root.glob("models/lie/*")]


def test_a_wrong_cell_is_named_with_its_line(nights: Project) -> None:
    lines = export().splitlines()
    lines[2_500] = lines[2_500].replace(",", ",x", 1)
    nights.write("data/nights.csv", "\n".join(lines) + "\n")
    nights.define(definition("linear_regression", engine=LIE), "lie")
    said = nights.fails(3, "fit", "lie")
    assert "data/nights.csv:2501" in said
    assert not [*nights.root.glob("models/lie/*")]


def test_the_most_frequent_number_is_not_counted(nights: Project) -> None:
    text = definition("linear_regression", engine=LIE)
    nights.define(text.replace("missing: median", "missing: most_frequent"), "lie")
    said = nights.fails(3, "fit", "lie")
    assert "hint: write  missing: median" in said
    nights.define(text, "lie")
    nights.works("fit", "lie")


def test_rows_without_a_label_wait_after_the_last_known_day_and_are_lost_before(
    nights: Project,
) -> None:
    lines = export().splitlines()
    for at in (5, 1_000, 2_999, 3_000):
        lines[at] = lines[at].rpartition(",")[0] + ","
    nights.write("data/nights.csv", "\n".join(lines) + "\n")
    found = []
    for name, engine in (("lie", LIE), ("home", "pandas")):
        text = definition("linear_regression", label="left", engine=engine)
        nights.define(text.replace("  - place\n", ""), name)
        nights.works("fit", name)
        found.append(json.loads((nights.root / f"models/{name}/1/manifest.json").read_text()))
    lie, home = (one["ledger"] for one in found)
    assert lie == home
    assert sum(lie["left_out"].values()) == 4


def test_a_final_model_learns_from_all_rows_too(nights: Project) -> None:
    found = []
    for name, engine in (("lie", LIE), ("home", "pandas")):
        nights.define(definition("ridge", engine=engine), name)
        nights.works("fit", name, "--final")
        found.append(json.loads((nights.root / f"models/{name}/1/manifest.json").read_text()))
    lie, home = found
    same = ("features", "rows", "learned_from", "final", "typical")
    assert [lie.get(key) for key in same] == [home.get(key) for key in same]
    ours, theirs = equations(nights)
    assert numbers(ours) == pytest.approx(numbers(theirs), rel=WEIGHTS, abs=WEIGHTS)
    assert "where they lie" in nights.works("evaluate", "-m", "lie").out.replace("\n    ", " ")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (",cup\n", ',"cup\n"\n', "it is not written regularly"),
        ("0.125", "1_0", ""),
        ("0.125", "word", ""),
    ],
)
def test_what_duckdb_cannot_read_is_read_again_by_pandas(
    nights: Project, old: str, new: str, why: str
) -> None:
    lines = "".join(f"{at % 17},{at / 8},cup\n" for at in range(2_000))
    nights.write("data/nights.csv", "a,b,c\n" + lines.replace(old, new, 1))
    text = "sources:\n  nights:\n    file: data/nights.csv\nfeatures: [a]\nlabel: b\n"
    for name, engine in (("lie", LIE), ("home", "pandas")):
        nights.define(f"{text}model: ridge\nholdout: none\nengine: {engine}\n", name)
    ended, home = nights.mlcli("fit", "lie"), nights.mlcli("fit", "home")
    assert ended.code == home.code
    if why:
        assert why in ended.err
        ours, theirs = equations(nights)
        assert numbers(ours) == pytest.approx(numbers(theirs), rel=WEIGHTS, abs=WEIGHTS)
        ledgers = [
            json.loads((nights.root / f"models/{name}/1/manifest.json").read_text())["ledger"]
            for name in ("lie", "home")
        ]
        assert ledgers[0] == ledgers[1]
    else:
        assert ended.err.replace("lie", "home") == home.err


ON_SPARK = "{name: spark, collect: 0.001MB}"


def to_its_end(definition: LogisticRegression, seed: int, task: str = "category") -> Any:
    """Return the regression of scikit-learn that goes on until nothing changes."""
    regression = sklearn.linear_model.LogisticRegression(
        C=1 / definition.penalty, solver="newton-cg", tol=1e-12, max_iter=10_000
    )
    return make_pipeline(StandardScaler(), regression)


@pytest.mark.spark
@pytest.mark.parametrize(
    ("model", "keys", "there"),
    [
        ("linear_regression", {"label": "left"}, False),
        ("multinomial_naive_bayes", {"label": "kind", "holdout": "from 2023-03-01"}, True),
        *(
            pytest.param(model, {"label": label}, True, marks=pytest.mark.slow)
            for model, label in (
                ("{name: ridge, penalty: 5}", "left"),
                ("{name: polynomial_regression, degree: 2}", "doughs"),
                ("poisson_regression", "doughs"),
                ("logistic_regression", "kind"),
                ("bernoulli_naive_bayes", "kind"),
                ("complement_naive_bayes", "kind"),
            )
        ),
    ],
)
def test_workers_of_spark_learn_the_same(
    nights: Project,
    model: str,
    keys: dict[str, str],
    there: bool,
    spark_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setattr(LogisticRegression, "build", to_its_end)
    stop, ended = session._stop, list[Any]()
    monkeypatch.setattr(session, "_stop", lambda one: ended.append(stop(one)))
    found = []
    for name, engine in (("lie", ON_SPARK), ("home", "pandas")):
        text = definition(model, engine=engine, **keys)
        file = (
            f"file://{nights.root}/data/nights.csv"
            if there and name == "lie"
            else "data/nights.csv"
        )
        rules = f"{file}\n    rules:\n    - drop: {{place: bar}}\n"
        nights.define(text.replace("data/nights.csv\n", rules), name)
        nights.works("fit", name)
        found.append(json.loads((nights.root / f"models/{name}/1/manifest.json").read_text()))
    lie, home = found
    lie["ledger"]["sources"][0]["file"] = "data/nights.csv"
    same = (
        "key",
        "features",
        "label",
        "rows",
        "learned_from",
        "weekdays_never",
        "typical",
        "ledger",
    )
    assert [lie.get(key) for key in same] == [home.get(key) for key in same]
    ours, theirs = equations(nights)
    assert numbers(ours) == pytest.approx(numbers(theirs), rel=WEIGHTS, abs=WEIGHTS)
    assert numbers(lie["metrics"]) == pytest.approx(numbers(home["metrics"]), rel=FIGURES)
    assert "where they lie" in lie["notes"][0]
    assert len(ended) == 1


@pytest.mark.spark
@pytest.mark.parametrize(
    ("change", "because"),
    [
        (("- place\n", "- {name: place, kind: category}\n"), "a kind is said of 'place'"),
        (
            ("features:", "rules: [{keep: {place: bar}}]\nfeatures:"),
            "rules stand below the sources",
        ),
    ],
)
def test_why_rows_are_not_left_on_a_cluster_is_said(
    nights: Project,
    change: tuple[str, str],
    because: str,
    spark_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setattr("mlcli.exports.spark.cluster.AT_ONCE", 1_000)
    text = definition("linear_regression", engine=ON_SPARK).replace(*change)
    nights.define(text, "here")
    there = f"file://{nights.root}/data/nights.csv"
    nights.define(text.replace("data/nights.csv", there), "there")

    noted = nights.works("fit", "here").err
    refused = nights.fails(5, "fit", "there")

    assert f"data/nights.csv: the engine pandas read it: {because}" in noted
    assert f"{there}: its rows would come home" in refused
    assert f"and 1 kB may: {because}\n" in refused


@pytest.mark.spark
def test_a_line_that_is_none_is_named_where_rows_cannot_come_home(
    nights: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setattr("mlcli.exports.spark.cluster.AT_ONCE", 1_000)
    nights.write("data/nights.csv", export() + "2024-01-01,3\n")
    there = f"file://{nights.root}/data/nights.csv"
    text = definition("linear_regression", engine=ON_SPARK)
    nights.define(text.replace("data/nights.csv", there), "there")

    refused = nights.fails(3, "fit", "there")

    assert f"{there}: it is not written regularly: '2024-01-01,3'" in refused


@pytest.mark.spark
@pytest.mark.parametrize("engine", [LIE, ON_SPARK])
def test_rows_of_which_none_can_be_learned_from_are_refused(
    nights: Project, engine: str, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    nights.write("data/nights.csv", "a,b\n" + "".join(f"{at},\n" for at in range(200)))
    text = "sources:\n  nights:\n    file: data/nights.csv\nfeatures: [a]\nlabel: b\n"
    nights.define(f"{text}model: ridge\nholdout: none\nengine: {engine}\n", "lie")
    assert "0 rows with every feature and a label" in nights.fails(3, "fit", "lie")


@pytest.mark.spark
def test_data_takes_rows_of_a_cluster_home_and_says_so(
    nights: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setattr("mlcli.exports.spark.cluster.AT_ONCE", 1_000)
    there = f"file://{nights.root}/data/nights.csv"
    text = definition("linear_regression", engine=ON_SPARK)
    nights.define(text.replace("data/nights.csv", there), "there")

    assert "and 1 kB may: mlcli fit alone leaves rows there\n" in nights.fails(5, "data", "there")


@pytest.mark.spark
def test_workers_with_another_mlcli_learn_nothing(
    nights: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setattr(answering_workers, "libraries", lambda: {"mlcli": "99.1"})
    nights.define(definition("ridge", engine=ON_SPARK), "lie")

    said = nights.fails(5, "fit", "lie")

    assert said.startswith("error: the workers of the Spark server have mlcli ")
    assert ", and here it is 99.1" in said
    assert not [*nights.root.glob("models/lie/*")]

"""Ranges and decisions, as a user meets them: screens, files, JSON, and all that can go wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from sealing import forge
from support import Project, csv_of, table_definition

RUN_OUT = "decide: {run_out: 1 in 10}\n"
COSTS = "decide: {short_costs: 9, left_over_costs: 1.5}\n"


def nights(rows: int) -> list[tuple[int, int]]:
    """Return bookings and doughs of some nights: 10 + 2 × guests, and up to 5 off."""
    return [(7 * n % 41 + 1, 10 + 2 * (7 * n % 41 + 1) + (5 * n % 11 - 5)) for n in range(rows)]


def table(project: Project, rows: int, more: str = "", **keys: str) -> Project:
    """Fit a table of so many nights."""
    project.write("data/nights.csv", csv_of("guests,doughs", nights(rows)))
    project.define(table_definition(**keys) + more, "nights")
    project.works("fit", "--quiet")
    return project


def left_out(rows: int) -> np.ndarray:
    """Return truth minus what a line through all other rows predicts, refitted for each."""
    x, y = np.array(nights(rows), dtype=float).T
    found = []
    for i in range(rows):
        slope, start = np.polyfit(np.delete(x, i), np.delete(y, i), 1)
        found.append(y[i] - start - slope * x[i])
    return np.array(found)


# Screens.


def of_serving(screen: str) -> str:
    """Return the part of a report that is about decisions; other tests look at the rest."""
    if "judged on" not in screen:
        return screen
    lines = screen.splitlines(keepends=True)
    first = next(
        i for i, line in enumerate(lines) if line.startswith(("  serving, in", "  decide:"))
    )
    rest = [line.rstrip(" \n") + "\n" for line in lines[first:]]
    return "".join(rest[: rest.index("\n")] if "\n" in rest else rest)


@pytest.fixture
def decided(pizzeria: Project) -> Project:
    path = pizzeria.root / "configs/pizzeria.yaml"
    pizzeria.define(path.read_text(encoding="utf-8") + COSTS)
    pizzeria.works("fit", "--json")
    return pizzeria


def test_the_screens_of_a_definition_with_costs(
    decided: Project, golden: Callable[[str, str], None]
) -> None:
    decided.write("labelled.csv", "reservations,doughs\n15,55\n30,60\n45,71\n")
    screens = []
    for command in (
        "predict --reservations 15",
        "predict --reservations 15 --range 80%",
        "predict --reservations 99 --range 80%",
        "predict --range 90%",
        "evaluate",
        "evaluate --data labelled.csv",
    ):
        ended = decided.works(*command.split())
        screens.append(f"$ mlcli {command}\n{of_serving(ended.out)}{ended.err}")

    golden("screens/decisions.txt", "\n".join(screens))


def test_the_screens_of_decisions_in_how_to_are_real(decided: Project) -> None:
    page = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")

    assert decided.works("predict", "--reservations", 15).out in page
    assert of_serving(decided.works("evaluate").out) in page


def test_the_screens_of_too_few_rows(
    eleven_days: Project, golden: Callable[[str, str], None]
) -> None:
    path = eleven_days.root / "configs/pizzeria.yaml"
    eleven_days.define(path.read_text(encoding="utf-8") + RUN_OUT)
    eleven_days.works("fit", "--json")
    screens = []
    for command in (
        "predict --reservations 15 --range 80%",
        "predict --reservations 15 --range 90%",
        "predict",
        "evaluate",
    ):
        ended = eleven_days.mlcli(*command.split())
        screens.append(f"$ mlcli {command}\n{of_serving(ended.out)}{ended.err}")

    golden("screens/decisions_of_five_rows.txt", "\n".join(screens))


# Ranges.


@pytest.mark.parametrize("level", [50, 80, 95])
def test_a_range_is_the_k_th_smallest_miss_of_refitted_lines(project: Project, level: int) -> None:
    table(project, 30)
    misses = np.sort(np.abs(left_out(30)))
    width = misses[math.ceil(31 * level / 100) - 1]

    ended = project.works("predict", "--guests", 20, "--range", f"{level}%", "--json")

    found = ended.json["predictions"][0]
    assert found["range"] == {
        "level": level / 100,
        "low": math.floor(found["value"] - width),
        "high": math.ceil(found["value"] + width),
    }


def test_a_range_is_floored_where_the_label_is(project: Project) -> None:
    table(project, 30)

    found = project.works("predict", "--guests", -9, "--range", "90 %", "--json")

    assert found.json["predictions"][0]["range"]["low"] == 0


def test_a_range_of_fractions_is_not_rounded(project: Project) -> None:
    project.write(
        "data/nights.csv", csv_of("guests,doughs", [(x, y + 0.25) for x, y in nights(30)])
    )
    project.define(table_definition() + RUN_OUT, "nights")
    project.works("fit", "--quiet")

    found = project.works("predict", "--guests", 20, "--range", "80%", "--json").json
    one = found["predictions"][0]

    width = np.sort(np.abs(left_out(30)))[24]
    assert one["range"]["high"] == pytest.approx(one["value"] + width, rel=1e-9)
    assert one["range"]["low"] == pytest.approx(one["value"] - width, rel=1e-9)
    assert one["decision"]["quantity"] == pytest.approx(
        one["value"] + np.sort(left_out(30))[27], rel=1e-9
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.8", "--range: '0.8' is no percentage"),
        ("80 percent", "--range: '80 percent' is no percentage"),
        ("%", "--range: '%' is no percentage"),
        ("", "--range: '' is no percentage"),
        ("nan%", "--range: 'nan%' is no percentage"),
        ("8O%", "--range: '8O%' is no percentage"),
        ("80%%", "--range: '80%%' is no percentage"),
        ("49%", "--range: '49%' is not between 50% and 99%"),
        ("100%", "--range: '100%' is not between 50% and 99%"),
        ("-80%", "--range: '-80%' is not between 50% and 99%"),
        ("1e999%", "--range: '1e999%' is not between 50% and 99%"),
        ("99.5%", "--range: '99.5%' is not between 50% and 99%"),
    ],
)
def test_what_is_no_share_of_rows(pizzeria: Project, text: str, message: str) -> None:
    said = pizzeria.fails(2, "predict", "--reservations", 15, "--range", text)

    assert said.startswith(f"error: {message}\n")
    assert "hint: write how many of all rows it should hold, from 50% to 99%, as  80%" in said


@pytest.mark.parametrize(
    ("rows", "level", "needs", "hint"),
    [
        (3, "80%", "4 rows that were not learned from, and there are 3", "--range 75%"),
        (5, "90%", "9 rows that were not learned from, and there are 5", "--range 83%"),
        (30, "99%", "99 rows that were not learned from, and there are 30", "--range 96%"),
    ],
)
def test_a_range_of_too_few_rows_is_refused(
    project: Project, rows: int, level: str, needs: str, hint: str
) -> None:
    table(project, rows)
    project.write("asked.csv", "guests\n5\n")

    for words in (["--guests", 20], ["--input", "asked.csv"], ["--guests", 20, "--json"]):
        said = project.fails(6, "predict", *words, "--range", level)

        assert said.startswith(f"refused: a range of {level[:2]} % needs {needs}\n")
        assert f"hint: so many rows hold  {hint}  at the most" in said
    at_most = project.works("predict", "--guests", 10, "--range", hint.split()[1])
    assert "of such rows lie between" in at_most.out


def test_a_range_of_no_row_at_all_is_refused(project: Project) -> None:
    table(project, 2)  # a line through two rows says nothing of either without the other

    said = project.fails(6, "predict", "--guests", 20, "--range", "50%")

    assert "a range of 50 % needs 1 row that was not learned from, and there are 0" in said
    assert "hint: fit again with more rows:  mlcli fit nights" in said


def test_of_very_many_rows_the_held_out_ones_tell_a_range(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mlcli.judging.cross_validation.ENOUGH", 120
    )  # rows above which none is left out
    tree = "{name: decision_tree, max_depth: 3}"
    table(project, 200, RUN_OUT, model=tree, holdout="random 20%")
    held = json.loads((project.root / "models/nights/1/holdout.json").read_text(encoding="utf-8"))
    misses = sorted(abs(row["truth"] - row["value"]) for row in held)

    found = project.works("predict", "--guests", 20, "--range", "80%", "--json").json

    one = found["predictions"][0]
    assert one["range"]["high"] == math.ceil(one["value"] + misses[math.ceil(41 * 0.8) - 1])
    assert project.works("evaluate", "--json").json["decision"]["rows"] == 40


def test_of_very_many_rows_some_must_be_held_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcli.judging.cross_validation._MOST", 120)
    table(project, 200, RUN_OUT)

    said = project.fails(6, "predict", "--guests", 20, "--range", "80%")

    assert "needs 4 rows that were not learned from, and there are 0" in said
    assert "hint: hold some out, with  holdout: random 20%,  and fit again" in said
    noted = project.works("predict", "--guests", 20).err
    assert (
        "decide: run out 1 in 10 needs 9 rows that were not learned from, and there are 0" in noted
    )


def test_a_class_has_no_range(project: Project) -> None:
    rows = [(n, "late" if n % 3 else "early") for n in range(1, 31)]
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(table_definition(model="decision_tree"), "nights")
    project.works("fit", "--quiet")

    said = project.fails(2, "predict", "--guests", 3, "--range", "80%")

    assert said == (
        "error: --range is for numbers, and nights answers with a class\n"
        "hint: leave it out; --json has the probability of each class\n"
    )


def test_suggestions_have_no_range(gamedrop: Project) -> None:
    ended = gamedrop.mlcli("recommend", "--budget", "cheap", "--range", "80%")

    assert ended.code == 2
    assert ended.out == ""


def test_a_model_of_an_older_mlcli_has_no_range(pizzeria: Project) -> None:
    def aged(manifest: dict[str, object]) -> None:
        manifest.pop("evidence")

    changed(pizzeria, aged)

    said = pizzeria.fails(4, "predict", "--reservations", 15, "--range", "80%")

    assert "was fitted by an older mlcli" in said
    assert "hint: fit it again:  mlcli fit pizzeria" in said
    assert pizzeria.works("predict", "--reservations", 15).out == "49 doughs\n"


def changed(project: Project, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest, and make all digests fit again, as somebody else's tool might."""
    forge(project.root / "models", "pizzeria", change=change)


@pytest.mark.parametrize("text", ["[1, 2", '{"a": 1}', '["x"]', "7", "[null]", "[[1]]"])
def test_damaged_misses_are_a_damaged_model(pizzeria: Project, text: str) -> None:
    from mlcli.store.manifest import digest

    raw = text.encode()
    (pizzeria.root / "models/pizzeria/1/residuals.json").write_bytes(raw)

    said = pizzeria.fails(4, "predict", "--reservations", 15, "--range", "80%")
    assert "its digest differs" in said

    changed(pizzeria, lambda m: m["digests"]["cargo"].update({"residuals.json": digest(raw)}))
    said = pizzeria.fails(4, "predict", "--reservations", 15, "--range", "80%")
    assert "models/pizzeria/1/residuals.json: the model is damaged" in said


@pytest.mark.parametrize(
    "decision",
    [{}, 7, {"by": "luck"}, {"share": 2, "margin": 1, "rows": 3, "by": "run_out"}],
    ids=str,
)
def test_a_damaged_decision_is_a_damaged_model(pizzeria: Project, decision: object) -> None:
    changed(pizzeria, lambda m: m["evidence"].update({"decision": decision}))

    said = pizzeria.fails(4, "predict", "--reservations", 15)

    assert "models/pizzeria/1/manifest.json: the model is damaged" in said


# Decisions.


def test_a_quantity_is_the_prediction_and_a_margin_of_refitted_lines(project: Project) -> None:
    table(project, 30, RUN_OUT)
    margin = np.sort(left_out(30))[math.ceil(31 * 0.9) - 1]

    shown = project.works("predict", "--guests", 20)
    found = project.works("predict", "--guests", 20, "--json").json["predictions"][0]

    quantity = math.ceil(found["value"] + margin)
    assert found["decision"] == {"quantity": quantity, "share": 0.9, "by": "run_out"}
    assert "range" not in found
    assert shown.out == (
        f"{found['answer']} doughs are likely; have {quantity} ready: "
        "it is enough on 9 rows in 10\n"
    )


def test_a_file_gets_columns_beside_the_answer(project: Project) -> None:
    table(project, 30, COSTS)
    project.write("asked.csv", "guests,who\n20,ann\n,bob\n99,cy\n")

    plain = project.works("predict", "--input", "asked.csv")
    ranged = project.works("predict", "--input", "asked.csv", "--range", "80%")
    one = project.works("predict", "--guests", 20, "--range", "80%", "--json").json["predictions"][
        0
    ]
    both = project.works("predict", "--input", "asked.csv", "--range", "80%", "--json").json

    assert plain.out.splitlines()[0] == "guests,who,answer,decision,note"
    low, high, ready = one["range"]["low"], one["range"]["high"], one["decision"]["quantity"]
    lines = ranged.out.splitlines()
    assert lines[0] == "guests,who,answer,low,high,decision,note"
    assert lines[1] == f"20,ann,{one['answer']},{low},{high},{ready},"
    assert lines[2].startswith(",bob,,,,,")
    assert "the range and the quantity to have ready promise nothing" in lines[3]
    assert "low, high: 80 % of such rows lie between them\n" in ranged.err
    assert "to have ready: cheapest at 9 for one short and 1.50 for one left over\n" in ranged.err
    assert both["predictions"][0]["decision"] == one["decision"]
    assert both["predictions"][1]["decision"] is both["predictions"][1]["range"] is None
    assert both["predictions"][2]["notes"][-1].startswith("the range and the quantity")


@pytest.mark.parametrize("column", ["low", "high", "decision"])
def test_a_file_that_has_such_a_column_already(project: Project, column: str) -> None:
    table(project, 30, COSTS)
    project.write("asked.csv", f"guests,{column}\n20,1\n")

    said = project.fails(3, "predict", "--input", "asked.csv", "--range", "80%")

    assert f"asked.csv:1: there is a column '{column}' already, which mlcli adds" in said


def test_too_few_rows_refuse_the_decision_and_not_the_answer(eleven_days: Project) -> None:
    path = eleven_days.root / "configs/pizzeria.yaml"
    eleven_days.define(path.read_text(encoding="utf-8") + RUN_OUT)
    reason = "decide: run out 1 in 10 needs 9 rows, and there are 5"

    fitted = eleven_days.works("fit", "--json").json["fitted"][0]
    shown = eleven_days.works("predict", "--reservations", 15)
    found = eleven_days.works("predict", "--reservations", 15, "--json").json["predictions"][0]

    assert reason in fitted["notes"]
    assert shown.out == "53 doughs\n"
    assert shown.err.startswith(f"note: {reason}\n")
    assert (found["answer"], found["decision"], found["notes"]) == (53, None, [reason])


def test_a_final_model_keeps_the_judged_margin(project: Project) -> None:
    table(project, 60, RUN_OUT, holdout="random 20%")
    before = project.works("evaluate", "--json").json["decision"]

    project.works("fit", "--final", "--quiet")

    assert project.works("evaluate", "--json").json["decision"] == before
    assert before["of"] == "held_out"
    assert before["rows"] == 48


def test_evaluate_says_what_serving_comes_to(project: Project) -> None:
    """A second implementation, on the rows held out as the model keeps them."""
    table(project, 60, COSTS, holdout="random 20%")
    held = json.loads((project.root / "models/nights/1/holdout.json").read_text(encoding="utf-8"))
    kept = json.loads((project.root / "models/nights/1/residuals.json").read_text(encoding="utf-8"))
    truth = np.array([row["truth"] for row in held])
    value = np.array([row["value"] for row in held])
    margin = sorted(kept)[math.ceil(49 * 6 / 7) - 1]
    money = {}
    for name, served in (("likely", np.floor(value + 0.5)), ("decided", np.ceil(value + margin))):
        short, left = np.maximum(truth - served, 0), np.maximum(served - truth, 0)
        money[name] = 9 * short.mean() + 1.5 * left.mean()

    found = project.works("evaluate", "--json").json
    decision = found["decision"]

    assert decision == found["evidence"]["decision"]
    assert decision["margin"] == pytest.approx(margin)
    assert decision["likely"]["money"] == pytest.approx(money["likely"])
    assert decision["decided"]["money"] == pytest.approx(money["decided"])
    assert decision["ratio"] == pytest.approx(money["decided"] / money["likely"])


def test_evaluate_works_a_file_out_by_the_stored_margin(project: Project) -> None:
    table(project, 60, COSTS, holdout="random 20%")
    project.write("labelled.csv", csv_of("guests,doughs", [(20, 60), (30, 60)]))
    answers = project.works("predict", "--input", "labelled.csv", "--json").json["predictions"]

    found = project.works("evaluate", "--data", "labelled.csv", "--json").json["decision"]

    left = [one["decision"]["quantity"] - 60 for one in answers]
    assert found["of"] == "file"
    assert found["decided"]["left_over"] == pytest.approx(sum(max(x, 0) for x in left) / 2)
    assert found["decided"]["short"] == pytest.approx(sum(max(-x, 0) for x in left) / 2)


def test_a_definition_without_a_decision_says_nothing_of_one(pizzeria: Project) -> None:
    found = pizzeria.works("evaluate", "--json").json

    assert found["decision"] is None
    assert "serving" not in pizzeria.works("evaluate").out
    assert "decision" not in pizzeria.works("predict", "--json").json["predictions"][0]


def test_a_forest_decides_by_rows_left_out_of_folds(project: Project) -> None:
    table(project, 40, RUN_OUT, model="{name: random_forest, trees: 5}")

    found = project.works("predict", "--guests", 20, "--range", "80%", "--json").json

    decision = found["predictions"][0]["decision"]
    assert decision["quantity"] > found["predictions"][0]["answer"]
    assert project.works("evaluate", "--json").json["decision"]["of"] == "left_out"


# Definitions that make no sense.


@pytest.mark.parametrize(
    ("decide", "message", "hint"),
    [
        ("", "'decide' is empty", "write  decide: {run_out: 1 in 10}"),
        ("10%", "'decide' must be a mapping, not '10%'", "write  decide: {run_out: 1 in 10}"),
        ("[run_out]", "'decide' must be a mapping, not a list", "write  decide: {run_out: 1 in 10}"),
        ("{runout: 1 in 10}", "unknown key 'runout'", "did you mean 'run_out'?"),
        ("{}", "it is not said by what to decide", "write  decide: {run_out: 1 in 10}  or"),
        ("{short_costs: 9}", "it is not said by what to decide", "write  decide:"),
        ("{run_out: 60%}", "60% is not between 1 in 1000 and 1 in 2", "write how often"),
        ("{run_out: 0.1}", "'0.1' is no chance", "write how often it may run out"),
        ("{run_out: 1 in 0}", "'1 in 0' is no chance", "write how often it may run out"),
        ("{run_out: 1e999%}", "1e999% is not between", "write how often it may run out"),
        ("{run_out: never}", "'never' is no chance", "write how often it may run out"),
        ("{run_out: 10%, short_costs: 9}", "a chance and costs decide differently", "keep  run_out"),
        ("{short_costs: 9, left_over_costs: 0}", "'left_over_costs' must be above 0, not 0", "write"),
        ("{short_costs: -9, left_over_costs: 1}", "'short_costs' must be above 0, not -9", "write"),
        ("{short_costs: 9 €, left_over_costs: 1}", "'short_costs' must be a number", "write digits"),
        (
            "{short_costs: 1e9, left_over_costs: 0.01}",
            "one of the costs is over 999 times the other",
            "write what one costs",
        ),
    ],
)  # fmt: skip
def test_a_decision_that_makes_no_sense(
    project: Project, decide: str, message: str, hint: str
) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", nights(30)))
    project.define(table_definition() + f"decide: {decide}\n", "nights")

    said = project.fails(2, "fit")

    assert said.startswith("error: configs/nights.yaml:8:")
    assert message in said
    assert f"hint: {hint}" in said


@pytest.mark.parametrize(
    ("keys", "more"),
    [({"model": "logistic_regression"}, ""), ({"label": "{name: doughs, kind: category}", "model": "decision_tree"}, "")],
    ids=["model", "label"],
)  # fmt: skip
def test_there_is_no_number_of_classes_to_have_ready(
    project: Project, keys: dict[str, str], more: str
) -> None:
    project.define(table_definition(**keys) + RUN_OUT + more, "nights")

    said = project.fails(2, "fit")

    assert "'doughs' is one of some classes: there is no number to have ready" in said
    assert "hint: take  decide:  away" in said


def test_words_found_in_the_cells_cannot_be_had_ready_either(project: Project) -> None:
    rows = [(n, "late" if n % 3 else "early") for n in range(1, 31)]
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(table_definition(model="decision_tree") + RUN_OUT, "nights")

    said = project.fails(2, "fit")

    assert "decide: doughs is one of some words, and no number to have ready" in said
    assert "nothing was fitted" in said
    assert not (project.root / "models").exists()


def test_a_catalogue_decides_nothing(gamedrop: Project) -> None:
    path = gamedrop.root / "configs/gamedrop.yaml"
    gamedrop.define(path.read_text(encoding="utf-8") + RUN_OUT, "gamedrop")

    said = gamedrop.fails(2, "fit")

    assert "things are suggested: there is no number to have ready" in said

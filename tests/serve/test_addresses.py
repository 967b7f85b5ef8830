"""What each address answers, and how it fails."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from html import unescape
from typing import TYPE_CHECKING, Any

import asgi
import pytest
from asgi import ask
from support import csv_of, table_definition

from mlcli.serve import app, asking, booked
from mlcli.serve.shelf import ServedModels

if TYPE_CHECKING:
    from pathlib import Path

    from support import Project

JSON = {"content_type": "application/json"}


def test_an_answer_by_get_is_that_of_the_command_line(pizzeria: Project) -> None:
    told = pizzeria.works("predict", "--reservations", 15, "--json").json
    said = ask(pizzeria.root, "/m/pizzeria.json?reservations=15")
    assert said.status == 200
    assert said.headers["content-type"].startswith("application/json")
    assert said.json == {name: value for name, value in told.items() if name != "next"}


def test_an_answer_by_post_is_that_by_get(sample: Path) -> None:
    by_get = ask(sample, "/m/pizzeria.json?reservations=15")
    by_post = ask(sample, "/m/pizzeria.json", b'{"reservations": 15}', **JSON)
    assert by_post == by_get


def test_rows_keep_their_places_and_a_refused_one_says_why(sample: Path) -> None:
    rows = {"rows": [{"reservations": 15}, {"reservations": 20, "date": "2024-01-05"}]}
    first, second = ask(sample, "/m/pizzeria.json", json.dumps(rows).encode(), **JSON).json[
        "predictions"
    ]
    # 39.11 + .6408 x 15 = 48.72
    assert (first["asked"], first["answer"]) == ({"reservations": 15}, 49)
    assert second["answer"] is None
    assert "too busy to take reservations" in second["notes"][0]


def test_many_rows_keep_nobody_waiting(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others_answered, answered = threading.Event(), asking.answered

    def slowly(*asked: Any) -> Any:
        assert others_answered.wait(10)
        return answered(*asked)

    monkeypatch.setattr(asking, "answered", slowly)
    monkeypatch.setattr(booked.Booked, "_read", asgi.read_nothing)
    rows = json.dumps({"rows": [{"reservations": 15}] * 2}).encode()

    async def asked() -> list[int]:
        settings = app.Settings(sample, asgi.HOSTS)
        async with asgi.running(app.make(settings)) as pages:
            many = asyncio.create_task(asgi.once(pages, settings, "/m/pizzeria.json", rows, JSON))
            await asyncio.sleep(0)  # it is asked first
            other = await asgi.once(pages, settings, "/healthz", None, {})
            others_answered.set()
            return [other.status, (await many).status]

    assert asyncio.run(asked()) == [200, 200]


def test_a_suggestion_is_that_of_the_command_line(gamedrop: Project) -> None:
    told = gamedrop.works(
        "recommend", "--budget", "cheap", "--play", "adventure", "--top", 2, "--json"
    ).json
    said = ask(gamedrop.root, "/m/gamedrop.json?budget=cheap&play=adventure&top=2")
    assert said.json == {name: value for name, value in told.items() if name != "next"}


def test_a_wish_list_of_json_is_one_wish_each(sample_games: Path) -> None:
    said = ask(sample_games, "/m/gamedrop.json", b'{"play": ["puzzle", "racing"]}', **JSON)
    assert said.json["asked"] == {"play": ["Puzzle", "Racing"]}


def test_tonight_is_looked_up_where_the_exports_know_it(sample: Path) -> None:
    # 47 rows of data/reservations.csv are of that Monday: counted with grep. The line of the
    # README: 39.11 + .6408 x 47 = 69.23.
    said = ask(sample, "/m/pizzeria.json?date=2024-01-01", read=True, child=True)
    (answer,) = said.json["predictions"]
    assert answer["asked"] == {"day": "2024-01-01", "reservations": 47}
    assert answer["answer"] == 69


def test_what_would_be_on_a_booked_day_is_asked_with_some_features(project: Project) -> None:
    rows = [(f"2024-01-{i + 1:02}", i % 7, i * 3 % 5, i % 4, i + 20) for i in range(20)]
    waits = [("2024-01-21", 3, 4, 2, "")]
    project.write("data/nights.csv", csv_of("day,seats,rain,staff,doughs", [*rows, *waits]))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\ndate: day\n"
        "features: [seats, rain, staff]\nlabel: doughs\n"
        "model: linear_regression\nholdout: none\n",
        "nights",
    )
    project.works("fit", "nights")
    told = project.works(
        *("predict", "--date", "2024-01-21", "--seats", 5, "--rain", 1, "--json")
    ).json["predictions"]
    said = ask(project.root, "/m/nights.json?date=2024-01-21&seats=5&rain=1", read=True)
    assert said.status == 200
    assert said.json["predictions"][0]["asked"] == told[0]["asked"]
    assert said.json["predictions"][0]["answer"] == told[0]["answer"]


def test_no_file_of_the_project_stands_in_for_what_reads_the_exports(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pizzeria.write("json.py", "raise SystemExit(1)")
    monkeypatch.chdir(pizzeria.root)
    said = ask(pizzeria.root, "/m/pizzeria.json?date=2024-01-01", read=True, child=True)
    assert said.json["predictions"][0]["answer"] == 69


def test_pages_answer_where_no_process_can_be_started(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_left(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("asyncio.create_subprocess_exec", none_left)
    page = ask(sample, "/m/pizzeria", read=True, child=True)
    assert page.status == 200
    assert "The exports could not be read: what reads them ended too early" in page.text


def test_who_goes_away_takes_no_model_from_others(sample: Path) -> None:
    async def asked() -> str:
        shelf = ServedModels(sample / "models")
        gone, other = (asyncio.create_task(shelf.get("pizzeria")) for _ in range(2))
        await asyncio.sleep(0)  # both wait until it is loaded
        gone.cancel()
        return (await other).manifest.name

    assert asyncio.run(asked()) == "pizzeria"


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/m/pizzeria.json?reservations=many", 400, "'many'"),
        ("/m/pizzeria.json?reservation=15", 400, "no 'reservation'"),
        ("/m/pizzeria.json?reservations=15&reservations=16", 400, "2 times"),
        ("/m/pizzeria.json", 400, "also needs reservations"),
        ("/m/pizzeria.json?date=2024-01-05", 422, "too busy to take reservations"),
        ("/m/pizzeria.json?date=2031-01-06", 404, "still being read"),
        ("/m/pizzeria.json?reservations=15&range=40%25", 400, "between 50% and 99%"),
        ("/m/pizzeria.json?reservations=15&anyway=perhaps", 400, "neither 1 nor 0"),
        ("/m/none.json", 404, "no model 'none'"),
        ("/m/..%2f..%2fetc.json", 404, "not found"),
        ("/m/%00.json", 404, "no model"),
        ("/nowhere.json", 404, "not found"),
    ],
)
def test_what_is_wrong_has_its_status_and_its_object(
    sample: Path, address: str, status: int, message: str
) -> None:
    said = ask(sample, address)
    assert said.status == status
    assert message in said.json["error"]["message"]
    assert str(sample) not in said.text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"reservations": NaN}', "no JSON"),
        (b"[1]", "is an object"),
        (b'{"reservations": [[1]]}', "a value within a value"),
        (b'{"reservations": {"a": 1}}', "a value within a value"),
        (b'{"rows": [' + b'{"reservations": 1},' * 1000 + b'{"reservations": 1}]}', "1,001 rows"),
        (b'{"reservations": "' + b"9" * 501 + b'"}', "longer than 500"),
        (b'{"reservations": "\\u0000"}', "cannot be printed"),
        (b'{"\\ud800' + b"x" * 501 + b'": 1}', "longer than 500"),
        (b'{"rows": [{"date": "2030-01-01..2039-12-31"}]}', "3,652 answers; at most 1,000"),
    ],
)
def test_a_body_that_is_no_question_is_refused(sample: Path, body: bytes, message: str) -> None:
    said = ask(sample, "/m/pizzeria.json", body, **JSON)
    assert said.status == 400
    assert message in said.json["error"]["message"]


def test_a_body_over_a_megabyte_is_refused(sample: Path) -> None:
    assert ask(sample, "/m/pizzeria.json", b" " * 1_000_001, **JSON).status == 413


def test_what_is_known_of_a_day_may_still_change(sample: Path) -> None:
    (answer,) = ask(sample, "/m/pizzeria.json?date=2024-01-01", read=True).json["predictions"]
    assert answer["note_codes"] == ["booked_so_far"]


def test_a_range_of_one_day_keeps_its_refusal_in_its_place(sample: Path) -> None:
    said = ask(sample, "/m/pizzeria.json?date=2024-01-05..2024-01-05", read=True)
    assert said.status == 200
    assert [one["answer"] for one in said.json["predictions"]] == [None]


def test_a_day_is_not_known_before_the_exports_are_read(pizzeria: Project) -> None:
    before = ask(pizzeria.root, "/m/pizzeria.json?date=2024-01-03")
    assert before.status == 404
    assert "still being read" in before.json["error"]["message"]
    (pizzeria.root / "data" / "orders.csv").unlink()
    gone = ask(pizzeria.root, "/m/pizzeria.json?date=2024-01-03", read=True)
    assert "could not be read: data/orders.csv" in gone.json["error"]["message"]


def test_too_many_parameters_are_refused(sample: Path) -> None:
    assert ask(sample, "/m/pizzeria?" + "a=1&" * 2001).status == 400


def test_a_damaged_model_is_503_and_the_others_answer(pizzeria: Project) -> None:
    models = pizzeria.root / "models"
    shutil.copytree(models / "pizzeria", models / "hurt")
    file = models / "pizzeria" / "1" / "equation.json"
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    shutil.copytree(models / "hurt", models / "foreign")
    assert ask(pizzeria.root, "/m/pizzeria.json?reservations=15").status == 503
    damaged = ask(pizzeria.root, "/m/pizzeria")
    assert damaged.status == 503
    assert "damaged" in damaged.text
    front = ask(pizzeria.root, "/")
    assert front.status == 200
    assert "damaged" in front.text


def test_a_new_project_has_a_page_too(tmp_path: Path) -> None:
    said = ask(tmp_path, "/")
    assert said.status == 200
    assert "Nothing is fitted yet" in said.text


def test_the_only_model_is_the_front(sample: Path) -> None:
    said = ask(sample, "/", root_path="/shop")
    assert (said.status, said.headers["location"]) == (307, "/shop/m/pizzeria")


def test_openapi_and_its_page_name_each_model(sample: Path) -> None:
    document = ask(sample, "/openapi.json").json
    assert document["paths"]["/m/pizzeria.json"]["get"]["parameters"][0]["name"] == "reservations"
    page = ask(sample, "/api").text
    assert '<a href="/m/pizzeria.json?reservations=1">' in page


def test_openapi_names_every_option_and_several_rows(sample: Path, sample_games: Path) -> None:
    of_rows = ask(sample, "/openapi.json").json["paths"]["/m/pizzeria.json"]
    named = [one["name"] for one in of_rows["get"]["parameters"]]
    assert named == ["reservations", "date", "range", "anyway", "why"]
    asked = "reservations=15&range=80%25&anyway=true&why=false&date=2024-01-01"
    assert ask(sample, f"/m/pizzeria.json?{asked}").status == 200
    body = of_rows["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["anyOf"][1]["properties"]["rows"]["items"] == body["anyOf"][0]
    of_things = ask(sample_games, "/openapi.json").json["paths"]["/m/gamedrop.json"]
    named = [one["name"] for one in of_things["get"]["parameters"]]
    assert named == ["budget", "play", "top", "skip", "where", "why"]
    asked = "budget=cheap&play=Adventure&top=1&skip=0&why=false"
    assert ask(sample_games, f"/m/gamedrop.json?{asked}").status == 200


HOSTILE = '"><script>alert(1)</script>'


def test_several_days_are_asked_of_the_json(sample: Path) -> None:
    said = ask(sample, "/m/pizzeria?date=2024-01-01..2024-01-03", read=True)
    assert said.status == 400
    assert "one question at a time" in said.text
    answers = ask(sample, "/m/pizzeria.json?date=2024-01-01..2024-01-03", read=True)
    # 47, 18 and 3 are booked: 39.11 + .6408 x 18 = 50.64, and x 3 = 41.03.
    assert [one["answer"] for one in answers.json["predictions"]] == [69, 51, 41]


def test_the_page_says_what_is_wrong_with_the_model(sample: Path) -> None:
    page = ask(sample, "/m/pizzeria", read=True).text
    assert "it is too simple for a pattern over reservations" in page
    assert "The exports are being read" not in page
    assert "The exports are being read" in ask(sample, "/m/pizzeria").text


def test_a_name_may_be_written_as_its_column(project: Project) -> None:
    rows = [(i % 7, i % 7 * 2 + 1) for i in range(30)]
    project.write("data/nights.csv", csv_of("days_ahead,doughs", rows))
    project.define(table_definition("[days_ahead]"), "nights")
    project.works("fit", "nights")
    by_column = ask(project.root, "/m/nights.json?days_ahead=3").json
    assert by_column["predictions"][0]["answer"] == 7
    assert by_column == ask(project.root, "/m/nights.json?days-ahead=3").json


def test_how_many_meet_every_wish_is_said(sample_games: Path) -> None:
    page = ask(sample_games, "/m/gamedrop?budget=cheap&play=Adventure").text
    assert "11 of 108 things meet every wish." in page
    beyond = ask(sample_games, "/m/gamedrop?budget=cheap&play=Adventure&skip=11").text
    assert "11 of 108 things meet every wish; this one does not" in beyond
    assert "nothing is wished for" in ask(sample_games, "/m/gamedrop?top=1").text


def test_markup_in_exports_is_shown_and_does_nothing(project: Project) -> None:
    rows = [(f'"{HOSTILE.replace(chr(34), chr(34) * 2)}{i % 3}"', i % 3 + 0.5) for i in range(30)]
    project.write("data/nights.csv", csv_of("kind,doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\n"
        "features: [{name: kind, kind: category}]\nlabel: doughs\n"
        "model: linear_regression\nholdout: none\n",
        "nights",
    )
    project.works("fit", "nights")
    for address in ("/m/nights", f"/m/nights?kind={HOSTILE}", f"/m/nights?{HOSTILE}=1", "/api"):
        text = ask(project.root, address.replace('"', "%22")).text
        assert "<script" not in text
    assert HOSTILE in unescape(ask(project.root, "/m/nights").text)


def test_a_page_has_its_owners_words_and_colour(pizzeria: Project) -> None:
    path = pizzeria.root / "configs" / "pizzeria.yaml"
    words = 'page: {title: Tonight, question: "How many <doughs>?", colour: "#ffe000"}\n'
    path.write_text(path.read_text(encoding="utf-8") + words, encoding="utf-8")
    page = ask(pizzeria.root, "/m/pizzeria", read=True).text
    assert "<h1>Tonight</h1>" in page
    assert "How many &lt;doughs&gt;?" in page
    assert '<link rel="stylesheet" href="/m/pizzeria.css">' in page
    style = ask(pizzeria.root, "/m/pizzeria.css", read=True)
    assert style.headers["content-type"].startswith("text/css")
    # Yellow cannot be read on white: it is darkened there, and kept in the dark.
    light, dark = style.text.split("@media")
    assert "--accent: #ffe000" not in light
    assert "--accent: #ffe000" in dark


def test_tonight_and_a_refused_day_stand_on_the_page(sample: Path) -> None:
    page = ask(sample, "/m/pizzeria", read=True).text
    assert "Today, Monday 1 January" in page
    assert "47 reservations so far:" in page
    assert "too busy to take reservations" in page
    friday = ask(sample, "/m/pizzeria", read=True, today="2024-01-05").text
    assert "No answer for today: too busy to take reservations." in friday


def test_exports_that_end_before_today_are_the_first_line(sample: Path) -> None:
    page = ask(sample, "/m/pizzeria", read=True, today="2026-11-29").text
    assert (
        page.partition("<main>")[2]
        .strip()
        .startswith(
            '<p class="warning">The exports end on 2024-01-14: nothing is known of later days.</p>'
        )
    )


def test_a_picture_stands_on_the_page_without_style(sample: Path) -> None:
    page = ask(sample, "/m/pizzeria", read=True).text
    assert '<figure><svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "style=" not in page


def test_markup_in_names_reasons_and_words_does_nothing(project: Project) -> None:
    name = "<b>guests</b>"
    rows = [(f"2023-01-{day:02}", day % 7, day % 7 * 2) for day in range(1, 31)]
    rows += [("2023-01-31", 3, ""), ("2023-02-03", 4, "")]
    project.write("data/nights.csv", csv_of(f"day,{name},doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\ndate: day\n"
        f"rules: [{{drop_weekdays: {{days: [Friday], because: '{HOSTILE}'}}}}]\n"
        f"features: ['{name}']\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
        f"page: {{title: '{HOSTILE}', question: '{HOSTILE}', thing: '{HOSTILE}'}}\n",
        "nights",
    )
    project.works("fit", "nights")
    page = ask(project.root, "/m/nights", read=True, today="2023-02-03")
    assert page.status == 200
    assert f"No answer for today: {HOSTILE}" in unescape(page.text)
    assert name in unescape(page.text)
    for address in ("/m/nights", "/", "/api"):
        text = ask(project.root, address, read=True, today="2023-02-03").text
        assert "<script" not in text
        assert "<b>" not in text

"""Reports: every figure is that of ``--json``, nothing private, nothing that runs."""

from __future__ import annotations

import random
import re
import shutil
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from support import Project, csv_of

from mlcli.cli import report
from mlcli.report import gathered, parts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("undrawn")

DRAW = report._drawn
"""What draws, before a test has it draw nothing."""

DELIVERIES = """\
sources: {deliveries: {file: data/deliveries.csv}}
date: day
features: [km, rain]
label: {name: status, positive: late, threshold: {missed_costs: 5, false_alarm_costs: 1}}
model: logistic_regression
"""


@pytest.fixture(scope="session")
def fitted_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of classes, which is late more often the longer the way and the worse the rain."""
    from support import fit_all

    root, draw = tmp_path_factory.mktemp("deliveries"), random.Random(3)
    rows: list[tuple[Any, ...]] = []
    for at in range(1100):
        km, rain = draw.randrange(1, 12), draw.choice(["dry", "wet"])
        late = draw.random() < 0.05 * km + 0.2 * (rain == "wet")
        day = f"2023-{at // 100 + 1:02}-{at % 28 + 1:02}"
        rows.append((day, km, rain, "late" if late else "on time"))
    rows += [("2023-12-01", 5, "wet", ""), ("2023-12-02", 3, "dry", "")]
    for folder in ("data", "configs"):
        (root / folder).mkdir()
    (root / "data/deliveries.csv").write_text(csv_of("day,km,rain,status", sorted(rows)))
    (root / "configs/deliveries.yaml").write_text(DELIVERIES)
    fit_all(root)
    return root


@pytest.fixture
def deliveries(fitted_classes: Path, project: Project) -> Project:
    shutil.copytree(fitted_classes, project.root, dirs_exist_ok=True)
    return project


class Page(HTMLParser):
    """What stands in a report: figures with where they are from, ids, paragraphs, tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: list[tuple[str, str, str]] = []
        self.paragraphs: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._open: list[str] = []
        self._section = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= found.keys()
        self._open.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        if tag == "section":
            self._section = found["id"]
        if tag == "data":
            self.figures.append((found["data-of"], found["value"], ""))
        if tag == "p":
            self.paragraphs.append(f"{self._section}: ")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "data" in self._open:
            of, value, text = self.figures[-1]
            self.figures[-1] = (of, value, text + data)
        if "p" in self._open:
            self.paragraphs[-1] += data


def reported(project: Project, *argv: str) -> tuple[str, Page]:
    """Write a report; return its text, and what stands in it."""
    [name] = project.works("report", *argv, "--json").json["files"]
    text = (project.root / name).read_text(encoding="utf-8")
    return text, Page(text)


def at(found: Any, keys: str) -> Any:
    """Return what stands in an object at ``metrics/mae/holdout``."""
    for key in keys.split("/"):
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


def says(text: str, value: float) -> bool:
    """Say whether a text is a number, rounded to the digits it is written with."""
    number = re.match(r"[+-]?[\d,]+(\.\d+)?", text)
    if number is None:
        return False
    scale = 100 if "%" in text else 1
    decimals = len(number[1] or ".") - 1
    whole = len(number[0].replace(",", "").lstrip("+-0")) > 4 and not decimals
    step = 10.0**-decimals if not whole else 10.0
    return abs(float(number[0].replace(",", "")) - value * scale) <= step / 2 * 1.000001


def untrue(page: Page, said: dict[str, Any]) -> list[str]:
    """Return the figures of a report that are not those of what commands print."""
    found = []
    for where, value, text in page.figures:
        command, _, keys = where.partition(":")
        true = at(said[command], keys)
        right = text == true if isinstance(true, str) else float(value) == true and says(text, true)
        found += [] if right else [f"{where}: {text} ({value}) for {true}"]
    return found


@pytest.mark.parametrize(
    ("fixture", "name", "metrics", "of"),
    [
        # Three metrics by four columns, five misses by three figures, one figure of the history,
        # and 14 rows that wait, of which the first stands there twice and four are refused.
        ("pizzeria", "pizzeria", 3 * 4 + 5 * 3 + 1 + 1 + 14 - 4, "the mean"),
        # Two shares and one of the first names; the others one by one.
        ("gamedrop", "gamedrop", 3 + 2 + 2 + 2 + 3, "lists"),
        # Four metrics by three columns; two classes by five figures; five misses with their
        # words and probabilities; two rises of importance; one of the history; rows that wait.
        ("deliveries", "deliveries", 4 * 3 + 2 * 5 + 5 * 3 + 2 + 1 + 3, "commonest"),
    ],
)
def test_every_figure_is_that_of_json(
    fixture: str, name: str, metrics: int, of: str, request: pytest.FixtureRequest
) -> None:
    project: Project = request.getfixturevalue(fixture)
    _, page = reported(project, name)
    by_rows = fixture != "gamedrop"
    said = {
        "evaluate": project.works("evaluate", "-m", name, "--json").json,
        "history": project.works("history", name, "--json").json,
        "predict": project.works("predict", "-m", name, "--json").json if by_rows else {},
    }

    assert len(page.figures) == metrics
    assert untrue(page, said) == []
    screen = " ".join(project.works("evaluate", "-m", name).out.split()).lower()
    sentences = [p.partition(": ")[2] for p in page.paragraphs if p[:5] in {"trust", "class"}]
    plain = [" ".join(one.lower().rstrip(".").split()) for one in sentences]
    lacking = [one for one in plain if one not in screen]
    assert lacking == []
    assert len(plain) >= 5 * by_rows


@pytest.mark.parametrize("fixture", ["pizzeria", "gamedrop", "deliveries"])
def test_a_report_runs_nothing_and_asks_for_nothing(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    project: Project = request.getfixturevalue(fixture)

    text, page = reported(project)

    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert page.attributes.isdisjoint({"style", "src", "srcset"})
    assert not [name for name in page.attributes if name.startswith("on")]
    assert len(page.ids) == len({*page.ids})
    assert {*re.findall(r"https?://[^\"'<\s]+", text)} <= {"http://www.w3.org/2000/svg"}
    assert str(project.root) not in text
    assert {*re.findall(r'href="([^"]*)"', text)} == {
        f"#{one}" for one in page.ids if "-" not in one
    }


HOSTILE = "<script>alert(1)</script>"


def test_markup_in_names_and_reasons_is_text(project: Project) -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 31)]
    rows = [(day, HOSTILE if at % 2 else "b|*a*", at % 5, at) for at, day in enumerate(days)]
    project.write("data/days.csv", csv_of(f"day,word,{HOSTILE},y", rows))
    project.define(
        f"""\
sources: {{days: {{file: data/days.csv}}}}
date: day
rules:
  - drop_weekdays: {{days: [Friday], because: "{HOSTILE}"}}
features: [word, "{HOSTILE}"]
label: y
model: linear_regression
page: {{title: "{HOSTILE}", question: "`{HOSTILE}`"}}
""",
        "days",
    )
    project.works("fit", "days", "-q")

    text, page = reported(project)
    project.works("report", "--format", "md")

    assert "script" not in page.tags
    assert text.count("&lt;script&gt;") >= 4
    marked = (project.root / "reports/days-1.md").read_text(encoding="utf-8")
    prose = re.sub(r"^    .*$|`[^`\n]*`", "", marked, flags=re.MULTILINE)
    assert r"\<script\>" in prose
    assert not re.findall(r"(?<!\\)<", prose)


def test_a_report_says_the_words_of_the_owner_and_a_fit_does_not_care(pizzeria: Project) -> None:
    before, _ = reported(pizzeria)
    path = pizzeria.root / "configs/pizzeria.yaml"
    words = 'page: {title: Da Mario, question: "How many <b>doughs</b>?", colour: "#FFD000"}\n'
    path.write_text(path.read_text() + words)

    again = pizzeria.works("fit", "pizzeria", "--json").json["fitted"][0]
    text, _ = reported(pizzeria)

    assert not again["new"]
    assert "<h1>How many doughs?</h1>" in before
    assert "<h1>How many &lt;b&gt;doughs&lt;/b&gt;?</h1>" in text
    assert "<title>Da Mario</title>" in text
    assert "#ffd000" in text  # on a dark ground it can be read as it is
    assert "--accent: #ffd000" not in text.partition("@media")[0]


def test_a_catalogue_calls_its_things_what_the_owner_does(gamedrop: Project) -> None:
    path = gamedrop.root / "configs/gamedrop.yaml"
    path.write_text(path.read_text() + "page: {thing: game}\n")

    _, page = reported(gamedrop)

    said = "14 of 108 games are in none of these lists; 3 can be in no list of 5"
    assert [one for one in page.paragraphs if said in one]


def test_a_decision_is_reported_with_what_serving_came_to(pizzeria: Project) -> None:
    pizzeria.works("fit", "pizzeria", "--set", "decide={run_out: 1 in 10}", "-q")

    text, page = reported(pizzeria)

    found = {"evaluate": pizzeria.works("evaluate", "--json").json}
    page.figures = [one for one in page.figures if one[0].startswith("evaluate:decision/")]
    assert len(page.figures) == 2 * 4  # likely and decided: runs out, left over, short, pinball
    assert untrue(page, found) == []
    assert '<p class="large"><data value="69.0" data-of="predict:predictions/0/answer">' in text
    assert "are likely; have " in text


def test_each_version_has_its_own_file(pizzeria: Project) -> None:
    pizzeria.works("fit", "pizzeria", "--set", "model=log_regression", "-q")

    new = pizzeria.works("report", "pizzeria").out
    older = pizzeria.works("report", "pizzeria@1").out

    assert re.fullmatch(r"reports/pizzeria-2\.html  \(\d+(\.\d+)? kB\)\n", new)
    assert older.startswith("reports/pizzeria-1.html")
    text = (pizzeria.root / "reports/pizzeria-1.html").read_text()
    assert "linear_regression</dd>" in text
    assert "pizzeria@1 (this one)" in text


def test_the_answer_is_that_of_today(pizzeria: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLCLI_TODAY", "2024-01-05")

    text, _ = reported(pizzeria)

    assert "Today, Friday 5 January 2024" in text
    assert "No answer: too busy to take reservations." in text


def test_exports_that_are_gone_leave_a_report_without_an_answer(pizzeria: Project) -> None:
    (pizzeria.root / "data/orders.csv").unlink()

    text, _ = reported(pizzeria)

    assert "The exports could not be read, so there is no answer: " in text
    assert "2.87" in text


def test_markdown_names_its_pictures_and_holds_no_sign_of_names(pizzeria: Project) -> None:
    files = pizzeria.works("report", "--format", "md", "--output", "r.md", "--json").json["files"]

    assert files == ["r.md", "r-fit.svg", "r-residuals.svg", "r-curve.svg"]
    text = (pizzeria.root / "r.md").read_text()
    assert "![fit](r-fit.svg)" in text
    assert "| MAE: average miss | 3.44 | 2.87 | 8.37 | 19.9 |" in text
    assert "try `model: log_regression`." in text


def test_a_report_without_its_packages_says_what_to_install(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_drawn", DRAW)
    monkeypatch.setattr(report, "find_spec", lambda _: None)

    assert "pip install 'mlcli[report]'" in pizzeria.fails(5, "report")
    assert "pizzeria-1-fit.vl.json" in pizzeria.works("report", "--format", "vega").out


@pytest.mark.parametrize("file", ["data/orders.csv", "configs/pizzeria.yaml"])
def test_a_report_takes_the_place_of_no_file_that_it_is_made_of(
    pizzeria: Project, file: str
) -> None:
    before = (pizzeria.root / file).read_bytes()

    assert "write to another file" in pizzeria.fails(2, "report", "--output", file)
    assert (pizzeria.root / file).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/ann/shop/orders.csv:3: no number", "…/orders.csv:3: no number"),
        ("in /mnt/ann lee/orders.csv:3", "in …/orders.csv:3"),
        (r"C:\Users\ann\orders.csv is gone", "…/orders.csv is gone"),
        ("~/shop/orders.csv", "…/orders.csv"),
        ("data/orders.csv and 10 / 2 * a/b", "data/orders.csv and 10 / 2 * a/b"),
    ],
)
def test_folders_of_whole_paths_are_left_out(text: str, shown: str) -> None:
    assert parts.private(text, ["/mnt/ann lee", ""]) == shown


@pytest.mark.parametrize("form", ["html", "md"])
def test_a_report_of_files_elsewhere_names_no_folder(
    project: Project, tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    away = tmp_path_factory.mktemp("ann") / "ann lee"
    away.mkdir()
    rows = [(at % 7, at * 3) for at in range(40)]
    (away / "days_of.csv").write_text(csv_of("x,y", rows))
    project.define(
        f"sources: {{days: {{file: '{away}/days_of.csv'}}}}\nfeatures: [x]\nlabel: y\n"
        f"rules: [drop: {{x: 3, because: 'see {away}/why.txt'}}]\nmodel: ridge\n",
        "days",
    )
    project.works("fit", "days", "-q")

    project.works("report", "--format", form)

    text = (project.root / f"reports/days-1.{form}").read_text(encoding="utf-8")
    assert "ann" not in re.sub(r"cannot|annotated", "", text)
    assert "days_of.csv" in text.replace("\\", "")
    assert "…/why.txt" in text


def test_values_that_are_paths_or_addresses_lose_all_but_their_end() -> None:
    values = {
        "file": "/home/ann lee/orders.csv",
        "sql": {"url": "postgresql://ann:secret@host/shop"},
        "rules": ["data/orders.csv", 3],
    }

    assert gathered.private_values(values, []) == {
        "file": "…/orders.csv",
        "sql": {"url": "…/shop"},
        "rules": ["data/orders.csv", 3],
    }

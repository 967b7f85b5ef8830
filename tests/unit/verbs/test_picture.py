"""What there is to draw of a version, worked out by hand."""

from __future__ import annotations

import pytest
from support import Project, csv_of, table_definition

from mlcli.store import versions
from mlcli.verbs import picture
from mlcli.verbs.picture import Picture


def _of(project: Project, name: str = "pizzeria") -> Picture:
    return picture.of(versions.read(project.root / "models", name).whole())


def test_the_talks_line_runs_through_its_five_days(eleven_days: Project) -> None:
    eleven_days.works("fit")

    found = _of(eleven_days).fit

    assert found is not None
    assert found.points is not None
    assert sorted(zip(found.points.x, found.points.y, strict=True)) == [
        (12, 36), (18, 68), (20, 72), (24, 75), (30, 82),
    ]  # fmt: skip
    assert (found.curve.x[0], found.curve.x[-1], len(found.curve.x)) == (12, 30, 201)
    # 17.17699115 + 2.37610619 a reservation
    assert found.curve.y[0] == pytest.approx(45.69026549)
    assert found.curve.y[-1] == pytest.approx(88.46017699)
    assert (found.baseline.name, set(found.baseline.y)) == ("the mean", {66.6})  # 333 / 5
    # Five rows hold a range of 80 %, of the largest miss of a line through the four others: that
    # of 12 reservations. The others have means of 23 and 74.25, and a slope of 93 / 84, which
    # makes 74.25 - 11 * 93 / 84 = 62.0714 for 12, where 36 is true.
    assert found.band is not None
    assert found.band.high[0] - found.curve.y[0] == pytest.approx(26 + 1 / 14)


def test_answers_are_never_drawn_below_0_and_the_own_rule_is(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(0, 0), (1, 0), (2, 4), (3, 8)]))
    project.define(table_definition() + "baseline: guests - 1\n")
    project.works("fit")

    found = _of(project).fit

    assert found is not None
    # least squares: -1.2 + 2.8 * guests, below 0 at 0 guests, as is the own rule
    assert (found.curve.y[0], found.curve.y[-1]) == (0, pytest.approx(7.2))
    assert (found.baseline.name, found.baseline.y[0], found.baseline.y[-1]) == ("your rule", 0, 2)


def test_a_model_without_points_of_its_own_is_drawn_by_its_held_out_rows(project: Project) -> None:
    rows = [(f"2023-01-{day:02}", word, 10 if word == "a" else 20) for day, word in
            enumerate("ababababababababababab", start=1)]  # fmt: skip
    project.write("data/nights.csv", csv_of("day,shop,doughs", rows))
    definition = table_definition("[shop]", holdout="newest 2", model="ridge")
    project.define(definition.replace("newest 2", "from 2023-01-21") + "date: day\n")
    project.works("fit")

    found = _of(project)

    assert found.fit is None
    assert found.truth is not None
    assert found.truth.points is not None
    assert (found.truth.points.y, found.truth.points.held) == ((10, 20), (1, 1))
    assert found.residuals is not None
    # 2023-01-21 is 19,378 days after 1970-01-01: 53 years of 365 days, 13 leap days, 20 days
    assert found.residuals.x.kind == "date"
    assert found.residuals.points.x == (19_378, 19_379)
    assert len(found.residuals.points.y) == 2


def test_a_version_that_kept_no_points_is_drawn_by_what_it_has(project: Project) -> None:
    rows = [(guests, 3 * guests + guests % 2) for guests in range(20)]
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(table_definition(holdout="random 20%"))
    project.works("fit")
    manifest = versions.read(project.root / "models", "pizzeria").whole()
    vars(manifest.digests)["cargo"] = {
        name: one for name, one in manifest.digests.cargo.items() if name != "points.json"
    }

    found = picture.of(manifest)

    assert found.fit is None
    assert found.truth is not None
    assert found.truth.points is not None
    assert sum(found.truth.points.held) == 4  # a fifth of 20


def test_a_damaged_file_of_points_is_said_to_be_so(eleven_days: Project) -> None:
    eleven_days.works("fit")
    (eleven_days.root / "models/pizzeria/1/points.json").write_text("{}")

    said = eleven_days.mlcli("evaluate", "--plot")

    assert said.code == 4
    assert "models/pizzeria/1/points.json" in said.err


def test_things_are_counted_by_level_and_by_two_levels(project: Project) -> None:
    project.write(
        "data/games.csv",
        'game,price,play\nA,low,"puzzle,sport"\nB,low,sport\nC,high,puzzle\n',
    )
    project.define(
        "sources:\n  games:\n    file: data/games.csv\n    rules: [{split_list: {of: play, as: play_}}]\n"
        "features: [{name: price, kind: category}, {name: play_, kind: tags}]\n"
        "label: game\nmodel: match\nrecommend: {}\n",
        "games",
    )
    project.works("fit", "games")

    found = _of(project, "games").coverage

    assert found is not None
    assert found.things == 3
    assert found.crossed is not None
    assert found.crossed.across.names == ("high", "low")
    assert found.crossed.down.names == ("puzzle", "sport")
    # one dear puzzle, one cheap one; no dear sport, two cheap ones
    assert found.crossed.things == ((1, 1), (0, 2))

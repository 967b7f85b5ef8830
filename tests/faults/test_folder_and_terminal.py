"""Faults around the model folder, the terminal and the environment: parts A18, A19 and D."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

import pytest
from support import Project, csv_of, table_definition

from mlcli.store import versions

# y = 2x, so that every expected answer is plain.
LINE = csv_of("guests,doughs", [(x, 2 * x) for x in range(10)])


@pytest.fixture
def nights(project: Project, unvalidated: None) -> Project:
    """Two versions of the model `nights`: by ridge, and by a line, which is the current one."""
    del unvalidated
    project.write("data/nights.csv", LINE)
    for model in ("ridge", "linear_regression"):
        project.define(table_definition(model=model), "nights")
        project.works("fit")
    return project


def models(project: Project) -> Path:
    return project.root / "models"


def exchange(one: Path, other: Path) -> None:
    between = one.with_name("between")
    one.rename(between)
    other.rename(one)
    between.rename(other)


def as_an_older_mlcli_left_it(home: Path) -> None:
    (home / "index.jsonl").unlink()


# --- A18: a version is its name, its number and its digest ---------------------------------


def test_a18_versions_that_were_exchanged_are_refused(nights: Project) -> None:
    exchange(models(nights) / "nights/1", models(nights) / "nights/2")

    for asked in (["compare", "nights@1", "nights@2"], ["predict", "--guests", 3], ["evaluate"]):
        assert nights.fails(4, *asked).startswith("error: models/nights/")
    said = nights.fails(4, "compare", "nights@2", "nights@1")
    assert said.startswith("error: models/nights/2: this is not what was stored as nights@2: ")


def test_a18_a_version_copied_under_another_name_or_number_is_refused(nights: Project) -> None:
    home = models(nights)
    nights.define(table_definition(model="ridge"), "days")
    nights.works("fit", "days")
    shutil.copytree(home / "nights/2", home / "days/2")
    shutil.copytree(home / "nights/2", home / "nights/3")
    shutil.copytree(home / "nights", home / "evenings")

    for copied in ("days@2", "nights@3", "evenings@2"):
        name, _, number = copied.partition("@")
        said = nights.fails(4, "compare", copied, "nights@2")
        assert said.startswith(f"error: models/{name}/{number}: this is not what was stored as ")
    assert "evenings@2" in nights.fails(4, "predict", "-m", "evenings", "--guests", 3)
    assert nights.works("predict", "-m", "nights", "--guests", 3).out == "6 doughs\n"


def test_a18_a_folder_of_an_older_mlcli_answers_and_is_known_from_the_next_fit_on(
    nights: Project,
) -> None:
    home = models(nights) / "nights"
    as_an_older_mlcli_left_it(home)
    exchange(home / "1", home / "2")
    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2)]
    exchange(home / "1", home / "2")
    assert nights.works("predict", "--guests", 3).out == "6 doughs\n"

    nights.define(table_definition(model="poisson_regression"), "nights")
    nights.works("fit")

    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2, 3)]
    exchange(home / "1", home / "2")
    assert "stored as nights@1" in nights.fails(4, "compare", "nights@1", "nights@3")


def test_a18_a_line_that_was_cut_off_harms_no_later_version(nights: Project) -> None:
    index = models(nights) / "nights/index.jsonl"
    index.write_bytes(index.read_bytes() + b'{"manifest":"3f4e')
    nights.define(table_definition(model="poisson_regression"), "nights")

    nights.works("fit")

    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2, 3)]


# --- A19: an option that takes one value is given once -------------------------------------


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("predict", "--date", "2026-01-01", "--date", "2026-01-02"), "--date"),
        (("predict", "-m", "nights", "--guests", 3, "--model", "nights"), "--model"),
        (("predict", "--range=80%", "--guests", 3, "--range", "90%"), "--range"),
        (("predict", "--input", "a.csv", "--input", "b.csv"), "--input"),
        (("recommend", "--top", 1, "--top", 2), "--top"),
        (("evaluate", "-mnights", "-mnights"), "--model"),
        (("fit", "--engine", "pandas", "nights", "--engine", "duckdb"), "--engine"),
        (("history", "--last", 1, "--last", 2), "--last"),
        (("data", "nights", "--output", "a.csv", "--output", "b.csv"), "--output"),
    ],
)
def test_a19_an_option_given_twice_is_refused(
    words: tuple[object, ...], option: str, nights: Project
) -> None:
    said = nights.fails(2, *words)

    assert said == (
        f"error: {option} stands here 2 times, and takes one value\nhint: write {option} once\n"
    )


def test_a19_switches_and_options_of_lists_may_stand_twice(gamedrop: Project) -> None:
    wished = ("recommend", "--play", "adventure", "--play", "puzzle", "--json", "--json")

    assert gamedrop.works(*wished).json["asked"] == {"play": ["Adventure", "Puzzle"]}


def test_a19_a_number_of_a_feature_given_twice_is_refused(nights: Project) -> None:
    assert "stands here 2 times" in nights.fails(2, "predict", "--guests", 3, "--guests", 4)


# --- D2: only what was stored is opened ----------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
@pytest.mark.parametrize("file", ["current", "index.jsonl", "2/manifest.json", "2/equation.json"])
def test_d2_a_pipe_or_a_link_in_place_of_a_file_is_refused(file: str, nights: Project) -> None:
    path = models(nights) / "nights" / file
    kept = path.rename(path.with_name("kept"))
    for make in (os.mkfifo, os.mkdir, partial(os.symlink, kept)):
        make(path)

        said = nights.fails(4, "predict", "--guests", 3)

        assert said.startswith(f"error: models/nights/{file}: the model is damaged: this is no ")
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    kept.rename(path)
    assert nights.works("predict", "--guests", 3).out == "6 doughs\n"

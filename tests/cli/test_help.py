"""Help that teaches: the first step, examples that run, codes explained, words nearly right."""

from __future__ import annotations

import shlex
import shutil
import socket
from pathlib import Path

import pytest
from support import Project

from mlcli.cli.process import COMMANDS, EXAMPLES
from mlcli.errors import ExitCode
from mlcli.grammar import meanings
from mlcli.grammar.alarm_codes import CODES
from mlcli.grammar.note_codes import NOTES, OTHER, REFUSED
from mlcli.serve import server


@pytest.fixture
def both(gamedrop: Project, sample: Path) -> Project:
    """The two samples in one project, fitted."""
    shutil.copytree(sample, gamedrop.root, dirs_exist_ok=True)
    return gamedrop


@pytest.mark.usefixtures("undrawn")
def test_every_command_shows_two_examples_that_run(
    both: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_settings: object, listening: socket.socket, **_more: object) -> None:
        listening.close()  # it would answer until Ctrl-C

    monkeypatch.setattr(server, "run", run)
    assert set(EXAMPLES) == set(COMMANDS)
    for command, examples in EXAMPLES.items():
        shown = both.works(command, "-h").out
        assert len(examples) >= 2
        for example in examples:
            assert f"    {example}\n" in shown
            both.works(*shlex.split(example)[1:])


def test_h_is_help(both: Project) -> None:
    assert both.works("-h").out == both.works("--help").out
    assert both.works("fit", "-h").out == both.works("fit", "--help").out


def test_mlcli_alone_says_the_first_step(project: Project) -> None:
    project.write("data/a.csv", "x,y\n1,2\n2,4\n3,5\n")
    project.define(
        "sources: {a: {file: data/a.csv}}\nfeatures: [x]\nlabel: y\n"
        "model: linear_regression\nholdout: none\n",
        "a",
    )

    assert project.works().out.startswith("first:  mlcli fit a  (learn from it)\n\nUsage: mlcli")


def test_mlcli_alone_in_an_empty_folder_says_how_to_start(project: Project) -> None:
    shown = project.works().out.splitlines()

    assert shown[0].startswith("first:  mlcli start FILE")
    assert shown[1].startswith("   or:  mlcli start --example pizzeria")


def test_quiet_fits_print_nothing_and_answers_only_what_is_doubtful(both: Project) -> None:
    for words in ("fit pizzeria", "fit", "compare pizzeria --models ridge,linear_regression"):
        ended = both.works(*words.split(), "-q")
        assert (ended.out, ended.err) == ("", "")

    inside = both.works("predict", "-q", "--reservations", 15)
    outside = both.works("predict", "-q", "--reservations", 150)

    assert (inside.out, inside.err) == ("49 doughs\n", "")
    assert outside.err.startswith("note: 150 is outside the 1 to 59 reservations learned from")
    assert "off by" not in outside.err
    assert both.fails(ExitCode.ASKED_WRONGLY, "fit", "nothing", "-q")


def test_verbose_says_what_took_how_long(both: Project) -> None:
    lines = both.works("fit", "pizzeria", "-v").err.splitlines()

    assert [line.split(" s  ")[1] for line in lines] == [
        "read 11,419 rows of data/reservations.csv",
        "read 20,983 rows of data/orders.csv",
        "fitted pizzeria, all in all",
    ]
    assert all(float(line.split()[0]) >= 0 for line in lines)


@pytest.mark.parametrize("code", [*CODES, *NOTES, *meanings.FITS, OTHER, REFUSED, *ExitCode])
def test_every_code_is_explained(code: str | ExitCode) -> None:
    names = [code] if isinstance(code, str) else [str(int(code)), code.name.lower()]

    for name in names:
        assert meanings.all_of_them()[name].means.endswith(".")


def test_a_code_is_explained_in_any_case_and_one_that_is_misspelt_is_told(
    project: Project,
) -> None:
    said = project.works("explain", "Copy").out
    wrong = project.fails(ExitCode.ASKED_WRONGLY, "explain", "cppy")

    assert said.startswith("copy: One column alone gives the label")
    assert "\nTo do: Take the column out" in said
    assert "did you mean 'copy'?" in wrong
    for words in (["holdout"], ["held", "out"], ["Held_Out"]):
        assert project.works("explain", *words).out.startswith("held out: Rows that the model did")
    listed = project.works("explain").out
    assert all(f"{code} " in listed for code in meanings.all_of_them())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fitt", "error: there is no command 'fitt'\nhint: did you mean 'fit'?\n"),
        ("fit --quit", "error: No such option: --quit\nhint: did you mean '--quiet'?\n"),
        ("tune", "error: Missing argument 'NAME'\nhint: mlcli tune --help  shows what it takes\n"),
        (
            "tune -m pizzeria",
            ("error: tune takes names without -m\nhint: leave -m out:  mlcli tune pizzeria\n"),
        ),
        (
            "evaluate pizzeria",
            (
                "error: evaluate takes options only, and 'pizzeria' is none\n"
                "hint: name a model with  -m:  mlcli evaluate -m pizzeria\n"
            ),
        ),
    ],
)
def test_words_that_are_nearly_right_are_told(project: Project, words: str, said: str) -> None:
    assert project.fails(ExitCode.ASKED_WRONGLY, *words.split()) == said

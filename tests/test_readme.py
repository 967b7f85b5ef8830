"""The README and the pages beside it do what they say: their screens and definitions are real.

``pytest tests/test_readme.py --update-golden`` writes the screens anew; read them then.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support import Project

README = (ROOT / "README.md").read_text(encoding="utf-8")
EMPTY = ("README.md", "docs/tutorial-pizzeria.md", "docs/tutorial-gamedrop.md")
FITTED = ("docs/how-to.md",)
PAGES = [
    "README.md",
    *(page.relative_to(ROOT).as_posix() for page in sorted((ROOT / "docs").rglob("*.md"))),
]


@pytest.mark.parametrize("page", EMPTY)
def test_every_screen_of_a_page_is_what_is_printed(
    project: Project, page: str, *, update_golden: bool
) -> None:
    check(project, page, update_golden=update_golden)


@pytest.mark.parametrize("page", FITTED)
def test_every_screen_of_the_samples_is_what_is_printed(
    gamedrop: Project, sample: Path, page: str, *, update_golden: bool
) -> None:
    shutil.copytree(sample, gamedrop.root, dirs_exist_ok=True)
    check(gamedrop, page, update_golden=update_golden)


def check(project: Project, page: str, *, update_golden: bool) -> None:
    """Run the commands of a page one after the other, and compare what they print."""
    text = (ROOT / page).read_text(encoding="utf-8")

    printed = re.sub(
        r"(?<=```console\n)(.*?)(?=```)", lambda m: run(project, m[1]), text, flags=re.DOTALL
    )

    if update_golden:
        (ROOT / page).write_text(printed, encoding="utf-8")
    assert "```console\n$ mlcli" in text
    assert printed.splitlines() == text.splitlines()


def run(project: Project, screen: str) -> str:
    """Return a screen as its commands make it; a file that ``cat`` shows is written first."""
    made = list[str]()
    for part in re.split(r"^\$ ", screen, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        program, *words = shlex.split(command)
        if program == "cat":
            project.write(words[0], shown)
        else:
            ended = project.mlcli(*words)
            shown = ended.out + ended.err
        made.append(f"$ {command}\n{shown}")
    return "".join(made)


def test_the_readme_is_read_in_one_go() -> None:
    assert len(README.splitlines()) <= 150


def test_the_definitions_in_the_readme_are_those_that_ship() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert shown == [
        (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
        for name in ("pizzeria", "gamedrop")
    ]


def test_one_changed_line_gives_the_miss_that_the_readme_states() -> None:
    tutorial = (ROOT / "docs" / "tutorial-pizzeria.md").read_text(encoding="utf-8")
    misses = dict(
        re.findall(
            r"--set model=(\w+)$.*?^  MAE: .*?[\d.]+ +([\d.]+)", tutorial, re.MULTILINE | re.DOTALL
        )
    )

    assert misses == {"polynomial_regression": "2.12", "log_regression": "0.519"}
    assert "falls from 2.87 doughs to 2.12; with `log_regression`" in README
    assert "to 0.52." in README


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_to_is_there(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)h][^)]*)\)", path.read_text(encoding="utf-8")):
        name, _, heading = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        if not heading:
            continue
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        known = [re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings]
        assert heading in known, target


@pytest.mark.parametrize(
    ("index", "pages"), [("", "*.md"), ("", "reference/*.md"), ("decisions", "*.md")]
)
def test_every_page_is_in_an_index(index: str, pages: str) -> None:
    folder = ROOT / "docs" / index
    text = (folder / "index.md").read_text(encoding="utf-8")

    for page in folder.glob(pages):
        assert page.name == "index.md" or f"]({page.relative_to(folder)}" in text, page.name


def test_every_page_of_the_index_is_in_the_navigation_of_the_site() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")

    assert list(leaves(site["nav"])) == ["index.md", *re.findall(r"\]\((.*?\.md)\)", index)]


def leaves(nav: list[dict[str, Any]]) -> Iterator[str]:
    """Yield each page of a navigation, in its order."""
    for page in (page for one in nav for page in one.values()):
        yield from [page] if isinstance(page, str) else leaves(page)


def test_make_runs_what_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile

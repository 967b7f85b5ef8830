"""Reports in a browser: they ask for nothing, fit a phone, follow the dark, print on A4."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from browsing import AXE
from conftest import ROOT
from support import fit_all

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")
pytestmark = pytest.mark.slow

MODELS = {"pizzeria": 3, "gamedrop": 1, "waits": 2}
"""How many pictures the report of each has."""

# Whether a day is a Friday or a Saturday, as the sample knows it: a class with probabilities.
WAITS = """\
sources:
  reservations:
    file: data/reservations.csv
    rules:
      - count: {per: day of datetime, as: reservations}
      - derive: {weekday: weekday of day}
      - bands: {of: reservations, as: evening, quiet: under 30, full: 30 or more}
date: day
features: [weekday]
label: {name: evening, positive: full}
model: logistic_regression
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of a number, of a catalogue and of classes."""
    from contextlib import chdir

    from mlcli.cli.process import main

    root = tmp_path_factory.mktemp("reports")
    shutil.copytree(ROOT / "data", root / "data")
    shutil.copytree(ROOT / "configs", root / "configs")
    (root / "configs/waits.yaml").write_text(WAITS)
    fit_all(root)
    with chdir(root):
        for name in MODELS:
            assert main(["report", name, "--json"]) == 0
    return root / "reports"


def findings(page: Any) -> list[str]:
    """Return what axe finds wrong for who hears a page or has its keys alone."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in page.evaluate("axe.run()")["violations"]
    ]


def listen(page: Any, heard: list[str]) -> None:
    """Note every address that a page asks for, and whatever its console says."""
    page.on("request", lambda it: heard.append(it.url))
    page.on("console", lambda said: heard.append(said.text))


@pytest.mark.parametrize("name", MODELS)
def test_a_report_opens_by_itself_fits_and_prints(name: str, reports: Path, browser: Any) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make browser")
    file = reports / f"{name}-1.html"
    text, wrong = file.read_text(encoding="utf-8"), list[str]()
    heard = list[str]()
    seen: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        with browser.new_page(color_scheme=scheme) as page:
            listen(page, heard)
            page.goto(file.as_uri())
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                wrong += [f"{wide} pixels wide at {width}"] * (wide > width)
                wrong += findings(page)
            seen[scheme] = page.evaluate(
                "[getComputedStyle(document.documentElement).backgroundColor,"
                " getComputedStyle(document.querySelector('svg text')).fill]"
            )
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('nav') !== null")
            printed = page.pdf(prefer_css_page_size=True)

    assert wrong == []
    assert {*heard} == {file.as_uri()}
    assert len(text.encode()) < 300_000
    assert len(re.findall("<svg", text)) == MODELS[name]
    assert " style=" not in text
    assert not set(seen["light"]) & set(seen["dark"])
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed  # A4, in points

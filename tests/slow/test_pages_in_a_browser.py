"""Both stories of the talk in a real browser: a restaurant's evening, and a guest's game.

make browser
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import AXE, faults_of
from conftest import ROOT
from served import serving
from support import fit_all

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

WIDTHS = (360, 1280)  # pixels: a phone, a screen
TODAY = "2024-01-01"

# The pages of both stories, by the names of their pictures in docs/pictures.
PAGES = {
    "models": "/",
    "tonight": "/m/pizzeria",
    "what-if": "/m/pizzeria?reservations=15",
    "wrong": "/m/pizzeria?reservations=many",
    "wishes": "/m/gamedrop",
    "suggestion": "/m/gamedrop?budget=cheap&play=Adventure",
    "none-meets-all": "/m/gamedrop?budget=premium&play=Puzzle&play=Racing",
    "programs": "/api",
    "not-found": "/nowhere",
}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Both samples, served on a Monday with 47 reservations."""
    root = tmp_path_factory.mktemp("served")
    for folder in ("configs", "data"):
        shutil.copytree(ROOT / folder, root / folder)
    fit_all(root)
    with serving(root, "--today", TODAY) as server:
        until = time.monotonic() + 30
        while "Read from the exports" not in server.ask("/m/pizzeria").body.decode():
            assert time.monotonic() < until
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def scripted(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; the pages have none."""
    return bool(request.param)


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Any, scripted: bool, host: str) -> Iterator[Any]:
    """A page that must not go wrong, at the width of a phone and of a screen."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 800},
        java_script_enabled=scripted,
        service_workers="block",
    )
    opened = context.new_page()
    wrong = faults_of(opened, host)
    yield opened
    context.close()
    assert wrong == []


def test_an_evening_at_the_pizzeria(page: Any, host: str) -> None:
    page.goto(host)
    page.get_by_role("link", name="pizzeria").click()
    tonight = page.get_by_role("region", name="Today, Monday 1 January")
    assert tonight.inner_text().splitlines()[-1] == "47 reservations so far: 69 doughs"
    friday = page.get_by_role("row", name="Friday 5 January")
    assert "too busy to take reservations" in friday.inner_text()
    page.get_by_role("textbox").fill("15")
    page.get_by_role("button", name="Answer").click()
    answer = page.get_by_role("region", name="What if 15 reservations")
    assert "49 doughs" in answer.inner_text()
    assert page.get_by_role("textbox").input_value() == "15"
    page.go_back()
    assert page.get_by_role("region", name="What if 15 reservations").count() == 0
    page.go_forward()
    assert "49 doughs" in page.get_by_role("region", name="What if 15").inner_text()


def test_a_guest_gets_a_game_then_another(page: Any, host: str) -> None:
    page.goto(f"{host}/m/gamedrop")
    page.get_by_label("cheap").check()
    page.get_by_label("Adventure").check()
    page.get_by_role("button", name="Suggest one").click()
    first = page.locator("#suggestion").inner_text()
    assert first == "Pitfall!"
    page.get_by_role("link", name="Show me another").click()
    assert page.locator("#suggestion").inner_text() == "Pitfall II: Lost Caverns"
    assert page.get_by_label("cheap").is_checked()
    page.go_back()
    assert page.locator("#suggestion").inner_text() == first
    page.get_by_label("premium").check()
    page.get_by_role("button", name="Suggest one").click()
    assert "is premium, Adventure" in page.get_by_role("main").inner_text()
    page.goto(f"{host}/m/gamedrop?budget=premium&play=Puzzle&play=Racing")
    assert "nothing is premium, Puzzle and Racing" in page.get_by_role("main").inner_text()


def test_every_page_fits_and_has_no_serious_finding(host: str, browser: Any) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make browser")
    found = []
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme
            )
            opened = context.new_page()
            for name, address in PAGES.items():
                opened.goto(host + address)
                wide = opened.evaluate("document.documentElement.scrollWidth")
                found += [f"{name} is {wide} pixels wide at {width}"] * (wide > width)
                opened.evaluate(AXE.read_text(encoding="utf-8"))
                said = opened.evaluate("axe.run()")
                found += [
                    f"{name} {scheme} {width}: {one['id']}: {one['nodes'][0]['html']}"
                    for one in said["violations"]
                    if one["impact"] in {"serious", "critical"}
                ]
            context.close()
    assert found == []


def test_pictures_of_the_pages(host: str, browser: Any, tmp_path: Path) -> None:
    """Take a picture of each page; into docs/pictures where PICTURES=1 asks for that."""
    folder = ROOT / "docs" / "pictures" if os.environ.get("PICTURES") else tmp_path
    folder.mkdir(exist_ok=True)
    for width, scheme, of in ((360, "dark", "phone"), (1280, "light", "screen")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        opened = context.new_page()
        for name, address in PAGES.items():
            opened.goto(host + address)
            opened.screenshot(path=folder / f"{name}-{of}.png", full_page=True)
        context.close()
    assert len([*folder.glob("*.png")]) == 2 * len(PAGES)

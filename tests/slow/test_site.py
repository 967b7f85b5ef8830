"""The site in a browser: it asks no other host, nothing is broken, and nothing is too wide."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from browsing import faults_of
from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("zensical", reason="zensical is not installed")
pytestmark = pytest.mark.slow

WIDTHS = (360, 1280)  # pixels: a phone, a screen
SCHEMES = {"light": "default", "dark": "slate"}  # as the theme calls them


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built by its generator, which stops at whatever it warns of."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", root / "docs")
    shutil.copy(ROOT / "zensical.toml", root)
    subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=root, check=True)
    return root / "site"


@pytest.fixture(scope="module")
def host(built: Path) -> Iterator[str]:
    """The address at which the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=built)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def pages(built: Path) -> list[str]:
    """Return every page of the site, but the one that stands for those that are not there."""
    found = sorted(path.relative_to(built).as_posix() for path in built.rglob("*.html"))
    return [page for page in found if page != "404.html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_by_itself_and_fits(
    built: Path, host: str, browser: Any, scheme: str
) -> None:
    with browser.new_page(color_scheme=scheme, service_workers="block") as page:
        wrong = faults_of(page, host)
        for name in pages(built):
            page.goto(host + name, wait_until="networkidle")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                wide, shown = page.evaluate(
                    "[document.documentElement.scrollWidth, document.body.dataset.mdColorScheme]"
                )
                wrong += [f"{name} is {wide} pixels wide at {width}"] * (wide > width)
                wrong += [f"{name} is {shown}"] * (shown != SCHEMES[scheme])

    assert wrong == []


def test_the_search_finds_a_code_by_itself(host: str, browser: Any) -> None:
    with browser.new_page(service_workers="block") as page:
        wrong = faults_of(page, host)
        page.goto(host, wait_until="networkidle")
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").fill("clock_changed")
        page.locator("a[href*='codes.html?h=clock_changed#notes']").wait_for(timeout=10_000)

    assert wrong == []


def test_every_link_within_the_site_leads_somewhere(built: Path, host: str, browser: Any) -> None:
    targets, links = set[str](), set[tuple[str, str]]()
    with browser.new_page() as page:
        for name in pages(built):
            page.goto(host + name)
            found = page.evaluate(
                "[[...document.querySelectorAll('[id]')].map(each => each.id),"
                " [...document.querySelectorAll('a[href]')].map(each => each.href)]"
            )
            targets |= {host + name, *(f"{host}{name}#{each}" for each in found[0])}
            links |= {(name, link) for link in found[1] if link.startswith(host)}

    assert len(links) > len(pages(built))
    leads = {host: host + "index.html"}
    assert {one for one in links if leads.get(one[1], one[1]).rstrip("#") not in targets} == set()

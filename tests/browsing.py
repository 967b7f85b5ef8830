"""A browser for tests: Debian's chromium, which asks no other host by itself."""

from __future__ import annotations

import shutil
from typing import Any

from conftest import ROOT

CHROMIUM = shutil.which("chromium")
AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

# Only what the pages ask for may be asked for: the browser itself stays silent.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def faults_of(page: Any, host: str, *, status: int = 400) -> list[str]:
    """Return a list to which all that goes wrong from now on is added, and every foreign host.

    Answers below ``status`` are right.
    """
    wrong: list[str] = []
    ours = (host, "data:", "blob:")
    page.on("request", lambda it: it.url.startswith(ours) or wrong.append(f"asked: {it.url}"))
    page.on("response", lambda it: it.status < status or wrong.append(f"not there: {it.url}"))
    page.on("requestfailed", lambda it: wrong.append(f"failed: {it.url}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    return wrong

"""The page of faults says how many cases each has; here they are collected and counted."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| .+? \| [\d, ]+ \| (\d+) \| `(.+?)` \|$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def cases() -> list[str]:
    """Every case that pytest collects from the tests of faults, slow ones too, by name."""
    files = sorted((ROOT / "tests" / "cli").glob("test_*.py"))
    names = ("exports/csv/test_reader", "exports/csv/test_text_file", "exports/csv/test_writing")
    names += ("exports/test_reading", "grammar/test_notation")
    files += [ROOT / "tests" / "unit" / f"{name}.py" for name in names]
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", *map(str, files)]
    out = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line for line in out.splitlines() if "::" in line]


def test_every_row_of_the_page_can_be_read() -> None:
    assert len(ROWS) == PAGE.count("\n| ") - 1  # but the head


@pytest.mark.slow
def test_each_fault_has_as_many_cases_as_the_page_says(cases: list[str]) -> None:
    found = {
        fault: sum(re.search(pattern.replace("\\|", "|"), case) is not None for case in cases)
        for fault, _, pattern in ROWS
    }

    assert found == {fault: int(count) for fault, count, _ in ROWS}
    assert all(found.values())


@pytest.mark.slow
def test_the_cases_are_two_hundred_and_more(cases: list[str]) -> None:
    patterns = [pattern.replace("\\|", "|") for _, _, pattern in ROWS]
    counted = [c for c in cases if any(re.search(pattern, c) for pattern in patterns)]

    assert len(counted) >= 200
    assert f"In all {len(counted):,} cases" in PAGE

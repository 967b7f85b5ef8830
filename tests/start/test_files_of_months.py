"""Exports that come a file a month: one source of several files, by the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from support import Project


def _month(month: int, days: int = 28) -> str:
    """Return a till of a month: on day d, one line of d pieces and one of 1."""
    lines = [
        f"{day:02}/{month:02}/2024,{count}" for day in range(1, days + 1) for count in (day, 1)
    ]
    return "\n".join(["sold,pieces", *lines]) + "\n"


def _proposed(project: Project, *more: str) -> dict[str, Any]:
    ask = "sum of pieces per day"
    said = project.works("start", "data", "--yes", "--ask", ask, "--json", *more).json
    found: dict[str, Any] = yaml.safe_load((project.root / said["definition"]["file"]).read_text())
    return found


def test_two_months_are_one_source_and_all_days_are_learned_from(project: Project) -> None:
    project.write("data/till-2024-01.csv", _month(1))
    project.write("data/till-2024-02.csv", _month(2))
    project.write("data/guests.csv", "day,guests\n" + "2024-01-05,3\n2024-01-06,9\n" * 3)

    sources = _proposed(project)["sources"]

    till = [one for one in sources.values() if isinstance(one["file"], list)]
    assert [one["file"] for one in till] == [["data/till-2024-01.csv", "data/till-2024-02.csv"]]
    assert "till" in sources


def test_what_one_month_cannot_say_the_other_does(project: Project) -> None:
    # Alone, 01/01 to 12/01 could be twelve months; 28/02 is a day.
    project.write("data/till-2024-01.csv", _month(1, days=12))
    project.write("data/till-2024-02.csv", _month(2))

    proposed = _proposed(project)

    assert proposed["sources"]["till"]["dates"] == {"format": "%d/%m/%Y"}
    project.works("data", "pieces", "--output", "out.csv", "--raw")
    days = (project.root / "out.csv").read_text().splitlines()[1:]
    # 12 days and 28; on the third of February 3 + 1 pieces were sold.
    assert len(days) == 40
    assert any(day.startswith("2024-02-03,") and ",4," in day for day in days)


def test_what_no_month_says_is_said_once_for_all(project: Project) -> None:
    project.write("data/till-2024-01.csv", _month(1, days=12))
    project.write("data/till-2024-02.csv", _month(2, days=12))
    ask = "sum of pieces per day"

    project.fails(2, "start", "data", "--yes", "--ask", ask)
    said = 'data/till-2024-02.csv: {dates: {format: "%d/%m/%Y"}}'
    proposed = _proposed(project, "--source", said)

    assert proposed["sources"]["till"]["dates"] == {"format": "%d/%m/%Y"}

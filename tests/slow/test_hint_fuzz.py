"""Whoever follows hints gets a broken export read rightly, or is asked what is meant.

The follower knows no break and no message. It applies the first ``fix`` of an error, at most
four times; or, as the other way, the source that ``mlcli data FILE`` proposes, once.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from broken_exports import FAMILIES, LAYOUTS, broken, draw
from support import say

from mlcli.cli.process import main

ENGINES, WAYS, MOST_FIXES = ("pandas", "duckdb"), ("fix", "source"), 4


def ends(file, engine, way):
    """Return how following ends (right, wrong, asked or stuck), and all that was said."""
    Path("data/export.csv").write_bytes(file.content)
    (definition, columns), heard = defined(file, engine), ""
    if way == "source":
        code, heard = run("data", "data/export.csv", "--json")
        if asks(file, heard) or code:
            return ("asked" if asks(file, heard) else "stuck"), heard
        definition["sources"]["export"] |= json.loads(heard)["source"]
    for _ in range(1 + MOST_FIXES * (way == "fix")):
        text = json.dumps(definition, ensure_ascii=False)
        Path("configs/broken.yaml").write_text(text, encoding="utf-8")
        code, said = run("data", "broken", "--json", "--output", "out.csv", "--raw")
        heard += said
        if code == 0:
            return ("right" if read(columns) == rows(columns) else "wrong"), heard
        fixes = [fix for fix in fixes_of(said) if fix.get("file", "").endswith(".yaml")]
        if asks(file, said) or not fixes:
            return ("asked" if asks(file, said) else "stuck"), heard
        definition = mended(definition, fixes[0]["path"], fixes[0]["value"])
    return "stuck", heard


def defined(file, engine):
    """Return a least definition that needs the columns, and what they should be read as.

    DuckDB reads what rules gather: there, the label is added up for each day.
    """
    [day, *_] = [*(name for name, kind in file.kinds.items() if kind == "date"), None]
    kinds = {"number": "number", "word": "category"}
    needed = [{"name": n, "kind": kinds[k]} for n, k in file.kinds.items() if k != "date"]
    definition = {"sources": {"export": {"file": "data/export.csv"}}, "engine": engine}
    definition |= {"features": needed[:-1], "label": needed[-1], "model": "decision_tree"}
    if day is None or engine == "pandas":
        return definition | ({} if day is None else {"date": day}), file.table
    label, sums = needed[-1]["name"], Counter()
    for at, number in zip(file.table[day], file.table[label], strict=True):
        sums[at.replace(hour=0, minute=0)] += number
    rule = {"sum": {"of": label, "per": f"day of {day}", "as": "total"}}
    definition["sources"]["export"]["rules"] = [rule]
    weekday = {"derive": {"weekday": "weekday of day"}}
    definition |= {"date": "day", "rules": [weekday], "features": ["weekday"], "label": "total"}
    return definition, {"day": [*sums], "total": [*sums.values()]}


def run(*words):
    """Run a command; return its exit code, and what it answered or else all it said."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue() + (err.getvalue() if code else "")


def fixes_of(said):
    """Return the ways out of an error, the likeliest first."""
    found = json.JSONDecoder().raw_decode(said)[0] if said.startswith("{") else {}
    return found.get("error", {}).get("fix", [])


def mended(old, path, value):
    """Return a definition with a value at a path; a mapping is merged, and None takes away."""
    if path:
        new = [*old] if isinstance(old, list) else {**(old or {})}
        there = path[0] < len(new) if isinstance(new, list) else path[0] in new
        new[path[0]] = mended(new[path[0]] if there else None, path[1:], value)
        return {k: v for k, v in new.items() if v is not None} if isinstance(new, dict) else new
    if isinstance(old, dict) and isinstance(value, dict):
        return {k: v for k, v in (old | value).items() if v is not None}
    return value


def asks(file, said):
    """Say whether both values of a cell with two meanings are named."""

    def named(ways):
        return any(re.search(rf"(?<![\w.,]){re.escape(way)}(?!\d)", said) for way in ways)

    return any(all(map(named, pair)) for pair in file.doubts)


def read(columns):
    """Return what mlcli made of some columns, in rows."""
    with Path("out.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    return rows({name: [row[name] or None for row in table] for name in columns})


def rows(columns):
    """Return rows in an order of their own, but for empty ones; times to the millisecond."""
    found = [row for row in zip(*columns.values(), strict=True) if set(row) != {None}]
    return sorted(tuple(map(rounded, row)) for row in found)


def rounded(value):
    for kind in (datetime.fromisoformat, float):
        try:
            known = kind(str(value))
        except ValueError:
            continue
        return (
            f"{round(known, 6) + 0.0:.6f}"
            if kind is float
            else known.isoformat(timespec="milliseconds")
        )
    return str(value)


# ---- 300 files, three times -------------------------------------------------------------------

pytestmark = pytest.mark.slow
FILES = int(os.environ.get("FUZZ_FILES", "300"))


@pytest.fixture(autouse=True)
def _folder(project):
    """Have a project folder as the current one."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_sound_tables_are_read_as_they_are(layout, engine):
    assert ends(broken(layout, [], seed=1), engine, "fix")[0] == "right"


@pytest.mark.parametrize("seed", [15, "today's", "today's second"])
def test_who_follows_hints_reads_rightly(seed, capsys):
    seed = seed if isinstance(seed, int) else Random().randrange(10**6)
    found = [(file, judged(file)) for file in draw(seed, FILES)]

    with capsys.disabled():
        say(f"\n{f'seed {seed}':12}  files  right  asked  stuck  wrong")
        for family in [*FAMILIES, "all"]:
            counts = Counter(how for file, how in found if family in {"all", *dict(file.breaks)})
            cells = [counts.total(), *(counts[how] for how in ("right", "asked", "stuck", "wrong"))]
            say(f"{family:12}" + "".join(f"{n:7}" for n in cells))
    assert [(file.layout, file.breaks) for file, how in found if how == "wrong"] == []
    assert {how for file, how in found if file.doubts} <= {"asked"}
    one = [how for file, how in found if not file.doubts]
    assert one.count("right") >= 0.95 * len(one)


def judged(file):
    """Return how a file ends: the better of the two ways, unless either reads it wrongly."""
    ways = [{ends(file, engine, way)[0] for engine in ENGINES} for way in WAYS]
    if "wrong" in set.union(*ways) or (file.doubts and "right" in set.union(*ways)):
        return "wrong"
    return next((how for how in ("right", "asked") if {how} in ways), "stuck")

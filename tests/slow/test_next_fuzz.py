"""What ``next`` names can be run as it stands, after whatever came before.

Projects are damaged at random places, definitions are those that the tests of errors hold, and
exports are broken as strangers break them. After each command, every ``next`` is run in the
same folder, and has to end with exit 0; that holds for those after errors too.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from random import Random

import pytest
import schemas
from broken_exports import draw
from conftest import ROOT
from support import csv_of, fit_all, say

from mlcli.cli.process import main

pytestmark = pytest.mark.slow
RUNS = int(os.environ.get("FUZZ_RUNS", "150"))

# Three doughs a guest and one more; the last days wait for theirs.
DAYS = [(f"2024-01-{day:02}", day % 9 + 1, 3 * (day % 9 + 1) + 1) for day in range(1, 29)]
WAITING = [("2024-01-29", 4, ""), ("2024-01-30", 7, ""), ("2024-01-31", 12, "")]
TOWNS = [("Bonn" if n % 3 else "Köln", n % 7, "yes" if n % 7 > 3 else "no") for n in range(40)]
FILES = {
    "data/nights.csv": csv_of("day,guests,doughs", [*DAYS, *WAITING]),
    "data/games.csv": 'game,play,cost\nPitfall,"run,puzzle",3\nTetris,puzzle,2\nDoom,run,30\n',
    "data/towns.csv": csv_of("town,km,late", TOWNS),
    "configs/nights.yaml": (
        "sources: {nights: {file: data/nights.csv}}\ndate: day\nfeatures: [guests]\n"
        "rules: [{drop_weekdays: {days: [Wednesday], because: closed}}]\n"
        "label: doughs\nmodel: linear_regression\n"
    ),
    "configs/games.yaml": (
        "sources: {games: {file: data/games.csv}}\nfeatures: [{name: play, kind: tags}]\n"
        "label: game\nmodel: complement_naive_bayes\nrecommend: {top: 2}\n"
    ),
    "configs/towns.yaml": (
        "sources: {t: {file: data/towns.csv}}\nfeatures: [town, km]\n"
        "label: {name: late, positive: 'yes'}\nmodel: random_forest\n"
    ),
}
COMMANDS = """
fit | fit nights | fit towns | fit nights --if-better | fit nights --set model=ridge
data | data nights | data towns | data games | data torn | data data/towns.csv | data --raw
evaluate | evaluate -m nights | evaluate -m towns | evaluate -m games
history | history towns | use nights@1 | use towns@2 | skill | schema | schema --of x
compare nights | compare nights@1 nights@2 | compare nights --models ridge,mean | tune nights
predict | predict -m towns | predict -m nights | predict --guests 4 | predict --km 3
predict --guests 4 --guests 5 | predict -m nights@1 --guests 3 | predict --input asked.csv
predict --town Bonn --km 3 --why | predict --town bon --km 3 | predict -m games --play puzzle
predict -m nights --guests 4 --range 99.9% | predict --input data/towns.csv -m towns --why
predict -m nights --date 2024-01-30 | predict -m nights --date 2024-01-31 | predict --strict
predict -m nights --date 2024-01-29..2024-02-02 --why | predict -m nights --date yesterday
recommend | recommend --play puzzle | recommend --play chess | recommend -m nights --guests 3
start data/nights.csv --ask doughs | start data/nights.csv --yes --ask doughs --name new
start data/towns.csv | start data/games.csv --yes --ask suggest | start data | start nothing.csv
fit nights --set model=rigde | tune nights --set model=rigde | tune nights --dry-run
compare nights --models rigde | compare nights --models ridge | fit nights --engine spark
fit nights --set modle=ridge --set join=week | history --json=no | evaluate -m nights --raw
evaluate -m towns --data data/towns.csv | evaluate -m nights --data data/nights.csv --output x
start nothing.csv --yes --name nights | start data/nights.csv --yes --ask dough
start data/nights.csv --ask doughs --name nights | start data/nights.csv --baseline 3*guest
start data/towns.csv --ask late --known km --name short | start data --ask doughs --yes
start data/towns.csv --yes | start data/nights.csv --yes --ask doughs --name nights
"""


def ran(argv):
    """Run a command; return its exit code, and the object that it printed."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
    return int(code), json.loads(out.getvalue()) if out.getvalue() else None, err.getvalue()


def untrue(words):
    """Return what is wrong with the object of a command, and with what it says comes next."""
    told = " ".join(words)
    code, found, said = ran([*words, "--json"])
    if code == 1 or found is None or len(found["next"]) > 3:
        return [f"{told}: exit {code}: {said}"]
    wrong = [f"{told}: {flaw}" for flaw in schemas.broken(words, found)]
    for step in found["next"]:
        ended, _, said = ran(step["argv"][1:])
        if ended:
            wrong.append(f"{told} (exit {code}) -> {' '.join(step['argv'])}: {ended}: {said[:300]}")
        if "configs/" in step["writes"]:  # another way would find the name taken
            break
    return wrong


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with redirect_stdout(StringIO()):
        fit_all(root)
    return root


def damage(path, random):
    """Take a file away, change a byte or a key of it, or cut its end off."""
    content = path.read_bytes()
    match random.choice(["gone", "byte", "cut", "key"]):
        case "gone":
            path.unlink()
        case "byte" if content:
            at = random.randrange(len(content))
            path.write_bytes(content[:at] + random.randbytes(1) + content[at + 1 :])
        case "key" if path.suffix == ".yaml":
            key = random.choice(["guests", "features", "model", "file", "label"])
            path.write_bytes(content.replace(key.encode(), b"zzz", 1))
        case _:
            path.write_bytes(content[: random.randrange(1 + len(content))])


@pytest.mark.parametrize("seed", [17, "today's"])
def test_next_ends_well_where_files_are_damaged(shop, seed, tmp_path, monkeypatch, capsys):
    seed = seed if isinstance(seed, int) else Random().randrange(10**6)
    random, wrong = Random(seed), []
    commands = [one.split() for one in COMMANDS.replace("\n", " | ").split("|") if one.strip()]
    for at in range(RUNS):
        folder = shutil.copytree(shop, tmp_path / str(at))
        monkeypatch.chdir(folder)
        for _ in range(random.choice([0, 1, 1, 2])):
            damage(random.choice(sorted(p for p in Path().rglob("*") if p.is_file())), random)
        wrong += untrue(random.choice(commands))
    with capsys.disabled():
        say(f"\nseed {seed}: {RUNS} damaged projects, {len(wrong)} wrong")
    assert wrong == [], "\n".join(wrong)


def test_next_ends_well_where_a_definition_is_wrong(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(shutil.copytree(shop, tmp_path / "shop"))
    shutil.rmtree("models")
    bad = sorted((ROOT / "tests/golden/bad").glob("*.yaml"))
    wrong = []
    for path in Random(17).sample(bad, min(RUNS, len(bad))):
        shutil.copy(path, "configs/bad.yaml")
        wrong += [*untrue(["fit", "bad"]), *untrue(["data", "bad"])]
    with capsys.disabled():
        say(f"\n{len(bad)} definitions, {len(wrong)} wrong")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("seed", [17, "today's"])
def test_next_ends_well_where_an_export_is_broken(seed, project, capsys):
    seed = seed if isinstance(seed, int) else Random().randrange(10**6)
    wrong = []
    for at, file in enumerate(draw(seed, RUNS // 3)):
        project.write("data/export.csv", file.content)
        words = [name for name, kind in file.kinds.items() if kind != "date"]
        label = {"name": words[-1], "kind": "number"}
        made = {"sources": {"export": {"file": "data/export.csv"}}, "features": words[:-1]}
        project.define(json.dumps({**made, "label": label, "model": "ridge"}), "broken")
        start = ["start", "data/export.csv"]
        for words in (
            *(["data", "data/export.csv"], ["data", "broken"], ["fit", "broken"]),
            *(start, [*start, "--yes", "--name", f"new{at}"]),
        ):
            wrong += untrue(words)
    with capsys.disabled():
        say(f"\nseed {seed}: {RUNS // 3} broken exports, {len(wrong)} wrong")
    assert wrong == [], "\n".join(wrong)

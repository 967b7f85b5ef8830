"""The engine spark on the command line: the same models, its own troubles."""

from __future__ import annotations

import builtins
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.test_engine import EVERY_RULE
from sail import Sail, sail
from support import ELEVEN_DAYS, PIZZERIA, Project, exports

import mlcli.exports.spark

pytestmark = pytest.mark.spark

SPARK = "engine: {name: spark, url: $MLCLI_SPARK_HERE}\n"


@pytest.fixture
def only_spark(monkeypatch: pytest.MonkeyPatch, spark_url: str) -> None:
    """Let the engine pandas read nothing in its place."""

    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("mlcli.exports.query.by_chunks", never)
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    monkeypatch.setenv("MLCLI_SPARK_HERE", spark_url)


def contents(project: Project, *options: str) -> dict[str, str]:
    fitted = json.loads(project.works("fit", *options, "--json").out)["fitted"]
    return {one["model"]: one["content"] for one in fitted}


def with_every_rule(project: Project) -> None:
    """Write the exports that the definition with every rule needs."""
    project.define(EVERY_RULE)
    first, *bookings = exports(ELEVEN_DAYS)[0].splitlines()
    booked = [f"{one},{one.split(',')[2][:10]} {8 + n % 8:02}:00" for n, one in enumerate(bookings)]
    project.write("data/reservations.csv", "\n".join([f"{first},booked_at", *booked, ""]))
    opened = [f"{day},{time}" for day, *_ in ELEVEN_DAYS for time in ("11:30", "17:00")]
    project.write("data/opening.csv", "\n".join(["Date,Time", *opened, ""]))


def test_a_definition_with_every_rule_learns_the_same(
    eleven_days: Project, unvalidated: None, only_spark: None
) -> None:
    with_every_rule(eleven_days)

    assert contents(eleven_days, "--engine", "spark") == contents(eleven_days)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pizzeria", "gamedrop"])
def test_both_systems_learn_the_same_on_spark(
    name: str, only_spark: None, request: pytest.FixtureRequest
) -> None:
    project: Project = request.getfixturevalue(name)

    on_spark = contents(project, name, "--engine", "spark")

    assert on_spark == contents(project, name, "--engine", "pandas")
    assert on_spark == contents(project, name, "--engine", "duckdb")


VARIANTS = {
    "ridge": ("model: linear_regression", "model: {name: ridge, penalty: 0.5}"),
    "polynomial": ("model: linear_regression", "model: {name: polynomial_regression, degree: 2}"),
    "poisson": ("model: linear_regression", "model: poisson_regression"),
    "forest": ("model: linear_regression", "model: {name: random_forest, trees: 20}"),
    "by week": ("per: day of", "per: week of"),
    "by nights": ("per: day of ordered_at", "per: day of ordered_at from 05:00"),
    "means": ("- sum: {of: quantity", "- mean: {of: quantity"),
    "bands": (
        "- sum: {of: quantity",
        (
            "- bands: {of: quantity, as: size, small: under 2, large: 2 or more}\n"
            "      - keep: {size: [small, large]}\n      - sum: {of: quantity"
        ),
    ),
    "no duplicates": (
        "- keep:",
        "- drop_duplicates: {}\n      - keep:",
    ),
    "no Sundays": ("- keep:", "- drop_weekdays: {of: ordered_at, days: Sunday}\n      - keep:"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_ten_definitions_learn_the_same_on_spark(
    name: str, pizzeria: Project, unvalidated: None, only_spark: None
) -> None:
    old, new = VARIANTS[name]
    path = pizzeria.root / "configs/pizzeria.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new)
    if name == "by week":
        text = text.replace("join: day", "join: week").partition("rules:\n  - drop_weekdays")
        text = text[0] + "features" + text[2].partition("features")[2]
    path.write_text(text, encoding="utf-8")

    on_spark = contents(pizzeria, "pizzeria", "--engine", "spark")

    assert on_spark == contents(pizzeria, "pizzeria", "--engine", "pandas")
    assert on_spark == contents(pizzeria, "pizzeria", "--engine", "duckdb")


def test_the_url_is_read_when_it_is_needed_and_never_kept(
    eleven_days: Project, only_spark: None, monkeypatch: pytest.MonkeyPatch, spark_url: str
) -> None:
    monkeypatch.setenv("MLCLI_SPARK_HERE", f"{spark_url}/;x-mlcli=hidden")
    eleven_days.define(PIZZERIA + SPARK)

    eleven_days.works("fit")

    kept = [p for p in (eleven_days.root / "models").rglob("*") if p.is_file()]
    texts = [p.read_bytes() for p in kept]
    assert any(b"$MLCLI_SPARK_HERE" in text for text in texts)
    assert not any(b"hidden" in text or spark_url.encode() in text for text in texts)


def test_a_server_that_does_not_answer_is_the_environment(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:9/;token=secret")

    shown = eleven_days.fails(5, "fit", "--engine", "spark")

    assert "127.0.0.1:9: no Spark server answers there, or it went away" in shown
    assert "is what SPARK_REMOTE holds right? With a token or use_ssl it must speak TLS." in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("", "the environment variable SPARK_REMOTE is not set"),
        ("https://user:secret@host", "what SPARK_REMOTE holds is no URL of a Spark server"),
        ("sc://", "what SPARK_REMOTE holds is no URL of a Spark server"),
        ("sc://user:secret@host", "what SPARK_REMOTE holds is no URL of a Spark server"),
        ("sc://host/;token=a;secret", "what SPARK_REMOTE holds is no URL of a Spark server"),
        ("sc://host:secret/", "what SPARK_REMOTE holds is no URL of a Spark server"),
    ],
)
def test_what_is_no_url_is_not_shown(
    held: str, said: str, eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", held)

    shown = eleven_days.fails(5, "fit", "--engine", "spark")

    assert said in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("{name: spark, url: 'sc://host:1/;token=abc'}", "may hold a token"),
        ("{name: spark, url: 'http://host'}", "this is no URL of a Spark server"),
        ("{name: spark, url: $1}", "this names no environment variable"),
        ("{name: spark, memory: 4GB}", "'memory' is for the engine duckdb"),
        ("{name: duckdb, url: $SPARK_REMOTE}", "'url' is for the engine spark"),
        ("{url: $SPARK_REMOTE}", "add  name: spark"),
    ],
)
def test_a_definition_says_where_the_server_is_and_no_more(
    engine: str, said: str, eleven_days: Project
) -> None:
    eleven_days.define(f"{PIZZERIA}engine: {engine}\n")

    shown = eleven_days.fails(2, "fit")

    assert said in shown
    assert "abc" not in shown


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")
def test_an_older_spark_is_refused(
    eleven_days: Project, only_spark: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.sql.connect.session import SparkSession

    monkeypatch.setattr(SparkSession, "version", "3.5.1")

    shown = eleven_days.fails(5, "fit", "--engine", "spark")

    assert "the server runs Spark 3.5.1, and mlcli needs 4 or newer" in shown


def test_without_the_package_the_extra_is_named(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def lacking(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyspark"):
            raise ImportError(name)
        return real(name, *rest, **more)

    eleven_days.works("fit")
    before = of_spark()
    with monkeypatch.context() as patched:
        for module in before:
            patched.delitem(sys.modules, module)
            patched.delattr(module)  # of the package, which would keep what is imported anew
        patched.setattr(builtins, "__import__", lacking)
        patched.setenv("SPARK_REMOTE", "sc://127.0.0.1:9")

        for asked in (["fit"], ["predict", "--input", "file:/q/", "--output", "file:/a/"]):
            shown = eleven_days.fails(5, *asked, "--engine", "spark")

            assert "pip install 'mlcli[spark]'" in shown
    for module in of_spark() - before:  # imported meanwhile, with copies of the others
        del sys.modules[module]
        delattr(mlcli.exports.spark, module.rpartition(".")[2])


def of_spark() -> set[str]:
    """Return the modules of the engine that are imported."""
    return {name for name in sys.modules if name.startswith("mlcli.exports.spark.")}


@pytest.fixture
def server() -> Iterator[Sail]:
    """A server that a test may kill."""
    with sail() as one:
        yield one


def many(project: Project, rows: int) -> None:
    """Write so many orders that a query takes a while."""
    with (project.root / "data/orders.csv").open("w", encoding="utf-8") as file:
        file.write("item,quantity\n")
        file.writelines(f"item number {n} of a long list of items,{n % 7}\n" for n in range(rows))
    project.define(
        "sources:\n  orders:\n    file: data/orders.csv\n    rules:\n"
        "      - sum: {of: quantity, per: item, as: doughs}\n"
        "      - derive: {root: sqrt of doughs}\n"
        "      - between: {doughs: 5 or more}\n"
        "features: [root]\nlabel: doughs\nmodel: ridge\nengine: spark\n"
    )


def fitting(project: Project, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mlcli", "fit"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SPARK_REMOTE": url},
    )


def fitted(project: Project, url: str) -> None:
    started = fitting(project, url)
    _, said = started.communicate(timeout=120)
    assert started.returncode == 0, said


def models_of(root: Path) -> dict[str, bytes]:
    """Return all that is stored of models, without the account of runs."""
    found = (p for p in (root / "models").rglob("*") if p.is_file())
    return {str(p): p.read_bytes() for p in found if p.name != "runs.jsonl"}


@pytest.mark.slow
def test_a_server_killed_at_any_moment_changes_no_model(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(eleven_days, 400_000)
    with sail() as server:
        began = time.monotonic()
        fitted(eleven_days, server.url)
        whole = time.monotonic() - began
    before = models_of(eleven_days.root)
    assert before
    ended = []
    for moment in range(20):
        with sail() as server:
            started = fitting(eleven_days, server.url)
            time.sleep(whole * (moment + 1) / 21)
            alive = started.poll() is None
            server.kill()
            _, said = started.communicate(timeout=60)
        ended.append(started.returncode)
        assert started.returncode in ({5} if alive else {0}) | {0}, said
        if started.returncode:
            assert "no Spark server answers there, or it went away" in said
            assert "Traceback" not in said
        assert models_of(eleven_days.root) == before
    assert ended.count(5) >= 5
    with sail() as server:
        fitted(eleven_days, server.url)
    assert models_of(eleven_days.root) == before


@pytest.mark.slow
def test_ctrl_c_cancels_the_job(eleven_days: Project) -> None:
    many(eleven_days, 3_000_000)
    with sail() as server:
        started = fitting(eleven_days, server.url)
        time.sleep(3)
        assert started.poll() is None
        began = time.monotonic()
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=60)

        assert started.returncode == 130, said
        assert "interrupted; nothing was saved" in said
        assert time.monotonic() - began < 20
        assert server.process.poll() is None


@pytest.mark.parametrize("command", ["data", "start"])
def test_a_path_of_a_cluster_is_for_a_definition(command: str, project: Project) -> None:
    shown = project.fails(3, command, "s3://shop/rides.csv")

    assert "hint: what lies on a cluster is read by a definition with  engine: spark\n" in shown

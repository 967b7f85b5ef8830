"""What every test may use: a project in a temporary folder, and mlcli itself."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sail import sail
from support import ELEVEN_DAYS, PIZZERIA, Project, exports, fit_all

ROOT = Path(__file__).parent.parent

# Two workers on two cores: threads of scikit-learn's would mostly wait for each other. It is
# imported later; a number that is said outside stays.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_sessionstart() -> None:
    """Look for no garbage among thousands of tests as they are found: there is none.

    A worker's main module has no file, and pyspark would run its doctests, and exit.
    """
    gc.disable()
    main = sys.modules["__main__"]
    if not hasattr(main, "__file__"):
        main.__file__ = __file__


def pytest_collection_finish() -> None:
    gc.enable()


@pytest.fixture
def unvalidated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn once and not fold by fold, where a test is about something else."""
    monkeypatch.setattr("mlcli.judging.cross_validation.folds", lambda *_, **__: None)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no picture of a report where a test is not about that: it takes a process."""
    stub = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    monkeypatch.setattr("mlcli.cli.report._drawn", lambda all_: {one.name: stub for one in all_})


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the terminal: 80 columns, no colour, more than ASCII, whatever the machine has."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("FORCE_COLOR", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Project:
    """An empty project, and the current folder in it."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, capsys)


@pytest.fixture(scope="session")
def spark_url() -> Iterator[str]:
    """Where a server of Spark Connect is: Sail's, or the one that `make spark` started."""
    if url := os.environ.get("MLCLI_TEST_SPARK"):
        yield url
    else:
        with sail() as server:
            yield server.url


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample pizzeria fitted once; copy it before changing it."""
    return _fitted(tmp_path_factory.mktemp("sample"), "pizzeria")


@pytest.fixture(scope="session")
def sample_games(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample catalogue fitted once; copy it before changing it."""
    return _fitted(tmp_path_factory.mktemp("games"), "gamedrop")


def _fitted(root: Path, name: str) -> Path:
    shutil.copytree(ROOT / "data", root / "data")
    (root / "configs").mkdir()
    shutil.copy(ROOT / "configs" / f"{name}.yaml", root / "configs")
    fit_all(root)
    return root


@pytest.fixture
def pizzeria(sample: Path, project: Project) -> Project:
    """The sample project, fitted, in a folder of the test's own."""
    shutil.copytree(sample, project.root, dirs_exist_ok=True)
    return project


@pytest.fixture
def gamedrop(sample_games: Path, project: Project) -> Project:
    """The sample catalogue, fitted, in a folder of the test's own."""
    shutil.copytree(sample_games, project.root, dirs_exist_ok=True)
    return project


@pytest.fixture
def eleven_days(project: Project) -> Project:
    """The talk's eleven days as exports, with the pizzeria's definition and nothing held out."""
    bookings, till = exports(ELEVEN_DAYS)
    project.write("data/reservations.csv", bookings)
    project.write("data/orders.csv", till)
    project.define(PIZZERIA)
    return project


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite the golden files.")


@pytest.fixture
def golden(update_golden: bool) -> Callable[[str, str], None]:
    """Compare a text with a golden file, or rewrite the file when asked to."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if update_golden:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}: run pytest --update-golden, then read it"
        assert text == path.read_text(encoding="utf-8")

    return compare

"""What is compared: mlcli and plain scripts, and the project that they work on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

import agreement
import measuring

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).resolve().parent
MLCLI: Final = ("-m", "mlcli")


class FailedError(Exception):
    """A command that must work did not."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One command that is timed.

    Attributes
    ----------
    name
        What the table calls it.
    words
        What follows ``python``.
    optional
        Whether it may lack what it needs; the table then says so.
    makes
        What is removed before each run.
    """

    name: str
    words: tuple[str, ...]
    optional: bool = False
    makes: tuple[Path, ...] = ()

    def clean(self) -> None:
        """Remove what an earlier run made."""
        for path in self.makes:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def run(self, folder: Path) -> measuring.Run:
        """Run it once, from nothing, in a folder."""
        self.clean()
        return measuring.run([sys.executable, *self.words], folder)


class Section(Protocol):
    """A comparison: who takes part, and whether they found the same.

    ``beside`` names the plain scripts that all times are compared with, and ``asked``
    says how much mlcli may take.
    """

    beside: ClassVar[tuple[str, ...]]
    asked: ClassVar[str]

    @property
    def folder(self) -> Path:
        """The project, in which commands run."""

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """All who may take part; the first is a plain script that needs nothing optional."""

    def prepare(self) -> None:
        """Do what comes before and is not timed."""

    def reads(self) -> list[Path]:
        """Return the large files."""

    def found(self, contender: Contender, run: measuring.Run) -> object:
        """Return what one run found."""

    def check(self, found: dict[str, object]) -> str:
        """Say how well what was found agrees; raise ``DisagreeError`` where it does not."""


def plain(script: str, *words: Path) -> tuple[str, ...]:
    """Return the words that run a plain script on some files."""
    return (str(HERE / "plain" / script), *map(str, words))


def must(words: tuple[str, ...], folder: Path) -> str:
    """Run Python on some words, and return what it printed.

    Raises
    ------
    FailedError
        The exit code is not 0.
    """
    ended = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = ended.stderr or ended.stdout
        raise FailedError(f"{' '.join(words)}\nexit {ended.returncode}: {said.strip()}")
    return ended.stdout


@dataclass(frozen=True)
class Fit:
    """``mlcli fit`` on each engine, and what people would write instead."""

    beside: ClassVar[tuple[str, ...]] = ("pandas", "duckdb")
    asked: ClassVar[str] = (
        "mlcli: at most 1.7 × pandas, and 150 MB above its imports; "
        "mlcli duckdb: at most 1.6 × duckdb"
    )
    folder: Path

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return the plain scripts, then mlcli."""
        files = self.reads()
        models = self.folder / "models"
        fit = (*MLCLI, "fit", "pizzeria", "--json")
        return (
            Contender("pandas", plain("pandas_plain.py", *files)),
            Contender("pandas chunks", plain("pandas_chunks.py", *files)),
            Contender("duckdb", plain("duckdb_sql.py", *files), optional=True),
            Contender("polars", plain("polars_plain.py", *files), optional=True),
            Contender("mlcli", fit, makes=(models,)),
            Contender("mlcli duckdb", (*fit, "--engine", "duckdb"), optional=True, makes=(models,)),
        )

    def prepare(self) -> None:
        """Do nothing: all there is to do is timed."""

    def reads(self) -> list[Path]:
        """Return the exports."""
        return [self.folder / "data" / name for name in ("orders.csv", "reservations.csv")]

    def found(self, contender: Contender, run: measuring.Run) -> agreement.Line:
        """Return the line that was fitted."""
        if contender.makes:
            stored = self.folder / "models" / "pizzeria" / "1" / "equation.json"
            return agreement.stored_line(run.out, stored)
        return agreement.printed_line(run.out)

    def check(self, found: dict[str, object]) -> str:
        """Say how well the lines agree."""
        lines = {name: line for name, line in found.items() if isinstance(line, agreement.Line)}
        return agreement.check_lines(lines)


@dataclass(frozen=True)
class Predict:
    """``mlcli predict`` on a file of questions, and what people would write instead."""

    beside: ClassVar[tuple[str, ...]] = ("pandas",)
    asked: ClassVar[str] = "mlcli: at most 0.25 × pandas, and 150 MB in all"
    folder: Path

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return the plain script, then mlcli."""
        (questions,) = self.reads()
        theirs, ours = self._answers()
        ask = (*MLCLI, "predict", "--input", str(questions), "--output", str(ours))
        script = plain("pandas_predict.py", self._model, questions, theirs)
        return (
            Contender("pandas", script, makes=(theirs,)),
            Contender("mlcli", ask, makes=(ours,)),
        )

    @property
    def _model(self) -> Path:
        return self.folder / "plain.joblib"

    def _answers(self) -> tuple[Path, Path]:
        return self.folder / "plain.csv", self.folder / "mlcli.csv"

    def prepare(self) -> None:
        """Fit both models to the same small table."""
        shutil.rmtree(self.folder / "models", ignore_errors=True)
        must((*MLCLI, "fit", "flour"), self.folder)
        must(plain("make_model.py", self.folder / "data" / "nights.csv", self._model), self.folder)

    def reads(self) -> list[Path]:
        """Return the file of questions."""
        return [self.folder / "data" / "questions.csv"]

    def found(self, contender: Contender, run: measuring.Run) -> Path:
        """Return the file of answers."""
        del run
        return contender.makes[0]

    def check(self, found: dict[str, object]) -> str:
        """Say how well the answers agree; another process looks, to keep this one small."""
        del found
        script = str(HERE / "agreement.py")
        words = (script, *map(str, (*self.reads(), *self._answers())))
        try:
            said = must(words, self.folder).strip()
        except FailedError as error:
            raise agreement.DisagreeError(str(error)) from error
        with self._answers()[1].open() as file:
            some = [line.split(",") for line in islice(file, 1, 1 + _ASKED_ALONE)]
        for question, answer, *_ in some:
            self._check_alone(question, answer)
        return f"{said}; {len(some)} of them asked alone have the same digits"

    def _check_alone(self, question: str, answer: str) -> None:
        """Raise where one question asked alone is answered with other digits."""
        printed = must((*MLCLI, "predict", "--reservations", question, "--json"), self.folder)
        (alone,) = json.loads(printed)["predictions"]
        if alone["answer"] != float(answer):
            raise agreement.DisagreeError(
                f"{question} is {alone['answer']!r} asked alone, {answer} in the file"
            )


_ASKED_ALONE: Final = 3

SECTIONS: Final[dict[str, Callable[[Path], Section]]] = {"fit": Fit, "predict": Predict}
PROJECTS: Final = {"fit": "pizzeria", "predict": "flour"}

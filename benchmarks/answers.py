"""What ``mlcli predict`` on files is held against."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import agreement
from contenders import HERE, MLCLI, Contender, FailedError, Limit, Section, must, plain

if TYPE_CHECKING:
    from pathlib import Path

_ASKED_ALONE: Final = 3


def repeated(folder: Path) -> Section:
    """Return answers to one number each, of which there are 32,000 different ones."""
    questions, model = folder / "data" / "questions.csv", folder / "plain.joblib"
    theirs, ours = folder / "plain.csv", folder / "mlcli.csv"
    ask = (*MLCLI, "predict", "--input", str(questions), "--output", str(ours))

    def prepare() -> None:
        shutil.rmtree(folder / "models", ignore_errors=True)
        must((*MLCLI, "fit", "flour"), folder)
        must(plain("make_model.py", folder / "data" / "nights.csv", model), folder)

    def check(found: dict[str, Any]) -> str:
        del found
        said = _said_by("agreement.py", questions, theirs, ours)
        with ours.open() as file:
            some = [line.split(",") for line in islice(file, 1, 1 + _ASKED_ALONE)]
        for question, answer, *_ in some:
            _check_alone(folder, {"reservations": question}, answer)
        return f"{said}; {len(some)} of them asked alone have the same digits"

    script = plain("pandas_predict.py", model, questions, theirs)
    return Section(
        folder=folder,
        contenders=(
            Contender(name="pandas", words=script, makes=(theirs,)),
            Contender(name="mlcli", words=ask, makes=(ours,)),
        ),
        limits=(Limit("mlcli", "time", 0.25, "pandas"), Limit("mlcli", "MB", 150)),
        check=check,
        reads=(questions,),
        prepare=prepare,
    )


def _said_by(script: str, *files: Path) -> str:
    """Return how well files of answers agree; another process looks, to keep this one small."""
    try:
        return must((str(HERE / script), *map(str, files)), files[0].parent).strip()
    except FailedError as error:
        raise agreement.DisagreeError(str(error)) from error


def _check_alone(folder: Path, question: dict[str, str], answer: str) -> None:
    """Raise where one question asked alone is answered with other digits."""
    options = [word for name, cell in question.items() for word in (f"--{name}", cell)]
    asked = must((*MLCLI, "predict", *options, "--json"), folder)
    (alone,) = json.loads(asked)["predictions"]
    if alone["answer"] != float(answer):
        raise agreement.DisagreeError(
            f"{question} is {alone['answer']!r} asked alone, {answer} in the file"
        )

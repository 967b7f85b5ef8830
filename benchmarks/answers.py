"""What ``mlcli predict`` on files is held against."""

from __future__ import annotations

import csv
import json
import shutil
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import agreement
from contenders import (
    HERE,
    MLCLI,
    Contender,
    FailedError,
    Limit,
    Section,
    first_complaint,
    must,
    plain,
)
from fits import GROWING
from shared import TIMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ASKED_ALONE: Final = 3
_MOST_MB: Final = 150


def repeated(folder: Path) -> Section:
    """Return answers to one number each, of which there are 32,000 different ones."""

    def learn(kept: Path) -> None:
        must((*MLCLI, "fit", "flour"), folder)
        must(plain("make_model.py", folder / "data" / "nights.csv", kept), folder)

    return _answered(
        folder, "flour", "questions.csv", "pandas_predict.py", learn, look="one", time=0.25
    )


def table(folder: Path, *, name: str, file: str, time: float, most: float = _MOST_MB) -> Section:
    """Return answers to questions of eleven columns, which differ in every row.

    Parameters
    ----------
    folder
        The project.
    name, file
        The definition that answers, and the questions in ``data/``.
    time
        How many times as long mlcli may take as the script.
    most
        How much memory it may take, in millions of bytes.
    """

    def learn(kept: Path) -> None:
        must((*MLCLI, "fit", name), folder)
        kind = "boosting" if name == "boosting" else "linear"
        script = plain("fit_table.py", folder / "data" / "deliveries.csv", kept, kind)
        must((str(HERE / "same_rows.py"), *script), folder)

    return _answered(
        folder, name, file, "predict_table.py", learn, look="table", time=time, most=most
    )


questions: Final = partial(table, name="linear", file="questions.csv", time=0.5)
noted: Final = partial(table, name="noted", file="noted.csv", time=0.7)
trees: Final = partial(table, name="boosting", file="questions.csv", time=0.5, most=350)


def flat(folder: Path) -> Section:
    """Return answers to questions, twice and four times as many: memory is to stay flat."""
    ours = folder / "mlcli.csv"

    def prepare() -> None:
        shutil.rmtree(folder / "models", ignore_errors=True)
        must((*MLCLI, "fit", "linear"), folder)

    def check(found: dict[str, Any]) -> str:
        return "; ".join(found.values())

    def asked(shown: str, times: int) -> Contender:
        words = _ask("linear", folder / "data" / f"questions_{times}.csv", ours)
        return Contender(name=shown, words=words, found=first_complaint, makes=(ours,))

    return Section(
        folder=folder,
        contenders=tuple(map(asked, GROWING, TIMES)),
        limits=(
            Limit(GROWING[-1], "memory", 1.05, GROWING[0]),
            Limit(GROWING[-1], "MB", _MOST_MB),
        ),
        check=check,
        prepare=prepare,
    )


def _ask(name: str, asked: Path, answered: Path) -> tuple[str, ...]:
    files = ("--input", str(asked), "--output", str(answered))
    return (*MLCLI, "predict", "--model", name, *files)


def _answered(
    folder: Path,
    name: str,
    file: str,
    script: str,
    learn: Callable[[Path], None],
    *,
    look: str,
    time: float,
    most: float = _MOST_MB,
) -> Section:
    """Return a file of questions that is answered by a script and by mlcli.

    ``learn`` fits both models, that of the script into a file; ``look`` says how answers
    are compared.
    """
    asked, kept = folder / "data" / file, folder / "plain.joblib"
    theirs, ours = folder / "plain.csv", folder / "mlcli.csv"

    def prepare() -> None:
        shutil.rmtree(folder / "models", ignore_errors=True)
        learn(kept)

    def check(found: dict[str, Any]) -> str:
        del found
        said = _looked_at(look, asked, theirs, ours)
        with ours.open(newline="") as written:
            some = list(islice(csv.DictReader(written), _ASKED_ALONE))
        for row in some:
            _check_alone(folder, name, row)
        return f"{said}; {len(some)} of them asked alone have the same digits"

    return Section(
        folder=folder,
        contenders=(
            Contender(name="pandas", words=plain(script, kept, asked, theirs), makes=(theirs,)),
            Contender(name="mlcli", words=_ask(name, asked, ours), makes=(ours,)),
        ),
        limits=(Limit("mlcli", "time", time, "pandas"), Limit("mlcli", "MB", most)),
        check=check,
        reads=(asked,),
        prepare=prepare,
    )


def _looked_at(look: str, *files: Path) -> str:
    """Return how well files of answers agree; another process looks, to keep this one small."""
    words = (str(HERE / "agreement.py"), look, *map(str, files))
    try:
        return must(words, files[-1].parent).strip()
    except FailedError as error:
        raise agreement.DisagreeError(str(error)) from error


def _check_alone(folder: Path, name: str, row: dict[str, str]) -> None:
    """Raise where one question asked alone is answered with other digits."""
    asked = {column: cell for column, cell in row.items() if column not in {"answer", "note"}}
    options = [
        word for column, cell in asked.items() for word in (f"--{column.replace('_', '-')}", cell)
    ]
    printed = must((*MLCLI, "predict", "--model", name, *options, "--json"), folder)
    (alone,) = json.loads(printed)["predictions"]
    if alone["answer"] != float(row["answer"]):
        raise agreement.DisagreeError(
            f"{asked} is {alone['answer']!r} asked alone, {row['answer']} in the file"
        )

"""What ``evaluate``, ``compare`` and ``tune`` are held against."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import agreement
from contenders import HERE, MLCLI, Contender, Limit, Section, must, plain
from fits import NUMBERS, beside_script

if TYPE_CHECKING:
    from pathlib import Path

    from agreement import Figures
    from measuring import Run

_LIMITS: Final = (Limit("mlcli", "time", 2.5, "plain"), Limit("mlcli", "memory", 1.5, "plain"))


def evaluate(folder: Path) -> Section:
    """Return the look at a stored model on another table."""
    learned, others = folder / "data" / "deliveries.csv", folder / "data" / "others.csv"
    kept = folder / "plain.joblib"
    ask = (*MLCLI, "evaluate", "--model", "linear", "--data", str(others), "--json")

    def prepare() -> None:
        shutil.rmtree(folder / "models", ignore_errors=True)
        must((*MLCLI, "fit", "linear"), folder)
        script = plain("fit_table.py", learned, kept, "linear")
        must((str(HERE / "same_rows.py"), *script), folder)

    return beside_script(
        folder,
        plain("evaluate_table.py", kept, others),
        (Contender(name="mlcli", words=ask, found=_evaluated),),
        _LIMITS,
        agree=(*NUMBERS, "worst"),
        reads=(others,),
        prepare=prepare,
    )


def compare(folder: Path) -> Section:
    """Return the comparison of two models."""
    data = folder / "data" / "deliveries.csv"
    models = "linear_regression,ridge:penalty=10000"
    ask = (*MLCLI, "compare", "linear", "--models", models, "--json")
    return beside_script(
        folder,
        plain("compare_models.py", data),
        (Contender(name="mlcli", words=ask, found=_compared),),
        _LIMITS,
        agree=("linear_regression", "ridge", "difference"),
        reads=(data,),
    )


def tune(folder: Path) -> Section:
    """Return the choice among three values."""
    data, kept = folder / "data" / "deliveries.csv", folder / "plain.joblib"
    ask = (*MLCLI, "tune", "tuned", "--json")
    return beside_script(
        folder,
        plain("tune_table.py", data, kept),
        (Contender(name="mlcli", words=ask, found=_tuned, makes=(folder / "models",)),),
        _LIMITS,
        agree=("grid",),
        reads=(data,),
        makes=(kept,),
    )


def _evaluated(run: Run) -> Figures:
    return agreement.evaluated_figures(run.out)


def _compared(run: Run) -> Figures:
    return agreement.compared_figures(run.out)


def _tuned(run: Run) -> Figures:
    return agreement.tuned_figures(run.out)

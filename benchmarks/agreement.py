"""Whether contenders found the same: a table of times says nothing where they did not.

python benchmarks/agreement.py one QUESTIONS PLAIN MLCLI      compare two files of answers
python benchmarks/agreement.py table QUESTIONS PLAIN MLCLI    where questions have many columns
"""

from __future__ import annotations

import json
import sys
from itertools import zip_longest
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE_TOLERANCE: Final = 1e-9
ANSWER_TOLERANCE: Final = 1e-13
"""mlcli delivers 14 digits, and rounding to them changes a number by at most 5e-14 of it."""


class DisagreeError(Exception):
    """Two contenders found different things."""


class Line(NamedTuple):
    """A fitted line, and how many days it was fitted to."""

    slope: float
    intercept: float
    days: int


def printed_line(text: str) -> Line:
    """Read what a plain script prints: slope, intercept, days."""
    slope, intercept, days = text.split()
    return Line(float(slope), float(intercept), int(days))


def stored_line(printed: str, equation: Path) -> Line:
    """Read the line that ``mlcli fit --json`` stored, in full.

    Parameters
    ----------
    printed
        What it printed, which has the days.
    equation
        The file that it stored: a column is standardised, then weighed.
    """
    centred, weighed = json.loads(equation.read_text(encoding="utf-8"))
    (fitted,) = json.loads(printed)["fitted"]
    slope = weighed["weights"][0] / centred["scale"][0]
    return Line(slope, weighed["intercept"] - slope * centred["centre"][0], fitted["rows"]["used"])


def check_lines(lines: Mapping[str, Line]) -> str:
    """Say how well some lines agree, by who found them.

    Raises
    ------
    DisagreeError
        A slope or an intercept is further than 1e-9 of itself from that of the first,
        or was fitted to other days.
    """
    (first, line), *others = lines.items()
    for name, other in others:
        for said, ours, theirs in zip(Line._fields, line, other, strict=True):
            tolerance = 0 if said == "days" else LINE_TOLERANCE
            if not isclose(ours, theirs, rel_tol=tolerance, abs_tol=0):
                raise DisagreeError(f"{said}: {ours!r} by {first}, {theirs!r} by {name}")
    return (
        f"slope {line.slope:.9g} and intercept {line.intercept:.9g} on {line.days:,} days: "
        f"all {len(lines)} agree to {LINE_TOLERANCE:g} of each"
    )


Figures = dict[str, tuple[float, ...]]
"""By metric: on rows to learn from and on those held out."""


def printed_figures(text: str) -> Figures:
    """Read what a plain script prints: a metric and its figures on each line."""
    rows = [line.split() for line in text.splitlines()]
    return {name: tuple(map(float, figures)) for name, *figures in rows}


def fitted_figures(printed: str) -> Figures:
    """Read the same of what ``mlcli fit --json`` printed, before answers are rounded."""
    (fitted,) = json.loads(printed)["fitted"]
    sides = ("train", "holdout")
    figures = {
        name: tuple(metric.get(f"{side}_raw", metric[side]) for side in sides)
        for name, metric in fitted["metrics"].items()
    }
    for name, metric in fitted["evidence"]["cv"]["metrics"].items():
        figures[f"cv_{name}"] = (metric["mean"],)
    own = fitted["metrics"].get("mae", {}).get("own_baseline")
    return figures if own is None else {**figures, "own": (own,)}


def evaluated_figures(printed: str) -> Figures:
    """Read what ``mlcli evaluate --data FILE --json`` printed: of the file, before rounding."""
    found = json.loads(printed)
    figures = {name: (metric["holdout_raw"],) for name, metric in found["metrics"].items()}
    return {**figures, "worst": tuple(abs(row["miss"]) for row in found["worst"])}


def compared_figures(printed: str) -> Figures:
    """Read what ``mlcli compare --json`` printed of held-out rows: MAE, and the difference."""
    found = json.loads(printed)
    figures = {
        one["name"].partition(":")[0]: (one["metrics"]["mae"]["holdout"],)
        for one in found["models"]
    }
    (pair,) = found["pairs"]
    apart = pair["holdout"]
    return {**figures, "difference": (apart["mean"], apart["low"], apart["high"])}


def tuned_figures(printed: str) -> Figures:
    """Read what ``mlcli tune --json`` printed: the error of each combination over the folds."""
    return {"grid": tuple(one["error"] for one in json.loads(printed)["grid"])}


def check_figures(said: str, wanted: Figures, found: Mapping[str, Figures], within: float) -> str:
    """Say how well figures agree with those wanted, by who found them.

    Parameters
    ----------
    said
        Whose figures those wanted are.
    wanted, found
        All metrics that are wanted are compared; more may have been found.
    within
        How far one may be from the wanted one, as a share of it.

    Raises
    ------
    DisagreeError
        One is further off, or missing.
    """
    for name, figures in found.items():
        for metric, ours in wanted.items():
            theirs = figures.get(metric, ())
            if len(ours) != len(theirs) or not all(
                isclose(a, b, rel_tol=within, abs_tol=0) for a, b in zip(ours, theirs, strict=True)
            ):
                raise DisagreeError(f"{metric}: {ours} by {said}, {theirs} by {name}")
    metric = next(iter(wanted))
    return (
        f"{', '.join(wanted)} of {', '.join(found)}: those of {said} to {within:g} of each, "
        f"{metric} {' and '.join(f'{figure:.9g}' for figure in wanted[metric])}"
    )


def check_answers(questions: Path, plain: Path, ours: Path) -> str:
    """Say how well two files of answers agree, line by line, in little memory.

    Parameters
    ----------
    questions
        One column of whole numbers.
    plain
        One column, ``answer``, with all digits of each float.
    ours
        ``reservations,answer,note``, as ``mlcli predict`` writes it.

    Raises
    ------
    DisagreeError
        Lines are missing; a question is not kept as it was; there is a note; an answer
        is further than 1e-13 of itself from the plain one; or it has not just the digits
        of the number that it is, rounded to 14.
    """
    rows, same = 0, 0
    checked: dict[tuple[str, str, str], bool] = {}
    with questions.open() as asked, plain.open() as theirs, ours.open() as written:
        heads = tuple(next(file, "") for file in (asked, theirs, written))
        if heads != ("reservations\n", "answer\n", "reservations,answer,note\n"):
            raise DisagreeError(f"the headers are {heads}")
        for cells in zip_longest(asked, theirs, written, fillvalue=""):
            if cells not in checked:
                checked[cells] = _same_digits(rows + 2, *cells)
            rows += 1
            same += checked[cells]
    return (
        f"{rows:,} answers, {len(checked):,} different ones: all agree to {ANSWER_TOLERANCE:g} "
        f"of each, {same / rows:.1%} in all 14 digits that mlcli writes"
    )


def _same_digits(line: int, question: str, plain: str, written: str) -> bool:
    """Return whether an answer is the plain one rounded to 14 digits; raise if it is far off."""
    kept, _, rest = written.rstrip("\n").partition(",")
    answer, _, note = rest.partition(",")
    if kept + "\n" != question:
        raise DisagreeError(f"line {line}: {question.strip()!r} was asked, {kept!r} is answered")
    if note:
        raise DisagreeError(f"line {line}: there is a note: {note}")
    try:
        ours, theirs = float(answer), float(plain)
    except ValueError as error:
        raise DisagreeError(f"line {line}: {error}") from error
    if not isclose(ours, theirs, rel_tol=ANSWER_TOLERANCE, abs_tol=0):
        raise DisagreeError(f"line {line}: {ours!r} by mlcli, {theirs!r} by the plain script")
    if answer != _delivered(ours):
        raise DisagreeError(f"line {line}: {answer} is not how {ours!r} is written")
    return answer == _delivered(theirs)


def _delivered(value: float) -> str:
    """Write a number as mlcli delivers it: 14 digits, the fewest that say them."""
    return repr(float(f"{value:.14g}")).removesuffix(".0")


def check_tables(questions: Path, plain: Path, ours: Path) -> str:
    """Say how well two files of answers to questions of many columns agree, in parts.

    Parameters
    ----------
    questions
        Deliveries, as ``deliveries.questions`` writes them.
    plain
        Any columns, and ``answer``, with all digits of each float.
    ours
        The columns of the questions, ``answer`` and ``note``, as ``mlcli predict`` writes it.

    Raises
    ------
    DisagreeError
        Rows are missing; a question is not kept as it was; a row is answered, refused or
        noted that should not be; or an answer is further than 1e-9 of itself from the plain one.
    """
    import pandas as pd
    from deliveries import NUMBERS

    def parts(path: Path) -> Iterator[pd.DataFrame]:
        yield from pd.read_csv(path, dtype="str", keep_default_na=False, chunksize=_PART)

    rows = notes = refusals = 0
    for asked, theirs, written in zip_longest(*map(parts, (questions, plain, ours))):
        sizes = {0 if part is None else len(part) for part in (asked, theirs, written)}
        if len(sizes) > 1:
            raise DisagreeError(f"there are other numbers of rows after row {rows:,}")
        if not written.drop(columns=["answer", "note"]).equals(asked):
            raise DisagreeError(f"a question is not kept as it was after row {rows:,}")
        refused = pd.to_numeric(asked["waited_s"]) > NUMBERS["waited_s"][1]
        noted = refused | (pd.to_numeric(asked["price"]) > NUMBERS["price"][1])
        if any((written["answer"] == "") != refused) or any((written["note"] != "") != noted):
            raise DisagreeError(f"other rows are refused or noted after row {rows:,}")
        answers, wanted = (pd.to_numeric(part["answer"])[~refused] for part in (written, theirs))
        if not ((answers - wanted).abs() <= LINE_TOLERANCE * wanted.abs()).all():
            raise DisagreeError(f"an answer differs after row {rows:,}")
        rows, notes, refusals = rows + len(asked), notes + sum(noted), refusals + sum(refused)
    return (
        f"{rows:,} rows, {notes:,} with a note, {refusals:,} of them refused: "
        f"all other answers agree to {LINE_TOLERANCE:g} of each"
    )


_PART: Final = 100_000

if __name__ == "__main__":
    check = {"one": check_answers, "table": check_tables}[sys.argv[1]]
    try:
        print(check(*map(Path, sys.argv[2:])))
    except DisagreeError as error:
        sys.exit(str(error))

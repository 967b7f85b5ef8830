"""The tests notice: each fault is put into a copy of the source, and some test must fail.

Run by ``make slow``, but for whether each fault can be made. One that no test catches is
a hole in the tests; one whose text is no longer in the source must be written anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# What it does, file, text, text with the fault, tests that must notice.
FAULTS = [
    (
        "margins judge themselves",
        "judging/numbers.py",
        "if held is not None and self._by_held_out():",
        "if held is None and self._by_held_out():",
        ["tests/cli/test_evidence.py"],
    ),
    (
        "a fold learns from the rows that it tests",
        "judging/cross_validation.py",
        "train, test = rows[fold.train], rows[fold.test]",
        "train, test = rows, rows[fold.test]",
        ["tests/cli/test_evidence.py"],
    ),
    (
        "what a part taught counts as little as one error of it",
        "statistics/comparing.py",
        "error = known[1] * (count - 1)",
        "error = known[1]",
        ["tests/unit/statistics"],
    ),
    (
        "each row of a group counts",
        "statistics/comparing.py",
        "zip(related.means(differences), fewest, strict=True)",
        "zip(ALONE.means(differences), fewest, strict=True)",
        ["tests/unit/statistics"],
    ),
    (
        "a mean without a group is of all rows",
        "statistics/dependence.py",
        "moved = sums * (1 + odds)",
        "moved = sums",
        ["tests/unit/statistics/test_dependence.py"],
    ),
    (
        "folds that share rows count as independent",
        "statistics/comparing.py",
        "parts = 1 / count + test_rows / train_rows",
        "parts = 1 / count",
        ["tests/unit/statistics"],
    ),
    (
        "scaler and levels see the hold-out",
        "learning/shaping.py",
        "learn_feature(f, columns[f.name].taken(rows))",
        "learn_feature(f, columns[f.name])",
        ["tests/unit", "tests/cli/test_fit_evaluate.py"],
    ),
    (
        "the estimator is fitted on held-out rows too",
        "learning/fitting.py",
        "learned = learn(lesson, train, whole)",
        "learned = learn(lesson, [*train, *held])",
        ["tests/unit", "tests/cli/test_fit_evaluate.py"],
    ),
    (
        "< becomes <= in bands",
        "definition/rules/columns.py",
        "made = nw.when(number < _high(span))",
        "made = nw.when(number <= _high(span))",
        ["tests/unit/definition/rules"],
    ),
    (
        "< becomes <= in ranges",
        "grammar/phrases.py",
        "value < self.high",
        "value <= self.high",
        ["tests/unit"],
    ),
    (
        "weekday off by one, in the domain",
        "answering/domain.py",
        "numbers = [(wording.WEEKDAYS.index(str(d)) + 1) % 7 for d in self.values]",
        "numbers = [wording.WEEKDAYS.index(str(d)) for d in self.values]",
        ["tests/unit"],
    ),
    (
        "weekday off by one, derived",
        "definition/rules/columns.py",
        "enumerate(wording.WEEKDAYS, start=1)",
        "enumerate(wording.WEEKDAYS, start=2)",
        ["tests/unit/definition/rules"],
    ),
    (
        "oldest instead of newest held out",
        "learning/splits.py",
        "np.sort(days.values)[-wanted:]",
        "np.sort(days.values)[:wanted]",
        ["tests/unit/learning/test_splits.py"],
    ),
    (
        "a share rounded down",
        "learning/splits.py",
        "wanted = ceil(",
        "wanted = int(",
        ["tests/unit/learning/test_splits.py"],
    ),
    (
        "the last chunk dropped",
        "exports/csv/source.py",
        "                    empty = False\n                    self.watch",
        "                    empty = False\n                    if len(chunk) < 5:\n                        break\n                    self._watch",
        ["tests/unit/exports/csv/test_source.py"],
    ),
    (
        "columns swapped",
        "answering/encoding.py",
        "return [number for feature in features for number",
        "return [number for feature in reversed(features) for number",
        ["tests/unit", "tests/cli/test_fit_evaluate.py", "tests/test_talk.py"],
    ),
    (
        "columns of a file matched by position",
        "exports/header.py",
        "    return first\n",
        "    return min(first, 0)\n",
        ["tests/cli/test_fit_evaluate.py"],
    ),
    (
        "standardised again at predict",
        "answering/predicting.py",
        "probable = getattr(estimator",
        "matrix = (matrix - matrix.mean(0)) / (matrix.std(0) + 1); probable = getattr(estimator",
        ["tests/cli/test_fit_evaluate.py"],
    ),
    (
        "the exit code is lost",
        "cli/process.py",
        "return error.exit_code",
        "return 0",
        ["tests/cli/test_predict.py"],
    ),
    (
        "a join that loses keys",
        "tables/join.py",
        'how="full"',
        'how="inner"',
        ["tests/unit", "tests/test_talk.py"],
    ),
    (
        "halves rounded to even",
        "wording.py",
        "whole += rest >= HALF",
        "whole += rest > 0.5 or (rest == 0.5 and whole % 2)",
        ["tests/unit"],
    ),
    (
        "the digest is not checked",
        "store/cargo.py",
        "if digest(raw) != manifest.digests.cargo.get(file):",
        "if not digest(raw):",
        ["tests/unit/store/test_versions.py", "tests/cli/test_store.py"],
    ),
    (
        "an allow-list by prefix",
        "store/trusted_pickle.py",
        'return name in _ALLOWED.get(module, "").split()',
        'return module.split(".")[0] in {"sklearn", "numpy", "joblib", "builtins"}',
        ["tests/unit/store/test_trusted_pickle.py", "tests/cli/test_store.py"],
    ),
    (
        "baselines are scored on the training rows",
        "judging/numbers.py",
        "judged = held_out or train\n    always",
        "judged = train\n    always",
        ["tests/unit/judging/test_numbers.py", "tests/cli/test_fit_evaluate.py"],
    ),
    (
        "the mean is judged before it is rounded",
        "judging/numbers.py",
        "mean = self.target.answers(np.full(len(held), blind))",
        "mean = np.full(len(held), blind)",
        ["tests/unit/judging/test_numbers.py"],
    ),
    (
        "an interval forgets that few misses are large",
        "statistics/dependence.py",
        "if abs(skew) < _STRAIGHT:",
        "if abs(skew) < 10:",
        ["tests/unit/statistics/test_dependence.py"],
    ),
    (
        "a look at the same setting counts again",
        "store/holdout_shown.py",
        "shown[one].update(settings)",
        "shown[one].update(f'{len(shown[one])}{each}' for each in settings)",
        ["tests/unit/store/test_holdout_shown.py"],
    ),
    (
        "a range is called too narrow whatever chance is",
        "judging/numbers.py",
        "seldom = bdtr(right, rows, _LEVEL) < _BY_CHANCE",
        "seldom = right < _LEVEL * rows",
        ["tests/faults/test_figures.py"],
    ),
    (
        "a rare class counts as much as its rows",
        "statistics/metrics.py",
        "return _mean(came.right[there] / came.were[there])",
        "return accuracy(came)",
        ["tests/unit/statistics/test_class_metrics.py"],
    ),
    (
        "the size of a profile does not matter to a score",
        "answering/scoring.py",
        "return Score(lambda size: len(wishes) * log(every - size) - seldom, gains)",
        "return Score(lambda size: len(wishes) * log(every) - seldom, gains)",
        ["tests/unit/answering/test_ranking.py"],
    ),
    (
        "ties are decided by the order of profiles, not by the name",
        "answering/ranking.py",
        "(*key, thing.name, thing.row))",
        "key)",
        ["tests/unit/answering/test_ranking.py"],
    ),
    (
        "scores that rounding alone tells apart are no ties",
        "answering/ranking.py",
        "_DECIMALS: Final = 10",
        "_DECIMALS: Final = 17",
        ["tests/unit/answering/test_ranking.py"],
    ),
    (
        "the start of a line that goes on in the next block is lost",
        "exports/csv/text_file.py",
        "        kept = block[end:]\n",
        '        kept = b""\n',
        ["tests/unit/exports/csv/test_text_file.py"],
    ),
    (
        "a line of many bytes is cut into two rows",
        "exports/csv/text_file.py",
        "end == 0 and len(block) <= _LONGEST_BYTES",
        "end == 0 and len(block) <= LONGEST_LINE",
        ["tests/unit/exports/csv/test_text_file.py", "tests/unit/verbs/test_ask_file.py"],
    ),
    (
        "lines inside quotes are not counted from block to block",
        "exports/csv/regular.py",
        "size, int(line_ends[-1]), ",
        "size, len(ends), ",
        ["tests/unit/exports/csv/test_source.py", "tests/property/test_notations_in_blocks.py"],
    ),
    (
        "a quote may close in the middle of a cell",
        "exports/csv/regular.py",
        "if not border[at[opens] - 1].all() or not border[at[closes] + 1].all():",
        "if not border[at[opens] - 1].all():",
        ["tests/property/test_blocks.py"],
    ),
    (
        "a column of true and false is one of numbers",
        "exports/csv/blocks.py",
        'in "tTfF":',
        'in "fF":',
        ["tests/property/test_numbers_in_bulk.py"],
    ),
    (
        "a value that cannot be worked out is a value outside the domain",
        "answering/domain.py",
        "m | unknown.get(c.column, False)",
        "m",
        ["tests/property/test_single_and_batch.py"],
    ),
    (
        "many logarithms are those of NumPy",
        "answering/equation.py",
        "out[:, at] = _each(log, np.where",
        "out[:, at] = np.log2(np.where",
        ["tests/property/test_single_and_batch.py"],
    ),
    (
        "a note is lost where the question after it is refused",
        "answering/model.py",
        "places[np.flatnonzero(able)[at]] = True",
        "places[np.flatnonzero(at)] = True",
        ["tests/property/test_single_and_batch.py"],
    ),
    (
        "a cell that begins with a space is no formula",
        "exports/csv/writing.py",
        '[*{space.encode()[0] for space in cells.SPACES}, *b"=@"]',
        '[*b"=@"]',
        ["tests/unit/exports/csv/test_writing.py"],
    ),
]


def outcome(source: Path, tests: list[str]) -> int:
    """Run some tests against a copy of the source; return pytest's exit code."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-m",
            "not slow",
            *tests,
        ],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")}
        | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize(
    ("file", "text", "tests"), [(f[1], f[2], f[4]) for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_can_be_made(file: str, text: str, tests: list[str]) -> None:
    source = (ROOT / "src" / "mlcli" / file).read_text(encoding="utf-8")

    assert source.count(text) == 1, f"the text is not in {file} once: write the fault anew"
    assert all((ROOT / test).exists() for test in tests)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text", "fault", "tests"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_is_noticed(
    tmp_path: Path, file: str, text: str, fault: str, tests: list[str]
) -> None:
    shutil.copytree(ROOT / "src" / "mlcli", tmp_path / "mlcli")
    path = tmp_path / "mlcli" / file
    path.write_text(path.read_text(encoding="utf-8").replace(text, fault), encoding="utf-8")

    assert outcome(tmp_path, tests) == 1


@pytest.mark.slow
def test_the_copy_is_what_is_tested(tmp_path: Path) -> None:
    """Without a fault the same run passes: the copy is read, and the tests are sound."""
    shutil.copytree(ROOT / "src" / "mlcli", tmp_path / "mlcli")
    assert outcome(tmp_path, ["tests/test_talk.py"]) == 0
    (tmp_path / "mlcli" / "cli" / "__init__.py").write_text(
        "raise SystemExit(9)\n", encoding="utf-8"
    )
    assert outcome(tmp_path, ["tests/test_talk.py"]) != 0

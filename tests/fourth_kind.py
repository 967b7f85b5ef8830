"""mlcli with one more kind of answer: ``grade``, words in an order, each as far from the next.

Run as mlcli is: ``python tests/fourth_kind.py fit``. The kind is a class, and a line in each
table that CONTRIBUTING.md names; nothing else of mlcli knows of it.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from mlcli.answering.label import KINDS, TARGETS, ClassTarget, NumberTarget
from mlcli.answering.target import Target


class _NamedGrades(NamedTuple):
    name: str
    unit: str
    grades: tuple[str, ...]


class GradeTarget(Target, _NamedGrades):
    """One of some words in their order; a raw prediction is a place among them."""

    kind = "grade"
    noun = "a grade"
    plural = "grades"
    such_a_model = "linear_regression"
    are = "is"
    compared = ("wrong",)
    base = "the commonest grade"
    metrics = ClassTarget.metrics
    read_as = guessed_as = "text"
    described = "{name!r} is one of some grades"

    @classmethod
    def holds(cls, labels):
        return labels.kind == "text"

    of_equation = NumberTarget.of_equation
    of_equations = NumberTarget.of_equations
    of_estimator = NumberTarget.of_estimator
    together = NumberTarget.together
    joined = NumberTarget.joined
    agree = NumberTarget.agree
    kept = NumberTarget.kept
    restored = NumberTarget.restored
    truths = ClassTarget.truths

    def deliver(self, value):
        place = min(max(round(value), 0), len(self.grades) - 1)
        return self.grades[place]

    answers = ClassTarget.answers

    @property
    def classes(self):
        return self.grades

    def answered(self, values):
        return np.clip(np.rint(values), 0, len(self.grades) - 1).astype(int)

    def shares(self, values):
        del values

    def value(self, value):
        return self.deliver(value)

    def raw(self, value, probabilities):
        assert probabilities is None
        return float(self.grades.index(value))

    def note(self, value):
        return "" if 0 <= round(value) < len(self.grades) else "it is beyond the last grade"

    def aims(self, labels):
        return np.array([float(self.grades.index(label)) for label in labels])

    def blind(self, labels):
        counts = Counter(labels)
        return {grade: counts[grade] / len(labels) for grade in self.grades}

    def misses(self, truths, values):
        return (truths != self.answers(values)).astype(float)

    def errors(self, truths, values, *, delivered):
        del delivered
        return {"wrong": self.misses(truths, values)}

    def errors_of_base(self, blind, truths, *, delivered):
        del delivered
        always = max(blind, key=blind.get)
        return {"wrong": (truths != always).astype(float)}


def known() -> None:
    """Make it known: what a new kind of answer adds to the tables."""
    for table in (TARGETS, KINDS):
        table["grade"] = GradeTarget

    from mlcli.definition.algorithms import LinearRegression, Ridge
    from mlcli.judging.classes import ClassJudge, ClassLook
    from mlcli.judging.judge import Judge, Look
    from mlcli.judging.judges import LOOKS
    from mlcli.learning.labels import LABELS, ClassLabels, RowLabels
    from mlcli.screens.in_words import SAID, OfClasses

    class GradeLabels(ClassLabels):
        __slots__ = ()
        kind = GradeTarget

        def target(self, label, rows):
            assert set(self.of(rows)) == {"bad", "fair", "good"}
            return GradeTarget(label.name, label.unit or label.name, ("bad", "fair", "good"))

        def notes(self, target, rows, held):
            del target, rows, held
            return []

        prepare = RowLabels.prepare

    class GradeJudge(ClassJudge):
        report = Judge.report

    class GradeLook(ClassLook):
        judged_by = GradeJudge
        answered = Look.answered

    LABELS["grade"] = GradeLabels
    LOOKS["grade"] = GradeLook
    SAID["grade"] = OfClasses
    for algorithm in (LinearRegression, Ridge):
        algorithm.answers = (*algorithm.answers, "grade")


if __name__ == "__main__":
    known()
    from mlcli.cli.process import entry

    entry()

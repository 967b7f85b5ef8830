"""Tables written by hand, and rules run on them in chunks of every size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import ValidationError

from mlcli.answering.column import Words
from mlcli.definition.rules.base import LINE, Rule, below
from mlcli.definition.rules.registry import Step
from mlcli.definition.vocabulary import OptionError
from mlcli.definition.yaml_text import Document
from mlcli.exports import values_of_cells
from mlcli.judging.leaks import coded_column
from mlcli.learning.judged import Judged
from mlcli.store.ledger import Counted, Ledger, SourceCount
from mlcli.tables import join, rules_over_chunks
from mlcli.tables.examples import STATUSES, Examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlcli.answering.column import Column, Rows
    from mlcli.answering.model import Answer, Model
    from mlcli.answering.target import Raw, Target
    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind
    from mlcli.judging.leaks.coded_column import CodedColumn

SIZES = (1, 2, 3, 7, None)
"""Rows a chunk; ``None`` is all of them."""

_READ: dict[str, Callable[[str], Any]] = {
    "number": float,
    "date": datetime.fromisoformat,
    "text": str,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def columns(text: str) -> dict[str, tuple[list[Any], Any]]:
    """Read ``guests: number | note: text`` and the rows below it; ``-`` is a missing value."""
    head, *lines = [
        [cell.strip() for cell in line.split("|")] for line in text.splitlines() if line.strip()
    ]
    found: dict[str, tuple[list[Any], Any]] = {}
    for position, heading in enumerate(head):
        name, kind = heading.split(": ")
        cells = [line[position] for line in lines]
        found[name] = ([None if cell == "-" else _READ[kind](cell) for cell in cells], kind)
    return found


def table(text: str) -> Frame:
    """Return the table; its first row stands in line 2."""
    made = columns(text)
    rows = len(next(iter(made.values()))[0])
    return values_of_cells.frame({**made, LINE: (list(range(2, rows + 2)), "any")})


def plain(frame: Frame) -> dict[str, list[Any]]:
    """Return a table as plain lists, without its lines."""
    return {name: join.values(frame[name]) for name in frame.columns if name != LINE}


def column(values: Sequence[Any], empty: Kind = "text") -> Column:
    """Return some values of one kind as a column; of kind ``empty`` where all are missing."""
    there = [value for value in values if value is not None]
    kinds = {float: "number", int: "number", bool: "boolean", datetime: "date", str: "text"}
    kind: Any = kinds[type(there[0])] if there else empty
    return join.column(values_of_cells.frame({"column": (values, kind)})["column"])


def answered(model: Model, questions: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return the answers to some questions, asked in columns; each holds the same columns."""
    kinds = {feature.name: feature.read_as for feature in model.features}
    columns = {
        name: column([question[name] for question in questions], kinds.get(name, "text"))
        for name in questions[0]
    }
    return [*model.each(columns, model.answer_many(columns))]


def words(values: Iterable[str | None]) -> NDArray[np.object_]:
    """Return words as labels and answers are: the classes of rows, (n,)."""
    return np.array([*values], dtype=object)


def rows(*positions: int) -> Rows:
    """Return where some rows stand."""
    return np.array(positions, dtype=np.intp)


def judged(
    target: Target,
    truths: Sequence[Any],
    values: Sequence[Raw],
    *,
    keys: Sequence[str] = (),
    baseline: Sequence[float] | None = None,
) -> Judged:
    """Return rows with their truths, and a raw prediction for each."""
    own = None if baseline is None else np.array(baseline)
    return Judged(keys, target.truths(truths), target.together(values), own)


def examples(
    columns: Mapping[str, Sequence[Any]],
    *,
    status: Sequence[str] | None = None,
    lines: Sequence[int] | None = None,
    key: str | None = None,
    ledger: Ledger | None = None,
) -> Examples:
    """Return rows of a finished table, usable ones if nothing else is said."""
    rows = len(next(iter(columns.values()), ()))
    codes = [STATUSES.index(one) for one in status or ["usable"] * rows]
    return Examples(
        key=key,
        unit="day" if key else None,
        columns={name: column(values) for name, values in columns.items()},
        status=Words(np.array(codes, dtype=int), STATUSES),
        reasons=Words(np.full(rows, -1), ()),
        lines=None if lines is None else np.array(lines),
        last=None,
        ledger=ledger or Ledger(sources=[SourceCount("f", "f.csv")]),
    )


@cache
def rule(text: str) -> Rule:
    """Read one rule as it stands in a definition."""
    return Step.model_validate(Document(text).value).rule


def refused(text: str) -> tuple[str, str, str]:
    """Read a rule that makes no sense; return the message, the hint and the key to blame."""
    with pytest.raises(ValidationError) as raised:
        rule(text)
    error = raised.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, OptionError)
    return str(error), error.hint, error.key


def chunks(frame: Frame, size: int | None) -> Iterator[Frame]:
    """Cut a table into chunks of some rows."""
    step = size or max(len(frame), 1)
    return (frame[start : start + step] for start in range(0, max(len(frame), 1), step))


def run(one: Rule, frame: Frame, size: int | None = None) -> tuple[Frame, Counted]:
    """Run a rule as mlcli does, in chunks of some rows, and return its line of the ledger too."""
    came, (counted,) = rules_over_chunks.run([one], chunks(frame, size))
    return below(list(came)), counted


@dataclass(frozen=True)
class Golden:
    """A rule, a table, and the table that the rule makes of it."""

    about: str
    rule: str
    given: str
    made: str

    @property
    def name(self) -> str:
        """Return the rule's name."""
        return self.rule.split(":")[0].strip("{ ")

    def check(self, size: int | None) -> None:
        """Run the rule in chunks of a size and compare."""
        given = table(self.given)
        made, counted = run(rule(self.rule), given, size)
        expected = {name: values for name, (values, _) in columns(self.made).items()}
        assert plain(made) == expected
        assert (counted.rows_in, counted.rows_out) == (len(given), len(made))
        assert all(
            type(value) in (float, str, bool, datetime, type(None))
            for values in plain(made).values()
            for value in values
        )


def coded(name: str, values: Sequence[Any]) -> CodedColumn:
    """Return a column as alarms look at it: of numbers, or of text and tags; of missing ones."""
    if all(value is None or isinstance(value, int | float) for value in values):
        return coded_column.of_numbers(name, np.array(values, dtype=float))
    words = ["\n".join(sorted(v)) if isinstance(v, tuple) else v for v in values]
    levels = sorted({word for word in words if word is not None})
    places = {word: at for at, word in enumerate(levels)}
    codes = np.array([-1 if word is None else places[word] for word in words])
    return coded_column.of_words(name, codes, levels)


def coded_columns(table: Mapping[str, Sequence[Any]]) -> list[CodedColumn]:
    """Return the columns of a table as alarms look at them."""
    return [coded(name, values) for name, values in table.items()]


def coded_label(label: Sequence[Any]) -> np.ndarray:
    """Return numbers, or the codes of classes, as alarms look at them."""
    if any(isinstance(truth, str) for truth in label):
        return np.unique(label, return_inverse=True)[1]
    return np.array(label, dtype=float)

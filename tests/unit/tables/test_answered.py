"""A model as expressions answers each row as it answers that question alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pytest

from mlcli.answering.domain import Condition, Predicate
from mlcli.answering.equation import (
    TOO_LARGE,
    Binarise,
    Equation,
    Exp,
    Expand,
    Log,
    Scores,
    Sigmoid,
    Softmax,
    Standardise,
    Step,
    Weigh,
)
from mlcli.answering.features import CategoryInput, Input, NumberInput, OrdinalInput, TagsInput
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor
from mlcli.answering.ranges_and_decisions import Bounds, Decision, Ready
from mlcli.answering.target import Target
from mlcli.errors import AskedWronglyError
from mlcli.exports import values_of_cells
from mlcli.exports.spark.session import Server
from mlcli.grammar.cells import Kind
from mlcli.tables import join
from mlcli.tables.answered import NOTED, AskedColumn, answered

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

GUESTS = NumberInput("guests", 1.0, 40.5)
FILLED = NumberInput("guests", 1.0, 40.5, 12.25)
WEATHER = CategoryInput("weather", ("dry", "it's wet", 'a "b"'))
OTHER = CategoryInput("weather", ("dry", "it's wet"), "other")
ASIDE = CategoryInput("weather", ("dry", "it's wet"), "ignore")
FOR_NONE = CategoryInput("weather", ("dry", "it's wet"), "error", "dry")
FLAG = CategoryInput("weather", ("true", "false"))
SIZE = OrdinalInput("size", ("S", "M", "L"))
ANY_SIZE = OrdinalInput("size", ("S", "M", "L"), "other")
FRIDAYS = Predicate("drop_weekdays Friday", "no rest", False, (
    Condition("day", "date", "weekdays", ("Friday",)),
))  # fmt: skip
OPEN = Predicate("keep open = true", "", True, (Condition("open", "boolean", "in", (True,)),))
FEW = Predicate("between", "too many", True, (Condition("guests", "number", "spans", ("under 900",)),))  # fmt: skip
WHOLE = NumberTarget("doughs", "doughs", whole=True, floored=True, low=0.0, high=90.0)
PART = NumberTarget("litres", "litres", whole=False, floored=False, low=-5.0, high=90.0)
YES = ClassTarget("mood", "mood", ("busy", "calm"), "calm", 0.3)
MOODS = ClassTarget("mood", "mood", ("a", "b", "c"))


def _weighed(width: int, intercept: float = 7.3) -> Weigh:
    return Weigh(tuple(2.37610619 * (-0.7) ** at for at in range(width)), intercept)


def _scored(width: int, classes: int) -> Scores:
    rows = tuple(tuple(0.1 * (at - k) for at in range(width)) for k in range(classes))
    return Scores(rows, tuple(0.3 * k for k in range(classes)))


MODELS: dict[str, tuple[tuple[Input, ...], Target, tuple[Step, ...]]] = {
    "line": ((GUESTS,), WHOLE, (_weighed(1, 17.177),)),
    "words": ((GUESTS, WEATHER, SIZE), PART, (_weighed(5),)),
    "unseen": ((FILLED, OTHER, ANY_SIZE), WHOLE, (_weighed(5, -20.0),)),
    "aside": ((FILLED, ASIDE), PART, (Standardise((20.0, 0, 0), (9.7, 1, 1)), _weighed(3))),
    "for none": ((FILLED, FOR_NONE), WHOLE, (_weighed(3),)),
    "flags": ((FILLED, FLAG), WHOLE, (_weighed(3),)),
    "curve": (
        (GUESTS, ASIDE), PART,
        (Standardise((20.0, 0.5, 0), (9.7, 2.0, 1)),
         Expand(((0, 0, 0), (1, 0, 0), (2, 1, 0), (0, 0, 1), (3, 0, 0))), _weighed(5)),
    ),
    "log": ((GUESTS,), WHOLE, (Log((0,), ("guests",)), _weighed(1))),
    "poisson": ((GUESTS, ASIDE), WHOLE, (Weigh((0.02, -2.0, 0.5), 0.2), Exp())),
    "two classes": ((GUESTS, ASIDE), YES, (Weigh((-0.1, 1.0, 0.5), 0.6), Sigmoid())),
    "classes": ((GUESTS, OTHER), MOODS, (_scored(4, 3), Softmax())),
    "bayes": ((GUESTS, OTHER), MOODS, (Binarise(), _scored(4, 3), Softmax())),
}  # fmt: skip
BESIDE = Ready(WHOLE, Decision("run_out", 0.9, 40, 3.7), Bounds(0.8, 5.2))
BESIDE_PART = Ready(PART, Decision("run_out", 0.9, 40, 3.7), Bounds(0.8, 5.2))
NUMBERS = [15.0, 40.5, 41.0, 0.35, -3.0, 0.0, 1500.125, 0.0002, 12.5, None]
WORDS = ["dry", "it's wet", 'a "b"', 'it\'s "hail"', "b\\c\n", "TRUE", "false", "", None]
KINDS: dict[str, Kind] = {
    "guests": "number", "weather": "text", "size": "text", "day": "date", "open": "boolean",
}  # fmt: skip


def _questions() -> dict[str, list[Any]]:
    """Return every number beside every word, and beside these whatever comes next."""
    rows = [*product(NUMBERS, WORDS)]
    sizes, days = ["S", "L", "M", "XL", None], [datetime(2023, 6, 8 + at) for at in range(4)]
    every: list[Any] = [*days, None]
    return {
        "guests": [number for number, _ in rows],
        "weather": [word for _, word in rows],
        "size": [sizes[at % 5] for at in range(len(rows))],
        "day": [every[at // 2 % 5] for at in range(len(rows))],
        "open": [[True, True, True, False, None][at // 3 % 5] for at in range(len(rows))],
    }


def _on_pandas(questions: dict[str, list[Any]]) -> nw.LazyFrame[Any]:
    return values_of_cells.frame({name: (v, KINDS[name]) for name, v in questions.items()}).lazy()


def _on_duckdb(questions: dict[str, list[Any]]) -> nw.LazyFrame[Any]:
    kinds = {"number": "DOUBLE", "text": "VARCHAR", "date": "TIMESTAMP", "boolean": "BOOLEAN"}
    names = ", ".join(f"{name} {kinds[KINDS[name]]}" for name in questions)
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE q ({names})")
    marks = ", ".join("?" for _ in questions)
    connection.executemany(
        f"INSERT INTO q VALUES ({marks})", [*zip(*questions.values(), strict=True)]
    )
    return nw.from_native(connection.table("q"))


def _on_spark(session: SparkSession, questions: dict[str, list[Any]]) -> nw.LazyFrame[Any]:
    types = {"number": pa.float64(), "text": pa.string(), "boolean": pa.bool_()}
    arrays = [pa.array(v, types.get(KINDS[n], pa.timestamp("us"))) for n, v in questions.items()]
    return nw.from_native(session.createDataFrame(pa.table(arrays, names=[*questions])))


def _found(table: nw.LazyFrame[Any]) -> Iterator[list[Any]]:
    """Yield rows as plain values, ``None`` where there is nothing."""
    for row in table.collect().iter_rows():
        yield [None if pd.isna(value) else value for value in row]


def _as_a_file(
    model: Model, questions: dict[str, list[Any]], ready: Ready, *, anyway: bool
) -> Iterator[list[Any]]:
    """Yield the cells behind each row, as those of a file are answered."""
    frame = values_of_cells.frame({name: (v, KINDS[name]) for name, v in questions.items()})
    columns = {name: join.column(frame[name]) for name in questions}
    asked, filled = model.filled_many(columns)
    answers = model.answer_many(asked, filled=filled, anyway=anyway)
    for found in model.each(asked, answers):
        beside = ready.beside(found.value, outside=found.outside)
        cells = {"low": beside.low, "high": beside.high, "decision": beside.quantity}
        if found.probabilities:
            cells["probability"] = found.probabilities[str(found.answer)]
        named = [*ready.columns, *model.target.columns]
        notes = "; ".join([*found.notes, *beside.notes])
        yield [found.answer, *(cells.get(name) for name in named), notes]


def _alike(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float | int) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=2e-13, abs_tol=1e-13)
    return bool(ours == theirs)


def test_a_table_is_answered_as_each_of_its_rows_alone() -> None:
    questions = _questions()
    _answered_alike(questions, _on_pandas(questions), MODELS)
    _answered_alike(questions, _on_duckdb(questions), ON_DUCKDB)


@pytest.mark.spark
def test_a_table_of_a_server_is_answered_as_each_of_its_rows_alone(spark_url: str) -> None:
    questions = _questions()
    with Server(spark_url).session() as opened:
        session = opened.spark
        _answered_alike(questions, _on_spark(session, questions), MODELS)


ON_DUCKDB = ("unseen", "log", "two classes", "bayes")
"""The others take seconds there, and have nothing that these lack."""


def _answered_alike(
    questions: dict[str, list[Any]], table: nw.LazyFrame[Any], names: Iterable[str]
) -> None:
    held = {name: AskedColumn(nw.col(name), kind) for name, kind in KINDS.items()}
    for at, name in enumerate(names):
        features, target, steps = MODELS[name]
        anyway = at % 2 == 0
        predictor = Predictor(Equation(steps), None, target)
        domain = (FRIDAYS, OPEN, FEW)
        fills = {"guests": 12.0} if name == "unseen" else {}
        model = Model(features, target, domain, predictor, fills)
        ready = BESIDE if target == WHOLE else BESIDE_PART if target == PART else Ready()
        made = answered(table, model, held, ready, kept=[*KINDS], anyway=anyway)
        columns = [*KINDS, "answer", *ready.columns, *target.columns, "note", NOTED]
        assert made.collect_schema().names() == columns

        words = ["true" if w == "TRUE" and name == "flags" else w for w in questions["weather"]]
        wanted = _as_a_file(model, {**questions, "weather": words}, ready, anyway=anyway)
        for row, want in zip(_found(made), wanted, strict=True):
            assert all(map(_alike, row[len(KINDS) : -1], want)), (name, row, want)


def test_what_no_number_can_hold_is_refused_in_its_row() -> None:
    """A file is answered with what is whole and has over 18 digits; engines count no further."""
    held = {"guests": AskedColumn(nw.col("guests"), "number")}
    for steps in ((_weighed(1),), (_weighed(1), Exp())):
        model = Model((GUESTS,), PART, (), Predictor(Equation(steps), None, PART))
        for on in (_on_pandas, _on_duckdb):
            table = on({"guests": [1e100, None]})
            found = [*_found(answered(table, model, held, Ready(), kept=["guests"]))]
            assert [row[1:-1] for row in found] == [[None, TOO_LARGE], [None, "guests is missing"]]


def test_lists_of_words_and_models_without_an_equation_are_refused_before_anything_runs() -> None:
    predictor = Predictor(Equation((_weighed(1),)), None, WHOLE)
    for features, by in (
        ((TagsInput("play", ("a",)),), predictor),
        ((GUESTS,), Predictor(None, None, WHOLE)),
    ):
        held = {features[0].name: AskedColumn(nw.col("guests"), "number")}
        with pytest.raises(AskedWronglyError, match="the engine spark cannot answer this model"):
            answered(
                _on_pandas({"guests": [1.0]}),
                Model(features, WHOLE, (), by),
                held,
                Ready(),
                kept=[],
            )

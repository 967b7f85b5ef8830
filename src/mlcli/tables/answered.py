"""A model as expressions: answers, refusals and notes of a table that stays where it lies."""

from __future__ import annotations

from functools import reduce
from math import inf
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.answering import label
from mlcli.answering.choices import TIE, Chosen, enough
from mlcli.answering.equation import TOO_LARGE
from mlcli.answering.model import stands_in
from mlcli.definition.rules.base import FILLED
from mlcli.tables import encoded
from mlcli.tables.encoded import Sheet, delivered, figure, first, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlcli.answering.domain import Predicate
    from mlcli.answering.model import Model
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.definition.rules.base import Rule
    from mlcli.grammar.cells import Kind, Value


NOTED: Final = "__noted_"
"""Behind all others, the column of whether there is an answer with a note."""

_Note = tuple[nw.Expr, nw.Expr]
"""Where there is a note, and which."""


class AskedColumn(NamedTuple):
    """A column of questions: its values, null where there is none, and of what kind they are."""

    values: nw.Expr
    kind: Kind


def answered(
    table: nw.LazyFrame[Any],
    model: Model,
    held: Mapping[str, AskedColumn],
    ready: Ready,
    *,
    kept: Sequence[str],
    anyway: bool = False,
    rules: Sequence[Rule] = (),
) -> nw.LazyFrame[Any]:
    """Return columns of a table of questions, and behind them those that a file of answers has.

    A row that is refused has no answer, and its note says why. Whole answers are as ``predict``
    delivers them; of others the fourteenth digit may differ.

    Parameters
    ----------
    held
        The features, and what there is of the columns of the domain.
    ready
        What is to stand beside the answers.
    kept
        The columns that stay.
    anyway
        Whether questions outside what was learned are answered too.
    rules
        They make of the table what there is not yet of ``held``.

    Raises
    ------
    AskedWronglyError
        The model is none that expressions can say.
    """
    if model.predict.equation is None:
        raise encoded.unsaid("it has no equation")
    filled = [name for name in model.fills if name in held and name in table.columns]
    if filled:  # which rules do too
        gone = (held[name].values.is_null().alias(FILLED + name) for name in filled)
        table = table.with_columns(*gone)
    for rule in rules:
        table = rule.with_columns(table)
    sheet = Sheet(table)
    constant = {name: nw.col(FILLED + name) for name in filled}
    held = {name: _filled(name, one, model.fills.get(name)) for name, one in held.items()}
    tests = [(p, refuses) for p in model.domain if (refuses := _refuses(p, held)) is not None]
    outside = sheet.keep(*(refuses for _, refuses in tests))
    for feature in model.features:
        if (kind := held[feature.name].kind) != feature.read_as:
            raise encoded.unsaid(f"{feature.name} is worked out as a {kind}")
    columns = sheet.keep(*(held[feature.name].values for feature in model.features))
    features = [*encoded.encoded(sheet, model.features, columns)]
    entries = [entry for feature in features for entry in feature.entries]
    numbers, no_logarithm = encoded.numbers(sheet, entries, model.predict.equation.steps)
    reasons = [p.reason for p, _ in tests]
    refusals: list[nw.Expr | None] = [] if anyway else [*_where(outside, reasons)]
    refusals += [*(feature.refusal for feature in features), no_logarithm, _too_large(numbers)]
    (refusal,) = sheet.keep(nw.coalesce(*(one for one in refusals if one is not None)))
    able = refusal.is_null()
    safe = sheet.keep(*(nw.when(able).then(n).otherwise(nw.lit(0.0)) for n in numbers))
    answers = _OF_KIND[model.target.kind](sheet, model.target, safe, ready)
    notes, strange = list[_Note](), list[nw.Expr]()
    for feature, one in zip(model.features, features, strict=True):
        given = ~constant.get(feature.name, encoded.NEVER)
        if feature.name in constant:
            text = stands_in(feature.name, model.fills)
            notes.append((constant[feature.name], nw.lit(text)))
        notes.append((one.noted & given, one.note))
        strange.append(one.noted & given & ~one.missing)
    if anyway:
        said = [nw.lit(f"outside what was learned: {reason}") for reason in reasons]
        notes += zip(outside, said, strict=True)
        strange += outside
    notes += answers.notes
    beside = ready.beside(0.0, outside=True).notes
    notes += [(_any(strange), nw.lit(text)) for text in beside]
    texts = [nw.when(flag).then(text) for flag, text in notes]
    noted = nw.concat_str(*texts, separator="; ", ignore_nulls=True)
    return sheet.frame.select(
        *kept,
        *(nw.when(able).then(one).alias(name) for name, one in answers.cells.items()),
        nw.when(able).then(noted).otherwise(refusal).alias("note"),
        (able & _any([flag for flag, _ in notes])).alias(NOTED),
    )


def _filled(name: str, held: AskedColumn, constant: Value | None) -> AskedColumn:
    """Return a column with the definition's constant where there is no value.

    Raises
    ------
    AskedWronglyError
        The constant is none of its kind.
    """
    if constant is None:
        return held
    if held.kind == "text":
        constant = wording.written(constant)
    if not isinstance(constant, float | bool | str) or held.kind != _KINDS[type(constant)]:
        raise encoded.unsaid(f"{wording.written(constant)} stands for no {name}")
    return AskedColumn(held.values.fill_null(constant), held.kind)


_KINDS: Final[dict[type, Kind]] = {bool: "boolean", float: "number", str: "text"}


def _refuses(predicate: Predicate, held: Mapping[str, AskedColumn]) -> nw.Expr | None:
    """Return which questions are outside, as far as there are columns that can tell.

    Raises
    ------
    AskedWronglyError
        A column is tested as another kind than it is read as.
    """
    asked = [c for c in predicate.conditions if c.column in held]
    for condition in asked:
        column = held[condition.column]
        if condition.test != "present" and column.kind != condition.kind:
            raise encoded.unsaid(f"{condition.column} is tested as a {condition.kind}")
    met = [c.expression(held[c.column].values) for c in asked]
    if not met or not (predicate.keeps or len(met) == len(predicate.conditions)):
        return None
    every = reduce(and_, met)
    return ~every if predicate.keeps else every


TOO_LARGE_TO_COUNT: Final = 9e18
"""Of whole numbers, what engines hold in 64 bits."""


def _too_large(numbers: Sequence[nw.Expr]) -> nw.Expr:
    """Return the refusal of numbers that cannot be written down."""
    small = reduce(and_, [number.abs() < TOO_LARGE_TO_COUNT for number in numbers])
    return nw.when(small).then(nw.lit(None, nw.String)).otherwise(nw.lit(TOO_LARGE))


def _where(flags: Sequence[nw.Expr], texts: Sequence[str]) -> list[nw.Expr]:
    """Return each text where its flag is set."""
    return [nw.when(flag).then(nw.lit(text)) for flag, text in zip(flags, texts, strict=True)]


def _any(flags: Sequence[nw.Expr]) -> nw.Expr:
    return reduce(or_, flags)


class _Answers(NamedTuple):
    """What a kind of answer has in columns of a file, and what there is to note of it."""

    cells: dict[str, nw.Expr]
    notes: list[_Note]


_MARGIN_OF_NOISE: Final = 5e-10
"""Half of the last decimal that counts: ``round`` of engines differs where there is a half."""


def _of_number(sheet: Sheet, target: Any, numbers: Sequence[nw.Expr], ready: Ready) -> _Answers:
    (value,) = numbers
    ends = {"answer": value}
    if ready.bounds:
        width = ready.bounds.width
        ends |= {"low": value - width, "high": value + width}
    if ready.decision and ready.decision.margin is not None:
        ends["decision"] = value + ready.decision.margin
    made: dict[str, nw.Expr] = {}
    if target.whole:
        for name, number in ends.items():
            whole = _rounded(number) if name == "answer" else _outwards(number, up=name != "low")
            made[name] = _not_below(nw.lit(0, nw.Int64), whole) if target.floored else whole
    else:
        for name, number in ends.items():
            made[name] = delivered(_not_below(nw.lit(0.0), number) if target.floored else number)
    if ready.decision:
        made.setdefault("decision", nw.lit(None, nw.Int64 if target.whole else nw.Float64))
    notes, seen = list[_Note](), encoded.NEVER
    text = figure(sheet, value)
    if target.floored:
        before, _, behind = target.note(-1.0).partition(wording.figure(-1.0))
        seen = value < -_MARGIN_OF_NOISE
        notes.append((seen, joined(before, text, behind)))
    if far := target.note(inf):
        width = target.high - target.low
        beyond = (value < target.low - width) | (value > target.high + width)
        said = joined(text, encoded.behind(far, wording.figure(inf)))
        notes.append((beyond & ~seen, said))
    return _Answers(made, notes)


def _rounded(number: nw.Expr) -> nw.Expr:
    """Return whole numbers, halves away from zero."""
    whole = number.abs().floor().cast(nw.Int64)
    size = whole + (number.abs() - whole.cast(nw.Float64) >= wording.HALF).cast(nw.Int64)
    return nw.when(number < 0).then(size * -1).otherwise(size)


def _outwards(number: nw.Expr, *, up: bool) -> nw.Expr:
    """Return an end of a range, or a quantity, of whole labels."""
    end = (number - _MARGIN_OF_NOISE).ceil() if up else (number + _MARGIN_OF_NOISE).floor()
    return end.cast(nw.Int64)


def _not_below(least: nw.Expr, number: nw.Expr) -> nw.Expr:
    return nw.when(number < least).then(least).otherwise(number)


def _of_classes(sheet: Sheet, target: Any, numbers: Sequence[nw.Expr], ready: Ready) -> _Answers:
    del ready  # nothing stands beside classes
    (highest,) = sheet.keep(nw.max_horizontal(*numbers))
    likely = [(number >= highest - TIE, at) for at, number in enumerate(numbers)]
    (position,) = sheet.keep(first(likely, nw.Int64, otherwise=0))
    answer, notes = position, list[_Note]()
    if target.threshold is not None:
        at = target.classes.index(target.positive)
        found = [(numbers[at] >= enough(target.threshold), at)]
        (answer,) = sheet.keep(first(found, nw.Int64, otherwise=1 - at))
        shares = tuple(float(place == at) for place in range(len(numbers)))
        notes.append((answer != position, nw.lit(target.note(Chosen(1 - at, shares)))))
    chosen = [(answer == at, name) for at, name in enumerate(target.classes)]
    shares_of = [(answer == at, number) for at, number in enumerate(numbers)]
    made = {
        "answer": first(chosen, nw.String, otherwise=None),
        "probability": first(shares_of, nw.Float64, otherwise=None),
    }
    return _Answers(made, notes)


_OF_KIND: Final[dict[str, Callable[[Sheet, Any, Sequence[nw.Expr], Ready], _Answers]]] = {
    label.NumberTarget.kind: _of_number,
    label.ClassTarget.kind: _of_classes,
}

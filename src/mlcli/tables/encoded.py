"""The features of a model, and its equation, as expressions on the columns of a table."""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from math import inf
from operator import add, mul
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.answering.domain import is_one_of
from mlcli.answering.equation import (
    ROUNDING,
    Binarise,
    Exp,
    Expand,
    Log,
    Scores,
    Sigmoid,
    Softmax,
    Standardise,
    Weigh,
)
from mlcli.answering.features import (
    CategoryInput,
    MissingValueError,
    NumberInput,
    OrdinalInput,
    TagsInput,
    UnknownLevelError,
)
from mlcli.errors import AskedWronglyError, RefusedError
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlcli.answering.equation import Step
    from mlcli.answering.features import Input


class _OfLevel(NamedTuple):
    """A column of the matrix: 1 where the code of a feature is ``at``, else 0."""

    feature: int
    code: nw.Expr
    at: int

    def number(self) -> nw.Expr:
        """Return the ones and zeros."""
        return (self.code == self.at).cast(nw.Float64)


_Entry = nw.Expr | _OfLevel


class Encoded(NamedTuple):
    """One feature of every row.

    Attributes
    ----------
    entries
        Its columns of the matrix.
    refusal
        Why it cannot be encoded, null where it can; ``None`` where it always can.
    missing
        Whether there is no value.
    noted
        Whether there is a note, and ``note`` which.
    """

    entries: Sequence[_Entry]
    refusal: nw.Expr | None
    missing: nw.Expr
    noted: nw.Expr
    note: nw.Expr


NEVER: Final = nw.lit(value=False)


def encoded(
    sheet: Sheet, features: Sequence[Input], columns: Sequence[nw.Expr]
) -> Iterator[Encoded]:
    """Yield features of every row, of columns of what they hold.

    Raises
    ------
    AskedWronglyError
        One holds lists, which no expression takes apart as mlcli does.
    """
    given = [*zip(features, columns, strict=True)]
    words = [_coded(f, c) for f, c in given if isinstance(f, CategoryInput | OrdinalInput)]
    codes = iter(sheet.keep(*words))
    texts = iter(readable(sheet, *(c for f, c in given if isinstance(f, NumberInput))))
    for at, (feature, column) in enumerate(given):
        match feature:
            case NumberInput():
                yield _number(feature, column, next(texts))
            case CategoryInput() | OrdinalInput():
                yield _word(feature, column, at, next(codes))
            case TagsInput():
                raise unsaid(f"{feature.name} holds lists of words")


def unsaid(what: str, way: str = "") -> AskedWronglyError:
    """Return that a model cannot answer where the rows lie, what is to blame, and a way there."""
    return AskedWronglyError(
        f"the engine spark cannot answer this model: {what}",
        hint=f"{way}take the rows to this machine, and answer them as a file:  --input FILE",
    )


def _number(feature: NumberInput, column: nw.Expr, text: nw.Expr) -> Encoded:
    inside = nw.when((column >= feature.low) & (column <= feature.high)).then(NEVER)
    outside = joined(text, behind(feature.note(inf), wording.readable(inf)))
    missing, lacks = column.is_null(), str(MissingValueError(feature.name))
    return Encoded(
        [column if feature.fill is None else column.fill_null(feature.fill)],
        nw.when(missing).then(nw.lit(lacks)) if feature.fill is None else None,
        missing,
        inside.otherwise(nw.lit(value=True)),
        nw.when(missing).then(nw.lit(feature.note(None))).otherwise(outside),
    )


def behind(text: str, opening: str) -> str:
    """Return what stands behind the value that a text opens with."""
    assert text.startswith(opening), text
    return text.removeprefix(opening)


_UNABLE: Final = -2
"""Stands for a word that cannot be encoded, as -1 does for one that is left aside."""


def _coded(feature: CategoryInput | OrdinalInput, column: nw.Expr) -> nw.Expr:
    """Return the code of each word: a column of its level, counted from the feature's first.

    Of an ordinal it is the number itself.
    """
    shift = int(isinstance(feature, OrdinalInput) or feature.unseen == "other")
    unseen = _UNABLE if feature.unseen == "error" else shift - 1
    absent = unseen if feature.fill is None else feature.levels.index(feature.fill) + shift
    spelled = [(holds, place + shift) for place, holds in enumerate(_spelled(feature, column))]
    return first([(column.is_null(), absent), *spelled], nw.Int64, otherwise=unseen)


def _word(
    feature: CategoryInput | OrdinalInput, column: nw.Expr, at: int, code: nw.Expr
) -> Encoded:
    missing = column.is_null()
    lacks = nw.lit(str(MissingValueError(feature.name)))
    unknown = str(UnknownLevelError(feature.name, "", feature.levels))
    unlike = joined(quoted(column), behind(unknown, "''"))
    refusal = nw.when(missing).then(lacks).otherwise(unlike)
    aside = joined(quoted(column), behind(feature.note(""), "''"))
    entries: list[_Entry] = [_OfLevel(at, code, place) for place in range(feature.width)]
    unseen = code <= (0 if isinstance(feature, OrdinalInput) or feature.unseen == "other" else -1)
    return Encoded(
        [code.cast(nw.Float64)] if isinstance(feature, OrdinalInput) else entries,
        nw.when(code == _UNABLE).then(refusal) if feature.unseen == "error" else None,
        missing,
        missing | unseen,
        nw.when(missing).then(nw.lit(feature.note(None))).otherwise(aside),
    )


def _spelled(feature: CategoryInput | OrdinalInput, column: nw.Expr) -> Iterator[nw.Expr]:
    """Yield for each level whether a word is it, as ``read`` of the feature would find it."""
    levels, flags = feature.levels, all(map(cells.is_flag, feature.levels))
    for level in levels:
        if flags:
            yield column.str.to_lowercase() == level.lower()
        else:
            yield is_one_of(column, [level])


def numbers(
    sheet: Sheet, entries: Iterable[_Entry], steps: Sequence[Step]
) -> tuple[list[nw.Expr], nw.Expr | None]:
    """Return what an equation makes of every row, and why a row has no logarithm, if there are any.

    Where doubles cannot hold a number, it is none or infinite.
    """
    row, refusal = [*entries], None
    for step in steps:
        match step:
            case Log():
                refusal = _no_logarithm(sheet, row, step)
                row = _logged(row, step)
            case Standardise():
                row = [*map(_standardised, row, step.centre, step.scale)]
            case Expand():
                columns = sheet.keep(*map(_dense, row))
                row = [_product(columns, powers) for powers in step.powers]
            case Weigh():
                (found,) = sheet.keep(step.intercept + _weighed(row, step.weights))
                least = ROUNDING * abs(step.intercept)
                row = [nw.when(found.abs() <= least).then(nw.lit(0.0)).otherwise(found)]
            case Scores():
                each = zip(step.weights, step.intercepts, strict=True)
                row = [*sheet.keep(*(of + _weighed(row, weights) for weights, of in each))]
            case Binarise():
                row = [one if isinstance(one, _OfLevel) else _positive(one) for one in row]
            case Exp():
                row = [_exp(_dense(one)) for one in row]
            case Softmax():
                row = [*_softmax(sheet, [*map(_dense, row)])]
            case Sigmoid():
                row = [*_sigmoid(sheet, _dense(row[0]))]
    return sheet.keep(*map(_dense, row)), refusal


def _dense(entry: _Entry) -> nw.Expr:
    return entry.number() if isinstance(entry, _OfLevel) else entry


def _no_logarithm(sheet: Sheet, row: Sequence[_Entry], step: Log) -> nw.Expr:
    """Return the refusal of the first number that has no logarithm."""
    numbers = [_dense(row[at]) for at in step.columns]
    texts, found = readable(sheet, *numbers), []
    for name, number, text in zip(step.names, numbers, texts, strict=True):
        try:
            Log((0,), (name,)).apply([-1.0])
        except RefusedError as error:
            said = joined(f"{name} is ", text, behind(str(error), f"{name} is -1"))
            found.append(nw.when(number <= 0).then(said))
    return nw.coalesce(*found)


def _logged(row: Sequence[_Entry], step: Log) -> list[_Entry]:
    logged = [*row]
    for at in step.columns:
        number = _dense(row[at])
        logged[at] = nw.when(number > 0).then(number).log()
    return logged


def _standardised(entry: _Entry, centre: float, scale: float) -> _Entry:
    if isinstance(entry, _OfLevel) and (centre, scale) == (0.0, 1.0):
        return entry
    return _over(_dense(entry) - centre, scale)


def _over(number: nw.Expr, by: Any) -> nw.Expr:
    """Return a quotient, but for its last bit: one engine has no division of doubles here."""
    return number * (1 / by if isinstance(by, float) else by**-1.0)


def _product(row: Sequence[nw.Expr], powers: Sequence[int]) -> nw.Expr:
    parts = [x for x, power in zip(row, powers, strict=True) for _ in range(power)]
    return reduce(mul, parts) if parts else nw.lit(1.0)


def _weighed(row: Sequence[_Entry], weights: Sequence[float]) -> Any:
    """Return the sum of columns, each times its weight; of a word, the weight of its level."""
    terms: list[Any] = []
    pairs = zip(row, weights, strict=True)
    for feature, group in groupby(pairs, lambda pair: getattr(pair[0], "feature", None)):
        if feature is None:
            terms += [_dense(entry) * weight for entry, weight in group]
        else:
            levels: Any = [*group]
            code = levels[0][0].code
            by_code = [(code == entry.at, weight) for entry, weight in levels]
            terms.append(first(by_code, nw.Float64, otherwise=0.0))
    return _sum(terms)


_AT_ONCE: Final = 8


def _sum(terms: Sequence[Any]) -> Any:
    """Return a sum that is not nested deeper than engines read."""
    while len(terms) > _AT_ONCE:
        parts = [terms[at : at + _AT_ONCE] for at in range(0, len(terms), _AT_ONCE)]
        terms = [reduce(add, part) for part in parts]
    return reduce(add, terms)


def _positive(number: nw.Expr) -> nw.Expr:
    return nw.when(number > 0).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


_LARGEST: Final = 709.0
"""Of what e is raised to: above it, some engine says that the number is too large."""


def _exp(number: nw.Expr) -> nw.Expr:
    return nw.when(number <= _LARGEST).then(number).exp()


def _softmax(sheet: Sheet, scores: Sequence[nw.Expr]) -> Iterator[nw.Expr]:
    (highest,) = sheet.keep(nw.max_horizontal(*scores))
    parts = sheet.keep(*((score - highest).exp() for score in scores))
    (total,) = sheet.keep(_sum(parts))
    for part in parts:
        yield _over(part, total)


def _sigmoid(sheet: Sheet, odds: nw.Expr) -> Iterator[nw.Expr]:
    (small,) = sheet.keep((odds.abs() * -1.0).exp())
    near, far = sheet.keep((1.0 + small) ** -1.0, _over(small, 1.0 + small))
    yield nw.when(odds >= 0).then(far).otherwise(near)
    yield nw.when(odds >= 0).then(near).otherwise(far)


HIDDEN: Final = "__made_"
"""How the names of hidden columns begin."""


class Sheet:
    """A table to which hidden columns are added."""

    def __init__(self, frame: nw.LazyFrame[Any]) -> None:
        self.frame = frame
        self._made = 0

    def keep(self, *made: nw.Expr) -> list[nw.Expr]:
        """Add columns, and return each as a column."""
        names = [f"{HIDDEN}{self._made + at}" for at in range(len(made))]
        self._made += len(made)
        columns = [one.alias(name) for one, name in zip(made, names, strict=True)]
        self.frame = self.frame.with_columns(*columns) if columns else self.frame
        return [nw.col(name) for name in names]


def first(cases: Iterable[tuple[nw.Expr, Any]], kind: Any, *, otherwise: Any) -> nw.Expr:
    """Return the value of the first case that holds; all stand beside each other, not nested."""
    made = [nw.when(holds).then(_literal(value, kind)) for holds, value in cases]
    return nw.coalesce(*made, _literal(otherwise, kind)).cast(kind)


def _literal(value: Any, kind: Any) -> nw.Expr:
    return value if isinstance(value, nw.Expr) else nw.lit(value, kind)


def joined(*parts: nw.Expr | str) -> nw.Expr:
    """Return texts and columns of text one after the other; nothing where one is nothing."""
    return nw.concat_str(*(nw.lit(p) if isinstance(p, str) else p for p in parts))


_COUNTED: Final = 1e15
"""Up to here, whole numbers are written as such; larger ones as the engine writes them."""


def readable(sheet: Sheet, *numbers: nw.Expr) -> list[nw.Expr]:
    """Return numbers as ``wording.readable`` writes them: with 12 to 15 digits at the most.

    Small ones have no exponent, and those from 1e15 on are left to the engine, whose own way to
    write numbers has an exponent where another has none.
    """
    sized = (nw.when(n.abs() < _COUNTED).then(n.abs()).otherwise(nw.lit(0.0)) for n in numbers)
    sizes = sheet.keep(*sized)
    wholes = sheet.keep(*(size.floor().cast(nw.Int64) for size in sizes))
    scales = sheet.keep(*map(_scale, sizes))
    parts = sheet.keep(
        *(
            ((size - whole.cast(nw.Float64)) * scale + 0.5).floor().cast(nw.Int64)
            for size, whole, scale in zip(sizes, wholes, scales, strict=True)
        )
    )
    more = sheet.keep(*(p >= scale for p, scale in zip(parts, scales, strict=True)))
    texts = sheet.keep(*map(_pointed, wholes, parts, scales, more))
    return sheet.keep(*map(_signed, numbers, texts))


def _pointed(whole: nw.Expr, part: nw.Expr, scale: nw.Expr, more: nw.Expr) -> nw.Expr:
    """Return a whole number and its decimals as text; with ``more`` they were rounded up to 1."""
    one = more.cast(nw.Int64)
    decimals = (part + scale - one * scale).cast(nw.String).str.slice(1)
    text = nw.concat_str((whole + one).cast(nw.String), nw.lit("."), decimals)
    return text.str.strip_chars_end("0").str.strip_chars_end(".")


def _signed(number: nw.Expr, text: nw.Expr) -> nw.Expr:
    """Return the text of a size as that of the number, as the engine writes it if it is large."""
    sign = nw.when((number < 0) & (text != "0")).then(nw.lit("-")).otherwise(nw.lit(""))
    ours = nw.when(number.abs() < _COUNTED).then(nw.concat_str(sign, text))
    return ours.otherwise(number.cast(nw.String))


def _scale(size: nw.Expr) -> nw.Expr:
    """Return 10 to the power of the decimals that a double of such a size has, at least."""
    cases = [(size < 10.0**power, 10**decimals) for power, decimals in _DECIMALS.items()]
    return first(cases, nw.Int64, otherwise=_THOUSAND)


_DECIMALS: Final = {3: 12, 6: 9, 9: 6}
"""By a power of 10, the decimals that doubles below it have, at least."""


_DIGITS_READ: Final = 4
_THOUSAND: Final = 1000


def figure(sheet: Sheet, number: nw.Expr) -> nw.Expr:
    """Return numbers as ``wording.figure`` writes them, with the same exception."""
    (size,) = sheet.keep(number.abs())
    places = range(-2, _DIGITS_READ)
    cases = [(size < 10.0**p, size.round(_DIGITS_READ - p)) for p in places]
    (near,) = sheet.keep(first(cases, nw.Float64, otherwise=_THOUSAND))
    large = (size >= _THOUSAND) & (size < _COUNTED)
    (whole,) = sheet.keep(nw.when(large).then(size).otherwise(nw.lit(0.0)).round(0).cast(nw.Int64))
    (small,) = readable(sheet, near)
    text = nw.when(size < _THOUSAND).then(small).otherwise(size.cast(nw.String))
    (grouped,) = sheet.keep(_grouped(whole))
    text = nw.when(large).then(grouped).otherwise(text)
    return nw.concat_str(nw.when(number < 0).then(nw.lit("-")).otherwise(nw.lit("")), text)


def _grouped(whole: nw.Expr) -> nw.Expr:
    """Return whole numbers from 1 to 1e15 with a comma between thousands."""
    padded = (whole + int(_COUNTED)).cast(nw.String)  # a 1, and fifteen digits
    groups = [padded.str.slice(at, 3) for at in range(1, 16, 3)]
    return nw.concat_str(*groups, separator=",").str.strip_chars_start("0,")


_DELIVERED: Final = 14
_LARGE: Final = 9


def delivered(number: nw.Expr) -> nw.Expr:
    """Return numbers with as many digits as ``predict`` delivers, from 1 to 1e9.

    Smaller ones have as many decimals, and larger ones all of their digits.
    """
    size = number.abs()
    cases = [(size < 10.0**p, number.round(_DELIVERED - p)) for p in range(_LARGE + 1)]
    return first(cases, nw.Float64, otherwise=number)


_ESCAPES: Final = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def quoted(word: nw.Expr) -> nw.Expr:
    """Return words as Python quotes them; characters that nobody sees stand as they are."""
    for sign, written in _ESCAPES:
        word = word.str.replace_all(sign, written, literal=True)
    single = word.str.contains("'", literal=True)
    double = word.str.contains('"', literal=True)
    escaped = joined("'", word.str.replace_all("'", "\\'", literal=True), "'")
    return nw.when(single & ~double).then(joined('"', word, '"')).otherwise(escaped)

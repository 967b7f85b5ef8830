"""A model as the workers of a Spark server answer with it, where no expression says it.

They import this module, so that mlcli has to be there too, and what it needs for answers.
"""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.answering.equation import TOO_LARGE
from mlcli.errors import EnvironmentProblemError
from mlcli.exports.spark.states import values_of
from mlcli.tables.answered import NOTED, TOO_LARGE_TO_COUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from mlcli.answering.column import Column
    from mlcli.answering.model import Answer, Model
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.exports.spark.session import Session
    from mlcli.grammar.cells import Kind

    Implied = tuple[dict[str, Column], dict[int, str]]

_PACKAGES: Final = ("mlcli", "numpy", "scikit-learn")


def require_same(session: Session, *, but: Container[str] = ()) -> None:
    """Raise unless workers of a server have what is here, ``but`` for what they do not need.

    Raises
    ------
    EnvironmentProblemError
        Their Python or a library is another one than here.
    """
    asked = session.spark.range(1).mapInArrow(versions, "name string, version string")
    there = {row["name"]: row["version"] for row in asked.toArrow().to_pylist()}
    for name, here in libraries().items():
        theirs = there.get(name, "")
        if name not in but and theirs.split(".")[:2] != here.split(".")[:2]:
            has = f"{name} {theirs}" if theirs else f"no {name}"
            raise EnvironmentProblemError(
                f"the workers of the Spark server have {has}, and here it is {here}",
                hint="install the same one there, or take the rows to this machine",
            )


def libraries() -> dict[str, str]:
    """Return what decides about answers where this runs, and which version it is."""
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def versions(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield the versions that a worker has, once."""
    import pyarrow as pa

    for _ in batches:
        found = libraries()
        arrays = [pa.array([*found]), pa.array([*found.values()])]
        yield pa.RecordBatch.from_arrays(arrays, names=["name", "version"])


class Batches(NamedTuple):
    """A model as workers answer with it: by the code that answers files, batch by batch.

    Attributes
    ----------
    model
        What answers, without its estimator.
    pickled
        The estimator, as bytes whose digest was found to match; none where there is an equation.
    place
        Where they come from, for messages.
    ready
        What stands beside answers.
    kinds
        The columns of questions, and as what they are read.
    implies
        Works out what rules make of them, and of which rows nothing can be made, and why.
    kept
        Those that stay.
    spelled
        By feature of words, what a word would be as training wrote it.
    anyway
        Whether questions outside what was learned are answered too.
    """

    model: Model
    pickled: bytes
    place: str
    ready: Ready
    kinds: Mapping[str, Kind]
    implies: Callable[[Model, Mapping[str, Column]], Implied] | None
    kept: Sequence[str]
    spelled: Mapping[str, Callable[[str], str]]
    anyway: bool

    @property
    def added(self) -> dict[str, type]:
        """Return the columns that come behind, and what they hold."""
        target = self.model.target
        number = int if target.amounts and target.amounts.whole else float
        return {
            "answer": number if target.amounts else str,
            **dict.fromkeys(self.ready.columns, number),
            **dict.fromkeys(target.columns, float),
            "note": str,
            NOTED: bool,
        }

    def each(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield batches of questions with their answers."""
        from mlcli.store import trusted_pickle

        model = self.model
        if self.pickled:
            estimator = trusted_pickle.load(self.pickled, place=self.place)
            model = model._replace(predict=model.predict._replace(estimator=estimator))
        for batch in batches:
            if batch.num_rows:
                yield self._answered(model, batch)

    def _answered(self, model: Model, batch: Any) -> Any:
        import pyarrow as pa

        columns = {name: self._column(name, batch.column(name)) for name in self.kinds}
        found, reasons = self.implies(model, columns) if self.implies else ({}, {})
        asked, filled = model.filled_many({**columns, **found})
        answers = model.answer_many(
            asked, filled=filled, reasons=reasons, unknown=found, anyway=self.anyway
        )
        rows = [self._cells(one) for one in model.each(asked, answers)]
        types = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}
        made = {
            name: pa.array([_as(kind, row.get(name)) for row in rows], types[kind])
            for name, kind in self.added.items()
        }
        arrays = [*(batch.column(name) for name in self.kept), *made.values()]
        return pa.RecordBatch.from_arrays(arrays, names=[*self.kept, *made])

    def _column(self, name: str, array: Any) -> Column:
        found = values_of(array)
        match self.kinds[name]:
            case "number":
                return Numbers(np.asarray(found, dtype=np.float64))
            case "date":
                return Times(found)
            case "boolean":
                words = [None if one is None else wording.written(one) for one in array.to_pylist()]
                return _words(words, str, flags=True)
            case _:
                return _words(array.to_pylist(), self.spelled.get(name, str), flags=False)

    def _cells(self, found: Answer) -> dict[str, Any]:
        """Return what stands behind a question."""
        if found.refused:
            return {"note": "; ".join(found.notes), NOTED: False}
        if isinstance(found.value, float) and abs(found.value) >= TOO_LARGE_TO_COUNT:
            return {"note": TOO_LARGE, NOTED: False}
        beside = self.ready.beside(found.value, outside=found.outside)
        notes = "; ".join([*found.notes, *beside.notes])
        cells = {"answer": found.answer, "note": notes, NOTED: bool(notes)}
        cells |= {"low": beside.low, "high": beside.high, "decision": beside.quantity}
        if found.probabilities:
            cells["probability"] = found.probabilities[str(found.answer)]
        return cells


def _as(kind: type, value: Any) -> Any:
    return None if value is None else kind(value)


def _words(listed: Sequence[str | None], spelled: Callable[[str], str], *, flags: bool) -> Words:
    """Return words, each different one spelled once."""
    there = dict.fromkeys(word for word in listed if word is not None)
    order = {word: at for at, word in enumerate(there)}
    codes = np.array([-1 if word is None else order[word] for word in listed])
    return Words(codes, [spelled(word) for word in order], flags=flags)

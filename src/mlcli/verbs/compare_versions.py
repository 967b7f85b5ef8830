"""Stored versions side by side: what each answered for rows held out from all of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.errors import AskedWronglyError, DataError
from mlcli.judging import held_out
from mlcli.judging.contest import Marks
from mlcli.store import holdout_shown
from mlcli.verbs import project as projects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlcli.answering.target import Raw, Target
    from mlcli.learning.judged import Judged
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.project import Project


@dataclass(frozen=True, slots=True)
class Apart:
    """The marks of stored versions on the rows held out from all; see ``Comparison``."""

    marks: tuple[Marks, ...]
    base: Marks
    kind: type[Target]
    unit: str
    noun: str
    rows: int
    left_out: dict[str, int]
    holdouts: tuple[str, ...]


def read(here: Path, named: Sequence[str]) -> tuple[Project, Apart]:
    """Return the project, and the marks of the versions that are named.

    Raises
    ------
    AskedWronglyError
        They are fewer than two, or answer different things.
    ModelError
        A version is not there, or damaged.
    DataError
        No row was held out from all of them, or its label is not the same in all.
    """
    home = projects.find(here)
    found = [home.stored(name) for name in named]
    if len(found) <= 1:
        raise AskedWronglyError(
            f"it takes two to compare, and {named[0]} stands alone",
            hint=f"name another version:  mlcli compare {named[0]} {found[0].name}@1",
        )
    for at, one in enumerate(found):
        if one.id in [other.id for other in found[:at]]:
            raise AskedWronglyError(f"{one.id} is named twice", hint="take one away")
        _same_question(found[0], one)
    kept = {one.id: _kept(one) for one in found}
    shared = _shared(kept)
    values = {name: _by_row(judged) for name, judged in kept.items()}
    first = found[0]
    truths = [values[first.id][row][0] for row in shared]
    marks = tuple(
        Marks(
            one.id,
            one.model.name,
            {},
            held_out.judged_target(one).errors(
                truths, [values[one.id][row][1] for row in shared], delivered=True
            ),
        )
        for one in found
    )
    base = Marks(
        first.target.base,
        "",
        {},
        first.target.errors_of_base(first.blind, truths),
    )
    return home, Apart(
        marks=marks,
        base=base,
        kind=type(first.target),
        unit=first.target.unit,
        noun=first.key.noun,
        rows=len(shared),
        left_out={name: len(judged.truths) - len(shared) for name, judged in kept.items()},
        holdouts=tuple(
            dict.fromkeys(
                one
                for judged in kept.values()
                for one in holdout_shown.of(judged.keys, judged.truths)
            )
        ),
    )


def _same_question(first: Manifest, one: Manifest) -> None:
    if which := next((each for each in (first, one) if not each.answers.by_rows), None):
        raise AskedWronglyError(
            f"{which.id} suggests things, and no row says which of them is right",
            hint="compare is for models that answer with a number or a class",
        )
    if first.target.name != one.target.name:
        raise AskedWronglyError(
            f"{first.id} answers {first.target.name}, and {one.id} answers {one.target.name}",
            hint="compare versions that answer the same",
        )
    if first.answers is not one.answers:
        raise AskedWronglyError(
            f"{first.id} answers with {first.target.noun}, and {one.id} with {one.target.noun}",
            hint="compare models of one kind",
        )


def _kept(manifest: Manifest) -> Judged:
    judged = held_out.kept(manifest)
    if judged is None:
        raise DataError(
            f"nothing was held out when {manifest.id} was fitted, so that no row can judge it",
            hint=f"write  holdout: newest 20%  in its definition, and  mlcli fit {manifest.name}",
        )
    return judged


Row = tuple[str, int]
"""The key of a row, and the how-manieth it is of those with that key."""


def _by_row(judged: Judged) -> dict[Row, tuple[Any, Raw]]:
    seen: defaultdict[str, int] = defaultdict(int)
    found: dict[Row, tuple[Any, Raw]] = {}
    for key, truth, value in zip(judged.keys, judged.truths, judged.values, strict=True):
        found[key, seen[key]] = (truth, value)
        seen[key] += 1
    return found


def _shared(kept: Mapping[str, Judged]) -> list[Row]:
    """Return the rows that were held out from all, and whose label is the same in all."""
    (first, here), *others = [(name, _by_row(judged)) for name, judged in kept.items()]
    again = "fit them again on the same exports with the same  holdout:  and compare those versions"
    shared = [row for row in here if all(row in there for _, there in others)]
    if not shared:
        spans = "; ".join(f"{name} held out {_span(judged)}" for name, judged in kept.items())
        raise DataError(f"no row was held out from all of them: {spans}", hint=again)
    for name, there in others:
        changed = [row for row in shared if here[row][0] != there[row][0]]
        if changed:
            key, count = changed[0][0], len(changed)
            a, b = (wording.written(side[changed[0]][0]) for side in (here, there))
            rows = wording.count(count, "row")
            raise DataError(
                f"{rows} held out from both {'has' if count == 1 else 'have'} another label: "
                f"{key} is {a} for {first}, and {b} for {name}",
                hint=f"the exports have changed since; {again}",
            )
    return shared


def _span(judged: Judged) -> str:
    return f"{wording.count(len(judged.keys), 'row')}, {judged.keys[0]} to {judged.keys[-1]}"

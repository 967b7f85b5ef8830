"""Who takes part in a comparison: definitions with their tables, or stored versions.

Definitions are checked against each other; versions are held against what each answered
for rows held out from all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlcli import wording
from mlcli.definition import set_keys
from mlcli.definition.algorithms import FRIENDLY, models_near
from mlcli.definition.sklearn_classes import BY_NAME
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    DefinitionError,
    Fix,
    MlcliError,
    Problem,
)
from mlcli.judging import held_out
from mlcli.judging.contest import Marks
from mlcli.judging.same_rows import Table
from mlcli.learning import limits
from mlcli.learning.labels import labels_of
from mlcli.statistics import dependence
from mlcli.statistics.dependence import Related
from mlcli.store import holdout_shown, versions
from mlcli.store.manifest import canonical
from mlcli.verbs import dated_rows
from mlcli.verbs import project as projects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlcli.answering.target import Target
    from mlcli.definition.definition import Definition
    from mlcli.definition.yaml_file import Read
    from mlcli.exports.reading import Exports
    from mlcli.exports.reading_progress import Watch
    from mlcli.grammar.cells import Json
    from mlcli.learning.judged import Judged
    from mlcli.statistics.arrays import Rows
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.project import Project


MOST: Final = 20
"""So many are compared at once; of more, chance alone makes one look good."""

_OF_LEARNING: Final = {"model", "holdout", "seed", "decide", "acknowledge", "recommend", "tune"}
"""Keys of a definition that change nothing in its table."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A definition, its table, and what is allowed in it and probably not meant.

    ``setting`` tells its figures from those of others.
    """

    definition: Definition
    table: Table
    warnings: tuple[Problem, ...]
    setting: str


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    home: Project
    read: Read


def entered(
    here: Path, named: Sequence[str], models: Sequence[str], watch: Watch
) -> tuple[Project, list[Entered]]:
    """Return the definitions that are named, with tables; exports alike are read once.

    Raises
    ------
    AskedWronglyError
        They are fewer than two, or answer different things.
    MlcliError
        A definition or an export is at fault.
    """
    found = _of_models(here, named, models) if models else _of_names(here, named)
    _comparable(found)
    known: dict[bytes, tuple[str | None, Exports]] = {}
    entries = []
    for one in found:
        kind, dated = one.read.definition.kind.__name__, "holdout" in one.read.values
        key = canonical([str(one.home.root), kind, dated, _table_of(one.read.values)])
        try:
            with projects.at_fault(one.read):
                if key not in known:
                    made, exports = dated_rows.read_exports(one.home.root, one.read, watch)
                    known[key] = made.definition.date, exports
                date, read = known[key]
                definition = dated_rows.by(one.read, date).definition
                rows = read.examples.positions("usable")
                limits.within(definition, read.examples, rows)
            labels = labels_of(definition, read.examples, rows)
        except MlcliError as error:
            error.summary = f"{one.name}: nothing was compared"
            raise
        table = Table(one.name, read.examples, labels, read.digests)
        warnings = (*one.read.warnings, *read.warnings)
        setting = holdout_shown.setting(one.read.values)
        entries.append(Entered(definition, table, warnings, setting))
    _same_kind(entries)
    return found[0].home, entries


def _table_of(values: Json) -> Json:
    return {key: value for key, value in values.items() if key not in _OF_LEARNING}


def _of_names(here: Path, named: Sequence[str]) -> list[_Named]:
    """Read definitions by name or path."""
    if len(named) <= 1:
        for name in named:
            home, path = _found(here, name)
            _comparable([_Named(name, home, home.read(path))])
        there = [path.stem for path in projects.find(here).definitions()]
        listed = f"; configs/ has {wording.listed(there, most=12)}" if there else ""
        only = f", and {named[0]} stands alone" if named else ""
        raise AskedWronglyError(
            f"it takes two to compare{only}",
            hint=f"name definitions, NAME@3 for stored versions, or --models A,B{listed}",
        )
    _once(named, "definition")
    paths = [_found(here, name) for name in named]
    _once([str(path) for _, path in paths], "definition", shown=named)
    stems = Counter(path.stem for _, path in paths)
    return [
        _Named(path.stem if stems[path.stem] == 1 else name, home, home.read(path))
        for name, (home, path) in zip(named, paths, strict=True)
    ]


def _found(here: Path, name: str) -> tuple[Project, Path]:
    """Return a definition; of a name that only a model has, say how that is compared."""
    try:
        return projects.definition(here, name)
    except AskedWronglyError as error:
        known = versions.names(projects.find(here).models)
        if name in known:
            raise AskedWronglyError(
                f"there is no definition {name!r} in configs/, only a fitted model",
                hint=f"compare stored versions, such as {name}@1",
            ) from error
        raise


def _of_models(here: Path, named: Sequence[str], models: Sequence[str]) -> list[_Named]:
    """Read one definition, and put other models into it."""
    specs = _split(models)
    if len(named) > 1:
        raise AskedWronglyError(
            f"--models tries models of one definition, and {len(named)} are named",
            hint=f"name one:  mlcli compare {wording.quoted(named[0])} "
            f"--models {wording.quoted(','.join(specs))}",
        )
    name = specs[0].partition(":")[0].strip()
    if len(specs) <= 1 and name not in {*FRIENDLY, *BY_NAME}:
        raise AskedWronglyError(f"unknown model {name!r}", hint=models_near(name) or _EXAMPLE)
    if len(specs) <= 1:
        another = next(name for name in _TRIED if name != specs[0])
        raise AskedWronglyError(
            f"it takes two to compare, and --models names {specs[0]} alone",
            hint=f"add another:  --models {specs[0]},{another}",
            fix=[Fix(f"{specs[0]},{another}", option="--models")],
        )
    _once(specs, "model")
    if named:
        home, path = projects.definition(here, named[0])
    else:
        home, paths = projects.all_definitions(here)
        if len(paths) > 1:
            listed = wording.listed([one.stem for one in paths], most=12)
            raise AskedWronglyError(
                "there are several definitions", hint=f"name one of them: {listed}"
            )
        path = paths[0]
    read = home.read(path)
    if read.definition.recommend is not None:
        _no_catalogue(path.stem, "definitions")
    return [_Named(spec, home, _with_model(read, spec)) for spec in specs]


_TRIED: Final = ("linear_regression", "random_forest")
"""Models to try beside another."""


def _once(words: Sequence[str], what: str, *, shown: Sequence[str] | None = None) -> None:
    """Raise where one is named twice, or too many are."""
    for at, word in enumerate(words):
        if word in words[:at]:
            raise AskedWronglyError(
                f"the {what} {(shown or words)[at]!r} is named twice", hint="take one away"
            )
    if len(words) > MOST:
        raise AskedWronglyError(
            f"{len(words)} are named, and at most {MOST} are compared at once",
            hint="among so many, one looks good by chance",
        )


def _no_catalogue(name: str, what: str) -> None:
    raise AskedWronglyError(
        f"{name} suggests things, and no row says which of them is right",
        hint=f"compare is for {what} that answer with a number or a class",
    )


def _comparable(found: Sequence[_Named]) -> None:
    """Raise where the definitions do not answer the same question."""
    first = found[0]
    for one in found:
        if one.read.definition.recommend is not None:
            _no_catalogue(one.name, "definitions")
    for one in found[1:]:
        label, other = first.read.definition.label.name, one.read.definition.label.name
        if label != other:
            raise AskedWronglyError(
                f"{first.name} answers {label}, and {one.name} answers {other}",
                hint="compare definitions that have the same label",
            )


def _same_kind(entries: Sequence[Entered]) -> None:
    """Raise where some answer with numbers and some with classes."""
    first = entries[0].table
    for one in entries:
        if one.table.labels.kind is not first.labels.kind:
            raise AskedWronglyError(
                f"{first.name} answers with {first.labels.kind.noun}, "
                f"and {one.table.name} with {one.table.labels.kind.noun}",
                hint="compare models of one kind",
            )


_EXAMPLE = "write  --models linear_regression,polynomial_regression:degree=3"
_COMMA = re.compile(r",(?![^\[{]*[\]}])")  # one that stands in no list


def _split(texts: Sequence[str]) -> list[str]:
    """Return the models that are named, with commas between them.

    Raises
    ------
    AskedWronglyError
        A name is empty.
    """
    found = [part.strip() for text in texts for part in _COMMA.split(text)]
    if not all(found):
        raise AskedWronglyError("a comma of --models has no model beside it", hint=_EXAMPLE)
    return found


def _with_model(read: Read, spec: str) -> Read:
    """Return a definition with the model that a spec names, checked as its file was.

    Raises
    ------
    DefinitionError
        There is no such model or hyperparameter, or the definition does not allow it.
    AskedWronglyError
        The spec cannot be read.
    """
    model = _model(spec)
    values = {k: v for k, v in read.values.items() if k != "tune"}  # that is for its own model
    changed = set_keys.reread(read, {**values, "model": model}, f"--models {spec}")
    return replace(changed, warnings=())


def _model(spec: str) -> Json:
    name, *options = (part.strip() for part in spec.split(":"))
    model: dict[str, Any] = {"name": name}
    for option in options:
        key, equals, text = (part.strip() for part in option.partition("="))
        place = f"--models {spec}"
        if not (equals and key and text):
            raise AskedWronglyError(
                f"{option!r} is no hyperparameter with its value", place=place, hint=_EXAMPLE
            )
        if key in model:
            raise AskedWronglyError(f"{key!r} stands here twice", place=place, hint="take one away")
        model[key] = set_keys.value(text, place, _EXAMPLE)
    return model


@dataclass(frozen=True, slots=True)
class Apart:
    """The marks of stored versions on the rows held out from all; see ``Comparison``.

    ``related`` says which of these rows depend on each other, ``told_by`` what does not tell
    some of them apart, if so.
    """

    marks: tuple[Marks, ...]
    base: Marks
    kind: type[Target]
    unit: str
    noun: str
    rows: int
    related: Related
    left_out: dict[str, int]
    holdouts: tuple[str, ...]
    settings: tuple[str, ...]
    told_by: str = ""
    warnings: tuple[Problem, ...] = ()


def stored(here: Path, named: Sequence[str]) -> tuple[Project, Apart]:
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
    for one in found:
        _same_question(found[0], one)
    if len(found) <= 1:
        raise AskedWronglyError(
            f"it takes two to compare, and {named[0]} stands alone",
            hint=f"name another version:  mlcli compare {named[0]} {found[0].name}@1",
        )
    bare = [one for one, name in zip(found, named, strict=True) if "@" not in name]
    changed = {one.id: said for one in bare if (said := _changed(home, one))}
    for at, one in enumerate(found):
        if one.id in [other.id for other in found[:at]]:
            said = changed.get(one.id)
            hint = f"{said.place} {said.message}; {said.hint}" if said else "take one away"
            raise AskedWronglyError(f"{one.id} is named twice", hint=hint)
    judged = apart({one.id: one for one in found}, {one.id: kept_of(one) for one in found})
    return home, replace(judged, warnings=tuple(changed.values()))


def _changed(home: Project, one: Manifest) -> Problem | None:
    """Say that the definition of a name is not the one that its current version has learned by."""
    for path in home.definitions():
        if path.stem == one.name and not _is_fitted(home, path, one):
            return Problem(
                f"is not what {one.id} has learned by",
                place=home.shown(path),
                hint=f"to compare it as it is now:  mlcli fit {wording.quoted(one.name)}",
            )
    return None


def _is_fitted(home: Project, path: Path, one: Manifest) -> bool:
    try:
        return canonical(home.read(path).values) == canonical(one.definition.values)
    except (AskedWronglyError, DefinitionError):  # one that cannot be read was changed
        return False


def apart(found: Mapping[str, Manifest], kept: Mapping[str, Judged]) -> Apart:
    """Return the marks of some versions, by their names, on the rows ``kept`` from all of them.

    Raises
    ------
    AskedWronglyError
        They answer different things.
    DataError
        No row was held out from all of them, or its label is not the same in all.
    """
    first_name, first = next(iter(found.items()))
    for one in found.values():
        _same_question(first, one)
    same = all(one.digests.data == first.digests.data for one in found.values())
    rows, alike = held_out.shared(kept, same_exports=same)
    truths = kept[first_name].truths[rows[first_name]]
    errors = {
        name: held_out.judged_target(one).errors(
            truths, kept[name].values[rows[name]], delivered=True
        )
        for name, one in found.items()
    }
    marks = tuple(Marks(name, one.model.name, {}, errors[name]) for name, one in found.items())
    without = first.target.errors_of_base(first.blind, truths, delivered=True)
    base = Marks(first.target.base, "", {}, without)
    return Apart(
        marks=marks,
        base=base,
        kind=type(first.target),
        unit=first.target.unit,
        noun=first.key.noun,
        rows=len(truths),
        related=Related(
            dependence.dated([kept[first_name].keys[at] for at in rows[first_name]]),
            _groups([*found.values()], kept, rows),
        ),
        left_out={name: len(judged.truths) - len(truths) for name, judged in kept.items()},
        holdouts=tuple(
            dict.fromkeys(
                one
                for judged in kept.values()
                for one in holdout_shown.of(judged.keys, judged.truths.tolist())
            )
        ),
        settings=tuple(holdout_shown.setting(one.definition.values) for one in found.values()),
        told_by=(first.key.name or "their names") if alike else "",
    )


def _groups(
    found: Sequence[Manifest], kept: Mapping[str, Judged], rows: Mapping[str, Rows]
) -> Rows | None:
    """Return the group of each row, where a definition has groups.

    All rows are of one group where an older mlcli did not note which they are of.
    """
    if not any("group" in one.definition.values for one in found):
        return None
    for name, judged in kept.items():
        if judged.groups is not None:
            return dependence.numbered([judged.groups[at] for at in rows[name]])
    return np.zeros(len(next(iter(rows.values()))), dtype=np.intp)


def _same_question(first: Manifest, one: Manifest) -> None:
    if which := next((each for each in (first, one) if not each.answers.by_rows), None):
        _no_catalogue(which.id, "models")
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


def kept_of(manifest: Manifest) -> Judged:
    """Return the rows held out from a version.

    Raises
    ------
    DataError
        None were.
    """
    judged = held_out.kept(manifest)
    if judged is None:
        raise DataError(
            f"nothing was held out when {manifest.id} was fitted, so that no row can judge it",
            hint=f"write  holdout: newest 20%  in its definition, and  mlcli fit {manifest.name}",
        )
    return judged

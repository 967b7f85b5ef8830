"""Questions for a stored model: from options, from a file, or from the exports.

Answering from options needs no import beyond the standard library; what reads the
exports imports the rest inside its function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from mlcli import cells, inputs, phrases, store, wording
from mlcli.answering import Answer, Model
from mlcli.cells import Value
from mlcli.errors import AskedWronglyError, DataError, RefusedError, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.cells import Kind
    from mlcli.csvtext import CsvReader
    from mlcli.inputs import Input
    from mlcli.manifest import Manifest
    from mlcli.project import Project

Question = dict[str, Value | None]

_BATCH_ROWS = 20_000


def load(manifest: Manifest) -> Model:
    """Return a stored model, ready to answer: from its equation, if it has one."""
    equation = store.load_equation(manifest)
    if equation is not None:
        return Model(
            manifest.features,
            manifest.target,
            manifest.domain,
            lambda rows: [equation.value(row) for row in rows],
        )
    from mlcli.learning import predictor

    predict = predictor(None, store.load_estimator(manifest))
    return Model(manifest.features, manifest.target, manifest.domain, predict)


def from_options(manifest: Manifest, given: Mapping[str, str]) -> Question:
    """Read the features that options named.

    Raises
    ------
    AskedWronglyError
        A value is not what its feature holds.
    """
    known = {feature.name: feature for feature in manifest.features}
    return {name: _read_option(known[name], text) for name, text in given.items()}


def _read_option(feature: Input, text: str) -> Value:
    from mlcli.flags import flag

    try:
        return feature.read(text, any_case=True)
    except (cells.CellError, inputs.UnknownLevelError) as error:
        raise AskedWronglyError(f"{flag(feature.name)}: {error}", hint=error.hint) from error


def ask(manifest: Manifest, question: Question, *, anyway: bool = False) -> Answer:
    """Answer one question that holds every feature.

    Raises
    ------
    AskedWronglyError
        A feature is missing.
    RefusedError
        The question lies outside what the model learned.
    """
    from mlcli.flags import flag

    lacking = [f for f in manifest.features if f.name not in question and not f.optional]
    if lacking:
        options = "  ".join(
            f"{flag(f.name)} {'N' if f.kind == 'number' else 'WORD'}" for f in lacking
        )
        raise AskedWronglyError(
            f"{manifest.name} also needs {' and '.join(f.name for f in lacking)}",
            hint=f"add  {options}",
        )
    return load(manifest).answer(question, anyway=anyway)


def ask_date(
    project: Project, manifest: Manifest, date: str, given: Question, *, anyway: bool = False
) -> Answer:
    """Answer for a date: the domain first, then its features, looked up in the exports.

    Features that ``given`` holds are not looked up.

    Raises
    ------
    AskedWronglyError
        The model's rows are not dated, or the date is none.
    RefusedError
        The date lies outside what the model learned.
    DataError
        The exports know nothing of the date.
    """
    key, unit = manifest.key["name"], manifest.key["unit"]
    if unit is None:
        raise AskedWronglyError(
            f"the rows of {manifest.name} have no date", hint="ask with its features"
        )
    try:
        day = phrases.day(date)
    except phrases.PhraseError as error:
        raise AskedWronglyError(f"--date: {error}", hint=error.hint) from error
    asked: Question = {key: phrases.period_start(unit, day)}
    model = load(manifest)
    reason = model.refusal({key: day} if unit == "day" else asked, anyway=anyway)
    if reason:
        raise RefusedError(
            f"{_on(day)} is left out: {reason}",
            hint="--anyway answers all the same, with a note",
        )
    question, notes = _looked_up(project, manifest, {**asked, **given})
    answer = model.answer(question, anyway=anyway)
    return replace(answer, asked={**asked, **answer.asked}, notes=(*notes, *answer.notes))


def _on(day: datetime) -> str:
    return f"{day:%Y-%m-%d}, a {wording.WEEKDAYS[day.weekday()]},"


def _looked_up(
    project: Project, manifest: Manifest, question: Question
) -> tuple[Question, list[str]]:
    """Add the features that a question lacks: worked out, or found in the exports."""
    names = [f.name for f in manifest.features]
    if all(name in question for name in names):
        return question, []
    worked_out = _derived(manifest, question.keys())
    if worked_out is not None:
        return {**question, **worked_out([question])[0]}, []
    from mlcli import definition as definitions
    from mlcli import exports

    key = manifest.key["name"]
    definition = definitions.build(manifest.data["definition"]["values"])
    examples = exports.examples(project, definition)
    when = question[key]
    position = examples.find(when) if isinstance(when, datetime) else None
    row = examples.row(position) if position is not None else {}
    found = {name: row[name] for name in names if row.get(name) is not None}
    domain = {c.column for p in manifest.domain for c in p.conditions}
    tested = {c: row[c] for c in row if c in domain and c != manifest.target.name}
    lacking = [
        f.name for f in manifest.features if f.name not in {**found, **question} and not f.optional
    ]
    if position is None or lacking:
        from mlcli.flags import flag

        files = ", ".join(source.file for source in definition.sources.values())
        missing = " and ".join(lacking or names)
        raise DataError(
            f"no {missing} for {wording.written(when)} in {files}",
            hint="say it yourself:  " + "  ".join(f"{flag(name)} N" for name in lacking or names),
        )
    future = examples.last is not None and isinstance(when, datetime) and when > examples.last
    unit, known = manifest.target.unit, wording.written(examples.last)
    notes = [f"booked so far: {unit} are known until {known}"] if future else []
    truth = row.get(manifest.target.name)
    if truth is not None:
        notes.append(f"the {unit} of that {manifest.key['unit']} are known: {wording.written(truth)}")
    return {**tested, **found, **question}, notes


def waiting(project: Project, manifest: Manifest, *, anyway: bool = False) -> list[Answer]:
    """Answer for every row of the exports that has features and no label yet, in order."""
    from mlcli import definition as definitions
    from mlcli import exports

    definition = definitions.build(manifest.data["definition"]["values"])
    examples = exports.examples(project, definition)
    positions = examples.positions("waiting")
    rows = [examples.row(i) for i in positions]
    model = load(manifest)
    questions = [{k: v for k, v in row.items() if k != manifest.target.name} for row in rows]
    answers = model.answer_all(questions, anyway=anyway)
    key = manifest.key["name"]
    named = [
        {key: row[key]} if key else {"row": examples.named(i)}
        for i, row in zip(positions, rows, strict=True)
    ]
    return [replace(a, asked={**name, **a.asked}) for a, name in zip(answers, named, strict=True)]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file of questions: where it stands, its cells, and what it asks."""

    place: str
    cells: list[str]
    question: Question
    label: float | None = None


def questions(manifest: Manifest, path: Path, *, label: str | None = None) -> Iterator[Row]:
    """Read the questions of a CSV file, one a row, in order.

    Parameters
    ----------
    manifest
        Names the features; the columns of the domain are read too where they are there.
    path
        The file.
    label
        A column of truths that must be there as well.

    Raises
    ------
    DataError
        A column is missing, a cell is not what its feature holds, or a level unseen.
    """
    from mlcli.csvtext import CsvReader

    reader = CsvReader(path, name=path.name)
    wanted, worked_out = _columns(manifest, reader, label)
    where = {name: reader.position(name) for name in wanted}
    records = iter(reader)
    empty = True
    while batch := list(islice(records, _BATCH_ROWS)):
        empty = False
        rows = [
            {
                name: _cell(manifest, wanted[name], name, record[at], f"{path.name}:{line}")
                for name, at in where.items()
            }
            for line, record in batch
        ]
        extra = worked_out(rows) if worked_out else [{}] * len(rows)
        for (line, record), row, more in zip(batch, rows, extra, strict=True):
            place = f"{path.name}:{line}"
            truth = row.pop(label) if label else None
            if label and truth is None:
                raise DataError(f"the label {label!r} is empty", place=place)
            yield Row(place, record, {**row, **more}, truth)  # type: ignore[arg-type]
    if empty:
        raise DataError("the file has a header and no rows", place=path.name)


def _columns(
    manifest: Manifest, reader: CsvReader, label: str | None
) -> tuple[dict[str, Kind], Any]:
    """Return the columns to read and as what, and what works the other features out."""
    kinds: dict[str, Kind] = {c.column: c.kind for p in manifest.domain for c in p.conditions}
    wanted: dict[str, Kind] = {
        column: kind for column, kind in kinds.items() if column in reader.columns and kind != "any"
    }
    names = [feature.name for feature in manifest.features]
    lacking = [name for name in names if name not in reader.columns]
    worked_out = _derived(manifest, reader.columns) if lacking else None
    if worked_out is not None:
        wanted.update(_sources_of(manifest))
        names = [name for name in names if name in reader.columns]
    elif lacking:
        raise DataError(
            f"there is no column {lacking[0]!r}, which {manifest.name} needs",
            place=f"{reader.name}:1",
            hint=near(lacking[0], reader.columns)
            or f"the columns are {wording.listed(list(reader.columns), most=12)}",
        )
    wanted.update({f.name: f.kind for f in manifest.features if f.name in names})  # type: ignore[misc]
    if label:
        wanted[label] = "number"
    return wanted, worked_out


def _cell(manifest: Manifest, kind: Kind | str, name: str, text: str, place: str) -> Value | None:
    if not text or text.isspace():
        return None
    feature = next((f for f in manifest.features if f.name == name), None)
    try:
        if feature is not None:
            return feature.read(text)
        value = cells.READERS[kind](text)  # type: ignore[index]
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value
    except (cells.CellError, inputs.UnknownLevelError) as error:
        raise DataError(f"column {name!r}: {error}", place=place, hint=error.hint) from error


def _column_rules(manifest: Manifest) -> list[Any]:
    from mlcli import definition as definitions
    from mlcli.rules import ColumnsRule

    definition = definitions.build(manifest.data["definition"]["values"])
    return [rule for rule in definition.table_rules if isinstance(rule, ColumnsRule)]


def _sources_of(manifest: Manifest) -> dict[str, Kind]:
    from mlcli import plan

    wanted: dict[str, Kind] = {
        f.name: "number" if f.kind == "number" else "any" for f in manifest.features
    }
    return plan.needed(_column_rules(manifest), wanted)


def _derived(manifest: Manifest, columns: Sequence[str] | Any) -> Any:
    """Return what works all features out of some columns by the rules, or ``None``."""
    if not manifest.data["definition"]["values"].get("rules"):
        return None
    needed = _sources_of(manifest)
    if not set(needed) <= set(columns):
        return None

    def work_out(rows: Sequence[Question]) -> list[Question]:
        from mlcli import csvfile, joining

        frame = csvfile.frame({c: ([row[c] for row in rows], kind) for c, kind in needed.items()})
        for rule in _column_rules(manifest):
            frame = rule.apply(frame)
        found = {f.name: joining.values(frame[f.name]) for f in manifest.features}
        return [{name: values[i] for name, values in found.items()} for i in range(len(rows))]

    return work_out

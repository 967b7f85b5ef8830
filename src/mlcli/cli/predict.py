"""mlcli predict - ask a fitted model: by features, by date, by file, or for what is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlcli import project, wording
from mlcli.cli import options, say
from mlcli.errors import AskedWronglyError, RefusedError
from mlcli.flags import flag

if TYPE_CHECKING:
    from mlcli.answering import Answer
    from mlcli.manifest import Manifest

_HELP = """Answer a question by a fitted model.

Without a question, answer for every row of the exports that has features and no
label yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one call that are the same for every model."""

    model: str | None
    date: str | None
    input: Path | None
    output: Path | None
    anyway: bool
    strict: bool
    json: bool


def _fixed() -> list[Parameter]:
    made: dict[str, tuple[Any, Any, Any]] = {
        "model": (
            str | None,
            None,
            typer.Option(
                "--model",
                "-m",
                metavar="NAME",
                help="Which model; needed if several fit.",
                autocompletion=options.models,
            ),
        ),
        "date": (
            str | None,
            None,
            typer.Option(
                "--date",
                metavar="DATE",
                help="Look the features up in the exports for this day: 2023-06-08.",
            ),
        ),
        "input": (
            Path | None,
            None,
            typer.Option(
                "--input", readable=False, metavar="FILE", help="Answer every row of a CSV file."
            ),
        ),
        "output": (
            Path | None,
            None,
            typer.Option(
                "--output",
                readable=False,
                metavar="FILE",
                help="Write the rows and their answers here, not to the terminal.",
            ),
        ),
        "anyway": (
            bool,
            False,
            typer.Option(
                "--anyway", help="Answer questions outside what was learned, with a note."
            ),
        ),
        "strict": (
            bool,
            False,
            typer.Option("--strict", help="Write nothing if a single row is refused."),
        ),
        "json": (bool, False, typer.Option("--json", help="Print one JSON object.")),
    }
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])
        for name, (kind, default, option) in made.items()
    ]


def command(shelf: options.Shelf) -> Callable[..., None]:
    """Return the command; its options are the features of the fitted models."""

    def predict(**values: Any) -> None:
        asked = Asked(**{name: values[name] for name in Asked.__dataclass_fields__})
        _predict(shelf, asked, options.given(shelf, values))

    parameters = [*options.parameters(shelf), *_fixed()]
    predict.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    predict.__annotations__ = {p.name: p.annotation for p in parameters}
    predict.__doc__ = _HELP
    return predict


def _predict(shelf: options.Shelf, asked: Asked, given: Mapping[str, str]) -> None:
    _consistent(asked, given)
    here = project.find(Path.cwd())
    manifest = shelf.choose(asked.model, list(given), complete=asked.date is None)
    if asked.input is not None:
        from mlcli.cli import batch

        batch.answer_file(
            manifest,
            asked.input,
            asked.output,
            anyway=asked.anyway,
            strict=asked.strict,
            json=asked.json,
        )
        return
    from mlcli import asking

    texts = {f.name: given[flag(f.name)] for f in manifest.features if flag(f.name) in given}
    question = asking.from_options(manifest, texts)
    if asked.date is not None:
        answer = asking.ask_date(here, manifest, asked.date, question, anyway=asked.anyway)
        _show_one(manifest, answer, json=asked.json)
    elif given:
        _show_one(manifest, asking.ask(manifest, question, anyway=asked.anyway), json=asked.json)
    else:
        answers = asking.waiting(here, manifest, anyway=asked.anyway)
        refused = sum(answer.refused for answer in answers)
        if asked.strict and refused:
            raise RefusedError(
                f"{refused} of {wording.count(len(answers), 'row')} refused",
                hint="leave --strict away to have the others",
            )
        _show_all(manifest, answers, json=asked.json)


def _consistent(asked: Asked, given: Mapping[str, str]) -> None:
    """Raise where options do not go together."""
    if asked.input and (asked.date or given):
        other = "--date" if asked.date else next(iter(given))
        raise AskedWronglyError(
            f"--input asks for the rows of a file; {other} asks for one", hint="use one of them"
        )
    if asked.output and not asked.input:
        raise AskedWronglyError("--output needs --input", hint="print to a file with  > FILE")
    if asked.strict and (asked.date or given):
        raise AskedWronglyError(
            "--strict is for many rows; one question that is refused has no answer anyway"
        )


def as_json(manifest: Manifest, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the documented object."""
    unit = manifest.target.unit
    return {
        "model": manifest.name,
        "version": manifest.version,
        "predictions": [answer.to_json(unit) for answer in answers],
    }


def amount(manifest: Manifest, value: float) -> str:
    """Write an answer: whole where answers are, else to four figures."""
    return f"{value:,.0f}" if manifest.target.whole else wording.figure(value)


def trust(manifest: Manifest) -> str:
    """Say how far an answer may be off, from the held-out rows."""
    mae = manifest.data["metrics"]["mae"]
    if mae["holdout"] is None:
        return f"{manifest.id}, not judged: no rows were held out"
    noun = manifest.key["noun"]
    held = wording.count(manifest.rows["holdout"], f"held-out {noun}")
    ours, mean = (wording.figure(mae[k], digits=2) for k in ("holdout", "mean_baseline"))
    return (
        f"off by {ours} {manifest.target.unit} on average over {held} "
        f"(always answering the mean: {mean}) - {manifest.id}"
        + (", before it learned from those too" if manifest.data["final"] else "")
    )


def _show_one(manifest: Manifest, answer: Answer, *, json: bool) -> None:
    if json:
        say.as_json(as_json(manifest, [answer]))
        return
    assert answer.answer is not None
    assert answer.value is not None
    say.answer(f"{amount(manifest, answer.answer)} {manifest.target.unit}")
    if len(answer.asked) > len(manifest.features):  # looked up: say what was found
        say.note("for " + ", ".join(f"{name} {_shown(v)}" for name, v in answer.asked.items()))
    for text in answer.notes:
        say.note(f"note: {text}")
    rounded = wording.figure(answer.value) != wording.figure(answer.answer)
    exact = f"{wording.figure(answer.value)} before rounding; " if rounded else ""
    say.note(exact + trust(manifest))


def _show_all(manifest: Manifest, answers: Sequence[Answer], *, json: bool) -> None:
    refused = sum(answer.refused for answer in answers)
    if json:
        say.as_json(as_json(manifest, answers))
    elif answers:
        _table(manifest, answers)
    if not answers:
        say.note(
            f"no row waits for an answer: every row with features has its {manifest.target.name}"
        )
    elif refused:
        say.note(f"{refused} of {wording.count(len(answers), 'row')} refused")
    if answers and not json:
        say.note(trust(manifest))


def _table(manifest: Manifest, answers: Sequence[Answer]) -> None:
    """Print aligned columns: what was asked, the answer, and notes."""
    head = [*answers[0].asked, manifest.target.unit, ""]
    rows = [
        [
            *(_shown(value) for value in answer.asked.values()),
            "-" if answer.answer is None else amount(manifest, answer.answer),
            "; ".join(f"refused: {note}" if answer.refused else note for note in answer.notes),
        ]
        for answer in answers
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head) - 1)]
    for row in [head, *rows]:
        first, *middle, last = row
        cells = [
            first.ljust(widths[0]),
            *(c.rjust(w) for c, w in zip(middle, widths[1:], strict=True)),
            last,
        ]
        say.answer("  ".join(cells).rstrip())


def _shown(value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return f"{wording.written(value)} {wording.WEEKDAYS[value.weekday()]}"
    return wording.written(value)

"""mlcli predict - ask a fitted model: by features, by date, by file, or for what is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.cli import options, say
from mlcli.cli.screens import sentences
from mlcli.errors import AskedWronglyError, RefusedError
from mlcli.learning.report import commonest
from mlcli.verbs import project

if TYPE_CHECKING:
    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.store.manifest import Manifest

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
    range: str | None
    anyway: bool
    strict: bool
    raw: bool
    quiet: bool
    json: bool


def _fixed() -> list[Parameter]:
    made: dict[str, tuple[Any, Any, Any]] = {
        "model": options.MODEL,
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
        "range": (
            str | None,
            None,
            typer.Option(
                "--range",
                metavar="PERCENT",
                help="Also say between which numbers so many of such rows lie: 80%.",
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
        "raw": (
            bool,
            False,
            typer.Option(
                "--raw", help="Write cells that a spreadsheet would run as they are, without a '."
            ),
        ),
        "quiet": (bool, False, typer.Option("--quiet", "-q", help="Show no progress.")),
        "json": options.JSON,
    }
    return options.fixed(made)


def command(shelf: options.Shelf) -> Callable[..., None]:
    """Return the command; its options are the features of the fitted models."""

    def predict(**values: Any) -> None:
        asked = Asked(**{name: values[name] for name in Asked.__dataclass_fields__})
        _predict(shelf, asked, options.given(shelf, values))

    return options.command(predict, [*options.parameters(shelf), *_fixed()], _HELP)


def _predict(shelf: options.Shelf, asked: Asked, given: Mapping[str, Sequence[str]]) -> None:
    from mlcli.verbs import ask

    _consistent(asked, given)
    level = None if asked.range is None else ask.read_level(asked.range)
    here = project.find(Path.cwd())
    manifest = shelf.choose(
        asked.model, list(given), complete=asked.date is None, dated=asked.date is not None
    )
    ready = ask.ready(manifest, level)
    if asked.input is not None:
        from mlcli.cli import predict_file, progress

        with progress.watch(quiet=asked.quiet) as watch:
            exports = [here.root / name for name in manifest.data["digests"]["data"]]
            predict_file.answer_file(
                manifest,
                asked.input,
                asked.output,
                ready=ready,
                exports=exports,
                anyway=asked.anyway,
                strict=asked.strict,
                raw=asked.raw,
                json=asked.json,
                watch=watch,
            )
        return
    from mlcli.verbs import ask

    texts = {f.name: given[flag(f.name)] for f in manifest.features if flag(f.name) in given}
    question = ask.from_options(manifest, texts)
    if asked.date is not None:
        answer = ask.ask_date(here, manifest, asked.date, question, anyway=asked.anyway)
        _show_one(manifest, answer, ready, json=asked.json)
    elif given:
        answer = ask.ask(manifest, question, anyway=asked.anyway)
        _show_one(manifest, answer, ready, json=asked.json)
    else:
        answers = ask.waiting(here, manifest, anyway=asked.anyway)
        refused = sum(answer.refused for answer in answers)
        if asked.strict and refused:
            raise RefusedError(
                f"{refused} of {wording.count(len(answers), 'row')} refused",
                hint="leave --strict away to have the others",
            )
        _show_all(manifest, answers, ready, json=asked.json)


def _consistent(asked: Asked, given: Mapping[str, Sequence[str]]) -> None:
    """Raise where options do not go together."""
    if asked.input and (asked.date or given):
        other = "--date" if asked.date else next(iter(given))
        raise AskedWronglyError(
            f"--input asks for the rows of a file; {other} asks for one", hint="use one of them"
        )
    if asked.output and not asked.input:
        raise AskedWronglyError("--output needs --input", hint="print to a file with  > FILE")
    if asked.raw and not asked.input:
        raise AskedWronglyError("--raw needs --input", hint="it says how rows are written")
    if asked.strict and (asked.date or given):
        raise AskedWronglyError(
            "--strict is for many rows; one question that is refused has no answer anyway"
        )


def as_json(manifest: Manifest, answers: Sequence[Answer], ready: Ready) -> dict[str, Any]:
    """Return the documented object."""
    unit = manifest.target.unit
    always = {"probabilities": None} if manifest.kind == "category" else {}
    return {
        "model": manifest.name,
        "version": manifest.version,
        "predictions": [
            {**always, **answer.to_json(unit), **_beside_as_json(ready, answer)}
            for answer in answers
        ],
    }


def _beside_as_json(ready: Ready, answer: Answer) -> dict[str, Any]:
    beside = ready.beside(answer)
    why = () if answer.refused else (*beside.notes, *ready.notes)
    return {"notes": [*answer.notes, *why], **ready.to_json(beside)}


def amount(manifest: Manifest, value: float | str) -> str:
    """Write an answer: a class as it is, a number whole where answers are, else to four figures."""
    if isinstance(value, str):
        return value
    whole = isinstance(manifest.target, NumberTarget) and manifest.target.whole
    return f"{value:,.0f}" if whole else wording.figure(value)


def trust(manifest: Manifest) -> str:
    """Say how far an answer may be off, or how often it is right, from the held-out rows."""
    metrics = manifest.data["metrics"]
    if not manifest.rows["holdout"]:
        return f"{manifest.id}, not judged: no rows were held out"
    noun = manifest.key["noun"]
    held = wording.count(manifest.rows["holdout"], f"held-out {noun}")
    if manifest.kind == "category":
        ours, always = (
            wording.share(metrics["accuracy"][k]) for k in ("holdout", "frequency_baseline")
        )
        shares = manifest.data["without_looking"]
        words = f"right in {ours} of {held} (always answering {commonest(shares)}: {always})"
        words += _line(manifest)
    else:
        ours, mean = (
            wording.figure(metrics["mae"][k], digits=2) for k in ("holdout", "mean_baseline")
        )
        words = (
            f"off by {ours} {manifest.target.unit} on average over {held} "
            f"(always answering the mean: {mean})"
        )
    final = ", before it learned from those too" if manifest.data["final"] else ""
    return f"{words} - {manifest.id}{final}"


def _line(manifest: Manifest) -> str:
    """Say from what probability on a class is answered, if that was chosen."""
    target = manifest.target
    if not isinstance(target, ClassTarget) or target.threshold is None:
        return ""
    return f", {target.positive} being answered from {wording.share(target.threshold)} on"


_MOST_SHOWN = 5


def _probabilities(manifest: Manifest, answer: Answer) -> list[str]:
    """Say how probable each class is, and whether such figures are worth anything."""
    shares = answer.probabilities
    if shares is None:
        return []
    likely = sorted(shares, key=lambda name: -shares[name])
    listed = wording.listed(
        [f"{name} {wording.share(shares[name])}" for name in likely], most=_MOST_SHOWN
    )
    loss = manifest.data["metrics"]["log_loss"]
    ours, base = loss["holdout"], loss["frequency_baseline"]
    worse = ours is not None and base is not None and ours > base
    return [f"probabilities: {listed}", *([_NO_CHANCES] if worse else [])]


_NO_CHANCES = (
    "note: on the held-out rows its probabilities were worse than the plain shares of the "
    "classes: they are no chances to rely on"
)


def _show_one(manifest: Manifest, answer: Answer, ready: Ready, *, json: bool) -> None:
    if json:
        say.as_json(as_json(manifest, [answer], ready))
        return
    assert answer.answer is not None
    unit = "" if manifest.kind == "category" else f" {manifest.target.unit}"
    likely, beside = f"{amount(manifest, answer.answer)}{unit}", ready.beside(answer)
    say.answer(sentences.one(likely, ready, beside, partial(amount, manifest)))
    if len(answer.asked) > len(manifest.features):  # looked up: say what was found
        asked = (f"{name} {_shown(value) or '-'}" for name, value in answer.asked.items())
        say.note(f"for {', '.join(asked)}")
    for text in (*answer.notes, *beside.notes, *ready.notes):
        say.note(f"note: {text}")
    for text in _probabilities(manifest, answer):
        say.note(text)
    say.note(_exact(answer) + trust(manifest))


def _exact(answer: Answer) -> str:
    """Return the number before it was rounded, where that shows."""
    if not isinstance(answer.value, float) or not isinstance(answer.answer, float):
        return ""
    exact = wording.figure(answer.value)
    return f"{exact} before rounding; " if exact != wording.figure(answer.answer) else ""


def _show_all(manifest: Manifest, answers: Sequence[Answer], ready: Ready, *, json: bool) -> None:
    refused = sum(answer.refused for answer in answers)
    if json:
        say.as_json(as_json(manifest, answers, ready))
    elif answers:
        _table(manifest, answers, ready)
    if not answers:
        say.note(
            f"no row waits for an answer: every row with features has its {manifest.target.name}"
        )
    elif refused:
        say.note(f"{refused} of {wording.count(len(answers), 'row')} refused")
    if answers and not json:
        for text in sentences.below(ready):
            say.note(text)
        say.note(trust(manifest))


def _table(manifest: Manifest, answers: Sequence[Answer], ready: Ready) -> None:
    """Print aligned columns: what was asked, the answer, and notes."""
    probable = any(answer.probabilities for answer in answers)
    written, beside = partial(amount, manifest), [ready.beside(answer) for answer in answers]
    head = [
        *answers[0].asked,
        manifest.target.unit,
        *sentences.head(ready),
        *(["probability"] if probable else []),
        "",
    ]
    rows = [
        [
            *(_shown(value) for value in answer.asked.values()),
            "-" if answer.answer is None else amount(manifest, answer.answer),
            *sentences.cells(ready, its, written),
            *([surety(answer)] if probable else []),
            "; ".join(
                f"refused: {note}" if answer.refused else note
                for note in (*answer.notes, *its.notes)
            ),
        ]
        for answer, its in zip(answers, beside, strict=True)
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


def surety(answer: Answer) -> str:
    """Return how probable the answered class is."""
    shares = answer.probabilities
    return "" if shares is None else wording.share(shares[str(answer.answer)])


def _shown(value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return f"{wording.written(value)} {wording.WEEKDAYS[value.weekday()]}"
    return wording.written(value)

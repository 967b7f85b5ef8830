"""mlcli predict - ask a fitted model: by features, by date, by file, or for what is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.cli import options, progress
from mlcli.errors import AskedWronglyError, Fix, RefusedError
from mlcli.grammar import note_codes
from mlcli.screens import in_words, say, sentences
from mlcli.verbs import project

if TYPE_CHECKING:
    from datetime import datetime

    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.store.manifest import Manifest

_HELP = """Answer a question by a fitted model.

Without a question, answer for every row of the exports that has features and no
label yet."""


class Where(StrEnum):
    """What answers rows where they lie."""

    spark = "spark"


class Asked(NamedTuple):
    """The options of one call that are the same for every model."""

    model: str | None
    date: str | None
    input: str | None
    output: str | None
    engine: Where | None
    range: str | None
    why: bool
    plot: bool
    anyway: bool
    strict: bool
    raw: bool
    quiet: bool
    verbose: bool
    json: bool

    @property
    def of_many(self) -> bool:
        """Say whether several days are asked for."""
        return ".." in (self.date or "")


def command(shelf: options.Shelf) -> Callable[..., None]:
    """Return the command; its options are the features of the fitted models."""

    def predict(**values: Any) -> None:
        asked = Asked(**{name: values[name] for name in Asked._fields})
        with say.quietly(quiet=asked.quiet):
            _predict(shelf, asked, options.given(shelf, values))

    return options.command(
        predict, [*options.parameters(shelf), *options.beside(shelf, _FIXED)], _HELP
    )


_DATE = (
    "Look the features up in the exports for this day: 2023-06-08, today, tomorrow, +3; or for "
    "several: 2023-06-05..2023-06-08."
)
_INPUT = "Answer every row of a CSV file, or of a cluster's folder: s3://BUCKET/FOLDER."
_OUTPUT = "Write the rows and their answers here, not to the terminal."
_ENGINE = "Answer where the rows lie, on the Spark server of the definition or of $SPARK_REMOTE."
_RANGE = "Also say between which numbers so many of such rows lie: 80%."
_WHY = "Also say what made the answer, feature by feature; of many, with --json."
_PLOT = "Also draw, on stderr, where this question lies."
_QUIET = "Beside the answer, say only that it lies outside or is not judged."
_RAW = "Write cells that a spreadsheet would run as they are, without a '."
_ANYWAY = "Answer questions outside what was learned, with a note."
_STRICT = "Write nothing if a single row is refused."
_FIXED = (
    options.MODEL,
    options.fixed("date", str | None, _DATE, metavar="DATE"),
    options.fixed("input", str | None, _INPUT, metavar="FILE"),
    options.fixed("output", str | None, _OUTPUT, metavar="FILE"),
    options.fixed("engine", Where | None, _ENGINE),
    options.fixed("range", str | None, _RANGE, metavar="PERCENT"),
    options.switch("why", _WHY),
    options.switch("plot", _PLOT),
    options.switch("anyway", _ANYWAY),
    options.switch("strict", _STRICT),
    options.switch("raw", _RAW),
    options.switch("quiet", _QUIET, "-q"),
    options.switch("verbose", progress.VERBOSE, "-v"),
    options.JSON,
)


def _predict(shelf: options.Shelf, asked: Asked, given: Mapping[str, Sequence[str]]) -> None:
    from mlcli.verbs import ask, ask_range

    _consistent(asked, given)
    level = None if asked.range is None else ask_range.read_level(asked.range)
    here = project.find(project.here())
    manifest = shelf.choose(
        asked.model, list(given), complete=asked.date is None, dated=asked.date is not None
    )
    ready = ask_range.ready(manifest, level)
    doing = f"answered by {manifest.id}" if asked.verbose else ""
    if asked.input is not None:
        exports = [here.root / name for name in manifest.digests.data]
        _answer_rows(manifest, asked, asked.input, ready, exports, doing)
        return
    texts = {f.name: given[flag(f.name)] for f in manifest.features if flag(f.name) in given}
    question = ask.from_options(manifest, texts, anyway=asked.anyway)
    days = [] if asked.date is None else _days(manifest, asked.date)
    anyway, unread = asked.anyway, list[str]()
    with progress.watch(quiet=asked.quiet, doing=doing) as watch:
        model = ask.load(manifest)
        if asked.of_many:
            answers = ask.ask_days(
                here, manifest, model, days, question, anyway=anyway, watch=watch
            )
        elif days:
            answers = [
                ask.ask_day(here, manifest, model, days[0], question, anyway=anyway, watch=watch)
            ]
        elif given:
            answers = [ask.ask(manifest, model, question, anyway=anyway)]
        else:
            examples = ask.examples_of(here, manifest, watch)
            answers = ask.waiting(here, manifest, model, anyway=anyway, examples=examples)
            unread = note_codes.of_code("footer_of_rows", examples.ledger.notes)
    for note in unread:
        say.note(f"note: {note}")
    many = asked.of_many or (asked.date is None and not given)
    if many:
        refused = sum(answer.refused for answer in answers)
        if asked.strict and refused:
            raise RefusedError(
                f"{refused} of {wording.count(len(answers), 'row')} refused",
                hint="leave --strict out to have the others",
                fix=[Fix(None, option="--strict")],
            )
    if asked.why:
        from mlcli.verbs import why

        answers = why.each_explained(manifest, model, answers)
    if asked.json:
        from mlcli.verbs import next_steps

        then = next_steps.after_answers(manifest, answered=bool(answers))
        say.result(ask_range.Answered(manifest, answers, ready).to_json(), next_steps.as_json(then))
    if many:
        _show_all(manifest, answers, ready, json=asked.json)
    elif not asked.json:
        _show_one(manifest, answers[0], ready)
    _draw(manifest, answers, asked, level)


def _answer_rows(
    manifest: Manifest,
    asked: Asked,
    source: str,
    ready: Ready,
    exports: Sequence[Path],
    doing: str,
) -> None:
    """Answer the rows of files, here or where they lie."""
    from mlcli.cli import predict_file

    same = {"anyway": asked.anyway, "strict": asked.strict, "raw": asked.raw}
    there = _there(asked, manifest)
    with progress.watch(quiet=asked.quiet, doing=doing) as watch:
        if there:
            target = asked.output or ""
            predict_file.answer_there(manifest, source, target, ready=ready, watch=watch, **same)
            return
        predict_file.answer_file(
            manifest,
            Path(source),
            None if asked.output is None else Path(asked.output),
            ready=ready,
            exports=exports,
            why=asked.why,
            json=asked.json,
            watch=watch,
            **same,
        )


def _there(asked: Asked, manifest: Manifest) -> bool:
    """Say whether rows are answered where they lie.

    Raises
    ------
    AskedWronglyError
        A path is one of a cluster, and no engine is said that reads it; or options do not go
        together there.
    """
    far = _far(asked)
    engine = manifest.definition.values.get("engine")
    named = engine.get("name") if isinstance(engine, dict) else engine
    if not (asked.engine or (far and named == Where.spark)):
        for option, path in far.items():
            raise AskedWronglyError(
                f"{option} {wording.discreet(path)} is a path of a cluster, which the engine "
                "spark alone reads and writes",
                hint="add  --engine spark",
                fix=[Fix(Where.spark.value, option="--engine")],
            )
        return False
    if not asked.output:
        raise AskedWronglyError(
            "rows that are answered where they lie stay there, and --output is missing",
            hint="add  --output FOLDER,  as the Spark server calls it",
        )
    for name in ("why", "json"):
        if getattr(asked, name):
            raise AskedWronglyError(
                f"--{name} shows answers here, and those of --engine spark are written where the "
                "rows lie",
                hint=f"leave --{name} out",
                fix=[Fix(None, option=f"--{name}")],
            )
    return True


def _far(asked: Asked) -> dict[str, str]:
    """Return the paths that are a cluster's, by the option."""
    from mlcli.grammar.source_phrases import lies_on_cluster

    given = {"--input": asked.input, "--output": asked.output}
    return {option: path for option, path in given.items() if path and lies_on_cluster(path)}


def _days(manifest: Manifest, text: str) -> list[datetime]:
    """Read what ``--date`` says."""
    from mlcli.exports import clock
    from mlcli.verbs import ask_range

    return ask_range.read_days(manifest, text, clock.today())


def _consistent(asked: Asked, given: Mapping[str, Sequence[str]]) -> None:
    """Raise where options do not go together."""
    if asked.input and (asked.date or given):
        other = "--date" if asked.date else next(iter(given))
        raise AskedWronglyError(
            f"--input asks for the rows of a file; {other} asks for one",
            hint="use one of them",
            fix=[Fix(None, option=other), Fix(None, option="--input")],
        )
    if asked.output and not asked.input:
        raise AskedWronglyError(
            "--output needs --input",
            hint="print to a file with  > FILE",
            fix=[Fix(None, option="--output")],
        )
    if asked.engine and not asked.input:
        raise AskedWronglyError(
            "--engine spark needs --input",
            hint="leave it out: a single question is answered here",
            fix=[Fix(None, option="--engine")],
        )
    if asked.plot and asked.input:
        raise AskedWronglyError(
            "--plot draws where single questions lie, and --input asks those of a file",
            hint="leave --plot out",
            fix=[Fix(None, option="--plot")],
        )
    if asked.raw and not asked.input:
        raise AskedWronglyError(
            "--raw needs --input",
            hint="it says how rows are written",
            fix=[Fix(None, option="--raw")],
        )
    many = asked.of_many or not (asked.date or given)
    if asked.why and not asked.json and many and not (asked.engine or _far(asked)):
        raise AskedWronglyError(
            "--why says what made one answer; of many, it is in what --json prints",
            hint="add --json, or ask one question, by its features or with --date",
            fix=[Fix(value=True, option="--json"), Fix(None, option="--why")],
        )
    if asked.strict and (asked.date or given) and not asked.of_many:
        raise AskedWronglyError(
            "--strict is for many rows; one question that is refused has no answer anyway",
            hint="leave --strict out",
            fix=[Fix(None, option="--strict")],
        )


def _show_one(manifest: Manifest, answer: Answer, ready: Ready) -> None:
    beside = ready.beside(answer.value, outside=answer.outside)
    say.answer(sentences.one(manifest, answer, ready, beside))
    for text in sentences.why(manifest, answer):
        say.answer(text)
    if len(answer.asked) > len(manifest.features):  # looked up: say what was found
        asked = (f"{name} {_shown(manifest, name, v) or '-'}" for name, v in answer.asked.items())
        say.note(f"for {', '.join(asked)}", always=False)
    for text in (*answer.notes, *beside.notes, *ready.notes):
        say.note(f"note: {text}", always=answer.outside)
    said = in_words.of_answers(manifest)
    for text in said.probabilities(answer):
        say.note(text, always=False)
    first, *others = said.trust()
    for text in (said.exact(answer) + first, *others):
        say.note(text, always=not manifest.rows.holdout)


def _show_all(manifest: Manifest, answers: Sequence[Answer], ready: Ready, *, json: bool) -> None:
    from mlcli.verbs import ask

    refused = sum(answer.refused for answer in answers)
    if answers and not json:
        _table(manifest, answers, ready)
    if not answers:
        say.note(
            f"no row waits for an answer: every row with features has its {manifest.target.name}"
        )
        by_rows = manifest.key.noun == "row" and not manifest.worked_out.issuperset(manifest.needed)
        dated = manifest.key.unit and not by_rows
        way = "--date DAY" if dated else ask.options_for(manifest, manifest.needed)
        say.note(f"hint: ask a question with  {way}")
    elif refused:
        say.note(f"{refused} of {wording.count(len(answers), 'row')} refused")
    if answers and not json:
        sentences.tell_below(manifest, ready)


def _draw(
    manifest: Manifest, answers: Sequence[Answer], wanted: Asked, level: float | None
) -> None:
    """Draw where questions lie, beside the answers, where that is asked for."""
    if not wanted.plot or wanted.quiet:
        return
    from mlcli.screens import plot

    if manifest.target.amounts is None:
        shares = answers[0].probabilities if len(answers) == 1 else None
        if shares is None:
            say.note("nothing to draw: --plot shows how probable each class of one answer is")
        else:
            plot.show(partial(plot.chances, shares), beside=True)
        return
    from mlcli.verbs import picture

    found = picture.of(manifest, level or picture.LEVEL)
    asked = plot.marked(found, answers, in_words.of_answers(manifest).likely)
    plot.show(partial(plot.first, found, asked=asked), beside=True)


def _table(manifest: Manifest, answers: Sequence[Answer], ready: Ready) -> None:
    """Print aligned columns: what was asked, the answer, and notes."""
    probable = any(answer.probabilities for answer in answers)
    written = in_words.of_answers(manifest).written
    beside = [ready.beside(a.value, outside=a.outside) for a in answers]
    head = [
        *answers[0].asked,
        manifest.target.unit,
        *sentences.head(ready),
        *(["probability"] if probable else []),
    ]
    rows = [
        [
            *(_shown(manifest, name, value) for name, value in answer.asked.items()),
            "-" if answer.answer is None else written(answer.answer),
            *sentences.cells(manifest, ready, its),
            *([sentences.surety(answer)] if probable else []),
        ]
        for answer, its in zip(answers, beside, strict=True)
    ]
    right = [False, *[True] * (len(head) - 1)]
    room = say.columns() - max(map(wording.width, wording.aligned([head, *rows], right)))
    said = [(*a.notes, *its.notes) for a, its in zip(answers, beside, strict=True)]
    marks = _marks(said, room - len("  refused: "))
    noted = [_noted(answer, notes, marks) for answer, notes in zip(answers, said, strict=True)]
    whole = [[*row, note] for row, note in zip([head, *rows], ["", *noted], strict=True)]
    for line in wording.aligned(whole, [*right, False]):
        say.answer(line)
    for note, mark in marks.items():
        for line in wording.wrapped(f"{mark} {note}", say.columns()):
            say.answer(line)


def _marks(said: Sequence[Sequence[str]], room: int) -> dict[str, str]:
    """Return marks for notes that stand below the table, as lines with them have no room."""
    long = [note for notes in said if wording.width("; ".join(notes)) > room for note in notes]
    return {note: f"[{at}]" for at, note in enumerate(dict.fromkeys(long), start=1)}


def _noted(answer: Answer, notes: Sequence[str], marks: Mapping[str, str]) -> str:
    """Return what stands beside an answer, or in its place."""
    refused = "refused " if answer.refused else ""
    return "; ".join(
        f"{refused}{marks[one]}" if one in marks else f"{refused.replace(' ', ': ')}{one}"
        for one in notes
    )


def _shown(manifest: Manifest, name: str, value: object) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        if name == manifest.key.name and manifest.key.unit == "month":
            return f"{value:%Y-%m}"
        return f"{wording.written(value)} {wording.WEEKDAYS[value.weekday()]}"
    return wording.readable(value)

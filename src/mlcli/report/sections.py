"""The sections of a report, in the order in which they are read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.pictures import colours
from mlcli.report import gathered
from mlcli.report.parts import (
    Code,
    Drawn,
    Grid,
    Listing,
    Pairs,
    Paragraphs,
    Report,
    Section,
    Stated,
    line,
    lines,
)
from mlcli.screens import classes_and_lists, fit_and_evaluate, in_words, sentences
from mlcli.screens import history as screen
from mlcli.verbs import history
from mlcli.verbs.evaluate import Evaluation, ListEvaluation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.answering.model import Answer
    from mlcli.report.gathered import Gathered
    from mlcli.report.parts import Block, Line
    from mlcli.store.evidence import ClassReport
    from mlcli.store.manifest import Manifest

_MOST_ANSWERS: Final = 14
_MOST_RUNS: Final = 12
_MOST_LISTED: Final = 30


def report(found: Gathered) -> Report:
    """Return the report of a version."""
    manifest, page = found.manifest, found.page
    result = found.evaluation
    judged = (
        _of_lists(found, result) if isinstance(result, ListEvaluation) else _of_rows(found, result)
    )
    return Report(
        (page and page.title) or wording.title(manifest.name),
        (page and page.question) or sentences.question(manifest),
        _made(found),
        [one for one in (*judged, _compared(found), _bounds(manifest), _how(found)) if one.blocks],
        found.folders,
        colours.tinted(page.colour if page else None),
    )


def _made(found: Gathered) -> str:
    """Say which version it is of, when that was fitted, and when the report was made."""
    manifest = found.manifest
    made = [one.run.at for one in found.runs if one.run.version == manifest.version and one.run.new]
    fitted = f"fitted on {_date(made[-1].astimezone())}" if made else "fitted"
    until = manifest.labels_known_until
    known = f" from what was known until {_date(datetime.fromisoformat(until))}" if until else ""
    return f"{manifest.id}, {fitted}{known}. Report of {_date(found.today)}."


def _date(day: datetime) -> str:
    return f"{day.day} {wording.MONTHS[day.month - 1]} {day.year}"


def _of_rows(found: Gathered, result: Evaluation) -> Iterator[Section]:
    """Yield what there is to say of a model that answers row by row."""
    manifest = found.manifest
    said = in_words.of_answers(manifest)
    yield Section("answer", *_answer(found))
    learned: list[Block] = [
        Drawn("fit"),
        Paragraphs([(said.learned(),), line(f"learned from {'; '.join(said.seen())}")]),
    ]
    yield Section("learned", "What it learned", learned)
    yield Section("good", "How good it is", [*_good(found, result)])
    yield Section("classes", "Which classes it takes for which", [*_classes(manifest, result)])
    yield Section("serving", "How much to have ready", [*_serving(manifest, result)])
    yield Section("trust", "How far to trust it", [*_trust(manifest, result)])
    yield Section("worst", "Where it missed most", [*_worst(manifest, result)])
    yield Section("matters", "What matters", [*_matters(manifest, result)])


def _answer(found: Gathered) -> tuple[str, list[Block]]:
    """Return the answer for today, or for the next row that waits, and those for some more."""
    manifest = found.manifest
    if found.unread:
        why = f"the exports could not be read, so there is no answer: {found.unread}"
        return "The next answer", [Paragraphs(lines([why]))]
    at = _next(found)
    if at is None:
        waits = f"no row waits for an answer: every row with features has its {manifest.label.name}"
        options = " ".join(f"{flag(name)} VALUE" for name in manifest.needed)
        ask = f"ask with  mlcli predict -m {wording.quoted(manifest.name)} {options}"
        return "The next answer", [Paragraphs(lines([waits, ask]))]
    first = found.answers[at]
    said = in_words.of_answers(manifest)
    blocks: list[Block] = [Paragraphs([_large(found, first, at)], large=True)]
    key = manifest.key.name
    known = [(name, v) for name, v in first.asked.items() if name != key and v is not None]
    asked = [f"{name} {_value(manifest, name, v)}" for name, v in known]
    if len(known) == 1 and _number(known[0][1]) is not None:
        asked = [f"{wording.readable(known[0][1])} {known[0][0]}"]
    told = [f"for {', '.join(asked)}"] if asked else []
    told += [*first.notes] if not first.refused else []
    told += found.ready.notes
    told += [*said.probabilities(first)] if not first.refused else []
    trust = [text.replace(f" - {manifest.id}", "") for text in said.trust()]
    blocks.append(Paragraphs(lines([*told, *trust])))
    more = [*enumerate(found.answers)][at : at + _MOST_ANSWERS]
    if len(more) > 1:
        blocks.append(_table(found, more))
    when = first.asked.get(key or "")
    title = _value(manifest, key or "", when) if when else "The next answer"
    return f"Today, {title}" if when == found.today else title, blocks


def _next(found: Gathered) -> int | None:
    """Return the position of the row of today, of the first later one, or of the first."""
    key = found.manifest.key.name or ""
    for at, answer in enumerate(found.answers):
        when = answer.asked.get(key)
        if isinstance(when, datetime) and when >= found.today:
            return at
    return 0 if found.answers else None


def _large(found: Gathered, answer: Answer, at: int) -> Line:
    """Return the answer with what stands beside it, or why there is none."""
    if answer.refused:
        return line(f"no answer: {'; '.join(answer.notes)}")
    beside = found.ready.beside(answer.value, outside=answer.outside)
    text = sentences.one(found.manifest, answer, found.ready, beside)
    written = in_words.of_answers(found.manifest).likely(answer.answer)
    rest = text.removeprefix(written)
    return Stated(written, f"predict:predictions/{at}/answer", _number(answer.answer)), rest


def _table(found: Gathered, answers: Sequence[tuple[int, Answer]]) -> Grid:
    """Return the answers for rows that wait."""
    manifest = found.manifest
    said = in_words.of_answers(manifest)
    first = answers[0][1]
    head = [*first.asked, manifest.target.unit, *sentences.head(found.ready), "note"]
    rows = []
    for at, answer in answers:
        beside = found.ready.beside(answer.value, outside=answer.outside)
        of = f"predict:predictions/{at}/answer"
        ours: Line = ("-",)
        if not answer.refused:
            ours = (Stated(said.written(answer.answer), of, _number(answer.answer)),)
        notes = f"no answer: {'; '.join(answer.notes)}" if answer.refused else ""
        asked = [
            (_value(manifest, name, value, short=True),) for name, value in answer.asked.items()
        ]
        cells = [(cell,) for cell in sentences.cells(manifest, found.ready, beside)]
        rows.append([*asked, ours, *cells, (notes,)])
    noted = any(row[-1] != ("",) for row in rows)
    rows = rows if noted else [row[:-1] for row in rows]
    left = len(found.answers) - answers[-1][0] - 1
    more = f"{wording.count(left, 'more row')} waits." if left == 1 else f"{left:,} more rows wait."
    of_words = {at for at, held in enumerate(first.asked.values()) if _number(held) is None}
    last = {len(head) - 1} if noted else set()
    if all(_number(answer.answer) is None for _, answer in answers):
        last.add(len(first.asked))
    return Grid(
        f"{manifest.key.noun}s without {manifest.target.name} yet",
        head if noted else head[:-1],
        rows,
        words=frozenset(of_words | last),
        caption=more if left else "",
    )


def _value(manifest: Manifest, name: str, value: object, *, short: bool = False) -> str:
    """Write what is known of a row: dates as ``Monday 1 January 2024``, or ``Mon 2024-01-01``."""
    if not isinstance(value, datetime) or name != manifest.key.name:
        return wording.readable(value)
    if manifest.key.unit == "month":
        return f"{wording.MONTHS[value.month - 1]} {value.year}"
    weekday = wording.WEEKDAYS[value.weekday()]
    return f"{weekday[:3]}\u00a0{wording.written(value)}" if short else f"{weekday} {_date(value)}"


def _number(held: object) -> float | None:
    return float(held) if isinstance(held, float | int) else None


def _good(found: Gathered, result: Evaluation) -> Iterator[Block]:
    """Yield the figures of a model beside those of answering without looking, and by rule."""
    manifest = found.manifest
    said = in_words.of_answers(manifest).scores(result.scores)
    rows: list[list[Line]] = []
    for (name, score), (title, *cells) in zip(result.scores.items(), said.rows, strict=True):
        held = {k: v for k, v in score._asdict().items() if k not in {"unit", "better"}}
        values = [(key, value) for key, value in held.items() if not key.endswith("_raw")]
        figures = zip(cells, values, strict=False)
        of = f"evaluate:metrics/{name}"
        rows.append(
            [(title,), *((Stated(cell, f"{of}/{key}", value),) for cell, (key, value) in figures)]
        )
    held_out = wording.count(manifest.rows.holdout, manifest.key.noun)
    caption = f"Held out: {held_out} that it did not learn from, to judge it by."
    yield Grid(
        "",
        [said.heading, "learned from", "held out", *said.baselines],
        rows,
        caption=f"{said.directions} {caption if manifest.rows.holdout else _UNJUDGED}",
    )
    own = manifest.definition.values.get("baseline")
    told = []
    if own is not None:
        told.append(f"your rule is the one in use today:  baseline: {own}")
    if manifest.final:
        told.append("it has learned from the held-out rows too since it was judged")
    yield Paragraphs(lines(told))


_UNJUDGED: Final = (
    "No row was held out: these figures say how well it remembers, not how well it predicts."
)


def _trust(manifest: Manifest, result: Evaluation) -> Iterator[Block]:
    """Yield how far the figures can be trusted."""
    told = [*(f"note: {note}" for note in (*result.notes, *manifest.notes))]
    told += fit_and_evaluate.whole(manifest, result.doubts, held_out=True)
    told += [result.looks.words] if result.looks and result.looks.words else []
    yield Paragraphs(lines(told))
    yield Drawn("residuals")
    yield Drawn("curve")


def _classes(manifest: Manifest, result: Evaluation) -> Iterator[Block]:
    """Yield how classes were taken for each other, and whether probabilities come true."""
    found = result.class_report
    if found is None:
        return
    yield Drawn("matrix")
    yield _each(manifest, found)
    yield Paragraphs(lines([*classes_and_lists.lines(manifest, found)]))
    yield Drawn("threshold")
    yield Drawn("calibration")


def _each(manifest: Manifest, found: ClassReport) -> Grid:
    of = "evaluate:classes/each"
    rows: list[list[Line]] = []
    for at, one in enumerate(found.each):
        shares = (("precision", one.precision), ("recall", one.recall), ("f1", one.f1))
        counts = (("rows", one.rows), ("answered", one.answered))
        rows.append(
            [
                (one.class_,),
                *((Stated(in_words.percent(v), f"{of}/{at}/{k}", v),) for k, v in shares),
                *((Stated(f"{n:,}", f"{of}/{at}/{k}", n),) for k, n in counts),
            ]
        )
    head = [manifest.target.name, "precision", "recall", "F1", "rows", "answered"]
    return Grid("", head, rows, caption=_sentence(classes_and_lists.EACH))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def _serving(manifest: Manifest, result: Evaluation) -> Iterator[Block]:
    """Yield what serving what the definition decides came to."""
    found = result.decision
    if found is None:
        return
    table = fit_and_evaluate.serving(manifest, found)
    if table is not None:
        of = (("likely", found.served.likely), ("decided", found.served.decided))
        keys = ("run_out", "left_over", "short")
        rows: list[list[Line]] = []
        for (title, *cells), (which, one) in zip(table.rows, of, strict=True):
            last = "pinball" if one is None or one.money is None else "money"
            values = [(key, getattr(one, key)) for key in (*keys, last)]
            told = zip(cells, values, strict=True)
            rows.append(
                [
                    (title,),
                    *((Stated(c, f"evaluate:decision/{which}/{k}", v),) for c, (k, v) in told),
                ]
            )
        yield Grid("", [table.heading, *table.titles], rows, caption=_sentence(table.caption))
    yield Paragraphs(lines([*fit_and_evaluate.lines(manifest, found)]))


def _worst(manifest: Manifest, result: Evaluation) -> Iterator[Block]:
    """Yield the largest misses."""
    if not result.worst:
        return
    said = in_words.of_answers(manifest).worst(result.worst)
    rows: list[list[Line]] = []
    for at, (one, (row, *cells)) in enumerate(zip(result.worst, said.rows, strict=True)):
        told = zip(cells, [*one._asdict().items()][1:], strict=True)
        of = f"evaluate:worst/{at}"
        rows.append([(row,), *((Stated(c, f"{of}/{k}", _number(v)),) for c, (k, v) in told)])
    head = [manifest.key.name or "row", f"actual {manifest.target.unit}", "answered", said.last]
    words = frozenset() if said.justify == "right" else frozenset({1, 2})
    yield Grid("", head, rows, words=words)


def _matters(manifest: Manifest, result: Evaluation) -> Iterator[Block]:
    """Yield which features matter."""
    found = result.importance
    if found is None:
        return
    said = in_words.of_answers(manifest).importance(found)
    if said.rows:
        rows: list[list[Line]] = []
        for at, (name, rise, ends) in enumerate(said.rows):
            one = found.features[at]
            of = f"evaluate:importance/features/{at}/rise"
            known = name == one.feature
            rows.append([(name,), (Stated(rise, of, one.rise),) if known else (rise,), (ends,)])
        yield Grid("", ["feature", said.rises, "95 %"], rows, caption=said.caption)
    yield Paragraphs(lines(said.below))


def _of_lists(of: Gathered, result: ListEvaluation) -> Iterator[Section]:
    """Yield what there is to say of a catalogue."""
    found, manifest = result.lists, result.manifest
    data: Any = result.to_json()["metrics"]

    def figure(key: str, text: str) -> Stated:
        value: Any = data
        for step in key.split("/"):
            value = value[step]
        return Stated(text, f"evaluate:metrics/{key}", value)

    kept, best, blind = (
        figure(f"wishes_kept/{key}", wording.share(data["wishes_kept"][key]))
        for key in ("share", "best_possible", "first_names")
    )
    first, never = data["first_meets_all"], data["never_suggested"]
    ties = data["decided_by_name"]
    top = found.top
    yield Section(
        "covered",
        "What there is to suggest",
        [Drawn("coverage"), Paragraphs(lines([in_words.of(manifest).learned()]))],
    )
    of_first = figure("first_meets_all/lists", f"{first['lists']:,}")
    of_all = figure("first_meets_all/of", f"{first['of']:,}")
    requests = figure("requests/made", f"{found.requests:,}")
    told: list[Line] = [
        (
            *("Lists of ", figure("requests/top", f"{top}"), " keep ", kept),
            *(" of what is wished for, over ", requests, " requests of one or two wishes; "),
            *("the best lists would keep ", best, f", the first {top} names, whatever is wished, "),
            *(blind, "."),
        ),
        (
            *("The first suggestion meets every wish in ", of_first, " of ", of_all),
            " requests that something meets.",
        ),
    ]
    yield Section(
        "good",
        "How good its lists are",
        [Paragraphs([*told, *lines([classes_and_lists.UNJUDGED])])],
    )
    alike: list[Line] = [
        (
            "In ",
            figure("decided_by_name/lists", f"{ties['lists']:,}"),
            " of ",
            figure("decided_by_name/of", f"{ties['of']:,}"),
            " lists, who is last is decided by the alphabet alone.",
        )
    ]
    order = ", ".join([*manifest.lists.order, "name"])
    yield Section("ties", "Ties", [Paragraphs([*alike, *lines([f"the order is {order}"])])])
    unseen: list[Line] = [
        (
            figure("never_suggested/things", f"{never['things']:,}"),
            " of ",
            figure("never_suggested/of", f"{never['of']:,}"),
            f" {(of.page and of.page.thing) or 'thing'}s are in none of these lists; ",
            figure("never_suggested/whatever_is_wished", f"{never['whatever_is_wished']:,}"),
            f" can be in no list of {top}, whatever is wished for.",
        )
    ]
    names = wording.listed(never["names"], most=_MOST_LISTED)
    yield Section(
        "never",
        "What is never suggested",
        [Paragraphs([*unseen, *lines([names] if names else [])])],
    )


def _compared(found: Gathered) -> Section:
    """Return how a version compares with those before it."""
    shown = [(at, step) for at, step in enumerate(found.runs) if step.run.new][-_MOST_RUNS:]
    newest = history.newest(found.runs)
    rows: list[list[Line]] = []
    for at, step in shown:
        run = step.run
        figure: Line = ("-",)
        if newest and newest.alike(run) and run.figure is not None:
            percent = "%" if run.metric == "accuracy" else ""
            figure = (
                Stated(f"{screen.figure(run)}{percent}", f"history:runs/{at}/holdout", run.figure),
            )
        this = " (this one)" if run.version == found.manifest.version else ""
        rows.append(
            [
                (f"{run.model}@{run.version}{this}",),
                (f"{run.at.astimezone():%Y-%m-%d}",),
                figure,
                (screen.change(step),),
                (run.algorithm or "-",),
            ]
        )
    if not rows:
        return Section("compared", "", [])
    head = ["version", "fitted", screen.title(newest) or "figure", "change", "model"]
    heading = "No row is held out, so there is no figure to compare."
    if newest:
        unit = "share of rows" if newest.metric == "accuracy" else newest.unit
        of = screen.title(newest) or "a figure"
        heading = f"{of} on the rows held out, in {unit}: {newest.better} is better."
    grid = Grid("", head, rows, words=frozenset({1, 3, 4}), caption=heading)
    turns = {"better" if s.direction == "worse" else s.direction for _, s in shown}
    said = [text for word, text in screen.WORDS.items() if word in turns]
    return Section("compared", "Compared with earlier versions", [grid, Paragraphs(lines(said))])


def _bounds(manifest: Manifest) -> Section:
    """Return what a model must not be asked."""
    refused = [(one.rule, one.because or "not learned from") for one in manifest.domain]
    asked = [(feature.name, feature.describe()) for feature in manifest.features]
    seen = "what it has seen of each feature; beyond that an answer is a guess, or refused:"
    blocks: list[Block] = []
    if refused:
        said = "it refuses what these rules leave out, and has learned nothing of it"
        blocks += [Paragraphs(lines([said])), Pairs(refused)]
    blocks += [
        Paragraphs(lines([seen])),
        Pairs(asked),
    ]
    return Section("bounds", "What it must not be asked", blocks)


def _how(found: Gathered) -> Section:
    """Return how a version was made: definition, exports, rows, libraries."""
    import yaml

    manifest = found.manifest
    ledger = manifest.ledger
    values = gathered.private_values(manifest.definition.values, found.folders)
    text = yaml.safe_dump(
        values, sort_keys=False, allow_unicode=True, default_flow_style=None, width=76
    )
    counted: list[list[Line]] = []
    for source in ledger.sources:
        counted.append([(f"read from {source.file}",), (f"{source.rows:,}",)])
        counted += [
            [(f"{source.name}: {rule.rule}",), (f"{rule.rows_out:,}",)] for rule in source.rules
        ]
    counted.append([("joined",), (f"{ledger.joined:,}",)])
    counted += [[(rule.rule,), (f"{rule.rows_out:,}",)] for rule in ledger.rules]
    counted += [[(f"left out: {why}",), (f"{n:,}",)] for why, n in ledger.left_out.items()]
    counted.append([("learned from or held out",), (f"{manifest.rows.used:,}",)])
    exports = [(file, known[:12]) for file, known in manifest.digests.data.items()]
    libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
    facts = [
        ("model", manifest.model.name),
        ("held out", manifest.split.words),
        ("seed", str(manifest.seed)),
        *((f"export {file}", f"SHA-256 {short}…") for file, short in exports),
        ("definition", f"SHA-256 {manifest.digests.definition[:12]}…"),
        ("libraries", libraries),
    ]
    again = (Code(f"mlcli fit {wording.quoted(manifest.name)}"),)
    return Section(
        "how",
        "How it was made",
        [
            Paragraphs([("The definition it was fitted from, with ", *again, ":")]),
            Listing(text.rstrip()),
            Grid("where the rows went", ["rule", "rows left"], counted),
            Pairs(facts),
        ],
    )

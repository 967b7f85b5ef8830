"""Questions for a stored model: from options, from a file, or from the exports.

Answering from options needs no import beyond the standard library; what reads the
exports imports the rest inside its function.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.features import Input, flag
from mlcli.answering.meant import alike, meant_by
from mlcli.answering.model import Answer, Model, Question
from mlcli.answering.predicting import Predictor
from mlcli.errors import AskedWronglyError, DataError, Fix, RefusedError, meant
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import cells, phrases, words
from mlcli.store import cargo
from mlcli.verbs import implied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlcli.answering.domain import Predicate
    from mlcli.grammar.cells import Value
    from mlcli.store.manifest import Manifest
    from mlcli.tables.examples import Examples
    from mlcli.verbs.project import Project


def load(manifest: Manifest) -> Model:
    """Return a stored model, ready to answer: from its equation, if it has one."""
    target, equation = manifest.target, cargo.load_equation(manifest)
    estimator = None if equation is not None else cargo.load_estimator(manifest)
    predict = Predictor(equation, estimator, target)
    return Model(manifest.features, target, manifest.domain, predict, manifest.filled)


def must_be_asked_by(verb: str, manifest: Manifest, options: Sequence[str] = ()) -> None:
    """Raise where another verb asks a model.

    Raises
    ------
    AskedWronglyError
        It does, and the hint says so with the options that were used, or might be.
    """
    kind = manifest.answers
    if kind.verb != verb:
        known = sorted(flag(feature.name) for feature in manifest.features)
        words = " ".join(f"{one} ..." for one in [o for o in options if o in known] or known)
        hint = f"ask it with  mlcli {kind.verb} {words}"
        raise AskedWronglyError(f"{manifest.name} {kind.does}", hint=hint)


def must_know(manifest: Manifest, options: Iterable[str]) -> None:
    """Raise where a model has no feature that some options ask for.

    Raises
    ------
    AskedWronglyError
        It has none, and the hint says what it has.
    """
    known = {flag(feature.name) for feature in manifest.features}
    foreign = [option for option in options if option not in known]
    if foreign:
        raise AskedWronglyError(
            f"{manifest.name} has no {wording.both(foreign, by='or')}",
            hint=f"it has {' '.join(sorted(known))}",
        )


def from_options(
    manifest: Manifest, given: Mapping[str, Sequence[str]], *, anyway: bool = False
) -> Question:
    """Read the features that options named, each with all it was given.

    With ``anyway``, a word that the domain leaves out is told as one that was never learned.

    Raises
    ------
    AskedWronglyError
        A value is not what its feature holds, or there are two where one is meant.
    """
    known = {feature.name: feature for feature in manifest.features}
    return {
        name: _read_option(manifest, known[name], texts, anyway=anyway)
        for name, texts in given.items()
    }


def _read_option(
    manifest: Manifest, feature: Input, texts: Sequence[str], *, anyway: bool
) -> Value | None:
    option = flag(feature.name)
    try:
        if len(texts) > 1 and not feature.several:
            raise AskedWronglyError(
                f"{option} stands here {len(texts)} times, and takes one value",
                hint=f"write it once: {option} {wording.quoted(texts[0])}",
                fix=[Fix(text, option=option) for text in dict.fromkeys(texts)],
            )
        said = manifest.notations.get(feature.name)
        missing = said.missing if said else ()
        there = [
            t for t in texts if t in feature.levels or (t.strip() and t.strip() not in missing)
        ]
        if said and feature.read_as == "number":
            value = said.either(texts[0], "number")
        else:
            value = feature.read_option(there) if there else None
    except cells.TwoReadingsError as error:
        fix = [Fix(way, option=option) for way in error.ways]
        raise AskedWronglyError(f"{option}: {error}", hint=error.hint, fix=fix) from error
    except (cells.CellError, features.UnknownLevelError) as error:
        for text in () if anyway else texts:
            within_domain(manifest, feature, text)
        found = (elsewhere(manifest, feature, text) for text in texts)
        hint = f"write digits, as  {option} 3" if "cell" in error.hint else error.hint
        if isinstance(error, features.UnknownLevelError):
            few = f"write one of these words, such as  {option} {wording.quoted(feature.levels[0])}"
            other = few if len(feature.levels) <= _FEW and not hint else _SAY_UNSEEN
            hint = f"{hint} Or {other}".removeprefix(" Or ")
        hint = next(filter(None, found), hint)
        instead = isinstance(error, cells.CellError) and error.instead
        ways = [instead] if instead else meant(error.hint)
        if truth := _truth(feature, texts[0]):
            hint, ways = f"did you mean {truth!r}?", [truth]
        fix = [] if feature.several else [Fix(word, option=option) for word in ways]
        raise AskedWronglyError(f"{option}: {error}", hint=hint, fix=fix) from error
    if value is None and texts[0].strip() and feature.name in manifest.needed:
        raise RefusedError(f"{texts[0]!r} stands for no value here: {feature.name} is missing")
    return value


_FEW: Final = 12
_SAY_UNSEEN: Final = "say  unseen: ignore  of that feature and fit again"


def _truth(feature: Input, text: str) -> str:
    """Return how a feature of two words, or of 0 and 1, says what a word of truth says."""
    is_number = isinstance(feature, features.NumberInput) and (feature.low, feature.high) == (0, 1)
    return words.truth(text, ("0", "1") if is_number else feature.levels)


def within_domain(manifest: Manifest, feature: Input, text: str) -> None:
    """Raise with the reason where the domain leaves out what training therefore never held.

    Raises
    ------
    RefusedError
        A word of this feature alone puts a question outside.
    """
    for predicate in manifest.domain:
        if predicate.refuses({feature.name: text}) or _leaves_out_day(
            manifest, predicate, feature, text
        ):
            raise RefusedError(f"{flag(feature.name)} {text}: {predicate.reason}")


def _leaves_out_day(manifest: Manifest, predicate: Predicate, feature: Input, text: str) -> bool:
    """Say whether a word is a weekday that a rule leaves out, of the date it is made of."""
    alone = len(predicate.conditions) == 1 and set(feature.levels) <= set(wording.WEEKDAYS)
    return alone and any(
        c.test == "weekdays"
        and (feature.name, c.column) in manifest.made
        and (text.capitalize() in c.values) != predicate.keeps
        for c in predicate.conditions
    )


def elsewhere(manifest: Manifest, feature: Input, text: str) -> str:
    """Return a hint for a word that another feature knows, or that is several in one."""
    words = [word.strip() for word in text.split(",")]
    if feature.several and len(words) > 1:
        known = {level.casefold() for level in feature.levels}
        if any(word.casefold() in known for word in words):
            each = " ".join(f"{flag(feature.name)} {wording.quoted(w)}" for w in words if w)
            return f"say each on its own:  {each}"
    for other in manifest.features:
        meant = next((level for level in other.levels if level.casefold() == text.casefold()), None)
        if meant is not None and other is not feature:
            return f"did you mean {flag(other.name)} {wording.quoted(meant)}?"
    return ""


def options_for(manifest: Manifest, names: Sequence[str]) -> str:
    """Return the options that ask for some features, each with what it takes."""
    takes = {feature.name: feature.takes for feature in manifest.features}
    return "  ".join(f"{flag(name)} {takes[name]}" for name in names[:12])


def ask(manifest: Manifest, model: Model, question: Question, *, anyway: bool = False) -> Answer:
    """Answer one question that holds every feature; ``model`` is the one that was loaded.

    Raises
    ------
    AskedWronglyError
        A feature is missing.
    RefusedError
        The question lies outside what the model learned.
    """
    model.must_know(question, anyway=anyway)
    implied.must_agree(manifest, question)
    question = _implied(manifest, question, _constants(manifest))
    lacking = [name for name in manifest.needed if name not in question]
    if lacking:
        raise AskedWronglyError(
            f"{manifest.name} also needs {wording.both(lacking)}",
            hint=f"add  {options_for(manifest, lacking)}",
        )
    return model.answer(question, anyway=anyway)


def _constants(manifest: Manifest) -> Question:
    """Return the definition's constants for features that no rule after the join makes."""
    asked = {feature.name for feature in manifest.features} - manifest.worked_out
    return {name: value for name, value in manifest.filled.items() if name in asked}


def _implied(manifest: Manifest, question: Question, constants: Question) -> Question:
    """Add to a question what the rules work out of it, and of constants for what it lacks."""
    known = {
        **constants,
        **{c: v for c, v in question.items() if v is not None or c not in constants},
    }
    found = implied.derived(manifest, known)
    if found is None:
        return question
    made, reasons = found.work_out({name: [known[name]] for name in found.needs})
    if reasons:  # such as a logarithm of 0: asked for, it is refused
        raise RefusedError(reasons[0])
    return {**question, **{name: column[0] for name, column in made.items()}}


def ask_days(
    project: Project,
    manifest: Manifest,
    model: Model,
    days: Sequence[datetime],
    given: Question,
    *,
    anyway: bool,
    watch: Watch,
) -> list[Answer]:
    """Answer for several days; one that is refused, or unknown, keeps its place and says why."""
    read = cache(partial(examples_of, project, manifest, watch))
    key, found = manifest.key, []
    for day in days:
        try:
            found.append(_ask_day(read, manifest, model, day, given, anyway=anyway))
        except (RefusedError, _NoRowError) as error:
            asked = {f.name: given.get(f.name) for f in manifest.features}
            tested = [p.columns for p in model.domain if p.refuses({key.name or "": day})]
            name, when = key.name or "", phrases.period_start(key.unit, day)
            refused = Answer({name: when, **asked}, None, None, (str(error),))
            found.append(refused._replace(outside_of=tuple(sum(tested, ()))))
    return found


def ask_day(
    project: Project,
    manifest: Manifest,
    model: Model,
    day: datetime,
    given: Question,
    *,
    anyway: bool,
    watch: Watch = UNWATCHED,
) -> Answer:
    """Answer for a day: the domain first, then its features, looked up in the exports.

    Features that ``given`` holds are not looked up.

    Raises
    ------
    RefusedError
        The day lies outside what the model learned.
    DataError
        The exports know nothing of the day.
    """
    read = partial(examples_of, project, manifest, watch)
    return _ask_day(read, manifest, model, day, given, anyway=anyway)


class _NoRowError(DataError):
    """The exports have no row for a day, or several."""


def _ask_day(
    read: Callable[[], Examples],
    manifest: Manifest,
    model: Model,
    day: datetime,
    given: Question,
    *,
    anyway: bool,
) -> Answer:
    """Answer for a day; ``read`` gives the examples, where some feature is to be looked up."""
    key, unit = manifest.key.name, manifest.key.unit
    assert key is not None
    asked: Question = {key: phrases.period_start(unit, day)}
    of = f"{day.date()}, a {wording.WEEKDAYS[day.weekday()]}, is left out: "
    implied_by = partial(_implied, manifest, {**asked, **given}, {})
    when = {key: day} if unit == "day" else asked
    model.must_know(when, anyway=anyway, of=of, implied=implied_by)
    implied.must_agree(manifest, {**asked, **given})
    question = implied_by()
    question, notes = _looked_up(read, model, manifest, question, given, anyway=anyway)
    answer = model.answer(question, anyway=anyway).dated(key, day, manifest.weekdays_never)
    return answer._replace(asked={**asked, **answer.asked}, notes=(*notes, *answer.notes))


def _looked_up(
    read: Callable[[], Examples],
    model: Model,
    manifest: Manifest,
    question: Question,
    given: Question,
    *,
    anyway: bool,
) -> tuple[Question, list[str]]:
    """Add the features that a question lacks, found in the exports.

    A day that no export knows, and of which nothing was ``given``, is not filled with
    constants: nothing is known of it.
    """
    names = [f.name for f in manifest.features]
    if all(name in question for name in names):
        return question, []
    key = manifest.key.name
    assert key is not None
    examples, when = read(), question[key]
    position = _row(manifest, examples, when, given) if isinstance(when, datetime) else None
    row = examples.known(position) if position is not None else {}
    found = {name: row[name] for name in names if row.get(name) is not None}
    if position is not None and examples.status[position] in {"refused", "waiting"}:
        reason = _outside(manifest, examples, position)
        if reason and not anyway:
            raise model.refusal(reason, {**found, **question})
    domain = {c.column for p in manifest.domain for c in p.conditions}
    tested = {c: row[c] for c in row if c in domain and c != manifest.target.name}
    asked: Question = {**tested, **found, **question}
    if position is not None or given:
        asked, needed = _implied(manifest, asked, _constants(manifest)), manifest.needed
    else:
        needed = [feature.name for feature in manifest.features if not feature.optional]
    lacking = [name for name in needed if asked.get(name) is None]
    if lacking:
        others = implied.or_derive(manifest, lacking)
        files = wording.both([*dict.fromkeys(source.file for source in examples.ledger.sources)])
        met = position is None and isinstance(when, datetime) and len(examples.find(when))
        beside = [f"{name} {wording.written(given[name])}" for name in given] if met else []
        said = f" with {wording.both(beside)}" if beside else ""
        raise _NoRowError(
            f"no {wording.both(lacking, by='or')} for {wording.written(when)}{said} in {files}",
            hint=f"say it yourself:  {options_for(manifest, lacking)}{others}",
        )
    there = {name: value for name, value in found.items() if name not in question}
    _must_be_known(manifest, there, examples)
    unit, are = manifest.target.unit, manifest.target.are
    notes = as_they_stand(manifest, when, examples.last)
    cut = _cut(examples, when) if position is not None else ""
    notes += [cut] if cut else []
    truth = row.get(manifest.target.name)
    if truth is not None and not cut:  # it may be that of some days of the period alone
        notes.append(
            f"the {unit} of that {manifest.key.unit} {are} known: {wording.readable(truth)}"
        )
    return asked, notes


def as_they_stand(manifest: Manifest, when: Value | None, last: datetime | None) -> list[str]:
    """Say of a day after the ``last`` label that what is known of it may still change."""
    if last is None or not isinstance(when, datetime) or when <= last:
        return []
    unit, are = manifest.target.unit, manifest.target.are
    return [f"as the exports stand: {unit} {are} known until {wording.written(last)}"]


def _cut(examples: Examples, when: Value | None) -> str:
    """Return why the period that begins at a date is not whole in some export, if it is not."""
    return examples.cuts.get(when, "") if isinstance(when, datetime) else ""


def _row(manifest: Manifest, examples: Examples, when: datetime, given: Question) -> int | None:
    """Return where the row of a date stands: where dates repeat, the one that has what is given.

    A number that no row of the date has chooses none: it asks what would be if it were so.
    """
    positions: list[int] = examples.find(when).tolist()
    if examples.noun == "row":
        positions = meant_by(
            manifest.features, given, positions, lambda i, f: examples.columns[f][i]
        )
    if len(positions) > 1:
        values = {f: [examples.columns[f.name][i] for i in positions] for f in manifest.features}
        differ = [f.name for f, its in values.items() if len({str(alike(f, v)) for v in its}) > 1]
        which = f"say which:  {options_for(manifest, differ)}" if differ else "they are all alike"
        raise _NoRowError(
            f"{wording.written(when)} stands in {len(positions)} rows",
            place=examples.place(positions[0]),
            hint=f"{which}; --input answers for many",
        )
    return positions[0] if positions else None


def _must_be_known(manifest: Manifest, found: Question, examples: Examples) -> None:
    """Raise where the exports hold a level that training never did."""
    for feature in manifest.features:
        try:
            if feature.name in found:
                feature.encode(found[feature.name])
        except features.UnknownLevelError as error:
            way = f"ask with  {options_for(manifest, [feature.name])}"
            meant = alike(feature, found[feature.name])
            usable = examples.columns[feature.name].taken(examples.positions("usable"))
            if any(alike(feature, value) == meant for value in usable):
                way = f"fit again:  mlcli fit {manifest.name}"
            raise DataError(
                str(error),
                place=", ".join(source.file for source in examples.ledger.sources),
                hint=f"{error.hint} Or {way},  or {_SAY_UNSEEN}".removeprefix(" Or "),
            ) from error


def examples_of(project: Project, manifest: Manifest, watch: Watch = UNWATCHED) -> Examples:
    """Read the exports of a model again; what was learned as a number must be one still."""
    from mlcli.exports import reading

    definition = implied.definition_of(manifest)
    project.require_own(manifest, definition)
    numbers = {f.name for f in manifest.features if f.read_as == "number"}
    features = tuple(
        f.model_copy(update={"kind": "number"}) if f.name in numbers else f
        for f in definition.features
    )
    made: dict[str, Any] = {"features": features}
    if manifest.keeps_blanks:  # it may come from an mlcli that always kept them
        kept = definition.sources.items()
        made["sources"] = {n: one.model_copy(update={"blanks": "keep"}) for n, one in kept}
    return reading.read(project.root, definition.model_copy(update=made), watch).examples


def waiting(
    project: Project,
    manifest: Manifest,
    model: Model,
    *,
    anyway: bool,
    watch: Watch = UNWATCHED,
    examples: Examples | None = None,
) -> list[Answer]:
    """Answer for every row of the exports (``examples``) with features and no label, in order."""
    examples = examples or examples_of(project, manifest, watch)
    positions = examples.positions("waiting")
    columns = {
        name: column.taken(positions)
        for name, column in examples.columns.items()
        if name != manifest.target.name
    }
    if anyway:  # rows outside the domain left the rules before what follows was worked out
        columns |= implied.worked_out(manifest, columns)
    why = {at: _outside(manifest, examples, i) for at, i in enumerate(positions.tolist())}
    reasons = {at: reason for at, reason in why.items() if reason}
    filled = {name: rows[positions] for name, rows in examples.filled.items()}
    answers = model.answer_many(columns, filled=filled, reasons=reasons, anyway=anyway)
    key = manifest.key.name
    named = (
        {key: columns[key][at]} if key else {"row": examples.named(i)}
        for at, i in enumerate(positions.tolist())
    )
    found = []
    for one, name in zip(model.each(columns, answers), named, strict=True):
        cut = _cut(examples, name.get(key or ""))
        answer = one.dated(key or "", name.get(key or ""), manifest.weekdays_never)
        notes = (*answer.notes, cut) if cut and not answer.refused else answer.notes
        found.append(answer._replace(asked={**name, **answer.asked}, notes=notes))
    return found


def _outside(manifest: Manifest, examples: Examples, position: int) -> str:
    """Return why a row is outside the domain, unless that only speaks of its label."""
    of_label = {manifest.target.name}
    for column, origin in manifest.made:
        if origin in of_label:
            of_label.add(column)
    about_labels = {
        p.reason for p in manifest.domain if of_label.intersection(c.column for c in p.conditions)
    }
    reason = examples.reason(position)
    return "" if reason in about_labels else reason

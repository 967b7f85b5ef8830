"""What fit and evaluate print: tables, what a decision comes to, how far to trust figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.grammar import note_codes
from mlcli.grammar.alarm_codes import WORTH_A_LOOK
from mlcli.judging.beside_base import BETTER_BY
from mlcli.screens import classes_and_lists, in_words
from mlcli.screens.drawing import (
    console,
    draw,
    figures,
    go_on,
    headed,
    indented,
    safe,
    say,
    words,
)
from mlcli.store.evidence import SpreadHeldOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from mlcli.answering.ranges_and_decisions import Decision
    from mlcli.screens.in_words import OfAnswers
    from mlcli.statistics.decisions import Outcome
    from mlcli.store.evidence import (
        CrossValidated,
        DecisionReport,
        Ends,
        Evidence,
        RangeHeld,
        Served,
        Spread,
    )
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import Scores
    from mlcli.verbs.evaluate import Evaluation
    from mlcli.verbs.fit import Fit
    from mlcli.verbs.next_steps import NextCommand

_MOST_SEEN: Final = 12


def fitted(one: Fit, *, then: bool = True, draw_it: Callable[[], None] | None = None) -> None:
    """Show what nobody should overlook, what was learned, from what, and how wrong it is.

    ``then`` is whether to say what to go on with, and ``draw_it`` draws a picture before that.
    """
    out, manifest = console(), one.manifest
    room = out.width - 2
    state = "fitted" if one.new else "unchanged: it had learned exactly this already"
    out.print(f"[bold]{manifest.id}[/bold]  {state}")
    if notes := [*_notes(one)]:
        out.print()
        say(out, notes)
    out.print()
    said = in_words.of(manifest)
    say(out, [said.learned()])
    seen = _line("learned from ", said.seen(), room, "feature")
    say(out, [seen])
    out.print()
    say(out, _account(manifest, room))
    if manifest.answers.by_rows:
        out.print()
        draw(out, _scores(manifest, manifest.metrics, "held out"))
    if draw_it:
        draw_it()
    if then:
        out.print()
        say(out, [f"next:  mlcli evaluate -m {wording.quoted(manifest.name)}  {said.evaluated}"])


def _notes(one: Fit) -> Iterator[str]:
    """Yield what is said before all else."""
    manifest, found = one.manifest, one.manifest.evidence
    yield from alarms(found) if found else ()
    yield from in_words.of(manifest).cautions()
    notes = [*(_unjudged(manifest) if manifest.answers.by_rows else []), *manifest.notes]
    if not one.answers:
        back = f"  mlcli use {manifest.id}  goes back to this one"
        notes = [f"another version answers, as  mlcli use  was told;{back}", *notes]
    if manifest.final:
        rows = wording.count(manifest.learned_from, "row")
        notes.append(f"it learned from all {rows}; the figures are those of the judged model")
    yield from (f"note: {note}" for note in notes)
    yield from short(found) if found else ()


def _account(manifest: Manifest, room: int) -> Iterator[str]:
    """Yield where the rows went, in at most four lines; ``mlcli data`` has them rule by rule."""
    ledger = manifest.ledger
    yield _line("rows: ", [f"{one.rows:,} in {one.file}" for one in ledger.sources], room)
    if lost := ledger.short_losses(room):
        yield lost
    used = wording.count(manifest.rows.used, manifest.key.noun)
    went = f"{used}: {in_words.of(manifest).used()}"
    yield went if wording.width(went) <= room else went.rpartition(", ")[0]
    gaps = f"{ledger.gaps.words}; " if ledger.gaps else ""
    yield f"{gaps}rule by rule:  mlcli data {wording.quoted(manifest.name)}"


def _line(before: str, parts: Sequence[str], room: int, noun: str = "") -> str:
    """Return one line: of the parts as many as fit, and how many more there are of what noun."""
    for shown in range(len(parts), 0, -1):
        more = len(parts) - shown
        rest = f"{more:,} more {noun}{'s' if noun and more > 1 else ''}".rstrip()
        line = before + "; ".join([*parts[:shown], *([f"and {rest}"] if more else [])])
        if wording.width(wording.plain(line)) <= room:
            return line
    return wording.cut(f"{before}{parts[0]}", room)


def _unjudged(manifest: Manifest) -> list[str]:
    if manifest.rows.holdout:
        return []
    return [
        "no row was held out: these figures say how well it remembers, not how well it predicts"
    ]


def _scores(manifest: Manifest, scores: Scores, judged: str) -> Table:
    """Return the table of metrics: train and hold-out, beside the baselines."""
    said = in_words.of_answers(manifest).scores(scores)
    bases = [figures(name, overflow="fold") for name in said.baselines]
    shown = [figures("learned from"), figures(judged, style="bold"), *bases]
    caption = [said.directions]
    if manifest.rows.holdout and judged == "held out":
        held = wording.count(manifest.rows.holdout, manifest.key.noun)
        caption.append(f"Held out: {held} that it did not learn from, to judge it by.")
    table = headed(words(said.heading), *shown, caption="\n".join(caption))
    for row in said.rows:
        table.add_row(*row)
    return table


def evaluated(
    result: Evaluation,
    then: Iterable[NextCommand | None],
    draw_it: Callable[[], None] | None = None,
    *,
    brief: bool = False,
) -> None:
    """Show how wrong a model is; unless ``brief``, how far to trust that, and what is ``then``.

    ``draw_it`` draws a picture above what to do then.
    """
    out, manifest = console(), result.manifest
    out.print(f"[bold]{manifest.id}[/bold]  judged on {safe(result.of)}")
    refused = result.left_out - result.unlabelled
    for rows, why in ((refused, "the model refuses"), (result.unlabelled, "no label is known of")):
        if rows:
            were, them = ("row was", "it") if rows == 1 else ("rows were", "them")
            out.print(f"  {rows:,} {were} left out: {why} {them}")
    say(out, (f"note: {note}" for note in result.notes))
    out.print()
    said = in_words.of(manifest)
    say(out, [said.learned()])
    seen = said.seen()
    shown, more = seen[:_MOST_SEEN], len(seen[_MOST_SEEN:])
    shown += [f"and {wording.count(more, 'more feature')}"] if more else []
    say(out, [f"learned from {'; '.join(shown)}"])
    out.print()
    draw(
        out, _scores(manifest, result.scores, "held out" if result.of_file is None else "this file")
    )
    unjudged = _unjudged(manifest) if result.of_file is None else []
    say(out, (f"note: {note}" for note in unjudged))
    if brief:
        return
    out.print()
    say(out, _evidence(result))
    _explained(out, result)
    if result.class_report is not None:
        classes_and_lists.show(out, manifest, result.class_report)
    if result.decision is not None:
        _decision(out, result)
    if manifest.final:
        out.print(indented("note: it has learned from the held-out rows too since it was judged"))
    if result.worst:
        out.print()
        draw(out, _worst(result))
    if draw_it:
        draw_it()
    go_on(out, then)


def _explained(out: Console, result: Evaluation) -> None:
    """Show which features matter, and the weights for which an equation has no room."""
    found, manifest = result.importance, result.manifest
    if found is not None:
        said = in_words.of_answers(manifest).importance(found)
        if said.rows:
            out.print()
            titles = (figures(said.rises), figures("95 %"))
            drawn = headed(words("feature"), *titles, title=said.title, caption=said.caption)
            for cells in said.rows:
                drawn.add_row(*map(safe, cells))
            draw(out, drawn)
        say(out, said.below)
    elif result.spread is None and manifest.evidence is not None and not manifest.evidence.few:
        older = f"fitted by an older mlcli;  mlcli fit {manifest.name}  adds it"
        why = older if manifest.typical is None else "cannot tell"
        say(out, [f"which features matter: {why}"])
    weights = result.weights or []
    if len(weights) > _MOST_WEIGHTS:
        out.print()
        drawn = headed(
            words("weight of"),
            figures("is"),
            words("in"),
            title=f"the weights that move it most, of {len(weights):,}",
            caption=_OF_CLASSES if weights[0].of else "--json has all of them.",
        )
        for one in [one for one in weights if one.moves and one.term != "constant"][:_SHOWN]:
            term = f"{one.of}: {one.term}" if one.of else one.term
            drawn.add_row(safe(term), wording.figure(one.apart), safe(one.unit))
        draw(out, drawn)


_MOST_WEIGHTS = 9
"""What the line of an equation has room for, with the constant."""

_SHOWN = 8
_OF_CLASSES = "Each less the mean of all classes; --json has all as they are."


def _decision(out: Console, result: Evaluation) -> None:
    """Show what serving what the definition decides comes to."""
    assert result.decision is not None
    drawn = table(result.manifest, result.decision)
    if drawn is not None:
        out.print()
        draw(out, drawn)
    say(out, lines(result.manifest, result.decision))


def _evidence(result: Evaluation) -> Iterator[str]:
    """Yield how far the figures can be trusted."""
    manifest = result.manifest
    if result.spread is not None:
        yield from on_rows("in this file", manifest, result.spread)
    yield from whole(manifest, result.doubts, held_out=result.spread is None)
    if result.looks is not None and result.looks.words:
        yield result.looks.words


def _worst(result: Evaluation) -> Table:
    manifest = result.manifest
    said = in_words.of_answers(manifest).worst(result.worst)
    key = manifest.key.name if result.of_file is None else None
    titles = (f"actual {manifest.target.unit}", "answered")
    both = [words(title, justify=said.justify) for title in titles]
    row = words(key or "row", overflow="ellipsis")
    table = headed(row, *both, figures(said.last), title=said.title)
    for cells in said.rows:
        table.add_row(*map(safe, cells))
    return table


_FITS = ("overfit", "underfit", "interpolates", "unknown")


def short(found: Evidence) -> Iterator[str]:
    """Yield what nobody should overlook beside alarms: too few rows, a bad fit."""
    if found.few:
        yield found.few
    yield from found.doubts
    if found.fit.verdict in _FITS or "; try  " in found.fit.words:
        yield found.fit.words


def whole(manifest: Manifest, doubts: Sequence[str], *, held_out: bool) -> Iterator[str]:
    """Yield all there is to say; ``held_out`` says that the rows judged are those held out."""
    found = manifest.evidence
    if found is None:
        yield f"no cross-validation: fitted by an older mlcli;  mlcli fit {manifest.name}  adds it"
        return
    yield from note_codes.of_code("too_many_to_take_home", manifest.notes)
    if found.few:
        yield found.few
    if held_out and found.holdout:
        yield from on_rows("held out", manifest, found.holdout)
    yield from doubts
    if held_out and found.range_held:
        yield _range_held(manifest, found.range_held)
    yield _cross_validated(manifest, found.cv)
    useless = any("no better than always" in one for one in doubts)
    if found.fit.verdict != "even" or (held_out and not useless):
        yield found.fit.words
    if found.curve:
        yield found.curve.words
    yield from alarms(found)


def on_rows(what: str, manifest: Manifest, spread: Spread) -> Iterator[str]:
    """Yield the interval of the figure that rows were judged by, and what it beats."""
    said = in_words.of_answers(manifest)
    why = spread.caution
    for low, high in spread.intervals.values():
        ends, knows = said.interval(low, high), f"; {why}" if why else ""
        yield f"{what}: {said.title} lies between {ends} (95 %{knows}){_beats(said, spread)}"
    if not spread.intervals and why:
        yield f"{what}: {why}{_beats(said, spread)}"
    if isinstance(spread, SpreadHeldOut) and spread.outside:
        hold = "holds" if spread.outside == 1 else "hold"
        rows = wording.count(spread.outside, "row")
        yield f"{rows} {what} {hold} numbers or words beyond those it learned from"
    if spread.narrow and not why:
        yield (
            f"{wording.count(spread.rows, 'row')} {what}: under 30, so that interval is too narrow"
        )


def _range_held(manifest: Manifest, found: RangeHeld) -> str:
    """Say how often the range held."""
    if found.doubt:
        return found.doubt
    rows = wording.count(found.rows, f"held-out {manifest.key.noun}")
    level = ranges_and_decisions.percent(found.level)
    asked = f"predict --range {found.level:.0%}"
    return f"the {level} range ({asked}) held on {found.held:,} of {rows}"


def _beats(said: OfAnswers, spread: Spread) -> str:
    skill = spread.skill if isinstance(spread, SpreadHeldOut) else None
    if skill is None:
        return ""
    if skill < BETTER_BY and said.manifest.doubts:
        return ""  # said in a sentence of its own
    if skill <= 0:
        return f"; its {said.loss} is no smaller than that of {said.base}"
    return f"; its {said.loss} is {skill:.0%} smaller than that of {said.base}"


def _cross_validated(manifest: Manifest, cv: CrossValidated) -> str:
    if not cv.metrics:
        return cv.words
    said = in_words.of_answers(manifest)
    figures = said.in_folds(cv.metrics[said.merit])
    left = cv.unanswered
    unanswered = f"; {wording.count(left, 'row')} had no answer there" if left else ""
    how = "learned from a part and judged on the rest, in turn"
    return f"cross-validated, {how}: {figures} ({cv.words}{unanswered})"


def alarms(found: Evidence) -> Iterator[str]:
    """Yield the alarms that the definition does not acknowledge."""
    for alarm in found.alarms:
        if not alarm.acknowledged:
            what = "note" if alarm.code in WORTH_A_LOOK else "alarm"
            yield f"{what} {alarm.code}: {alarm.words}"
    if found.left_out:
        yield found.left_out


class Serving(NamedTuple):
    """What serving came to, as a table: a row for what is likely, one for what decide says."""

    heading: str
    titles: Sequence[str]
    caption: str
    rows: Sequence[Sequence[str]]


def serving(manifest: Manifest, found: DecisionReport) -> Serving | None:
    """Return what serving came to: what is likely, and what the decision says."""
    likely, decided, made = found.served.likely, found.served.decided, found.made
    if likely is None or decided is None:
        return None
    noun, costs = manifest.key.noun, made.by == "costs"
    ratio = wording.figure(made.share / (1 - made.share), digits=3)
    pinball = "" if costs else f" Pinball: one short weighs as {ratio} left over."
    rows = _rows(likely, found.served, noun)
    return Serving(
        f"serving, in {manifest.target.unit}",
        ("runs out", "left over", "short", f"money a {noun}" if costs else "pinball"),
        f"a {noun} on average, over {rows}; lower is better.{pinball}",
        [
            (
                what,
                wording.share(one.run_out),
                _figure(one.left_over),
                _figure(one.short),
                _figure(one.pinball) if one.money is None else f"{one.money:,.2f}",
            )
            for what, one in (("what is likely", likely), ("what decide says", decided))
        ],
    )


def table(manifest: Manifest, found: DecisionReport) -> Table | None:
    """Draw what serving came to."""
    said = serving(manifest, found)
    if said is None:
        return None
    drawn = headed(words(said.heading), *map(figures, said.titles), caption=said.caption)
    for cells in said.rows:
        drawn.add_row(*cells)
    return drawn


def _rows(likely: Outcome, found: Served, noun: str) -> str:
    """Return how many rows were judged, and which."""
    rows = wording.count(likely.rows, noun)
    which = {
        "held_out": " held out",
        "left_out": ", each predicted by a model that had not seen it",
        "file": " of this file",
    }
    return f"{rows}{which[found.of]}"


def lines(manifest: Manifest, found: DecisionReport) -> Iterator[str]:
    """Yield what the table comes to, or why there is none."""
    made, served = found.made, found.served
    noun = manifest.key.noun
    if refusal := made.refusal():
        yield refusal
    elif served.decided is None:
        needed = made.needed + 1
        yield (
            f"decide: {wording.count(needed, 'row')} are needed to say what it comes to, "
            f"and there are {made.rows}"
        )
    else:
        yield _ran_out(made, served.decided, served.runs_out, noun)
        yield _against(made, served, noun)
    yield from _price(noun, served)


def _ran_out(made: Decision, one: Outcome, runs_out: Ends | None, noun: str) -> str:
    """Say how often the decision was too little, and how often it was meant to be."""
    often = f"{round(one.run_out * one.rows):,} of {wording.count(one.rows, noun)}"
    low, high = (wording.share(end) for end in runs_out or (0.0, 1.0))
    meant = ranges_and_decisions.seldom(1 - made.share)
    return (
        f"what decide says runs out on {often} (95 %: {low} to {high}); "
        f"{meant} is meant, on average"
    )


def _against(made: Decision, found: Served, noun: str) -> str:
    """Say what the decision costs beside serving what is likely."""
    if found.ratio is None:
        return "serving what is likely costs nothing on these rows"
    line = f"serving what decide says costs {_percent(found.ratio)} of serving what is likely"
    saved = found.saved
    if saved is None or saved.low is None or saved.high is None:
        return line
    if saved.low <= 0 <= saved.high:
        return f"{line}; whether it is cheaper: cannot tell yet"
    less, sign = ("less", 1) if saved.mean > 0 else ("more", -1)
    write = ranges_and_decisions.money if made.costs else _figure
    mean, low, high = (write(round(end * sign, 2)) for end in (saved.mean, saved.low, saved.high))
    ends = f"{low} to {high}" if sign > 0 else f"{high} to {low}"
    unit = "" if made.costs else " of pinball"
    return f"{line}: {mean}{unit} a {noun} {less} (95 %: {ends})"


def _percent(ratio: float) -> str:
    return f"{wording.figure(ratio * 100, digits=2)} %"


def _price(noun: str, found: Served) -> Iterator[str]:
    """Say what each service level leaves over."""
    said = [
        (
            ranges_and_decisions.percent(price.share),
            f"needs {wording.count(price.needed, 'row')}"
            if price.left_over is None
            else _figure(price.left_over),
        )
        for price in found.prices
        if price.left_over is not None or price.margin is None
    ]
    if said:
        (share, figure), *others = said
        more = "".join(f"; on {share}: {figure}" for share, figure in others)
        yield f"left over a {noun} to be enough on {share} of {noun}s: {figure}{more}"


def _figure(value: float) -> str:
    return wording.figure(value, digits=2)

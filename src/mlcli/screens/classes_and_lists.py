"""What evaluate shows of classes (confusions, probabilities) and of the lists of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering import ranking
from mlcli.answering.label import ClassTarget
from mlcli.screens.drawing import console, draw, figures, go_on, headed, safe, say, words
from mlcli.screens.in_words import percent
from mlcli.statistics.calibration import FEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from mlcli.judging.lists import Lists
    from mlcli.statistics.calibration import Reliability
    from mlcli.store.evidence import ClassFigures, ClassReport, Confusion, ProbabilityFigures
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.evaluate import ListEvaluation
    from mlcli.verbs.next_steps import NextCommand


EACH = (
    "precision: the share of the rows answered so that are so. recall: the share of the rows "
    "that are so that were answered so. F1: high where both are"
)


def show(out: Console, manifest: Manifest, found: ClassReport) -> None:
    """Show figures of answered classes, on whatever rows they are of."""
    which = {"held out": "rows held out", "this file": "rows of this file"}
    of = which.get(found.of, "rows, each answered by a model that had not seen it")
    out.print()
    say(out, [f"{found.rows:,} {of}: a line for what is true, a column for what was answered"])
    draw(out, _confusion(manifest, found.confusion))
    draw(out, _each(manifest, found.each))
    say(out, [EACH])
    if hidden := _classes(found.confusion) - len(found.each):
        say(out, [f"rarer classes that are not listed: {hidden:,}"])
    say(out, lines(manifest, found))
    given = found.probabilities
    if given and given.reliability:
        draw(out, _reliability(given, given.reliability))
        off = wording.share(given.reliability.ece)
        say(out, [f"these probabilities are off by {off} on average"])


def _classes(confusion: Confusion) -> int:
    return len(confusion.classes) + confusion.rest


def _confusion(manifest: Manifest, found: Confusion) -> Table:
    names = [*found.classes, *([f"{found.rest:,} others"] if found.rest else [])]
    columns = [figures(name, overflow="fold") for name in names]
    table = headed(words(f"actual {manifest.target.name}"), *columns)
    for at, (name, row) in enumerate(zip(names, found.counts, strict=True)):
        counts = [f"[bold]{n:,}[/bold]" if i == at else f"{n:,}" for i, n in enumerate(row)]
        table.add_row(safe(name), *counts)
    return table


def _each(manifest: Manifest, found: Sequence[ClassFigures]) -> Table:
    titles = ("precision", "recall", "F1", "rows", "answered")
    table = headed(words(manifest.target.name), *map(figures, titles))
    for one in found:
        shares = map(percent, (one.precision, one.recall, one.f1))
        table.add_row(safe(one.class_), *shares, f"{one.rows:,}", f"{one.answered:,}")
    return table


def lines(manifest: Manifest, found: ClassReport) -> Iterator[str]:
    """Yield what there is to say of probabilities and of the threshold."""
    yield from _threshold(manifest, found)
    given = found.probabilities
    if given is None:
        yield "it gives no probabilities: it says which is likelier, but not how likely"
        return
    if given.auc is not None:
        first, second = _pair(manifest)
        yield (
            f"AUC {given.auc:.3f}: how often a row that is {first} gets a higher probability of "
            f"{first} than one that is {second}; 0.5 by chance, 1 at best"
        )
    losses = [
        f"{title} {_loss(ours)}, the shares {_loss(shares)}"
        for title, ours, shares in (
            ("Brier", given.brier, given.brier_shares),
            ("log loss", given.log_loss, given.log_loss_shares),
        )
        if ours is not None
    ]
    if losses:
        yield f"probabilities: {'; '.join(losses)} (lower is better)"
    if given.worse:
        yield (
            "warning: its probabilities are worse than the plain shares of the classes: it can "
            "say which is likelier, not how likely"
        )
    if given.reliability is None:
        yield (
            "whether probabilities come true: cannot tell from "
            f"{wording.count(found.rows, 'row')}, {FEWEST} are needed"
        )


def _pair(manifest: Manifest) -> tuple[str, str]:
    """Return the positive class, or the second where none is said, and the other."""
    target = manifest.target
    assert isinstance(target, ClassTarget)
    first = target.positive or target.classes[1]
    return first, next(name for name in target.classes if name != first)


def _loss(value: float | None) -> str:
    return "-" if value is None else wording.figure(value)


def _threshold(manifest: Manifest, found: ClassReport) -> Iterator[str]:
    """Yield how the line between two classes was drawn, and what it is worth."""
    said = manifest.evidence.threshold if manifest.evidence else None
    if said is None:
        return
    costs = said.for_ == "costs"
    title = {"f1": "F1", "balanced_accuracy": "balanced accuracy"}.get(said.for_, "cost")
    aim = "the lowest cost" if costs else f"the highest {title}"
    yield (
        f"{said.positive} is answered from a probability of {wording.share(said.value)} on: "
        f"{aim} on {said.rows:,} cross-validated rows"
    )
    here = found.threshold
    if here and here.worth is not None:
        ours, even = (
            f"{wording.figure(v, digits=3)} a row" if costs else f"{v:.1%}"
            for v in (here.worth, here.worth_at_even or 0.0)
        )
        better = "lower" if costs else "higher"
        yield f"{title} on these rows: {ours}; from 50% on it would be {even} ({better} is better)"


def _reliability(given: ProbabilityFigures, found: Reliability) -> Table:
    of = given.of or "the answer"
    titles = ("rows", "on average", "came true")
    table = headed(words(f"probability of {of}"), *map(figures, titles))
    for one in found.bins:
        ends = dict.fromkeys(f"{end:.0%}" for end in (one.low, one.high))
        table.add_row(
            " to ".join(ends),
            f"{one.rows:,}",
            f"{one.confidence:.0%}",
            f"{one.accuracy:.0%}",
        )
    return table


def evaluated(
    result: ListEvaluation,
    then: Iterable[NextCommand | None],
    draw_it: Callable[[], None] | None = None,
    *,
    brief: bool = False,
) -> None:
    """Show whether lists keep to what is wished for; unless ``brief``, what to do ``then`` too.

    ``draw_it`` draws a picture above that.
    """
    out, manifest, found = console(), result.manifest, result.lists
    out.print(f"[bold]{manifest.id}[/bold]  {wording.count(found.things, 'thing')}")
    say(out, [UNJUDGED])
    out.print()
    draw(out, _figures(found, by_column=bool(ranking.columns(manifest.lists.order))))
    if brief:
        return
    say(out, never(found))
    if draw_it:
        draw_it()
    go_on(out, then)


UNJUDGED = (
    "No row can be held out: each is a thing of its own. So nothing here says how good the "
    "advice is, only whether lists keep to what is wished for."
)


def _figures(found: Lists, *, by_column: bool) -> Table:
    every = wording.count(found.every, "request")
    drawn = f"{found.requests:,} drawn from {every}" if found.requests < found.every else every
    title = f"lists of {found.top}, over {drawn} of one or two wishes"
    table = headed(words(), figures("lists", style="bold", no_wrap=True), words(), title=title)
    kept, best, blind = (
        wording.share(n / found.asked) for n in (found.kept, found.best, found.blind)
    )
    table.add_row(
        "wishes kept",
        kept,
        f"no list keeps more than {best}; the same {found.top} for every wish keep {blind}",
    )
    impossible = found.requests - found.possible
    table.add_row(
        "first answer meets every wish",
        f"{found.first:,} of {found.possible:,}",
        f"nothing meets all of the other {impossible:,}" if impossible else "",
    )
    table.add_row(
        "last place by the alphabet",
        f"{found.alphabet:,} of {found.cut:,}",
        "" if by_column else "name a column in the order, such as a rating, to decide instead",
    )
    return table


def never(found: Lists) -> list[str]:
    """Say which things are in no list, and which cannot be."""
    things = wording.count(found.things, "thing")
    if not found.never:
        return ["every thing is in some list"]
    are = "is" if len(found.never) == 1 else "are"
    names = wording.listed(found.never, most=5)
    lines = [f"{len(found.never):,} of {things} {are} in none of these lists: {names}"]
    if found.hidden:
        lines.append(
            f"{found.hidden:,} of them can be in no list of {found.top}, whatever is wished for: "
            f"{found.top} with the same features come before"
        )
    return lines

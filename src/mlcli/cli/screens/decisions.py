"""The table of what a decision comes to, drawn by rich; for evaluate."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.ranges_and_decisions import Decision
from mlcli.cli.screens.drawing import safe
from mlcli.statistics.decisions import Outcome
from mlcli.store.evidence import DecisionReport, Ends, Served
from mlcli.store.manifest import Manifest


def table(manifest: Manifest, found: DecisionReport) -> Table | None:
    """Return what serving came to: what is likely, and what the decision says."""
    likely, decided, made = found.served.likely, found.served.decided, found.made
    if likely is None or decided is None:
        return None
    noun, costs = manifest.key.noun, made.by == "costs"
    ratio = wording.figure(made.share / (1 - made.share), digits=3)
    pinball = "" if costs else f" Pinball: one short weighs as {ratio} left over."
    rows = _rows(likely, found.served, noun)
    drawn = Table(
        padding=(0, 1),
        caption=f"a {noun} on average, over {rows}; lower is better.{pinball}",
        caption_justify="left",
    )
    drawn.add_column(f"serving, in {safe(manifest.target.unit)}", overflow="fold")
    for name in ("runs out", "left over", "short", f"money a {noun}" if costs else "pinball"):
        drawn.add_column(name, justify="right")
    for what, one in (("what is likely", likely), ("what decide says", decided)):
        last = _figure(one.pinball) if one.money is None else f"{one.money:,.2f}"
        drawn.add_row(
            what, wording.share(one.run_out), _figure(one.left_over), _figure(one.short), last
        )
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

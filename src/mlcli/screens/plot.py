"""Pictures in characters: what `verbs.picture` gathers, as lines of text; without rich."""

from __future__ import annotations

import sys
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.answering.ranges_and_decisions import percent
from mlcli.screens import canvas, say
from mlcli.screens.canvas import ASKED, MARGIN, Canvas, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mlcli.answering.model import Answer
    from mlcli.screens.canvas import Scale
    from mlcli.verbs.picture import (
        Axis,
        Coverage,
        FittedCurve,
        LearningCurve,
        Levels,
        Matrix,
        Picture,
        Residuals,
    )


class Marked(NamedTuple):
    """Where questions lie: what was asked, and what is answered, (n,) each; both in words."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    words: str


_HIGH: Final = 20
_LOW: Final = 9
"""Rows of a picture, and of one that shows less."""

_UP: Final = 3
_ACROSS: Final = 8
"""Characters from one tick to the next, at the least."""

_HUGE: Final = 1e300
"""Beyond it nothing is drawn: differences of such numbers may be beyond all doubles."""


def show(draw: Callable[[Paper], Iterable[str]], *, beside: bool) -> None:
    """Print what is drawn on the terminal: as the answer, or ``beside`` it, on stderr."""
    stream = sys.stderr if beside else sys.stdout
    lines = [*draw(Paper.of(stream))]
    if not lines:
        say.note("note: nothing to draw: no row was held out")
    for line in lines:
        with suppress(OSError) if beside else nullcontext():  # the exit code is told all the same
            print(line, file=stream)


def whole(found: Picture, paper: Paper) -> Iterator[str]:
    """Yield every picture of a version that helps to judge it, an empty line before each."""
    yield from first(found, paper)
    if found.residuals:
        yield from _apart(_residuals(found.residuals, paper))
    if found.curve:
        yield from _apart(_learning(found.curve, paper))


def first(found: Picture, paper: Paper, asked: Marked | None = None) -> Iterator[str]:
    """Yield the picture that says most, if there is one, and where questions lie in it."""
    if drawn := found.fit or found.truth:
        yield from _apart(_fit(drawn, paper, asked))
    if found.matrix:
        yield from _apart(_matrix(found.matrix, paper))
    if found.coverage:
        yield from _apart(_coverage(found.coverage, paper))


def marked(
    found: Picture, answers: Sequence[Answer], likely: Callable[[float], str]
) -> Marked | None:
    """Return where questions lie in the first picture; ``likely`` writes an answer."""
    name = found.fit.x.name if found.fit else ""
    along = [one.asked[name] if found.fit else one.value for one in answers]
    pairs = zip(along, answers, strict=True)
    there = [(x, float(one.answer or 0)) for x, one in pairs if isinstance(x, float)]
    if not there:
        return None
    words = "what was asked"
    if len(there) == 1:
        ((x, y),) = there
        words = f"{name} {wording.readable(x)}: {likely(y)}" if name else likely(y)
    return Marked(tuple(x for x, _ in there), tuple(y for _, y in there), words)


def chances(probabilities: Mapping[str, float], paper: Paper) -> Iterator[str]:
    """Yield how probable each class is, as bars, the likeliest first."""
    likely = sorted(probabilities, key=lambda name: -probabilities[name])[:_MOST_LINES]
    room = paper.width - _NAME - _FIGURE
    rows = [
        [_cut(name), wording.share(probabilities[name]), _bar(probabilities[name], room, paper)]
        for name in likely
    ]
    yield from _apart(iter(wording.aligned(rows, [False, True, False])))


def _apart(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines with an empty one before, and a margin."""
    yield ""
    for line in lines:
        yield f"{MARGIN}{line}".rstrip()


def _fit(found: FittedCurve, paper: Paper, asked: Marked | None) -> Iterator[str]:
    """Yield the rows and the curve, and what lies around them."""
    x, y = _sides(found, paper, asked)
    drawn, every = Canvas(x, y, paper), found.points
    drawn.dashes(found.baseline.x, found.baseline.y)
    if every and every.bin:
        drawn.bins(every, *every.bin)
    for ends in (found.band.low, found.band.high) if found.band else ():
        drawn.line(found.curve.x, ends, "ends")
    drawn.line(found.curve.x, found.curve.y, "curve")
    if every and not every.bin:
        drawn.points(every)
    for across, up in zip(asked.x, asked.y, strict=True) if asked else ():
        drawn.put(x.nearest(across), y.nearest(up), ASKED, "asked")
    yield from [wording.plain(f"{ASKED} {asked.words}"), ""] if asked else []
    yield _title(found.y, y)
    yield from drawn.lines()
    yield _below(drawn, _title(found.x, x))
    yield from _legend(found, drawn)


def _sides(found: FittedCurve, paper: Paper, asked: Marked | None) -> tuple[Scale, Scale]:
    """Return the side of the feature and that of the answer.

    The rows decide how far they reach, or the curve where there are none. What lies around
    them, and what was asked, adds no more than as much again at each end.
    """
    every, curve, band = found.points, found.curve, found.band
    around = [*curve.y, *(band.low if band else ()), *(band.high if band else ())]
    low, high = _reach(every.y if every else curve.y, [*around, *(asked.y if asked else ())])
    y = canvas.of_numbers(low, high, _HIGH, apart=_UP, whole=_whole(every.y if every else ()))
    room = paper.width - y.widest - 2
    across = [*curve.x, *(asked.x if asked else ())]
    left, right = _reach(every.x if every else curve.x, across)
    whole = _whole(every.x if every else ())
    return canvas.of_numbers(left, right, room - 1, apart=_ACROSS, whole=whole), y


def _reach(values: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Return the ends of some values, and of others as far as those let them."""
    there = [value for value in values if abs(value) < _HUGE] or [0.0]
    low, high = min(there), max(there)
    beside = [value for value in others if 2 * low - high <= value <= 2 * high - low]
    return min([low, *beside]), max([high, *beside])


def _whole(values: Sequence[float]) -> bool:
    return bool(values) and all(value.is_integer() for value in values)


def _title(axis: Axis, scale: Scale) -> str:
    return wording.plain(f"{axis.title}, {scale.power}" if scale.power else axis.title)


def _below(drawn: Canvas, title: str) -> str:
    """Return what stands in the middle below a picture."""
    room = drawn.y.widest + 2
    return " " * (room + max((drawn.x.cells + 1 - wording.width(title)) // 2, 0)) + title


def _legend(found: FittedCurve, drawn: Canvas) -> list[str]:
    """Return what the characters stand for, if possible in one line, with numbers of rows."""
    signs, every = drawn.paper.signs, found.points
    counts = {"learned": sum(every.learned), "held": sum(every.held)} if every else {}
    words = {"learned": "learned from", "held": found.held}
    ramp = dict.fromkeys(signs.shades + signs.learned + signs.held)
    rows = [
        ("".join(sign for sign in ramp if sign in shown), f" {counts[kind]:,}", words[kind])
        for kind in words
        if (shown := drawn.shown(kind))
    ]
    level = percent(found.band.level) if found.band else ""
    beside = {"ends": f"{signs.ends} {level} range", "base": f"-- {found.baseline.name}"}
    ways = [
        [
            *(f"{sign}{count if full else ''} {what}" for sign, count, what in rows),
            f"{signs.curve} {wording.plain(name)}",
            *(said for kind, said in beside.items() if drawn.shown(kind)),
        ]
        for full, name in ((True, found.curve.name), (False, found.curve.name), (False, "answered"))
    ]
    lines = ["  ".join(parts) for parts in ways]
    fitting = [line for line in lines if wording.width(line) <= drawn.paper.width]
    return fitting[:1] or wording.wrapped(lines[-1], drawn.paper.width)


def _residuals(found: Residuals, paper: Paper) -> Iterator[str]:
    """Yield by how much held-out rows were missed, one after the other or by their answer."""
    every = found.points
    low, high = _reach(every.y, [0.0])
    y = canvas.of_numbers(min(low, 0.0), max(high, 0.0), _LOW, apart=_UP - 1, whole=_whole(every.y))
    room = paper.width - y.widest - 2
    ends = _reach(every.x, [])
    if found.x.kind == "date":
        x = canvas.of_days(*ends, room - 1)
    else:
        x = canvas.of_numbers(*ends, room - 1, apart=_ACROSS, whole=_whole(every.x))
    drawn = Canvas(x, y, paper)
    drawn.dashes(ends, (0.0, 0.0))
    if every.bin:
        drawn.bins(every, *every.bin)
    else:
        drawn.points(every)
    rows = wording.count(sum(every.held), "row")
    yield f"{_title(found.y, y)}, above 0 where the answer was too high, of {rows}"
    yield from drawn.lines()
    yield _below(drawn, _title(found.x, x))


def _learning(found: LearningCurve, paper: Paper) -> Iterator[str]:
    """Yield the error after ever more rows, as bars."""
    yield f"{wording.plain(found.y.title)} by rows learned from, cross-validated"
    most = max(found.errors) or 1.0
    write = wording.share if found.y.kind == "share" else partial(wording.figure, digits=3)
    figures = [write(error) for error in found.errors]
    rows = [f"{rows:,} rows" for rows in found.rows]
    room = paper.width - max(map(len, figures)) - max(map(len, rows)) - 4
    bars = [_bar(error / most, room, paper) for error in found.errors]
    cells = [list(one) for one in zip(rows, figures, bars, strict=True)]
    yield from wording.aligned(cells, [True, True, False])


def _bar(share: float, room: int, paper: Paper) -> str:
    """Return a bar of at most so many characters; whatever is above 0 shows."""
    signs = paper.signs.bar
    parts = max(round(share * room * len(signs)), 1 if share > 0 else 0)
    full, rest = divmod(parts, len(signs))
    return signs[-1] * full + (signs[rest - 1] if rest else "")


_NAME: Final = 24
_FIGURE: Final = 10
_MOST_LINES: Final = 24


def _cut(name: str) -> str:
    return wording.cut(wording.plain(name), _NAME)


def _matrix(found: Matrix, paper: Paper) -> Iterator[str]:
    """Yield how often each class was taken for which: bars are shares of their line."""
    label, rows = wording.plain(found.label), wording.count(found.rows, "row")
    yield f"actual {label} (lines) by what was answered (columns), {rows}"
    most = [sum(counts) or 1 for counts in found.counts]
    names = [_cut(name) for name in found.names]
    yield from _tiles(names, names, found.counts, most, paper)


def _coverage(found: Coverage, paper: Paper) -> Iterator[str]:
    """Yield how many things have each level of two features, or of each feature."""
    crossed, things = found.crossed, wording.count(found.things, "thing")
    if crossed and len(crossed.across.names) <= _MOST_COLUMNS:
        down, across = crossed.down, crossed.across
        yield wording.plain(f"{things}: {down.feature} (lines) by {across.feature} (columns)")
        yield from _levels(down, _counted(across), crossed.things, paper)
        return
    for at, levels in enumerate(found.features):
        yield from [""] if at else []
        yield wording.plain(f"{things}: {levels.feature}")
        yield from _levels(levels, ["things"], [(count,) for count in levels.things], paper)


def _levels(
    down: Levels, across: Sequence[str], counts: Sequence[Sequence[int]], paper: Paper
) -> Iterator[str]:
    """Yield the levels that most things have."""
    order = sorted(range(len(counts)), key=lambda at: -down.things[at])
    shown, others = order[:_MOST_LINES], order[_MOST_LINES:]
    names, most = _counted(down), max(max(counts[at]) for at in shown) or 1
    lines = [counts[at] for at in shown]
    yield from _tiles([names[at] for at in shown], across, lines, [most] * len(shown), paper)
    if others:
        most_things = wording.count(down.things[others[0]], "thing")
        yield f"and {len(others):,} more, with {most_things} at most"


def _counted(levels: Levels) -> list[str]:
    return [f"{_cut(n)} {count:,}" for n, count in zip(levels.names, levels.things, strict=True)]


def _tiles(
    down: Sequence[str],
    across: Sequence[str],
    counts: Sequence[Sequence[int]],
    most: Sequence[int],
    paper: Paper,
) -> Iterator[str]:
    """Yield a table of counts with bars: the longest of a line are of its ``most``."""
    digits = max(len(f"{count:,}") for line in counts for count in line)
    names = [wording.plain(name) for name in down]
    room = (paper.width - max(map(wording.width, names))) // len(across) - digits - 3
    room = min(max(room, 1), _BAR)
    rows = [["", *(wording.cut(wording.plain(name), digits + 1 + room) for name in across)]]
    for name, line, of in zip(names, counts, most, strict=True):
        cells = [f"{count:>{digits},} {_bar(count / of, room, paper):<{room}}" for count in line]
        rows.append([name, *cells])
    yield from wording.aligned(rows, [False] * (len(across) + 1))


_BAR: Final = 16
_MOST_COLUMNS: Final = 6

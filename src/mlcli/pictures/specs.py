"""Vega-Lite specifications of what there is to draw of a version, with their data in them.

Lines and areas are named where they end, not in a legend. Text is measured with other fonts
than the reader has, so that there is room around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.statistics import points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.pictures.colours import Colours
    from mlcli.statistics.points import Points
    from mlcli.verbs.picture import (
        Axis,
        Calibration,
        Coverage,
        Crossed,
        FittedCurve,
        LearningCurve,
        Levels,
        Line,
        Matrix,
        Picture,
        Residuals,
        ThresholdCurve,
    )

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
_WIDTH: Final = 340
_HEIGHT: Final = 220
_ROW: Final = 26
"""Height of a row of cells or of a bar."""

_LETTERS: Final = 46
"""Letters in a line above a picture: three quarters of its width, whatever the font."""

_MOST_ROWS: Final = 40
_DAY: Final = 86_400_000
"""Milliseconds, in which Vega counts time since the beginning of 1970."""


Json = dict[str, Any]


class Drawing(NamedTuple):
    """One picture: its name in file names, what it shows, the same for whoever cannot see it."""

    name: str
    title: str
    description: str
    spec: Json


def drawings(picture: Picture, colours: Colours) -> list[Drawing]:
    """Return a specification for each thing that there is to draw of a version."""
    rows = f"{picture.manifest.key.noun}s"
    draw = _Draw(colours, rows)
    found = (
        picture.fit and draw.fit(picture.fit),
        picture.coverage and draw.coverage(picture.coverage),
        picture.matrix and draw.matrix(picture.matrix),
        picture.calibration and draw.calibration(picture.calibration),
        picture.threshold and draw.threshold(picture.threshold),
        picture.residuals and draw.residuals(picture.residuals),
        picture.curve and draw.curve(picture.curve),
    )
    return [one for one in found if one]


class _Draw:
    """Draws in some colours; ``rows`` is what rows are called."""

    def __init__(self, colours: Colours, rows: str) -> None:
        self.colours = colours
        self.rows = rows

    def fit(self, one: FittedCurve) -> Drawing:
        """Draw rows, the curve through them, its range, and what it is to beat."""
        low, high = _extent(one)
        said = []
        layers: list[Json] = []
        if one.band:
            said.append(f"Shaded: {one.band.level:.0%} of such {self.rows} lie there.")
            band = zip(one.band.x, one.band.low, one.band.high, strict=True)
            shade = {"type": "area", "color": self.colours.accent, "opacity": 0.15, "clip": True}
            layers.append(
                {
                    "data": _values([{"x": x, "low": a, "high": b} for x, a, b in band]),
                    "mark": shade,
                    "encoding": {"x": _field("x"), "y": _field("low"), "y2": {"field": "high"}},
                }
            )
        if one.points:
            drawn, what = self._points(one.points)
            layers += drawn
            said.insert(0, what)
        base = _inside(one.baseline, low, high)
        layers.append(self._line(base, dashed=True))
        layers.append(self._line(one.curve))
        cut = len(base.x) < len(one.baseline.x)
        at = _beyond(base, low + (high - low) / 5) if cut else 0
        dx, dy = (8, 4) if cut else (0, -10)
        layers += self._named(base, at, one.baseline.name, self.colours.alarm, dx=dx, dy=dy)
        name = one.curve.name.replace("_", " ")
        layers += self._named(one.curve, -1, name, self.colours.accent, align="right", dy=-10)
        x, y = self._axis(one.x, "x"), self._axis(one.y, "y", domain=(low, high))
        ends = [
            f"{wording.figure(one.curve.y[at])} at {wording.figure(one.curve.x[at])}"
            for at in (0, -1)
        ]
        title = f"{one.y.name} by {one.x.name}"
        described = (
            f"{self._rows(one.points)}The model answers {ends[0]} {one.x.name} and {ends[1]}. "
            f"The dashed line is {one.baseline.name}."
        )
        return self._whole("fit", title, described, said, layers, x, y)

    def residuals(self, one: Residuals) -> Drawing:
        """Draw by how much held-out rows were missed."""
        scale = _DAY if one.x.kind == "date" else 1
        drawn, what = self._points(one.points, scale=scale, alike=True)
        most = max(map(abs, one.points.y), default=1.0) or 1.0
        layers = [
            self._rule("y", 0.0, self.colours.ink),
            *drawn,
            self._text("answered too high", 6, 12),
            self._text("answered too low", 6, _HEIGHT - 8),
        ]
        x = self._axis(one.x, "x")
        y = self._axis(one.y, "y", domain=(-most * 1.15, most * 1.15))
        when = f"by {one.x.name}" if one.x.kind == "date" else f"by what was {one.x.name}"
        title = f"how far held-out {self.rows} were missed, {when}"
        described = f"{self._rows(one.points)}The largest miss is {wording.figure(most)}."
        return self._whole("residuals", title, described, [what] if what else [], layers, x, y)

    def curve(self, one: LearningCurve) -> Drawing:
        """Draw the error by the number of rows learned from."""
        data = _values([{"x": x, "y": y} for x, y in zip(one.rows, one.errors, strict=True)])
        accent = self.colours.accent
        mark = {"type": "line", "color": accent, "strokeWidth": 2}
        at = {"x": _field("x"), "y": _field("y")}
        dots = {"type": "point", "filled": True, "color": accent, "size": 50}
        last = {"x": {"datum": one.rows[-1]}, "y": {"datum": one.errors[-1]}}
        layers = [
            {"data": data, "mark": mark, "encoding": at},
            {"data": data, "mark": dots, "encoding": at},
            *self._halo(wording.figure(one.errors[-1], digits=3), last, align="right", dy=-12),
        ]
        x = {"title": f"{self.rows} learned from", "scale": {"zero": True, "nice": True}}
        y = self._axis(one.y, "y", domain=(0.0, max(one.errors) * 1.15 or 1.0))
        title = f"error by how many {self.rows} it learns from"
        pairs = zip(one.rows, one.errors, strict=True)
        told = ", ".join(f"{wording.figure(e, digits=3)} from {r:,}" for r, e in pairs)
        described = f"Cross-validated error: {told}."
        return self._whole(
            "curve", title, described, [f"{one.words[:1].upper()}{one.words[1:]}."], layers, x, y
        )

    def matrix(self, one: Matrix) -> Drawing:
        """Draw what was answered for each class, shaded by its share of the class."""
        cells = [
            {"down": name, "across": other, "n": n, "share": n / max(sum(row), 1)}
            for name, row in zip(one.names, one.counts, strict=True)
            for other, n in zip(one.names, row, strict=True)
        ]
        right = sum(row[at] for at, row in enumerate(one.counts))
        title = f"{one.label}: what is true, and what was answered"
        said = [f"{right:,} of {one.rows:,} {self.rows} are right, on the diagonal."]
        told = "; ".join(
            f"{name} was answered {wording.both([f'{o} {n:,} times' for o, n in taken])}"
            for name, row in zip(one.names, one.counts, strict=True)
            if (taken := [(o, n) for o, n in zip(one.names, row, strict=True) if n])
        )
        layers = self._cells(cells, "share")
        down, across = (
            self._names(one.names, "actual"),
            self._names(one.names, "answered", on_top=True),
        )
        return self._whole(
            "matrix",
            title,
            f"{said[0]} {told}.",
            said,
            layers,
            across,
            down,
            height=_ROW * len(one.names) + 20,
        )

    def calibration(self, one: Calibration) -> Drawing:
        """Draw how often what was given a probability came true."""
        of = one.of or "the answer"
        data = [{"x": b.confidence, "y": b.accuracy, "rows": b.rows} for b in one.bins]
        size = {"field": "rows", "type": "quantitative", "legend": None}
        dots = {"type": "point", "filled": True, "color": self.colours.accent, "opacity": 0.9}
        ends = [{"x": 0, "y": 0}, {"x": 1, "y": 1}]
        line = {"type": "line", "color": self.colours.quiet, "strokeDash": [5, 4]}
        at = {"x": _field("x"), "y": _field("y")}
        layers = [
            {"data": _values(ends), "mark": line, "encoding": at},
            {
                "data": _values(data),
                "mark": dots,
                "encoding": {**at, "size": {**size, "scale": {"range": [40, 320]}}},
            },
            self._text("came true more often", 6, 12),
            self._text("less often", _WIDTH - 6, _HEIGHT - 8, align="right"),
        ]
        share = {"axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}}
        title = f"probability of {of}, and how often it came true"
        said = [f"Off by {wording.share(one.error)} on average. Larger points are more rows."]
        told = ", ".join(f"{b.confidence:.0%} came true in {b.accuracy:.0%}" for b in one.bins)
        described = f"{said[0]} Probabilities of {told}."
        x, y = {"title": f"probability of {of}", **share}, {"title": "came true", **share}
        return self._whole("calibration", title, described, said, layers, x, y)

    def threshold(self, one: ThresholdCurve) -> Drawing:
        """Draw what each threshold is worth, and the one that was chosen."""
        metric = _METRICS.get(one.metric, "cost of a row")
        top = max(one.line.y, default=1.0) or 1.0
        chosen = wording.share(one.chosen)
        layers = [
            self._rule("x", one.chosen, self.colours.ink),
            self._line(one.line),
            *self._halo(
                f"chosen: {chosen}",
                {"x": {"datum": one.chosen}, "y": {"value": 12}},
                align="left" if one.chosen < _MIDDLE else "right",
                dx=6 if one.chosen < _MIDDLE else -6,
            ),
        ]
        x = {
            "title": f"{one.positive} is answered from this probability on",
            "axis": {"format": ".0%"},
            "scale": {"domain": [0, 1]},
        }
        y = {"title": metric, "scale": {"domain": [0, top * 1.1]}}
        title = f"{metric} of the held-out {self.rows}, by the threshold"
        said = [f"{one.better.capitalize()} is better. It was chosen on other {self.rows}."]
        described = f"{said[0]} {one.positive} is answered from {chosen} on."
        return self._whole("threshold", title, described, said, layers, x, y)

    def coverage(self, one: Coverage) -> Drawing:
        """Draw how many things there are of each kind."""
        crossed = one.crossed
        if crossed and len(crossed.down.names) * len(crossed.across.names) <= points.MOST:
            return self._crossed(crossed, one.things)
        return self._levels(max(one.features, key=lambda levels: len(levels.names)), one.things)

    def _crossed(self, one: Crossed, things: int) -> Drawing:
        most = max((n for row in one.things for n in row), default=0) or 1
        cells = [
            {"down": name, "across": other, "n": n, "share": n / most}
            for name, row in zip(one.down.names, one.things, strict=True)
            for other, n in zip(one.across.names, row, strict=True)
        ]
        none = sum(not cell["n"] for cell in cells)
        title = f"how many things are of each {one.down.feature} and {one.across.feature}"
        empty = f" {none:,} of {len(cells):,} pairs have none." if none else ""
        said = [f"{wording.count(things, 'thing')} in all.{empty}"]
        down = self._names(one.down.names, one.down.feature)
        across = self._names(one.across.names, one.across.feature, on_top=True)
        height = _ROW * len(one.down.names)
        layers = self._cells(cells, "share")
        return self._whole("coverage", title, said[0], said, layers, across, down, height=height)

    def _levels(self, one: Levels, things: int) -> Drawing:
        shown = [*zip(one.names, one.things, strict=True)][:_MOST_ROWS]
        data = _values([{"down": name, "n": n} for name, n in shown])
        text = {"type": "text", "align": "left", "dx": 4, "color": self.colours.ink}
        marks = ({"type": "bar", "color": self.colours.accent, "opacity": 0.75}, text)
        at = {"x": _field("n"), "text": {"field": "n", "format": ","}}
        layers = [{"data": data, "mark": mark, "encoding": at} for mark in marks]
        more = len(one.names) - len(shown)
        drawn = f" {more:,} more levels are not drawn." if more else ""
        said = [f"{wording.count(things, 'thing')} in all.{drawn}"]
        x = {"title": "things", "scale": {"zero": True}}
        down = self._names([name for name, _ in shown], one.feature)
        title, height = f"how many things are of each {one.feature}", _ROW * len(shown)
        return self._whole("coverage", title, said[0], said, layers, x, down, height=height)

    def _whole(
        self,
        name: str,
        title: str,
        described: str,
        said: Sequence[str],
        layers: Sequence[Json],
        x: Json,
        y: Json,
        *,
        height: int = _HEIGHT,
    ) -> Drawing:
        """Return a picture with its axes, its title and what is said of it."""
        title = title.replace("_", " ")
        lines = [line for one in said for line in wording.wrapped(one, _LETTERS)]
        heading: Json = {"text": wording.wrapped(title, _LETTERS)}
        if lines:
            heading["subtitle"] = lines
        spec = {
            "$schema": SCHEMA,
            "description": described,
            "title": heading,
            "width": _WIDTH,
            "height": height,
            "padding": {"left": 12, "right": 20, "top": 4, "bottom": 8},
            "config": self.colours.config(),
            "encoding": {
                "x": {"type": "quantitative", **x},
                "y": {"type": "quantitative", **y},
            },
            "layer": [*layers],
        }
        return Drawing(name, title, described, spec)

    def _axis(self, one: Axis, side: str, domain: tuple[float, float] | None = None) -> Json:
        """Return an axis with its unit; from its data, or from one value to another."""
        found: Json = {"title": one.title.replace("_", " ")}
        if one.kind == "date":
            found["axis"] = {"labelOverlap": "greedy", "labelSeparation": 12}
            return {**found, "type": "temporal", "scale": {"type": "utc", "padding": 6}}
        scale: Json = {"zero": False, "padding": 6}
        if domain:
            scale = {"domain": [*domain], "zero": False, "nice": side == "y"}
        return {**found, "scale": scale}

    def _names(self, names: Sequence[str], title: str, *, on_top: bool = False) -> Json:
        """Return an axis of words, in their order: on the left, or on top."""
        axis: Json = {"grid": False, "ticks": False, "domain": False}
        if on_top:
            axis |= {"orient": "top", "labelAngle": -40 if sum(map(len, names)) > _LETTERS else 0}
        return {
            "field": "across" if on_top else "down",
            "type": "nominal",
            "sort": [*names],
            "title": title.replace("_", " "),
            "axis": axis,
        }

    def _points(
        self, points: Points, *, scale: float = 1, alike: bool = False
    ) -> tuple[list[Json], str]:
        """Return rows as points, hollow where they were learned from, and what that means."""
        accent, quiet = self.colours.accent, self.colours.quiet
        layers: list[Json] = []
        most = max(map(sum, zip(points.learned, points.held, strict=True)), default=1)
        counts = ((points.learned, quiet, False), (points.held, accent, True))
        for rows, colour, filled in counts:
            told = [
                {"x": x * scale, "y": y, "rows": n}
                for x, y, n in zip(points.x, points.y, rows, strict=True)
                if n
            ]
            if not told:
                continue
            mark: Json = {"type": "point", "filled": filled, "color": colour, "clip": True}
            mark |= {"opacity": 0.9 if filled else 0.7, "strokeWidth": 1.2, "size": 30}
            at: Json = {"x": _field("x"), "y": _field("y")}
            if scale != 1:
                at["x"] = {"field": "x", "type": "temporal"}
            if points.bin:
                sizes = {"domain": [0, most], "range": [4, 70]}
                at["size"] = {
                    "field": "rows",
                    "type": "quantitative",
                    "legend": None,
                    "scale": sizes,
                }
            layers.append({"data": _values(told), "mark": mark, "encoding": at})
        both = len(layers) == len(counts) and not alike
        said = ["Filled: held out. Hollow: learned from."] if both else []
        said += [f"Larger points are more {self.rows}, up to {most:,}."] if points.bin else []
        return layers, " ".join(said)

    def _rows(self, points: Points | None) -> str:
        """Say how many rows are drawn."""
        if points is None:
            return ""
        learned, held = sum(points.learned), sum(points.held)
        parts = [
            f"{n:,} {what}" for n, what in ((learned, "learned from"), (held, "held out")) if n
        ]
        return f"{self.rows.capitalize()}: {' and '.join(parts)}. "

    def _line(self, one: Line, *, dashed: bool = False) -> Json:
        colour = self.colours.alarm if dashed else self.colours.accent
        mark: Json = {"type": "line", "color": colour, "strokeWidth": 2.2, "clip": True}
        if dashed:
            mark |= {"strokeDash": [6, 4], "strokeWidth": 1.8}
        values = [{"x": x, "y": y} for x, y in _fewer(one)]
        return {
            "data": _values(values),
            "mark": mark,
            "encoding": {"x": _field("x"), "y": _field("y")},
        }

    def _named(
        self, one: Line, at: int, name: str, colour: str, *, align: str = "left", **shift: int
    ) -> list[Json]:
        """Return the name of a line beside one of its places."""
        if not one.x:
            return []
        place = {"x": {"datum": one.x[at]}, "y": {"datum": one.y[at]}}
        return self._halo(name, place, align=align, color=colour, **shift)

    def _halo(self, text: str, at: Json, **mark: Any) -> list[Json]:
        """Return text with a rim of the ground, so that it can be read on points and lines."""
        words = {"type": "text", "text": text, "fontSize": 13, "fontWeight": 600, **mark}
        rim = {"stroke": self.colours.ground, "strokeWidth": 4, "color": self.colours.ground}
        ink = {"color": self.colours.ink, **mark}
        return [
            {"data": _values([{}]), "mark": {**words, **one}, "encoding": at} for one in (rim, ink)
        ]

    def _text(self, text: str, x: float, y: float, align: str = "left") -> Json:
        """Return quiet words at a place of the picture."""
        mark = {"type": "text", "text": text, "align": align, "fontSize": 12}
        place = {"x": {"value": x}, "y": {"value": y}}
        return {
            "data": _values([{}]),
            "mark": {**mark, "color": self.colours.quiet},
            "encoding": place,
        }

    def _rule(self, side: str, at: float, colour: str) -> Json:
        """Return a line across the picture."""
        return {
            "data": _values([{}]),
            "mark": {"type": "rule", "color": colour, "strokeWidth": 1},
            "encoding": {side: {"datum": at}},
        }

    def _cells(self, cells: Sequence[Json], shade: str) -> list[Json]:
        """Return cells with their counts, the darker the more; light enough to be read."""
        accent, ink = self.colours.accent, self.colours.ink
        data = _values(cells)
        scale = {"domain": [0, 1], "range": [0.04, 0.5]}
        opacity = {"field": shade, "type": "quantitative", "legend": None, "scale": scale}
        return [
            {
                "data": data,
                "mark": {"type": "rect", "color": accent},
                "encoding": {"fillOpacity": opacity},
            },
            {
                "data": data,
                "mark": {"type": "text", "color": ink, "fontSize": 13},
                "encoding": {"text": {"field": "n", "format": ","}},
            },
        ]


_MIDDLE: Final = 0.5
_METRICS: Final = {"f1": "F1", "balanced_accuracy": "balanced accuracy"}
_MOST_PLACES: Final = 60


def _values(rows: Sequence[Json]) -> Json:
    return {"values": [*rows]}


def _field(name: str) -> Json:
    return {"field": name, "type": "quantitative"}


def _extent(one: FittedCurve) -> tuple[float, float]:
    """Return from where to where the picture of a fit goes: its rows and its curve."""
    ends = [*one.curve.y, *(one.points.y if one.points else ())]
    if one.band:
        ends += [*one.band.low, *one.band.high]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or 1.0
    return (0.0 if 0 <= low <= high / 2 else low - room), high + room


def _inside(one: Line, low: float, high: float) -> Line:
    """Return the part of a line that the picture shows."""
    kept = [(x, y) for x, y in zip(one.x, one.y, strict=True) if low <= y <= high]
    x, y = zip(*kept, strict=True) if kept else ((), ())
    return type(one)(one.name, x, y)


def _beyond(one: Line, y: float) -> int:
    """Return the first place of a line that is as high as that, or its first."""
    return next((at for at, held in enumerate(one.y) if held >= y), 0)


def _fewer(one: Line) -> list[tuple[float, float]]:
    """Return the places of a line, without those that lie on it anyway."""
    places = [*zip(one.x, one.y, strict=True)]
    step = max(1, len(places) // _MOST_PLACES)
    return [*places[:-1:step], *places[-1:]]

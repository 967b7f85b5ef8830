"""The colours of pictures and reports: plain ones, and those that follow the page."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Colours(NamedTuple):
    """Each colour by what it is for, as CSS has it."""

    ink: str
    quiet: str
    line: str
    ground: str
    panel: str
    accent: str
    alarm: str

    def css(self) -> str:
        """Return them as the variables that pictures name."""
        return " ".join(f"--{name}: {value};" for name, value in self._asdict().items())

    def config(self) -> dict[str, Any]:
        """Return what Vega-Lite draws titles and axes with."""
        ink, quiet, line = self.ink, self.quiet, self.line
        return {
            "background": None,
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "title": {
                "anchor": "start",
                "color": ink,
                "fontSize": 14,
                "fontWeight": 600,
                "subtitleColor": quiet,
                "subtitleFontSize": 12,
                "subtitlePadding": 4,
                "frame": "bounds",
                "offset": 10,
            },
            "axis": {
                "labelColor": quiet,
                "titleColor": ink,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "titlePadding": 8,
                "domainColor": line,
                "tickColor": line,
                "gridColor": line,
                "gridOpacity": 0.5,
                "tickCount": 6,
                "labelLimit": 150,
            },
        }


LIGHT: Final = Colours("#1d2327", "#565f66", "#c9d0d5", "#ffffff", "#f3f5f6", "#0b5fa5", "#8f2d10")
DARK: Final = Colours("#e8ecef", "#a9b3ba", "#434c53", "#14181b", "#20262a", "#7cbcf5", "#ffb59a")

VARIABLES: Final = Colours(*(f"var(--{name}, {value})" for name, value in LIGHT._asdict().items()))
"""What follows the page that an SVG stands in; alone, it has the light ones."""


def tinted(colour: str | None) -> tuple[Colours, Colours]:
    """Return the light and the dark colours, with an accent of somebody's own where one is said.

    It is mixed with black or white until it can be read on either ground.
    """
    if colour is None:
        return LIGHT, DARK
    return (
        LIGHT._replace(accent=_readable(colour, LIGHT.panel, "#000000")),
        DARK._replace(accent=_readable(colour, DARK.panel, "#ffffff")),
    )


_ENOUGH: Final = 4.5
"""The least contrast of text, by WCAG 2.2, 1.4.3."""

_STEPS: Final = 20


def _readable(colour: str, ground: str, towards: str) -> str:
    """Return the colour, mixed with as little of another as gives enough contrast."""
    for step in range(_STEPS):
        mixed = _mixed(colour, towards, step / _STEPS)
        if contrast(mixed, ground) >= _ENOUGH:
            return mixed
    return towards


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1, as WCAG 2.2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= _DARKEST else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_DARKEST: Final = 0.04045


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _parts(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))

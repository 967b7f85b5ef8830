"""Show what was measured: as a table in the terminal, as Markdown, as JSON."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from contenders import Limit
    from measuring import Run
    from rich.table import Table as RichTable

_MB: Final = 1_000_000
_WHOLE: Final = 100
_OF_TIME: Final = ("time", "seconds")
_HEAD: Final = ["section", "asked of", "what", "reached", "at most", ""]
_PACKAGES: Final = ("numpy", "pandas", "scikit-learn", "duckdb", "polars", "pyarrow")


@dataclass
class Measured:
    """What one contender took in each round.

    ``lacking`` says why it could not take part; ``imports`` is its peak, in bytes, when
    it only imports what it imports.
    """

    name: str
    lacking: str = ""
    imports: int = 0
    runs: list[Run] = field(default_factory=list)

    @property
    def peak(self) -> float:
        """Return the median, over the rounds, of its peak memory, in bytes; 0 if not known."""
        peaks = [run.peak for run in self.runs]
        return median(peaks) if all(peaks) else 0

    @property
    def wall(self) -> float:
        """Return the median of its wall time, in seconds."""
        return median(run.wall for run in self.runs)

    def times(self, other: Measured) -> float:
        """Return the median, over the rounds, of its wall time divided by the other's."""
        pairs = zip(self.runs, other.runs, strict=True)
        return median(mine.wall / theirs.wall for mine, theirs in pairs)

    def to_json(self) -> dict[str, Any]:
        """Return every figure: seconds and bytes, round by round."""
        return {
            "name": self.name,
            "lacking": self.lacking or None,
            "imports": self.imports or None,
            "wall": [run.wall for run in self.runs],
            "cpu": [run.cpu for run in self.runs],
            "peak": [run.peak for run in self.runs],
        }


@dataclass(frozen=True, kw_only=True)
class Result:
    """One section: its contenders in order, how well they agreed, and how loaded it was."""

    section: str
    lines: int
    contenders: list[Measured]
    limits: tuple[Limit, ...]
    agreement: str
    load: tuple[float, float]

    @property
    def _known(self) -> dict[str, Measured]:
        return {one.name: one for one in self.contenders}

    @property
    def _beside(self) -> list[Measured]:
        """Return those whom others are compared with."""
        named = {limit.beside for limit in self.limits}
        return [one for one in self.contenders if one.name in named]

    def head(self) -> list[str]:
        """Return the names of the columns."""
        times = [f"× {one.name}" for one in self._beside]
        return [self.section, "wall s", "CPU s", *times, "peak MB", "above imports"]

    def rows(self) -> list[list[str]]:
        """Return the cells of the table, a row for each contender."""
        return [self._cells(one) for one in self.contenders]

    def _cells(self, one: Measured) -> list[str]:
        if not one.runs:
            return [one.name, *["-"] * (len(self.head()) - 1)]
        return [
            one.name,
            f"{one.wall:.2f}",
            f"{median(run.cpu for run in one.runs):.2f}",
            *(f"{one.times(other):.2f}" if other.runs else "-" for other in self._beside),
            f"{one.peak / _MB:.0f}" if one.peak else "-",
            f"{(one.peak - one.imports) / _MB:.0f}" if one.imports else "-",
        ]

    def verdicts(self) -> list[list[str]]:
        """Return what is asked of whom, what was reached, and whether that is enough."""
        return [self._verdict(limit) for limit in self.limits]

    def _verdict(self, limit: Limit) -> list[str]:
        beside = f" × {limit.beside}" if limit.beside else ""
        said = [self.section, limit.who, f"{limit.figure}{beside}"]
        reached = self._reached(limit)
        if reached is None:
            return [*said, "-", f"{limit.most:g}", "not known"]
        met = "met" if reached <= limit.most else "not met"
        return [*said, _figure(reached), f"{limit.most:g}", met]

    def _reached(self, limit: Limit) -> float | None:
        one = self._known[limit.who]
        other = self._known.get(limit.beside, one)
        if not one.runs or not other.runs:
            return None
        if limit.figure not in _OF_TIME and not (one.peak and other.peak):
            return None
        match limit.figure:
            case "time":
                return one.times(other)
            case "seconds":
                return one.wall
            case "memory":
                return one.peak / other.peak
            case "MB":
                return one.peak / _MB
            case "MB above imports":
                return (one.peak - one.imports) / _MB
            case "slope":
                return (one.peak - other.peak) / (limit.unit * self.lines)

    def notes(self) -> list[str]:
        """Say what the figures are of."""
        before, after = self.load
        lacking = [f"{c.name} is not available: {c.lacking}" for c in self.contenders if c.lacking]
        measured = (
            f"{self.lines:,} lines, medians of {max(len(c.runs) for c in self.contenders)}; "
            f"load of the machine: {before:.1f} before, {after:.1f} after"
        )
        return [measured, self.agreement, *lacking]

    def to_json(self) -> dict[str, Any]:
        """Return all there is to say."""
        return {
            "section": self.section,
            "lines": self.lines,
            "contenders": [one.to_json() for one in self.contenders],
            "verdicts": self.verdicts(),
            "notes": self.notes(),
        }


def _figure(value: float) -> str:
    """Write a figure with three digits, or all those of a whole number."""
    return f"{value:.0f}" if value >= _WHOLE else f"{value:.3g}"


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "cores": f"{os.cpu_count()}, {platform.machine()}",
        "Python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # then its script is shown as not available
            found[package] = "-"
    return found


def markdown(results: list[Result]) -> str:
    """Return the tables for ``docs/benchmarks.md``."""
    parts = ["; ".join(f"{name} {text}" for name, text in machine().items()) + "\n"]
    parts.append(_as_markdown(_HEAD, _verdicts(results), left=3))
    for result in results:
        parts.append(_as_markdown(result.head(), result.rows()))
        parts.append("".join(f"- {note}\n" for note in result.notes()))
    return "\n".join(parts)


def _as_markdown(head: list[str], rows: list[list[str]], *, left: int = 1) -> str:
    ruler = [*["---"] * left, *["---:"] * (len(head) - left)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ruler, *rows))


def show(results: list[Result]) -> None:
    """Print a table for each section, and last whether each did what is asked of it."""
    from rich.console import Console

    console = Console()
    for result in results:
        console.print(_as_table(result.head(), result.rows()))
        for note in result.notes():
            console.print(f"  {note}", markup=False, highlight=False)
    console.print(_as_table(_HEAD, _verdicts(results), left=3))


def _as_table(head: list[str], rows: list[list[str]], *, left: int = 1) -> RichTable:
    from rich.table import Table

    table = Table()
    for at, name in enumerate(head):
        table.add_column(name, justify="left" if at < left else "right", no_wrap=at < left)
    for row in rows:
        table.add_row(*row)
    return table


def _verdicts(results: list[Result]) -> list[list[str]]:
    return [row for result in results for row in result.verdicts()]

"""What is compared: commands that are timed, side by side, and what is asked of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import measuring
from measuring import Run

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).resolve().parent
MLCLI: Final = ("-m", "mlcli")


class FailedError(Exception):
    """A command that must work did not."""


def printed(run: Run) -> Any:
    """Return what a run printed."""
    return run.out


def first_complaint(run: Run) -> Any:
    """Return the first line that a run printed beside its answer."""
    return run.err.partition("\n")[0]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One command that is timed.

    Attributes
    ----------
    name
        What the table calls it.
    words
        What follows ``python``.
    found
        What is taken from a run, to be held against others.
    python
        What runs it.
    codes
        The exit codes that it may end with if it does what it should.
    optional
        Whether it may lack what it needs; the table then says so.
    makes
        What is removed before each run.
    most_memory
        Bytes that it may ask for, so that one that takes all there is harms nobody else.
    """

    name: str
    words: tuple[str, ...]
    found: Callable[[Run], Any] = printed
    python: str = sys.executable
    codes: tuple[int, ...] = (0,)
    optional: bool = False
    makes: tuple[Path, ...] = ()
    most_memory: int | None = None

    def clean(self) -> None:
        """Remove what an earlier run made."""
        for path in self.makes:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def run(self, folder: Path) -> Run:
        """Run it once, from nothing, in a folder."""
        self.clean()
        return measuring.run([self.python, *self.words], folder, self.most_memory)


Figure = Literal["time", "memory", "seconds", "MB", "MB above imports", "slope"]


class Limit(NamedTuple):
    """How much a contender may take.

    Attributes
    ----------
    who
        The contender.
    figure
        ``time`` and ``memory`` are the times it takes as much as ``beside``; ``seconds``,
        ``MB`` and ``MB above imports`` are its own; ``slope`` is the memory that it takes
        more than ``beside``, in ``unit``.
    most
        What is asked for.
    beside
        Another contender.
    unit
        Bytes, for each line of the section.
    """

    who: str
    figure: Figure
    most: float
    beside: str = ""
    unit: float = 1


@dataclass(frozen=True, kw_only=True)
class Section:
    """A comparison: who takes part in it, and whether they found the same.

    Attributes
    ----------
    folder
        The project, in which commands run.
    contenders
        All who may take part, in the order in which they run.
    limits
        What is asked of them.
    reads
        Large files, which are read once before the first round.
    check
        Says how well what was found agrees, by name of contender; raises
        ``DisagreeError`` where it does not.
    prepare
        Does what comes before and is not timed.
    """

    folder: Path
    contenders: tuple[Contender, ...]
    limits: tuple[Limit, ...]
    check: Callable[[dict[str, Any]], str]
    reads: tuple[Path, ...] = ()
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A section that can be asked for, and what it works on.

    Attributes
    ----------
    project
        What ``make_exports.py`` is to make.
    lines
        Of how many lines; of a ``fixed`` number, or less on demand.
    section
        Makes it, in the folder of the project.
    repeats
        How many runs a round counts for; more where one takes no time.
    disk
        How many bytes a line takes of the disk, where that is worth a word before.
    """

    project: str
    lines: int
    section: Callable[[Path], Section]
    fixed: bool = False
    repeats: int = 1
    disk: float = 0


def plain(script: str, *words: object) -> tuple[str, ...]:
    """Return the words that run a plain script on some files."""
    return (str(HERE / "plain" / script), *map(str, words))


def must(words: tuple[str, ...], folder: Path) -> str:
    """Run Python on some words, and return what it printed.

    Raises
    ------
    FailedError
        The exit code is not 0.
    """
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=measuring.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr or ended.stdout
        raise FailedError(f"{' '.join(words)}\nexit {ended.returncode}: {said.strip()}")
    return ended.stdout

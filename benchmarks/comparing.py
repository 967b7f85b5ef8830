"""Compare the contenders of one section: try them on few lines, then time them in turn."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Final

import measuring
from contenders import HERE, Contender, FailedError, Section, must
from report import Measured, Result
from sections import LARGE, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from contenders import Entry
    from measuring import Run

FEW: Final = 2_000
"""So many lines are enough to find out who can take part, and what they import."""
_ASKED_WRONGLY: Final = 2
_LACKS_SOMETHING: Final = 5


def compare(name: str, root: Path, size: float, rounds: int) -> Result:
    """Measure one section.

    Parameters
    ----------
    name
        One of ``SECTIONS``, or of ``LARGE``.
    root
        Where its files are, or are made.
    size
        How many times its lines are read, such as 0.1.
    rounds
        How often all contenders take their turns.

    Raises
    ------
    FailedError
        A contender failed that needs nothing optional.
    DisagreeError
        Two contenders found different things.
    """
    entry = {**SECTIONS, **LARGE}[name]
    lines = entry.lines if entry.fixed else max(FEW, round(entry.lines * size))
    _require_room(name, root, entry.disk * lines)
    few = _made(entry, root, entry.lines if entry.fixed else FEW)
    measured = _tried(few)
    able = [one.name for one in measured.values() if not one.lacking]
    section = few if entry.fixed or lines == FEW else _made(entry, root, lines)
    _read_once(section)
    before = os.getloadavg()[0]
    said = ""
    for number in range(1, rounds * entry.repeats + 1):
        runs, said = _one_round(section, able, f"{name}, round {number}")
        for who, took in runs.items():
            measured[who].runs.append(took)
    return Result(
        section=name,
        lines=lines,
        contenders=list(measured.values()),
        limits=section.limits,
        agreement=said,
        load=(before, os.getloadavg()[0]),
    )


def tell(text: str) -> None:
    """Print a line to stderr at once."""
    print(text, file=sys.stderr, flush=True)


def _require_room(name: str, root: Path, needed: float) -> None:
    """Say how much of the disk a section takes, before it begins, and raise if there is less."""
    if not needed:
        return
    free = shutil.disk_usage(root).free
    tell(f"{name}: it takes up to {needed / 1e9:.1f} GB in {root}, where {free / 1e9:.1f} are free")
    if needed > free:
        raise FailedError("the disk is too small: name another by  --folder,  or less by  --size")


def _made(entry: Entry, root: Path, lines: int) -> Section:
    """Return a section; its files are made if they are not there."""
    folder = root / f"{lines}-lines" / entry.project
    must((str(HERE / "make_exports.py"), entry.project, str(folder), str(lines)), root)
    section = entry.section(folder)
    if section.prepare:
        section.prepare()
    return section


def _tried(few: Section) -> dict[str, Measured]:
    """Try every contender on few lines: who can take part, and what its imports take."""
    measured = {c.name: Measured(c.name) for c in few.contenders}
    found: dict[str, Any] = {}
    for contender in few.contenders:
        took = contender.run(few.folder)
        lacking = measured[contender.name].lacking = _lacking(contender, took)
        if not lacking:
            found[contender.name] = contender.found(took)
    few.check(found)
    wanted = {one.who for one in few.limits if one.figure == "MB above imports"}
    for contender in few.contenders:
        if contender.name in wanted & set(found):
            measured[contender.name].imports = _imports(few, contender)
    return measured


def _lacking(contender: Contender, took: Run) -> str:
    """Return why a contender cannot take part here, or nothing."""
    if took.code in contender.codes:
        return ""
    lacks = took.code in {_ASKED_WRONGLY, _LACKS_SOMETHING} or "ModuleNotFoundError" in took.err
    if not contender.optional or not lacks:
        raise _failed(contender, took)
    said = took.err.strip().splitlines() or ["it says nothing"]
    return next((line for line in said if line.lower().startswith("error")), said[-1])


def _failed(contender: Contender, took: Run) -> FailedError:
    said = (took.err or took.out).strip()
    return FailedError(f"{contender.name}: exit {took.code} after {took.wall:.0f} s\n{said}")


def _imports(few: Section, contender: Contender) -> int:
    """Return the peak memory, in bytes, of only importing what a contender imports."""
    script, listed = str(HERE / "imports.py"), str(few.folder / "modules.txt")
    contender.clean()
    must(("-P", script, "list", listed, *contender.words), few.folder)
    took = measuring.run([sys.executable, "-P", script, "only", listed], few.folder)
    if took.code:
        raise _failed(contender, took)
    return took.peak


def _one_round(section: Section, able: Sequence[str], said: str) -> tuple[dict[str, Run], str]:
    """Run those who can take part, in turn; return what they took, and how well they agree."""
    runs: dict[str, Run] = {}
    found: dict[str, Any] = {}
    for contender in section.contenders:
        if contender.name not in able:
            continue
        took = contender.run(section.folder)
        if took.code not in contender.codes:
            raise _failed(contender, took)
        tell(f"{said}: {took.wall:8.2f} s  {took.peak / 1e6:5.0f} MB  {contender.name}")
        runs[contender.name] = took
        found[contender.name] = contender.found(took)
    return runs, section.check(found)


def _read_once(section: Section) -> None:
    """Read the large files, so that the first contender does not wait for the disk."""
    for path in section.reads:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass

"""mlcli start - from exports to a definition, a fitted model, and what to try next."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from mlcli import wording
from mlcli.cli import progress
from mlcli.errors import AskedWronglyError, EnvironmentProblemError, MlcliError, StoppedError
from mlcli.screens import say
from mlcli.store.files import write_new
from mlcli.verbs import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.exports.reading_progress import Watch
    from mlcli.verbs.fit import Fit
    from mlcli.verbs.source_of_file import Export
    from mlcli.verbs.start.proposal import Proposal
    from mlcli.verbs.start.propose import FirstFit


class Example(StrEnum):
    """A playground that comes with the package."""

    PIZZERIA = "pizzeria"
    GAMEDROP = "gamedrop"


def start(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE | FOLDER]...",
            help="Exports: CSV, Excel or Parquet files, or folders of them.",
        ),
    ] = None,
    *,
    ask: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What you want to know: a column;  count of rows per day;  "
            "sum of COLUMN where COLUMN is VALUE per day (week, month);  suggest COLUMN.",
        ),
    ] = None,
    known: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="What is known beforehand; all that can be, if not."),
    ] = None,
    drop_days: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="Weekdays to leave out, such as Friday,Saturday."),
    ] = None,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why they are left out.")] = "",
    baseline: Annotated[
        str,
        typer.Option(metavar="TEXT", help="The rule you use today: 10 + 2 * reservations."),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What to call it; as what is asked, if not.")
    ] = "",
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="How an export is written where it cannot say: 'till.csv: {decimal: \",\"}'.",
        ),
    ] = None,
    example: Annotated[
        Example | None,
        typer.Option("--example", help="Set up a playground in this folder, with sample exports."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take all that is proposed.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Ask with numbered lists, without arrow keys.")
    ] = False,
    quiet: progress.NoBar = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Begin with your exports: define, fit, and say what to try next."""
    from mlcli.screens import start_questions
    from mlcli.verbs.start import propose, seen

    if example is not None:
        _set_up(example, json=json)
        return
    home = project.find(project.here())
    if name:
        propose.free(name, home)
    if baseline:
        propose.rule(baseline)
    days = tuple(day.strip() for day in drop_days.split(",")) if drop_days else ()
    options = propose.StartOptions(tuple(dict.fromkeys(known or ())), days, because, baseline, name)
    with progress.watch(quiet=quiet) as watch:
        begun = start_questions.Begun(
            home, *_exports(files or [], watch), seen.keys_said(source or []), ask, options, watch
        )
        exports = begun.looked()
        if yes:
            first = begun.all_proposed(exports)
        elif json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            begun.print_questions(exports, [str(path) for path in files or []])
            return
        else:
            first = begun.by_asking(exports, plain=plain or os.environ.get("TERM") == "dumb")
    files = [one.keys["file"] for one in first.proposal.sources]
    read = [one for one in exports if one.view.source["file"] in files]
    _finish(home, first, [line for one in read for line in one.left_beside()], json=json)


def _exports(
    files: Sequence[Path], watch: Watch
) -> tuple[list[tuple[Export, str]], frozenset[str]]:
    """Return exports, each with the name that a source would give it, and those of folders."""
    from mlcli.verbs.source_of_file import Export

    found: list[Path] = []
    of_folders: list[Path] = []
    here = Path(project.FOLDER.get())
    for path in files or [one for one in (here / "data", here) if one.is_dir()][:1]:
        if path.is_dir():
            of_folders += project.exports_in(path)
        else:
            found.append(path)
    exports = [
        (Export(p, p.as_posix(), watch), project.named_from_root(p)) for p in (*found, *of_folders)
    ]
    return exports, frozenset(path.as_posix() for path in of_folders)


def _finish(home: project.Project, first: FirstFit, beside: Sequence[str], *, json: bool) -> None:
    """Write the definition, keep the model, and say what to try next.

    ``beside`` are lines about what stands beside the tables, and is left out.
    """
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import fit as verb
    from mlcli.verbs import next_steps

    proposal = first.proposal
    path = home.root / proposal.file
    _write(path, proposal.file, proposal.text().encode())
    try:
        fitted = verb.keep(
            home,
            proposal.name,
            first.given,
            first.made,
            datetime.now(UTC),
            warnings=first.warnings,
            writing=unbroken,
        )
    except StoppedError as stopped:
        raise type(stopped)([proposal.file, *stopped.saved]) from None
    except (MlcliError, OSError):
        path.unlink(missing_ok=True)
        raise
    say.warnings(first.warnings)
    if json:
        done = {"definition": proposal.to_json(), "written": [proposal.file]}
        then = next_steps.as_json(next_steps.after_fit([fitted.manifest]))
        say.result({"name": proposal.name, **done, **verb.as_json([fitted])}, then)
        return
    from mlcli.screens import fit_and_evaluate

    with say.report_of([proposal.file, fitted.manifest.id]):
        _written(proposal, beside)
        fit_and_evaluate.fitted(fitted, then=False)
        say.answer("")
        _what_next(proposal, fitted)


def _write(path: Path, shown: str, content: bytes) -> None:
    """Write a file where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, content)
    except OSError as error:
        raise EnvironmentProblemError(
            f"it cannot be written: {error.strerror or error}", place=shown
        ) from error


def _written(proposal: Proposal, beside: Sequence[str]) -> None:
    """Say what was written, in a line or two."""
    left = wording.count(len(proposal.left_out or {}), "column")
    because = (
        f"; {left} left out: the reasons stand in {proposal.file}" if proposal.left_out else ""
    )
    names = wording.both([one.name for one in proposal.features], most=6)
    _wrapped(f"{proposal.file} is written: {proposal.label.name} by {names}{because}")
    for line in beside:
        say.answer(wording.cut(wording.plain(line), max(72, get_terminal_size().columns)))
    say.answer("")


def _what_next(proposal: Proposal, fitted: Fit) -> None:
    """Say which commands to try now."""
    from mlcli.verbs import next_steps

    say.answer("what next")
    steps = next_steps.first(next_steps.after_fit([fitted.manifest]))
    rows = [[f"  {step.line}", step.why] for step in steps]
    _table([row for row in rows if len(row[0]) < _LONGEST] or rows)
    _wrapped(f"  change a line of {proposal.file}, then  mlcli fit {wording.quoted(proposal.name)}")


_LONGEST = 400
"""Letters of a command that is shown: one with a hundred features is for programs."""


def _table(rows: list[list[str]]) -> None:
    """Print commands, each with what it is for beside it, or below where there is no room."""
    lines = wording.aligned(rows, [False, False])
    if max(map(wording.width, lines)) > get_terminal_size().columns:
        lines = [part for command, why in rows for part in (command, f"      {why}")]
    for line in lines:
        say.answer(line)


def _wrapped(text: str) -> None:
    """Print a text in lines that a terminal has room for."""
    for line in wording.wrapped(wording.plain(text), max(72, get_terminal_size().columns)):
        say.answer(line)


# ---- a playground ---------------------------------------------------------------------------


def _set_up(example: Example, *, json: bool) -> None:
    """Write the files of an example into the current folder, and overwrite none."""
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import next_steps

    root = project.here()
    files = _example(example)
    for name in files:
        if (root / name).exists():
            raise AskedWronglyError(
                f"{name} is there already, and is not overwritten",
                hint="set the playground up in an empty folder",
            )
    with unbroken() as saved:
        for name, content in files.items():
            _write(root / name, name, content)
            saved.append(name)
    fit = next_steps.NextCommand(("fit", example.value), "learn from the exports")
    if json:
        say.result({"example": example.value, "written": [*files]}, next_steps.as_json([fit]))
        return
    _wrapped(f"{wording.both([*files])} are written")
    say.answer("")
    say.answer("what next")
    _table(
        [
            [f"  {fit.line}", fit.why],
            [f"  {_ASKED[example]}", "ask it"],
        ]
    )


_ASKED = {
    Example.PIZZERIA: "mlcli predict --reservations 15",
    Example.GAMEDROP: "mlcli recommend --budget cheap --play adventure",
}


def _example(example: Example) -> dict[str, bytes]:
    """Return the files of an example, by where they belong in a project."""
    import gzip
    from importlib import resources

    found: dict[str, bytes] = {}
    for folder in (resources.files("mlcli.cli") / "examples" / example.value).iterdir():
        for file in folder.iterdir():
            name, content = f"{folder.name}/{file.name}", file.read_bytes()
            plain = name.removesuffix(".gz")
            found[plain] = content if plain == name else gzip.decompress(content)
    return dict(sorted(found.items()))

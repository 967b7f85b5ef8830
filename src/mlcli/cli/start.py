"""mlcli start - from exports to a definition, a fitted model, and what to try next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlcli import wording
from mlcli.cli import progress, say
from mlcli.errors import AskedWronglyError, EnvironmentProblemError, StoppedError
from mlcli.verbs import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.exports.reading_progress import Watch
    from mlcli.verbs.fit import Fit
    from mlcli.verbs.start.propose import Ready
    from mlcli.verbs.start.seen import SeenExport
    from mlcli.verbs.source_of_file import Export


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
        typer.Option(metavar="DAYS", help="Weekdays unlike the others, such as Friday,Saturday."),
    ] = None,
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why they are.")] = "",
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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take all that is proposed.")] = False,
    quiet: progress.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Begin with your exports: define, fit, and say what to try next."""
    from mlcli.verbs.start import propose, questions, seen

    del yes
    home = project.find(Path.cwd())
    days = tuple(day.strip() for day in drop_days.split(",")) if drop_days else ()
    wishes = propose.Wishes(tuple(known or ()), days, because, baseline, name)
    with progress.watch(quiet=quiet) as watch:
        exports = seen.look(_exports(files or [], watch), _said(source or []))
        if ask is None:
            ready = propose.first_ready(exports, wishes, home, watch)
        else:
            found, export = questions.asked(ask, exports)
            proposal = propose.propose(found, export, exports, wishes, home=home, watch=watch)
            ready = propose.ready(proposal, home, watch)
    _finish(home, ready, json=json)


def _exports(files: Sequence[Path], watch: Watch) -> list[tuple[Export, str]]:
    """Return exports, each with the name that a source would give it."""
    from mlcli.verbs.source_of_file import Export

    found: list[Path] = []
    for path in files:
        found += project.exports_in(path) if path.is_dir() else [path]
    if not found:
        raise AskedWronglyError("no export is named", hint="mlcli start FILE ...")
    return [(Export(p, p.as_posix(), watch), project.named_from_root(p)) for p in found]


def _said(sources: Sequence[str]) -> dict[str, Any]:
    """Return the keys of sources that options say, by export."""
    from mlcli.definition.yaml_text import Document, YamlError

    found: dict[str, Any] = {}
    for text in sources:
        try:
            value = Document(text).value
        except YamlError as error:
            raise AskedWronglyError(f"--source: {error}", hint=_SOURCE) from error
        if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
            raise AskedWronglyError(f"--source: {text!r} names no keys of an export", hint=_SOURCE)
        for file, keys in value.items():
            found[file] = {**found.get(file, {}), **keys}
    return found


_SOURCE = "write  --source 'till.csv: {decimal: \",\"}'"


def _finish(home: project.Project, ready: Ready, *, json: bool) -> None:
    """Write the definition, keep the model, and say what to try next."""
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import fit as verb

    proposal = ready.proposal
    path = home.root / proposal.file
    with unbroken() as saved:
        _write(path, proposal.file, proposal.text())
        saved.append(proposal.file)
    fitted = verb.keep(
        home,
        proposal.name,
        ready.given,
        ready.made,
        datetime.now(UTC),
        warnings=ready.warnings,
        writing=unbroken,
    )
    _show(ready, fitted, json=json)


def _write(path: Path, shown: str, text: str) -> None:
    """Write a definition where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise AskedWronglyError(
            f"{shown} is there already, and is not overwritten", hint="--name NAME  writes another"
        ) from error
    except OSError as error:
        raise EnvironmentProblemError(
            f"it cannot be written: {error.strerror or error}", place=shown
        ) from error


def _show(ready: Ready, fitted: Fit, *, json: bool) -> None:
    say.warnings(ready.warnings)
    if json:
        from mlcli.verbs import fit as verb

        say.as_json(
            {
                "schema_version": 1,
                "name": ready.proposal.name,
                "definition": ready.proposal.to_json(),
                "written": [ready.proposal.file],
                **verb.as_json([fitted]),
            }
        )
        return
    from mlcli.cli.screens import fit_and_evaluate

    for line in ready.proposal.text().splitlines():
        say.answer(line)
    fit_and_evaluate.fitted(fitted)

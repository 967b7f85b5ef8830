"""mlcli compare - say which model is better, or that the rows cannot tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mlcli.cli import options, progress
from mlcli.screens import say
from mlcli.verbs import project


def _names(incomplete: str) -> list[str]:
    if "@" not in incomplete:
        return options.definitions(incomplete)
    return options.stored_versions(incomplete)


def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Definitions in configs/, or YAML files; or stored versions, as NAME@3.",
            autocompletion=_names,
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models",
            metavar="MODEL,MODEL",
            help="Models to try in one definition: ridge, or ridge:penalty=0.5.",
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print nothing but errors: no verdict, unless --json."),
    ] = False,
    verbose: progress.Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which model is better on the same rows, and by how much.

    Nothing is kept of it but a line in the history of runs.
    """
    from mlcli.verbs import compare, next_steps

    with progress.watch(quiet=quiet, doing="compared" if verbose else "") as watch:
        ready = compare.ready(project.here(), names or [], models or [], watch)
        with progress.counting("folds", quiet=quiet) as tell:
            found = compare.compare(ready, now=datetime.now(UTC), tell=tell)
    if not quiet:
        say.warnings(found.warnings)
        if found.looks.problem:
            say.note(f"note: {found.looks.problem}")
    then = next_steps.after_compare(found, names or [], models or [], tried=json)
    if json:
        say.result(found.to_json(), next_steps.as_json(then))
    elif not quiet:
        from mlcli.screens import compare as screen

        screen.compared(found, then)

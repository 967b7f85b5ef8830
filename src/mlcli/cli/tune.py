"""mlcli tune - choose hyperparameters by what they are worth on rows not learned from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mlcli.cli import options, progress
from mlcli.screens import say
from mlcli.verbs import project


def tune(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A definition in configs/ with the key tune, or a YAML file.",
            autocompletion=options.definitions,
        ),
    ],
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Keep no version: only show what would be chosen.")
    ] = False,
    said: options.Said = None,
    quiet: progress.Quiet = False,
    verbose: progress.Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Try hyperparameters, say which to take, and keep a version.

    The definition says what to try, as  tune: {degree: 1 to 8}; its file stays as it is.
    """
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import next_steps, tune

    home, path = project.definition(project.here(), name)
    doing = f"tuned {path.stem}" if verbose else ""
    with (
        progress.watch(quiet=quiet, doing=doing) as watch,
        progress.counting("fits", quiet=quiet) as advanced,
    ):
        tuned = tune.tune(
            home,
            path,
            now=datetime.now(UTC),
            dry=dry,
            said=said or (),
            watch=watch,
            advanced=advanced,
            writing=unbroken,
        )
    if not quiet:
        say.warnings(tuned.warnings)
    with say.report_of([tuned.fit.manifest.id] if tuned.fit else []):
        kept = tuned.fit.manifest if tuned.fit else None
        named = name if name == path.stem else str(path)
        then = next_steps.after_tune(named, said or [], kept, unsure=tuned.unsure)
        if json:
            say.result(tuned.to_json(), next_steps.as_json(then, home))
        elif not quiet:
            from mlcli.screens import tune as screen

            screen.tuned(tuned, then)

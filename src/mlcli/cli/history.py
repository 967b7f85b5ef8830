"""mlcli history - every fit, and whether it made the model better; mlcli use - go back to one."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from mlcli import wording
from mlcli.cli import options
from mlcli.screens import say
from mlcli.verbs import project


def history(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="Which model; all if not said.", autocompletion=options.models
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", metavar="N", min=1, help="Only the newest N runs of each model."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show every fit, and whether it did better than the one before."""
    from mlcli.verbs import history as verb
    from mlcli.verbs import next_steps

    found = verb.history(project.find(project.here()), name, last=last)
    then = next_steps.after_history(found.models)
    if json:
        say.result(found.to_json(), next_steps.as_json(then))
    else:
        from mlcli.screens import history

        history.show(found.models, _signs(), then, most=_MOST if last is None else None)
    if found.unreadable:
        many = wording.count(len(found.unreadable), "line")
        which = wording.listed([str(number) for number in found.unreadable])
        say.note(f"{many} of models/runs.jsonl cannot be read and left out: line {which}")


def use(
    named: Annotated[
        str,
        typer.Argument(
            metavar="NAME@N",
            help="A stored version: pizzeria@2 is the second.",
            autocompletion=options.stored_versions,
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let another version answer.

    No version is changed, and none is lost. A fit that learns something new answers itself.
    """
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import history as verb

    with unbroken():
        found = verb.use(project.find(project.here()), named, now=datetime.now(UTC))
    if json:
        from mlcli.verbs import next_steps

        say.result(found.to_json(), next_steps.as_json(next_steps.after_use(found.manifest)))
    elif found.before == found.manifest.version:
        say.answer(f"{found.manifest.id} answers already")
    else:
        was = f"; {found.manifest.name}@{found.before} did before" if found.before else ""
        say.answer(f"{found.manifest.id} answers now{was}")


_MOST: Final = 1000
"""Runs that are shown where it is not said how many: more take seconds, and nobody reads them."""


def _signs() -> str:
    """Return what figures are drawn with: blocks, if the terminal has them."""
    from mlcli.verbs.history import BLOCKS, PLAIN

    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return PLAIN
    return BLOCKS

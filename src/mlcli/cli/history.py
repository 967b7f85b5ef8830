"""mlcli history - every fit, and whether it made the model better."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcli import wording
from mlcli.cli import options, say
from mlcli.store import runs
from mlcli.store.runs import Step
from mlcli.verbs import history as verb
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
    found = verb.history(project.find(Path.cwd()), name)
    shown = {model: steps[-(last or 0) :] for model, steps in found.models.items()}
    if json:
        say.as_json(
            {
                "runs": [_entry(step) for steps in shown.values() for step in steps],
                "sparklines": {model: runs.sparkline(steps) for model, steps in shown.items()},
                "unreadable": found.unreadable,
            }
        )
    else:
        from mlcli.cli.screens import history

        history.show(shown, _signs())
    if found.unreadable:
        many = wording.count(len(found.unreadable), "line")
        which = wording.listed([str(number) for number in found.unreadable])
        say.note(f"{many} of models/runs.jsonl cannot be read and left out: line {which}")


def _signs() -> str:
    """Return what figures are drawn with: blocks, if the terminal has them."""
    try:
        runs.BLOCKS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return runs.PLAIN
    return runs.BLOCKS


def _entry(step: Step) -> dict[str, Any]:
    run = step.run
    return {
        "at": run.at.isoformat(),
        "model": run.model,
        "version": run.version,
        "new": run.new,
        "algorithm": run.algorithm,
        "metric": run.metric,
        "holdout": run.figure,
        "unit": run.unit,
        "interval": run.interval,
        "better": run.better,
        "change": step.change,
        "direction": step.direction,
        "verdict": run.verdict,
        "digests": {"definition": run.definition, "data": run.data, "holdout": run.holdout},
        "changed": step.changed,
    }

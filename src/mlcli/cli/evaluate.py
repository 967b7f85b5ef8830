"""mlcli evaluate - say how good a fitted model is, beside baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlcli import project, store
from mlcli.cli import options, say


def evaluate(
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="Which model; not needed if there is one.",
            autocompletion=options.models,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            readable=False,
            help="A CSV file with the features and the label, to judge the model on.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how wrong a model is, on rows that it did not learn from."""
    from mlcli import workflow

    found = project.find(Path.cwd())
    name = model or options.only(store.names(found.models))
    result = workflow.evaluate_file(found, name, data) if data else workflow.evaluate(found, name)
    if json:
        manifest = result.manifest
        say.as_json(
            {
                "model": manifest.name,
                "version": manifest.version,
                "of": result.of,
                "rows": result.rows,
                "final": manifest.data["final"],
                "metrics": result.metrics,
                "worst": result.worst,
                "equation": manifest.data["equation"],
                "left_out": result.left_out,
            }
        )
        return
    from mlcli.cli import tables

    tables.evaluated(result)

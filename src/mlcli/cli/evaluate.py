"""mlcli evaluate - say how good a fitted model is, beside baselines."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlcli.cli import options, progress
from mlcli.screens import say
from mlcli.store import versions
from mlcli.verbs import project

if TYPE_CHECKING:
    from mlcli.verbs import evaluate as verb


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
    plot: options.Plot = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the figures, and nothing below them.")
    ] = False,
    verbose: progress.Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a model on rows that it did not learn from.

    Of a catalogue, show whether its lists keep to what is wished for.
    """
    from mlcli.verbs import evaluate as verb
    from mlcli.verbs import next_steps

    found = project.find(project.here())
    name = model or options.only(versions.names(found.models))
    manifest = options.stored(name).whole()
    with progress.watch(quiet=quiet, doing=f"judged {manifest.id}" if verbose else "") as watch:
        result = verb.judge(manifest, found.models, data, now=datetime.now(UTC), watch=watch)
    then = next_steps.after_evaluate(manifest)
    draw_it = partial(_draw, result, beside=json) if plot else None
    if json:
        say.result(result.to_json(), next_steps.as_json(then))
        if draw_it and not quiet:
            draw_it()
    elif isinstance(result, verb.ListEvaluation):
        from mlcli.screens import classes_and_lists

        classes_and_lists.evaluated(result, then, draw_it, brief=quiet)
    else:
        from mlcli.screens import fit_and_evaluate

        fit_and_evaluate.evaluated(result, then, draw_it, brief=quiet)


def _draw(result: verb.Evaluation | verb.ListEvaluation, *, beside: bool) -> None:
    from mlcli.screens import plot
    from mlcli.verbs import picture

    plot.show(partial(plot.whole, picture.of_judged(result)), beside=beside)

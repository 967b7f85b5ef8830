"""mlcli tune - choose hyperparameters by what they are worth on rows not learned from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlcli.cli import options, progress, say
from mlcli.verbs import project

if TYPE_CHECKING:
    from mlcli.judging.grid_search import Figure
    from mlcli.verbs.tune import Tuned


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
    quiet: progress.Quiet = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Try hyperparameters, say which to take, and keep a version.

    The definition says what to try, as  tune: {degree: 1 to 8}; its file stays as it is.
    """
    from mlcli.verbs import tune

    home, path = project.definition(Path.cwd(), name)
    with progress.watch(quiet=quiet) as watch, progress.counting("fits", quiet=quiet) as advanced:
        tuned = tune.tune(
            home, path, now=datetime.now(UTC), dry=dry, watch=watch, advanced=advanced
        )
    say.warnings(tuned.warnings)
    if json:
        say.as_json(_object(tuned))
        return
    from mlcli.cli.screens import tune as screen

    screen.tuned(tuned)


def _object(tuned: Tuned) -> dict[str, Any]:
    """Return the documented object."""
    search, fit, difference = tuned.search, tuned.fit, tuned.search.difference
    return {
        "model": tuned.name,
        "version": fit.manifest.version if fit else None,
        "new": bool(fit and fit.new),
        "rows": search.rows,
        "folds": search.words,
        "metric": "wrong" if search.classes else "mae",
        "unit": "" if search.classes else tuned.unit,
        "grid": [
            {
                "values": one.values,
                **_figure(one.error),
                "why": one.why or None,
                "lowest": at == search.choice.lowest,
                "chosen": at == search.choice.taken,
            }
            for at, one in enumerate(search.candidates)
        ],
        "chosen": search.chosen,
        "line": tuned.line,
        "same": tuned.same,
        "tuned": {**_figure(search.tuned), "in_folds": list(search.in_folds)},
        "as_written": _figure(search.written),
        "better_by": None
        if difference is None
        else {"mean": difference.mean, "low": difference.low, "high": difference.high},
        "metrics": fit.manifest.data["metrics"] if fit else None,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"error": figure.mean, "sd": figure.sd, "folds": list(figure.folds)}

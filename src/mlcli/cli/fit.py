"""mlcli fit - learn models from their definitions."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mlcli import wording
from mlcli.cli import options, progress
from mlcli.errors import AskedWronglyError, MlcliError, StoppedError
from mlcli.screens import in_words, say
from mlcli.verbs import project

if TYPE_CHECKING:
    from mlcli.verbs import fit as verb


class EngineName(StrEnum):
    """What reads exports."""

    PANDAS = "pandas"
    DUCKDB = "duckdb"
    SPARK = "spark"


def fit(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Definitions in configs/, or YAML files; all of configs/ if none is named.",
            autocompletion=options.definitions,
        ),
    ] = None,
    final: Annotated[
        bool,
        typer.Option(
            "--final",
            help="Learn from held-out rows too; the figures stay the judged model's.",
        ),
    ] = False,
    engine: Annotated[
        EngineName | None,
        typer.Option("--engine", help="What reads the exports, whatever the definition says."),
    ] = None,
    said: options.Said = None,
    plot: options.Plot = False,
    if_better: Annotated[
        bool,
        typer.Option(
            "--if-better",
            help="Keep it only if it is shown to be better than the model that answers now.",
        ),
    ] = False,
    quiet: progress.Quiet = False,
    verbose: progress.Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn from exports, judge on held-out rows, and keep the model."""
    from mlcli.cli.unbroken import unbroken
    from mlcli.verbs import fit as verb

    here = project.here()
    if names:
        wanted = [project.definition(here, name) for name in names]
    else:
        found, paths = project.all_definitions(here)
        wanted = [(found, path) for path in paths]
    if said and len(wanted) > 1:
        raise AskedWronglyError(
            f"--set changes one definition, and there are {len(wanted)}",
            hint=f"name one:  mlcli fit {wording.quoted(wanted[0][1].stem)}",
        )
    fitted: list[verb.Fit] = []
    try:
        for home, path in wanted:
            doing = f"fitted {path.stem}" if verbose else ""
            with progress.watch(quiet=quiet, doing=doing) as watch:
                fitted.append(
                    verb.fit(
                        home,
                        path,
                        now=datetime.now(UTC),
                        final=final,
                        engine=engine and engine.value,
                        said=said or (),
                        if_better=if_better,
                        watch=watch,
                        writing=unbroken,
                    )
                )
        with say.report_of([one.manifest.id for one in fitted]):
            _show(fitted, wanted[0][0], quiet=quiet, plot=plot, json=json)
        for one in [] if quiet else fitted:
            if final and (why := in_words.of(one.manifest).not_final):
                say.note(f"{one.manifest.name}: {why}")
    except StoppedError as stopped:
        before = [one.manifest.id for one in fitted if one.new]
        stopped = type(stopped)([*before, *stopped.saved])
        stopped.done = verb.as_json(fitted) if fitted else {}
        raise stopped from None
    except MlcliError as error:
        error.done = {**(verb.as_json(fitted) if fitted else {}), **error.done}
        if 0 < len(fitted) < len(wanted):
            kept = ", ".join(one.manifest.id for one in fitted)
            error.summary = f"{error.summary} ({kept} fitted before it and kept)"
        raise


def _show(
    fitted: list[verb.Fit], home: project.Project, *, quiet: bool, plot: bool, json: bool
) -> None:
    for one in [] if quiet else fitted:
        say.warnings(one.warnings)
    if json:
        from mlcli.verbs import fit as verb
        from mlcli.verbs import next_steps

        there = [one.manifest for one in fitted if one.manifest.folder.is_relative_to(home.models)]
        then = next_steps.after_fit(there)
        say.result(verb.as_json(fitted), next_steps.as_json(then, home))
        for one in fitted if plot and not quiet else []:
            _draw(one, beside=True)
        return
    if quiet:
        return
    from mlcli.screens import fit_and_evaluate

    for at, one in enumerate(fitted):
        if at:
            say.answer("")
        fit_and_evaluate.fitted(one, draw_it=partial(_draw, one, beside=False) if plot else None)


def _draw(one: verb.Fit, *, beside: bool) -> None:
    from mlcli.screens import plot
    from mlcli.verbs import picture

    plot.show(partial(plot.first, picture.of(one.manifest)), beside=beside)

"""mlcli report - write all there is to say of a version into one file."""

from __future__ import annotations

import asyncio
import json as jsons
import sys
from datetime import UTC, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlcli import wording
from mlcli.cli import options, output_file
from mlcli.errors import EnvironmentProblemError, missing_extra
from mlcli.screens import say
from mlcli.store import versions
from mlcli.verbs import project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.pictures.specs import Drawing
    from mlcli.store.manifest import Manifest


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"
    SVG = "svg"
    VEGA = "vega"


def report(
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME[@N]]",
            help="Which model, or which version of it; not needed if there is one.",
            autocompletion=options.stored_versions,
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option("--format", help="html, md, or the pictures alone: svg, or as Vega-Lite."),
    ] = Format.HTML,
    output: Annotated[
        Path | None,
        typer.Option(
            readable=False, metavar="FILE", help="Where to; reports/NAME-N.html if not said."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a report of a model, to read or send.

    The file opens without a network; pictures are written beside a report in Markdown.
    """
    home = project.find(project.here())
    manifest = options.stored(
        named or options.only(versions.names(home.models), "mlcli report")
    ).whole()
    target = output or home.root / "reports" / f"{manifest.name}-{manifest.version}.{_ENDING[form]}"
    if output is None:
        _make(target.parent)
    taken = dict.fromkeys(map(home.root.joinpath, manifest.digests.data), "an export of it")
    output_file.check(target, {**taken, home.root / manifest.definition.file: "its definition"})
    files = _written(home, manifest, form, target)
    shown = [home.shown(path) for path in files]
    if json:
        from mlcli.verbs import next_steps

        said = {"model": manifest.name, "version": manifest.version, "format": form.value}
        then = next_steps.as_json(next_steps.after_evaluate(manifest))
        say.result({**said, "files": shown}, then)
        return
    for path, name in zip(files, shown, strict=True):
        say.answer(f"{name}  ({wording.size(path.stat().st_size)})")


_ENDING = {Format.HTML: "html", Format.MD: "md", Format.SVG: "svg", Format.VEGA: "vl.json"}


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise EnvironmentProblemError(
            f"the folder cannot be made: {error.strerror}",
            place="reports",
            hint="say where to, with  --output FILE",
        ) from error


def _written(home: project.Project, manifest: Manifest, form: Format, target: Path) -> list[Path]:
    """Write what is asked for; return the files."""
    from mlcli.pictures import colours, specs
    from mlcli.verbs import picture

    alone = form in {Format.SVG, Format.VEGA}
    coloured = colours.LIGHT if form is Format.VEGA else colours.VARIABLES
    drawings = specs.drawings(picture.of(manifest), coloured)
    beside = {one.name: _beside(target, one.name, form) for one in drawings}
    if form is Format.VEGA:
        texts = {one.name: jsons.dumps(one.spec, indent=1, ensure_ascii=False) for one in drawings}
    else:
        texts = _drawn(drawings)
    whole = "" if alone else _report(home, manifest, form, texts, beside)
    if form is Format.HTML:
        texts = {}
    files = [(beside[name], text) for name, text in texts.items()]
    if whole:
        files.insert(0, (target, whole))
    for path, text in files:
        with output_file.replacing(path, marked=False) as file:
            file.write(text)
    return [path for path, _ in files]


def _beside(target: Path, name: str, form: Format) -> Path:
    """Return the file of a picture: ``pizzeria-3-fit.svg`` beside ``pizzeria-3.md``."""
    ending = "svg" if form is Format.MD else _ENDING[form]
    return target.with_name(f"{target.name.removesuffix(f'.{_ENDING[form]}')}-{name}.{ending}")


def _report(
    home: project.Project,
    manifest: Manifest,
    form: Format,
    pictures: Mapping[str, str],
    beside: Mapping[str, Path],
) -> str:
    from mlcli.exports import clock
    from mlcli.report import gathered, parts, sections

    found = gathered.gather(home, manifest, now=datetime.now(UTC), today=clock.today())
    shown = pictures if form is Format.HTML else {name: at.name for name, at in beside.items()}
    return parts.render(sections.report(found), f"report.{form.value}", shown)


def _drawn(drawings: Sequence[Drawing]) -> dict[str, str]:
    """Have a process of its own draw pictures; return their SVG by name."""
    if find_spec("vl_convert") is None:
        raise missing_extra("report", "pictures need")
    asked = {one.name: one._asdict() for one in drawings}
    code, drawn = asyncio.run(_answer(jsons.dumps(asked).encode()))
    if code:
        raise EnvironmentProblemError(
            "the pictures could not be drawn",
            hint="pip install --force-reinstall vl-convert-python",
        )
    found: dict[str, str] = jsons.loads(drawn)
    return found


async def _answer(asked: bytes) -> tuple[int | None, bytes]:
    """Return how the process ended that draws, and what it wrote."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "mlcli.pictures.draw"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    drawn, _ = await child.communicate(asked)
    return child.returncode, drawn

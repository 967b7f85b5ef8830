"""mlcli data - show the table that will be learned from, or what the reader sees in a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from mlcli import wording
from mlcli.cli import options, output_file, progress
from mlcli.errors import AskedWronglyError, DataError, Fix, did_you_mean
from mlcli.screens import say
from mlcli.verbs import project

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from mlcli.exports.reading_progress import Watch
    from mlcli.verbs.show_table import TableView

_LOST = 3  # rows that are shown of those that a rule leaves out
_ADDED = ("status", "why")


def data(
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME | FILE]",
            help="A definition in configs/ (the only one, if none is named), "
            "or a file: a name with a dot or a slash is one, and - is standard input.",
            autocompletion=options.definitions,
        ),
    ] = None,
    *,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="Show the first rows that each rule leaves out."),
    ] = False,
    head: Annotated[
        int | None,
        typer.Option("--head", metavar="N", min=1, help="Print the first N rows, nothing else."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", readable=False, help="Write the whole table to FILE, as CSV."),
    ] = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Write cells that a spreadsheet would run as they are, without a '."
        ),
    ] = False,
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="How letters of the FILE are kept.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="SIGN", help="What stands between its cells; or  tab.")
    ] = None,
    skip_rows: Annotated[
        int | None, typer.Option(metavar="N", help="How many lines stand above its header.")
    ] = None,
    skip_footer: Annotated[
        int | None, typer.Option(metavar="N", help="How many lines stand below its last row.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which sheet of a workbook.")
    ] = None,
    cells: Annotated[
        str | None,
        typer.Option("--range", metavar="A1:D9", help="Which cells of it, the header first."),
    ] = None,
    changes: options.Said = None,
    quiet: progress.NoBar = False,
    verbose: progress.Verbose = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the table to learn from, and where every row went.

    Of a bare file, show what the strict reader sees in it. Nothing is learned.
    """
    keys = {
        "encoding": encoding,
        "delimiter": delimiter,
        "skip_rows": skip_rows,
        "skip_footer": skip_footer,
        "sheet": sheet,
        "range": cells,
    }
    said = {key: value for key, value in keys.items() if value is not None}
    asked = _Asked(
        head,
        output,
        said,
        changes or [],
        lost=lost,
        raw=raw,
        quiet=quiet,
        verbose=verbose,
        json=json,
    )
    _check(asked)
    if named is not None and _is_file(named):
        with say.quietly(quiet=quiet):
            _file(named, asked)
        return
    if said:
        option = f"--{next(iter(said)).replace('_', '-')}"
        raise AskedWronglyError(
            f"{option} is about a file, and a definition says such things itself",
            hint=f"name a file, or leave {option} out",
        )
    with say.quietly(quiet=quiet):
        _table(*_definition(named), asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options of one run."""

    head: int | None
    output: Path | None
    said: dict[str, str | int]
    changes: Sequence[str]
    lost: bool
    raw: bool
    quiet: bool
    verbose: bool
    json: bool

    def watch(self, done: str) -> AbstractContextManager[Watch]:
        """Return what is told how far reading has come; ``done`` is what is done then."""
        return progress.watch(quiet=self.quiet, doing=done if self.verbose else "")


def _check(asked: _Asked) -> None:
    """Raise where options make no sense together."""
    if asked.raw and asked.output is None:
        raise AskedWronglyError(
            "--raw needs --output",
            hint="it says how rows are written",
            fix=[Fix(None, option="--raw")],
        )
    if asked.head is None:
        return
    if asked.json:
        raise AskedWronglyError(
            "--head prints rows for reading, and --json one object",
            hint="--output FILE writes the rows for a program",
            fix=[Fix(None, option="--head"), Fix(None, option="--json")],
        )
    if asked.output is not None:
        raise AskedWronglyError(
            "--head prints the first rows, and --output writes all of them",
            hint="take one away",
            fix=[Fix(None, option="--head"), Fix(None, option="--output")],
        )
    if asked.lost:
        raise AskedWronglyError(
            "--head prints rows alone, and --lost adds to the account of them",
            hint="take one away",
            fix=[Fix(None, option="--lost"), Fix(None, option="--head")],
        )


def _is_file(named: str) -> bool:
    """Say whether a word names a file, and not a definition."""
    suffix = Path(named).suffix.lower()
    return named == "-" or (
        suffix not in {".yaml", ".yml"} and bool(suffix or "/" in named or "\\" in named)
    )


def _definition(named: str | None) -> tuple[project.Project, Path]:
    here = project.here()
    if named is None:
        home, found = project.all_definitions(here)
        if len(found) > 1:
            listed = wording.listed([path.stem for path in found], most=12)
            raise AskedWronglyError(
                f"there are several definitions in configs/: {listed}",
                hint=f"name one:  mlcli data {wording.quoted(found[0].stem)}",
            )
        return home, found[0]
    if Path(named).suffix or named in {p.stem for p in project.find(here).definitions()}:
        return project.definition(here, named)
    known = [path.stem for path in project.find(here).definitions()]
    path = here / (named or ".")
    if named and path.is_dir():
        hint = f"{named} is a folder: name a file in it"
    elif path.is_file():
        hint = f"if the file is meant:  mlcli data {wording.quoted(f'./{named}')}"
    else:
        hint = did_you_mean(named, known) or "put its YAML into configs/, or name a file"
    raise AskedWronglyError(f"there is no definition {named!r} in configs/", hint=hint)


def _file(named: str, asked: _Asked) -> None:
    """Show what the reader sees in a file."""
    for option, given in (
        ("--lost", asked.lost),
        ("--output", asked.output is not None),
        ("--set", bool(asked.changes)),
    ):
        if given:
            raise AskedWronglyError(
                f"{option} is about the table that a definition makes, and {named} is a file",
                hint=f"name a definition, or leave {option} out",
            )
    from mlcli.exports import reading
    from mlcli.verbs import next_steps, show_file
    from mlcli.verbs.source_of_file import Export

    if named == reading.STANDARD_INPUT:
        ((path, called),) = reading.files(project.here(), (named,))
        file = named
    else:
        path, called = Path(project.FOLDER.get(), named), named
        _refuse_other_things(path, named)
        file = project.named_from_root(path)
    with asked.watch(f"looked at {named}") as watch:
        export = Export(path, called, watch)
        seen = show_file.look(export, file=file, said=asked.said, head=asked.head or 0)
    if asked.head is not None:
        _aligned(
            [["line", *seen.columns], *([str(line), *cells] for line, cells in seen.head)],
            [True, *(one.summary.kind == "number" for one in seen.columns.values())],
        )
        say.note(
            f"{len(seen.head):,} of {wording.count(seen.rows, 'row')} of {named}", always=False
        )
    elif asked.json:
        say.result(seen.to_json(), next_steps.as_json(next_steps.after_file()))
    else:
        from mlcli.screens import data

        asking = next_steps.NextCommand(("start", named), "asks, and writes a definition")
        data.of_file(seen, [] if asked.said or named == reading.STANDARD_INPUT else [asking])


def _refuse_other_things(path: Path, named: str) -> None:
    """Raise where something else is named as if it were an export."""
    if path.suffix.lower() in _DATABASES:
        raise AskedWronglyError(
            f"{named} is a database, and what is in it is asked for by a source",
            hint="name it in a source, and look at the table:  mlcli data NAME",
        )
    if path.is_dir() and ((path / "current").is_file() or (path / "manifest.json").is_file()):
        model = path.resolve().name if (path / "current").is_file() else path.resolve().parent.name
        raise AskedWronglyError(
            f"{named} is a fitted model, and no export",
            hint=f"mlcli data {model}  shows the table that it is learned from",
        )
    if not path.exists() and path.with_name(f"{path.name}.yaml").is_file():
        raise AskedWronglyError(
            f"there is no file {named}",
            hint=f"the definition:  mlcli data {wording.quoted(f'{named}.yaml')}",
        )


_DATABASES = {".db", ".sqlite", ".sqlite3"}


def _table(home: project.Project, path: Path, asked: _Asked) -> None:
    """Show the table that a definition makes of its exports."""
    from mlcli.verbs import next_steps, show_table

    output = asked.output
    if output is not None:
        output_file.check(output, {path: "the definition"})
    with asked.watch(f"made the table of {path.stem}") as watch:
        lost = _LOST if asked.lost else 0
        seen = show_table.view(home, path, lost=lost, said=asked.changes, watch=watch)
    defused = 0
    if output is not None:
        output_file.check(output, dict.fromkeys(seen.inputs, "an export that it is made from"))
        defused = _write(seen, output, raw=asked.raw)
    say.warnings(() if asked.quiet else seen.warnings)
    then = next_steps.after_data(seen, home, asked.changes, tried=asked.json)
    if asked.head is not None:
        _rows(seen, asked.head)
    elif asked.json:
        say.result(seen.to_json(), next_steps.as_json(then, home))
    else:
        from mlcli.screens import data

        data.of_table(seen, then)
    if output is not None:
        say.note(f"{wording.count(len(seen.fates), 'row')} to {output}", always=False)
    output_file.tell_defused(defused)


def _rows(seen: TableView, head: int) -> None:
    """Print the first rows of the finished table, each with what becomes of it."""
    examples, columns = seen.examples, list(seen.columns)
    first = range(min(head, len(seen.fates)))
    numbers = [seen.columns[name].kind == "number" for name in columns]
    keyless = not examples.key and examples.lines is not None
    titles = ["status", *(["line"] if keyless else []), *columns, "why"]
    rows = [
        [
            wording.written(seen.fates[i]),
            *([examples.place(i)] if keyless else []),
            *(wording.written(examples.columns[name][i]) for name in columns),
            wording.written(seen.why[i]),
        ]
        for i in first
    ]
    _aligned([titles, *rows], [False, *([False] if keyless else []), *numbers, False])
    rows_of = f"{len(first):,} of {wording.count(len(seen.fates), 'row')}"
    say.note(f"{rows_of}: {seen.count('used'):,} used", always=False)


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> None:
    """Print a table; in a terminal that is too narrow, its lines end in three dots."""
    room = get_terminal_size().columns if sys.stdout.isatty() else None
    for line in wording.aligned(rows, right):
        say.answer(line if room is None else wording.cut(line, room))


def _write(seen: TableView, target: Path, *, raw: bool) -> int:
    """Write all rows, each with what becomes of it and why.

    Return in how many a cell was made harmless for spreadsheets.
    """
    from mlcli.exports.csv import writing

    for name in _ADDED:
        if name in seen.columns:
            raise DataError(
                f"there is a column {name!r} already, which mlcli adds",
                place=seen.file,
                hint=f"give it another name, with  rename: {{{wording.in_yaml(name)}: ...}}",
            )
    written = [*(seen.examples.columns[name] for name in seen.columns), seen.fates, seen.why]
    columns = [[wording.written(value) for value in column] for column in written]
    defused = 0
    with output_file.replacing(target, marked=False) as file:
        for row in [(*seen.columns, *_ADDED), *zip(*columns, strict=True)]:
            harmless = row if raw else tuple(map(writing.defused, row))
            file.write(writing.line(harmless, ","))
            defused += harmless != row
    return defused

"""The exports that a definition names: found, opened, and turned into examples."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.definition import columns_needed, engines
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    EnvironmentProblemError,
    MlcliError,
    Problem,
)
from mlcli.exports import memory
from mlcli.exports.file_on_disk import unreadable
from mlcli.exports.own_folder import OwnFolder
from mlcli.exports.query import no_cluster
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.spool import Spool
from mlcli.grammar.source_phrases import lies_on_cluster
from mlcli.tables.examples import Examples, assemble
from mlcli.tables.left_lying import Leaving
from mlcli.tables.rules_over_chunks import Passage, by_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame
    from mlcli.definition.source import Source
    from mlcli.exports.query import OnCluster, QueryEngine
    from mlcli.grammar.date_notation import DayBegins
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.examples import Leave


@dataclass(frozen=True, slots=True)
class Exports:
    """The exports of a definition, read: the examples, and what they were made from.

    ``digests`` holds the SHA-256 of each file, by its name; ``notes`` why an engine left
    a file to another, by the file's name; ``outside`` files that lie outside the project.
    """

    examples: Examples
    digests: dict[str, str]
    notes: Mapping[str, str] = field(default_factory=dict)
    outside: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the notes as they are shown."""
        return (
            *(Problem("it lies outside the project folder", name) for name in self.outside),
            *(Problem(f"the engine pandas read it: {w}", f) for f, w in self.notes.items()),
        )


def read(
    root: Path,
    definition: Definition,
    watch: Watch = UNWATCHED,
    *,
    lost: int = 0,
    meanwhile: Iterable[Callable[[], object]] = (),
    lying: ExitStack | None = None,
) -> Exports:
    """Read the exports of a definition through its rules; see ``examples.assemble``.

    ``meanwhile`` is what will be needed afterwards, for an engine that can wait usefully. With
    ``lying``, rows that are too many to take home may stay where they lie, and a sample of them
    comes: their engine ends as ``lying`` is closed, and not before they were learned from.
    Nothing of a file outside the project is told where it cannot be read.
    """
    away = outside(root, definition)
    try:
        return replace(_read(root, definition, watch, lost, meanwhile, lying), outside=away)
    except MlcliError as error:
        if away:
            inside = tuple(name for name in _named_in(definition) if name not in away)
            error.problems = tuple(
                problem if problem.place.startswith(inside) else _unquoted(problem, away)
                for problem in error.problems
            )
        raise


def _read(
    root: Path,
    definition: Definition,
    watch: Watch,
    lost: int,
    meanwhile: Iterable[Callable[[], object]],
    lying: ExitStack | None,
) -> Exports:
    opened: dict[str, Opened] = {}

    def open_source(on_cluster: OnCluster, name: str) -> Opened:
        try:
            begins = columns_needed.day_begins(definition, name)
            described = definition.sources[name]
            at_home = partial(source, root, described, watch, begins=begins)
            opened[name] = on_cluster(described, at_home) if described.on_cluster else at_home()
        except MlcliError as error:
            raise error.fixed_in(path=("sources", name)) from None
        return opened[name]

    lies = lying is not None and may_lie(definition)
    if definition.engine.name == "pandas":
        through = partial(within_memory, lies=lies)
        examples = assemble(definition, partial(open_source, no_cluster), through, lost=lost)
        return Exports(examples, _digests(opened))
    folder = root / definition.engine.spill if definition.engine.spill else None
    engine = _engine(definition, folder, watch, meanwhile, lie=lies)
    with ExitStack() as at_home, engine.told():
        (lying or at_home).callback(engine.close)
        leaving = _leaving(definition, folder, engine) if lies else None
        opens = partial(open_source, engine.on_cluster)
        examples = assemble(definition, opens, engine.through, lost=lost, leave=leaving)
        if examples.lies is None:
            engine.close()
    return Exports(examples, _digests(opened), engine.notes)


def _engine(
    definition: Definition,
    spill: Path | None,
    watch: Watch,
    meanwhile: Iterable[Callable[[], object]],
    *,
    lie: bool,
) -> QueryEngine:
    """Return the engine that asks about exports by queries; rows that may ``lie`` stream."""
    if definition.engine.name == "spark":
        from mlcli.exports.spark.spark_engine import SparkEngine

        most, url = _most_home(definition), definition.engine.url
        alone = "mlcli fit alone leaves rows there" if may_lie(definition) else ""
        return SparkEngine(watch, meanwhile, within_memory, url=url, most=most, because=alone)
    from mlcli.exports.duckdb.engine import DuckEngine

    memory_, at_once = definition.engine.memory, len(definition.sources)
    duckdb = DuckEngine(
        watch, meanwhile, within_memory, memory=memory_, spill=spill, at_once=at_once
    )
    if lie:
        duckdb.otherwise = duckdb.streamed
    return duckdb


def _leaving(definition: Definition, spill: Path | None, engine: QueryEngine) -> Leave:
    """Return what leaves rows where they lie, on a cluster or in files of this machine."""
    if definition.engine.name == "spark":
        from mlcli.exports.spark.left_there import LeavingThere
        from mlcli.exports.spark.spark_engine import SparkEngine

        assert isinstance(engine, SparkEngine)
        return LeavingThere(engine, _most_home(definition)).leave
    return Leaving(_most_home(definition), partial(Spool, spill)).leave


def _most_home(definition: Definition) -> int:
    """Return how many bytes rows may take that come home: no more than are free."""
    most, free = engines.most_home(definition.engine), memory.free()
    return most if free is None else min(most, free)


def may_lie(definition: Definition) -> bool:
    """Say whether rows may stay where they lie: of one export, each by itself, none gathered."""
    alone = len(definition.sources) == 1 and definition.join is None
    by_rows = not any(rule.gathers or rule.needs_all_rows for rule in definition.every_rule)
    expressed = all(rule.by_expression for rule in definition.every_rule)
    return alone and by_rows and expressed and definition.recommend is None


def outside(root: Path, definition: Definition) -> tuple[str, ...]:
    """Return the files of a definition that lie outside the project folder, as they are named."""
    return tuple(name for name in _named_in(definition) if is_outside(root, name))


def _named_in(definition: Definition) -> list[str]:
    named = (name for source in definition.sources.values() for name in source.file or ())
    return list(dict.fromkeys(named))


def is_outside(root: Path, name: str) -> bool:
    """Say whether a name leads out of a folder, wherever links in it lead."""
    folder = root.absolute()
    return not Path(os.path.normpath(folder / name)).is_relative_to(folder)


def _unquoted(problem: Problem, names: Collection[str]) -> Problem:
    """Return a problem without what it quotes of files that may be anybody's.

    One that stands at no line and quotes nothing is about a file, and not about its text.
    """
    quotes = not {"'", '"'}.isdisjoint(problem.message)
    if problem.place in names and not quotes:
        return problem
    said = "it is not what its source says" if quotes else problem.message
    hint = "as it lies outside the project folder, nothing of it is shown: copy it there to see it"
    return Problem(said, place=problem.place, hint=hint)


def within_memory(passage: Passage, *, lies: bool = False) -> Iterator[Frame]:
    """Take an export through its rules in pandas, unless its rows will not fit into memory.

    Where rules leave rows out, it is seen as they come how many stay. ``lies`` says that another
    engine could leave them where they lie.

    Raises
    ------
    EnvironmentProblemError
        They will not, by an estimate that is made before anything is read.
    """
    opened, rules, free = passage.opened, passage.rules, memory.free()
    before = list(takewhile(lambda rule: not rule.gathers, rules))
    gathered, whole = len(before) < len(rules), any(rule.needs_all_rows for rule in before)
    if free is None or (gathered and not whole):
        return by_chunks(passage)
    if not whole and any(rule.outcome for rule in rules):
        return _while_they_fit(passage, free, _OR_LEAVE if lies else _INSTEAD)
    readers, share = getattr(opened, "readers", ()), len(passage.wanted) / len(opened.columns)
    need = int(engines.IN_MEMORY * share * sum(reader.path.stat().st_size for reader in readers))
    if need > free:
        spills = gathered and all(rule.by_expression for rule in before)
        instead = "write  engine: duckdb" if spills else _OR_LEAVE if lies else _INSTEAD
        raise _too_much(opened, f"would take about {wording.size(need)}", free, instead)
    return by_chunks(passage)


def _while_they_fit(passage: Passage, free: int, instead: str) -> Iterator[Frame]:
    """Yield what comes out, or raise once it takes more than the memory that was free."""
    held = 0
    for chunk in by_chunks(passage):
        held += int(chunk.to_native().memory_usage(deep=True).sum())
        if held > free:
            raise _too_much(passage.opened, f"take more than {wording.size(held)}", free, instead)
        yield chunk


_INSTEAD: Final = "gather rows first, with  count  or  sum,  or read fewer columns"


_OR_LEAVE: Final = f"write  engine: duckdb,  which leaves rows where they lie, or {_INSTEAD}"


def _too_much(opened: Opened, what: str, free: int, hint: str) -> EnvironmentProblemError:
    message = f"its rows {what} of memory, and {wording.size(free)} are free"
    return EnvironmentProblemError(message, place=opened.name, hint=hint)


def _digests(opened: Mapping[str, Opened]) -> dict[str, str]:
    """Return the SHA-256 of every file."""
    return {name: value for one in opened.values() for name, value in one.digests().items()}


def source(
    root: Path,
    described: Source,
    watch: Watch = UNWATCHED,
    *,
    begins: Mapping[str, DayBegins] | None = None,
    at: Sequence[tuple[Path, str]] = (),
) -> Opened:
    """Open one export, of whatever form, and read its header.

    Parameters
    ----------
    root
        The folder that names of files begin at.
    described
        The export as a definition has it.
    watch
        Is told how far reading has come.
    begins
        When a day begins of some columns, if not at midnight.
    at
        Where its files lie, and how each is named in messages, if not as it says.

    Raises
    ------
    DataError
        It is not there, or is not what it is said to be.
    EnvironmentProblemError
        It may not be read, or its form needs an extra that is not installed.
    """
    said = {"decimal", "thousands"} & described.model_fields_set
    read_as: dict[str, Any] = {
        "notation": replace(described.notation, begins=begins or {}, asks_of_points=not said),
        "timezone": described.timezone,
        "keeps_totals": described.totals == "keep",
    }
    if described.form == "sql":
        from mlcli.exports import sql

        assert described.sql is not None
        url, table, query = described.sql.url, described.sql.table, described.sql.query
        return sql.SqlSource(root, url, table=table, query=query, name=described.named, **read_as)
    assert described.file is not None
    path, name = at[0] if at else (root / described.file[0], described.file[0])
    match described.form:
        case "csv":
            from mlcli.exports.csv import source

            return source.CsvSource(
                list(at) or files(root, described.file),
                name=name if at else described.named,
                delimiter=described.delimiter,
                encoding=described.encoding,
                skip_rows=described.skip_rows,
                skip_footer=described.skip_footer,
                columns=described.columns,
                watch=watch,
                **read_as,
            )
        case "parquet":
            from mlcli.exports import parquet

            return parquet.ParquetSource(path, name=name, **read_as)
        case "excel":
            from mlcli.exports import excel

            sheet, cells = described.sheet, described.range
            return excel.ExcelSource(path, name=name, sheet=sheet, cells=cells, **read_as)


STANDARD_INPUT = "-"
_EXPORTS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


_SIGNS: Final = "*?["
_MOST_SIGNS: Final = 20
_LONGEST: Final = 80


def size(root: Path, named: tuple[str, ...]) -> int:
    """Return how many bytes the files have that sources name; of a cluster's, too many."""
    if any(map(lies_on_cluster, named)):
        return sys.maxsize
    return sum(path.stat().st_size for path, _ in files(root, tuple(dict.fromkeys(named))))


def files(root: Path, named: tuple[str, ...]) -> list[tuple[Path, str]]:
    """Return the files that a source names, each with its name in messages.

    A name may be a file, a pattern with ``*``, ``?`` or ``[...]``, a folder (its CSV
    files), or ``-`` for standard input; what a pattern or a folder holds comes by name.

    Raises
    ------
    AskedWronglyError
        A pattern has so many signs that a search would take for ever.
    DataError
        A pattern or a folder holds none, or one file is named twice.
    EnvironmentProblemError
        A folder may not be looked into, or no disk takes the name.
    """
    found: list[tuple[Path, str]] = []
    for name in named:
        try:
            found += _named(root, name)
        except OSError as error:
            raise unreadable(name, error) from error
    seen: set[str] = set()
    for path, name in found:
        real = os.path.realpath(path)  # of a link to itself too
        if real in seen:
            raise DataError("this file is named twice", place=name, hint="take one of them away")
        seen.add(real)
    return found


def _named(root: Path, name: str) -> list[tuple[Path, str]]:
    """Return the files that one name stands for."""
    path = root / name
    if name == STANDARD_INPUT:
        return [(_standard_input(), "standard input")]
    signs = sum(map(name.count, _SIGNS))
    if signs > _MOST_SIGNS:
        raise AskedWronglyError(
            f"a pattern has at most {_MOST_SIGNS} signs such as *, and this one has {signs}",
            place=wording.cut(name, _LONGEST),
            hint="name the folder, or write a list of patterns",
        )
    if signs and not path.is_file():
        return _held(root, _fitting(root, name), name, "no file fits this pattern")
    if path.is_dir():
        held = (p for p in path.iterdir() if p.name.lower().endswith(_EXPORTS))
        return _held(root, held, name, "there is no CSV file in this folder")
    return [(path, name)]


def _fitting(root: Path, name: str) -> Iterator[Path]:
    """Yield what fits a pattern, which may begin at the root of the disk."""
    anchor = Path(name).anchor
    try:
        yield from (Path(anchor) if anchor else root).glob(name.removeprefix(anchor))
    except ValueError as error:
        raise DataError(
            "this is no pattern", place=name, hint="** stands between slashes: data/**/*.csv"
        ) from error


def _held(root: Path, held: Iterable[Path], name: str, none: str) -> list[tuple[Path, str]]:
    files = sorted(p for p in held if p.is_file() and not p.name.startswith("."))
    if not files:
        raise DataError(none, place=name, hint="a name is searched for from the project folder")
    return [
        (p, p.relative_to(root).as_posix() if p.is_relative_to(root) else str(p)) for p in files
    ]


_read_in: list[Path] = []


def _standard_input() -> Path:
    """Return a file that holds what comes on standard input; it is read more than once."""
    if not _read_in:
        if sys.stdin is None or sys.stdin.isatty():
            raise AskedWronglyError(
                "file: -  reads standard input, and nothing is sent to it",
                hint="send a file:  mlcli fit < EXPORT.csv",
            )
        own = OwnFolder(None)
        atexit.register(own.close)
        copy = own.path / "standard-input.csv"
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        _read_in.append(copy)
    return _read_in[0]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

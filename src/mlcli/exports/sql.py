"""A table or a query of a database as typed, checked chunks of the columns that are needed."""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from mlcli import wording
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    EnvironmentProblemError,
    Fix,
    MlcliError,
    missing_extra,
)
from mlcli.exports import header, typed_values
from mlcli.exports.file_on_disk import ExportFile
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind

_CHUNK_ROWS = 10_000
_RENAMED: Final = re.compile(r"(.+):\d+")  # what SQLite makes of a second column of one name
_PATIENCE: Final = 10  # seconds in which a server must answer
_LONGEST: Final = 300  # letters that are told of what a database says
_DRIVERS: Final = {"psycopg": "'psycopg[binary]'", "MySQLdb": "mysqlclient"}
_NAMELESS: Final = "?column?"  # what PostgreSQL calls a column without a name


class SqlSource(typed_values.TypedSource):
    """One table, view or query, ready to be read in chunks.

    Rows come in the order of the table's primary key, if it has one, and then of the
    columns that are read: by itself a database promises none.

    Parameters
    ----------
    root
        The folder from which the file of an SQLite database is found.
    url
        Where the database is, or ``$NAME`` of an environment variable that says so.
    table
        A table or view, or ``schema.table``.
    query
        A SELECT in place of a table.
    name
        How the table is named in messages.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How its texts write numbers, dates and missing cells.
    keeps_totals
        Whether rows are rows, though they look like totals.

    Raises
    ------
    DataError
        There is no such table, or the database refuses the query.
    EnvironmentProblemError
        The database cannot be read; see ``Database``.
    """

    def __init__(
        self,
        root: Path,
        url: str,
        *,
        table: str | None = None,
        query: str | None = None,
        name: str,
        timezone: str | None = None,
        notation: Notation = PLAIN,
        keeps_totals: bool = False,
    ) -> None:
        super().__init__(name, timezone, notation, keeps_totals=keeps_totals)
        self._database = Database(root, url, name)
        with self._database.reading() as connection:
            self._asked = (
                _Relation.query(connection, query)
                if query
                else _Relation.table(connection, table, name)
            )
        names = ["" if column == _NAMELESS else column for column in self._asked.columns]
        self.columns = header.checked(names, place=name, what=self._asked.what)
        header.require_names(self.columns, place=name, what=self._asked.what)
        self._called = f"{url} {query or table}"
        self._digests: dict[str, str] = {}

    ordered = False

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the rows that were read last, by what was asked for."""
        return dict(self._digests)

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the row each stands in, counted from 1.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, there are no rows,
            or the database refuses the query.
        EnvironmentProblemError
            The database cannot be reached any more.
        """
        columns = self.typed(wanted, place=self.name)
        inside = sorted(columns, key=lambda column: column.position)
        positions = [column.position for column in inside]
        read = hashlib.sha256(_encoded([[column.name for column in inside]]))
        start = 1
        with closing(self._rows(positions)) as found:
            for rows in found:
                lines = range(start, start + len(rows))
                start += len(rows)
                cells = dict(zip(positions, zip(*rows, strict=True), strict=False))
                made = self.frame(columns, lines, partial(_values, cells, lines))
                read.update(_encoded(rows))
                yield made
        if start == 1:
            raise DataError(
                f"{self._asked.what} has no rows",
                place=self.name,
                hint="is this the right database?",
            )
        self.conclude(columns)
        listed = ", ".join(column.name for column in inside)
        self._digests = {f"{self._called} ({listed})": read.hexdigest()}

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        """Yield all rows with all of their cells, in some order, counted from 1."""
        with closing(self._rows(range(len(self.columns)))) as found:
            yield from enumerate(chain.from_iterable(found), start=1)

    def _rows(self, positions: Sequence[int]) -> Generator[list[list[Any]]]:
        """Yield rows of some columns, in an order that is the same at every reading."""
        flags = [i for i, p in enumerate(positions) if self._asked.is_flag(p)]
        with self._database.reading() as connection:
            statement = self._asked.statement(positions, connection.dialect.name)
            streamed = connection.execution_options(yield_per=_CHUNK_ROWS)
            with streamed.execute(statement) as found:
                for part in found.partitions():
                    rows = [list(row) for row in part]
                    for row in rows:
                        for i in flags:  # a database without true and false keeps 1 and 0
                            row[i] = bool(row[i]) if row[i] in (0, 1) else row[i]
                    yield rows


def _values(
    cells: Mapping[int, Sequence[Any]], lines: Sequence[int], column: typed_values.TypedColumn
) -> Any:
    return column.values(cells[column.position], lines)


@dataclass(frozen=True, slots=True)
class _Relation:
    """What is read: its name, a part of a FROM, the columns that it has, and their types.

    ``types`` holds ``None`` where they are not known, ``keys`` the columns by which the
    database tells rows apart, if it does.
    """

    what: str
    source: Any
    columns: Sequence[str]
    types: Sequence[Any]
    keys: Sequence[str]

    @classmethod
    def table(cls, connection: Any, named: str | None, place: str) -> _Relation:
        """Look a table or view up.

        Raises
        ------
        DataError
            There is none of that name.
        """
        import sqlalchemy as sa

        inspector = sa.inspect(connection)
        schema, table = _located(inspector, named or "", place)
        found = inspector.get_columns(table, schema=schema)
        keys = inspector.get_pk_constraint(table, schema=schema).get("constrained_columns", [])
        return cls(
            "the table",
            sa.table(table, schema=schema),
            [column["name"] for column in found],
            types=[column["type"] for column in found],
            keys=keys,
        )

    @classmethod
    def query(cls, connection: Any, query: str) -> _Relation:
        """Ask a query which columns it has; a comment at its end shall not hide the bracket."""
        import sqlalchemy as sa

        plain = query.strip().removesuffix(";").replace(":", r"\:")  # a colon is no parameter
        source = sa.text(f"(\n{plain}\n) AS exported")
        nothing = sa.select(sa.text("*")).select_from(source).where(sa.text("1 = 0"))
        found = [column[0] for column in connection.execute(nothing).cursor.description]
        sqlite = connection.dialect.name == "sqlite"
        renamed = [_RENAMED.fullmatch(name) if sqlite else None for name in found]
        names = [m[1] if m and m[1] in found else n for n, m in zip(found, renamed, strict=True)]
        return cls("the query", source, names, types=[None] * len(names), keys=[])

    def is_flag(self, position: int) -> bool:
        """Say whether a column was declared to hold true and false."""
        from sqlalchemy import Boolean

        return isinstance(self.types[position], Boolean)

    def statement(self, positions: Sequence[int], dialect: str) -> Any:
        """Return the SELECT of some columns, given in the table's order, in a fixed order."""
        import sqlalchemy as sa

        columns: list[Any] = [sa.column(self.columns[position]) for position in positions]
        known = dict(zip(self.columns, self.types, strict=True))
        names = dict.fromkeys([*self.keys, *(column.name for column in columns)])
        order = [_in_order(sa.column(name), known[name], dialect) for name in names]
        chosen = columns or [sa.literal_column("1")]
        return sa.select(*chosen).select_from(self.source).order_by(*order)


def _in_order(column: Any, type_: Any, dialect: str) -> Any:
    """Return by what rows are put in order: never by the habits of a language.

    Those call different words equal, or change with an update of the machine.
    """
    import sqlalchemy as sa

    numbers = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.Time, sa.Boolean)
    if isinstance(type_, numbers):
        return column
    match dialect:
        case "postgresql":
            return sa.cast(column, sa.Text).collate("C")
        case "sqlite":
            return column.collate("BINARY")
        case _:
            return column


def _located(inspector: Any, named: str, place: str) -> tuple[str | None, str]:
    """Return the schema and the table that a name means; ``None`` is the usual schema."""
    if inspector.has_table(named):
        return None, named
    schema, dot, table = named.partition(".")
    elsewhere = bool(dot) and schema in inspector.get_schema_names()
    if elsewhere and inspector.has_table(table, schema=schema):
        return schema, table
    prefix, where = (f"{schema}.", schema) if elsewhere else ("", None)
    found = [*inspector.get_table_names(schema=where), *inspector.get_view_names(schema=where)]
    names = sorted(prefix + name for name in found)
    none = "the database has none that may be read"
    hint = wording.instead(named, names, "tables") if names else none
    raise DataError(f"there is no table {named!r}", place=place, hint=hint)


_ENCODER: Final = JSONEncoder(ensure_ascii=False, default=typed_values.text)


_BETWEEN: Final = "], ["


def _encoded(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return rows as they are digested: a line of JSON each."""
    lines = _ENCODER.encode(rows)[1:-1]  # all at once, which is quicker
    if lines.count(_BETWEEN) == len(rows) - 1:
        lines = lines.replace(_BETWEEN, "]\n[")
    else:  # some cell holds it too
        lines = "\n".join(map(_ENCODER.encode, rows))
    return f"{lines}\n".encode(errors="surrogatepass")


class Database:
    """Where tables are.

    Parameters
    ----------
    root
        The folder from which the file of an SQLite database is found.
    url
        Its URL, or ``$NAME`` of an environment variable that holds it.
    name
        What is read from it, as in messages.

    Raises
    ------
    AskedWronglyError
        The URL of the definition is none.
    DataError
        The file of an SQLite database is not there, or is none.
    EnvironmentProblemError
        The variable is not set or holds no URL, or SQLAlchemy or the driver of the
        database is not installed.
    """

    def __init__(self, root: Path, url: str, name: str) -> None:
        self.name = name
        self._variable = url.removeprefix("$") if url.startswith("$") else ""
        self._given = url
        try:
            import sqlalchemy
        except ImportError as error:
            raise missing_extra("sql", "databases need") from error
        try:
            self._url = sqlalchemy.make_url(self._written(url))
        except (sqlalchemy.exc.ArgumentError, ValueError) as error:
            raise self._no_url() from error
        if self._url.get_backend_name() == "sqlite":
            self._url = self._of_file(root)
        self._engine = self._made()

    def _written(self, url: str) -> str:
        if not self._variable:
            return url
        written = os.environ.get(self._variable, "").strip()
        if not written:
            raise EnvironmentProblemError(
                f"the environment variable {self._variable} is not set, "
                "which says where the database is",
                place=self.name,
                hint=f"export {self._variable}='postgresql://USER:PASSWORD@HOST/DATABASE'",
            )
        return written

    def _no_url(self) -> MlcliError:
        """Return the error about a URL; what is written there may be secret."""
        hint = "write it as postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:///data/FILE.db"
        if self._variable:
            message = f"what {self._variable} holds is no URL of a database"
            return EnvironmentProblemError(message, place=self.name, hint=hint)
        message = "its  url  is no URL of a database"
        return AskedWronglyError(message, place=self.name, hint=hint)

    def _no_arguments(self) -> MlcliError:
        """Return the error about what stands behind a ``?``."""
        named = wording.listed(list(self._url.query))
        message = f"the database does not take what its URL says of {named}"
        hint = "take what stands behind the ? away"
        if self._variable:
            return EnvironmentProblemError(message, place=self.name, hint=hint)
        fix = Fix(self._given.partition("?")[0], ("sql", "url"))
        return AskedWronglyError(message, place=self.name, hint=hint, fix=[fix])

    def _of_file(self, root: Path) -> Any:
        """Return the URL of an SQLite database, by its full path; SQLite would make a new file."""
        named = self._url.database
        if not named or named == ":memory:" or named.startswith("file:"):
            raise self._no_url()
        file = ExportFile(root / named, name=named, endings=(".db", ".sqlite", ".sqlite3"))
        if not file.start.startswith(b"SQLite format 3\0"):
            raise DataError(
                "this is not an SQLite database", place=named, hint="name the file that is one"
            )
        if "uri" in self._url.query:  # then the path would be another one
            raise self._no_arguments()
        return self._url.set(database=str(file.path))

    def _made(self) -> Any:
        from sqlalchemy import create_engine, exc, pool

        patient = self._url.get_backend_name() == "postgresql"
        arguments = {"connect_timeout": _PATIENCE} if patient else {}
        arguments = {k: v for k, v in arguments.items() if k not in self._url.query}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", exc.SAWarning)  # of arguments that are no use
                return create_engine(
                    self._url, poolclass=pool.NullPool, connect_args=arguments, hide_parameters=True
                )
        except exc.SAWarning as error:
            raise self._no_arguments() from error
        except exc.NoSuchModuleError as error:
            scheme = self._url.drivername
            hint = "write  postgresql://" if scheme == "postgres" else "see docs.sqlalchemy.org"
            raise EnvironmentProblemError(
                f"no way to read {scheme}:// is installed", place=self.name, hint=hint
            ) from error
        except ImportError as error:
            driver = error.name or self._url.get_driver_name()
            raise EnvironmentProblemError(
                f"the database needs the package {driver}, which is not installed",
                place=self.name,
                hint=f"pip install {_DRIVERS.get(driver, driver)}",
            ) from error
        except (exc.ArgumentError, TypeError, ValueError) as error:
            raise self._no_url() from error

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Connect, for one transaction that may change nothing.

        Raises
        ------
        DataError
            The database refuses what is asked of it.
        EnvironmentProblemError
            It cannot be reached, lets nobody in, or went away.
        """
        from sqlalchemy import exc

        try:
            connection = self._engine.connect()
        except (exc.DBAPIError, OSError, UnicodeError) as error:
            raise self._out_of_reach("the database lets nobody in", error) from error
        with connection:
            try:
                yield _read_only(connection)
            except exc.DBAPIError as error:
                if error.connection_invalidated:
                    raise self._out_of_reach("the database went away", error) from error
                raise DataError(
                    f"the database refuses: {self._said(error)}",
                    place=self.name,
                    hint="try the same with a tool of the database, and mend it there",
                ) from error

    def _out_of_reach(self, what: str, error: Exception) -> EnvironmentProblemError:
        where = f"what {self._variable} holds" if self._variable else "the  url"
        return EnvironmentProblemError(
            f"{what}: {self._said(error)}",
            place=self.name,
            hint=f"is it running, and is {where} right?",
        )

    def _said(self, error: Exception) -> str:
        """Return what a driver says, in one line and without the password."""
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        secret = str(self._url.password or "")
        for written in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
            said = said.replace(written, "***")
        return said[:_LONGEST]


def sqlite_files(root: Path, url: str) -> list[Path]:
    """Return the file of a database that is one, by its URL or by ``$NAME`` of what holds it."""
    url = os.environ.get(url[1:], "") if url.startswith("$") else url
    named = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", url)
    return [root / named[1]] if named else []


def _read_only(connection: Any) -> Any:
    """Begin a transaction that sees one state of the database, and changes nothing.

    Times with a zone come in UTC, so that they are the same on every machine.
    """
    match connection.dialect.name:
        case "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        case "sqlite":
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")
        case _:
            pass  # the definition refuses everything but a SELECT
    return connection

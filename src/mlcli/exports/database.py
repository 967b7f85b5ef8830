"""A database, read in transactions that change nothing; its errors in our words."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError, MlcliError
from mlcli.exports import typed_values
from mlcli.exports.file_on_disk import ExportFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PATIENCE: Final = 10  # seconds in which a server must answer
_LONGEST: Final = 300  # letters that are told of what a database says
_DRIVERS: Final = {"psycopg": "'psycopg[binary]'", "MySQLdb": "mysqlclient"}


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
        try:
            import sqlalchemy
        except ImportError as error:
            raise typed_values.needs("sql", "databases") from error
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
        return self._url.set(database=str(file.path))

    def _made(self) -> Any:
        from sqlalchemy import create_engine, exc, pool

        patient = self._url.get_backend_name() == "postgresql"
        arguments = {"connect_timeout": _PATIENCE} if patient else {}
        arguments = {k: v for k, v in arguments.items() if k not in self._url.query}
        try:
            return create_engine(
                self._url, poolclass=pool.NullPool, connect_args=arguments, hide_parameters=True
            )
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

"""One session on a server of Spark Connect, and what its faults mean."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.errors import EnvironmentProblemError, missing_extra
from mlcli.exports.dialect import AnewError, DoubtError, NotWholeError
from mlcli.exports.spark.states import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame
    from pyspark.sql.connect.readwriter import DataFrameReader
    from pyspark.sql.connect.session import SparkSession

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.reading_progress import Watch

DEFAULT: Final = "$SPARK_REMOTE"
NOT_WHOLE: Final = "mlcli: a number that is not plainly a whole one"
NOT_PLAIN: Final = "mlcli: a cell that is not plainly what it should be"
IRREGULAR: Final = "mlcli: a line that is not regular"
"""What a query of ours says where it stops."""

NOT_READ: Final = "Spark cannot read it"
MARK: Final = "\ufeff"
"""Of UTF-8, before a first line."""

_OLDEST: Final = 4
_LONGEST: Final = 200  # letters that are told of what a server says
_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Else a line with too few cells is no fault where those are not asked for.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
}
_GONE: Final = (
    *("UNAVAILABLE", "Connection refused", "Socket closed", "failed to connect", "GOAWAY"),
    *("Connection reset", "Stream removed", "recvmsg", "INVALID_HANDLE", "SESSION_CLOSED"),
)
_LOCKED: Final = ("UNAUTHENTICATED", "PERMISSION_DENIED", "status code 401", "status code 403")
_FULL: Final = ("No space left", "ENOSPC", "disk is full", "StorageFull")
_NO_MEMORY: Final = ("OutOfMemory", "ResourcesExhausted", "Resources exhausted")


class IrregularError(DoubtError):
    """A line is not one record."""


class Server:
    """Where a server is, and what its errors mean.

    Parameters
    ----------
    url
        ``$NAME`` of an environment variable that holds the URL, or one without secrets.
    """

    def __init__(self, url: str) -> None:
        self._variable = url.removeprefix("$") if url.startswith("$") else ""
        self._url = self._written(url)
        self._where = re.sub(r"[/;?].*|.*@", "", self._url.removeprefix("sc://"), flags=re.DOTALL)

    @property
    def is_here(self) -> bool:
        """Say whether the server runs on this machine, so that it has the same files."""
        return self._where.rsplit(":", 1)[0] in {"localhost", "127.0.0.1", "[::1]"}

    def _written(self, url: str) -> str:
        written = os.environ.get(self._variable, "").strip() if self._variable else url
        if not written:
            raise EnvironmentProblemError(
                f"the environment variable {self._variable} is not set, which says where the "
                "Spark server is",
                hint=f"export {self._variable}='sc://HOST:15002'",
            )
        if not re.fullmatch(r"sc://[^\s/;@]+(/.*)?", written, re.DOTALL):
            raise self._no_url()
        return written

    def _no_url(self) -> EnvironmentProblemError:
        what = f"what {self._variable} holds" if self._variable else "its  url"
        return EnvironmentProblemError(
            f"{what} is no URL of a Spark server", hint="write it as  sc://HOST:15002"
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session: times are in UTC, and what cannot be worked out is an error.

        Raises
        ------
        EnvironmentProblemError
            pyspark is not installed, the server cannot be reached, or is too old.
        """
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it writes to stderr of its own accord
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a pandas that it makes no frames of
                from pyspark.sql.connect.session import SparkSession
        except ImportError as error:
            instead = ", or write  engine: pandas"
            raise missing_extra("spark", "the engine spark needs", instead=instead) from error
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # it is an error too
            with self._faults():
                session = SparkSession.builder.remote(self._url).create()
            try:
                with self._faults():
                    session.client.set_retry_policies([_patience()])
                    self._refuse_old(session.version)
                    for key, value in _SETTINGS.items():
                        session.conf.set(key, value)
                yield Session(self, session)
            finally:
                _stop(session)

    def _refuse_old(self, version: str) -> None:
        if int(re.sub(r"\D.*", "", version) or 0) < _OLDEST:
            raise EnvironmentProblemError(
                f"the server runs Spark {version}, and mlcli needs {_OLDEST} or newer",
                place=self._where,
                hint="ask for a newer cluster, or use another engine:  --engine duckdb",
            )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Say in our words why there is no session."""
        from pyspark.errors import PySparkException

        try:
            yield
        except ValueError as error:  # which quotes it, be it a part of a token
            raise self._no_url() from error
        except PySparkException as error:
            found = self.reworded(error)
            if isinstance(found, EnvironmentProblemError):
                raise found from error
            raise EnvironmentProblemError(
                f"the Spark server does not answer as one: {_said(error)}", place=self._where
            ) from error

    def reworded(self, error: BaseException) -> Exception:
        """Return what an error of Spark's means."""
        said = str(error)
        # First what a query of ours says: the cell behind it may hold any of the other words.
        if NOT_WHOLE in said:
            return NotWholeError()
        if NOT_PLAIN in said:
            return AnewError()
        if IRREGULAR in said:
            return IrregularError("it is not written regularly")
        for marks, message, hint in self._faults_known():
            if any(mark in said for mark in marks):
                return EnvironmentProblemError(message, place=self._where, hint=hint)
        return DoubtError(f"{NOT_READ}: {_said(error)}")

    def _faults_known(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """Yield what is known of faults: by which words, what to say, and what to do."""
        named = f"what {self._variable} holds" if self._variable else "the  url"
        yield _LOCKED, "the Spark server lets nobody in", f"is {named} right, its token too?"
        yield _FULL, "a disk of the Spark server is full", "free some of it, and fit again"
        yield _NO_MEMORY, "the Spark server has too little memory", "give its workers more of it"
        yield (
            ("failed to get PySpark version",),
            "the Python of the Spark server has no pyspark",
            "install  pyspark-client  where the server runs, and start it again",
        )
        yield (
            ("No module named",),
            "the workers of the Spark server have no mlcli, or lack a package that it needs",
            "install this mlcli there too, or take the rows to this machine",
        )
        secured = any(mark in self._url for mark in ("token=", "use_ssl=true"))
        yield (
            _GONE,
            "no Spark server answers there, or it went away",
            f"is it running, and is {named} right?"
            + " With a token or use_ssl it must speak TLS." * secured,
        )


class Session:
    """What is asked of a server, as long as its session is open: ``spark``."""

    def __init__(self, server: Server, spark: SparkSession) -> None:
        self.server, self.spark = server, spark

    @property
    def read(self) -> DataFrameReader:
        """What reads files, and none in part: a server may be set to pass over broken ones."""
        return self.spark.read.options(ignoreCorruptFiles=False, ignoreMissingFiles=False)

    def binary(self, paths: str | list[str]) -> DataFrame:
        """Return files as they are: path, length, modificationTime and content of each."""
        return self.spark.read.format("binaryFile").load(paths)

    def first_line(self, path: str) -> str:
        """Return the first line of a file: what a reader of CSV takes for the name of one column.

        The signs stand in no line. A limit would return lines of any part of the file.
        """
        rows = self.read.csv(
            path, sep="\x01", quote="\x02", escape="\x03", header=True, inferSchema=False
        )
        return "".join(rows.columns[:1]).removeprefix(MARK)

    def fetched(self, found: DataFrame) -> Frame:
        """Return what a query finds, with our dtypes; raises as ``asked`` does."""
        import pandas as pd

        table = self.arrow(found)
        columns = {
            name: values_of(column.combine_chunks())
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        made: Frame = nw.from_native(pd.DataFrame(columns), eager_only=True)
        return made

    def rows(self, found: DataFrame) -> list[dict[str, Any]]:
        """Return what a query finds row by row; raises as ``asked`` does."""
        listed: list[dict[str, Any]] = self.arrow(found).to_pylist()
        return listed

    def arrow(self, found: DataFrame) -> Any:
        """Return what a query finds as a table of Arrow; raises as ``asked`` does."""
        with self.asked():
            return found.toArrow()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Raise what an error of Spark's means; see ``Server.reworded``."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            raise self.server.reworded(error) from error


class Queries:
    """The queries of one export, which can be stopped without those of others."""

    def __init__(self, session: Session) -> None:
        self._session, self._tag = session, f"mlcli-{uuid4().hex}"

    def fetched(self, found: DataFrame) -> Frame:
        """Return what a query finds; see ``Session.fetched``."""
        self._session.spark.addTag(self._tag)  # of this thread
        try:
            return self._session.fetched(found)
        finally:
            self._session.spark.removeTag(self._tag)

    def interrupt(self) -> None:
        """Have those end that are running; on a server that is gone, none are."""
        from pyspark.errors import PySparkException

        with suppress(PySparkException):
            self._session.spark.interruptTag(self._tag)


def _patience() -> Any:
    """Return how long a server that does not answer is asked again: about five seconds."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    return DefaultPolicy(
        max_retries=5, initial_backoff=100, max_backoff=2_000, backoff_multiplier=2, jitter=100
    )


def progress(watch: Watch, size: int) -> Any:
    """Return a handler that a session tells how far it is, of so many bytes."""

    def told(*, stages: Any, **_: object) -> None:
        read = sum(stage.num_bytes_read for stage in stages or ())
        watch.advances(min(read, size), 0)

    return told


@contextmanager
def kept(rows: DataFrame) -> Iterator[DataFrame]:
    """Yield rows that a server keeps as long as they are asked for, if it does keep rows.

    They are no part of a session, and would stay after its end.
    """
    from pyspark.errors import PySparkException

    with ExitStack() as stack:
        with suppress(PySparkException):
            rows = rows.persist()
            stack.callback(_let_go, rows)
        yield rows


def _let_go(rows: DataFrame) -> None:
    from pyspark.errors import PySparkException

    with suppress(PySparkException):
        rows.unpersist()


def _stop(session: SparkSession) -> None:
    """End a session, and whatever still runs in it; a server that is gone is not asked again."""
    from pyspark.errors import PySparkException

    session.client.set_retry_policies([])
    for end in (session.interruptAll, session.stop):
        with suppress(PySparkException):
            end()


def _said(error: BaseException) -> str:
    """Return the first line of what Spark says, without anything secret."""
    first = str(error).strip().split("\n", 1)[0]
    return wording.discreet(" ".join(first.split()))[:_LONGEST]

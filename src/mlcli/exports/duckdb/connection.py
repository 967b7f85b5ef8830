"""One connection to DuckDB: locked down, and within its memory."""

from __future__ import annotations

import atexit
import gc
from contextlib import closing, contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw
import numpy as np  # DuckDB would import it too, and lose a signal there

from mlcli.errors import EnvironmentProblemError, missing_extra
from mlcli.exports import memory
from mlcli.exports.dialect import DoubtError
from mlcli.exports.duckdb.cells_in_sql import quoted
from mlcli.exports.own_folder import OwnFolder
from mlcli.exports.spool import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import duckdb

    from mlcli.definition.rules.base import Frame

_SHARE_OF_MEMORY: Final = 0.7
_IF_UNKNOWN: Final = 4 << 30
_BUFFERED: Final = "64MB"
"""Of rows that stream, so that all cores are at work while some are taken."""

_SECONDS_TO_STOP: Final = 0.05

atexit.register(gc.unfreeze)  # DuckDB's binding prints what it takes for leaks, if that stays


@contextmanager
def connected(
    files: list[Path],
    *,
    most: str | None,
    spill: Path | None,
    at_once: int = 1,
    ordered: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that reads some files and nothing else.

    Parameters
    ----------
    files
        What may be read.
    most
        The most memory that all connections take; 70 % of the machine's if ``None``.
    at_once
        Among how many connections that is shared.
    spill
        The folder for what the memory cannot hold; one that is removed if ``None``.
    ordered
        Whether rows come in the order of the files.

    Raises
    ------
    EnvironmentProblemError
        DuckDB is not installed, or the folder cannot be written.
    """
    try:
        import duckdb
    except ImportError as error:
        instead = ", or write  engine: pandas"
        raise missing_extra("duckdb", "the engine duckdb needs", instead=instead) from error
    with _folder(spill) as folder:
        connection = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": _memory(most, at_once),
                "temp_directory": str(folder),
                "preserve_insertion_order": str(ordered).lower(),
            }
        )
        try:
            listed = ", ".join(quoted(str(file)) for file in files)
            connection.execute(f"SET allowed_paths = [{listed}]")
            connection.execute(f"SET allowed_directories = [{quoted(str(folder))}]")
            connection.execute(f"SET streaming_buffer_size = '{_BUFFERED}'")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            _close(connection)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection, be it that a query was just begun: a signal may come at any time."""
    import duckdb

    while True:
        connection.interrupt()
        try:
            connection.close()
        except duckdb.Error:  # it is busy still
            sleep(_SECONDS_TO_STOP)
        else:
            return


@contextmanager
def _folder(spill: Path | None) -> Iterator[Path]:
    """Yield a folder of our own that is removed afterwards."""
    try:
        made = OwnFolder(spill)
    except OSError as error:
        raise unwritable(error, spill) from error
    with closing(made):
        yield made.path


def _memory(most: str | None, at_once: int) -> str:
    """Return how much memory one of some connections may take."""
    if most is None:
        installed = memory.installed() or _IF_UNKNOWN
        return f"{int(_SHARE_OF_MEMORY * installed / at_once) >> 20}MiB"
    number = most.rstrip("BGKMTi")
    return f"{float(number) / at_once:g}{most[len(number) :]}"


def reworded(error: duckdb.Error) -> Exception:
    """Return what an error of DuckDB's means."""
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        return EnvironmentProblemError(
            "the engine duckdb needs more memory, or more room to spill, than it may take",
            hint="write  engine: {name: duckdb, memory: 8GB, spill: FOLDER}",
        )
    if isinstance(error, duckdb.IOException) and "space" in str(error).lower():
        return EnvironmentProblemError(
            "the disk is full where the engine duckdb keeps what the memory cannot hold",
            hint="name another folder:  engine: {name: duckdb, spill: FOLDER}",
        )
    return DoubtError("DuckDB cannot read it")


def frame(columns: Mapping[str, Any]) -> Frame:
    """Make a table, of our dtypes, of what DuckDB found."""
    import pandas as pd

    made: dict[str, Any] = {}
    for name, values in columns.items():
        gone = np.ma.getmaskarray(values)
        plain = np.ma.getdata(values)
        match plain.dtype.kind:
            case "M":
                dated = plain.astype("datetime64[us]")
                dated[gone] = np.datetime64("NaT")
                made[name] = pd.Series(dated)
            case "f" | "i" | "u" if gone.any() or plain.dtype.kind == "f":
                made[name] = np.where(gone, np.nan, plain)
            case "b":
                made[name] = pd.Series(pd.array(plain, dtype="boolean")).mask(gone)
            case "O":
                made[name] = _objects(plain, gone)
            case _:
                made[name] = plain
    table: Frame = nw.from_native(pd.DataFrame(made), eager_only=True)
    return table


def _objects(values: Any, gone: Any) -> Any:
    """Return text, or true and false beside missing ones."""
    import pandas as pd

    listed = [None if lost else v for v, lost in zip(values, gone | pd.isna(values), strict=True)]
    truths = any(isinstance(value, bool) for value in listed)
    return pd.Series(listed, dtype="boolean" if truths else "str")

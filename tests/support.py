"""What tests share: a project to run mlcli in, small exports, small definitions."""

from __future__ import annotations

import json
import sys
from contextlib import chdir
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import schemas

from mlcli.grammar.notation import PLAIN
from mlcli.grammar.number_notation import PointsMet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from mlcli.exports.csv.reader import CsvReader
    from mlcli.exports.csv.regular import Block
    from mlcli.grammar.cells import Kind

# The talk's week and the four days asked about after it: (day, bookings, pizzas).
ELEVEN_DAYS = [
    ("2023-05-22", 12, 36),
    ("2023-05-23", 20, 72),
    ("2023-05-24", 18, 68),
    ("2023-05-25", 30, 82),
    ("2023-05-26", None, 98),
    ("2023-05-27", 2, 168),
    ("2023-05-28", 24, 75),
    ("2023-06-06", 14, None),
    ("2023-06-07", 19, None),
    ("2023-06-08", 24, None),
    ("2023-06-09", 40, None),
]


def read_one_by_one(monkeypatch: pytest.MonkeyPatch, rows: int = 1000) -> None:
    """Have CSV files read record by record, so many rows at a time."""
    from mlcli.exports.csv import blocks

    def read(reader: CsvReader, *_: object, **__: object) -> Iterator[Block]:
        monkeypatch.setattr(blocks, "_CELLS", rows * len(reader.columns))
        yield from blocks._one_by_one(reader, reader.body(digest=True), reader.first)

    monkeypatch.setattr(blocks, "blocks", read)


def say(line: str) -> None:
    """Print a line of a table, for ``pytest -s``."""
    sys.stdout.write(f"{line}\n")


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def result(self) -> Any:
        """What came of the command, as Python has it too: without the frame of --json."""
        return {k: v for k, v in self.json.items() if k not in {"schema_version", "next"}}


class Project:
    """A project folder in a temporary place, with mlcli to run in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys
        (root / "configs").mkdir()
        (root / "data").mkdir()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def define(self, text: str, name: str = "pizzeria") -> Path:
        return self.write(f"configs/{name}.yaml", text)

    def mlcli(self, *argv: object) -> Ended:
        """Run a command as a user in the project folder would."""
        from mlcli.cli.process import main

        self.capsys.readouterr()
        code = main([str(word) for word in argv])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err, err
        ended = Ended(code, out, err)
        if "--json" in argv and out.startswith("{"):
            assert schemas.broken([str(word) for word in argv], ended.json) == []
        return ended

    def fails(self, code: int, *argv: object) -> str:
        """Run a command that must fail with this code and say nothing on stdout; return stderr.

        With ``--json``, stdout must hold the same error as an object.
        """
        ended = self.mlcli(*argv)
        assert ended.code == code, f"exit {ended.code}, expected {code}\n{ended.out}\n{ended.err}"
        if "--json" in argv:
            assert ended.json["error"]["exit"] == code
            assert ended.json["error"]["message"] in ended.err
        else:
            assert ended.out == ""
        assert ended.err.startswith(("error: ", "refused: ", "Usage: ", "Error: ", "warning: ")), (
            ended.err
        )
        return ended.err

    def works(self, *argv: object) -> Ended:
        """Run a command that must succeed."""
        ended = self.mlcli(*argv)
        assert ended.code == 0, f"exit {ended.code}\n{ended.out}\n{ended.err}"
        return ended


def fit_all(root: Path) -> None:
    """Fit every definition of a folder, where no test is running yet."""
    from mlcli.cli.process import main

    with chdir(root):
        assert main(["fit", "--json"]) == 0


def exports(days: list[tuple[str, int | None, int | None]]) -> tuple[str, str]:
    """Return bookings and till lines of some days, as CSV: a row each booking and each pizza."""
    bookings = ["name,guests,datetime"]
    till = ["item_name,quantity,table_num,ordered_at"]
    for day, booked, sold in days:
        bookings += [f"party {n},2,{day} 19:00" for n in range(booked or 0)]
        till += [f"pizza,1,{n % 9},{day} 20:00:00" for n in range(sold or 0)]
    return "\n".join(bookings) + "\n", "\n".join(till) + "\n"


PIZZERIA = """\
sources:
  reservations:
    file: data/reservations.csv
    rules:
      - count: {per: day of datetime, as: reservations}
  orders:
    file: data/orders.csv
    rules:
      - keep: {item_name: pizza}
      - sum: {of: quantity, per: day of ordered_at, as: doughs}
join: day
rules:
  - drop_weekdays: {days: [Friday, Saturday], because: too busy to take reservations}
features: [reservations]
label: doughs
model: linear_regression
holdout: none
"""


TABLE = """\
sources:
  nights:
    file: data/nights.csv
features: {features}
label: {label}
model: {model}
holdout: {holdout}
"""


def table_definition(
    features: str = "[guests]",
    label: str = "doughs",
    model: str = "linear_regression",
    holdout: str = "none",
) -> str:
    """Return a definition of one plain table, `data/nights.csv`."""
    return TABLE.format(features=features, label=label, model=model, holdout=holdout)


def csv_of(header: str, rows: list[tuple[object, ...]]) -> str:
    """Return a CSV text."""
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


class InMemory:
    """An export that was never a file: columns of values, read in chunks of any size."""

    def __init__(
        self,
        columns: dict[str, tuple[list[Any], Any]],
        *,
        name: str = "data/made.csv",
        chunk: int = 1000,
    ) -> None:
        self.made = columns
        self.name = name
        self.files: tuple[str, ...] = (name,)
        self.notation = PLAIN
        self.notes: tuple[str, ...] = ()
        self.trimmed: dict[str, int] = {}
        self.points = PointsMet(PLAIN)
        self.columns = tuple(columns)
        self.chunk = chunk

    def digests(self) -> dict[str, str]:
        return {}

    def beyond(self, line: int) -> tuple[str, list[Any]]:
        del line
        return "", []

    def chunks(self, wanted: Any) -> Any:
        from mlcli.definition.rules.base import LINE
        from mlcli.exports import values_of_cells

        rows = len(next(iter(self.made.values()))[0])
        for start in range(0, rows, self.chunk):
            end = min(start + self.chunk, rows)
            part = {c: (self.made[c][0][start:end], self.made[c][1]) for c in wanted}
            yield values_of_cells.frame({**part, LINE: (list(range(start + 2, end + 2)), "any")})


RIDGE_PIZZERIA = PIZZERIA.replace(
    "{days: [Friday, Saturday], because: too busy to take reservations}", "{days: Friday}"
).replace("linear_regression\nholdout: none", "ridge")


def ridge_table(rules: str = "[]", features: str = "[guests]", label: str = "doughs") -> str:
    """Return a definition of one table that says no more than it must."""
    return (
        f"sources:\n  nights: {{file: data/nights.csv, rules: {rules}}}\n"
        f"features: {features}\nlabel: {label}\nmodel: ridge\n"
    )


def orders_by_day(project: Project) -> dict[str, float]:
    """Return the orders of each day, as ``data`` writes them."""
    import pandas as pd

    project.works("data", "pizzeria", "--output", "out.csv", "--raw")
    table = pd.read_csv(project.root / "out.csv")
    return dict(zip(table["day"].astype(str), table["orders"], strict=True))


def read(source: Any, **wanted: Kind) -> dict[str, list[Any]]:
    """Return all chunks of a source below each other, as lists of plain values."""
    from mlcli.tables import join

    found: dict[str, list[Any]] = {}
    for chunk in source.chunks(wanted):
        for name in chunk.columns:
            found.setdefault(name, []).extend(join.values(chunk[name]))
    return found

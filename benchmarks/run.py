"""Time mlcli beside plain scripts, in turn, each as a process of its own.

    python benchmarks/run.py [--lines 10_000_000] [--rounds 3] [--only fit|predict]

The files are made if they are not there. All contenders are tried on few lines first,
and must find the same there and in every round; the command ends with 1 where they do
not. This process imports little on purpose: a child's peak memory begins at its parent's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import report
from agreement import DisagreeError
from comparing import FEW, compare, tell
from contenders import SECTIONS, FailedError
from measuring import CannotMeasureError

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    options = _options()
    sections = [options.only] if options.only else list(SECTIONS)
    try:
        with _folder(options.folder) as folder:
            results = [compare(name, folder, options.lines, options.rounds) for name in sections]
    except (FailedError, DisagreeError, CannotMeasureError) as error:
        tell(f"error: {error}")
        return 1
    if options.json:
        found = {"machine": report.machine(), "sections": [r.to_json() for r in results]}
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        print(report.markdown(results), end="")
    else:
        report.show(results)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10_000_000, help="default 10_000_000")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="leave the other away")
    parser.add_argument(
        "--folder", type=Path, help="keep the files here; else they are removed in the end"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    parser.add_argument("--markdown", action="store_true", help="print what the docs show")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: at least 1")
    if options.lines < FEW:
        parser.error(f"--lines {options.lines}: at least {FEW}")
    return options


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    """Return the folder for the files, or a temporary one."""
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="mlcli-bench-") as made:
            yield Path(made).resolve()
    else:
        wanted.mkdir(parents=True, exist_ok=True)
        yield wanted.resolve()


if __name__ == "__main__":
    sys.exit(main())

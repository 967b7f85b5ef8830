"""Time mlcli beside plain scripts, in turn, each as a process of its own.

    python benchmarks/run.py [--only SECTION...] [--size 1.0] [--rounds 3]

The files are made if they are not there. All contenders are tried on few lines first,
and must find the same there and in every round; the command ends with 1 where they do
not, once the other sections are done. This process imports little on purpose: a child's
peak memory begins at its parent's.
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
from comparing import compare, tell
from contenders import FailedError
from sections import LARGE, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    options = _options()
    results: list[report.Result] = []
    faults: list[str] = []
    with _folder(options.folder) as folder:
        for name in options.only or SECTIONS:
            try:
                results.append(compare(name, folder, options.size, options.rounds))
            except (FailedError, DisagreeError) as error:
                faults.append(f"error: {name}: {error}")
                tell(faults[-1])
    if options.json:
        found = {"machine": report.machine(), "sections": [r.to_json() for r in results]}
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        print(report.markdown(results), end="")
    else:
        report.show(results)
    for fault in faults:
        tell(fault)
    return 1 if faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=(*SECTIONS, *LARGE), help="leave others away")
    parser.add_argument("--size", type=float, default=1.0, help="0.1: a tenth of all lines")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument(
        "--folder", type=Path, help="keep the files here; else they are removed in the end"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure here")
    parser.add_argument("--markdown", action="store_true", help="print what the docs show")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: at least 1")
    if not options.size > 0:
        parser.error(f"--size {options.size}: above 0")
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

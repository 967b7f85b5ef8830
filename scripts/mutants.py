"""Run mutmut over the modules that pyproject.toml lists, and count its mutants by module.

    python scripts/mutants.py [MODULE ...]        such as  learning.splits

Everything is made anew in the folder mutants/, so that no figure is of older tests.
The exit code is 1 where less than nine mutants in ten of a module are killed.

mutmut leaves decorated methods out, because a copy of one would be registered twice.
Properties and validators are a good part of the rules, so they are mutated here too:
the copies go without the decorator, and the method that chooses among them keeps it.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from unittest.mock import patch

import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

DECORATORS = {"cached_property", "contextmanager", "model_validator", "property"}
FEWEST_KILLED = 0.9
COLUMNS = ("killed", "survived", "timeout", "no tests")
# A fork of a process whose threads have worked can wait for them for ever.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_skips = file_mutation.MutationVisitor._skip_node_and_children  # noqa: SLF001 - no public door
_arranged = file_mutation.function_trampoline_arrangement
Arranged = tuple[
    Sequence[file_mutation.MODULE_STATEMENT],
    Sequence[file_mutation.MODULE_STATEMENT],
    Sequence[file_mutation.MODULE_STATEMENT],
    Sequence[str],
]


def bare(function: cst.FunctionDef) -> cst.FunctionDef:
    """Return a function without those decorators that its copies can do without."""
    kept = [d for d in function.decorators if _name(d) not in DECORATORS]
    return (
        function
        if len(kept) == len(function.decorators)
        else function.with_changes(decorators=kept)
    )


def _name(decorator: cst.Decorator) -> str:
    called = decorator.decorator
    called = called.func if isinstance(called, cst.Call) else called
    return called.value if isinstance(called, cst.Name) else ""


def skips(visitor: file_mutation.MutationVisitor, node: cst.CSTNode) -> bool:
    """Say whether a node is left out, as mutmut would without the decorators."""
    return _skips(visitor, bare(node) if isinstance(node, cst.FunctionDef) else node)


def arranged(
    function: cst.FunctionDef, mutants: Iterable[file_mutation.Mutation], class_name: str | None
) -> Arranged:
    """Return what mutmut makes of the bare function, with the decorators on the first."""
    before, made, after, names = _arranged(bare(function), mutants, class_name)
    first = cst.ensure_type(made[0], cst.FunctionDef)
    decorators = [*function.decorators, first.decorators[-1]]
    return before, [first.with_changes(decorators=decorators), *made[1:]], after, names


def counts() -> dict[Path, Counter[str]]:
    """Return how the mutants of each module ended, of those that were run."""
    found = {}
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        ended = [code for code in data.exit_code_by_key.values() if code is not None]
        if ended:
            found[path] = Counter(status_by_exit_code[code] for code in ended)
    return found


def table(found: dict[Path, Counter[str]]) -> str:
    """Return the counts as a table in Markdown."""
    every = Counter(chain.from_iterable(ended.elements() for ended in found.values()))
    rows = [
        ["module", "mutants", *COLUMNS, "killed of all"],
        ["---", *["---:"] * (len(COLUMNS) + 2)],
        *(_row(f"`{path}`", ended) for path, ended in found.items()),
        _row("all", every),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str, ended: Counter[str]) -> list[str]:
    numbers = [ended.total(), *(ended[column] for column in COLUMNS)]
    return [name, *map(str, numbers), f"{_share(ended):.1%}"]


def _share(ended: Counter[str]) -> float:
    return ended["killed"] / ended.total()


def main(modules: Sequence[str]) -> int:
    """Make the mutants, run the tests on those of some modules or of all, and show counts."""
    os.environ |= ONE_THREAD
    shutil.rmtree("mutants", ignore_errors=True)
    names = [f"mlcli.{module}.x*" for module in modules]
    with (
        patch.object(file_mutation.MutationVisitor, "_skip_node_and_children", skips),
        patch.object(file_mutation, "function_trampoline_arrangement", arranged),
    ):
        cli(["run", "--max-children", "1", *names], standalone_mode=False)
    found = counts()
    sys.stdout.write(table(found))
    return 0 if all(_share(ended) >= FEWEST_KILLED for ended in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Count what holds the house together, and say where it does not.

    python scripts/house.py [--all] [FOLDER]

Each line is a count of ``src`` and the most that it may be; below one that is too many
stand its places, with ``--all`` below each. The exit code is 1 where one is too many.

The patterns are read from the syntax tree, which knows no types: what an expression is
about is told by its last name, so ``found.task`` and ``kind_of.target.kind`` are kinds of
answer, ``column.kind`` is none. CONTRIBUTING.md says what each count is good for.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_MODULES = 20
MOST_LINES = 500

SAME_THING = {
    "catalogue": "a catalogue, learned and asked",
    "compare": "the verb, its command and its screen",
    "data": "the command and its screen",
    "evaluate": "the verb, its command and its screen",
    "evidence": "evidence, gathered and shown",
    "features": "features, learned and encoded",
    "fit": "the verb and its command",
    "history": "the verb, its command and its screen",
    "recommend": "the verb and its command",
    "source": "one export, as it is described, and as a CSV file is read",
    "tune": "the verb, its command and its screen",
}
"""Names that stand in several rooms, because the same verb or thing does."""

KINDS = ("number", "category", "thing")
ROOM_OF_KINDS = {
    *("mlcli.answering.target", "mlcli.answering.label", "mlcli.learning.labels"),
    *("mlcli.judging.judges", "mlcli.screens.in_words"),
}
"""What is about nothing but the differences between kinds of answers."""

ROOM_OF_RULES = "mlcli.definition.rules."
KINDS_OF_RULES = {"Rule", "WhereRule", "ColumnsRule", "AggregateRule", "WholeRule"}
KEPT = {"data", "digests", "evidence", "key", "ledger", "recommend", "rows", "split"}
"""What a manifest is read by: these hold typed values, and no keys."""

CELLS = (
    *("mlcli.grammar.", "mlcli.exports.", "mlcli.tables.", "mlcli.definition.", "mlcli.store."),
    *("mlcli.answering.domain", "mlcli.answering.catalogue", "mlcli.verbs.show_file"),
    *("mlcli.learning.catalogue", "mlcli.learning.description", "mlcli.wording"),
    "mlcli.judging.leaks.one_column",
)
"""Where a bare ``kind`` is that of a cell, and a bare ``value`` is one, or is JSON or YAML."""

OF_COLUMNS = {"column", "columns", "f", "feature", "rule", "summary"}
"""Whose ``kind`` is that of a column, a feature or a rule."""

OF_ANSWERS = {
    *("answer", "answers", "aims", "baseline", "blind", "labels", "learned", "raw"),
    *("truth", "truths", "value", "values", "without_looking"),
}
"""What a kind of answer could be told from, by looking at its type."""

TELLING = ({"str"}, {"float"}, {"float", "int"}, {"dict"})
"""Types that only one kind of answer has."""


class Module(NamedTuple):
    """A module of ``src``: its name, file, text, syntax tree, and all nodes of that."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    nodes: Sequence[ast.AST]


class Finding(NamedTuple):
    """A count: what of, where, how many, and how many there may be."""

    what: str
    places: Sequence[str]
    most: int
    number: int

    @property
    def held(self) -> bool:
        """Say whether it is within its bound."""
        return self.number <= self.most


def read(root: Path) -> dict[str, Module]:
    """Return the modules of a repository by name, packages under their own."""
    found = {}
    for path in sorted((root / "src" / "mlcli").rglob("*.py")):
        parts = path.relative_to(root / "src").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        found[name] = Module(name, path.relative_to(root), text, tree, [*ast.walk(tree)])
    return found


def graph(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """Return by module which others it imports at run time, at its top or in a function."""
    return {
        name: {one for one in _imported(module.tree, modules) if one != name}
        for name, module in modules.items()
    }


def _imported(node: ast.AST, modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield the modules that a tree imports, but for what only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names if alias.name in modules)
        elif isinstance(child, ast.ImportFrom) and child.module in modules:
            whole = (f"{child.module}.{alias.name}" for alias in child.names)
            yield from (name if name in modules else str(child.module) for name in whole)
        yield from _imported(child, modules)


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the sets of modules each of which reaches all others of its set."""
    reached = {name: _reached(name, arrows) for name in arrows}
    found = {
        tuple(sorted(other for other in reached[name] if name in reached[other])) for name in arrows
    }
    return sorted(list(circle) for circle in found if circle)


def _reached(start: str, arrows: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        new = arrows[ahead.pop()] - seen
        seen |= new
        ahead += new
    return seen


def findings(root: Path, modules: Mapping[str, Module]) -> list[Finding]:
    """Return every count of a repository, whose modules were read."""
    arrows = graph(modules)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    longest = sorted((-len(m.text.splitlines()), str(m.path)) for m in modules.values())
    return [
        _count("folders with more than 20 modules", _full(modules), 0),
        _count("modules with one importer", _with_one_importer(arrows, modules, project), 34),
        _count("circles of imports", [" ".join(c) for c in circles(arrows)], 0),
        Finding(
            "lines of the longest module",
            [f"{path}: {-lines}" for lines, path in longest if -lines > MOST_LINES],
            MOST_LINES,
            -longest[0][0],
        ),
        _count("names of two classes", _twice(modules), 0),
        _count("names of two modules that are not the same thing", _namesakes(modules), 0),
        _count("kinds of answer told apart elsewhere", _of_kinds(modules), 5),
        _count("single rules told apart elsewhere", _of_rules(modules), 5),
        _count("keys of manifests read", _keys(modules), 0),
        _count("lines that silence a tool", _silenced(root), 40),
        _count("what tables silence in whole folders", _tables(project), 31),
        Finding("lines of code", [], LINES_BEFORE - 1, sum(map(lines_of_code, modules.values()))),
    ]


LINES_BEFORE = 20_408
"""Lines of code before the modules were moved into rooms."""


def _count(what: str, places: Iterable[str], most: int) -> Finding:
    """Count places, each line once."""
    found = list(dict.fromkeys(places))
    return Finding(what, found, most, len(found))


def _full(modules: Mapping[str, Module]) -> Iterator[str]:
    folders = Counter(m.path.parent for m in modules.values() if m.path.name != "__init__.py")
    yield from (f"{path}: {n}" for path, n in folders.items() if n > MOST_MODULES)


def _with_one_importer(
    arrows: Mapping[str, set[str]], modules: Mapping[str, Module], project: Mapping[str, Any]
) -> Iterator[str]:
    """Yield those modules; entry points import theirs too, and so do names in a text."""
    importers = defaultdict(set)
    for name, targets in arrows.items():
        nodes = modules[name].nodes
        words = {str(one.value) for one in nodes if isinstance(one, ast.Constant)}
        for target in targets | (words & modules.keys()):
            importers[target].add(name)
    for script, target in project["project"]["scripts"].items():
        importers[target.partition(":")[0]].add(script)
    for name, by in sorted(importers.items()):
        if len(by) == 1 and modules[name].path.name != "__init__.py":
            yield f"{modules[name].path}: {next(iter(by))}"


def _twice(modules: Mapping[str, Module]) -> Iterator[str]:
    found = defaultdict(list)
    for module in modules.values():
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(module.path))
    yield from (f"{name}: {', '.join(paths)}" for name, paths in found.items() if len(paths) > 1)


def _namesakes(modules: Mapping[str, Module]) -> Iterator[str]:
    found = defaultdict(list)
    for module in modules.values():
        if module.path.name != "__init__.py":
            found[module.path.stem].append(str(module.path))
    for name, paths in sorted(found.items()):
        if (len(paths) > 1) != (name in SAME_THING):
            yield f"{name}: {', '.join(paths)}"
    yield from (f"{name}: stands nowhere" for name in SAME_THING.keys() - found.keys())


def _of_kinds(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield where a kind of answer is asked for outside the room that is about kinds."""
    own = {
        node.name
        for name in ROOM_OF_KINDS & modules.keys()
        for node in modules[name].tree.body
        if isinstance(node, ast.ClassDef) and not node.name.endswith("Error")
    }
    for module in modules.values():
        if module.name not in ROOM_OF_KINDS:
            cells = module.name.startswith(CELLS)
            statistics = module.name.startswith("mlcli.statistics.")  # classes to share are given
            for node in module.nodes:
                if (
                    _asks_for_class(node, own)
                    or _asks_for_word(node, cells=cells)
                    or (not statistics and _asks_for_classes(node))
                    or (not cells and _looks_at_type(node))
                ):
                    yield _place(module, node)


def _of_rules(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield where one particular rule is asked for outside the folder of rules."""
    own = {
        node.name
        for module in modules.values()
        if module.name.startswith(ROOM_OF_RULES)
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }
    words = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in own}
    for module in modules.values():
        if not module.name.startswith(ROOM_OF_RULES):
            for node in module.nodes:
                if _asks_for_class(node, own - KINDS_OF_RULES) or (
                    isinstance(node, ast.Compare)
                    and _last(node.left) in {"name", "rule"}
                    and _words(node.comparators) & words
                ):
                    yield _place(module, node)


def _asks_for_class(node: ast.AST, names: set[str]) -> bool:
    """Say whether something is held against one of some classes, in any form."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, asked]):
            return bool(_names(asked) & names)
        case ast.MatchClass(cls=asked):
            return _last(asked) in names
        case ast.Compare(left=left, comparators=others):
            return any(_last(one) in names for side in (left, *others) for one in _each(side))
        case _:
            return False


def _asks_for_word(node: ast.AST, *, cells: bool) -> bool:
    """Say whether a task, or the kind of what is no column, is held against words."""
    match node:
        case ast.Compare(left=left, comparators=others):
            subject = next((one for one in (left, *others) if _is_task(one, cells=cells)), None)
            return subject is not None and bool(_words([left, *others]) & {*KINDS})
        case ast.Match(subject=subject, cases=cases):
            words = {str(one.value) for case in cases for one in _constants(case.pattern)}
            return _is_task(subject, cells=cells) and bool(words) and words <= {*KINDS}
        case ast.Subscript(value=ast.Dict(keys=keys)):
            return len(_words(keys) & {*KINDS}) > 1
        case _:
            return False


def _constants(pattern: ast.pattern) -> Iterator[ast.Constant]:
    return (one for one in ast.walk(pattern) if isinstance(one, ast.Constant))


def _is_task(node: ast.AST, *, cells: bool) -> bool:
    last = _last(node)
    if last != "kind":
        return last in {"task", "tasks"}
    if isinstance(node, ast.Attribute):
        return _last(node.value) not in OF_COLUMNS
    return not cells


def _asks_for_classes(node: ast.AST) -> bool:
    """Say whether having classes, or none, tells of what kind something is."""
    tests: list[ast.expr] = []
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            tests = [test]
        case ast.BoolOp(values=values):
            tests = values
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            tests = [operand]
        case ast.Compare(left=left, comparators=[ast.Constant(value=None)]):
            tests = [left]
        case _:
            return False
    flags = (test for test in tests if isinstance(test, ast.Name | ast.Attribute))
    return any(_last(flag) == "classes" for flag in flags)


def _looks_at_type(node: ast.AST) -> bool:
    """Say whether the type of an answer, a label or a prediction is looked at."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, asked]):
            tells = _names(asked) in TELLING and "None" not in ast.unparse(asked)
            return tells and _last(subject) in OF_ANSWERS
        case ast.Call(func=ast.Name(id="type"), args=[subject]):
            return _last(subject) in OF_ANSWERS
        case _:
            return False


def _last(node: ast.AST | None) -> str:
    """Return the last name of an expression: of ``a.b[0]`` it is ``b``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value) | ast.Call(func=value):
            return _last(value)
        case _:
            return ""


def _each(node: ast.AST) -> Sequence[ast.AST]:
    return node.elts if isinstance(node, ast.Tuple | ast.Set | ast.List) else [node]


def _names(node: ast.AST) -> set[str]:
    return {_last(one) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)}


def _words(nodes: Iterable[ast.AST | None]) -> set[str]:
    every = (one for node in nodes if node is not None for one in _each(node))
    return {str(one.value) for one in every if isinstance(one, ast.Constant)}


def _keys(modules: Mapping[str, Module]) -> Iterator[str]:
    """Yield where a key of a manifest is read, by ``["..."]`` or ``.get("...")``."""
    for module in modules.values():
        for node in module.nodes:
            match node:
                case (
                    ast.Subscript(value=ast.Attribute(attr=attr), slice=ast.Constant(value=str()))
                    | ast.Call(
                        func=ast.Attribute(value=ast.Attribute(attr=attr), attr="get"),
                        args=[ast.Constant(value=str()), *_],
                    )
                ) if attr in KEPT:
                    yield _place(module, node)
                case _:
                    pass


def _place(module: Module, node: ast.AST) -> str:
    """Return where a node stands, and its line."""
    line = getattr(node, "lineno", 0) or getattr(getattr(node, "pattern", node), "lineno", 0)
    return f"{module.path}:{line}: {module.text.splitlines()[line - 1].strip()}"


_SILENCING = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover)")


def _silenced(root: Path) -> Iterator[str]:
    """Yield the lines whose comment silences a tool."""
    for folder in ("src", "tests", "scripts", "benchmarks"):
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if _SILENCING.search(text):  # maybe in a string
                for token in tokenize.generate_tokens(io.StringIO(text).readline):
                    if token.type == tokenize.COMMENT and _SILENCING.search(token.string):
                        yield f"{path.relative_to(root)}:{token.start[0]}: {token.string}"


def _tables(project: Mapping[str, Any]) -> Iterator[str]:
    """Yield the codes and modules that tables of pyproject.toml leave unchecked."""
    tools = project["tool"]
    for files, codes in tools["ruff"]["lint"]["per-file-ignores"].items():
        yield from (f"{files}: {code}" for code in codes)
    for override in tools["mypy"].get("overrides", []):
        names = override["module"]
        yield from [names] if isinstance(names, str) else names


def lines_of_code(module: Module) -> int:
    """Return how many lines hold more than a docstring, a comment, or nothing."""
    lines = enumerate(module.text.splitlines(), start=1)
    held = {n for n, line in lines if line.strip() and not line.lstrip().startswith("#")}
    texts = [node for node in module.nodes if isinstance(node, ast.Constant | ast.JoinedStr)]
    for text in texts:  # which may hold what looks like nothing
        held |= _lines(text)
    for node in module.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
            held -= _lines(node)
    return len(held)


def _lines(node: ast.expr | ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or 0) + 1))


def main(words: Sequence[str]) -> int:
    """Print the counts, and return 1 where one is too many."""
    folder = next((word for word in words if word != "--all"), Path(__file__).parents[1])
    root = Path(folder)
    found = findings(root, read(root))
    for one in found:
        sys.stdout.write(f"{one.number:>6,} of {one.most:>6,}  {one.what}\n")
        for place in one.places if "--all" in words or not one.held else ():
            sys.stdout.write(f"{'':18}{place}\n")
    return 0 if all(one.held for one in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

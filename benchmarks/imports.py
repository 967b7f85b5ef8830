"""Import what a program imports, and no more: the memory that it has before it does a thing.

python -P benchmarks/imports.py list FILE SCRIPT [WORD]...     run it, and list its modules
python -P benchmarks/imports.py list FILE -m MODULE [WORD]...
python -P benchmarks/imports.py only FILE                      import those
"""

from __future__ import annotations

import atexit
import runpy
import sys
from importlib import import_module
from pathlib import Path


def note_modules(file: Path, words: list[str]) -> None:
    """Run a program, and write the modules that it imported into a file, in their order.

    Modules that packages made up while they were imported have no name to import them by.
    """
    atexit.register(_write, file)  # a program may end without coming back here
    named = words[0] == "-m"
    sys.argv = words[1:] if named else words
    if named:
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(words[0]).parent))  # as Python does
        runpy.run_path(words[0], run_name="__main__")


def _write(file: Path) -> None:
    found = [
        name
        for name, module in list(sys.modules.items())
        if (spec := getattr(module, "__spec__", None)) is not None and spec.name == name
    ]
    file.write_text("\n".join(found), encoding="utf-8")


def main() -> None:
    """Do what the words of the command line say."""
    verb, file, *words = sys.argv[1:]
    if verb == "list":
        note_modules(Path(file), words)
    else:
        for name in Path(file).read_text(encoding="utf-8").split():
            import_module(name)


if __name__ == "__main__":
    main()

"""What a user can put right, and the exit code each kind of it has."""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Final, NamedTuple, Self

SCHEMA_VERSION: Final = 1
"""It rises when a documented key of what is printed as JSON changes its meaning or goes."""


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    OK = 0
    BUG = 1
    ASKED_WRONGLY = 2
    DATA = 3
    MODEL = 4
    ENVIRONMENT = 5
    REFUSED = 6
    INTERRUPTED = 130
    TERMINATED = 143


class Fix(NamedTuple):
    """One way out of a problem, for a program: what to write where.

    Attributes
    ----------
    value
        What to write. A mapping is merged into the one that ``path`` leads to; ``None`` takes
        away what stands there, or in such a mapping a key.
    path
        The keys and positions that lead there in a definition, or the line and the column of
        a cell. A reader knows no definition: its paths begin at the source, until
        ``MlcliError.fixed_in`` leads there.
    file
        The definition or the export, from the project folder.
    option
        An option of the command, in place of a file and a path.
    """

    value: Any
    path: tuple[str | int, ...] = ()
    file: str = ""
    option: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the documented object."""
        if self.option:
            return {"option": self.option, "value": self.value}
        return {"file": self.file, "path": list(self.path), "value": self.value}


class Problem(NamedTuple):
    """One thing that is wrong, where it is, and what to do next.

    ``place`` reads ``file:line:column`` as far as it is known; ``excerpt`` is
    ready to print; ``fix`` holds the ways out, the likeliest first.
    """

    message: str
    place: str = ""
    excerpt: str = ""
    hint: str = ""
    fix: tuple[Fix, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the documented object."""
        return {
            "message": self.message,
            "place": self.place,
            "hint": self.hint,
            "fix": [one.to_json() for one in self.fix],
        }


class MlcliError(Exception):
    """Something the user can put right; carries every problem found at once.

    ``key`` leads to where a definition asks for what its data cannot give, if it does;
    ``done`` holds what was done before it, by its documented keys.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(
        self,
        message: str,
        *,
        place: str = "",
        hint: str = "",
        fix: Iterable[Fix] = (),
        key: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message)
        self.key = key
        problem = Problem(message, place=place, hint=hint, fix=tuple(fix))
        self.problems: tuple[Problem, ...] = (problem,)
        self.summary = ""
        self.done: dict[str, Any] = {}

    @property
    def place(self) -> str:
        """Return where the first problem is: ``file:line:column``, as far as it is known."""
        return self.problems[0].place

    @property
    def hint(self) -> str:
        """Return what to do next about the first problem."""
        return self.problems[0].hint

    @property
    def fix(self) -> tuple[Fix, ...]:
        """Return the ways out of the first problem, the likeliest first."""
        return self.problems[0].fix

    def within(self, name: str, files: Sequence[str] = ()) -> Self:
        """Return the error with its file in front of places that are only a line.

        ``files`` are those of an export, which may have several; see ``place_of``. The cells
        of its fixes, whose paths begin with a line, are in that file too.
        """
        self.problems = tuple(
            p._replace(
                place=place_of(name, files, p.place.removeprefix("line ")),
                fix=tuple(_in_its_file(one, name, files) for one in p.fix),
            )
            if p.place.startswith("line ") or not p.place
            else p
            for p in self.problems
        )
        return self

    def fixed_in(self, file: str = "", path: tuple[str | int, ...] = ()) -> Self:
        """Return the error with a file and a path in front of fixes that have no file yet."""
        self.problems = tuple(
            p._replace(
                fix=tuple(
                    f if f.file or f.option else f._replace(file=file, path=(*path, *f.path))
                    for f in p.fix
                )
            )
            for p in self.problems
        )
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the documented object."""
        first, *_ = self.problems
        return {
            "code": self.exit_code.name.lower(),
            **first.to_json(),
            "exit": int(self.exit_code),
            "problems": [problem.to_json() for problem in self.problems],
        }


LINES_A_FILE: Final = 10**10
"""Line n of file i of an export (counted from 0) is known as ``i * LINES_A_FILE + n``."""


def place_of(name: str, files: Sequence[str], line: str | int) -> str:
    """Return where a line stands, as ``file:line``; the name alone where no line is known."""
    if line == "":
        return name
    file, number = divmod(int(line), LINES_A_FILE)
    return f"{files[file] if files else name}:{number}"


def _in_its_file(fix: Fix, name: str, files: Sequence[str]) -> Fix:
    """Return a fix with its file, where it is that of a cell."""
    if fix.file or not fix.path or not isinstance(fix.path[0], int):
        return fix
    file, _, line = place_of(name, files, fix.path[0]).rpartition(":")
    return fix._replace(file=file, path=(int(line), *fix.path[1:]))


class AskedWronglyError(MlcliError):
    """An option, a name or a combination of them makes no sense."""

    exit_code = ExitCode.ASKED_WRONGLY


class UnsuitedError(AskedWronglyError):
    """A definition asks for what its data cannot give; its ``key`` says where."""


class DefinitionError(MlcliError):
    """A definition file is wrong; holds all of its problems, in file order."""

    exit_code = ExitCode.ASKED_WRONGLY

    def __init__(self, problems: Iterable[Problem], *, summary: str = "") -> None:
        listed = tuple(problems)
        super().__init__("; ".join(problem.message for problem in listed))
        self.problems = listed
        self.summary = summary


class DataError(MlcliError):
    """An export holds something that cannot be read or learned from."""

    exit_code = ExitCode.DATA


class ModelError(MlcliError):
    """A stored model is missing, damaged, foreign or of another version."""

    exit_code = ExitCode.MODEL


class EnvironmentProblemError(MlcliError):
    """The disk, a permission, or a missing extra is in the way."""

    exit_code = ExitCode.ENVIRONMENT


def missing_extra(extra: str, needs: str, *, instead: str = "") -> EnvironmentProblemError:
    """Return the error about a package that is not installed: ``Parquet files need``."""
    return EnvironmentProblemError(
        f"{needs} a package that is not installed", hint=f"pip install 'mlcli[{extra}]'{instead}"
    )


class RefusedError(MlcliError):
    """The question lies outside what the model learned."""

    exit_code = ExitCode.REFUSED


class StoppedError(MlcliError):
    """A signal came; says what had been saved by then, such as ``pizzeria@2``."""

    how: ClassVar[str]

    def __init__(self, saved: Iterable[str] = ()) -> None:
        self.saved = tuple(saved)
        super().__init__(f"{self.how}; {' and '.join(self.saved) or 'nothing'} was saved")


class InterruptedByUserError(StoppedError):
    """Ctrl-C was pressed."""

    exit_code = ExitCode.INTERRUPTED
    how = "interrupted"


class TerminatedError(StoppedError):
    """The process was asked to end."""

    exit_code = ExitCode.TERMINATED
    how = "asked to end"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words nearest to a misspelt one, if any are."""
    from calendar import day_abbr, day_name, month_abbr, month_name
    from difflib import SequenceMatcher, get_close_matches

    folded = {name.casefold(): name for name in reversed(list(known))}
    asked = word.casefold()
    calendar = {name.casefold() for name in (*day_name, *day_abbr, *month_name, *month_abbr)}
    if asked in calendar:  # Monday is no misspelt Sunday, but Mon may be Monday
        others = {name for name in calendar if name[:3] != asked[:3]}
        folded = {name: folded[name] for name in folded if name not in others}
    swapped = [name for name in folded if sorted(name) == sorted(asked)]
    found = [*swapped, *get_close_matches(asked, folded, n=3, cutoff=0.65)]
    ratio = {name: SequenceMatcher(None, name, asked).ratio() for name in found}
    best = swapped or [name for name in ratio if ratio[name] > max(ratio.values()) - 0.1]
    return [folded[name] for name in best]


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known words nearest to a misspelt one, if any are."""
    return one_of(nearest(word, known))


def one_of(words: Sequence[str]) -> str:
    """Return a hint that names some words in place of another, if there are any."""
    return f"did you mean {' or '.join(map(repr, words))}?" if words else ""


def meant(hint: str) -> list[str]:
    """Return the words that a hint names in place of another: the nearest, or its new name."""
    words = rf"({_QUOTED}(?: or {_QUOTED})*)"
    found = re.search(rf"(?:did you mean|its name is) {words}(?:\?| now)", hint)
    return quoted_in(found[1]) if found else []


def quoted_in(text: str) -> list[str]:
    """Return the words that a text quotes as Python does."""
    from ast import literal_eval

    return [literal_eval(word) for word in re.findall(_QUOTED, text)]


_QUOTED: Final = r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known words, or all of a short list."""
    names = list(known)
    short = 12
    there = "there is" if len(names) == 1 else "there are"
    listed = f"{there} {', '.join(names)}" if 0 < len(names) <= short else ""
    return near(word, names) or listed

"""The terminal side: parse, call the verbs, show; the one place that ends the program."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TextIO, runtime_checkable

import typer
from typer.core import TyperCommand, TyperOption

from mlcli import __version__, wording
from mlcli.errors import (
    AskedWronglyError,
    EnvironmentProblemError,
    ExitCode,
    Fix,
    InterruptedByUserError,
    MlcliError,
    TerminatedError,
    did_you_mean,
    near,
)
from mlcli.screens import say

if TYPE_CHECKING:
    from mlcli.cli import options
    from mlcli.grammar.cells import Json
    from mlcli.verbs.next_steps import NextCommand


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlcli {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
    folder: Annotated[
        str | None,
        typer.Option(
            "--project",
            "-C",
            metavar="DIR",
            help="The project folder, in front of the command; MLCLI_PROJECT names it too.",
        ),
    ] = None,
) -> None:
    """Learn from CSV exports and one YAML file; then ask, and know how far to trust the answer."""
    del version, folder


class _Command(TyperCommand):
    """A command that refuses an option given twice, of which Typer would take the last."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; raises ``AskedWronglyError`` for an option that stands twice."""
        args = [self._known(word) for word in args]
        found, _, order = self.make_parser(ctx).parse_args(args=list(args))
        options = [one for one in order if isinstance(one, TyperOption)]
        for one in () if ctx.resilient_parsing else dict.fromkeys(options):
            takes_one = not (one.multiple or one.is_flag)
            if takes_one and (times := options.count(one)) > 1:
                option = max(one.opts, key=len)
                raise AskedWronglyError(
                    f"{option} stands here {times} times, and takes one value",
                    hint=f"write {option} once",
                    fix=[Fix(found[one.name or ""], option=option)],
                )
        return super().parse_args(ctx, args)

    def _known(self, word: str) -> str:
        """Return an option as it is called, if it is written as the column is: ``--Guests``."""
        option, equals, value = word.partition("=")
        known = {name for one in self.params for name in one.opts}
        small = option.lower()
        if option in known or small in known:
            return word if option in known else f"{small}{equals}{value}"
        from mlcli.cli import options

        names = [name for one in self.params if options.is_feature(one) for name in one.opts]
        begun = [name for name in names if name.startswith(small)]
        if len(small) <= len("--") or not small.startswith("--") or not begun:
            return word
        if len(begun) > 1:
            raise AskedWronglyError(
                f"{option} is the beginning of {wording.both(begun)}",
                hint="write more of it, so that it can be only one of them",
            )
        return f"{begun[0]}{equals}{value}"


def build(words: Sequence[str]) -> typer.Typer:
    """Return the command line; options of predict and recommend are those of the fitted models.

    ``words`` are the arguments. Where no command is among them, none can run, and its name and
    what it is for are enough; models are only looked at where an option of theirs may be needed.
    """
    app = typer.Typer(
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_root,
    )
    if _COMPLETING in os.environ or not COMMANDS.keys().isdisjoint(words):
        for name in [name for name in COMMANDS if name in words[:1]] or COMMANDS:
            _add(app, name, words)
    else:
        for name, what_for in COMMANDS.items():
            app.command(name, help=what_for)(lambda: None)
    return app


COMMANDS: Final = {
    "start": "Begin with your exports: define, fit, and say what to try next.",
    "data": "Show the table to learn from, and where every row went.",
    "fit": "Learn from exports, judge on held-out rows, and keep the model.",
    "evaluate": "Judge a model on rows that it did not learn from.",
    "tune": "Try hyperparameters, say which to take, and keep a version.",
    "compare": "Say which model is better on the same rows, and by how much.",
    "history": "Show every fit, and whether it did better than the one before.",
    "use": "Let another version answer.",
    "predict": "Answer a question by a fitted model.",
    "recommend": "Suggest things of a catalogue, the best first.",
    "report": "Write a report of a model, to read or send.",
    "serve": "Show models as pages, and answer by JSON.",
    "explain": "Say what a code or a word means.",
    "schema": "Print the JSON Schema of definitions, or of what --json prints.",
    "skill": "Print a page that teaches a program to use mlcli.",
}
"""What each command is for, as its own help begins; in the order of ``mlcli --help``."""


EXAMPLES: Final = {
    "data": ("mlcli data pizzeria", "mlcli data data/orders.csv"),
    "fit": ("mlcli fit pizzeria", "mlcli fit pizzeria --set model=ridge"),
    "evaluate": ("mlcli evaluate -m pizzeria", "mlcli evaluate -m pizzeria --json"),
    "tune": (
        "mlcli tune pizzeria --set model=ridge --set 'tune={penalty: [0.1, 1, 10]}' --dry-run",
        "mlcli tune pizzeria --set model=polynomial_regression --set 'tune={degree: 1 to 4}'",
    ),
    "compare": (
        "mlcli compare pizzeria --models linear_regression,log_regression",
        "mlcli compare pizzeria --models ridge:penalty=0.1,ridge:penalty=10 --json",
    ),
    "history": ("mlcli history", "mlcli history pizzeria --last 5"),
    "use": ("mlcli use pizzeria@1", "mlcli use pizzeria@1 --json"),
    "predict": ("mlcli predict --reservations 15", "mlcli predict --date 2024-01-02 --why"),
    "recommend": (
        "mlcli recommend --budget cheap --play adventure",
        "mlcli recommend --play puzzle --top 3",
    ),
    "report": ("mlcli report pizzeria", "mlcli report gamedrop --format vega"),
    "serve": ("mlcli serve", "mlcli serve --port 8080 --today 2024-01-02"),
    "explain": ("mlcli explain copy", "mlcli explain MAE"),
    "schema": ("mlcli schema", "mlcli schema --of predict"),
    "skill": ("mlcli skill", "mlcli skill --json"),
    "start": (
        "mlcli start data/reservations.csv data/orders.csv",
        "mlcli start data/games.csv --ask 'suggest game_name' --yes",
    ),
}
"""What each help shows: commands that run on the samples, pizzeria and gamedrop."""


_BESIDE: Final = {"use": "history", "explain": "skill"}
"""Commands that stand in the module of another."""

_OF_MODELS: Final = ("predict", "recommend")
"""Commands whose options are the features of the fitted models."""


def _add(app: typer.Typer, name: str, words: Sequence[str]) -> None:
    """Add a command, whose module is imported here: where one is named, it is the only one."""
    module = import_module(f"mlcli.cli.{_BESIDE.get(name, name)}")
    shown = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in EXAMPLES[name])
    if name in _OF_MODELS:
        shelf = _shelf(name, words)
        settings = _any_option(shelf)
        made = app.command(name, cls=_Command, context_settings=settings, epilog=shown)
        made(module.command(shelf))
    else:
        app.command(cls=_Command, epilog=shown)(getattr(module, name))


def _shelf(verb: str, words: Sequence[str]) -> options.Shelf:
    """Return the fitted models whose options a command has; none where it is not asked for."""
    from mlcli.cli import options

    look = _COMPLETING in os.environ or verb in words
    return options.shelf(verb, words) if look else options.Shelf({}, {}, verb)


def _any_option(shelf: options.Shelf) -> dict[str, bool]:
    """Where no model can be read, let the command say so, and not that it lacks their options."""
    allowed = {"allow_extra_args": True, "ignore_unknown_options": True}
    return allowed if shelf.lacks_options else {}


_COMPLETING = "_MLCLI_COMPLETE"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    folder, rest = _folder(words)
    if rest[:1] == ["init"]:
        rest[0] = "start"
    if not folder:
        return _main(rest)
    from mlcli.verbs import project

    said = project.FOLDER.set(folder)
    try:
        return _main(rest)
    finally:
        project.FOLDER.reset(said)


def _folder(words: list[str]) -> tuple[str, list[str]]:
    """Return the folder that ``-C`` names in front of a command, and the words without it."""
    match words:
        case [("-C" | "--project"), folder, *rest]:
            return folder, rest
        case [word, *rest] if word.startswith("--project="):
            return word.removeprefix("--project="), rest
    return os.environ.get("MLCLI_PROJECT", ""), words


def _main(words: list[str]) -> int:
    """Run one command; say what went wrong, if something did."""
    try:
        return _run(words)
    except MlcliError as error:
        return _failed(error, words)
    except MemoryError:
        hint = "use smaller exports, or gather their rows with  engine: duckdb"
        return _failed(EnvironmentProblemError("there is not enough memory", hint=hint), words)
    except OSError as error:  # such as a full disk behind stdout, or a folder that is gone
        reason = error.strerror or type(error).__name__
        return _failed(EnvironmentProblemError(reason, place=str(error.filename or "")), words)
    except Exception as error:  # noqa: BLE001 - the only broad except in the program
        if isinstance(error, _Misuse):
            return _misused(error, words)
        if "--json" in words:
            say.failure(MlcliError(f"mlcli has a bug: {type(error).__name__}: {error}"))
        say.bug(error)
        return ExitCode.BUG


def _failed(error: MlcliError, words: list[str]) -> int:
    """Say what went wrong, under ``--json`` as an object too; return the exit code."""
    if "--json" in words:
        say.failure(error, _then(error, words))
    say.problems(error)
    return error.exit_code


def _then(error: MlcliError, words: list[str]) -> list[Json]:
    """Return what to go on with after an error; nothing, where that cannot be found out."""
    from mlcli.verbs import next_steps

    try:
        found = next_steps.after_error(error, words)
        return next_steps.as_json(one for one in found if one is not None and _ends_well(one))
    except (MlcliError, OSError):  # such as a folder that may not be looked into
        return []


def _ends_well(step: NextCommand) -> bool:
    """Say whether a command that would change nothing ends with 0: it is run, and shows nothing.

    A start is run without its ``--yes``: it names itself with it, if that ends well. As it
    learns, one of larger exports is not run, and not named.
    """
    touches = any(word.startswith("--output") or word.endswith("-") for word in step.words)
    starts = step.words[0] == "start" and "--example" not in step.words
    if step.sure or touches or step.words[0] == "tune" or (step.writes and not starts):
        return True  # standard input is read once
    if starts and _bytes(step.words[1:]) > _SOON_LEARNED:
        return False
    words = [word for word in step.words if not (starts and word in {"--yes", "-y", "--json"})]
    shown = StringIO()
    with redirect_stdout(shown), redirect_stderr(StringIO()):
        ended = _main([*words, *(["--json"] if starts else [])])
    if ended in {ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        raise InterruptedByUserError
    return ended == ExitCode.OK and (not starts or '"--yes"' in shown.getvalue())


def _bytes(words: Sequence[str]) -> int:
    """Return the size of the files that words name, or that folders hold; ``data`` if none do."""
    from mlcli.verbs import project

    named = [path for path in map(Path, words) if path.exists()]
    files = (
        one
        for path in named or [Path(project.FOLDER.get()) / "data"]
        for one in (path.iterdir() if path.is_dir() else [path])
    )
    return sum(one.stat().st_size for one in files if one.is_file())


_SOON_LEARNED: Final = 1 << 15
"""Bytes of exports, some hundred rows, that a start learns from within a second."""


def _run(words: list[str]) -> int:
    """Run one command; what it printed has left the program when this returns.

    Where there is none, say what to do first, and which commands there are.
    """
    _known_words(words)
    if not words and _COMPLETING not in os.environ:
        _first_step()
        words = ["--help"]
    try:
        ended = build(words)(args=words, prog_name="mlcli", standalone_mode=False)
    except SystemExit as done:  # completion ends this way
        ended = done.code
    sys.stdout.flush()
    return int(ended or 0)


@runtime_checkable
class _Misuse(Protocol):
    """An error of Typer's about the words of a command; its class has no public name."""

    exit_code: int

    def format_message(self) -> str:
        """Return what is wrong."""


def _misused(error: _Misuse, words: list[str]) -> int:
    """Say what Typer refuses, in its words, and what was meant."""
    message = error.format_message().partition(" (Possible option")[0]
    option = message.rpartition("No such option: ")[2]
    meant = near(option, getattr(error, "possibilities", None) or ())
    asked = " ".join(["mlcli", *(word for word in words[:1] if word in COMMANDS)])
    hint = meant or f"{asked} --help  shows what it takes"
    return _failed(AskedWronglyError(message.rstrip("."), hint=hint), words)


def _first_step() -> None:
    """Say what to do first, where nothing is asked."""
    from mlcli.verbs import next_steps

    try:
        first = next((one for one in next_steps.at_first(tried=False) if one is not None), None)
    except (MlcliError, OSError):  # such as a folder that may not be looked into
        first = None
    if first is None or first == next_steps.describing():  # nothing is defined here yet
        say.answer("first:  mlcli start FILE  (with your exports; or a folder of them)")
        say.answer("   or:  mlcli start --example pizzeria  (in an empty folder, to try it)")
    else:
        say.answer(f"first:  {first.line}  ({first.why})")
    say.answer("")


def _known_words(words: list[str]) -> None:
    """Raise where there is no such command, or a model is named as definitions are."""
    match words:
        case [command, *_] if command not in COMMANDS and not command.startswith("-"):
            hint = did_you_mean(command, COMMANDS)
            raise AskedWronglyError(f"there is no command {command!r}", hint=hint)
        case [
            ("fit" | "tune" | "compare" | "data" | "use" | "history") as command,
            option,
            *rest,
        ] if option in {"-m", "--model"}:
            named = wording.quoted(rest[0]) if rest else "NAME"
            named += " OTHER" if command == "compare" else ""
            raise AskedWronglyError(
                f"{command} takes names without {option}",
                hint=f"leave {option} out:  mlcli {command} {named}",
                fix=[Fix(None, option=option)],
            )
        case [("evaluate" | "predict" | "recommend") as command, name, *_] if name[:1].isalpha():
            raise AskedWronglyError(
                f"{command} takes options only, and {name!r} is none",
                hint=f"name a model with  -m:  mlcli {command} -m {wording.quoted(name)}",
            )
        case ["use", name, number, *_] if number.isdecimal() and "@" not in name:
            raise AskedWronglyError(
                f"a version is one word with its model, and {number!r} stands alone",
                hint=f"write  mlcli use {wording.quoted(f'{name}@{number}')}",
            )


_OBJECTS = 10_000
"""How many objects are made between two looks for cycles; why, says docs/decisions/0022."""


def entry() -> None:
    """Run the program: ``main`` with the signals of a terminal program."""

    def interrupted(*_: object) -> None:
        raise InterruptedByUserError

    def terminated(*_: object) -> None:
        raise TerminatedError

    sys.stdout, sys.stderr = (
        stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it was closed
        for stream in (sys.stdout, sys.stderr)
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a letter shows another
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, terminated)
    if hasattr(signal, "SIGPIPE"):  # `mlcli predict | head` ends without a word
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    gc.set_threshold(_OBJECTS)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # learning takes one; more only spin
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")  # what is installed has no say
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # there is nobody left to catch an error
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        _empty(stream)
    gc.freeze()  # what imports made is not searched for cycles once more: docs/decisions/0022
    sys.exit(code)


def _empty(stream: TextIO) -> None:
    """Flush a stream, or close it where that fails, so that Python does not try again."""
    try:
        stream.flush()
    except OSError:  # said already, where that was possible
        with suppress(OSError):
            stream.close()

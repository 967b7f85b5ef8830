"""mlcli skill - a page that teaches a program to use mlcli; mlcli explain - what a code means."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from mlcli import wording
from mlcli.errors import AskedWronglyError, ExitCode, near
from mlcli.grammar import meanings
from mlcli.screens import say


def skill(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print a page that teaches a program to use mlcli."""
    from mlcli.cli import process

    page = _page(process.COMMANDS)
    if json:
        from mlcli.verbs import next_steps

        say.result({"skill": page}, next_steps.as_json(next_steps.at_first()))
    else:
        for line in page.splitlines():
            say.answer(line)


def _page(commands: dict[str, str]) -> str:
    """Return the page: the loop, the commands, how they end."""
    listed = "\n".join(f"mlcli {name}: {what_for}" for name, what_for in commands.items())
    codes = ", ".join(f"{int(code)} {code.name.lower().replace('_', ' ')}" for code in ExitCode)
    return _PAGE.format(commands=listed, codes=codes)


_PAGE: Final = """\
mlcli: models from exports and a YAML file

With --json, each command prints one object on stdout:
{{"schema_version", ..., "next": [{{"argv", "why", "writes", "needs"}}]}}, or
{{"schema_version", "error": {{"code", "message", "hint", "fix", "exit", "problems"}}, "next"}}.
Run next[0].argv as it stands: it ends with exit 0. "writes" says what it
changes. "fix" holds the ways out of a problem: {{"option", "value"}} for the command, or
{{"file", "path", "value"}} to write into a definition (null takes a key away). Where "fix" is
empty, ask a person; never guess what data mean.

mlcli start FILE ... --yes --ask TEXT does 1 to 4 at once; TEXT is  COLUMN,  suggest COLUMN,  or
sum of COLUMN [where COLUMN is VALUE] per day|week|month.  Without --yes it prints its questions.

The loop
1. mlcli data FILE        what an export holds, and a source that reads it
2. configs/NAME.yaml      sources, features, label, model (mlcli schema describes it)
3. mlcli data NAME        the rows learned from, and why others are not
4. mlcli fit NAME         learns, judges on rows held out, keeps a version
5. mlcli evaluate -m NAME how far to trust it: read evidence.alarms and evidence.fit first
6. mlcli predict -m NAME --FEATURE VALUE | --date DAY | --input FILE
   mlcli recommend -m NAME --FEATURE WORD
7. change one thing: mlcli fit NAME --set model=ridge --if-better
   keeps it only if it is shown to be better; mlcli use NAME@N goes back

Of an answer: "inside" is false where it asks for more than was learned; "outside_of" names
where. "notes" have "note_codes". Tell a person both, and the error of "metrics" with its unit.
-C DIR in front of the command, or MLCLI_PROJECT, is the project. MLCLI_TODAY pins today.
mlcli schema --of COMMAND describes what a command prints.

Commands
{commands}

Exit codes: {codes}.
mlcli explain CODE says what one means, and what to do.
"""


_NAMES: Final = 22
"""Columns that the longest code takes, and a blank."""


def _codes(incomplete: str) -> list[str]:
    return [code for code in meanings.all_of_them() if code.startswith(incomplete)]


def explain(
    code: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CODE]",
            help="A code of an alarm, a note or an error, an exit code, or a word that screens "
            "use, such as MAE or held out; all of them if none is named.",
            autocompletion=_codes,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a code or a word means."""
    known, said = meanings.all_of_them(), " ".join(code or ())
    name = meanings.called(said)
    if code and name not in known:
        hint = near(name, known) or "mlcli explain  lists all codes and words"
        raise AskedWronglyError(f"there is no code or word {said!r}", hint=hint)
    found = {name: known[name]} if code else known
    if json:
        say.result({"codes": [{"code": name, **one._asdict()} for name, one in found.items()]})
        return
    if not code:
        _list()
        return
    one = known[name]
    for text in (f"{name}: {one.means}", *([f"To do: {one.to_do}"] if one.to_do else [])):
        for line in wording.wrapped(text, say.columns()):
            say.answer(line)


def _list() -> None:
    """Print all codes and words, by their kinds."""
    for at, (kind, codes) in enumerate(meanings.by_kind().items()):
        say.answer(f"\n{kind}" if at else kind)
        for name, one in codes.items():
            first, *others = wording.wrapped(one.means, say.columns() - _NAMES)
            for line in (
                f"{name:<{_NAMES}}{first}",
                *(f"{'':{_NAMES}}{other}" for other in others),
            ):
                say.answer(line)

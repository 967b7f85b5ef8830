"""mlcli explain - say what a code means."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from mlcli import wording
from mlcli.cli import say
from mlcli.errors import AskedWronglyError, near
from mlcli.grammar import meanings

_NAMES: Final = 22
"""Columns that the longest code takes, and a blank."""


def _codes(incomplete: str) -> list[str]:
    return [code for code in meanings.all_of_them() if code.startswith(incomplete)]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]",
            help="Of an alarm, a note or an error, or an exit code; all codes if none is named.",
            autocompletion=_codes,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a code means, and what to do."""
    known = meanings.all_of_them()
    if code is not None and code.lower() not in known:
        hint = near(code, known) or "mlcli explain  lists all codes"
        raise AskedWronglyError(f"there is no code {code!r}", hint=hint)
    found = known if code is None else {code.lower(): known[code.lower()]}
    if json:
        say.result({"codes": [{"code": name, **one._asdict()} for name, one in found.items()]})
        return
    for name, one in found.items():
        if code is None:
            first, *others = wording.wrapped(one.means, say.columns() - _NAMES)
            say.answer(f"{name:<{_NAMES}}{first}")
            for line in others:
                say.answer(f"{'':{_NAMES}}{line}")
            continue
        for text in (f"{name}: {one.means}", *([f"To do: {one.to_do}"] if one.to_do else [])):
            for line in wording.wrapped(text, say.columns()):
                say.answer(line)

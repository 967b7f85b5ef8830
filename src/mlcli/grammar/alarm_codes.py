"""The codes of alarms and notes on the table that is learned from, and how one is acknowledged."""

from __future__ import annotations

from typing import Final, Literal, get_args

from mlcli.errors import near
from mlcli.grammar.phrases import PhraseError

Alarming = Literal[
    "copy", "sum", "product", "counter", "alike", "duplicates", "near_copies", "mean_encoding"
]
WorthALook = Literal["strong", "part", "rising", "repeated"]
"""Of these nothing is wrong as a rule: they are shown as notes, not as alarms."""

AlarmCode = Alarming | WorthALook
"""What an alarm of ``judging.leaks`` is about."""

WORTH_A_LOOK: Final[tuple[WorthALook, ...]] = get_args(WorthALook)
CODES: Final[tuple[AlarmCode, ...]] = (*get_args(Alarming), *WORTH_A_LOOK)

FINAL: Final = "final_count"
"""The code by which a definition acknowledges counts that are known too late."""


def acknowledged(text: str) -> tuple[str, str]:
    """Read ``CODE`` or ``CODE COLUMN``: an alarm that is known, and the column it is about.

    Raises
    ------
    PhraseError
        No alarm has that code.
    """
    codes = (*CODES, FINAL)
    code, _, column = text.strip().partition(" ")
    if code not in codes:
        raise PhraseError(
            f"{code!r} is the code of no alarm",
            near(code, codes) or f"the codes are {', '.join(codes)}",
        )
    return code, column.strip()

"""Which day is today: what the clock says, or the environment instead of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from mlcli.errors import AskedWronglyError
from mlcli.grammar import phrases


def today() -> datetime:
    """Return what the clock says; ``MLCLI_TODAY`` may say which day it is.

    Raises
    ------
    AskedWronglyError
        That is no day.
    """
    said = os.environ.get("MLCLI_TODAY")
    if not said:
        return datetime.now(UTC).astimezone().replace(tzinfo=None)
    try:
        return phrases.day(said)
    except phrases.PhraseError as error:
        raise AskedWronglyError(f"MLCLI_TODAY: {error}", hint=error.hint) from error

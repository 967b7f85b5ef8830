"""What a page or a report of a model is called, in the words of its owner."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlcli.definition.vocabulary import Frozen, OptionError

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{6})")
_Line = Annotated[str, Field(min_length=1, max_length=200)]


def _colour(value: object) -> object:
    found = _HEX.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise OptionError("a colour is six digits of 0 to 9 and a to f", 'write  colour: "#a3341b"')
    return f"#{found[1].lower()}"


class Page(Frozen):
    """Words and colour of a page; no model is another one because of them."""

    title: _Line | None = None
    """What stands above; the name of the definition if not said."""

    question: _Line | None = None
    """What is asked: How many doughs do we prepare tonight?"""

    thing: _Line | None = None
    """What an answer is one of: dough, game."""

    colour: Annotated[
        str | None,
        BeforeValidator(_colour),
        WithJsonSchema({"type": "string", "pattern": "^#?[0-9a-fA-F]{6}$"}),
    ] = None
    """The colour of lines and links, in quotes."""

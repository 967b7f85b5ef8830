"""Where there is nothing to have ready so many of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.vocabulary import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition


def of_decide(definition: Definition) -> Iterator[Contradiction]:
    """Say that only numbers can be too few or too many."""
    if definition.decide is None or definition.task in {"number", None}:
        return
    name = definition.label.name
    what = "things are suggested" if definition.recommend else f"{name!r} is one of some classes"
    message = f"{what}: there is no number to have ready"
    yield Contradiction(("decide",), message, "take  decide:  away")

"""Where there is nothing to have ready so many of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.vocabulary import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition


def of_decide(definition: Definition) -> Iterator[Contradiction]:
    """Say that only numbers can be too few or too many."""
    if definition.decide is None or definition.kind.amount:
        return
    what = definition.kind.describe(definition.label.name)
    message = f"{what}: there is no number to have ready"
    yield Contradiction(("decide",), message, "take  decide:  away")

"""What the algorithm complains of, in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlcli.definition.vocabulary import Contradiction, given
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition


def of_hyperparameters(definition: Definition) -> Iterator[Contradiction]:
    """Say what the algorithm complains of."""
    name = definition.model.name
    for complaint in definition.model.complaints():
        key = complaint.key
        if complaint.known:
            yield Contradiction(
                ("model", key),
                f"{name} has no hyperparameter {key!r}",
                near(key, complaint.known) or f"it has {', '.join(complaint.known)}",
            )
        else:
            yield Contradiction(
                ("model", key),
                f"{key!r} must be {plainly(complaint.needs)}, not {given(complaint.value)}",
                f"see {name} in scikit-learn's documentation",
                at_value=True,
            )


_PLAINLY = (
    # What YAML cannot say.
    (r"(, | or )(a callable|an instance of '(numpy|sklearn)[^']*')", ""),
    (r"\ban int\b|\ban instance of 'int'", "a whole number"),
    (r"\ba float\b|\ban instance of 'float'", "a number"),
    (r"\ban instance of 'bool'", "true or false"),
    (r"\ban instance of 'str'", "text"),
    (r"\ban instance of 'dict'", "a mapping"),
    (r"\ban array-like\b|\ban instance of '(list|tuple)'", "a list"),
    (r"in the range [\[(]-inf, inf[\])]", "of any size"),
    (r"in the range \[([^,]+), inf[\])]", r"of \1 or more"),
    (r"in the range \(([^,]+), inf[\])]", r"above \1"),
    (r"in the range \[([^,]+), ([^,]+)\]", r"from \1 to \2"),
    (r"in the range \[([^,]+), ([^,]+)\)", r"from \1 to below \2"),
    (r"in the range \(([^,]+), ([^,]+)\]", r"above \1, up to \2"),
    (r"in the range \(([^,]+), ([^,]+)\)", r"between \1 and \2"),
    (r"\bNone\b", "null"),
)


def plainly(needs: str) -> str:
    """Say one of scikit-learn's constraints in plain words."""
    for theirs, ours in _PLAINLY:
        needs = re.sub(theirs, ours, needs)
    # They write a set, in whatever order it comes.
    return re.sub(
        r"\ba str among \{(.*?)\}",
        lambda match: f"one of {', '.join(sorted(match[1].split(', ')))}",
        needs,
    )

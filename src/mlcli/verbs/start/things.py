"""Definitions that suggest things: which of their columns can be wished for, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.errors import AskedWronglyError
from mlcli.grammar.words import is_rating
from mlcli.verbs.start.drafts import NO_FEATURES, askable, different_words
from mlcli.verbs.start.proposal import (
    CLASSES,
    TAGS,
    Proposal,
    ProposedFeature,
    ProposedRule,
    ProposedSource,
)
from mlcli.verbs.start.seen import separator, thirds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.grammar.question import AskedFor
    from mlcli.verbs.start.seen import SeenExport

_FEW_WORDS: Final = 30
"""Different words of a column that a suggestion may be asked by."""


def catalogue(found: AskedFor, export: SeenExport, others: Sequence[SeenExport]) -> Proposal:
    """Propose what suggests the things of an export."""
    rules: list[ProposedRule] = []
    features: list[ProposedFeature] = []
    show: list[str] = []
    late: dict[str, str] = {}
    asked: set[str] = set()
    for column in export.view.columns:
        summary = export.view.columns[column].summary
        different = summary.different
        few = different is not None and different <= min(_FEW_WORDS, export.view.rows / 2)
        if column == found.column:
            continue
        if column not in export.named or summary.kind in {"empty", "mixed"}:
            late[column] = NO_FEATURES.get(summary.kind, "no name of its own")
        elif different == 1:
            late[column] = "the same in every row"
        elif column in export.numbers and (found_bands := thirds(export, column)):
            edges, why = found_bands
            name = askable(f"{column}_band", asked, export.name)
            rules.append(ProposedRule("bands", {"of": column, "as": name, **edges}, why))
            features.append(ProposedFeature(name, CLASSES))
            show.append(column)
        elif summary.kind == "text" and (by := separator(different_words(export, column))):
            name = askable(column, asked, export.name)
            if by != "," or name != column:
                rules.append(ProposedRule("split_list", {"of": column, "as": name, "by": by}))
            features.append(ProposedFeature(name, TAGS))
        elif summary.kind in {"text", "true/false"} and few:
            name = askable(column, asked, export.name)
            if name != column:
                rules.append(ProposedRule("rename", {column: name}))
            features.append(ProposedFeature(name, CLASSES))
        else:
            show.append(column)
            late[column] = _SHOWN.get(export.holds(column), "many different words, so it is shown")
    rating = next((one for one in show if one in export.numbers and is_rating(one)), "")
    if not features:
        raise AskedWronglyError(
            f"--ask: nothing can be wished for: {export.export.name} has no column of a few words, "
            "of lists or of many numbers",
        )
    return Proposal(
        name=found.column,
        question=found.text,
        sources=(ProposedSource(export.name, export.view.source, tuple(rules)),),
        features=tuple(features),
        label=ProposedFeature(found.column),
        model="complement_naive_bayes",
        left_out=late,
        unused={one.export.name: "things are of one export" for one in others},
        recommend={"order": ["wishes", "score"], **({"show": show} if show else {}), "top": 5},
        rating=rating,
    )


_SHOWN: Final = {
    "number": "few different numbers, so it is shown",
    "date": "a date, so it is shown",
    "true/false": "few rows, so it is shown",
}


def names(export: SeenExport) -> list[str]:
    """Return the columns that may name things."""
    columns = export.view.columns
    return [
        name
        for name in columns
        if name in export.named
        and export.holds(name) == "text"
        and (many := columns[name].summary.different or export.view.rows)
        and 2 * many > export.view.rows
    ]

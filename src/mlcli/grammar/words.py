"""Words that stand in cells instead of values, in the languages that exports are written in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_VALUE: Final = {
    *("-", "--", "---", "–", "—", "?", ".", "...", "…", "n/a", "#n/a", "n.a.", "na", "<na>", "nan"),
    *("n/d", "nil", "none", "null", "(null)", "\\n"),
    *("missing", "unknown", "tbd", "unavailable", "not available", "not applicable"),
    *("#value!", "#ref!", "#div/0!", "#name?", "#num!"),
    *("k.a.", "k. a.", "n.d.", "s/d", "н/д"),  # in German, French and Italian, Spanish, Russian
    *("0000-00-00", "0000-00-00 00:00:00"),  # as MySQL writes no date
}
_TOTALS: Final = (
    *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "in all", "overall"),
    *("gesamt", "gesamtsumme", "insgesamt", "summe", "zwischensumme", "endsumme"),
    *("totaux", "total général", "somme", "sous-total", "totale", "totali", "somma", "importo"),
    *("totales", "suma", "soma", "totaal", "som", "totalt", "summa", "i alt", "yhteensä"),
    *("razem", "celkem", "spolu", "ukupno", "skupaj", "összesen", "toplam", "σύνολο"),
    *("итого", "всего", "сумма", "всього", "разом", "合計", "小計", "総計", "合计", "总计", "小计"),
    *("總計", "합계", "총계", "average", "mean", "durchschnitt", "moyenne", "media", "promedio"),
)


def stands_for_nothing(text: str) -> bool:
    """Say whether a cell holds one of the words that are often written into an empty one."""
    return text.strip().lower() in _NO_VALUE


def is_word_for_total(cell: str) -> bool:
    """Say whether a cell begins with a word for a total, in some language."""
    text = cell.strip().casefold()
    return text.startswith(_TOTALS) and any(
        text.startswith(word) and not text[len(word) : len(word) + 1].isalnum() for word in _TOTALS
    )


def is_word_for_total_alone(cell: str) -> bool:
    """Say whether a cell is a word for a total, and nothing else."""
    return cell.strip(" .:").casefold() in _TOTALS


YES_AND_NO: Final = (
    *({"yes", "no"}, {"y", "n"}, {"ja", "nein"}, {"ja", "nee"}, {"j", "n"}, {"oui", "non"}),
    *({"o", "n"}, {"sí", "no"}, {"si", "no"}, {"s", "n"}, {"sim", "não"}),
)
"""Both words of a column of yes and no, in small letters."""


_TRUTHS: Final = ({"yes", "true", "y", "t", "1"}, {"no", "false", "n", "f", "0"})
"""Words for what holds, and for what does not."""


def truth(text: str, known: Sequence[str]) -> str:
    """Return which of two words says what a word of truth says; nothing where none does."""
    found = [
        level
        for words in _TRUTHS
        if text.strip().casefold() in words
        for level in known
        if level.casefold() in words
    ]
    return found[0] if len(found) == 1 and len(known) == len(_TRUTHS) else ""


_RATINGS: Final = (
    *("rating", "stars", "score", "points", "review", "grade", "punkte", "sterne", "bewertung"),
    *("étoile", "etoile", "avis", "estrella", "puntuaci", "puntos", "valoraci", "sterren"),
    *("waardering", "beoordeling", "punten"),
)
_RATIOS: Final = (
    *("per", "je", "pro", "par", "por", "average", "avg", "mean", "ratio", "rate", "ø"),
    *("mittel", "durchschnitt", "schnitt", "moyen", "moyenne", "promedio", "gemiddeld"),
)
_NOT_ADDED: Final = (
    *("price", "preis", "einzelpreis", "prix", "precio", "prijs", "stückpreis", "unit price"),
    *("temp", "temperature", "temperatur", "température", "temperatura", "temperatuur", "degree"),
    *(
        "grad",
        "humidity",
        "percent",
        "prozent",
        "id",
        "nr",
        "no",
        "number",
        "nummer",
        "code",
        "plz",
    ),
    *("zip", "year", "jahr", "année", "año", "jaar", "latitude", "longitude"),
)


def is_rating(name: str) -> bool:
    """Say whether a column's name says how good a thing is."""
    return any(word.startswith(_RATINGS) for word in _words(name))


def is_ratio(name: str) -> bool:
    """Say whether a column's name says that one number is divided by another."""
    return "/" in name or any(word in _RATIOS for word in _words(name))


def is_not_added(name: str) -> bool:
    """Say whether a column's name is that of numbers which mean nothing when added up."""
    words = _words(name)
    return is_rating(name) or is_ratio(name) or any(word in _NOT_ADDED for word in words)


def _words(name: str) -> list[str]:
    """Return the words of a column's name, in small letters."""
    apart = re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", name)
    return re.findall(r"[^\W\d_]+|ø", apart.casefold())

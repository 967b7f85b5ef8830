"""A form's survey: a time and eight long questions as names of columns.

Forms join the answers of a question with several boxes by a comma or a semicolon.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, CannotKnow, Layout, Proposed, export, quoted

_NAMES = {
    "at": "Timestamp | Zeitstempel | Horodateur | Marca temporal | Tijdstempel",
    "age": "How old are you? | Wie alt sind Sie? | Quel âge avez-vous ? | ¿Qué edad tiene?"
    " | Hoe oud bent u?",
    "often": "How often do you visit us, roughly? | Wie oft besuchen Sie uns ungefähr?"
    " | À quelle fréquence venez-vous chez nous, environ ?"
    " | ¿Con qué frecuencia nos visita, más o menos? | Hoe vaak komt u ongeveer bij ons?",
    "order": "Which of these do you usually order? (Choose all that apply)"
    " | Was bestellen Sie meistens? (Mehrfachauswahl möglich)"
    " | Que commandez-vous d'habitude ? (plusieurs réponses possibles)"
    " | ¿Qué suele pedir? (marque todas las que correspondan)"
    " | Wat bestelt u meestal? (meerdere antwoorden mogelijk)",
    "service": "How would you rate the service, from 1 (poor) to 5 (great)?"
    " | Wie bewerten Sie den Service, von 1 (schlecht) bis 5 (sehr gut)?"
    " | Comment jugez-vous le service, de 1 (mauvais) à 5 (excellent) ?"
    " | ¿Cómo valora el servicio, de 1 (malo) a 5 (excelente)?"
    " | Hoe beoordeelt u de bediening, van 1 (slecht) tot 5 (uitstekend)?",
    "value": "How would you rate value for money, from 1 to 5?"
    " | Wie bewerten Sie Preis und Leistung, von 1 bis 5?"
    " | Comment jugez-vous le rapport qualité-prix, de 1 à 5 ?"
    " | ¿Cómo valora la relación calidad-precio, de 1 a 5?"
    " | Hoe beoordeelt u de prijs-kwaliteitverhouding, van 1 tot 5?",
    "mail": "May we write to you about news and offers?"
    " | Dürfen wir Ihnen Neuigkeiten und Angebote schicken?"
    " | Pouvons-nous vous envoyer nos nouvelles et nos offres ?"
    " | ¿Podemos escribirle con novedades y ofertas?"
    " | Mogen wij u nieuws en aanbiedingen sturen?",
    "recommend": "How likely are you to recommend us to a friend, from 0 to 10?"
    " | Wie wahrscheinlich empfehlen Sie uns weiter, von 0 bis 10?"
    " | Sur une échelle de 0 à 10, nous recommanderiez-vous à un proche ?"
    " | Del 0 al 10, ¿nos recomendaría a un amigo?"
    " | Hoe waarschijnlijk is het dat u ons aanbeveelt, van 0 tot 10?",
    "else": "Is there anything else that you would like to tell us?"
    " | Möchten Sie uns sonst noch etwas sagen? | Souhaitez-vous ajouter quelque chose ?"
    " | ¿Quiere contarnos algo más? | Wilt u ons verder nog iets vertellen?",
}
_FILES = (
    "Feedback (Responses) - Form Responses 1.csv | Umfrage (Antworten).csv | reponses.csv"
    " | Encuesta de clientes.csv | enquete.csv"
)
_AGES = (
    "under 25 | unter 25 | moins de 25 ans | menos de 25 | jonger dan 25",
    ("25 to 44 | 25 bis 44 | de 25 à 44 ans | de 25 a 44 | 25 tot 44"),
    "45 or older | 45 oder älter | 45 ans ou plus | 45 o más | 45 of ouder",
)
_OFTEN = (
    "Every week | Jede Woche | Chaque semaine | Cada semana | Elke week",
    "Every month | Jeden Monat | Chaque mois | Cada mes | Elke maand",
    "Less often | Seltener | Moins souvent | Con menos frecuencia | Minder vaak",
)
_OWN = (
    "rarely | ganz selten | rarement | casi nunca | zelden",
    "first time | zum ersten Mal | première fois | primera vez | eerste keer",
    "it depends | kommt darauf an | ça dépend | depende | dat hangt ervan af",
)
_DISHES = (
    "Coffee | Kaffee | Café | Café | Koffie",
    "Cake | Kuchen | Gâteau | Tarta | Taart",
    "Breakfast | Frühstück | Petit déjeuner | Desayuno | Ontbijt",
    "Soup | Suppe | Soupe | Sopa | Soep",
)
_TEXTS = {
    "en": "the {0} was {1}; we came with {2} people and waited {3} minutes",
    "de": "der {0} war {1}; wir kamen zu {2} und warteten {3} Minuten",
    "fr": "le {0} était {1} ; nous étions {2} et avons attendu {3} minutes",
    "es": "el {0} estaba {1}; éramos {2} y esperamos {3} minutos",
    "nl": "de {0} was {1}; we kwamen met {2} en wachtten {3} minuten",
}
_FORMS = {
    "en": "%m/%d/%Y %H:%M:%S",
    "de": "%d.%m.%Y %H:%M:%S",
    "fr": "%d/%m/%Y %H:%M:%S",
    "es": "%d/%m/%Y %H:%M:%S",
    "nl": "%d-%m-%Y %H:%M:%S",
}


def made(language: str, seed: int, people: int = 140) -> Layout:
    """Return what some people answered, and how likely they recommend the place."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    # In Spanish everybody answered in the first days of a month: day or month, who knows?
    days = 9 if language == "es" else 45
    seconds = np.sort(rng.choice(days * 86_400, people, replace=False))
    at = pd.Series(pd.Timestamp("2024-03-01") + pd.to_timedelta(seconds, "s"))
    dishes = [style.said(words) for words in _DISHES]
    service, value = rng.integers(1, 6, people), rng.integers(1, 6, people)
    age = [style.said(_AGES[i]) for i in rng.integers(0, 3, people)]
    how_often = rng.integers(0, 3, people)
    often = [style.said(_OFTEN[i]) for i in how_often]
    for person in rng.choice(people, 3, replace=False):  # wrote an answer of their own
        often[person] = style.said(_OWN[rng.integers(0, 3)])
    eats = [sorted(rng.choice(4, rng.integers(1, 4), replace=False)) for _ in range(people)]
    mail = [style.yes if yes else style.no for yes in rng.random(people) < 0.4]
    liked = 1.1 * service + 0.7 * value - 0.5 * how_often + rng.normal(0, 1.2, people)
    likely = np.clip(np.round(liked), 0, 10).astype(int)
    unanswered = rng.random(people) < 0.04  # value for money was left empty
    said = [
        _TEXTS[language].format(dishes[k[0]], rng.choice(["ok", "super", "so-so"]), a, b)
        for k, a, b in zip(
            eats, rng.integers(1, 9, people), rng.integers(1, 60, people), strict=True
        )
    ]
    said = [text.replace("; ", ';\n"sic" ') for text in said]  # on two lines
    silent = rng.random(people) < 0.3

    by = ", " if language in ("en", "fr") else ";"
    columns = {
        "at": [style.day(t, _FORMS[language]) for t in at],
        "age": age,
        "often": often,
        "order": [by.join(dishes[i] for i in k) for k in eats],
        "service": [str(n) for n in service],
        "value": ["" if gone else str(n) for n, gone in zip(value, unanswered, strict=True)],
        "mail": mail,
        "recommend": [str(n) for n in likely],
        "else": ["" if gone else text for text, gone in zip(said, silent, strict=True)],
    }
    text, _ = export({called[k]: v for k, v in columns.items()}, style, rng, delimiter=",")
    files = {style.said(_FILES): text}
    ask = quoted(called["recommend"])
    if language == "es":
        return Layout(files, ask, CannotKnow(called["at"], ("%d/%m/%Y", "%m/%d/%Y")))

    kept = ~unanswered
    table = pd.DataFrame(
        {
            "age": age,
            "often": often,
            "order": [sorted(dishes[i] for i in k) for k in eats],
            "service": service.astype(float),
            "value": value.astype(float),
            "mail": mail,
        }
    )[kept]
    kinds = {"service": "number", "value": "number", "order": "tags"}
    return Layout(
        files,
        ask,
        Proposed(
            features={
                called[name]: (kinds.get(name, "category"), table[name].tolist()) for name in table
            },
            label=likely[kept].astype(float).tolist(),
            model="linear_regression",
            key=at[kept].tolist(),
        ),
    )

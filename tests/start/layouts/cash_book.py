"""A cash book: Windows letters, three lines of title, a day a line, a total; and the weather."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, picked, quoted

_NAMES = {
    "number": "No. | Beleg-Nr. | Pièce n° | N.º | Stuknr.",
    "day": "Date | Datum | Date | Fecha | Datum",
    "weekday": "Weekday | Wochentag | Jour | Día | Weekdag",
    "guests": "Guests | Gäste | Clients | Clientes | Gasten",
    "till": "Cashier | Kassierer | Caissière | Cajera | Kassamedewerker",
    "cash": "Cash | Einnahmen bar | Espèces | Efectivo | Contant",
    "card": "Card | Einnahmen EC | Carte | Tarjeta | Pin",
    "takings": "Takings | Tageseinnahmen | Recette du jour | Ingresos del día | Dagomzet",
    "tax": "Tax 19% | MwSt. 19 % | TVA 19 % | IVA 19 % | Btw 19%",
    "year": "Takings this year | Einnahmen kumuliert | Recette cumulée | Ingresos acumulados"
    " | Omzet cumulatief",
    "spent": "Expenses | Ausgaben | Dépenses | Gastos | Uitgaven",
}
_WEATHER = {
    "day": "Day | Tag | Jour | Fecha | Dag",
    "sky": "Sky | Himmel | Ciel | Cielo | Lucht",
    "high": "Max °C | Max. °C | Max °C | Máx °C | Max °C",
    "place": "Place | Ort | Lieu | Lugar | Plaats",
}
_OTHER = "weather_log.csv | Wetterdaten.csv | meteo.csv | meteo.csv | weer.csv"
_FILES = (
    "cashbook 2023.csv | Kassenbuch_2023.csv | livre de caisse.csv | libro_caja.csv | kasboek.csv"
)
_TITLES = "Cash book | Kassenbuch | Livre de caisse | Libro de caja | Kasboek"
_TOTAL = "Total | Summe | Total | Total | Totaal"
_SKIES = {
    "en": "sunny,cloudy,rain",
    "de": "sonnig,bewölkt,Regen",
    "fr": "soleil,nuageux,pluie",
    "es": "sol,nublado,lluvia",
    "nl": "zonnig,bewolkt,regen",
}


def made(language: str, seed: int, days: int = 120) -> Layout:
    """Return the business days of some months, and what a day takes."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    day = pd.Series(pd.bdate_range("2023-03-01", periods=days))
    guests = rng.integers(20, 90, days)
    # The weather is known for every day, also when the shop is closed, and a day ahead.
    every = pd.Series(pd.date_range(day.iloc[0], day.iloc[-1] + pd.Timedelta("1D")))
    seen = np.flatnonzero(every.isin(day))
    skies = picked(rng, _SKIES[language], len(every))
    high = np.round(rng.normal(14, 7, len(every)), 1)
    weather = [skies[n] for n in seen]
    fine = np.array([w == _SKIES[language].split(",")[0] for w in weather])
    takings = 60 + 9.5 * guests + 55 * fine + 4 * high[seen] + rng.normal(0, 90, days)
    takings = np.round(takings, 2)
    cash = np.round(takings * rng.uniform(0.3, 0.7, days), 2)
    card = np.round(takings - cash, 2)
    tax = np.round(takings * 19 / 119, 2)
    spent = np.round(rng.uniform(5, 200, days), 2)
    till = picked(rng, "Anna,Boris,Chloé", days)

    def money(values: np.ndarray) -> list[str]:
        return [style.number(float(value), grouped=True) for value in values]

    columns = {
        "number": [str(n + 1) for n in range(days)],
        "day": [style.day(d) for d in day],
        "weekday": [style.weekdays[d.weekday()] for d in day],
        "guests": [str(n) for n in guests],
        "till": till,
        "cash": money(cash),
        "card": money(card),
        "takings": money(takings),
        "tax": money(tax),
        "year": money(np.cumsum(takings)),
        "spent": money(spent),
    }
    summed = {"guests": str(guests.sum()), "day": style.said(_TOTAL)} | {
        name: style.number(round(float(of.sum()), 2), grouped=True)
        for name, of in {
            "cash": cash,
            "card": card,
            "takings": takings,
            "tax": tax,
            "spent": spent,
        }.items()
    }
    text, _ = export(
        {called[k]: v for k, v in columns.items()},
        style,
        rng,
        delimiter=";",
        encoding="cp1252",
        above=(f"{style.said(_TITLES)} – Café Müller", "01.03.2023 – 31.12.2023", "Währung: €"),
        below=[[summed.get(name, "") for name in columns]],
    )
    outside = style.names(_WEATHER)
    log = {
        "day": [style.day(d, "%Y-%m-%d") for d in every],
        "sky": skies,
        "high": [style.number(t, 1) for t in high],
        "place": ["Centre"] * len(every),
    }
    logged, _ = export({outside[k]: v for k, v in log.items()}, style, rng)
    return Layout(
        files={style.said(_FILES): text, style.said(_OTHER): logged},
        ask=quoted(called["takings"]),
        expected=Proposed(
            features={
                called["weekday"]: ("category", columns["weekday"]),
                called["guests"]: ("number", guests.astype(float).tolist()),
                outside["sky"]: ("category", weather),
                outside["high"]: ("number", high[seen].tolist()),
                called["till"]: ("category", till),
                called["spent"]: ("number", spent.tolist()),
            },
            label=takings.tolist(),
            model="linear_regression",
            key=day.tolist(),
        ),
    )

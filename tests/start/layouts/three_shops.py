"""Daily sales of three shops, three rows a day, and the weather, one row a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, picked, quoted

_SALES = {
    "day": "Date | Datum | Date | Fecha | Datum",
    "shop": "Shop | Filiale | Magasin | Tienda | Filiaal",
    "sales": "Net sales | Nettoumsatz | CA net | Ventas netas | Netto omzet",
    "tickets": "Transactions | Bons | Tickets | Tickets | Bonnen",
}
_WEATHER = {
    "day": "Day | Tag | Jour | Día | Dag",
    "high": "High | Höchsttemperatur | Température max | Máxima | Maximum",
    "rain": "Rain | Niederschlag | Pluie | Lluvia | Neerslag",
    "sky": "Sky | Himmel | Ciel | Cielo | Lucht",
    "place": "Place | Ort | Lieu | Lugar | Plaats",
}
_FILES = (
    "daily sales.csv | Tagesumsatz.csv | ventes_jour.csv | ventas_diarias.csv | dagomzet.csv",
    "weather.csv | Wetter.csv | meteo.csv | tiempo.csv | weer.csv",
)
_SHOPS = {
    "en": "Harbour,Market,Station",
    "de": "Hafen,Markt,Bahnhof",
    "fr": "Port,Marché,Gare",
    "es": "Puerto,Mercado,Estación",
    "nl": "Haven,Markt,Station",
}


def made(language: str, seed: int, days: int = 90) -> Layout:
    """Return a spring of sales and weather, and what all shops take a day."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    sales, weather = style.names(_SALES), style.names(_WEATHER)
    day = pd.date_range("2024-03-04", periods=days)
    high = np.round(rng.normal(15, 6, days), 1)
    rain = np.round(np.maximum(0, rng.normal(0, 4, days)), 1)
    shops = _SHOPS[language].split(",")
    every = day.repeat(3)
    level = np.tile([420.0, 610.0, 300.0], days) + np.repeat(9 * high - 12 * rain, 3)
    takings = np.round(np.maximum(20, level + rng.normal(0, 45, 3 * days)), 2)

    # The third shop is closed on Mondays.
    rows = np.arange(3 * days)
    open_ = ~((rows % 3 == 2) & (rows // 3 % 7 == 0))
    every, takings = every[open_], takings[open_]
    till = {
        "day": [style.day(d) for d in every],
        "shop": np.array(shops * days)[open_],
        "sales": [style.number(s, grouped=True) for s in takings],
        "tickets": [str(n) for n in (takings / rng.uniform(9, 14, len(every))).astype(int)],
    }
    # The weather goes on for three days: a forecast.
    ahead = pd.date_range(day[-1] + pd.Timedelta("1D"), periods=3)
    seen = [
        *zip(day, high, rain, strict=True),
        *zip(ahead, (12.5, 17.0, 20.4), (0.0, 3.2, 0.4), strict=True),
    ]
    report = {
        "day": [style.day(d) for d, _, _ in seen],
        "high": [style.number(t, 1) for _, t, _ in seen],
        "rain": [style.number(r, 1) for _, _, r in seen],
        "sky": picked(rng, "clear,grey", len(seen)),
        "place": ["Centre"] * len(seen),
    }
    first, second = (style.said(words) for words in _FILES)
    files = {
        first: export({sales[k]: v for k, v in till.items()}, style, rng)[0],
        second: export({weather[k]: v for k, v in report.items()}, style, rng)[0],
    }
    sums = pd.Series(takings).groupby(every).sum()
    return Layout(
        files=files,
        ask=f"sum of {quoted(sales['sales'])} per day",
        expected=Proposed(
            features={
                weather["high"]: ("number", high.tolist()),
                weather["rain"]: ("number", rain.tolist()),
            },
            label=sums.tolist(),
            model="linear_regression",
            key=sums.index.tolist(),
        ),
    )

"""Two stations a day: what each measured, two rows a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, quoted

_NAMES = {
    "station": "Station | STATIONS_ID | NOM_USUEL | Estación | Station",
    "day": "Date | MESS_DATUM | DATE | Fecha | YYYYMMDD",
    "quality": "Quality | QN_3 | QUALITE | Calidad | QC",
    "high": "Max temp | TXK | TX | Tmáx | TX",
    "low": "Min temp | TNK | TN | Tmín | TN",
    "rain": "Rain mm | RSK | RR | Lluvia | RH",
    "cloud": "Cloud cover | NM | NEBUL | Nubosidad | NG",
    "wind": "Wind | FM | FFM | Viento | FG",
    "humid": "Humidity | UPM | UM | Humedad | UG",
    "snow": "Snow cm | SHK | NEIGETOT | Nieve | SN",
    "sun": "Sunshine hours | SDK | INST | Horas de sol | SQ",
    "end": "End | eor | FIN | Fin | EOR",
}
_FILES = "weather.csv | produkt_klima_tag.txt | Q_meteo.csv | meteorologia.csv | etmgeg.csv"
_STATIONS = {
    "en": "Kew,Heathrow",
    "de": "403,433",
    "fr": "LYON-BRON,ORANGE",
    "es": "Retiro,Barajas",
    "nl": "De Bilt,Schiphol",
}
_DATES = {"en": "%Y-%m-%d", "de": "%Y%m%d", "fr": "%Y%m%d", "es": "%d/%m/%Y", "nl": "%d-%m-%Y"}


def made(language: str, seed: int, days: int = 80) -> Layout:
    """Return a spring of two stations, and how long the sun shone."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    day = pd.Series(pd.date_range("2024-03-05", periods=days).repeat(2))
    rows = len(day)
    station = _STATIONS[language].split(",") * days
    low = np.round(rng.normal(6, 3, rows), 1)
    high = np.round(low + rng.uniform(2, 12, rows), 1)
    rain = np.round(np.maximum(0, rng.normal(0, 4, rows)), 1)
    cloud = rng.integers(0, 9, rows)
    wind, humid = np.round(rng.uniform(0.5, 9, rows), 1), rng.integers(40, 99, rows)
    shone = 11 - 1.1 * cloud + 0.15 * (high - low) + rng.normal(0, 1.6, rows)
    sun = np.round(np.clip(shone, 0.1, 14), 1)

    unread = rng.random((2, rows)) < 0.02  # rain and humidity were not measured
    snow = np.where(rng.random(rows) < 0.06, rng.integers(1, 5, rows), -1)

    decimal = "." if language == "de" else style.decimal

    def measured(values: np.ndarray) -> list[str]:
        return [f"{value:.1f}".replace(".", decimal) for value in values]

    columns = {
        "station": station,
        "day": [style.day(d, _DATES[language]) for d in day],
        "quality": ["3"] * rows,
        "high": measured(high),
        "low": measured(low),
        "rain": ["" if gone else x for x, gone in zip(measured(rain), unread[0], strict=True)],
        "cloud": [str(n) for n in cloud],
        "wind": measured(wind),
        "humid": ["" if gone else str(n) for n, gone in zip(humid, unread[1], strict=True)],
        "snow": ["" if n < 0 else str(n) for n in snow],
        "sun": measured(sun),
        "end": ["eor"] * rows,
    }
    if language == "de":  # cells stand below each other
        columns = {k: [cell.rjust(11) for cell in v] for k, v in columns.items()}
    text, _ = export({called[k]: v for k, v in columns.items()}, style, rng)
    numbers = {"high": high, "low": low, "rain": rain, "cloud": cloud, "wind": wind, "humid": humid}
    codes = language == "de"  # a station has a number there, and a number is a number
    kept = np.flatnonzero(~unread.any(axis=0))
    named = [station[n] for n in kept]
    place = ("number", [float(s) for s in named]) if codes else ("category", named)
    return Layout(
        files={style.said(_FILES): text},
        ask=quoted(called["sun"]),
        expected=Proposed(
            features={called["station"]: place}
            | {called[k]: ("number", v[kept].astype(float).tolist()) for k, v in numbers.items()},
            label=sun[kept].tolist(),
            model="linear_regression",
            key=day[kept].tolist(),
        ),
    )

"""A wide sensor table: an hour a row, forty sensors, a counter, and a figure in two units."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, parquet, picked, quoted

_NAMES = {
    "at": "Timestamp | Zeitstempel | Horodatage | Marca de tiempo | Tijd",
    "batch": "Batch | Charge | Lot | Lote | Partij",
    "line": "Line | Linie | Ligne | Línea | Lijn",
    "flow": "Output [kg/h] | Ausstoß [kg/h] | Débit [kg/h] | Producción [kg/h] | Uitstoot [kg/h]",
    "grams": "Output [g/s] | Ausstoß [g/s] | Débit [g/s] | Producción [g/s] | Uitstoot [g/s]",
    "counter": "Output total [kg] | Zähler [kg] | Compteur [kg] | Contador [kg] | Teller [kg]",
    "alarm": "Alarm | Alarm | Alarme | Alarma | Alarm",
    "door": "Door open 0/1 | Tür offen 0/1 | Porte ouverte 0/1 | Puerta abierta 0/1 | Deur open 0/1",
    "setting": "Recipe | Rezept | Recette | Receta | Recept",
}
_SENSORS = (
    "Temperature | Temperatur | Température | Temperatura | Temperatuur",
    "Pressure | Druck | Pression | Presión | Druk",
    "Speed | Drehzahl | Vitesse | Velocidad | Toerental",
    "Power | Leistung | Puissance | Potencia | Vermogen",
)
_FILES = "line_log.csv | Messwerte.csv | mesures.csv | sensores.csv | metingen.parquet"


def made(language: str, seed: int, hours: int = 300) -> Layout:
    """Return some hours of a line, and what it puts out an hour."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    at = pd.Series(pd.date_range("2024-05-02 06:00", periods=hours, freq="h"))
    kinds = [style.said(words) for words in _SENSORS]
    sensors = {
        f"{kinds[n % 4]} {n + 1:02d}": np.round(rng.normal(20 + 5 * n, 4, hours), 2)
        for n in range(40)
    }
    weights = rng.normal(0, 0.4, 40)
    line = picked(rng, "A,B,C", hours)
    moved = sum(w * (v - v.mean()) for w, v in zip(weights, sensors.values(), strict=True))
    flow = np.round(420 + 3 * moved + 12 * (np.array(line) == "B") + rng.normal(0, 9, hours), 1)

    door = rng.integers(0, 2, hours)
    lost = rng.random(hours) < 0.01  # the first sensor said nothing

    columns = {
        called["at"]: [style.day(t, "%Y-%m-%d %H:%M:%S") for t in at],
        called["batch"]: [
            f"L{n}" for n in rng.choice(np.arange(10_000, 99_999), hours, replace=False)
        ],
        called["line"]: line,
        called["flow"]: [style.number(f, 1) for f in flow],
        called["grams"]: [style.number(f / 3.6, 6) for f in flow],
        called["counter"]: [style.number(c, 1) for c in 81_250.0 + np.cumsum(flow)],
        called["setting"]: ["R7"] * hours,
        called["alarm"]: np.where(rng.random(hours) < 0.05, picked(rng, "high,low", hours), ""),
        called["door"]: [str(n) for n in door],
        **{name: [style.number(x) for x in values] for name, values in sensors.items()},
    }
    first = next(iter(sensors))
    columns[first] = ["" if gone else x for x, gone in zip(columns[first], lost, strict=True)]
    if language == "nl":  # a Parquet file, with values that have types
        typed = columns | {
            called["at"]: at,
            called["flow"]: flow,
            called["grams"]: np.round(flow / 3.6, 6),
            called["counter"]: np.round(81_250.0 + np.cumsum(flow), 1),
            called["door"]: door,
            called["alarm"]: [word or None for word in columns[called["alarm"]]],
            **sensors,
            first: np.where(lost, np.nan, sensors[first]),
        }
        text = parquet(typed, rng)
    else:
        text, _ = export(columns, style, rng, delimiter=";" if style.decimal == "," else ",")
    kept = np.flatnonzero(~lost)
    return Layout(
        files={style.said(_FILES): text},
        ask=quoted(called["flow"]),
        expected=Proposed(
            features={
                called["line"]: ("category", [line[n] for n in kept]),
                called["door"]: ("number", door[kept].astype(float).tolist()),
            }
            | {name: ("number", values[kept].tolist()) for name, values in sensors.items()},
            label=flow[kept].tolist(),
            model="linear_regression",
            key=at[kept].tolist(),
        ),
    )

"""A booking sheet, several bookings a day, and another export with what was sold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, in_two, picked, quoted

_BOOKED = {
    "name": "Name | Name | Nom | Nombre | Naam",
    "guests": "Guests | Personen | Couverts | Comensales | Personen",
    "at": "Date | Datum | Date | Fecha | Datum",
    "phone": "Phone | Telefon | Téléphone | Teléfono | Telefoon",
    "status": "Status | Status | Statut | Estado | Status",
    "note": "Note | Bemerkung | Remarque | Observaciones | Opmerking",
}
_SOLD = {
    "receipt": "Receipt | Bon | Ticket | Ticket | Bon",
    "at": "Sold at | Verkauft am | Vendu le | Vendido el | Verkocht op",
    "item": "Item | Artikel | Article | Artículo | Artikel",
    "quantity": "Quantity | Menge | Quantité | Cantidad | Aantal",
    "price": "Price | Preis | Prix | Precio | Prijs",
}
_FILES = (
    "reservations.csv | Reservierungen.csv | reservations.csv | reservas.csv | reserveringen.csv",
    "sales.csv | Verkauf.csv | ventes.csv | ventas.csv | verkoop.csv",
)
_ITEMS = {
    "en": "pizza,tiramisu,coffee",
    "de": "Pizza Margherita,Tiramisu,Kaffee",
    "fr": "pizza,tiramisu,café",
    "es": "Pizza 4 quesos,tiramisú,café",
    "nl": "pizza,tiramisu,koffie",
}


def made(language: str, seed: int, days: int = 50) -> Layout:
    """Return bookings up to nine days ahead, what was sold so far, and the pizzas a day."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    booked, sold = style.names(_BOOKED), style.names(_SOLD)
    items = _ITEMS[language].split(",")
    day = pd.date_range("2024-01-09", periods=days + 9)
    per_day = rng.integers(0, 9, len(day))
    booked_for = day.repeat(per_day) + pd.to_timedelta(
        rng.choice([18, 18.5, 19, 20], per_day.sum()), "h"
    )

    lines = []
    for today, parties in zip(day[:days], per_day, strict=False):
        for item, wanted in zip(items, (6 + 3 * parties + rng.integers(0, 4), 2, 3), strict=True):
            left = wanted
            while left > 0:
                count = min(int(rng.integers(1, 6)), left)
                lines.append(
                    (today + pd.Timedelta(minutes=int(rng.integers(1080, 1380))), item, count)
                )
                left -= count
    lines = pd.DataFrame(lines, columns=["at", "item", "quantity"])
    lines = lines.sort_values("at", kind="stable", ignore_index=True)
    prices = dict(zip(items, (9.5, 6.0, 2.4), strict=True))

    people = len(booked_for)
    sheet = {
        "name": picked(rng, "Rossi,Weber,Martin,García,Jansen,Smith", people),
        "guests": [str(n) for n in rng.integers(1, 9, people)],
        "at": [style.day(t, style.time) for t in booked_for],
        "phone": [
            f"0{rng.integers(100, 999)} {rng.integers(10_000, 99_999)}" for _ in range(people)
        ],
        "status": picked(rng, "confirmed,seated,no-show", people),
        "note": picked(rng, ",,,,window,high chair", people),
    }
    till = {
        "receipt": [str(70_001 + n) for n in range(len(lines))],
        "at": [style.day(t, style.time) for t in lines["at"]],
        "item": lines["item"].tolist(),
        "quantity": [str(n) for n in lines["quantity"]],
        "price": [style.number(prices[item]) for item in lines["item"]],
    }
    first, second = (style.said(words) for words in _FILES)
    sheet_text, _ = export({booked[k]: v for k, v in sheet.items()}, style, rng)
    till_text, _ = export({sold[k]: v for k, v in till.items()}, style, rng)
    files = {first: sheet_text, second: till_text}
    if language == "nl":
        files = {first: sheet_text, **in_two(second, till_text)}

    pizzas = lines[lines["item"] == items[0]]
    label = pizzas.groupby(pizzas["at"].dt.normalize())["quantity"].sum().astype(float)
    counted = pd.Series(1.0, index=booked_for).groupby(booked_for.normalize()).sum()
    table = pd.DataFrame({"count": counted, "label": label}).dropna()
    return Layout(
        files=files,
        ask=f"sum of {quoted(sold['quantity'])} where {quoted(sold['item'])} is {items[0]} per day",
        expected=Proposed(
            features={first.removesuffix(".csv"): ("number", table["count"].tolist())},
            label=table["label"].tolist(),
            model="linear_regression",
            key=table.index.tolist(),
        ),
    )

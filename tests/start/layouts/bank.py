"""A bank statement: two dates, amounts below 0, a balance, and what each payment was for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, covered, export, in_two, quoted, starts

_NAMES = {
    "booked": "Booking date | Buchungstag | Date comptable | Fecha operación | Boekdatum",
    "value": "Value date | Wertstellung | Date de valeur | Fecha valor | Valutadatum",
    "payee": "Payee | Empfänger | Bénéficiaire | Beneficiario | Tegenpartij",
    "purpose": "Reference | Verwendungszweck | Libellé | Concepto | Omschrijving",
    "category": "Category | Kategorie | Catégorie | Categoría | Categorie",
    "amount": "Amount | Betrag | Montant | Importe | Bedrag",
    "currency": "Currency | Währung | Devise | Divisa | Munt",
    "balance": "Balance | Saldo | Solde | Saldo | Saldo",
}
_FILES = "statement.csv | Umsaetze.csv | releve.csv | movimientos.csv | afschrift.csv"
_CATEGORIES = {
    "en": "Groceries,Rent,Salary,Transport,Eating out",
    "de": "Lebensmittel,Miete,Gehalt,Verkehr,Restaurant",
    "fr": "Courses,Loyer,Salaire,Transport,Restaurant",
    "es": "Supermercado,Alquiler,Nómina,Transporte,Restaurante",
    "nl": "Boodschappen,Huur,Salaris,Vervoer,Uit eten",
}


def made(language: str, seed: int, months: int = 26) -> Layout:
    """Return two years of a statement, and what groceries cost a month."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    kinds = _CATEGORIES[language].split(",")
    day = pd.date_range("2022-02-14", periods=30 * months + 17)
    rows = []
    for today in day:
        paid = [(2, 2450.0)] * (today.day == 28) + [(1, -890.0)] * (today.day == 3)
        season = 1 + 0.5 * (today.month == 12)
        for kind, chance, low, high in ((0, 0.28, 12, 90), (3, 0.1, 3, 40), (4, 0.08, 9, 60)):
            if rng.random() < chance:
                paid.append((kind, -round(season * rng.uniform(low, high), 2)))
        rows += [(today, kind, amount) for kind, amount in paid]
    table = pd.DataFrame(rows, columns=["booked", "kind", "amount"])
    later = pd.to_timedelta(rng.integers(0, 3, len(table)), "D")
    table["value"] = table["booked"] + later

    balance = np.round(3200 + table["amount"].cumsum(), 2)
    columns = {
        "booked": [style.day(d) for d in table["booked"]],
        "value": [style.day(d) for d in table["value"]],
        "payee": [f"{kinds[k]} {rng.integers(1, 9)}" for k in table["kind"]],
        "purpose": [f"{kinds[k].upper()} {rng.integers(10**7, 10**8)}" for k in table["kind"]],
        "category": [kinds[k] for k in table["kind"]],
        "amount": [_signed(style, a) for a in table["amount"]],
        "currency": ["USD" if language == "en" else "EUR"] * len(table),
        "balance": [_signed(style, b) for b in balance],
    }
    above = {
        "de": ("Konto;DE02 1203 0000 0000 2020 51", "Zeitraum;14.02.2022 - heute", ""),
        "fr": ("Compte n° 30004 00001 00000012345", ""),
        "nl": ("Rekening NL91ABNA0417164300",),
    }
    text, order = export(
        {called[k]: v for k, v in columns.items()},
        style,
        rng,
        encoding="utf-8-sig" if language in ("fr", "es") else "utf-8",
        above=above.get(language, ()),
    )

    # No date is ever missing: the one that stands first says which month it is.
    first = min(("booked", "value"), key=lambda name: order.index(called[name]))
    bought = table[table["kind"] == 0]
    sums = bought["amount"].groupby(starts(bought[first], "M")).sum()
    low, high = covered(table[first], "M")
    sums = sums[(sums.index >= low) & (sums.index <= high)]
    name = style.said(_FILES)
    return Layout(
        files=in_two(name, text) if language == "es" else {name: text},
        ask=f"sum of {quoted(called['amount'])} where {quoted(called['category'])} is {kinds[0]} per month",
        expected=Proposed(
            features={"month": ("category", [str(m.month) for m in sums.index])},
            label=sums.tolist(),
            model="linear_regression",
            key=sums.index.tolist(),
        ),
    )


def _signed(style, amount: float) -> str:
    """Return an amount as banks of a country write those below 0."""
    plain = style.number(abs(amount), grouped=True)
    if amount >= 0:
        return plain
    return {"en": f"({plain})", "de": f"{plain}-", "fr": f"\u2212{plain}"}.get(
        style.language, f"-{plain}"
    )

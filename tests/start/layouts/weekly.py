"""Weekly sums: sales of a stall, and the letters that were sent to its customers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, covered, export, picked, quoted, starts

_SALES = {
    "at": "Time | Zeit | Heure | Hora | Tijd",
    "product": "Product | Ware | Produit | Producto | Product",
    "amount": "Amount | Betrag | Montant | Importe | Bedrag",
    "payment": "Paid by | Zahlart | Paiement | Pago | Betaald met",
    "sale": "Transaction ID | Vorgang | Transaction | Operación | Transactie",
}
_LETTERS = {
    "sent": "Sent | Versandt | Envoyé | Enviado | Verzonden",
    "subject": "Subject | Betreff | Objet | Asunto | Onderwerp",
    "opened": "Opened | Geöffnet | Ouverts | Abiertos | Geopend",
}
_FILES = (
    "transactions.csv | Umsatz.csv | ventes.csv | ventas.csv | verkopen.csv",
    "newsletters.csv | Rundbriefe.csv | lettres.csv | boletines.csv | nieuwsbrieven.csv",
)


def made(language: str, seed: int, weeks: int = 45) -> Layout:
    """Return sales and letters of some weeks, and what a week takes, or how often in cash."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    sales, letters = style.names(_SALES), style.names(_LETTERS)
    monday = pd.date_range("2023-02-06", periods=weeks, freq="7D")
    sent = rng.integers(0, 4, weeks)
    sent[[0, -1]] = 2
    at, amounts = [], []
    for start, mails in zip(monday, sent, strict=True):
        count = int(4 + 2 * mails + rng.integers(0, 3))
        at += [start + pd.Timedelta(minutes=int(m)) for m in rng.integers(0, 7 * 1440, count)]
        amounts += np.round(rng.uniform(3, 30, count), 2).tolist()
        if rng.random() < 0.2:  # something was brought back
            amounts[-1] = -amounts[-1]
    sold = pd.DataFrame({"at": at, "amount": amounts}).sort_values("at", ignore_index=True)
    # Both begin within a week and end within one; the stall's book a week later than the letters.
    sold = sold[sold["at"] >= monday[0] + pd.Timedelta("2D 12h")]
    sold = sold[sold["at"] < monday[-1] + pd.Timedelta("4D")].reset_index(drop=True)
    mailed = pd.Series(
        monday.repeat(sent) + pd.to_timedelta(rng.integers(0, 7 * 1440, sent.sum()), "min")
    )
    mailed = mailed.sort_values(ignore_index=True)
    mailed = mailed[mailed < monday[-2] + pd.Timedelta("6D")].reset_index(drop=True)

    rows = len(sold)
    book = {
        "at": [style.day(t, style.time) for t in sold["at"]],
        "product": picked(rng, "Honig,Miel,Wax,Mead", rows),
        "amount": [style.number(a) for a in sold["amount"]],
        "payment": picked(rng, "card,cash", rows),
        "sale": [f"T{n:05d}" for n in rng.choice(99_999, rows, replace=False)],
    }
    post = {
        "sent": [style.day(t, style.time) for t in mailed],
        "subject": [f"News {n + 1}" for n in range(len(mailed))],
        "opened": [str(n) for n in rng.integers(50, 400, len(mailed))],
    }
    first, second = (style.said(words) for words in _FILES)
    files = {
        first: export({sales[k]: v for k, v in book.items()}, style, rng)[0],
        second: export({letters[k]: v for k, v in post.items()}, style, rng)[0],
    }

    ask = f"sum of {quoted(sales['amount'])} per week"
    label = sold["amount"].groupby(starts(sold["at"], "W")).sum()
    if language in ("es", "nl"):  # how many paid in cash
        ask = f"count of rows where {quoted(sales['payment'])} is cash per week"
        cash = sold[[paid == "cash" for paid in book["payment"]]]
        label = cash.groupby(starts(cash["at"], "W")).size().astype(float)
    counted = mailed.groupby(starts(mailed, "W")).size().astype(float)
    table = pd.DataFrame({"count": counted, "label": label}).dropna()
    spans = [covered(sold["at"], "W"), covered(mailed, "W")]
    low, high = max(s[0] for s in spans), min(s[1] for s in spans)
    table = table[(table.index >= low) & (table.index <= high)]
    return Layout(
        files=files,
        ask=ask,
        expected=Proposed(
            features={second.removesuffix(".csv"): ("number", table["count"].tolist())},
            label=table["label"].tolist(),
            model="linear_regression",
            key=table.index.tolist(),
        ),
    )

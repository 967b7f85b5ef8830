"""Who leaves: customers in one export, what they used in another, one row a customer in each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, picked, quoted

_CUSTOMERS = {
    "customer": "customerID | Kundennummer | N° client | ID cliente | Klantnummer",
    "name": "Name | Name | Nom | Nombre | Naam",
    "mail": "Email | E-Mail | Courriel | Correo | E-mail",
    "tenure": "Tenure months | Monate | Ancienneté (mois) | Meses | Maanden",
    "promo": "Promo code | Aktionscode | Code promo | Código promocional | Actiecode",
    "since": "Customer since | Kunde seit | Client depuis | Cliente desde | Klant sinds",
    "contract": "Contract | Vertrag | Contrat | Contrato | Contract",
    "senior": "Senior | Senior | Senior | Jubilado | Senior",
    "fee": "Monthly charges | Monatsbeitrag | Mensualité | Cuota mensual | Maandbedrag",
    "country": "Country | Land | Pays | País | Land",
    "left": "Churn | Gekündigt | Résilié | Baja | Opgezegd",
    "left_on": "Churn date | Kündigungsdatum | Date de résiliation | Fecha de baja | Datum opzegging",
    "reason": "Churn reason | Kündigungsgrund | Motif | Motivo de la baja | Reden opzegging",
}
_USED = {
    "calls": "Support calls | Anrufe | Appels | Llamadas | Telefoontjes",
    "hours": "Hours used | Stunden | Heures | Horas | Uren",
}
_FILES = (
    "customers.csv | Kunden.csv | clients.csv | clientes.csv | klanten.csv",
    "usage.csv | Nutzung.csv | usage.csv | uso.csv | gebruik.csv",
)
_LAST = (
    "Abel,Berg,Costa,Diaz,Evans,Fischer,Garnier,Huber,Ibarra,Jansen,Klein,Lopez,Moreau,Novak,"
    "Okafor,Peters,Quinn,Rossi,Silva,Turner,Urban,Vogel,Weber,Young,Zimmer,Adler,Bruun,Colin"
)
_CONTRACTS = {
    "en": "Month-to-month,One year,Two years",
    "de": "Monatlich,Ein Jahr,Zwei Jahre",
    "fr": "Mensuel,Un an,Deux ans",
    "es": "Mensual,Un año,Dos años",
    "nl": "Per maand,Een jaar,Twee jaar",
}
_REASONS = {
    "en": "price,moved,service",
    "de": "Preis,Umzug,Service",
    "fr": "prix,déménagement,service",
    "es": "precio,mudanza,servicio",
    "nl": "prijs,verhuizing,service",
}


def made(language: str, seed: int, people: int = 220) -> Layout:
    """Return customers and their use, and which of them left."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    customers, used = style.names(_CUSTOMERS), style.names(_USED)
    numbers = [f"C-{n}" for n in rng.choice(np.arange(10_000, 99_999), people, replace=False)]
    since = pd.Timestamp("2021-01-04") + pd.to_timedelta(rng.integers(0, 900, people), "D")
    terms = _CONTRACTS[language].split(",")
    term = rng.integers(0, 3, people)
    senior = [style.yes if yes else style.no for yes in rng.random(people) < 0.25]
    fee = np.round(rng.uniform(15, 90, people), 2)
    calls = rng.integers(0, 8, people)
    hours = np.round(rng.uniform(1, 120, people), 1)
    odds = -1.8 - 0.7 * term + 0.02 * fee + 0.4 * calls - 0.008 * hours
    gone = rng.random(people) < 1 / (1 + np.exp(-odds))
    said = ("true", "false") if language == "fr" else (style.yes, style.no)
    left = [said[0] if yes else said[1] for yes in gone]
    first_names = picked(rng, "Ada,Ben,Cleo,Dan,Eve,Finn,Gail,Hugo,Ines,Jan,Kim,Leo", people)
    last_names = picked(rng, _LAST, people)
    tenure = ((pd.Timestamp("2024-03-01") - since).days // 30).to_numpy()
    months = rng.integers(30, 300, people)

    sheet = {
        "customer": numbers,
        "name": [f"{a} {b}" for a, b in zip(first_names, last_names, strict=True)],
        "mail": [f"{a}.{n}@example.org".lower() for a, n in zip(first_names, numbers, strict=True)],
        "tenure": [str(n) for n in tenure],
        "promo": ["" if n > 0.2 else "SUMMER" if n > 0.1 else "FRIEND" for n in rng.random(people)],
        "since": [style.day(d) for d in since],
        "contract": [terms[n] for n in term],
        "senior": senior,
        "fee": [style.price(f) for f in fee],
        "country": [language.upper()] * people,
        "left": left,
        "left_on": [
            style.day(d + pd.Timedelta(days=int(n))) if yes else ""
            for d, n, yes in zip(since, months, gone, strict=True)
        ],
        "reason": [
            why if yes else ""
            for why, yes in zip(picked(rng, _REASONS[language], people), gone, strict=True)
        ],
    }
    # The other system lists its customers in its own order, and knows nothing of a few.
    known = np.sort(rng.choice(people, people - 5, replace=False))
    listed = rng.permutation(known)
    use = {
        customers["customer"]: [numbers[n] for n in listed],
        used["calls"]: [str(calls[n]) for n in listed],
        used["hours"]: [style.number(hours[n], 1) for n in listed],
    }
    first, second = (style.said(words) for words in _FILES)
    files = {
        first: export({customers[k]: v for k, v in sheet.items()}, style, rng)[0],
        second: export(use, style, rng)[0],
    }
    features = {
        customers["contract"]: ("category", [terms[term[n]] for n in known]),
        customers["senior"]: ("category", [senior[n] for n in known]),
        customers["fee"]: ("number", fee[known].tolist()),
        customers["tenure"]: ("number", tenure[known].astype(float).tolist()),
        used["calls"]: ("number", calls[known].astype(float).tolist()),
        used["hours"]: ("number", hours[known].tolist()),
    }
    return Layout(
        files=files,
        ask=quoted(customers["left"]),
        expected=Proposed(
            features=features,
            label=[left[n] for n in known],
            model="logistic_regression",
            holdout="random 20%",
            key=[numbers[n] for n in known],
            dated=False,
        ),
    )

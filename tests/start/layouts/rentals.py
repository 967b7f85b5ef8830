"""A rental list: what was taken out, for how long, and how far it went once it came back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import STYLES, Layout, Proposed, export, picked, quoted, workbook

_NAMES = {
    "contract": "Agreement no | Mietvertrag | N° contrat | N.º de contrato | Contractnr",
    "out": "Pick-up | Abholung | Départ | Recogida | Ophalen",
    "due": "Due back | Rückgabe geplant | Retour prévu | Devolución prevista | Terug verwacht",
    "back": "Returned | Rückgabe | Retour | Devuelto | Teruggebracht",
    "class": "Model | Modell | Modèle | Modelo | Model",
    "customer": "Customer type | Kundenart | Type de client | Tipo de cliente | Soort klant",
    "insured": "Full cover | Vollkasko | Tous risques | Todo riesgo | Allrisk",
    "extras": "Extras | Zubehör | Options | Extras | Extra's",
    "days": "Days | Tage | Jours | Días | Dagen",
    "rate": "Daily rate | Tagessatz | Tarif jour | Tarifa diaria | Dagtarief",
    "promo": "Voucher | Gutschein | Bon | Cupón | Voucher",
    "deposit": "Deposit | Kaution | Caution | Fianza | Borg",
    "km": "Km driven | Gefahrene km | Km parcourus | Km recorridos | Gereden km",
    "fuel": "Fuel charge | Tankkosten | Frais de carburant | Cargo combustible | Brandstof",
    "paid": "Total charged | Rechnungsbetrag | Montant facturé | Importe cobrado | Totaal berekend",
    "note": "Remarks | Bemerkungen | Observations | Observaciones | Opmerkingen",
}
_FILES = "rentals.csv | Vermietung.csv | locations.csv | alquileres.xlsx | verhuur.csv"
_CLASSES = {
    "en": "compact,van,estate",
    "de": "Kleinwagen,Transporter,Kombi",
    "fr": "citadine,utilitaire,break",
    "es": "compacto,furgoneta,familiar",
    "nl": "compact,bestelbus,stationwagen",
}
_CUSTOMERS = {
    "en": "private,business",
    "de": "privat,gewerblich",
    "fr": "particulier,entreprise",
    "es": "particular,empresa",
    "nl": "particulier,zakelijk",
}
_EXTRAS = {
    "en": "child seat,sat nav,snow chains,roof box",
    "de": "Kindersitz,Navi,Schneeketten,Dachbox",
    "fr": "siège enfant,GPS,chaînes,coffre de toit",
    "es": "silla infantil,GPS,cadenas,baca",
    "nl": "kinderzitje,navigatie,sneeuwkettingen,dakkoffer",
}


def made(language: str, seed: int, rents: int = 170) -> Layout:
    """Return rentals, the last of them not back yet, and how far each went."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    out = pd.Series(
        pd.Timestamp("2024-01-08") + pd.to_timedelta(np.sort(rng.integers(0, 200 * 24, rents)), "h")
    )
    days = rng.integers(1, 15, rents)
    due = out + pd.to_timedelta(days, "D")
    back = due + pd.to_timedelta(rng.integers(-5, 8, rents), "h")
    away = back > out.iloc[-1] - pd.Timedelta("3D")
    car, who = picked(rng, _CLASSES[language], rents), picked(rng, _CUSTOMERS[language], rents)
    insured = [style.yes if yes else style.no for yes in rng.random(rents) < 0.5]
    things = _EXTRAS[language].split(",")
    extras = [sorted(rng.choice(things, rng.integers(1, 4), replace=False)) for _ in range(rents)]
    rate = np.round(
        np.array([{0: 29, 1: 59, 2: 45}[_CLASSES[language].split(",").index(c)] for c in car])
        + rng.uniform(0, 9, rents),
        2,
    )
    firm = np.array([w == _CUSTOMERS[language].split(",")[1] for w in who])
    km = np.round(30 + 70 * days + 60 * firm + rng.normal(0, 80, rents)).clip(5).astype(int)
    fuel = np.round(rng.uniform(0, 40, rents), 2)
    paid = np.round(days * rate + fuel + rng.uniform(0, 50, rents), 2)

    def once_back(cells: list[str]) -> list[str]:
        return ["" if gone else cell for cell, gone in zip(cells, away, strict=True)]

    columns = {
        "contract": [f"RA{20_240_000 + 7 * n}" for n in range(rents)],
        "out": [style.day(t, style.time) for t in out],
        "due": [style.day(t, style.time) for t in due],
        "back": once_back([style.day(t, style.time) for t in back]),
        "class": car,
        "customer": who,
        "insured": insured,
        "extras": [", ".join(e) for e in extras],
        "days": [str(n) for n in days],
        "rate": [style.price(r) for r in rate],
        "promo": ["" if n > 0.15 else "WEEK10" if n > 0.07 else "CLUB" for n in rng.random(rents)],
        "deposit": [style.price(300.0)] * rents,
        "km": once_back([str(n) for n in km]),
        "fuel": once_back([style.price(f) for f in fuel]),
        "paid": once_back([style.price(p) for p in paid]),
        "note": [
            f"{rng.integers(1, 9)} scratches on the {rng.choice(['left door', 'hood', 'rear'])}, tank {rng.integers(1, 100)} %"
            for _ in range(rents)
        ],
    }
    if language == "es":  # a workbook, with values that have types
        typed = columns | {
            "out": [*out],
            "due": [*due],
            "back": [None if gone else t for t, gone in zip(back, away, strict=True)],
            "days": days,
            "rate": rate,
            "deposit": [300] * rents,
            "km": np.where(away, None, km),
            "fuel": np.where(away, None, fuel),
            "paid": np.where(away, None, paid),
        }
        text = workbook({called[k]: v for k, v in typed.items()}, rng)
    else:
        text, _ = export({called[k]: v for k, v in columns.items()}, style, rng)
    # Some that were out before the last one that is back are not back: they are left out.
    kept = np.flatnonzero(~away)
    words = {"class": car, "customer": who, "insured": insured}
    features = {called[k]: ("category", [v[n] for n in kept]) for k, v in words.items()}
    features[called["extras"]] = ("tags", [[str(e) for e in extras[n]] for n in kept])
    features[called["days"]] = ("number", days[kept].astype(float).tolist())
    features[called["rate"]] = ("number", rate[kept].tolist())
    return Layout(
        files={style.said(_FILES): text},
        ask=quoted(called["km"]),
        expected=Proposed(
            features=features,
            label=km[kept].astype(float).tolist(),
            model="linear_regression",
            key=out[kept].tolist(),
        ),
    )

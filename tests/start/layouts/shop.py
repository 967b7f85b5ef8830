"""A shop's orders: 42 columns, offsets in times, currency signs, a row for each thing ordered.

Shops write an order's own columns on its first row only; rows that go on with it repeat its
number, its address for mail, and when it was made.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from start.layouts.shared import ENGLISH_DAYS, STYLES, Layout, Proposed, export, picked, quoted

_EVERY_ROW = {
    "name": "Name | Bestellnummer | Numéro | Número de pedido | Bestelnummer",
    "email": "Email | E-Mail | E-mail | Correo electrónico | E-mailadres",
    "created": "Created at | Erstellt am | Créée le | Creado el | Aangemaakt op",
    "quantity": "Lineitem quantity | Position Menge | Quantité article | Cantidad artículo | Aantal",
    "item": "Lineitem name | Position Name | Nom article | Nombre artículo | Artikel",
    "price": "Lineitem price | Position Preis | Prix article | Precio artículo | Stukprijs",
    "compare": "Lineitem compare at price | Position Vergleichspreis | Prix barré | Precio comparado"
    " | Vergelijkingsprijs",
    "sku": "Lineitem sku | Position SKU | SKU article | SKU artículo | SKU",
    "ships": "Lineitem requires shipping | Position Versandpflicht | Expédition requise"
    " | Requiere envío | Verzending nodig",
    "taxable": "Lineitem taxable | Position steuerpflichtig | Taxable | Sujeto a impuestos | Belastbaar",
    "line_status": "Lineitem fulfillment status | Position Versandstatus | Statut article"
    " | Estado artículo | Regelstatus",
    "vendor": "Vendor | Hersteller | Vendeur | Proveedor | Leverancier",
}
_FIRST_ROW = {
    "status": "Financial Status | Zahlungsstatus | Statut du paiement | Estado del pago"
    " | Betaalstatus",
    "paid": "Paid at | Bezahlt am | Payée le | Pagado el | Betaald op",
    "sent_status": "Fulfillment Status | Versandstatus | Statut expédition | Estado del envío"
    " | Verzendstatus",
    "sent": "Fulfilled at | Versandt am | Expédiée le | Enviado el | Verzonden op",
    "marketing": "Accepts Marketing | Newsletter | Accepte le marketing | Acepta marketing"
    " | Nieuwsbrief",
    "currency": "Currency | Währung | Devise | Moneda | Valuta",
    "subtotal": "Subtotal | Zwischensumme | Sous-total | Subtotal | Subtotaal",
    "shipping": "Shipping | Versandkosten | Frais de port | Gastos de envío | Verzendkosten",
    "taxes": "Taxes | Steuern | Taxes | Impuestos | Btw",
    "total": "Total | Gesamtbetrag | Total TTC | Importe total | Totaalbedrag",
    "code": "Discount Code | Rabattcode | Code promo | Código de descuento | Kortingscode",
    "discount": "Discount Amount | Rabatt | Remise | Descuento | Korting",
    "method": "Shipping Method | Versandart | Mode de livraison | Método de envío | Verzendwijze",
    "billing_name": "Billing Name | Rechnung Name | Nom facturation | Nombre facturación"
    " | Factuurnaam",
    "billing_street": "Billing Street | Rechnung Straße | Rue facturation | Calle facturación"
    " | Factuurstraat",
    "billing_city": "Billing City | Rechnung Ort | Ville facturation | Ciudad facturación"
    " | Factuurplaats",
    "billing_zip": "Billing Zip | Rechnung PLZ | Code postal facturation | CP facturación"
    " | Factuurpostcode",
    "billing_country": "Billing Country | Rechnung Land | Pays facturation | País facturación"
    " | Factuurland",
    "shipping_name": "Shipping Name | Lieferung Name | Nom livraison | Nombre envío | Afleveren aan",
    "shipping_street": "Shipping Street | Lieferung Straße | Rue livraison | Calle envío"
    " | Afleverstraat",
    "shipping_city": "Shipping City | Lieferung Ort | Ville livraison | Ciudad envío | Afleverplaats",
    "shipping_zip": "Shipping Zip | Lieferung PLZ | Code postal livraison | CP envío"
    " | Afleverpostcode",
    "shipping_country": "Shipping Country | Lieferung Land | Pays livraison | País envío"
    " | Afleverland",
    "notes": "Notes | Notiz | Remarques | Notas | Notitie",
    "cancelled": "Cancelled at | Storniert am | Annulée le | Cancelado el | Geannuleerd op",
    "payment": "Payment Method | Zahlungsart | Moyen de paiement | Método de pago | Betaalwijze",
    "reference": "Payment Reference | Zahlungsreferenz | Référence paiement | Referencia del pago"
    " | Betaalkenmerk",
    "refunded": "Refunded Amount | Erstattet | Montant remboursé | Importe reembolsado"
    " | Terugbetaald",
    "id": "Id | ID | Identifiant | Id | Id",
    "risk": "Risk Level | Risiko | Niveau de risque | Nivel de riesgo | Risico",
}
_FILES = "orders_export.csv | Bestellungen.csv | commandes.csv | pedidos.csv | bestellingen.csv"
_ITEMS = {
    "en": "Assam 100 g,Mug blue,Gift box,Tea sampler,Strainer",
    "de": "Assam 100 g,Becher blau,Geschenkbox,Probierset,Teesieb",
    "fr": "Assam 100 g,Tasse bleue,Coffret cadeau,Coffret découverte,Passoire",
    "es": "Assam 100 g,Taza azul,Caja de regalo,Surtido de tés,Colador",
    "nl": "Assam 100 g,Mok blauw,Geschenkdoos,Proefpakket,Theezeef",
}
_PRICES = (8.5, 14.9, 24.0, 19.5, 6.9)
_CLOCKS = {
    "en": "America/New_York",
    "de": "Europe/Berlin",
    "fr": "Europe/Paris",
    "es": "Europe/Madrid",
    "nl": "Europe/Amsterdam",
}


def made(language: str, seed: int, orders: int = 110) -> Layout:
    """Return a spring of orders, newest first, and what they bring a day."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_EVERY_ROW | _FIRST_ROW)
    minutes = np.sort(rng.integers(0, 60 * 24 * 60, orders))
    wall = pd.Timestamp("2024-02-26 00:00") + pd.to_timedelta(minutes, "min")
    # No shop is asked at night, when clocks are changed.
    wall = wall.where(wall.hour >= 5, wall + pd.Timedelta("8h"))
    made_at = pd.Series(wall).sort_values(ignore_index=True).dt.tz_localize(_CLOCKS[language])

    items = _ITEMS[language].split(",")
    rows: list[dict[str, str]] = []
    totals = []
    for order, at in enumerate(made_at):
        lines = rng.integers(1, 4)
        bought = rng.choice(len(items), lines, replace=False)
        counts = rng.integers(1, 4, lines)
        first = _order(
            style,
            rng,
            order,
            at,
            float(sum(n * _PRICES[i] for n, i in zip(counts, bought, strict=True))),
        )
        totals.append(first.pop("worth"))
        mail = f"customer{rng.integers(1000, 9999)}@example.com"
        for line, (item, count) in enumerate(zip(bought, counts, strict=True)):
            row = {
                "name": f"#{1001 + order}",
                "email": mail,
                "created": _time(at),
                "quantity": str(count),
                "item": items[item],
                "price": style.price(_PRICES[item]),
                "compare": "",
                "sku": f"SKU-{100 + item}",
                "ships": "true",
                "taxable": "true",
                "line_status": "fulfilled" if first["sent"] else "pending",
                "vendor": "Leaf",
            }
            own = dict.fromkeys(_FIRST_ROW, "") if line else first
            rows.append({"order": str(order), **row, **own})
    rows.sort(key=lambda row: -int(row["order"]))
    assert len(called) == 42

    columns = {called[key]: [row[key] for row in rows] for key in called}
    text, _ = export(columns, style, rng)
    days = made_at.dt.tz_localize(None).dt.normalize()
    sums = pd.Series(totals).groupby(days).sum()
    return Layout(
        files={style.said(_FILES): text},
        ask=f"sum of {quoted(called['total'])} per day",
        expected=Proposed(
            features={"weekday": ("category", [ENGLISH_DAYS[d.weekday()] for d in sums.index])},
            label=sums.tolist(),
            model="linear_regression",
            key=sums.index.tolist(),
        ),
    )


def _order(style, rng, order, at, subtotal) -> dict:
    """Return the columns of an order, and as ``worth`` its total."""
    shipping = float(rng.choice([0.0, 4.9, 7.9]))
    taxes = round(0.07 * subtotal, 2)
    worth = round(subtotal + shipping + taxes, 2)
    sent = rng.random() < 0.9
    city = picked(rng, "Springfield,Riverside,Lakeview,Hilltown", 1)[0]
    person = f"{picked(rng, 'Ada,Ben,Cleo,Dan,Eve,Finn', 1)[0]} {picked(rng, 'Berg,Costa,Diaz,Klein,Moreau', 1)[0]}"
    street = f"{rng.integers(1, 99)} {picked(rng, 'Main,Park,Mill,Church', 1)[0]} St"
    post = f"{rng.integers(10000, 99999)}"
    cancelled = not sent and rng.random() < 0.3
    return {
        "status": "voided" if cancelled else "paid",
        "paid": _time(at + pd.Timedelta(minutes=int(rng.integers(0, 9)))),
        "sent_status": "fulfilled" if sent else "unfulfilled",
        "sent": _time(at + pd.Timedelta(hours=int(rng.integers(20, 70)))) if sent else "",
        "marketing": str(picked(rng, "yes,no", 1)[0]),
        "currency": "USD" if style.language == "en" else "EUR",
        "subtotal": style.price(subtotal),
        "shipping": style.price(shipping),
        "taxes": style.price(taxes),
        "total": style.price(worth),
        "code": picked(rng, "WELCOME10,SPRING,,,", 1)[0],
        "discount": style.price(0.0),
        "method": picked(rng, "Standard,Express", 1)[0],
        "billing_name": person,
        "billing_street": street,
        "billing_city": city,
        "billing_zip": post,
        "billing_country": "US" if style.language == "en" else style.language.upper(),
        "shipping_name": person,
        "shipping_street": street,
        "shipping_city": city,
        "shipping_zip": post,
        "shipping_country": "US" if style.language == "en" else style.language.upper(),
        "notes": "",
        "cancelled": _time(at + pd.Timedelta(hours=3)) if cancelled else "",
        "payment": picked(rng, "Card,PayPal,Invoice", 1)[0],
        "reference": f"r{rng.integers(10**9, 10**10)}",
        "refunded": style.price(0.0),
        "id": f"{5_000_000_000 + 4096 * order + int(rng.integers(0, 4000))}",
        "risk": "Low",
        "worth": worth,
    }


def _time(at: pd.Timestamp) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S %z")

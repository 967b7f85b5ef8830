"""A catalogue with tags: one thing a row, to suggest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from start.layouts.shared import STYLES, Layout, Proposed, export, picked, quoted

_NAMES = {
    "id": "ID | Artikelnr. | Réf. | Referencia | Artikelnr",
    "title": "Title | Titel | Titre | Título | Titel",
    "genre": "Shelf | Regal | Rayon | Estantería | Schap",
    "format": "Format | Format | Format | Formato | Formaat",
    "tags": "Tags | Schlagwörter | Mots-clés | Etiquetas | Trefwoorden",
    "price": "Price | Preis | Prix | Precio | Prijs",
    "pages": "Pages | Seiten | Pages | Páginas | Pagina's",
    "year": "Published | Erschienen | Parution | Año | Verschenen",
    "stars": "Stars | Sterne | Étoiles | Estrellas | Sterren",
    "blurb": "Description | Beschreibung | Description | Descripción | Omschrijving",
}
_FILES = "catalogue.csv | Katalog.csv | catalogue.csv | catalogo.csv | catalogus.csv"
_GENRES = {
    "en": "Crime,Fantasy,Travel,Cooking",
    "de": "Krimi,Fantasy,Reise,Kochen",
    "fr": "Policier,Fantasy,Voyage,Cuisine",
    "es": "Policiaca,Fantasía,Viajes,Cocina",
    "nl": "Misdaad,Fantasy,Reizen,Koken",
}
_FORMATS = {
    "en": "Paperback,Hardback,Audio",
    "de": "Taschenbuch,Gebunden,Hörbuch",
    "fr": "Poche,Relié,Audio",
    "es": "Bolsillo,Tapa dura,Audio",
    "nl": "Paperback,Gebonden,Luisterboek",
}
_TAGS = {
    "en": "funny,dark,short,classic,for children",
    "de": "lustig,düster,kurz,Klassiker,für Kinder",
    "fr": "drôle,sombre,court,classique,pour enfants",
    "es": "divertido,oscuro,corto,clásico,para niños",
    "nl": "grappig,duister,kort,klassieker,voor kinderen",
}
_JOINED = {"de": ", ", "fr": "|", "es": ";", "nl": ", "}
_FIRST = "Silent,Golden,Hidden,Broken,Endless,Crooked,Last,Blue,Burning,Distant"
_SECOND = "River,Harbour,Garden,Mirror,Bridge,Island,Letter,Winter,Forest"


def made(language: str, seed: int, books: int = 90) -> Layout:
    """Return books, to be suggested by shelf, format, price, length and tags."""
    style, rng = STYLES[language], np.random.default_rng(seed)
    called = style.names(_NAMES)
    titles = [f"{first} {second}" for first in _FIRST.split(",") for second in _SECOND.split(",")]
    rng.shuffle(titles)
    titles = titles[:books]
    words = _TAGS[language].split(",")
    tags = [sorted(rng.choice(words, rng.integers(1, 4), replace=False)) for _ in titles]
    genre, form = (picked(rng, of[language], books) for of in (_GENRES, _FORMATS))
    price = np.round(rng.uniform(4, 40, books), 2)
    pages = rng.integers(80, 900, books)
    year = rng.integers(1955, 2024, books)
    for book in rng.choice(books, 4, replace=False):  # nobody tagged them
        tags[book] = []
    unpriced = np.isin(np.arange(books), rng.choice(books, 2, replace=False))
    joined = _JOINED.get(language, "")
    lists = [
        joined.join(t) if joined or not t else "[" + ", ".join(f'"{w}"' for w in t) + "]"
        for t in tags
    ]
    columns = {
        "id": [f"B-{n}" for n in rng.choice(np.arange(1000, 9999), books, replace=False)],
        "title": titles,
        "genre": genre,
        "format": form,
        "tags": lists,
        "price": [
            "" if no else style.price(float(p)) for p, no in zip(price, unpriced, strict=True)
        ],
        "pages": [str(n) for n in pages],
        "year": [str(n) for n in year],
        "stars": [str(n) for n in rng.integers(1, 6, books)],
        "blurb": [
            f"{t}: {rng.integers(2, 99)} chapters about a {rng.choice(['thief', 'cook', 'pilot'])} who"
            f" finds a {rng.choice(['map', 'key', 'recipe'])} in the year {rng.integers(1700, 2020)}."
            for t in titles
        ],
    }
    text, _ = export({called[k]: v for k, v in columns.items()}, style, rng)
    kept = np.flatnonzero(~unpriced)  # a book without a price lies in no band of prices
    pages_in, year_in = _thirds(pages), _thirds(year)
    return Layout(
        files={style.said(_FILES): text},
        ask=f"suggest {quoted(called['title'])}",
        expected=Proposed(
            features={
                called["genre"]: ("category", [genre[n] for n in kept]),
                called["format"]: ("category", [form[n] for n in kept]),
                called["tags"]: ("tags", [[str(w) for w in tags[n]] for n in kept]),
                called["price"]: ("category", _thirds(price[kept])),
                called["pages"]: ("category", [pages_in[n] for n in kept]),
                called["year"]: ("category", [year_in[n] for n in kept]),
            },
            label=[titles[n] for n in kept],
            model="complement_naive_bayes",
            holdout="",
            dated=False,
        ),
    )


def _thirds(values: np.ndarray) -> list[str]:
    """Return in which third each value lies, by edges of two digits of their span."""
    step = 10.0 ** (np.floor(np.log10(np.ptp(values))) - 1)
    edges = [float(np.round(edge / step) * step) for edge in np.quantile(values, [1 / 3, 2 / 3])]
    bounds = [-np.inf, *edges, np.inf]
    return [
        next(
            name
            for name, (low, high) in zip(("low", "middle", "high"), pairwise(bounds), strict=True)
            if low <= value < high
        )
        for value in values
    ]

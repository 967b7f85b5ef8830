"""Catalogues ranked the long way, for tests: every row scored by scikit-learn, every row sorted.

Shares nothing with ``mlcli`` but the definition's words: it reads the CSV with the
standard library, makes its own bands, lists and zeros and ones, and sorts all rows.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import random
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlcli.learning.catalogue import FittedCatalogue

Wish = tuple[str, str]
"""A feature and one of its levels."""


@dataclass(frozen=True)
class Games:
    """An export of games, and what a definition says of it."""

    text: str
    cuts: dict[str, float] = field(default_factory=lambda: {"cheap": 5, "standard": 20})
    highest: str = "premium"
    banded: bool = True
    unseen: dict[str, str] = field(default_factory=lambda: {"budget": "error", "play": "ignore"})
    model: str = "complement_naive_bayes"
    smoothing: float | None = None
    order: Sequence[str] = ("wishes", "rating", "score")

    def definition(self) -> str:
        bounds = list(self.cuts.values())
        spans = [f"under {bounds[0]}", *(f"{low} to {high}" for low, high in pairwise(bounds))]
        bands = dict(zip(self.cuts, spans, strict=True)) | {self.highest: f"{bounds[-1]} or more"}
        kinds = {"budget": "category", "play": "tags"}
        wanted = list(kinds) if self.banded else ["play"]
        alpha = "" if self.smoothing is None else f", smoothing: {self.smoothing!r}"
        lines = [
            "sources:",
            "  games:",
            "    file: data/games.csv",
            "    rules:",
            "      - keep: {top_rated: true}",
            "      - bands: {of: rental_cost, as: budget, "
            + ", ".join(f"{name}: {span}" for name, span in bands.items())
            + "}",
            "      - split_list: {of: gameplay_types, as: play}",
            "features:",
            *(f"  - {{name: {f}, kind: {kinds[f]}, unseen: {self.unseen[f]}}}" for f in wanted),
            "label: game_name",
            f"model: {{name: {self.model}{alpha}}}",
            f"recommend: {{order: [{', '.join(self.order)}], show: [rental_cost, play]}}",
        ]
        return "\n".join(lines) + "\n"

    def fit(self, root: Path) -> FittedCatalogue:
        """Fit it as the program does, from the file on."""
        from mlcli.definition import definition as definitions
        from mlcli.definition.yaml_text import Document
        from mlcli.exports import reading
        from mlcli.learning import catalogue

        (root / "data").mkdir(parents=True, exist_ok=True)
        (root / "data/games.csv").write_bytes(self.text.encode())
        definition = definitions.build(Document(self.definition()).value)
        return catalogue.fit(definition, reading.read(root, definition).examples)


class Oracle:
    """All rows of an export, with a column of zeros and ones for each level."""

    def __init__(self, games: Games) -> None:
        self.games = games
        self.rows = []
        for row in csv.DictReader(io.StringIO(games.text, newline="")):
            having = _having(games, row)
            if row["top_rated"].lower() == "true" and having is not None:
                self.rows.append((row, having))
        self.names = [row["game_name"] for row, _ in self.rows]
        self.wishes: list[Wish] = sorted({w for _, having in self.rows for w in having if w[1]})
        others = [(f, "") for f, unseen in games.unseen.items() if unseen == "other"]
        self.columns = sorted({*self.wishes, *(others if games.banded else others[-1:])})
        self.matrix = np.array(
            [[c in having for c in self.columns] for _, having in self.rows], float
        )
        by_name = sorted(range(len(self.rows)), key=lambda i: (self.names[i], i))
        self.place = np.argsort(by_name)  # where each row stands by its name

    @cached_property
    def queries(self) -> list[tuple[Wish, ...]]:
        """Every one and every two wishes; a thing has one budget."""
        pairs = combinations(self.wishes, 2)
        return [
            *((wish,) for wish in self.wishes),
            *(pair for pair in pairs if [f for f, _ in pair] != ["budget", "budget"]),
        ]

    def asked(self, query: Sequence[Wish]) -> np.ndarray:
        return np.array([c in query for c in self.columns], float)

    def scores(
        self, queries: Sequence[Sequence[Wish]], model: str, smoothing: float | None = None
    ) -> np.ndarray:
        """Return a line of scores for each query, as scikit-learn's own methods give them."""
        from sklearn import naive_bayes
        from sklearn.metrics.pairwise import cosine_similarity

        asked = np.array([self.asked(query) for query in queries])
        match model:
            case "match":
                return asked @ self.matrix.T
            case "k_nearest":
                return cosine_similarity(asked, self.matrix)
            case name:
                kind = f"{name.split('_')[0].title()}NB"
                made = getattr(naive_bayes, kind)(alpha=1.0 if smoothing is None else smoothing)
                made.fit(self.matrix, np.arange(len(self.matrix)))
                return made.predict_joint_log_proba(asked)

    def met(self, query: Sequence[Wish]) -> np.ndarray:
        return (self.matrix @ self.asked(query)).astype(int)

    def measure(self, column: str) -> np.ndarray:
        cells = [row[column] for row, _ in self.rows]
        return np.array([float(cell) if cell else np.nan for cell in cells])

    def rank(self, query: Sequence[Wish], scores: np.ndarray, order: Sequence[str]) -> list[int]:
        """Return the rows, the best first: one stable sort after another, the last key first."""
        rows = np.argsort(self.place)
        for key in reversed(order):
            values = self.key(key, query, scores)[rows]
            rows = rows[np.argsort(values, kind="stable")]  # missing values last
        return rows.tolist()

    def key(self, key: str, query: Sequence[Wish], scores: np.ndarray) -> np.ndarray:
        match key:
            case "wishes":
                return -self.met(query)
            case "score":
                return -np.round(scores, 10)
            case "name":
                return self.place
            case _ if key.startswith("-"):
                return self.measure(key[1:])
            case _:
                return -self.measure(key)


def _having(games: Games, row: dict[str, str]) -> set[Wish] | None:
    """Return the columns in which a row has a 1; ``None`` where the row is left out."""
    cost, cell = row["rental_cost"], row["gameplay_types"].strip()
    tags = ast.literal_eval(cell) if cell.startswith("[") else cell.split(",")
    under = [name for name, bound in games.cuts.items() if cost and float(cost) < bound]
    found = {
        "budget": {under[0] if under else games.highest} if cost else set(),
        "play": {tag.strip() for tag in tags if tag.strip()},
    }
    having: set[Wish] = set()
    for feature, levels in found.items():
        if feature == "budget" and not games.banded:
            continue
        if not levels and games.unseen[feature] == "error":
            return None
        having |= {(feature, level) for level in levels}
        if not levels and games.unseen[feature] == "other":
            having.add((feature, ""))
    return having


HEAD = ["game_name", "release_year", "rating", "rental_cost", "gameplay_types", "top_rated"]
WORDS = ["Pit", "fall", "Zelda, the", '"Q"', "Été", "ß", "007", "1942", "a\nb", "🎲", "Ōkami", "'n"]


def made_up(seed: int, things: int) -> Games:
    """Return a catalogue left to chance, the same for the same seed.

    Some names stand twice, some rows have no tags, some no rating, and in some catalogues
    some no cost; lists are written in three ways.
    """
    draw = random.Random(seed)
    kinds = ["Été", "Shooter", "Beat 'em up", "Z", 'The "best"', "shooter"]
    tags = [f"{kind} {n}".strip() for n in ("", 2, 3, 4, 5) for kind in kinds]
    tags = draw.sample(tags, draw.randrange(3, len(tags)))
    bands = draw.randrange(1, 5)
    cuts = {f"band {n}": 4.0 * n + 5 for n in range(bands)}
    banded = draw.random() < 0.8
    unseen = {
        "budget": draw.choice(["error", "ignore", "other"]),
        "play": draw.choice(["ignore", "ignore", "other", "error"]),
    }
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(HEAD)
    names = [" ".join(draw.sample(WORDS, 3)) + f" {n}" * (n % 3 > 0) for n in range(things)]
    for _ in range(things):
        some = draw.choices(
            tags, weights=range(1, len(tags) + 1), k=draw.choice([0, 1, 1, 2, 2, 3, 5])
        )
        lines.writerow(
            [
                draw.choice(names),
                draw.randrange(1980, 2024),
                draw.choice(["", *(f"{n / 2:g}" for n in range(4, 11))]),
                "" if draw.random() < 0.05 else f"{draw.choice([5, 9, draw.uniform(0, 25)]):.2f}",
                _written(draw, some),
                draw.choice(["true"] * 9 + ["FALSE"]),
            ]
        )
    return Games(out.getvalue(), cuts, "the rest", banded, unseen)


def _written(draw: random.Random, tags: list[str]) -> str:
    if not tags:
        return draw.choice(["", "[]"])
    return draw.choice([", ".join(tags), str(tags), json.dumps(tags)])


def varied(games: Games, **changes: object) -> Games:
    return replace(games, **changes)

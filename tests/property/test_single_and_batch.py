"""A question that is asked alone, and in a file, has one answer: over kinds of all that is asked.

Every kind of feature (numbers with and without something for a missing one, words, words in
an order, tags, true and false), what rules work out (parts of dates, bands, logarithms),
domains of every test, labels of each kind, models with an equation and without.
"""

from __future__ import annotations

import csv
import io
import os
import random
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.answering.model import Answer, Model
from mlcli.cli.process import main
from mlcli.errors import RefusedError
from mlcli.grammar import cells
from mlcli.store import versions
from mlcli.store.manifest import Manifest
from mlcli.verbs import ask, ask_file
from mlcli.verbs.ask_file import Questions

EXAMPLES = int(os.environ.get("EXAMPLES", "8"))  # more in `make slow`

GUESTS = "{name: guests, missing: median}"
WEATHER = "{name: weather, kind: category, unseen: other}"
MODELS = {
    "line": ("exact", "linear_regression", f"[{GUESTS}, {WEATHER}, vip]", ""),
    "tags": ("doughs", "ridge", "[{name: tags, kind: tags, unseen: other}, price]", ""),
    "lists": ("exact", "ridge", "[{name: tags, kind: tags}, {name: price, missing: mean}]", ""),
    "order": (
        "exact",
        "ridge",
        f"[{GUESTS}, {{name: staff, kind: ordinal, levels: [one, two, three], unseen: ignore}}]",
        "",
    ),
    "parts": (
        "doughs",
        "linear_regression",
        "[guests, weekday, month, {name: size, unseen: ignore, kind: category}]",
        """date: day
rules:
  - derive: {weekday: weekday of day, month: month of day}
  - bands: {of: price, as: size, small: under 20, large: 20 to 500}
  - drop_weekdays: {days: [Sunday], because: closed on Sundays}
  - drop_dates: {dates: [2023-02-01 to 2023-02-08, 2023-03-01]}
""",
    ),
    "bands": (
        "exact",
        "linear_regression",
        f"[root, {WEATHER}]",
        """rules:
  - derive: {root: log of guests}
  - bands: {of: price, as: size, small: under 20, large: 20 to 500}
  - keep: {size: small, because: small ones only}
  - between: {root: 0 to 4}
""",
    ),
    "domain": (
        "exact",
        "ridge",
        f"[{GUESTS}, {WEATHER}, price]",
        """rules:
  - keep: {open: "yes", because: closed}
  - drop: {weather: hail, vip: true}
  - between: {price: 0 to 40, day: from 2023-01-10}
  - drop_missing: {of: staff}
""",
    ),
    "filled": (
        "exact",
        "ridge",
        f"[guests, {WEATHER}]",
        "rules:\n  - fill_missing: {guests: 7, weather: dry}\n",
    ),
    "logs": ("exact", "log_regression", f"[{GUESTS}]", ""),
    "curve": ("exact", "{name: polynomial_regression, degree: 3}", f"[{GUESTS}, price]", ""),
    "counts": ("doughs", "poisson_regression", f"[{GUESTS}, price]", ""),
    "classes": ("mood", "logistic_regression", f"[{GUESTS}, {WEATHER}]", ""),
    "chosen": (
        "{name: busy, positive: 'yes', threshold: {missed_costs: 9, false_alarm_costs: 1}}",
        "logistic_regression",
        f"[{GUESTS}, price]",
        "",
    ),
    "bayes": ("mood", "bernoulli_naive_bayes", f"[{{name: tags, kind: tags}}, {WEATHER}]", ""),
    "forest": ("mood", "{name: random_forest, trees: 5}", f"[{GUESTS}, price]", ""),
    "trees": ("exact", "{name: gradient_boosting, trees: 5}", f"[{GUESTS}, {WEATHER}]", ""),
    "near": ("exact", "{name: k_nearest, neighbours: 3}", f"[{GUESTS}, price]", ""),
    "kernel": ("exact", "SVR", f"[{GUESTS}, price]", ""),
}

WORKED_OUT = {"parts", "bands"}
"""With ``--anyway``, a row of a file lacks what cannot be worked out, and is answered where it may.

Asked alone, such a question is refused.
"""

CELLS: dict[str, tuple[list[str], list[str]]] = {
    "day": (["2023-01-02", "2023-02-14", "2023-11-30"], ["2023-01-01", "2023-02-07", "2023-03-01"]),
    "guests": (["1", "7.25", "30", "59"], ["", "0", "-5", "1e3", " 8 ", "007", "1e60"]),
    "price": (["3.5", "19.99", "20", "39"], ["", "-1", "40", "1e5", "-0.0"]),
    "weather": (["dry", "wet", "warm"], ["", "hail", "é", "a,b", "x\ny"]),
    "open": (["yes"], ["", "no", "YES"]),
    "vip": (["true", "false"], ["TRUE", "False"]),
    "tags": (["a", "b", "a, b", '["a", "c"]'], ["", "[]", "d", "a, d", "['a']", "a, a"]),
    "staff": (["one", "two", "three"], ["", "four"]),
}
"""Cells that training held, and others."""
KINDS: dict[str, Any] = {
    **dict.fromkeys(("open", "staff", "tags", "weather"), "text"),
    **dict.fromkeys(("guests", "price"), "number"),
    "day": "date",
    "vip": "boolean",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("single")
    for folder in ("configs", "data"):
        (root / folder).mkdir()
    draw = random.Random(11)
    with (root / "data/nights.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*CELLS, "doughs", "exact", "mood", "busy"])
        for _ in range(300):
            row = {name: draw.choice(usual) for name, (usual, _) in CELLS.items()}
            row["day"] = f"2023-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
            row["guests"], row["price"] = f"{draw.uniform(1, 60):.2f}", f"{draw.uniform(1, 50):.2f}"
            size = 3 * float(row["guests"]) - float(row["price"]) + draw.gauss(0, 4)
            doughs, mood = (
                max(0, round(size)),
                "=full" if size > 90 else draw.choice(["calm", "a,b"]),
            )
            busy = "yes" if size + draw.gauss(0, 40) > 60 else "no"
            writer.writerow([*row.values(), doughs, f"{size:.4f}", mood, busy])
    for name, (label, model, features, more) in MODELS.items():
        text = f"sources: {{n: {{file: data/nights.csv}}}}\n{more}features: {features}\n"
        config = root / f"configs/{name}.yaml"
        config.write_text(f"{text}label: {label}\nmodel: {model}\nholdout: random 20%\n")
        said = io.StringIO()
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            assert main(["fit", str(config)]) == 0, said.getvalue()
    return root


def single(manifest: Manifest, model: Model, row: dict[str, str], *, anyway: bool) -> Answer | str:
    """Return the answer to a question that is asked alone, or why it has none."""
    features = {feature.name: feature for feature in manifest.features}
    question: ask.Question = {}
    for name, cell in row.items():
        read = features[name].read if name in features else cells.READERS[KINDS[name]]
        question[name] = read(cell) if cell.strip() else None
    try:
        return ask.ask(manifest, model, question, anyway=anyway)
    except RefusedError as error:
        return str(error)


def cell(name: str) -> st.SearchStrategy[str]:
    usual, odd = CELLS[name]
    return st.sampled_from([*usual, *usual, *odd])


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({name: cell(name) for name in CELLS}), min_size=1, max_size=9
    ),
    anyway=st.booleans(),
    block=st.sampled_from([1, 100, 1 << 20]),
)
def test_a_question_alone_is_answered_as_in_a_file(
    root: Path,
    name: str,
    rows: list[dict[str, str]],
    anyway: bool,
    block: int,
) -> None:
    manifest, path = versions.read(root / "models", name), root / "asked.csv"
    anyway &= name not in WORKED_OUT
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*CELLS])
        writer.writeheader()
        writer.writerows(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_file, "_BLOCK_BYTES", block)
        found = [*Questions(manifest, path, anyway=anyway).each()]

    model = ask.load(manifest)
    for row, answer in zip(rows, found, strict=True):
        alone = single(manifest, model, row, anyway=anyway)
        if isinstance(alone, str):
            assert (answer.value, answer.answer, answer.notes) == (None, None, (alone,))
            continue
        assert answer.answer == alone.answer
        assert answer._replace(value=None, probabilities=None) == alone._replace(
            value=None, probabilities=None
        )
        if isinstance(alone.value, str):
            assert answer.value == alone.value
        else:
            assert answer.value == pytest.approx(alone.value, rel=1e-12)
        if alone.probabilities is not None:
            assert answer.probabilities == pytest.approx(alone.probabilities, rel=1e-12)
        else:
            assert answer.probabilities is None

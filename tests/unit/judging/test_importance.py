"""Which features matter: figures by hand, on rows that were not learned from."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from tables import examples

from mlcli.definition import definition as definitions
from mlcli.definition.yaml_text import Document
from mlcli.judging import importance, judges
from mlcli.learning import fitting

if TYPE_CHECKING:
    from mlcli.learning.fitting import Fitted
    from mlcli.store.evidence import Importance


def judged(
    columns: dict[str, list[float] | list[str]],
    *,
    model: str = "linear_regression",
    holdout: str = "random 20%",
    more: str = "",
) -> tuple[Fitted, Importance | None]:
    """Learn ``y`` from the other columns, and look which matter."""
    features = ", ".join(name for name in columns if name not in {"y", "house"})
    text = (
        f"sources: {{t: {{file: t.csv}}}}\nfeatures: [{features}]\nlabel: y\n"
        f"model: {model}\nholdout: {holdout}\n{more}"
    )
    fitted = fitting.fit(definitions.build(Document(text).value), examples(columns))
    return fitted, importance.importance(fitted, judges.look(fitted).left_out)


def found(*columns: Any, **how: str) -> Importance | None:
    """Return the second of that alone."""
    return judged(*columns, **how)[1]


def two(rows: int = 120) -> dict[str, list[float] | list[str]]:
    """Return rows in which y is 10 a, a is 0 and 1 by turns, and b is any number."""
    draw = random.Random(1)
    ones = [float(at % 2) for at in range(rows)]
    return {"a": ones, "b": [draw.gauss(0, 1) for _ in range(rows)], "y": [10 * a for a in ones]}


@pytest.mark.parametrize(("holdout", "of", "rows"), [("random 20%", "held_out", 24),
                                                     ("none", "left_out", 120)])  # fmt: skip
def test_the_error_rises_by_what_the_shuffled_values_are_off(
    holdout: str, of: str, rows: int
) -> None:
    fitted, matters = judged(two(), holdout=holdout)

    assert matters is not None
    ones = two()["a"]
    looked_at = fitted.held if of == "held_out" else fitted.rows
    share = sum(float(ones[at]) for at in looked_at) / rows
    assert (matters.of, matters.rows, matters.metric) == (of, rows, "mae")
    first, second = matters.features
    assert [first.feature, second.feature] == ["a", "b"]
    # A row and the one that lends its value differ with a chance of 2 p (1 - p): 10 off then.
    mean = 10 * 2 * share * (1 - share)
    assert first.rise == pytest.approx(mean, abs=0.5)
    assert first.interval is not None
    assert first.interval[0] < mean < first.interval[1]
    # b does not stand in the equation: nothing becomes of it, but for rounding
    assert second.rise == pytest.approx(0, abs=1e-9)


def test_classes_with_probabilities_are_judged_by_log_loss_and_others_by_wrong_answers() -> None:
    table = {**two(), "y": ["yes" if a else "no" for a in two()["a"]]}

    likely = found(table, model="logistic_regression", holdout="none")
    plain = found(table, model="LinearSVC", holdout="none")

    assert likely is not None
    assert plain is not None
    assert (likely.metric, plain.metric) == ("log_loss", "wrong")
    # Every other row gets the other value, and so the other class: half of all are wrong.
    assert plain.features[0].rise == pytest.approx(0.5, abs=0.05)


def test_rows_of_a_group_count_as_one() -> None:
    draw = random.Random(2)
    houses = [f"house {at // 6}" for at in range(120)]
    a = [draw.gauss(0, 1) + at // 6 for at in range(120)]
    y = [x + draw.gauss(0, 3) for x in a]
    widths = []
    for more in ("", "group: house"):
        matters = found({"a": a, "b": two()["b"], "house": houses, "y": y}, more=more)
        assert matters is not None
        assert matters.features[0].interval is not None
        widths.append(matters.features[0].interval[1] - matters.features[0].interval[0])

    assert widths[1] > widths[0]


def test_columns_that_go_together_are_named() -> None:
    table = two()
    noise = random.Random(3)
    table["c"] = [2 * float(b) + noise.gauss(0, 0.1) for b in table["b"]]
    table["d"] = ["low" if a else "high" for a in table["a"]]

    matters = found({"d": table["d"], **table}, model="ridge")

    assert matters is not None
    assert set(matters.alike) == {("d", "a"), ("b", "c")}  # in the order of the features


def test_nothing_is_said_of_few_rows_and_no_interval_is_given_under_twenty() -> None:
    assert found(two(9), holdout="none") is None
    few = found(two(19), holdout="none")

    assert few is not None
    assert [one.interval for one in few.features] == [None, None]


def test_nothing_is_said_where_features_are_too_many_for_a_slow_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importance, "_MOST_OF_SLOW", 190)

    # 24 rows x 2 features x 5 times are 240 answers; of 190 only 19 rows would be left.
    assert found(two(), model="{name: decision_tree, max_depth: 1}") is None
    assert found(two(), model="ridge") is not None

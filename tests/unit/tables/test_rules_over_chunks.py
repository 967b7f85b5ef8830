"""Rules over chunks: what comes out, what is counted, and that the last chunk is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tables import chunks, plain, rule, table

from mlcli.definition.rules import kinds
from mlcli.definition.rules.base import LINE, below
from mlcli.errors import DataError
from mlcli.store import records
from mlcli.tables import rules_over_chunks

if TYPE_CHECKING:
    from mlcli.definition.rules.base import Frame

TILL = """
item: text | quantity: number | at: date
pizza      | 2                | 2023-06-08 19:30
cola       | 1                | 2023-06-08 19:31
pizza      | 1                | 2023-06-09 20:00
pizza      | 4                | 2023-06-08 21:00
cola       | 3                | 2023-06-10 20:00
pizza      | -                | 2023-06-10 20:01
pizza      | 5                | 2023-06-11 20:00
"""
PIZZAS = (
    "keep: {item: pizza}",
    "drop_missing: {of: quantity}",
    "sum: {of: quantity, per: day of at, as: doughs}",
)
SIZES = (1, 2, 3, 4, 5, 6, 7, 100)


def run(
    *rules: str, size: int = 100, given: str = TILL
) -> tuple[Frame, list[tuple[str, int, int]]]:
    came, ledger = rules_over_chunks.run([rule(r) for r in rules], chunks(table(given), size))
    whole = below(list(came))
    return whole, [(c.rule, c.rows_in, c.rows_out) for c in ledger]


@pytest.mark.parametrize("size", SIZES)
def test_rules_run_one_after_the_other_over_chunks_of_any_size(size: int) -> None:
    made, ledger = run(*PIZZAS, size=size)

    assert plain(made) == {
        "day": [datetime(2023, 6, d) for d in (8, 9, 11)],
        "doughs": [6.0, 1.0, 5.0],
    }
    assert ledger == [
        ("keep item = pizza", 7, 5),
        ("drop_missing quantity", 5, 4),
        ("sum of quantity per day of at", 4, 3),
    ]


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_are_not_gathered_keep_their_order_and_lines(size: int) -> None:
    made, _ = run("keep: {item: pizza}", size=size)

    assert made[LINE].to_list() == [2, 4, 5, 7, 8]


@pytest.mark.parametrize("size", SIZES)
def test_a_rule_that_needs_the_whole_table_gets_it(size: int) -> None:
    made, ledger = run("drop_duplicates: {of: item}", size=size)

    assert made[LINE].to_list() == [2, 3]
    assert ledger == [("drop_duplicates of item", 7, 2)]


@pytest.mark.parametrize("size", SIZES)
def test_no_rule_at_all_passes_everything_on(size: int) -> None:
    made, ledger = run(size=size)

    assert plain(made) == plain(table(TILL))
    assert ledger == []


@pytest.mark.parametrize("states", [0, 1, 2, 3, 200_000])
@pytest.mark.parametrize("size", SIZES)
def test_partial_states_may_be_merged_at_any_time(
    monkeypatch: pytest.MonkeyPatch, states: int, size: int
) -> None:
    monkeypatch.setattr(kinds, "_STATE_ROWS", states)

    made, _ = run(
        "mean: {of: quantity, per: item, as: mean}", size=size, given=TILL.replace("| - ", "| 3 ")
    )

    assert plain(made) == {"item": ["cola", "pizza"], "mean": [2.0, 3.0]}


def test_states_are_merged_once_too_many_rows_of_them_have_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that memory follows the number of keys, and not the length of the export."""
    monkeypatch.setattr(kinds, "_STATE_ROWS", 10)
    most, one = 0, rule("count: {per: day of at, as: n}")
    partial = type(one).combine

    def watched(self: object, partials: Frame) -> Frame:
        nonlocal most
        most = max(most, len(partials))
        return partial(self, partials)

    monkeypatch.setattr(type(one), "combine", watched)
    rows = (datetime(2023, 6, 1) + timedelta(hours=7 * n) for n in range(200))
    given = table("at: date\n" + "\n".join(map(str, rows)))
    came, _ = rules_over_chunks.run([one], chunks(given, 2))

    (made,) = came

    assert sum(plain(made)["n"]) == 200
    assert len(made) == 59  # days, which all are state
    assert most <= 59 + 2


def test_nothing_is_read_before_the_result_is_asked_for() -> None:
    read = []

    def given() -> Iterator[Frame]:
        for chunk in chunks(table(TILL), 2):
            read.append(len(chunk))
            yield chunk

    came, ledger = rules_over_chunks.run([rule("keep: {item: pizza}")], given())

    assert read == []
    assert len(next(came)) == 1
    assert read == [2]
    assert (ledger[0].rows_in, ledger[0].rows_out) == (2, 1)


def test_the_reason_of_a_rule_stands_in_the_ledger() -> None:
    _, (counted,) = rules_over_chunks.run(
        [rule("keep: {item: pizza, because: it needs dough}")], iter(())
    )

    assert (counted.rule, counted.because) == ("keep item = pizza", "it needs dough")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("quantity", "line"), [(2, 2), (4, 5), (5, 8)])
def test_a_chunk_without_a_row_left_is_no_fault_while_another_has_one(
    size: int, quantity: int, line: int
) -> None:
    made, ledger = run(f"keep: {{quantity: {quantity}}}", size=size)

    assert made[LINE].to_list() == [line]
    assert ledger == [(f"keep quantity = {quantity}", 7, 1)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("one", "message", "hint"),
    [
        (
            "keep: {item: piza}",
            "no row is left after  keep item = piza  (7 before it)",
            "item: did you mean 'pizza'?",
        ),
        (
            "keep: {item: wine}",
            "no row is left after  keep item = wine  (7 before it)",
            "item: there ",
        ),
        (
            "keep: {quantity: 9}",
            "no row is left after  keep quantity = 9  (7 before it)",
            "quantity is 2, for example",
        ),
        (
            "between: {at: from 2024-01-01}",
            "no row is left after  between at from 2024-01-01  (7 before it)",
            "at is 2023-06-08 19:30:00, for example",
        ),
    ],
)
def test_a_rule_that_leaves_no_row_at_all_is_a_fault(
    size: int, one: str, message: str, hint: str
) -> None:
    with pytest.raises(DataError) as caught:
        run(one, size=size)

    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.hint.startswith(hint)


def test_a_rule_after_one_that_leaves_no_row_is_not_to_blame() -> None:
    with pytest.raises(DataError, match="after  keep item = wine"):
        run("keep: {item: wine}", "keep: {quantity: 2}")


def test_a_rule_that_gets_no_row_is_not_to_blame() -> None:
    came, (counted,) = rules_over_chunks.run(
        [rule("keep: {item: wine}")], iter([table(TILL).head(0)])
    )

    assert [len(chunk) for chunk in came] == [0]
    assert (counted.rows_in, counted.rows_out) == (0, 0)


def test_one_chunk_is_handed_on_as_it_is() -> None:
    one = table(TILL)

    assert below([one]) is one
    assert plain(below([one, one]))["quantity"] == 2 * plain(one)["quantity"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("most", [0, 1, 2, 100])
def test_the_first_rows_that_each_rule_leaves_out_are_kept_when_asked(size: int, most: int) -> None:
    rules = [
        rule(r)
        for r in ("drop_duplicates: {of: [item, at]}", *PIZZAS, "between: {doughs: under 5}")
    ]
    came, ledger = rules_over_chunks.run(
        rules, chunks(table(TILL + "cola | 9 | 2023-06-08 19:31\n"), size), lost=most
    )
    made = below(list(came))

    lost = [[row for f in c.lost for row in f.rows()] for c in ledger]
    lines = [
        [row[LINE] for f in c.lost for row in f.iter_rows(named=True) if LINE in row]
        for c in ledger
    ]
    assert lines == [[9][:most], [3, 6][:most], [7][:most], [], []]
    assert [len(rows) for rows in lost] == [min(most, n) for n in (1, 2, 1, 0, 2)]
    assert len(made) == 1


@pytest.mark.parametrize("size", SIZES)
def test_no_more_rows_are_kept_over_many_chunks(size: int) -> None:
    came, (kept,) = rules_over_chunks.run(
        [rule("keep: {item: cola}")], chunks(table(TILL), size), lost=2
    )
    list(came)

    assert [line for frame in kept.lost for line in frame[LINE].to_list()] == [2, 4]


def test_keeping_rows_changes_nothing_that_comes_out() -> None:
    plainly, _ = rules_over_chunks.run([rule(r) for r in PIZZAS], chunks(table(TILL), 2))
    kept, counts = rules_over_chunks.run([rule(r) for r in PIZZAS], chunks(table(TILL), 2), lost=5)

    assert plain(below(list(kept))) == plain(below(list(plainly)))
    assert [(c.rows_in, c.rows_out) for c in counts] == [(7, 5), (5, 4), (4, 3)]
    assert all("lost" not in records.to_json(c) for c in counts)

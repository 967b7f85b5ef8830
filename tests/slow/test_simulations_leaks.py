"""Alarms: shown on leaky tables of every kind, and hardly ever on clean ones.

One table, for ``pytest -s``: what was drawn, tables, the share with the alarm (or note), its
95 % interval (Wilson), what is allowed. The clean tables are of the kinds of `CLEAN`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from make_sample_data import nights
from support import say
from tables import coded_columns, coded_label

from mlcli.grammar.alarm_codes import WORTH_A_LOOK
from mlcli.judging.leaks.alarms import Alarm, alarms
from mlcli.statistics import intervals

pytestmark = pytest.mark.slow

FIRST = 83_000
"""The first seed. No rule was tuned by what those from here on draw."""
RUNS = 50
RISING = 60


def line(what: str, found: int, runs: int, allowed: str, more: object = "") -> None:
    """Print one line of the table."""
    ends = intervals.of_share(found, runs)
    shown = f"{found / runs:.3f} | {ends.low:.3f} to {ends.high:.3f}"
    say(f"{what:44} | {runs:4} | {shown} | {allowed:>7} | {more}")


Table = dict[str, list]
WORDS = ["ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "yew"]


def clean(seed: int, *, classes: bool, least: int = 30) -> tuple[Table, list, np.random.Generator]:
    """Draw a table with an honest signal: its R2, or that of the odds, is .3 to .95."""
    rng = np.random.default_rng(seed)
    n = int(np.exp(rng.uniform(np.log(least), np.log(1500))))
    table: Table = {}
    signal = np.zeros(n)
    for at in range(rng.integers(1, 5)):
        kind = rng.choice(["normal", "skewed", "whole", "rounded"])
        x = {
            "normal": rng.normal(size=n),
            "skewed": rng.lognormal(3, 1, n),
            "whole": rng.integers(0, 60, n).astype(float),
            "rounded": rng.normal(20, 5, n).round(1),
        }[kind]
        bent = [x, np.log(x - x.min() + 1), (x - x.mean()) ** 2][rng.integers(3)]
        signal += rng.uniform(0.2, 1) * (bent - bent.mean()) / bent.std()
        table[f"number {at}"] = x.tolist()
    for at in range(rng.integers(1, 4)):
        levels = rng.choice(WORDS, rng.integers(2, len(WORDS)), replace=False)
        code = rng.integers(0, len(levels), n)
        signal += rng.uniform(0.1, 0.8) * rng.normal(size=len(levels))[code]
        table[f"word {at}"] = levels[code].tolist()
    if rng.random() < 0.5:  # a column that has nothing to do with it, and gaps
        table["gaps"] = [None if rng.random() < 0.2 else v for v in rng.normal(size=n).tolist()]
    share = rng.uniform(0.3, 0.95)
    y = signal + rng.normal(size=n) * signal.std() * np.sqrt(1 / share - 1)
    if not classes:
        y = 50 + 10 * y
        return table, (y if rng.random() < 0.5 else y.round()).tolist(), rng
    cuts = np.quantile(y, np.linspace(0, 1, rng.integers(2, 5) + 1)[1:-1])
    return table, np.array(["low", "mid", "high", "top"])[np.digitize(y, cuts)].tolist(), rng


def harder(seed: int) -> tuple[Table, list, np.random.Generator]:
    """Draw a clean table of a kind that is easily taken for a leaky one."""
    table, label, rng = clean(seed, classes=bool(seed % 2))
    n = len(label)
    truths = np.unique(label, return_inverse=True)[1].astype(float)
    match seed % 6:
        case 0:  # one number says .95 of it
            table["main"] = (np.array(label) + rng.normal(size=n) * np.std(label) * 0.23).tolist()
        case 1:  # one number tells nearly all classes apart, 95 % right
            table["main"] = (truths + rng.normal(size=n) * 0.3).tolist()
        case 2:  # sorted by the label, as spreadsheets are
            order = np.argsort(label, kind="stable")
            table = {name: [column[i] for i in order] for name, column in table.items()}
            label = [label[i] for i in order]
        case 3:  # nothing but words: rows are the same by chance
            table = {name: column for name, column in table.items() if name.startswith("word")}
        case 4:  # one thing in two units, whole numbers of few values, a label without noise
            table = {"seats": rng.integers(0, 40, n).astype(float).tolist()}
            table["tables"] = [v // 2 for v in table["seats"]]
            table["day"] = rng.choice(WORDS[:7], n).tolist()
            days = {day: at for at, day in enumerate(WORDS)}
            given = zip(table["seats"], table["day"], strict=True)
            label = [round(3.7 * seats + 21.3 * days[day], 1) for seats, day in given]
        case 5:  # a column of group means of something else, and years in order
            word = np.array(table["word 0"])
            other = rng.normal(size=n) + truths
            means = {level: float(other[word == level].mean()) for level in set(word)}
            table["means"] = [means[level] for level in word]
            table["year"] = [float(2000 + at * 20 // n) for at in range(n)]
    return table, label, rng


def split(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(n)
    return order[n // 5 :], order[: n // 5]


def asked(table: Table, label: list, rng: np.random.Generator, seed: int) -> list[Alarm]:
    names = rng.permutation(list(table)).tolist()  # the leak is not always the last column
    train, held = split(len(label), rng)
    columns = coded_columns({n: table[n] for n in names})
    sides = {"train": train, "held": held}
    return alarms(columns, coded_label(label), **sides, seed=seed, free_weights=True)[0]


def a_copy(table: Table, label: list, rng: np.random.Generator) -> None:
    table["leak"] = [v if isinstance(v, float) else f"{v} " for v in label]


def a_scaled_copy(table: Table, label: list, rng: np.random.Generator) -> None:
    factor, offset = rng.uniform(-9, 9), rng.uniform(-100, 100)
    table["leak"] = [round(v * factor + offset, 2) for v in label]


def a_copy_with_noise(table: Table, label: list, rng: np.random.Generator) -> None:
    """One that predicts the label with R2 .99."""
    table["leak"] = (np.array(label) + rng.normal(size=len(label)) * np.std(label) * 0.1).tolist()


def a_text_copy(table: Table, label: list, rng: np.random.Generator) -> None:
    if isinstance(label[0], float):
        table["leak"] = [f"{v:.1f} doughs" for v in label]
    else:
        table["leak"] = [f"class {v.upper()}" for v in label]


def a_sum(table: Table, label: list, rng: np.random.Generator) -> None:
    part = np.array(label) * rng.uniform(0.2, 0.8) + rng.normal(size=len(label)) * np.std(label) / 2
    table["leak"], table["leaks too"] = part.tolist(), (np.array(label) - part).tolist()


def a_total(table: Table, label: list, rng: np.random.Generator) -> None:
    """Three of four parts of a total, which is put in place of the label."""
    parts = rng.gamma(rng.uniform(1, 5), rng.uniform(1, 50), (4, len(label))).round(2)
    label[:] = parts.sum(axis=0).tolist()
    for name, part in zip(("leak", "tip", "toll"), parts, strict=False):
        table[name] = part.tolist()


def two_factors(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw what is multiplied: an amount, whole or not, and a price of a short list, or any."""
    amount = rng.integers(1, 40, n) if rng.random() < 0.5 else rng.gamma(3, 2, n).round(1) + 0.1
    some = np.array([0.99, 1.5, 2.49, 4.0, 12.0])
    price = rng.choice(some, n) if rng.random() < 0.5 else rng.lognormal(2, 0.6, n).round(2) + 0.01
    return amount.astype(float), price


def a_product(table: Table, label: list, rng: np.random.Generator) -> None:
    amount, price = two_factors(rng, len(label))
    label[:] = (amount * price).round(2).tolist()
    table["leak"], table["price"] = amount.tolist(), price.tolist()


def a_ratio(table: Table, label: list, rng: np.random.Generator) -> None:
    """Cost = label x hours, with a rate between them."""
    hours, rate = two_factors(rng, len(label))
    label[:] = rate.tolist()
    factor = rng.choice([1, 60, 1.19])
    table["leak"], table["hours"] = (rate * hours * factor).tolist(), hours.tolist()


def near_copies(table: Table, label: list, rng: np.random.Generator) -> None:
    """A tenth of the rows again, numbers to 1e-4 of each column's deviation."""
    table["length"] = rng.normal(20, 5, len(label)).tolist()
    twice = rng.choice(len(label), len(label) // 10, replace=False)
    for column in [*table.values(), label]:
        again = [column[i] for i in twice]
        if all(isinstance(v, float) for v in column):
            room = 1e-4 * np.std(column)
            again = [v + room * rng.uniform(-1, 1) for v in again]
        column.extend(again)


def duplicates(table: Table, label: list, rng: np.random.Generator) -> None:
    """A tenth of the rows stand there twice."""
    table["length"] = rng.normal(20, 5, len(label)).round(2).tolist()  # else chance makes twins
    twice = rng.choice(len(label), max(len(label) // 10, 24), replace=False)
    for column in [*table.values(), label]:
        column += [column[i] for i in twice]


def a_mean_encoding(table: Table, label: list, rng: np.random.Generator) -> None:
    name = max((n for n in table if n.startswith("word")), key=lambda n: len(set(table[n])))
    truths = np.array([float(v == label[0]) if isinstance(v, str) else v for v in label])
    levels = np.array(table[name])
    table["leak"] = [float(truths[levels == level].mean()) for level in levels]
    if rng.random() < 0.5:
        del table[name]


NUMBERS, BOTH = (False,), (False, True)
KINDS: dict[str, tuple[str, Callable[[Table, list, np.random.Generator], None], tuple[bool, ...]]]
KINDS = {
    "a copy": ("copy", a_copy, BOTH),
    "a scaled copy": ("copy", a_scaled_copy, NUMBERS),
    "a copy with noise": ("copy", a_copy_with_noise, NUMBERS),
    "a text copy": ("copy", a_text_copy, BOTH),
    "two columns that sum to it": ("sum", a_sum, NUMBERS),
    "three of four parts of a total": ("part", a_total, NUMBERS),
    "a product of two columns": ("product", a_product, NUMBERS),
    "a ratio of two columns": ("product", a_ratio, NUMBERS),
    "copies across the split": ("duplicates", duplicates, BOTH),
    "near copies across the split": ("near_copies", near_copies, BOTH),
    "a mean encoding": ("mean_encoding", a_mean_encoding, BOTH),
}


NEEDED = {
    "copies across the split": 48,
    "near copies across the split": 48,
    "three of four parts of a total": 40,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_is_shown_on_every_leaky_table(kind: str) -> None:
    code, leak, tasks = KINDS[kind]
    shown, others = 0, Counter[str]()
    rows = {"mean_encoding": 60, "duplicates": 60, "part": 100, "near_copies": 100}
    for seed in range(RUNS):
        least = rows.get(code, 60 if "noise" in kind else 30)
        table, label, rng = clean(FIRST + seed, classes=tasks[seed % len(tasks)], least=least)
        leak(table, label, rng)
        found = asked(table, label, rng, seed)
        about = [a for a in found if a.code == code and (not a.columns or "leak" in a.columns)]
        shown += bool(about)
        others.update(a.code for a in found if a not in about)

    needed = NEEDED.get(kind, RUNS)
    line(kind, shown, RUNS, f">= {needed}", f"beside it {dict(others)}")
    assert shown >= needed


def rising(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Return honest columns that rise or fall with the rows."""
    years = np.arange(n) + rng.integers(1700, 2000)
    return {
        "odometer": (rng.gamma(2, 20, n)).cumsum().round(rng.integers(0, 2)),
        "year": years,
        "days open": (rng.integers(1, 4, n)).cumsum(),
        "day number": np.arange(n) + rng.integers(0, 5000),
        "days left": rng.integers(n, 3 * n) - np.arange(n),
        "subscribers": np.maximum.accumulate(
            1000 + 5 * np.arange(n) + rng.normal(0, 20, n)
        ).round(),
    }


def ids(rng: np.random.Generator, n: int) -> dict[str, list]:
    """Return columns that name the rows."""
    keys = rng.choice(10**8, n, replace=False)
    return {
        "numbers shuffled": (rng.permutation(n) + rng.integers(0, 9000)).astype(float).tolist(),
        "with gaps": rng.choice(3 * n, n, replace=False).astype(float).tolist(),
        "customer": [f"C{key:08d}" for key in keys],
        "hash": [f"{key * 7919:x}" for key in keys],
        "mail": [f"{key}@example.org" for key in keys],
        "booking": rng.choice(900_000, n, replace=False).astype(float).tolist(),
    }


@pytest.mark.parametrize("honest", [True, False], ids=["rising", "ids"])
def test_what_rises_is_a_note_and_what_names_rows_an_alarm(honest: bool) -> None:
    kinds = 6
    shown, alarmed, missed = 0, 0, []
    for seed in range(RISING):
        table, label, rng = clean(FIRST + 5000 + seed, classes=bool(seed % 2), least=60)
        n = len(label)
        made = rising(rng, n) if honest else ids(rng, n)
        name = list(made)[seed % kinds]
        values = made[name]
        table[name] = values.astype(float).tolist() if isinstance(values, np.ndarray) else values
        if honest and seed % 3 == 0 and isinstance(label[0], float):  # and the label goes with it
            label = (np.array(label) + np.arange(n) / n * 3 * np.std(label)).tolist()
        found = [a for a in asked(table, label, rng, seed) if name in a.columns]
        codes = {a.code for a in found}
        shown += ("rising" if honest else "counter") in codes
        alarmed += bool(codes - set(WORTH_A_LOOK))
        if codes != {"rising" if honest else "counter"}:
            missed.append((seed, name, n, *codes))

    if honest:
        line("rising columns: a note", shown, RISING, f"{RISING}", missed)
        line("rising columns: an alarm", alarmed, RISING, "0")
        assert alarmed == 0
    else:
        line("ids: an alarm", shown, RISING, f"{RISING}", missed)
    assert shown == RISING


def days(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Slow noise: yesterday's number is nearly today's."""
    noise = np.zeros(n)
    for at in range(1, n):
        noise[at] = 0.9 * noise[at - 1] + rng.normal()
    warm = 15 + 8 * np.sin(np.arange(n) / 58) + noise
    sold = 50 + 2 * warm + rng.normal(0, 4, n)
    return {
        "warm": warm.round(1).tolist(),
        "yesterday": [None, *sold[:-1].tolist()],
        "weekday": [WORDS[at % 7] for at in range(n)],
    }, sold.round().tolist()


def closed(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Half of the days everything but the weather is 0."""
    shut = rng.random(n) < 0.5
    guests = np.where(shut, 0, rng.poisson(30, n)).astype(float)
    table = {"guests": guests.tolist(), "warm": rng.normal(15, 8, n).tolist()}
    return table, np.where(shut, 0, guests * rng.lognormal(0, 0.4, n)).round().tolist()


def incomes(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Whole numbers that are all different, and amounts all the same."""
    income, area = rng.lognormal(10.5, 0.5, n).round(), rng.normal(90_000, 20_000, n).round()
    spent = 0.2 * income + rng.normal(0, 2000, n)
    return {"income": income.tolist(), "area": area.tolist()}, spent.tolist()


def groups(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Customers with many rows each, and their own numbers."""
    who = rng.integers(0, max(n // 8, 3), n)
    height, habit = rng.normal(170, 10, n)[who].round(), rng.normal(0, 3, n)[who]
    table = {"height": height.tolist(), "hour": rng.uniform(0, 24, n).round(2).tolist()}
    return table, (20 + habit + rng.normal(0, 2, n)).round(2).tolist()


def survey(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Answers of 1 to 5, and a mark."""
    mood = rng.normal(size=n)
    marks = {
        f"q{at}": np.clip(np.round(3 + mood + rng.normal(size=n)), 1, 5).tolist() for at in range(6)
    }
    return marks, np.clip(np.round(5 + 2 * mood + rng.normal(size=n)), 0, 10).tolist()


def law(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """A law without noise, over amounts and a word."""
    km, kind = rng.gamma(3, 4, n).round(1), rng.integers(0, 3, n)
    cost = 3.5 + 1.9 * km + np.array([0, 2, 7.5])[kind]
    return {"km": km.tolist(), "kind": [WORDS[k] for k in kind]}, cost.round(2).tolist()


def spent(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Two amounts at or above 0, and what grows with both."""
    ads, staff = rng.gamma(2, 300, n).round(2), rng.gamma(3, 200, n).round(2)
    sold = 900 + 1.4 * ads + 0.7 * staff + rng.gamma(2, 150, n)
    return {"ads": ads.tolist(), "staff": staff.tolist()}, sold.round(2).tolist()


def sensors(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Readings of one machine, every few seconds: steady for long, then elsewhere."""
    state = np.repeat(rng.normal(size=n // 20 + 1), 20)[:n]
    read = {
        f"t{at}": (state * rng.uniform(1, 3) + rng.normal(0, 0.3, n)).tolist() for at in range(4)
    }
    return read, (state + rng.normal(0, 0.4, n)).tolist()


def rooms(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Two columns that say nearly the same, and a skewed label."""
    area = rng.lognormal(4, 0.4, n)
    table = {"area": area.round(1).tolist(), "rooms": np.ceil(area / 25).tolist()}
    return table, (area * rng.lognormal(0, 0.3, n)).round().tolist()


def counters(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Hours of a day, and counts of visitors that start again each midnight, or at 1,000."""
    hour = np.arange(n) % 24
    came = rng.poisson(2 + 8 * np.exp(-(((hour - 13) / 4) ** 2)))
    today = np.concatenate([part.cumsum() for part in np.split(came, range(24, n, 24))])
    load = 40 + 3 * came + 0.02 * today + rng.normal(0, 5, n)
    turns = came.cumsum() % 1000
    table = {"hour": hour, "today": today, "turnstile": turns}
    return {k: v.astype(float).tolist() for k, v in table.items()}, load.round(1).tolist()


def scales(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Twelve answers of 1 to 5, many of them alike, and whether somebody comes back."""
    mood = rng.normal(size=(2, n))
    marks = {}
    for at in range(12):
        mark = 3.6 + 1.1 * mood[at % 2] + 0.7 * rng.normal(size=n)
        marks[f"q{at}"] = np.clip(mark.round(), 1, 5).tolist()
    back = mood.sum(axis=0) + rng.logistic(0, 0.7, n) > 0
    return marks, np.where(back, "yes", "no").tolist()


def tags(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Prices of a list that end in .99, packs, a discount, and what was sold."""
    price = rng.integers(1, 30, n) - 0.01
    pack, off = rng.choice([1, 2, 6, 12], n), rng.choice([0, 0, 0, 10, 25], n)
    sold = rng.poisson(60 / price * (1 + off / 20) + 1)
    table = {"price": price, "pack": pack.astype(float), "off": off.astype(float)}
    return {k: v.tolist() for k, v in table.items()}, sold.astype(float).tolist()


def steady(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Sensors that tell a new number only when it is another: long equal runs."""
    table, told = {}, np.zeros(n)
    for at in range(3):
        changed = rng.random(n) < 0.04
        level = rng.normal(20, 4, n).round(1)[changed.cumsum()]
        table[f"s{at}"] = level.tolist()
        told += rng.uniform(0.3, 1) * level
    return table, (told + rng.normal(0, 1, n)).round(1).tolist()


def flags(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """Columns of 0 and 1, four of which are one choice, and a price of whole tens."""
    kind = rng.integers(0, 4, n)
    table = {f"is {at}": (kind == at).astype(float).tolist() for at in range(4)}
    worth = np.array([100, 150, 90, 220])[kind].astype(float)
    for at in range(5):
        has = rng.random(n) < rng.uniform(0.1, 0.6)
        table[f"has {at}"] = has.astype(float).tolist()
        worth += has * rng.uniform(5, 50)
    return table, (worth + rng.normal(0, 15, n)).round(-1).tolist()


def whole(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """One whole number, and a label that is close to it."""
    x = rng.integers(0, 60, n).astype(float)
    return {"x": x.tolist()}, (x + rng.normal(0, rng.uniform(1, 4), n)).tolist()


def lopsided(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """A price in cents, sometimes beside an hour and a flag, and what hardly ever happens."""
    price, many = rng.lognormal(3, 0.7, n), n > 400
    table: Table = {"price": price.round(2 if many else 1).tolist()}
    if rng.random() < 0.5:
        table["hour"] = rng.integers(8, 20, n).astype(float).tolist()
        table["express"] = np.where(rng.random(n) < 0.04, "yes", "no").tolist()
    rare = rng.random(n) < rng.uniform(0.01, 0.1)
    if rng.random() < 0.5:
        return table, np.where(rare, "returned", "kept").tolist()
    return table, np.where(rare, rng.lognormal(5, 1, n).round(2), 0.0).tolist()


def seldom(rng: np.random.Generator, n: int) -> tuple[Table, list]:
    """A temperature, and counts that are mostly 0."""
    warm = rng.normal(15, 7, n).round(rng.integers(1, 4))
    return {"warm": warm.tolist()}, rng.poisson(rng.uniform(0.05, 2), n).astype(float).tolist()


def of(draw: Callable[[np.random.Generator, int], tuple[Table, list]]) -> Callable[[int], tuple]:
    def drawn(seed: int) -> tuple[Table, list, np.random.Generator]:
        rng = np.random.default_rng(seed)
        most = 1500 if seed % 5 else 40_000
        return *draw(rng, int(np.exp(rng.uniform(np.log(40), np.log(most))))), rng

    return drawn


CLEAN: dict[str, Callable[[int], tuple[Table, list, np.random.Generator]]] = {
    "numbers": lambda seed: clean(seed, classes=False),
    "classes": lambda seed: clean(seed, classes=True),
    "easily taken for a leak": harder,
    **{draw.__name__: of(draw) for draw in (days, closed, incomes, groups, survey)},
    **{draw.__name__: of(draw) for draw in (law, spent, sensors, rooms)},
    **{draw.__name__: of(draw) for draw in (counters, scales, tags, steady, flags, whole)},
    **{draw.__name__: of(draw) for draw in (lopsided, seldom)},
}
PER_KIND = 25


def test_clean_tables_are_left_alone() -> None:
    every, tables, notes = [], 0, Counter[str]()
    for kind, draw in CLEAN.items():
        wrong = []
        for seed in range(FIRST + 1000, FIRST + 1000 + PER_KIND):
            table, label, rng = draw(seed)
            found = asked(table, label, rng, seed)
            notes.update(a.code for a in found if a.code in WORTH_A_LOOK)
            alarmed = [(a.code, *a.columns) for a in found if a.code not in WORTH_A_LOOK]
            wrong += [(seed, len(label), *alarmed)] if alarmed else []
        tables += PER_KIND
        every += wrong
        line(f"clean: {kind}", len(wrong), PER_KIND, "", wrong)
    line("clean tables: an alarm", len(every), tables, f"<= {tables // 50}", f"notes {dict(notes)}")
    assert tables >= 300
    assert len(every) <= tables // 50


@pytest.mark.parametrize("beside", [False, True])
def test_the_sample_raises_no_alarm(beside: bool) -> None:
    """Alone, bookings are not even noted; beside the weekday they are, for R2 .99."""
    codes: Counter[str] = Counter()
    for seed in range(RUNS):
        days = [(day, r, sold) for day, r, sold in nights(FIRST + seed) if r and sold is not None]
        table: Table = {"reservations": [float(r) for _, r, _ in days]}
        if beside:
            table["weekday"] = [f"{day:%A}" for day, _, _ in days]
        label = [float(sold) for *_, sold in days]
        rng = np.random.default_rng(seed)
        codes.update(a.code for a in asked(table, label, rng, seed))

    say(f"\nsample{' and its weekday' if beside else '':24} runs {RUNS}  {dict(codes)}")
    assert set(codes) <= ({"strong"} if beside else set())


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine", "iris", "digits"])
def test_bundled_tables_raise_no_alarm(name: str) -> None:
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    names = getattr(data, "feature_names", range(data.data.shape[1]))
    table = {str(n): data.data[:, at].tolist() for at, n in enumerate(names)}
    label = data.target.tolist() if name == "diabetes" else [str(v) for v in data.target]
    codes: Counter[str] = Counter()
    for seed in range(10):
        train, held = split(len(label), np.random.default_rng(seed))
        found, _ = alarms(
            coded_columns(table),
            coded_label(label),
            train=train,
            held=held,
            seed=random.Random(seed).randrange(99),
        )
        codes.update(f"{a.code} {a.columns}" for a in found)

    say(f"\n{name:30} runs 10  {dict(codes)}")
    assert {code.split()[0] for code in codes} <= set(WORTH_A_LOOK)

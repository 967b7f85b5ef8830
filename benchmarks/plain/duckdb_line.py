"""Learn a line from a table larger than memory with DuckDB: sums of products, then NumPy.

A fifth of the rows is held out by a hash of their values; the file is read twice, to learn and to
judge.
"""

import sys

import duckdb
import numpy as np

file, *names = sys.argv[1:]
*features, label = names

connection = duckdb.connect(config={"memory_limit": "700MB"})
rows = connection.read_csv(file, header=True, sep=",", dtype=dict.fromkeys(names, "DOUBLE"))
rows = rows.project(f"*, hash({', '.join(names)}) % 5 = 0 as held")

ones = ["1", *names]
pairs = [(a, b) for at, a in enumerate(ones) for b in ones[at:]]
products = ", ".join(f"sum({a}::double * {b})" for a, b in pairs)
(found,) = rows.filter("not held").aggregate(products).fetchall()
sums = dict(zip(pairs, found, strict=True))

both = np.array([[sums.get((a, b), sums.get((b, a))) for b in ones] for a in ones])
weights = np.linalg.solve(both[:-1, :-1], both[:-1, -1])

parts = [f"{w:.17g} * {f}" for w, f in zip(weights[1:], features, strict=True)]
told = rows.project(f"held, {label} as truth, {weights[0]:.17g} + {' + '.join(parts)} as told")
judged = told.aggregate(
    "held, count(*), avg(abs(truth - told)), sqrt(avg((truth - told) ** 2)), "
    "1 - sum((truth - told) ** 2) / (var_pop(truth) * count(*))",
    "held",
)
_, _, *figures = zip(*judged.order("held").fetchall(), strict=True)
for name, (train, held) in zip(("mae", "rmse", "r2"), figures, strict=True):
    print(name, train, held)

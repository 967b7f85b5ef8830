"""States of work come home from workers in an order that no worker decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from mlcli.answering.column import Numbers
from mlcli.exports.spark.states import STAYING, Sent, came

if TYPE_CHECKING:
    from mlcli.tables.lying import RowBlock, State


def summed(block: RowBlock) -> State:
    (column,) = block.columns.values()
    assert isinstance(column, Numbers)
    return {"sum": np.array([column.values.sum()]), "rows": np.array([block.rows])}


def test_whichever_worker_is_done_first_states_come_in_one_order() -> None:
    parts = [[1e17, 3.0], [0.1], [-1e17, 0.25, 7.5]]
    batches = [
        pa.RecordBatch.from_pydict({"a": part, STAYING: [True] * len(part)}) for part in parts
    ]
    sent = [*Sent(summed, {}, ("a",)).each(iter(batches))]

    found = [
        [(one["sum"].item(), one["rows"].item()) for one in came(pa.Table.from_batches(order))]
        for order in (sent, sent[::-1], [sent[1], sent[0], sent[2]])
    ]

    assert sorted(found[0]) == sorted((sum(part), len(part)) for part in parts)
    assert found[0] == found[1] == found[2]

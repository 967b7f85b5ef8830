"""Columns of values: rules over chunks, the join, the ledger, and examples."""

"""Columns of values: rules over chunks, the join, and examples.

``examples`` puts the others in their order, and says of every row what it is good for.
"""

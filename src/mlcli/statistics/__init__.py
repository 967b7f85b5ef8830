"""Pure functions of numbers, each with its formula and its source.

They know no table, no model and no file; ``judging`` feeds them.
"""

"""Closed grammars: cells, notations, phrases, formulas."""

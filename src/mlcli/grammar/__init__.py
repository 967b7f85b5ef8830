"""Closed grammars: cells, notations, phrases, formulas.

What is written by people is read here, and by nothing else: each says what it takes, and
what may have been meant where it takes something not.
"""

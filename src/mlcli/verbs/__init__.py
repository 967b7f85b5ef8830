"""From names and paths to results, one file a verb; nothing is printed here.

A result knows its JSON. ``project`` says where things are; ``ask`` and ``recommend`` need no
more than the standard library, the others read exports and learn.
"""

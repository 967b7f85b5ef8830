"""All that an answer needs, with the standard library alone.

``model`` answers questions and ``ranking`` suggests things; ``features`` encode, ``domain``
refuses, ``equation`` works out, and ``label`` delivers: it is where kinds of answers differ.
"""

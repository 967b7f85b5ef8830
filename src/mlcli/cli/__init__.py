"""The command line: parses, asks a verb, prints what it says.

``process`` builds it and is where the program ends; each command has a file. ``options`` makes
options of fitted models.
"""

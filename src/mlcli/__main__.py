"""Run mlcli as ``python -m mlcli``."""

from mlcli.cli import entry

entry()

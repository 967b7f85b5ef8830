"""Run mlcli as ``python -m mlcli``."""

from mlcli.cli.process import entry

entry()

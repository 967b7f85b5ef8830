"""mlcli: define, fit, predict, evaluate, from CSV exports and one YAML file."""

__version__ = "0.1.0"

"""The way in for Python: what ``import mlcli`` offers; results are plain values."""

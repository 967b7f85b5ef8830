"""CSV files: their bytes, their grammar, and the quick ways to read what is regular."""

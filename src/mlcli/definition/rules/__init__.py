"""The rules: one class each, of one of four kinds."""

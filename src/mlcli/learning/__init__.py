"""From examples to a fitted model, on rows to learn from alone."""

"""From names and paths to results, one file a verb; nothing is printed here."""

"""All that an answer needs, with the standard library alone."""

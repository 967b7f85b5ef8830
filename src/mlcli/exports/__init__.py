"""From a definition's exports to examples: one module a form of source."""

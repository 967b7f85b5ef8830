"""From YAML to a definition, or to all of its problems."""

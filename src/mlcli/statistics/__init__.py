"""Pure functions of numbers, each with its formula and its source."""

"""Layouts of exports as tools write them: a module each, and what a reference makes of it."""

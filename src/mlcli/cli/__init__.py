"""The command line: parses, asks a verb, prints what it says."""

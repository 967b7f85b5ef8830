"""What commands print: text and tables from results, of which reports and pages take some.

Each command has a file, ``fit`` and ``evaluate`` together; ``in_words`` is for what differs
between kinds of answers, ``drawing`` for what all share. ``say`` writes to the terminal.
"""

"""How a feature is asked for on the command line."""

# The options of predict and recommend that a feature's option must not hide.
RESERVED = frozenset(
    (
        "anyway",
        "date",
        "debug",
        "engine",
        "help",
        "input",
        "json",
        "model",
        "output",
        "quiet",
        "range",
        "raw",
        "skip",
        "strict",
        "top",
    )
)


def flag(name: str) -> str:
    """Return the option of the command line that asks for a feature."""
    return "--" + "-".join("".join(c if c.isalnum() else " " for c in name).lower().split())

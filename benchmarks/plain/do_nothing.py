"""Answer without knowing anything: what a command line costs that does nothing else."""

import typer


def predict(reservations: int = 1) -> None:
    """Answer a question."""
    print(f"{reservations} reservations: some pizza doughs")


typer.run(predict)

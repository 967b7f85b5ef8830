"""Answer without knowing anything: what a command line costs that does nothing else."""

from typing import Annotated

import typer


def predict(reservations: Annotated[int, typer.Option()]) -> None:
    """Answer a question."""
    print(f"{reservations} reservations: some pizza doughs")


typer.run(predict)

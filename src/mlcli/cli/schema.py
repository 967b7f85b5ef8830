"""mlcli schema - the JSON Schema of definitions, for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from mlcli.cli import say


def schema(
    json: Annotated[bool, typer.Option("--json", help="The schema is JSON either way.")] = False,
) -> None:
    """Print the JSON Schema of definitions, for editors."""
    from mlcli.definition import definition

    del json
    say.as_json(definition.json_schema())

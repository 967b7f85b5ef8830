"""A value held against a JSON Schema, as far as mlcli writes such."""

from __future__ import annotations

from functools import cache
from typing import Any

from mlcli.cli import schema
from mlcli.cli.process import COMMANDS

of_output = cache(schema.of_output)


def broken(argv: list[str], value: Any) -> list[str]:
    """Return where what a command printed is not as its schema says; nothing of no command."""
    command = next((word for word in argv if word in COMMANDS), None)
    return [] if command is None else flaws(of_output(command), value)


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def flaws(shape: dict[str, Any], value: Any, place: str = "") -> list[str]:
    """Return where a value is not as a JSON Schema says, for the words of it that mlcli uses."""
    if unknown := shape.keys() - WORDS:
        return [f"{place}: a schema with {unknown}"]
    if "anyOf" in shape:
        found = [flaws(one, value, place) for one in shape["anyOf"]]
        return [] if [] in found else min(found, key=len)
    if "const" in shape or "enum" in shape:
        known = shape.get("enum", [shape.get("const")])
        return [] if value in known else [f"{place}: {value!r} is none of {known}"]
    kinds = TYPES[shape["type"]] if "type" in shape else (object,)
    if not isinstance(value, kinds) or (
        isinstance(value, bool) and bool not in kinds and "type" in shape
    ):
        return [f"{place}: {value!r} is no {shape['type']}"]
    if isinstance(value, list):
        most = shape.get("maxItems", len(value))
        return [f"{place}: {len(value)} items, and at most {most}"] * (len(value) > most) + [
            flaw
            for at, one in enumerate(value)
            for flaw in flaws(shape.get("items", {}), one, f"{place}/{at}")
        ]
    if not isinstance(value, dict):
        return []
    lacks = [f"{place}: {key} is missing" for key in shape.get("required", ()) if key not in value]
    keys, others = shape.get("properties", {}), shape.get("additionalProperties", {})
    for key, one in value.items():
        if key in keys or others is not False:
            lacks += flaws(keys.get(key, others), one, f"{place}/{key}")
        else:
            lacks.append(f"{place}: {key} is not in the schema")
    return lacks


WORDS = {
    *("$schema", "title", "anyOf", "const", "enum", "type", "items", "properties", "required"),
    *("additionalProperties", "maxItems"),
}

"""Records as JSON, and back: by the names of their fields, and by the types of those.

A record is a NamedTuple or a dataclass. What a field is called is its key, without the
``_`` that keeps ``class_`` and its like apart from Python's own words, unless its metadata
name another ``key``, or none. A field that holds its default has no key. A record with a
``to_json`` and a ``from_json`` of its own has its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite
from sys import float_info
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from typing import get_type_hints as types_of

Record = TypeVar("Record")


class Absent(Enum):
    """What a field holds that has no key, where null would be another thing."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

UNWRITTEN: Final = {"key": None}
"""The metadata of a field that is no part of what is written."""


def to_json(value: Any, kind: Any = None) -> Any:
    """Return a record, or what holds records, as plain data; of a ``kind`` that it extends."""
    if kind is None and hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    kind = kind or type(value)
    if hasattr(kind, "_fields") or is_dataclass(kind):
        return {
            field.key: to_json(held)
            for field in _fields(kind)
            if (held := getattr(value, field.name)) is not field.default
        }
    return [to_json(one) for one in value] if isinstance(value, list | tuple) else value


def from_json(kind: type[Record], data: object, **known: object) -> Record:
    """Return the record that was written; keys that it does not have are passed over.

    Fields that are ``known`` already are not read.

    Raises
    ------
    LookupError, TypeError, ValueError
        It is no such record.
    """
    found: Record = _record(kind, data, known) if known else _read(kind, data)
    return found


def of_kind(kinds: Mapping[str, Any], data: Any, key: str = "kind") -> Any:
    """Return the record that was written, of the kind that a key of it names.

    Raises
    ------
    LookupError, TypeError, ValueError
        It is no such record.
    """
    return from_json(kinds[data[key]], data)


def schema(kind: Any) -> Any:
    """Return the JSON Schema of what ``to_json`` writes of a type; one of its own it must have."""
    inner = get_args(kind)
    match get_origin(kind):
        case origin if origin in {Union, UnionType}:
            kinds = [schema(one) for one in inner if one is not Absent]
            return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        case origin if origin is Literal:
            return {"enum": list(inner)}
        case origin if origin in {list, tuple}:
            each = [schema(one) for one in inner if one is not ...]
            same = len(inner) == 1 or inner[-1] is ...
            return {"type": "array", "items": each[0] if same else {"anyOf": each}}
        case origin if origin in {dict, Mapping}:
            return {"type": "object", "additionalProperties": schema(inner[1])}
    if kind in {object, Any}:
        return {}
    if kind in _TYPES:
        return {"type": _TYPES[kind]}
    if hasattr(kind, "json_schema"):
        return kind.json_schema()
    return {
        "type": "object",
        "properties": {field.key: schema(field.kind) for field in _fields(kind)},
        "required": [field.key for field in _fields(kind) if field.default is MISSING],
        "additionalProperties": False,
    }


_TYPES: Final = {
    bool: "boolean",
    float: "number",
    int: "integer",
    str: "string",
    NoneType: "null",
}


class _Field(NamedTuple):
    """A field of a record; ``default`` is ``MISSING`` where there must be one."""

    name: str
    key: str
    kind: Any
    default: Any


@cache
def _fields(record: Any) -> tuple[_Field, ...]:
    if is_dataclass(record):
        kinds = types_of(record)
        found = [
            (one.name, one.metadata.get("key", one.name.rstrip("_")), one.default)
            for one in fields(record)
        ]
    else:  # what extends a NamedTuple may have annotations that are no fields
        defaults = record._field_defaults
        kinds = types_of(next(one for one in record.__mro__ if "_field_defaults" in vars(one)))
        found = [(name, name.rstrip("_"), defaults.get(name, MISSING)) for name in record._fields]
    return tuple(_Field(name, key, kinds[name], default) for name, key, default in found if key)


def _read(kind: Any, value: Any) -> Any:
    """Return a value as a type says it is."""
    inner = get_args(kind)
    match get_origin(kind):
        case origin if origin in {Union, UnionType}:
            return _one_of(inner, value)
        case origin if origin is Literal:
            return _known(value, value in inner)
        case origin if origin is list:
            return [_read(inner[0], part) for part in _known(value, isinstance(value, list))]
        case origin if origin is tuple:
            _known(value, isinstance(value, list))
            each = inner[:1] * len(value) if inner[-1] is ... else inner
            return tuple(_read(one, part) for one, part in zip(each, value, strict=True))
        case origin if origin in {dict, Mapping}:
            _known(value, isinstance(value, dict))
            return {key: _read(inner[1], part) for key, part in value.items()}
    if kind in {object, Any}:
        return value
    if kind in {bool, float, int, str, NoneType}:
        return _known(value, _is(kind, value))
    return kind.from_json(value) if hasattr(kind, "from_json") else _record(kind, value, {})


def _is(kind: Any, value: Any) -> bool:
    """Say whether a value is of a kind; a whole number may stand for a float, and fits into one."""
    if type(value) is int and kind in {int, float}:
        return abs(value) <= float_info.max
    return type(value) is kind and (kind is not float or isfinite(value))


def _record(kind: Any, data: Any, known: Mapping[str, object]) -> Any:
    _known(data, isinstance(data, dict))
    read = {
        field.name: _read(field.kind, data[field.key])
        for field in _fields(kind)
        if field.name not in known and (field.key in data or field.default is MISSING)
    }
    return kind(**read, **known)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """Return a value as the first of some types that it can be."""
    for kind in kinds:
        try:
            return _read(kind, value)
        except (LookupError, TypeError, ValueError):
            if kind is kinds[-1]:
                raise
    return value


def _known(value: Any, known: object) -> Any:
    """Return a value, or raise ``TypeError`` where it is not what was written."""
    if not known:
        raise TypeError(value)
    return value

"""Plain values of TOML and JSON to dataclasses: every key known, none missing, every value of its type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from io import BytesIO, TextIOWrapper
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from glmnn.errors import UsageError, quoted, unknown

Kind = TypeVar("Kind")


def decoded(raw: bytes) -> str:
    """Return the text of a file, its line ends as one sign and without a mark of its byte order.

    Raises
    ------
    UnicodeDecodeError
        If it is not UTF-8.
    """
    return TextIOWrapper(BytesIO(raw), encoding="utf-8-sig").read()


def built(kind: Callable[..., Kind], content: Any, path: str, place: str = "") -> Kind:
    """Return a table as a dataclass.

    Parameters
    ----------
    kind : dataclass
    content : object
        As read; None stands for a value that is not there.
    path : str
        Begins the messages.
    place : str
        Of the table in the file; empty for the whole of it.

    Raises
    ------
    UsageError
        If a key is unknown or missing, or a value is of another type; it names file and key.
    """
    if not isinstance(content, dict):
        raise UsageError(f"{path}: {f'{place} must be' if place else 'this is not'} a table")
    types = get_type_hints(kind)
    inside = f"{place}." if place else ""
    for key in content:
        if key not in types:
            raise UsageError(f"{path}: {f'{place}: ' if place else ''}{unknown('key', key, types)}")
    for item in fields(kind):  # type: ignore[arg-type]
        if item.name not in content and item.default is MISSING and item.default_factory is MISSING:
            raise UsageError(f"{path}: {inside}{item.name} is missing")
    return kind(**{key: _value(types[key], value, path, f"{inside}{key}") for key, value in content.items()})


def _value(hint: Any, value: Any, path: str, place: str) -> Any:
    if get_origin(hint) is UnionType:
        if value is None and NoneType in get_args(hint):
            return None
        parts = [part for part in get_args(hint) if part is not NoneType]
        hint = next((part for part in parts if type(value) is part), parts[0])
    origin, parts = get_origin(hint), list(get_args(hint))
    if origin in (list, tuple):
        if not isinstance(value, list):
            raise UsageError(f"{path}: {place} must be a list, not {_shown(value)}")
        if parts[0] is float and all(type(item) is float and isfinite(item) for item in value):
            return origin(value)  # there can be many
        return origin(_value(parts[0], item, path, f"{place}[{j}]") for j, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise UsageError(f"{path}: {place} must be a table, not {_shown(value)}")
        return {key: _value(parts[1], item, path, f"{place} {quoted(key)}") for key, item in value.items()}
    if hint not in _KINDS:
        return built(hint, value, path, place)
    if hint is float and type(value) is int and abs(value) < 2**1000:
        value = float(value)
    if type(value) is not hint or (hint is float and not isfinite(value)) or (hint is int and value < 0):
        raise UsageError(f"{path}: {place} must be {_KINDS[hint]}, not {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return quoted(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


_KINDS: dict[Any, str] = {
    str: "text",
    int: "a whole number, 0 or more",
    float: "a finite number",
    bool: "true or false",
}

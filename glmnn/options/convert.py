"""Plain values of TOML, JSON and Python as the types of fields: none too many, none missing, none of another type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import cache
from io import BytesIO, TextIOWrapper
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

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


@cache
def _hints(kind: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(kind)


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
    types = _hints(kind)
    inside = f"{place}." if place else ""
    for key in content:
        if key not in types:
            raise UsageError(f"{path}: {f'{place}: ' if place else ''}{unknown('key', key, types)}")
    for item in fields(kind):  # type: ignore[arg-type]
        if item.name not in content and item.default is MISSING and item.default_factory is MISSING:
            raise UsageError(f"{path}: {inside}{item.name} is missing")
    return kind(**{key: converted(value, types[key], path, f"{inside}{key}") for key, value in content.items()})


def converted(value: Any, hint: Any, path: str, place: str, *, by_hand: bool = False) -> Any:
    """Return a plain value as the type of its field.

    Parameters
    ----------
    value : object
    hint : type
    path, place : str
        Begin the message; an empty path is none.
    by_hand : bool
        Of an option: one text may stand for a list and a number for a text, and whose option it is knows its range.

    Raises
    ------
    UsageError
        If it is of another type.
    """
    where = f"{path}: {place}" if path else place
    if get_origin(hint) in (Union, UnionType):  # the first of what is Annotated
        if value is None and NoneType in get_args(hint):
            return None
        parts = [part for part in get_args(hint) if part is not NoneType]
        hint = next((part for part in parts if type(value) is part), parts[0])
    origin, parts = get_origin(hint), list(get_args(hint))
    if origin in (list, tuple):
        if by_hand and not isinstance(value, list):
            value = [value]
        if not isinstance(value, list):
            raise UsageError(f"{where} must be a list, not {_shown(value)}")
        if parts[0] is float and all(type(item) is float and isfinite(item) for item in value):
            return origin(value)  # there can be many
        places = (place if by_hand else f"{place}[{j}]" for j in range(len(value)))
        return origin(
            converted(item, parts[0], path, where, by_hand=by_hand) for item, where in zip(value, places, strict=True)
        )
    if origin is dict:
        if not isinstance(value, dict):
            raise UsageError(f"{where} must be a table, not {_shown(value)}")
        return {key: converted(item, parts[1], path, f"{place} {quoted(key)}") for key, item in value.items()}
    if hint not in _KINDS:
        return built(hint, value, path, place)
    if by_hand and hint is str and type(value) in (int, float):
        return repr(value)
    if hint is float and type(value) is int and abs(value) < 2**1000:
        value = float(value)
    if type(value) is not hint or not (by_hand or _possible(value)):
        raise UsageError(f"{where} must be {_KINDS[hint][not by_hand]}, not {_shown(value)}")
    return value


def _possible(value: Any) -> bool:
    """Say whether a value of a file of ours can be: its numbers are finite, and its whole ones count something."""
    return (not isinstance(value, float) or isfinite(value)) and (type(value) is not int or value >= 0)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return quoted(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


_KINDS: dict[Any, tuple[str, str]] = {  # of an option, and in a file of ours
    str: ("text", "text"),
    int: ("a whole number", "a whole number, 0 or more"),
    float: ("a number", "a finite number"),
    bool: ("true or false", "true or false"),
}

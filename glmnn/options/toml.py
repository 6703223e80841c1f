"""Options from TOML files and flags."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from glmnn.errors import UsageError, printable, quoted, unknown, unreadable
from glmnn.options.convert import decoded
from glmnn.options.model import ModelOptions

Options = TypeVar("Options", bound=ModelOptions)


def read_config(path: str, kind: type[ModelOptions]) -> dict[str, Any]:
    """Return the options of a TOML file, checked for names and types; a relative `data` is seen from the file.

    Parameters
    ----------
    path : str
    kind : type
        The options that the command takes.

    Raises
    ------
    UsageError
        If the file cannot be read or has an unknown key or a value of the wrong type.
    """
    if not path:
        raise UsageError("--config '' is no file name")
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error, ".toml")) from None
    try:
        content = tomllib.loads(decoded(raw))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{printable(path)}: not valid TOML: {printable(error)[:200]}") from None
    legal = {"data", "title", *(item.name for item in fields(kind))}
    types = get_type_hints(kind)
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = key.replace("-", "_")
        if name in found:
            raise UsageError(f"{path}: {quoted(name)} is given twice, once with a hyphen")
        if name not in legal:
            raise UsageError(f"{path}: {unknown('option', key, sorted(legal))}")
        found[name] = typed(value, types.get(name, str), f"{path}: {key}")
    if "data" in found and found["data"] != "-":
        found["data"] = str(Path(path).parent / found["data"])
    return found


def typed(value: Any, kind: Any, where: str) -> Any:
    """Return a value of TOML or Python as the type of its field; one text may stand for a list, a number for a text.

    Raises
    ------
    UsageError
        If it is of another type.
    """
    if get_origin(kind) is UnionType:
        kind = next(part for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) is list:
        items = value if isinstance(value, list) else [value]
        return [typed(item, str, where) for item in items]
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1000:
        return float(value)
    if type(value) is not kind:
        raise UsageError(f"{where} must be {_KINDS[kind]}, not {printable(repr(value))[:60]}")
    return value


_KINDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def merge(config: Mapping[str, Any], flags: Mapping[str, Any], kind: type[Options]) -> tuple[Options, str | None]:
    """Return the options of a command, flags before the file before the defaults, and the data path of the file."""
    chosen = {**config, **{name: value for name, value in flags.items() if value not in (None, [])}}
    chosen.pop("title", None)
    data = chosen.pop("data", None)
    return kind(**chosen), data

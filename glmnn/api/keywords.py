"""Option dataclasses to keywords of Python: signature, docstring, values, and messages in its words."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from textwrap import indent
from typing import Any, TypeVar

import numpy as np

from glmnn.data.cells import label_of
from glmnn.data.pandas_types import is_frame
from glmnn.data.sources.frames import make_table, with_column
from glmnn.data.sources.kinds import in_chunks, is_dask, refuse_without_order
from glmnn.data.table import Table
from glmnn.errors import GlmnnError, UsageError, option, quoted, unknown
from glmnn.options.convert import converted
from glmnn.options.fields import Declared, declared
from glmnn.options.model import ModelOptions
from glmnn.simulating.options import SimulateOptions

Options = TypeVar("Options")
Function = TypeVar("Function", bound=Callable[..., Any])
PARTS = ("weights", "offset", "exposure", "trials")  # columns that may be arrays instead
COLUMNS = ("target", *PARTS)
LARGE = {"engine", "memory", "spill", "workers", "scheduler", "sample"}  # where rows are
READING = ("max_unpacked", "decimal", "thousands")  # how a file is read
NUMBERS = "str | list[float]"
PLAIN = (str, int, float, bool, type(None))
HINTS = {
    "event": "str | bool | int",
    "ref": "dict[str, str] | list[str]",
    "lr": "str | float",
    "init": NUMBERS,
    "beta": NUMBERS,
}


def takes(kind: type) -> Callable[[Function], Function]:
    """Give a function the fields of an option dataclass as keywords: in its signature and in its docstring.

    The values arrive in its `**options`, without those that the user leaves out. Its docstring must have the line
    ``OPTIONS`` where theirs is to stand.
    """

    def decorate(function: Function) -> Function:
        own = inspect.signature(function)
        first = [item for item in own.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
        signature = own.replace(parameters=[*first, *_parameters(kind)])
        function.__signature__ = signature  # type: ignore[attr-defined]
        if function.__doc__ is not None:  # there is none under python -OO
            # from Python 3.13 on, docstrings come without their indent
            function.__doc__ = re.sub(
                r"(?m)^( *)OPTIONS\n", lambda line: indent("".join(_documented(kind)), line[1]), function.__doc__
            )
        return function

    return decorate


def _parameters(kind: type) -> Iterator[inspect.Parameter]:
    for item in declared(kind).values():
        annotation = _hint(kind, item)
        yield inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=annotation)


def _hint(kind: type, item: Declared) -> str:
    plain = HINTS.get(item.name, item.written.replace("list[str]", "str | list[str]"))
    return plain.replace("str", "str | array", 1) if item.name in PARTS and kind is not SimulateOptions else plain


def _documented(kind: type) -> Iterator[str]:
    for item in declared(kind).values():
        yield f"{item.name} : {_hint(kind, item)}\n    {item.help}\n"


def make_options(kind: type[Options], given: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> Options:
    """Return the options that were given as keywords, checked for names and types; None stands for the default.

    Raises
    ------
    UsageError
        If there is no such option, or the value is of another type.
    """
    plain = tuple((name, type(value), value) for name, value in given.items())
    if defaults is None and all(kind_of in PLAIN for _, kind_of, _ in plain):
        made: Options = _made(kind, plain)  # type: ignore[arg-type]
        return made
    return _make(kind, given, defaults)


@lru_cache(256)  # a small fit takes not much longer than reading its options
def _made(kind: type, plain: tuple[tuple[str, type, Any], ...]) -> Any:
    """Return options of plain values, whose types tell apart what is equal: 1, 1.0 and True."""
    return _make(kind, {name: value for name, _, value in plain}, None)


def _make(kind: type[Options], given: Mapping[str, Any], defaults: Mapping[str, Any] | None) -> Options:
    options = declared(kind)
    for name in given:
        if name not in options:
            raise UsageError(unknown("option", name, options))
    chosen = {
        name: converted(_written(value, name), options[name].hint, "", name, by_hand=True)
        for name, value in given.items()
        if value is not None
    }
    return kind(**{**(defaults or {}), **chosen})


def _written(value: Any, name: str) -> Any:
    """Return a value as the command line would have it: numbers of Python, lists of text, level names."""
    value = value.item() if isinstance(value, np.generic) else value
    if name == "event" and isinstance(value, bool | int | float):
        return str(value) if isinstance(value, bool) else label_of(float(value))
    if name == "ref" and isinstance(value, Mapping):
        return [_reference(str(factor), level) for factor, level in value.items()]
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return value
    items = [item.item() if isinstance(item, np.generic) else item for item in value]
    numbers = HINTS.get(name) == NUMBERS and all(type(item) in (int, float) for item in items)
    return ",".join(map(repr, items)) if numbers else items


def _reference(factor: str, level: Any) -> str:
    if "=" in factor:
        raise UsageError(f"ref {quoted(factor)}: a column with = in its name cannot have another base level")
    whole = isinstance(level, float) and level.is_integer()
    return f"{factor}={int(level) if whole else level}"


def read_given(
    kind: type[Options], data: Any, y: Any, names: Sequence[str] | None, given: Mapping[str, Any], client: Any = None
) -> tuple[Table, Options]:
    """Return table and options of a call; parts given as arrays have become columns of the table.

    A client of Dask means the engine of that name.

    Raises
    ------
    GlmnnError
        If data or options cannot be used.
    """
    if y is not None and given.get("target") is not None:
        raise UsageError("give y or target, not both")
    if not isinstance(y, np.ndarray) and (is_frame(y) or isinstance(y, Mapping)):
        raise UsageError("y must be one column: the data come first, as in fit(data, formula='y ~ x')")
    asked = {**given, **({} if y is None else {"target": y})}
    if client is not None and asked.setdefault("engine", "dask") not in ("auto", "dask"):
        raise UsageError(f"client goes with {option('engine', 'dask')}, not {asked['engine']!r}")
    if client is not None:
        asked["engine"] = "dask"
    with np.errstate(all="ignore"):  # a number that is too large is refused as infinite
        table = _table(kind, data, names, asked, client)
        for part in COLUMNS:
            if asked.get(part) is not None and not isinstance(asked[part], str | int):
                role = "y" if part == "target" else part
                table, asked[part] = with_column(table, asked[part], role, data)
    return table, make_options(kind, asked)


def _table(kind: type, data: Any, names: Sequence[str] | None, asked: Mapping[str, Any], client: Any) -> Table:
    """Return the table of the data; rows that come in chunks are read for the model that is asked for."""
    array = isinstance(data, np.ndarray)
    path = not array and isinstance(data, str | bytes | os.PathLike)
    if not array:
        refuse_without_order(data)
    chunks = path or not (array or not (in_chunks(data) or is_dask(data)))
    if (chunks or any(asked[name] for name in LARGE.intersection(asked))) and issubclass(kind, ModelOptions):
        from glmnn.fitting.rows import in_parts, read_rows

        plain = {name: value for name, value in asked.items() if isinstance(value, str) or name not in COLUMNS}
        options: Any = make_options(kind, plain)
        given = os.fsdecode(data) if path else data
        if in_parts(given, options):
            if any(value is not None and name not in plain for name, value in asked.items()):
                raise UsageError("rows that are read in chunks have columns by name: y='y', not an array beside them")
            return read_rows(given, options, client)
    asks: dict[str, Any] = {name: asked[name] for name in READING if name in asked}
    return make_table(data, names, reading=make_options(kind, asks) if asks or path else None)


class python_errors:  # noqa: N801 - a generator would take longer
    """Say in the words of Python what is wrong: `family` where the command line has `--family`."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, GlmnnError):
            error.words = as_keyword


def as_keyword(name: str, value: str) -> str:
    """Return an option as Python has it.

    >>> as_keyword("na", "drop"), as_keyword("intercept", "False"), as_keyword("weights_type", "")
    ("na='drop'", 'intercept=False', 'weights_type')
    """
    return f"{name}={value if value == 'False' else repr(value)}" if value else name

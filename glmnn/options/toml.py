"""Options from TOML files and flags."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from glmnn.errors import GlmnnError, UsageError, as_flag, printable, quoted, unknown, unreadable
from glmnn.options.convert import converted, decoded
from glmnn.options.fields import declared
from glmnn.options.model import ModelOptions

Options = TypeVar("Options")


@dataclass(frozen=True)
class Config:
    """What a TOML file says.

    Attributes
    ----------
    values : mapping of str to object
        By the name of the option.
    keys : mapping of str to str
        As they are written there.
    places : mapping of str to str
        Path and line of each option; the path alone where the line cannot be told.
    aside : mapping of str to object
        What is passed over, being an option of another command.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    aside: Mapping[str, Any] = field(default_factory=dict)

    def without(self, flags: Mapping[str, Any]) -> Config:
        """Return what is left of it where flags take precedence."""
        return replace(self, values={name: value for name, value in self.values.items() if name not in flags})

    def words(self, name: str, value: str) -> str:
        """Return an option as the file has it; one that is not in there as a flag.

        >>> config = Config({"na": "fail"}, {"na": "na"})
        >>> config.words("na", "drop"), config.words("ci", "wald")
        ("na = 'drop'", '--ci wald')
        """
        return as_key(self.keys[name], value) if name in self.values else as_flag(name, value)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Say of an option that stands in the file where, and call it by its key."""
        try:
            yield
        except GlmnnError as error:
            error.words = self.words
            name = next((name for name in error.options if name in self.values), None)
            if name is not None:
                error.place = f"{self.places[name]}: "
            raise


def as_key(name: str, value: str) -> str:
    """Return an option as TOML has it.

    >>> as_key("na", "drop"), as_key("intercept", "False"), as_key("weights_type", "")
    ("na = 'drop'", 'intercept = false', 'weights_type')
    """
    return f"{name} = {'false' if value == 'False' else repr(value)}" if value else name


def read_config(path: str, kind: type[ModelOptions], aside: Set[str] = frozenset()) -> Config:
    """Return the options of a TOML file, checked for names and types; a relative `data` is seen from the file.

    Parameters
    ----------
    path : str
    kind : type
        The options that the command takes.
    aside : set of str
        Options of other commands, which are passed over.

    Raises
    ------
    UsageError
        If the file cannot be read or has an unknown key or a value of the wrong type.
    """
    if not path:
        raise UsageError("--config '' is not a file name")
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error, ".toml")) from None
    try:
        text = decoded(raw)
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        more = "; text stands in quotes" if "Invalid value" in str(error) else ""
        raise UsageError(f"{printable(path)}: not valid TOML: {printable(error)[:200]}{more}") from None
    options, values, passed = declared(kind), dict[str, Any](), dict[str, Any]()
    keys, places = dict[str, str](), dict[str, str]()
    for key, value in content.items():
        name, place = key.replace("-", "_"), printable(path) + _line(text, key)
        if name in values:
            raise UsageError(f"{place}: {quoted(name)} is given twice, once with a hyphen")
        if name in aside:
            passed[name], places[name] = value, place
            continue
        if name not in options and name not in ("data", "title"):
            raise UsageError(f"{place}: {unknown('option', key, sorted(('data', 'title', *options)))}")
        hint = options[name].hint if name in options else str
        values[name] = converted(value, hint, place, key, by_hand=True)
        keys[name], places[name] = key, place
    if "data" in values and values["data"] != "-":
        values["data"] = str(beside(path, values["data"]))
    return Config(values, keys, places, passed)


def beside(path: str | Path, name: str) -> Path:
    """Return the path of a file that another file names, without `..` where that leads to the same place."""
    place = Path(path).parent / name
    if "\0" in name:  # no path; whoever opens it says so
        return place
    short = Path(os.path.normpath(place))
    return short if os.path.realpath(short) == os.path.realpath(place) else place  # a link to a folder on the way


def _line(text: str, key: str) -> str:
    """Return the line of a key in words; nothing if it could stand in two, one of them within a longer text."""
    starts = list(re.finditer(rf"(?m)^[ \t]*(?:{re.escape(key)}|{re.escape(json.dumps(key))})[ \t]*=", text))
    return f", line {text.count(chr(10), 0, starts[0].start()) + 1}" if len(starts) == 1 else ""


def merge(config: Config, flags: Mapping[str, Any], kind: Callable[..., Options]) -> tuple[Options, str | None, Config]:
    """Return the options of a command, flags before the file before the defaults.

    Returns
    -------
    options : Options
    data : str or None
        The path of the data that the file names.
    config : Config
        What of the file is in the options.
    """
    given = {name: value for name, value in flags.items() if value not in (None, [])}
    config = config.without(given)
    chosen = {**config.values, **given}
    chosen.pop("title", None)
    data = chosen.pop("data", None)
    return kind(**chosen), data, config

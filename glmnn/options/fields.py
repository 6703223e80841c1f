"""How an option is declared: once, for command line, TOML files, Python and help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

MODEL, SOLVER, OUTPUT = "Model", "Solvers", "Output"
NETWORK = "Hidden layers"
TOLERANCE, PREDICTION, INPUT = "Tolerance", "Prediction", "Input"
TESTS, EFFECTS = "Tests", "Effects"
ROWS = "Large data"
RACE = "Race"


def option(default: Any, text: str, *, panel: str, flags: tuple[str, ...] = ()) -> Any:
    """Return a field with its default, its help text, its place on the help page and its flags."""
    metadata = {"help": text, "panel": panel, "flags": flags}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Declared:
    """An option as command line, TOML and Python see it.

    Attributes
    ----------
    name : str
    hint : type
        As declared, and `written` the same in the words of Python.
    kind : type
        Of a value, or of each where there are `many`: str, int, float or bool.
    many : bool
    default : object
    help, panel : str
    flags : tuple of str
        Of the command line, where they do not follow from the name.
    """

    name: str
    hint: Any
    written: str
    kind: type
    many: bool
    default: Any
    help: str
    panel: str
    flags: tuple[str, ...]


def declared(kind: type) -> dict[str, Declared]:
    """Return the options of a dataclass by name."""
    return _declared(kind)


@cache  # resolving the annotations takes a millisecond
def _declared(kind: type) -> dict[str, Declared]:
    hints, options = get_type_hints(kind), {}
    for item in fields(kind):
        hint = hints[item.name]
        parts = [part for part in get_args(hint) if part is not NoneType]
        options[item.name] = Declared(
            item.name,
            hint,
            str(item.type),
            kind=parts[0] if parts else hint,
            many=get_origin(hint) is list,
            default=item.default if item.default_factory is MISSING else item.default_factory(),
            help=item.metadata["help"],
            panel=item.metadata["panel"],
            flags=item.metadata["flags"],
        )
    return options


def together(names: Sequence[str]) -> str:
    """Join names in a sentence.

    >>> together(("torch", "keras", "r")), together(["r"])
    ('torch, keras and r', 'r')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def unpacking() -> Any:
    """Return the field that every command with a table has; `glmnn check` takes it from the lock file."""
    return option(
        None,
        "Megabytes to which a compressed file may grow; without it 2000, and 200 for what grows more than 100-fold.",
        panel=INPUT,
    )


def decimal_sign() -> Any:
    """Return the field of the sign before decimals; a model file remembers it."""
    return option(
        None,
        'Sign before the decimals of numbers in text, "." or ","; without it a point, and a comma in a file with '
        "semicolons whose numbers all have one.",
        panel=INPUT,
    )


def thousands_sign() -> Any:
    """Return the field of the sign between groups of three digits; a model file remembers it."""
    return option(None, "Sign between thousands, as , or . or a blank; without it there is none.", panel=INPUT)

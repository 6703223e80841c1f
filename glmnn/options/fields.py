"""How an option is declared: once, for command line, TOML files, Python and help."""

from __future__ import annotations

from dataclasses import field
from typing import Any

MODEL, SOLVER, OUTPUT = "Model", "Solvers", "Output"
NETWORK = "Hidden layers"
TOLERANCE, PREDICTION, INPUT = "Tolerance", "Prediction", "Input"


def option(default: Any, text: str, *, panel: str, flags: tuple[str, ...] = ()) -> Any:
    """Return a field with its default, its help text, its place on the help page and its flags."""
    metadata = {"help": text, "panel": panel, "flags": flags}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def together(names: tuple[str, ...]) -> str:
    """Join names for a help text.

    >>> together(("keras", "r"))
    'keras and r'
    """
    return f"{', '.join(names[:-1])} and {names[-1]}"


def unpacking() -> Any:
    """Return the field that every command with a table has; `glmnn check` takes it from the lock file."""
    return option(
        None,
        "Megabytes to which a compressed file may grow; without it 2000, and 200 for what grows more than 100-fold.",
        panel=INPUT,
    )

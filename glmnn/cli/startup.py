"""What keeps the start of a command short: libraries that a run does not need are not loaded for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

from typer.core import TyperCommand, TyperGroup

RARE = frozenset({"numpy.f2py", "numpy.ma", "numpy.polynomial", "numpy.testing"})  # half of the import of scipy.special


class _Rare:
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in RARE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def defer_rare_modules() -> None:
    """Let parts of NumPy wait until a name in them is used: SciPy asks for every part, and no fit needs these."""
    if not any(isinstance(finder, _Rare) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Rare())


class _Lean:
    """Takes words and defaults as they are: Typer from 0.29 on loads pydantic for them, as slow to load as NumPy."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters."""
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if hasattr(parameter, "type_descriptor") and "process_value" not in vars(parameter):
                _take_as_it_is(parameter)
            if parameter.param_type_name == "argument":
                parameter.display_type_rich = lambda ctx: None  # noqa: ARG005, the help says what an argument is
        return parameters


class LeanCommand(_Lean, TyperCommand):
    """A command that starts soon."""


class LeanGroup(_Lean, TyperGroup):
    """A group of commands that starts soon."""


def _take_as_it_is(parameter: Any) -> None:
    kind, convert = parameter.type_descriptor.annotation, parameter.process_value
    many = parameter.multiple or parameter.nargs == -1

    def process_value(ctx: Any, value: Any) -> Any:
        words = many and kind == list[str] and isinstance(value, list | tuple)
        if parameter.required or not (value is None or type(value) is kind or words):
            return convert(ctx, value)
        taken = () if many and value is None else value
        return taken if parameter.callback is None else parameter.callback(ctx, parameter, taken)

    parameter.process_value = process_value

"""What follows from options alone is worked out once: the same keywords in a loop are the same object."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def remembered(function: Callable[[Given], Found]) -> Callable[[Given], Found]:
    """Let a function of frozen options answer once for each object; what it raises it raises each time."""
    place = f"_{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def once(options: Given) -> Found:
        known: dict[str, Any] = options.__dict__
        if place not in known:
            known[place] = function(options)
        found: Found = known[place]
        return found

    return once

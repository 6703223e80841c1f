"""Functions compiled when they are first asked for, and kept on disk."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numba

CLEAR = "\r\x1b[K"  # back to the start of a line that says what is going on, and empty it
LEAN = {"_nrt": False}  # for functions that make no array: references to arrays are not counted
Function = TypeVar("Function", bound=Callable[..., Any])
GIVEN, GIVEN_ROWS = (numba.types.Array(numba.float64, k, "C", readonly=True) for k in (1, 2))  # not to be written to


def kernel(signature: Any, function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Return a function compiled for one signature, from the disk where it has been before.

    The interpreter is free for other threads while it runs. The first time that a machine compiles is told on a
    terminal, for it takes seconds; where nothing can be written it compiles each time. numba looks for a change in the
    file of the function alone, so that its name there bears what all files of kernels are.
    """
    function.__qualname__ = f"{function.__name__}_{_sources()}"
    make = partial(numba.njit, nogil=True, error_model="numpy", **options)
    try:
        compiled = make(cache=True)(function)
    except RuntimeError:
        compiled = make()(function)
    if not _on_disk(compiled) and sys.stderr.isatty():
        sys.stderr.write(f"{CLEAR}compiling, once: some seconds\n")
    compiled.compile(signature)
    compiled.disable_compile()  # nothing is compiled later
    return compiled


def lean(fastmath: set[str]) -> Callable[[Function], Function]:
    """Return the decorator of a function that compiled ones call in their loops and that makes no array itself.

    Nobody then counts the references to its arrays, which takes longer than a step on a few numbers.
    """
    make: Any = numba.njit
    decorator: Callable[[Function], Function] = make(nogil=True, error_model="numpy", fastmath=fastmath, **LEAN)
    return decorator


@cache
def _sources() -> str:
    """Return a digest of the files from which kernels are compiled."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def _on_disk(compiled: Any) -> bool:
    """Say whether numba has an index of this function in its cache."""
    cache = getattr(compiled, "_cache", None)
    path = getattr(getattr(cache, "_cache_file", None), "_index_path", None)
    return path is not None and Path(path).exists()

"""How many threads linear algebra may take, and how many compiled kernels take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from threadpoolctl import ThreadpoolController

from glmnn.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

SWITCH = "GLMNN_THREADS"
MOST_WORKERS = 16
T = TypeVar("T")
V = TypeVar("V")
_asked: ContextVar[int | None] = ContextVar("threads", default=None)


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which linear algebra runs in one thread.

    Threads inside products this small gain nothing, and on a busy machine they wait for each other.
    """
    limited: AbstractContextManager[Any] = _blas().limit(limits=1, user_api="blas")
    return limited


@cache
def one_thread_for_good() -> None:
    """Let linear algebra of this process run in one thread from now on."""
    _blas().limit(limits=1, user_api="blas")


def threads() -> int:
    """Return how many threads compiled kernels may take: as many as there are cores, unless asked for otherwise.

    Raises
    ------
    UsageError
        If GLMNN_THREADS is no whole number above 0.
    """
    asked = _asked.get()
    if asked is not None:
        return asked
    given = os.environ.get(SWITCH)
    if given is None:
        return cores()
    if not given.isdecimal() or int(given) < 1:
        raise UsageError(f"{SWITCH}={given}: give a whole number above 0")
    return min(int(given), most_workers())


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_workers() -> int:
    """Return how many threads or processes may be asked for: more would be started than a machine holds."""
    return max(MOST_WORKERS, 4 * cores())


@contextmanager
def in_threads(asked: int) -> Iterator[None]:
    """Let a number of threads hold inside a with statement, whatever the environment says."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def ordered(function: Callable[[T], V], items: Iterable[T], workers: int) -> Iterator[V]:
    """Yield function(item) in order, computed by a number of threads."""
    return _pool(workers).map(function, items)


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers, "glmnn")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive in a child


def blas_kernels() -> tuple[str, ...]:
    """Return which kernels BLAS uses here; the last bits of a product depend on them."""
    return tuple(
        sorted(
            {str(item.get("architecture") or item["internal_api"]) for item in _blas().select(user_api="blas").info()}
        )
    )

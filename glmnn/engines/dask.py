"""Sums taken by a Dask cluster: a task for each part of the rows, and a tree of joins; one result comes back.

Nothing is pinned to a worker, and every part keeps its lineage. So a part that is lost with its worker is read again,
on whatever worker there is, and the same bits come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.engines.memory import keep_freed_memory
from glmnn.engines.tree import Forest
from glmnn.errors import DataError, GlmnnError, printable
from glmnn.kernels.threads import blas_kernels, one_thread_for_good

JOINED = 16  # forests in a join
SHARES, TASKS = 4, 256  # parts for each thread of the workers, where that is left to choose, up to so many in all
LATE, MANY = 0.05, 20  # part of the tasks of a pass that is repeated elsewhere, where there are so many
CELL = 8  # bytes


@dataclass
class Dask:
    """A cluster whose workers hold the rows.

    Attributes
    ----------
    client : distributed.Client
    parts : tuple of Future
        The typed rows of each part, in order: what has `read` and `every`, or an error.
    ends : tuple of int
        How many rows there are up to the end of each part, from 0 on.
    """

    client: Any
    parts: tuple[Any, ...] = ()
    ends: tuple[int, ...] = (0,)
    name: str = "dask"
    _kernels: tuple[str, ...] = ()
    _heads: dict[int, list[Any]] = field(default_factory=dict, repr=False)  # by rows of a leaf, then by part

    def kernels(self) -> tuple[str, ...]:
        """Return the kernels of BLAS of the workers."""
        return self._kernels

    def check_workers(self) -> None:
        """Refuse workers with another glmnn or numpy.

        Raises
        ------
        DataError
            Naming both versions.
        """
        with sentences(self.client):
            known = self.client.run(about)
        if not known:
            raise DataError("the Dask cluster has no workers: start some, then try again")
        here = about()[0]
        for worker, (there, _) in known.items():
            if there != here:
                raise DataError(
                    f"the Dask worker {printable(worker)} has {there}, and here is {here}: the same versions are needed"
                )
        self._kernels = tuple(sorted({kernel for _, kernels in known.values() for kernel in kernels}))

    def sum(self, once: Any) -> Any:
        """Return the sum of the values of all leaves.

        Raises
        ------
        GlmnnError
            What a leaf raises, or where the cluster is gone.
        """
        with sentences(self.client):
            answer = self._joined(once)
        if isinstance(answer, GlmnnError):
            raise answer
        return answer.total(once.leaves)

    def check(self, store: Any) -> None:
        """Nothing more: a part that is read again is held against its checksum there."""

    def _joined(self, once: Any) -> Any:
        """Return the sum of the values of all leaves as a forest."""
        missing = {part for part in range(len(self.parts)) if self._begun(once, part)}
        bare = once._replace(store=None)  # with each task: what is scattered has no lineage, and is lost with a worker
        tasks = self.client.map(_forest, *self._given(once, missing), once=bare, pure=False)
        if len(tasks) < MANY:  # asked for in one go, for each answer to this process takes as long as some leaves
            return self.client.submit(_join, *tasks, pure=False).result()
        return self._as_they_come(once, bare, tasks, missing)

    def _as_they_come(self, once: Any, bare: Any, tasks: list[Any], missing: set[int]) -> Any:
        """Join forests as they come; the last ones are asked for elsewhere as well, and the first answer counts."""
        from distributed import as_completed as completed

        as_completed: Any = completed
        part_of = dict(zip((task.key for task in tasks), sorted(missing), strict=True))
        waiting: Any = as_completed(tasks, loop=self.client.loop)
        done, joins, repeated, late = list[Any](), 0, False, LATE * len(tasks)
        del tasks
        for future in waiting:
            if future.key not in part_of:
                joins -= 1
            elif part_of[future.key] in missing:
                missing.discard(part_of[future.key])
            else:
                continue  # the other answer came first
            done.append(future)
            if len(done) == JOINED:
                waiting.add(self.client.submit(_join, *done, pure=False))
                joins, done = joins + 1, []
            if not missing and not joins:
                break
            if missing and not repeated and len(missing) <= late:
                repeated = True
                for part, task in self._again(once, bare, missing, part_of):
                    part_of[task.key] = part
                    waiting.add(task)
        return self.client.submit(_join, *done, pure=False).result()

    def _again(self, once: Any, bare: Any, missing: set[int], part_of: dict[str, int]) -> Iterator[tuple[int, Any]]:
        """Yield the parts that are missing, each with a task for them on a worker that is not at it."""
        busy = self.client.processing()
        for part, given in zip(sorted(missing), zip(*self._given(once, missing), strict=True), strict=True):
            keys = {key for key, place in part_of.items() if place == part}
            idle = [worker for worker, processing in busy.items() if not keys & set(map(str, processing))] or None
            yield (
                part,
                self.client.submit(
                    _forest, *given, once=bare, pure=False, workers=idle, allow_other_workers=idle is not None
                ),
            )

    def _given(self, once: Any, parts: set[int]) -> list[list[Any]]:
        """Return what `_forest` is to take of some parts: a leaf that ends in later ones is taken with the first."""
        places = sorted(parts)
        leaves = [self._begun(once, part) for part in places]
        return [
            [self.parts[part] for part in places],
            [self.ends[part + 1] for part in places],
            [begun.start for begun in leaves],
            [begun.stop for begun in leaves],
            [[self._head(place, once.size) for place in self._after(once, part)] for part in places],
        ]

    def _begun(self, once: Any, part: int) -> range:
        """Return the leaves that begin in a part."""
        return range(-(-self.ends[part] // once.size), -(-self.ends[part + 1] // once.size))

    def _after(self, once: Any, part: int) -> Iterator[int]:
        """Yield the later parts that have rows of the last leaf that begins in a part."""
        leaf_end = min(self._begun(once, part).stop * once.size, once.rows)
        for place in range(part + 1, len(self.parts)):
            if self.ends[place] >= leaf_end:
                return
            if self.ends[place] < self.ends[place + 1]:
                yield place

    def _head(self, part: int, size: int) -> Any:
        """Return the first rows of a part, which belong to a leaf of an earlier one; they are cut off once."""
        if size not in self._heads:
            ends = [min(-(-start // size) * size, end) for start, end in pairwise(self.ends)]
            self._heads[size] = self.client.map(_piece, self.parts, self.ends[:-1], ends, pure=False)
        return self._heads[size][part]

    def read(self, first: int, end: int) -> Array:
        """Return rows."""
        return self._gathered(
            self.client.submit(_piece, part, max(first, start), min(end, stop))
            for part, (start, stop) in zip(self.parts, pairwise(self.ends), strict=True)
            if start < end and stop > first and start < stop
        )

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        return self._gathered(self.client.map(_every, self.parts, stride=stride, pure=False))

    def _gathered(self, asked: Iterable[Any]) -> Array:
        with sentences(self.client):
            found = self.client.gather([*asked])
        for rows in found:
            if isinstance(rows, GlmnnError):
                raise rows
        return np.concatenate(found)


def tasks_for(threads: int, size: float) -> int:
    """Return in how many parts so many bytes are best cut: some are done sooner, but each costs the scheduler time.

    On many threads that time counts: four tasks for each must not cost more than a fifth of a pass.
    """
    return SHARES * threads if size >= 50e6 * threads**2 else max(threads, min(SHARES * threads, TASKS))


def prepare() -> None:
    """Make a process of a cluster ready: one thread in BLAS, and memory that is kept from leaf to leaf."""
    one_thread_for_good()
    keep_freed_memory()


def about() -> tuple[str, tuple[str, ...]]:
    """Return the versions on which the bits depend, in words, and the kernels of BLAS."""
    return f"glmnn {version('glmnn')} and numpy {np.__version__}", blas_kernels()


@contextmanager
def sentences(client: Any) -> Iterator[None]:
    """Say in a sentence what is wrong with a cluster."""
    from distributed import KilledWorker
    from distributed.client import ClosedClientError, FutureCancelledError, FuturesCancelledError
    from distributed.comm.core import CommClosedError

    gone = (ClosedClientError, FutureCancelledError, FuturesCancelledError, CommClosedError)
    try:
        yield
    except KilledWorker as error:
        raise DataError(
            f"the Dask workers are lost again and again ({printable(error)[:100]}): a part of the rows needs more than "
            "the memory of a worker; make smaller partitions"
        ) from None
    except (*gone, OSError, TimeoutError) as error:
        address = getattr(getattr(client, "scheduler", None), "address", "")
        raise DataError(
            f"the Dask scheduler {printable(address)} does not answer ({printable(error)[:100]}); nothing was fitted"
        ) from None


def _forest(held: Any, stop: int, first: int, end: int, missing: list[Any], once: Any) -> Any:
    """Return the forest of the leaves that begin in a part, of which the last lacks the rows of later parts."""
    prepare()
    wrong = [rows for rows in (held, *missing) if isinstance(rows, GlmnnError)]
    if wrong:
        return wrong[0]
    try:
        with np.errstate(all="ignore"):
            whole = end - bool(missing)
            forest = Forest.of(first, once._replace(store=held).values(first, whole))
            if missing:
                rows = np.concatenate([held.read(whole * once.size, stop), *missing])
                forest += Forest.of(whole, once.over(rows, whole * once.size).values(whole, end))
    except GlmnnError as error:  # as a value: a worker would print its traceback
        return error
    return forest


def _join(*forests: Any) -> Any:
    total = Forest()
    for forest in forests:
        if isinstance(forest, GlmnnError):
            return forest
        total += forest
    return total


def _piece(held: Any, first: int, end: int) -> Any:
    return held if isinstance(held, GlmnnError) else held.read(first, end)


def _every(held: Any, stride: int) -> Any:
    return held if isinstance(held, GlmnnError) else held.every(stride)

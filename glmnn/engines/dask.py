"""Sums taken by a Dask cluster: a task for each part of the rows, and a tree of joins; one result comes back.

Nothing is pinned to a worker, and every part keeps its lineage. So a part that is lost with its worker is read again,
on whatever worker there is, and the same bits come out.
"""

from __future__ import annotations

from collections.abc import Iterator
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
LATE, MANY = 0.05, 20  # part of the tasks of a pass that is repeated elsewhere, where there are so many
CELL = 8  # bytes


@dataclass
class Dask:
    """A cluster whose workers hold the rows.

    Attributes
    ----------
    client : distributed.Client
    parts : tuple of Future
        The typed rows of each part, in order.
    ends : tuple of int
        How many rows there are up to the end of each part, from 0 on.
    """

    client: Any
    parts: tuple[Any, ...] = ()
    ends: tuple[int, ...] = (0,)
    name: str = "dask"
    _kernels: tuple[str, ...] = ()
    _shared: dict[int, dict[int, Any]] = field(default_factory=dict, repr=False)  # by rows of a leaf, then by part

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
        """Join forests as they come; the last ones are asked for elsewhere as well, and the first answer counts."""
        from distributed import as_completed as completed

        as_completed: Any = completed
        part_of: dict[str, int] = {}
        bare = once._replace(store=None)  # with each task: what is scattered has no lineage, and is lost with a worker
        tasks = [self._task(bare, once, part, part_of) for part in range(len(self.parts))]
        waiting: Any = as_completed(tasks, loop=self.client.loop)
        del tasks
        missing, done, joins, repeated = set(range(len(self.parts))), [], 0, len(self.parts) < MANY
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
            if missing and not repeated and len(missing) <= LATE * len(self.parts):
                repeated, busy = True, self.client.processing()
                for part in missing:
                    keys = {key for key, place in part_of.items() if place == part}
                    idle = [worker for worker, processing in busy.items() if not keys & set(map(str, processing))]
                    waiting.add(self._task(bare, once, part, part_of, idle or None))
        return self.client.submit(_join, *done, pure=False).result()

    def _task(self, bare: Any, once: Any, part: int, part_of: dict[str, int], workers: list[str] | None = None) -> Any:
        """Return the forest to come of a part: its whole leaves, and one that begins in it and ends in a later part."""
        start, end = self.ends[part : part + 2]
        first, last = -(-start // once.size), once.leaves if end == once.rows else end // once.size
        task = self.client.submit(
            _forest, bare, self.parts[part], start, first, max(first, last), self._leaves(once).get(part),
            pure=False, workers=workers, allow_other_workers=workers is not None,
        )  # fmt: skip
        part_of[task.key] = part
        return task

    def _leaves(self, once: Any) -> dict[int, Any]:
        """Return the rows of the leaves that lie in several parts, each put together once, by the part of its start."""
        size = once.size
        if size not in self._shared:
            starts = {part: end // size * size for part, (_, end) in enumerate(pairwise(self.ends))}
            self._shared[size] = {
                part: self.client.submit(_stacked, first // size, *self._pieces(first, min(first + size, once.rows)))
                for part, first in starts.items()
                if self.ends[part] <= first < self.ends[part + 1] < once.rows
            }
        return self._shared[size]

    def _pieces(self, first: int, end: int) -> Iterator[Any]:
        for part, (start, stop) in zip(self.parts, pairwise(self.ends), strict=True):
            if start < end and stop > first:
                yield self.client.submit(_piece, part, max(first - start, 0), min(end, stop) - start, 1)

    def read(self, first: int, end: int) -> Array:
        """Return rows."""
        with sentences(self.client):
            return np.concatenate(self.client.gather([*self._pieces(first, end)]))

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        with sentences(self.client):
            some = [
                self.client.submit(_piece, part, -start % stride, None, stride)
                for part, start in zip(self.parts, self.ends, strict=False)
            ]
            return np.concatenate(self.client.gather(some))


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
    from distributed.comm.core import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise DataError(
            f"the Dask workers are lost again and again ({printable(error)[:100]}): a part of the rows needs more than "
            "the memory of a worker; make smaller partitions"
        ) from None
    except (CommClosedError, OSError, TimeoutError) as error:
        address = getattr(getattr(client, "scheduler", None), "address", "")
        raise DataError(
            f"the Dask scheduler {printable(address)} does not answer ({printable(error)[:100]}); nothing was fitted"
        ) from None


def _forest(once: Any, values: Any, start: int, first: int, last: int, shared: Any) -> Any:
    prepare()
    try:
        if isinstance(values, GlmnnError):
            return values
        forest = Forest.of(first, once.over(values, start).values(first, last))
        if shared is not None:
            leaf, rows = shared
            forest += Forest.of(leaf, once.over(rows, leaf * once.size).values(leaf, leaf + 1))
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


def _piece(values: Any, first: int, end: int | None, stride: int) -> Any:
    return np.array(values[first:end:stride])


def _stacked(leaf: int, *pieces: Any) -> tuple[int, Any]:
    return leaf, np.concatenate(pieces)

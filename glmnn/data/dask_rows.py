"""Rows of a dask frame or of files, parsed by the workers of a Dask cluster and held by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.data import making  # noqa: F401 - what a pass is made of: workers load it while they read
from glmnn.data.parts import Model, Part, read_part, together
from glmnn.data.sources.batches import Batches
from glmnn.data.sources.chunked import ChunkSource, Files
from glmnn.data.sources.cutting import parts_of
from glmnn.data.spill import Codes, Held, recoded
from glmnn.data.table import Table
from glmnn.data.typed import columns_of_model
from glmnn.data.typer import Check
from glmnn.data.variables import Roles
from glmnn.engines.dask import Dask, prepare, sentences, tasks_for
from glmnn.errors import DataError, GlmnnError, UsageError, option
from glmnn.models import glm  # noqa: F401 - likewise

WORTH = 100_000  # rows that are worth a task


@dataclass
class DaskFrame:
    """A dask.dataframe, whose partitions are parts."""

    frame: Any = field(repr=False)
    source: str = "dask frame"
    again: bool = True
    size: int = 0
    done: int = 0
    sums: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(map(str, self.frame.columns))

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows of each partition, as `Batches` does."""
        for part in self.frame.partitions:
            yield from Batches(part.compute()).chunks(wanted)

    def fingerprint(self) -> str:
        """Return a hash of the checksums of the parts."""
        return hashlib.sha256(repr((self.names, self.sums)).encode()).hexdigest()


class Lent(NamedTuple):
    """The typed rows of a part on a worker, and what is known of them.

    Attributes
    ----------
    values : ndarray of shape (rows, columns)
    codes : dict of int to ndarray
        By place the columns of text as they were read; in `values` they are written over with the codes of all parts.
    part : Part
    """

    values: Array
    codes: dict[int, Array]
    part: Part


def scan_dask(data: ChunkSource, roles: Roles, check: Check, client: Any) -> Table:
    """Let the workers read the columns of a model once; they hold the rows.

    Parameters
    ----------
    data : DaskFrame or Files
    roles, check
        As for `scan`.
    client : distributed.Client

    Raises
    ------
    DataError
        As `scan` does; where parts do not fit together; or where the cluster is gone.
    UsageError
        If the rows are in the memory of this process.
    """
    if not isinstance(data, DaskFrame | Files):
        raise UsageError(
            f"{option('engine', 'dask')} takes files that the workers can read, or a dask.dataframe: "
            "dask.dataframe.from_pandas(frame, npartitions=8) makes one"
        )
    engine = Dask(client)
    engine.check_workers()
    used, kinds = columns_of_model(data, roles)
    with sentences(client):
        tasks = tasks_for(sum(client.nthreads().values()), data.size)
        if isinstance(data, DaskFrame):
            sources = client.compute(data.frame[used].to_delayed(), sync=False)
        else:
            sources = parts_of(data, tasks)
        model = Model(tuple(used), kinds, roles, check, len(sources))
        asked = client.map(_typed, sources, range(len(sources)), model=model, pure=False)
        del sources
        parts = client.gather(client.map(_known, asked))
    for part in parts:
        if isinstance(part, GlmnnError):
            raise part
    if isinstance(data, DaskFrame):
        data.sums = tuple(part.sum for part in parts)

    def held(codes: list[Codes], ends: list[int]) -> Dask:
        groups = list(_groups(ends, min(ends[-1] // tasks, WORTH)))
        sums = [part.sum for part in parts]
        engine.parts = tuple(
            client.map(
                _held,
                [asked[group] for group in groups],
                [ends[group.start] for group in groups],
                [codes[group] for group in groups],
                [sums[group] for group in groups],
            )
        )
        engine.ends = (*(ends[group.start] for group in groups), ends[-1])
        return engine

    with sentences(client):
        return together(parts, data, roles, held)


def _typed(source: Any, place: int, model: Model) -> Any:
    prepare()
    if not isinstance(source, Files):
        source = _Frame(source, f"partition {place}")
    found = [np.empty((0, len(model.wanted)))]
    try:
        part = read_part(source, model, found.append)
    except GlmnnError as error:  # as a value: a worker would print its traceback
        return error
    values = np.concatenate(found)
    return Lent(values, {j: values[:, j].copy() for j, kept in enumerate(part.columns) if kept.text}, part)


class _Frame(Batches):
    """A partition, with a name for messages."""

    def __init__(self, data: Any, source: str) -> None:
        super().__init__(data)
        self._source = source

    @property
    def source(self) -> str:
        return self._source


def _known(lent: Any) -> Any:
    return lent if isinstance(lent, GlmnnError) else lent.part


def _groups(ends: list[int], rows: int) -> Iterator[slice]:
    """Yield neighbouring parts that have so many rows together: a task costs more than the sums of few rows."""
    start = 0
    for place in range(1, len(ends)):
        if ends[place] - ends[start] >= rows or place == len(ends) - 1:
            yield slice(start, place)
            start = place


def _held(lents: list[Any], first: int, codes: list[Codes], known: list[int]) -> Any:
    """Return the rows of neighbouring parts, or the error that they are others when read again."""
    for lent, before in zip(lents, known, strict=True):
        if isinstance(lent, GlmnnError):
            return lent
        if lent.part.sum != before:
            return DataError(
                "a part of the rows that was lost with its worker has other rows now (a shuffle, or random numbers in "
                "the frame?); no result is given: write the rows to Parquet first"
            )
    own = [_coded(lent, code) for lent, code in zip(lents, codes, strict=True)]
    return Held(own[0] if len(own) == 1 else np.concatenate(own), first)


def _coded(lent: Lent, codes: Codes) -> Array:
    """Return the rows of a part with the codes of all parts, written where they are: twice makes no difference."""
    changed = [place for place, known in enumerate(codes) if known is not None]
    values = lent.values if lent.values.flags.writeable or not changed else lent.values.copy()  # as it came by network
    for place in changed:
        values[:, place] = lent.codes[place]
    return recoded(values, codes)

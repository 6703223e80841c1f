"""One parse of a source: the columns of a model as rows of numbers, and a sample that knows every level and extreme."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.factors import is_factor
from glmnn.data.response import without_weight
from glmnn.data.sample import Kept, Sample, table_of
from glmnn.data.sources.chunked import ChunkSource
from glmnn.data.sources.watching import watch_reading
from glmnn.data.spill import CELL, Spill, Store
from glmnn.data.summary import some_stride
from glmnn.data.table import Column, Table
from glmnn.data.typer import Check, Typer
from glmnn.data.variables import (
    DATES,
    GROUPS,
    LEVELS,
    Roles,
    every_row_missing,
    find_target,
    used_columns,
)
from glmnn.engines.local import Run
from glmnn.errors import DataError, quoted

KEPT = 1 << 26  # bytes that such rows may take


@dataclass
class TypedRows:
    """All rows of a model as numbers, in a store.

    Attributes
    ----------
    columns : tuple of Kept
    rows, given : int
        Rows of the model, and of the source.
    store : Store
    source : ChunkSource
    run : Run
        How they are gone through.
    packed : tuple of (int, bytes)
        See `Typer`.
    """

    columns: tuple[Kept, ...]
    rows: int
    given: int
    store: Store
    source: ChunkSource
    run: Run = field(default_factory=Run)
    packed: tuple[tuple[int, bytes], ...] = ()
    some: Array | None = field(default=None, repr=False)  # rows that were read for whoever wants some

    def used(self) -> Mask:
        """Return which rows of the source are rows of the model, where that is known; else those of the model alone."""
        if not any(packed for _, packed in self.packed):
            return np.broadcast_to(np.True_, self.rows)
        return np.concatenate([_unpacked(*chunk) for chunk in self.packed])

    @property
    def bytes(self) -> int:
        """Size of the rows."""
        return self.rows * len(self.columns) * CELL

    def check(self) -> None:
        """Hold the rows in a spill file against their checksums.

        Raises
        ------
        DataError
            If they are no longer what was written.
        """
        if hasattr(self.store, "segments"):
            self.run.engine.check(self.store)

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row, out of those that are read once for whoever wants some."""
        base = some_stride(self.rows)
        if base == 1 or stride % base or self.bytes > base * KEPT:
            self.run.passes += 1.0 / stride
            return self.store.every(stride)
        if self.some is None:
            self.run.passes += 1.0 / base
            self.some = self.store.every(base)
        return self.some[:: stride // base]

    def sample(self, rows: int) -> tuple[Table, int]:
        """Return every k-th row as a table in memory, about so many, and k."""
        stride = max(1, -(-self.rows // rows))
        table = table_of(self.source.source, self.columns, self.store.every(stride))
        return replace(table, source=self.source.source, fingerprint=self.source.fingerprint), stride


def _unpacked(rows: int, packed: bytes) -> Mask:
    if not packed:
        return np.ones(rows, dtype=bool)
    return np.unpackbits(np.frombuffer(zlib.decompress(packed), np.uint8), count=rows).astype(bool)


class Reread:
    """Rows that are read anew from the source on each pass, and must be the same each time.

    A checksum that adds up would not see rows that change places: those of the chunks are compared in order.
    """

    def __init__(self, source: ChunkSource, typer: Typer, wanted: frozenset[str], sums: list[int]) -> None:
        self._source, self._wanted, self._sums = source, wanted, sums
        self._typer = typer
        self._parts: Iterator[Array] = iter(())
        self._part, self._first = np.empty((0, len(typer.columns))), 0

    def _chunks(self) -> Iterator[Array]:
        for number, table in enumerate(self._source.chunks(self._wanted)):
            values, _ = self._typer.typed(table)
            if number >= len(self._sums) or checksum(values) != self._sums[number]:
                raise DataError(
                    f"{table.source}: the data changed between two passes; nothing was fitted: give a copy that stays "
                    "as it is, or keep the rows in a spill file"
                )
            yield values

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        first, found = 0, []
        for values in self._chunks():
            found.append(values[-first % stride :: stride].copy())
            first += len(values)
        return np.concatenate(found)

    def read(self, first: int, end: int) -> Array:
        """Return rows, quickly if they are behind those before."""
        if first < self._first:
            self._parts, self._part, self._first = self._chunks(), self._part[:0], 0
        if not len(self._part) and not self._first:
            self._parts = self._chunks()
        found: list[Array] = []
        while first < end:
            if first < self._first + len(self._part):
                some = self._part[first - self._first : end - self._first]
                found.append(some)
                first += len(some)
            else:
                self._first += len(self._part)
                self._part = next(self._parts)
        return np.concatenate(found)


def checksum(values: Array) -> int:
    """Return a checksum of rows that sees their order."""
    return zlib.crc32(np.ascontiguousarray(values).view(np.uint8).data)


def scan(
    source: ChunkSource, roles: Roles, check: Check, spill: str | None, begun: Callable[[int], None] | None = None
) -> Table:
    """Read the columns of a model once.

    Parameters
    ----------
    source : ChunkSource
    roles : Roles
    check : callable
        Refuses cells of a chunk that do not fit their roles.
    spill : str or None
        Folder of the file that keeps the rows, or "none" to read them anew on each pass.
    begun : callable, optional
        Takes the descriptor of that file before the first row is read.

    Returns
    -------
    Table
        A sample with every level and extreme; its `stream` has all rows.

    Raises
    ------
    DataError
        If a cell cannot be used, by file and line; or if there are no rows.
    """
    watch_reading(source)
    used, kinds = columns_of_model(source, roles)
    anew, sums = spill == "none" and source.again, list[int]()
    store = None if anew else Spill(len(used), None if spill == "none" else spill)
    if begun is not None and store is not None:
        begun(store.descriptor)

    def keep(values: Array) -> None:
        if store is None:
            sums.append(checksum(values))
        else:
            store.append(values)

    typer, sample, notes = read_typed(source, used, kinds, roles, check, keep)
    if not sample.rows:
        refuse_nothing(source.source, typer.given, typer.missing, typer.weightless, roles)
    kept = Reread(source, replace(typer, missing={}, packed=[]), frozenset(used), sums) if store is None else store
    rows = TypedRows(typer.columns, sample.rows, typer.given, kept, source, packed=tuple(typer.packed))
    gone = left_out(typer.counts, typer.weightless, typer.given, sample.rows)
    return sample.table(rows, source.source, source.fingerprint, (*notes, *gone))


def columns_of_model(source: ChunkSource, roles: Roles) -> tuple[list[str], dict[str, str]]:
    """Return the columns that a model needs, and the type of those whose formula tells it, as `used_columns`."""
    bare = Table(source.source, {name: Column(name, np.empty(0)) for name in source.names}, 0, "")
    return used_columns(bare, roles, find_target(bare, roles))


def read_typed(
    source: ChunkSource,
    used: Sequence[str],
    kinds: Mapping[str, str],
    roles: Roles,
    check: Check,
    keep: Callable[[Array], None],
) -> tuple[Typer, Sample, tuple[str, ...]]:
    """Hand the typed rows of every chunk on; return how they were typed, a sample, and notes of the reader."""
    typer, sample, notes = Typer((), roles, check), Sample(()), tuple[str, ...]()
    for table in source.chunks(frozenset(used)):
        if not typer.columns:
            columns = tuple(_kept(table.column(name), kinds.get(name)) for name in used)
            typer, sample, notes = Typer(columns, roles, check), Sample(columns), table.notes
        values, rows = typer.typed(table)
        sample.add(values, table, rows)
        keep(values)
    return typer, sample, notes


def left_out(missing: Mapping[str, int], weightless: int, given: int, rows: int) -> tuple[str, ...]:
    """Return which of the given rows were left out, in words."""
    notes = []
    if missing:
        counted = ", ".join(f"{count} in {quoted(name)}" for name, count in missing.items())
        notes.append(f"{given - rows - weightless} of {given} rows left out for missing cells: {counted}")
    if weightless:
        notes.append(f"{weightless} rows of weight 0 left out")
    return tuple(notes)


def refuse_nothing(source: str, given: int, missing: Mapping[str, int], weightless: int, roles: Roles) -> None:
    """Refuse a source of which no row can be used.

    Raises
    ------
    DataError
        Saying why.
    """
    if not given:
        raise DataError(f"{source}: there is a header but no rows")
    if weightless:
        raise without_weight(source, roles)
    raise every_row_missing(source, missing)


def _kept(column: Column, kind: str | None) -> Kept:
    text = kind in (LEVELS, GROUPS) or (kind is None and column.numbers is None)
    factor = kind == LEVELS or (kind is None and is_factor(column))
    return Kept(
        column.name, text, {}, column.truth, column.categories, column.gaps, column.mixed, text and factor,
        dates=kind == DATES,
    )  # fmt: skip

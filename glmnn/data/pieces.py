"""Rows that several processes have read, each part in a spill file of its own, one behind the other."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeGuard

import numpy as np

from glmnn.arrays import Array
from glmnn.data.parts import Model, Part, read_part, together
from glmnn.data.sources.chunked import Files
from glmnn.data.sources.cutting import parts_of
from glmnn.data.sources.watching import watch_reading
from glmnn.data.spill import Codes, Spill, Store, recoded
from glmnn.data.table import Table
from glmnn.data.typed import columns_of_model, scan
from glmnn.data.typer import Check
from glmnn.data.variables import Roles
from glmnn.engines.processes import SHARES, Processes
from glmnn.errors import GlmnnError


@dataclass(frozen=True)
class Pieces:
    """Spill files, one behind the other.

    Attributes
    ----------
    spills : tuple of Spill
    codes : tuple of Codes
        What the codes of each are among those of all.
    """

    spills: tuple[Spill, ...]
    codes: tuple[Codes, ...]

    @property
    def ends(self) -> list[int]:
        """How many rows there are up to the end of each file, from 0 on."""
        return [0, *np.cumsum([spill.rows for spill in self.spills]).tolist()]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(spill.bytes for spill in self.spills)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Of the files."""
        return tuple(spill.descriptor for spill in self.spills)

    def read(self, first: int, end: int) -> Array:
        """Return rows, in an array of their own."""
        ends = self.ends
        found = [
            recoded(self.spills[place].read(max(first, start) - start, min(end, stop) - start), self.codes[place])
            for place, (start, stop) in enumerate(pairwise(ends))
            if start < end and stop > first and start < stop
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        return np.concatenate([
            recoded(spill.every(stride, -start % stride), codes)
            for spill, codes, start in zip(self.spills, self.codes, self.ends, strict=False)
            if spill.rows
        ])  # fmt: skip

    @property
    def segments(self) -> int:
        """How many parts of the rows have a checksum."""
        return sum(spill.segments for spill in self.spills)

    def check(self, first: int, end: int) -> None:
        """Hold the rows of some segments against their checksums.

        Raises
        ------
        DataError
            If a file no longer holds what was written.
        """
        ends = [0, *np.cumsum([spill.segments for spill in self.spills]).tolist()]
        for segment in range(first, end):
            place = bisect_right(ends, segment) - 1
            self.spills[place].check(segment - ends[place], segment - ends[place] + 1)


def is_spilled(store: Store) -> TypeGuard[Spill | Pieces]:
    """Say whether rows are kept in files."""
    return isinstance(store, Spill | Pieces)


def scan_by(several: Processes, source: Any, roles: Roles, check: Check, spill: str | None) -> Table:
    """Let several processes read the columns of a model once, each some of the files.

    Takes, returns and raises what `scan` does, which reads alone where there are no several files, and where something
    is wrong with them: it knows the first place.
    """
    folder = None if spill == "none" else spill
    parts = parts_of(source, SHARES * several.workers) if isinstance(source, Files) else []
    if len(parts) > 1:
        used, kinds = columns_of_model(source, roles)
        spills = [Spill(len(used), folder) for _ in parts]
        several.start(*(one.descriptor for one in spills))
        watch_reading(source)
        model = Model(tuple(used), kinds, roles, check, len(parts))
        try:
            return _together(several, source, parts, spills, model)
        except GlmnnError:
            several.end()
            del spills  # their room is free again
    return scan(source, roles, check, spill, several.start)


def _together(several: Processes, source: Files, parts: list[Files], spills: list[Spill], model: Model) -> Table:
    def told(number: int) -> None:
        source.done += parts[number].size

    known: list[Part] = []
    for spill, (part, rows, sums) in zip(
        spills, several.each(_read, model, list(zip(parts, spills, strict=True)), told), strict=True
    ):
        spill.rows, spill.sums = rows, sums
        known.append(part)
    return together(known, source, model.roles, lambda codes, _: Pieces(tuple(spills), tuple(codes)))


def _read(model: Model, source: Files, spill: Spill) -> tuple[Part, int, list[int]]:
    part = read_part(source, model, spill.append)
    return part, spill.rows, spill.sums

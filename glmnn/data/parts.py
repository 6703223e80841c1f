"""Rows that are read in parts, by several processes or machines, and what is known of all of them together."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.data.formula.levels import MOST_LEVELS
from glmnn.data.sample import SAMPLE, Kept, Sample
from glmnn.data.sources.chunked import ChunkSource
from glmnn.data.spill import Codes, recoded
from glmnn.data.table import Table
from glmnn.data.typed import TypedRows, left_out, read_typed, refuse_nothing
from glmnn.data.typer import Check
from glmnn.data.variables import Roles
from glmnn.errors import DataError, quoted


class Part(NamedTuple):
    """What is known of a part of the rows, whose texts have codes of its own.

    Attributes
    ----------
    columns : tuple of Kept
    sample : Sample
    missing, weightless, given
        As `Typer` counts them.
    notes : tuple of str
        Of the reader.
    sum : int
        Checksum of the rows, which sees their order.
    packed : tuple of (int, bytes)
        Which rows are used, as `Typer` has it.
    """

    columns: tuple[Kept, ...]
    sample: Sample
    missing: dict[str, int]
    weightless: int
    given: int
    notes: tuple[str, ...]
    sum: int
    packed: tuple[tuple[int, bytes], ...]

    @property
    def rows(self) -> int:
        """Number of rows of the model in it."""
        return self.sample.rows


class Model(NamedTuple):
    """What of each part is to be read.

    Attributes
    ----------
    wanted : tuple of str
        Columns.
    kinds : dict of str to str
        As `read_typed` takes them.
    roles : Roles
    check : callable
        Refuses cells that do not fit their roles.
    parts : int
        How many parts there are.
    """

    wanted: tuple[str, ...]
    kinds: dict[str, str]
    roles: Roles
    check: Check
    parts: int


def read_part(source: ChunkSource, model: Model, keep: Callable[[Array], None]) -> Part:
    """Hand the typed rows of a part on; return what is known of them, with its share of the sample.

    Raises
    ------
    DataError
        As `scan` does.
    """
    total = 0

    def kept(values: Array) -> None:
        nonlocal total
        total = zlib.crc32(np.ascontiguousarray(values).view(np.uint8).data, total)
        keep(values)

    typer, sample, notes = read_typed(source, model.wanted, model.kinds, model.roles, model.check, kept)
    stride, thinned = max(1, -(-sample.rows // (SAMPLE // model.parts + 1))), []
    for some in sample.parts:
        kept_rows = some.telling.copy()
        kept_rows[::stride] = True
        thinned.append(some.those(kept_rows))
    less = replace(sample, parts=thinned)
    return Part(typer.columns, less, typer.missing, typer.weightless, typer.given, notes, total, tuple(typer.packed))


def together(
    parts: Sequence[Part], source: ChunkSource, roles: Roles, store: Callable[[list[Codes], list[int]], Any]
) -> Table:
    """Return the sample of all parts as a table that stands for all rows.

    Parameters
    ----------
    parts : sequence of Part
        In the order of the rows.
    source : ChunkSource
    roles : Roles
    store : callable
        Returns the store of the rows by what the codes of each part are among those of all, and by how many rows there
        are up to the end of each part, from 0 on.

    Raises
    ------
    DataError
        If the parts do not fit together, or there are no rows.
    """
    columns, maps = _merged([part.columns for part in parts if part.given])
    codes = iter(maps)
    of_parts = [next(codes) if part.given else () for part in parts]
    ends = [0, *np.cumsum([part.rows for part in parts]).tolist()]
    given, rows, missing = sum(part.given for part in parts), ends[-1], dict[str, int]()
    for part in parts:
        missing |= {name: missing.get(name, 0) + count for name, count in part.missing.items()}
    missing = {kept.name: missing[kept.name] for kept in columns if kept.name in missing}
    weightless = sum(part.weightless for part in parts)
    if not rows:
        refuse_nothing(source.source, given, missing, weightless, roles)
    sample = Sample(columns, rows=rows)
    for part, mapping in zip(parts, of_parts, strict=True):
        sample.parts += [some._replace(values=recoded(some.values, mapping)) for some in part.sample.parts]
    packed = tuple(chunk for part in parts for chunk in part.packed)
    typed = TypedRows(columns, rows, given, store(of_parts, ends), source, packed=packed)
    notes = left_out(missing, weightless, given, rows)
    return sample.table(typed, source.source, source.fingerprint, (*parts[0].notes, *notes))


def _merged(parts: list[tuple[Kept, ...]]) -> tuple[tuple[Kept, ...], list[Codes]]:
    """Return the columns of all parts, and the code of each text of each part; numbers have none."""
    columns: list[Kept] = []
    maps: list[list[Array | None]] = [[] for _ in parts]
    for kinds in zip(*parts, strict=True):
        first: Kept = kinds[0]
        if any(kept.text != first.text for kept in kinds):
            raise DataError(
                f"column {quoted(first.name)} is numbers in one part and text in another; make it one of them, or a "
                "factor with C(...) in a formula"
            )
        codes: dict[str, int] = {}
        for place, kept in enumerate(kinds):
            own = [codes.setdefault(text, len(codes)) for text in kept.codes]
            same = own == list(range(len(own)))
            maps[place].append(np.array([*own, -1], dtype=float) if first.text and not same else None)
        if first.factor and len(codes) > MOST_LEVELS:
            raise DataError(f"factor {quoted(first.name)} has {len(codes)} levels; {MOST_LEVELS} are the most")
        categories = tuple(dict.fromkeys(level for kept in kinds for level in kept.categories))
        truth, mixed = all(kept.truth for kept in kinds), any(kept.mixed for kept in kinds)
        bad = next((kept.bad for kept in kinds if kept.bad), "")
        numeric = all(kept.numeric for kept in kinds)
        labels = {text: label for kept in kinds for text, label in kept.labels.items()}
        merged = replace(first, codes=codes, categories=categories, truth=truth, mixed=mixed, bad=bad)
        columns.append(replace(merged, numeric=numeric, labels=labels))
    return tuple(columns), [tuple(own) for own in maps]

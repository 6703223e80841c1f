"""Rows of a dask frame or of files, parsed by the workers of a Dask cluster and held by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.data.formula.levels import MOST_LEVELS
from glmnn.data.sample import SAMPLE, Kept, Sample
from glmnn.data.sources.batches import Batches
from glmnn.data.sources.chunked import ChunkSource, Files
from glmnn.data.table import Table
from glmnn.data.typed import Check, TypedRows, checksum, columns_of_model, read_typed, refuse_nothing
from glmnn.data.variables import Roles
from glmnn.engines.dask import Dask, prepare, sentences
from glmnn.errors import DataError, GlmnnError, quoted


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


class Part(NamedTuple):
    """The typed rows of a part, with codes of its own, and what is known of them."""

    values: Array
    columns: tuple[Kept, ...]
    sample: Sample
    missing: dict[str, int]
    weightless: int
    given: int
    notes: tuple[str, ...]
    sum: int


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
    """
    engine = Dask(client)
    engine.check_workers()
    used, kinds = columns_of_model(data, roles)
    with sentences(client):
        if isinstance(data, DaskFrame):
            parts = client.compute(data.frame[used].to_delayed(), sync=False)
        else:
            parts = _files(data)
        asked = [
            client.submit(_typed, part, place, frozenset(used), kinds, roles, check, pure=False)
            for place, part in enumerate(parts)
        ]
        del parts
        facts = client.gather([client.submit(_facts, part, SAMPLE // len(asked) + 1) for part in asked])
    for fact in facts:
        if isinstance(fact, GlmnnError):
            raise fact
    columns, maps = _merged([fact.columns for fact in facts if fact.given])
    codes = iter(maps)
    recoded = [next(codes) if fact.given else () for fact in facts]
    engine.parts = tuple(
        client.submit(_recoded, part, mapping, fact.sum)
        for part, mapping, fact in zip(asked, recoded, facts, strict=True)
    )
    rows = [fact.sample.rows for fact in facts]
    engine.ends = (0, *np.cumsum(rows).tolist())
    given = sum(fact.given for fact in facts)
    missing: dict[str, int] = {}
    for fact in facts:
        missing |= {name: missing.get(name, 0) + count for name, count in fact.missing.items()}
    if not engine.ends[-1]:
        refuse_nothing(data.source, given, missing)
    if isinstance(data, DaskFrame):
        data.sums = tuple(fact.sum for fact in facts)
    typed = TypedRows(columns, engine.ends[-1], given, engine, data)
    return _sampled(typed, columns, facts, recoded, data, _notes(facts, missing, given, engine.ends[-1]))


def _files(data: ChunkSource) -> list[Files]:
    assert isinstance(data, Files)
    return [
        replace(data, source=path, paths=(path,), keys={key: (texts[place],) for key, texts in data.keys.items()})
        for place, path in enumerate(data.paths)
    ]


def _typed(part: Any, place: int, wanted: frozenset[str], kinds: dict[str, str], roles: Roles, check: Check) -> Any:
    prepare()
    source: Any = part if isinstance(part, Files) else _Frame(part, f"partition {place}")
    found: list[Array] = []
    try:
        typer, sample, notes = read_typed(source, wanted, kinds, roles, check, found.append)
    except GlmnnError as error:  # as a value: a worker would print its traceback
        return error
    values = np.concatenate([np.empty((0, len(wanted))), *found])
    return Part(values, typer.columns, sample, typer.missing, typer.weightless, typer.given, notes, checksum(values))


class _Frame(Batches):
    """A partition, with a name for messages."""

    def __init__(self, data: Any, source: str) -> None:
        super().__init__(data)
        self._source = source

    @property
    def source(self) -> str:
        return self._source


def _facts(part: Any, most: int) -> Any:
    """Return what is known of a part without its rows."""
    if isinstance(part, GlmnnError):
        return part
    thinned = []
    for numbers, values, places, telling in part.sample.parts:
        kept = telling.copy()
        kept[:: max(1, -(-part.sample.rows // most))] = True
        thinned.append((numbers[kept], values[kept], [places[row] for row in np.flatnonzero(kept)], telling[kept]))
    return part._replace(values=None, sample=replace(part.sample, parts=thinned))


def _merged(parts: list[tuple[Kept, ...]]) -> tuple[tuple[Kept, ...], list[tuple[Array | None, ...]]]:
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
            maps[place].append(np.array([*own, -1], dtype=float) if first.text else None)
        if first.factor and len(codes) > MOST_LEVELS:
            raise DataError(f"factor {quoted(first.name)} has {len(codes)} levels; {MOST_LEVELS} are the most")
        categories = tuple(dict.fromkeys(level for kept in kinds for level in kept.categories))
        truth, mixed = all(kept.truth for kept in kinds), any(kept.mixed for kept in kinds)
        columns.append(replace(first, codes=codes, categories=categories, truth=truth, mixed=mixed))
    return tuple(columns), [tuple(own) for own in maps]


def _recoded(part: Any, mapping: tuple[Array | None, ...], known: int) -> Any:
    """Return the rows of a part with the codes of all parts, or the error that they are others when read again."""
    if isinstance(part, GlmnnError):
        return part
    if part.sum != known:
        return DataError(
            "a part of the rows that was lost with its worker has other rows now (a shuffle, or random numbers in the "
            "frame?); nothing is said: write the rows to Parquet first"
        )
    return _with_codes(part.values, mapping)


def _with_codes(values: Array, mapping: tuple[Array | None, ...]) -> Array:
    values = values.copy()
    for place, codes in enumerate(mapping):
        if codes is not None:
            values[:, place] = codes[values[:, place].astype(np.intp)]
    return values


def _notes(facts: list[Part], missing: dict[str, int], given: int, rows: int) -> tuple[str, ...]:
    notes = list(facts[0].notes)
    weightless = sum(fact.weightless for fact in facts)
    if missing:
        counted = ", ".join(f"{count} in {quoted(name)}" for name, count in missing.items())
        notes.append(f"{given - rows - weightless} of {given} rows left out for missing cells: {counted}")
    if weightless:
        notes.append(f"{weightless} rows of weight 0 left out")
    return tuple(notes)


def _sampled(
    typed: TypedRows, columns: tuple[Kept, ...], facts: list[Part], maps: list[Any], data: Any, notes: tuple[str, ...]
) -> Table:
    sample = Sample(columns, rows=typed.rows)
    for fact, mapping in zip(facts, maps, strict=True):
        sample.parts += [
            (numbers, _with_codes(values, mapping), places, telling)
            for numbers, values, places, telling in fact.sample.parts
        ]
    return sample.table(typed, data.source, data.fingerprint, notes)

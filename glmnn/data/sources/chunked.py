"""Rows a chunk at a time, so that they may be more than the memory holds: files, folders and Arrow streams."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import numpy as np

from glmnn.data.cells import Coded, Numerals
from glmnn.data.headers import check_names
from glmnn.data.sources.batches import ArrowFile, Batches, ParquetFile
from glmnn.data.sources.by_pandas import kind_of
from glmnn.data.sources.json_chunks import JsonFile
from glmnn.data.sources.json_lines import is_array, is_json
from glmnn.data.sources.kinds import is_lazy, refuse_without_order
from glmnn.data.sources.parquet import FEATHER, PARQUET, STREAM
from glmnn.data.sources.several import paths_of
from glmnn.data.sources.text_chunks import GZIP, TextFile
from glmnn.data.table import Column, Table, read_column
from glmnn.errors import DataError, UsageError, printable, quoted, unreadable

KINDS: dict[type, str] = {ParquetFile: "Parquet", ArrowFile: "Feather", JsonFile: "JSON", TextFile: "text"}
MISSING_KEY = "__HIVE_DEFAULT_PARTITION__"
START = 1 << 16


class ChunkSource(Protocol):
    """Rows in order, a chunk at a time; every chunk is a table with its place in the source.

    Attributes
    ----------
    source : str
        What messages call it.
    names : tuple of str
        Names of the columns.
    again : bool
        Whether it can be read more than once.
    size, done : int
        Bytes in all and bytes read, for those who show how far it has come; 0 where they are not known.
    """

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def again(self) -> bool: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order, of the wanted columns at least."""
        ...

    def fingerprint(self) -> str:
        """Return a hash of what was read."""
        ...


@dataclass
class Files:
    """One file or several of one kind, in the order of their names.

    Attributes
    ----------
    source : str
        What messages call all of them.
    paths : tuple of str
    keys : dict of str to tuple of str
        Columns that the folders are: the text of each file.
    numerals : Numerals or None
    max_unpacked : float or None
        As for `TextFile`.
    groups : range or None
        The groups of rows that are meant, of the only file, which is to be as it was.
    state : tuple of (int, int), or None
        What it was, where only a part of it is meant: size and time of its last change.
    """

    source: str
    paths: tuple[str, ...]
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numerals: Numerals | None = None
    max_unpacked: float | None = None
    done: int = 0
    again: bool = True
    groups: range | None = None
    state: tuple[int, int] | None = None

    @cached_property
    def _kind(self) -> type:
        kinds = {path: _kind_of(path) for path in self.paths}
        first, *others = self.paths
        for path in others:
            if kinds[path] is not kinds[first]:
                raise DataError(
                    f"{printable(path)}: files of different kinds in one table, for {printable(first)} is "
                    f"{KINDS[kinds[first]]}; give a pattern of one kind, as "
                    f"{quoted('folder/*' + Path(first).suffix)}"
                )
        return kinds[first]

    def _opened(self, path: str) -> TextFile | ParquetFile | ArrowFile:
        if self._kind in (ParquetFile, ArrowFile):
            return ParquetFile(path, groups=self.groups) if self._kind is ParquetFile else ArrowFile(path)
        return (JsonFile if self._kind is JsonFile else TextFile)(path, self.numerals, self.max_unpacked)

    @property
    def is_parquet(self) -> bool:
        """Whether the files are of Parquet."""
        return self._kind is ParquetFile

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: those of the first file, then those of the folders."""
        names = (*self._opened(self.paths[0]).names, *self.keys)
        check_names(names, printable(self.paths[0]))
        return names

    @cached_property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(Path(path).stat().st_size for path in self.paths)

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order."""
        before, expected = 0, frozenset(self.names) - frozenset(self.keys)
        columns = {name: read_column(name, texts, plain=False) for name, texts in self.keys.items()}
        for number, path in enumerate(self.paths):
            file, state = self._opened(path), self.state or state_of(path)
            lost = sorted(expected - frozenset(file.names))
            if lost:
                raise DataError(
                    f"{printable(path)}: there is no column {quoted(lost[0])}, which {printable(self.paths[0])} has"
                )
            if len(self.paths) > 1 and type(file) is TextFile and not file.has_rows:
                continue  # as programs write for a part without rows
            try:
                for table in file.chunks(wanted):
                    self.done = before + file.done
                    added = {name: _repeated(column, number, table.rows) for name, column in columns.items()}
                    yield replace(table, columns={**table.columns, **added}) if added else table
            except DataError:
                _refuse_change(path, state)
                raise
            _refuse_change(path, state)
            before += state[0]

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file; of several that of their sums."""
        sums = [_sha256(path) for path in self.paths]
        return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def open_source(data: Any, numerals: Numerals | None = None, max_unpacked: float | None = None) -> ChunkSource:
    """Return the rows of a path, a pattern, a folder, a frame or an Arrow stream, a chunk at a time.

    Raises
    ------
    DataError
        If there is nothing, or nothing that can be read so.
    """
    refuse_without_order(data)
    if not isinstance(data, str):
        if not (hasattr(data, "__arrow_c_stream__") or is_lazy(data)):
            raise UsageError(
                f"{quoted(type(data).__name__)} has no Arrow stream to read in chunks; give a file or a frame"
            )
        return Batches(data)
    if data == "-":
        raise UsageError("standard input cannot be read in chunks: give a file")
    paths, root = paths_of(data)
    paths = tuple(path for path in paths if state_of(path)[0]) or paths[:1]  # parts without rows may be empty files
    return Files(printable(data), paths, _keys(paths, root), numerals, max_unpacked)


def _keys(paths: Sequence[str], root: Path) -> dict[str, tuple[str, ...]]:
    """Return the columns that folders called key=value are, the text of each file."""
    parts = [
        dict(part.split("=", 1) for part in Path(path).relative_to(root).parts[:-1] if part.find("=") > 0)
        for path in paths
    ]
    for path, part in zip(paths, parts, strict=True):
        if list(part) != list(parts[0]):
            raise DataError(f"{printable(path)}: its folders have other keys than those of {printable(paths[0])}")
    return {key: tuple("" if part[key] == MISSING_KEY else unquote(part[key]) for part in parts) for key in parts[0]}


def _repeated(column: Column, number: int, rows: int) -> Column:
    """Return a column that is the same in all rows of a file."""
    if column.numbers is not None:
        return Column(column.name, np.full(rows, column.numbers[number]))
    text = column.cells[number]
    return Column(column.name, None, Coded([text], np.zeros(rows, dtype=np.intp)), 0, gaps=column.gaps)


def _kind_of(path: str) -> type:
    try:
        with Path(path).open("rb") as file:
            start = file.read(START)
    except OSError as error:
        raise DataError(unreadable(path, error, ".csv", ".gz", ".parquet")) from None
    if start.startswith(GZIP):
        with suppress(EOFError, zlib.error):
            start = zlib.decompressobj(wbits=31).decompress(start, START)
    if start.startswith((PARQUET, FEATHER, STREAM)):
        return ParquetFile if start.startswith(PARQUET) else ArrowFile
    if is_json(start):
        if is_array(start):
            raise DataError(
                f"{printable(path)}: an array in JSON is read in memory only; write an object in each line "
                f"(jq -c '.[]' FILE), or give text or Parquet"
            )
        return JsonFile
    kind = kind_of(start)
    if kind is not None:
        raise DataError(f"{printable(path)}: {kind} files are read in memory only; give text or Parquet")
    return TextFile


def state_of(path: str) -> tuple[int, int]:
    """Return size and time of the last change of a file."""
    try:
        state = Path(path).stat()
    except OSError as error:
        raise DataError(unreadable(path, error)) from None
    return state.st_size, state.st_mtime_ns


def _refuse_change(path: str, state: tuple[int, int]) -> None:
    """Refuse a file that is another one than when its reading began."""
    try:
        now = state_of(path)
    except DataError:
        raise DataError(f"{printable(path)}: the file went away while it was being read; nothing was fitted") from None
    if now != state:
        raise DataError(
            f"{printable(path)}: the file changed while it was being read ({state[0]:,} bytes at the start, "
            f"{now[0]:,} now); nothing was fitted: give a copy that stays as it is"
        )


def _sha256(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(source: ChunkSource) -> str:
    """Return in how many files the rows are, in words."""
    paths = source.paths if isinstance(source, Files) else ()
    return f" in {len(paths)} files" if len(paths) > 1 else ""

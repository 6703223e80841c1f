"""Parquet files, and whatever hands its rows over as an Arrow stream, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from glmnn.data.sources.arrow import columns_of_arrow, own_names
from glmnn.data.sources.kinds import is_lazy
from glmnn.data.sources.parquet import STREAM
from glmnn.data.table import Table
from glmnn.errors import DataError, printable

ROWS = 1 << 16
BUFFER = 1 << 20  # bytes read at a time from each column; what is read ahead would stay in memory to the end
INSTALL = "needs pyarrow: pip install 'glmnn[arrow]'"


@dataclass
class ParquetFile:
    """A Parquet file, of which the columns of the model alone are read.

    Attributes
    ----------
    path : str
    rows : int
        Of a chunk.
    groups : range or None
        The groups of rows that are read; all where it is None.
    done : int
        Bytes of the file that have been read, about.
    """

    path: str
    rows: int = ROWS
    groups: range | None = None
    done: int = field(default=0, compare=False)

    @cached_property
    def _file(self) -> Any:
        try:
            from pyarrow import parquet
        except ImportError:
            raise DataError(f"{printable(self.path)}: reading Parquet {INSTALL}") from None
        try:
            return parquet.ParquetFile(self.path, pre_buffer=False, buffer_size=BUFFER)
        except Exception as error:  # pyarrow has no list of what a damaged file may raise
            raise self._damaged(error) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return own_names(self._file.schema_arrow.names)

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return int(self._file.metadata.num_rows * self._file.metadata.num_columns)

    @property
    def group_count(self) -> int:
        """How many groups of rows it has."""
        return int(self._file.metadata.num_row_groups)

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order, of the wanted columns."""
        file, source, size = self._file, printable(self.path), Path(self.path).stat().st_size
        columns = None if wanted is None else [name for name in file.schema_arrow.names if name in wanted]
        every, groups = max(file.metadata.num_rows, 1), self.groups or range(file.metadata.num_row_groups)
        first = sum(file.metadata.row_group(group).num_rows for group in range(groups.start))
        batches = file.iter_batches(self.rows, row_groups=[*groups], columns=columns)
        while True:
            try:
                batch = next(batches, None)
            except Exception as error:
                raise self._damaged(error) from None
            if batch is None:
                break
            yield from _tables(batch, source, first, self.rows)
            first += batch.num_rows
            self.done = size * first // every
        del self._file

    def _damaged(self, error: Exception) -> DataError:
        first = printable(str(error).split("\n")[0])[:200]
        return DataError(f"{printable(self.path)}: not a readable Parquet file ({first})")


@dataclass
class ArrowFile:
    """A Feather file or another one of Arrow's IPC format, a record batch at a time.

    Attributes
    ----------
    path : str
    rows : int
        Of a chunk, at most.
    done : int
        Bytes of the file that have been read, about.
    """

    path: str
    rows: int = ROWS
    done: int = field(default=0, compare=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        with self._opened() as (schema, _):
            return own_names(schema.names)

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order, of the wanted columns."""
        source, first = printable(self.path), 0
        with self._opened() as (schema, batches):
            kept = [name for name in schema.names if wanted is None or name in wanted]
            for batch in batches:
                yield from _tables(batch.select(kept), source, first, self.rows)
                first += batch.num_rows

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, Iterator[Any]]]:
        """Open the file: its schema, and its batches as they are asked for."""
        try:
            import pyarrow as arrow
        except ImportError:
            raise DataError(f"{printable(self.path)}: reading Feather {INSTALL}") from None
        try:
            with arrow.OSFile(self.path) as file:
                streamed = file.read(len(STREAM)) == STREAM
                file.seek(0)
                opened = arrow.ipc.open_stream(file) if streamed else arrow.ipc.open_file(file)
                numbers = range(0 if streamed else opened.num_record_batches)

                def batches() -> Iterator[Any]:
                    for batch in opened if streamed else map(opened.get_batch, numbers):
                        self.done = file.tell()
                        yield batch

                yield opened.schema, batches()
        except (arrow.ArrowException, OSError) as error:
            first = printable(str(error).split("\n")[0])[:200]
            raise DataError(f"{printable(self.path)}: not a readable Feather file ({first})") from None


@dataclass
class Batches:
    """An object with `__arrow_c_stream__`: of pandas, polars, pyarrow, duckdb and others; a polars LazyFrame as well.

    Attributes
    ----------
    data : object
    rows : int
        Of a chunk, at most.
    """

    data: Any = field(repr=False)
    rows: int = ROWS
    done: int = field(default=0, compare=False)
    size: int = 0

    @property
    def source(self) -> str:
        """What messages call it."""
        return "table"

    @property
    def again(self) -> bool:
        """Whether it can be read more than once: a reader cannot."""
        return not hasattr(self.data, "read_next_batch")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        if hasattr(self.data, "collect_schema"):
            return tuple(self.data.collect_schema().names())
        known = getattr(getattr(self.data, "schema", None), "names", None)
        return own_names(map(str, self.data.columns if known is None else known() if callable(known) else known))

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order."""
        try:
            import pyarrow as arrow
        except ImportError:
            raise DataError(f"{self.source}: reading Arrow tables {INSTALL}") from None
        try:
            reader = arrow.RecordBatchReader.from_stream(self._stream(wanted))
        except TypeError:  # DuckDB 1.1
            raise DataError("this Arrow stream is of an older kind: give an Arrow table, as relation.arrow()") from None
        first = 0
        for batch in reader:
            kept = batch if wanted is None else batch.select([name for name in batch.schema.names if name in wanted])
            yield from _tables(kept, self.source, first, self.rows)
            first += batch.num_rows

    def _stream(self, wanted: frozenset[str] | None) -> Any:
        if not is_lazy(self.data):
            return self.data
        frame = self.data if wanted is None else self.data.select([name for name in self.names if name in wanted])
        if not hasattr(frame, "collect_batches"):  # before polars 1.34
            return frame.collect(engine="streaming")
        batches = frame.collect_batches(maintain_order=True)
        return batches if hasattr(batches, "__arrow_c_stream__") else _reader(batches)

    def fingerprint(self) -> str:
        """Return a hash of names and values."""
        from glmnn.data.sources.frames import digest_of_columns

        digest = ""
        for table in self.chunks() if self.again else ():
            digest = digest_of_columns(digest, table.columns.values())
        return digest


def _reader(frames: Any) -> Any:
    import pyarrow as arrow

    tables = (arrow.table(frame) for frame in frames)
    first = next(tables)
    batches = (batch for table in (first, *tables) for batch in table.to_batches())
    return arrow.RecordBatchReader.from_batches(first.schema, batches)


def _tables(batch: Any, source: str, first: int, rows: int) -> Iterator[Table]:
    import pyarrow as arrow

    for place in range(0, batch.num_rows, rows):
        part = arrow.Table.from_batches([batch.slice(place, rows)])
        yield replace(Table(source, columns_of_arrow(part, source), part.num_rows, "", (), ""), first=first + place)

"""Parquet and Feather files by pyarrow: no more than the file may hold, each column with its type."""

from __future__ import annotations

from typing import Any

from glmnn.data.sources.arrow import columns_of_arrow
from glmnn.data.sources.raw import check_size
from glmnn.data.table import Table, with_rows
from glmnn.errors import DataError, printable

CELL = 8  # bytes: a run of equal cells takes none in the file
PARQUET, FEATHER, STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"  # how such files begin


def is_arrow(start: bytes) -> bool:
    """Say whether a file that begins like this is one of these."""
    return start.startswith((PARQUET, FEATHER, STREAM))


def read_arrow(raw: bytes, source: str, digest: str, max_unpacked: float | None) -> Table:
    """Return the table of a Parquet, Feather or Arrow file.

    Raises
    ------
    DataError
        If pyarrow is missing, or the file is damaged, too large or has a value that cannot be read.
    """
    what = "Parquet" if raw.startswith(PARQUET) else "Feather"
    try:
        import pyarrow as arrow
    except ImportError:
        raise DataError(f"{source}: reading {what} needs pyarrow: pip install 'glmnn[arrow]'") from None
    read = _parquet if what == "Parquet" else _feather
    try:
        table = read(arrow.BufferReader(raw), source, len(raw), max_unpacked)
    except DataError:
        raise
    except Exception as error:  # pyarrow has no list of what a damaged file may raise
        first = printable(str(error).split("\n")[0])[:200]
        raise DataError(f"{source}: not a readable {what} file ({first})") from None
    return with_rows(Table(source, columns_of_arrow(table, source), table.num_rows, digest, (), ""))


def _parquet(file: Any, source: str, packed: int, max_unpacked: float | None) -> Any:
    from pyarrow import parquet

    opened = parquet.ParquetFile(file)
    about = opened.metadata
    size = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
    check_size(max(size, about.num_rows * about.num_columns * CELL), packed, source, max_unpacked)
    return opened.read()


def _feather(file: Any, source: str, packed: int, max_unpacked: float | None) -> Any:
    import pyarrow as arrow

    streamed = file.read(len(STREAM)) == STREAM
    file.seek(0)
    opened = arrow.ipc.open_stream(file) if streamed else arrow.ipc.open_file(file)
    batches, size = [], 0
    for batch in opened if streamed else map(opened.get_batch, range(opened.num_record_batches)):
        batches.append(batch)
        size += batch.nbytes
        check_size(size, packed, source, max_unpacked)
    return arrow.Table.from_batches(batches, opened.schema)

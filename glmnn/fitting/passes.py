"""How rows that are not in memory were gone through: a line of the report, and values of the JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from glmnn.data.dataset import Dataset
from glmnn.data.pieces import is_spilled
from glmnn.data.sources.chunked import files_of
from glmnn.data.stream import Stream
from glmnn.engines.memory import peak_memory
from glmnn.kernels.threads import blas_kernels
from glmnn.report.schema import Count, Size, Text, one_of

GIGABYTE = 1e9
SAME_BITS = "same bits"
SAME_DIGITS = "same digits, perhaps not the same bits"


@dataclass(frozen=True, kw_only=True)
class Passes:
    """How the rows were gone through."""

    engine: Annotated[Text, "Where sums were taken.", one_of("stream", "processes", "dask")]
    leaves: Annotated[Size, "Parts of the rows whose sums are added in one tree."]
    leaf_rows: Annotated[Size, "Rows of each but the last; by the number of columns alone."]
    passes: Annotated[float, "How often all rows were read, the first reading included."]
    bytes_read: Annotated[Count, "Bytes read from the spill file, or from the rows where they are held."]
    spill_bytes: Annotated[Count, "Size of the spill file; 0 without one."]
    peak_memory: Annotated[Count, "Most memory that this process had, in bytes."]
    kernels: Annotated[list[str], "The kernels of BLAS that were used, of the workers as well."]
    guarantee: Annotated[
        Text, "What another run of the same rows in the same order gives.", one_of(SAME_BITS, SAME_DIGITS)
    ]


def passes_of(data: Dataset) -> Passes | None:
    """Return how the rows were gone through; None where they are in memory."""
    if not isinstance(data, Stream):
        return None
    store, run = data.typed.store, data.run
    kernels = sorted({*blas_kernels(), *run.engine.kernels()})
    return Passes(
        engine=run.engine.name,
        leaves=-(-data.rows // data.leaf),
        leaf_rows=data.leaf,
        passes=1.0 + run.passes,
        bytes_read=run.bytes_read,
        spill_bytes=store.bytes if is_spilled(store) else 0,
        peak_memory=peak_memory(),
        kernels=kernels,
        guarantee=SAME_BITS if len(kernels) < 2 else SAME_DIGITS,
    )


def rows_line(data: Dataset) -> str:
    """Return how the rows were gone through in a line; nothing where they are in memory."""
    passes = passes_of(data)
    if passes is None or not isinstance(data, Stream):
        return ""
    files = files_of(data.typed.source)
    kept = "read again on each pass"
    if passes.spill_bytes:
        kept = f"read once and kept in a {passes.spill_bytes / GIGABYTE:.2g} GB spill file"
    if passes.engine == "dask":
        kept = "held by the workers"
    line = (
        f"Rows: {data.typed.given:,}{files}, {kept}; {passes.passes:.3g} passes; peak memory "
        f"{passes.peak_memory / GIGABYTE:.2g} GB"
    )
    return line if passes.guarantee == SAME_BITS else f"{line}; {SAME_DIGITS}: kernels {', '.join(passes.kernels)}"

"""How far reading has come, for those who show it."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from glmnn.data.sources.raw import MEGABYTE, WATCH

if TYPE_CHECKING:
    from glmnn.data.sources.chunked import ChunkSource


def watch_reading(source: ChunkSource) -> None:
    """Show how far reading has come, and how long the rest will take at this pace."""
    began = perf_counter()

    def stage() -> str:
        done, size = source.done, source.size
        left = (perf_counter() - began) * (size - done) / done if 0 < done < size else 0.0
        told = f"reading {source.source}"
        if size >= MEGABYTE / 2:  # less would be 0 MB
            told += f"  {done / MEGABYTE:,.0f} of {size / MEGABYTE:,.0f} MB"
        return told + (f"  {left:.0f} s left" if left >= 1.0 else "")

    WATCH.get()(stage)

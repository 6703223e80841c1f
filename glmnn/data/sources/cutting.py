"""Files cut into several sources, for several processes or machines to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from glmnn.data.sources.batches import ParquetFile
from glmnn.data.sources.chunked import Files, state_of
from glmnn.errors import printable

SMALL = 1 << 22  # bytes below which a part is not worth a process


def parts_of(files: Files, number: int) -> list[Files]:
    """Return the same rows as about so many sources, one behind the other, or fewer where they are small."""
    share = max(files.size // number, SMALL)
    parts, places, before, last = list[Files](), list[int](), 0, 0
    for place, path in enumerate(files.paths):
        size = state_of(path)[0]
        if places and (size >= 2 * share or (before + size // 2) // share > last):
            parts.append(_some(files, places))
            places = []
        last = (before + size // 2) // share  # the part to which the middle of a file belongs: sizes differ a little
        before += size
        if size >= 2 * share and files.is_parquet:
            parts += _cut(files, place, size // share)
        else:
            places.append(place)
    return [*parts, _some(files, places)] if places else parts


def _some(files: Files, places: Sequence[int], **of_one: Any) -> Files:
    return replace(
        files,
        source=printable(files.paths[places[0]]),
        paths=tuple(files.paths[place] for place in places),
        keys={key: tuple(texts[place] for place in places) for key, texts in files.keys.items()},
        **of_one,
    )


def _cut(files: Files, place: int, number: int) -> list[Files]:
    """Return a Parquet file as several sources, between its groups of rows."""
    state, groups = state_of(files.paths[place]), ParquetFile(files.paths[place]).group_count
    ends = [groups * part // number for part in range(number + 1)]
    return [
        _some(files, [place], groups=range(first, end), state=state) for first, end in pairwise(ends) if first < end
    ]

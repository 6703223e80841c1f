"""JSON lines in pieces, each read as the reader of whole files would, with the lines of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np

from glmnn.data.sources.json_lines import read_json
from glmnn.data.sources.text_chunks import TextFile
from glmnn.data.table import Column, Table
from glmnn.errors import DataError, option, printable, quoted


class JsonFile(TextFile):
    """A file of JSON lines, also in gzip, a piece at a time; its first piece says which keys there are."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        with Path(self.path).open("rb") as raw:
            return tuple(next(self._tables(raw)).columns)

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:
        """Yield the rows in order; a key that no object of a piece has is a column of missing cells."""
        every = wanted is None or wanted >= frozenset(self.names)
        with Path(self.path).open("rb") as raw:
            for table in self._tables(raw):
                new = [name for name in table.columns if name not in self.names]
                if new and every:
                    row = int(np.argmin(table.column(new[0]).missing))
                    raise DataError(
                        f"{table.place(row)}: the key {quoted(new[0])} is new here: give it in the first line too, as "
                        f"null, or name the columns of the model with {option('formula')}"
                    )
                lost = {name: Column(name, np.full(table.rows, np.nan)) for name in self.names}
                yield replace(table, columns={**lost, **table.columns})

    def _tables(self, raw: BinaryIO) -> Iterator[Table]:
        rest, skipped = b"", 0
        for new in self._read(raw):
            rest += new
            cut = rest.rfind(b"\n") + 1
            if cut and not rest[:cut].isspace():
                yield read_json(rest[:cut], printable(self.path), "", skipped)
            skipped += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
        if rest.strip() or not skipped:
            yield read_json(rest, printable(self.path), "", skipped)

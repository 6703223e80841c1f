"""Text files in pieces, each read as the reader of whole files would, with the lines of the file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from glmnn.data.cells import Numerals
from glmnn.data.sources.csv import names_of_columns, read_csv
from glmnn.data.sources.raw import check_size, unwatched
from glmnn.data.table import Table
from glmnn.errors import DataError, printable

PIECE = 1 << 24  # bytes, about 100,000 rows of twenty numbers
GZIP = b"\x1f\x8b"  # how such a file begins


@dataclass
class TextFile:
    """A CSV file or its like, also in gzip, a piece at a time.

    Attributes
    ----------
    path : str
    numerals : Numerals or None
        How numbers are written, where that is said.
    max_unpacked : float or None
        Megabytes to which a packed file may grow, where that is said.
    piece : int
        Bytes of a piece.
    done : int
        Bytes of the file that have been read.
    """

    path: str
    numerals: Numerals | None = None
    max_unpacked: float | None = None
    piece: int = PIECE
    done: int = field(default=0, compare=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        with Path(self.path).open("rb") as raw:
            header, piece, _ = next(self._pieces(raw))
        start = len(piece) - len(piece.lstrip(b"\r\n"))
        row = piece[: _end_of_line(piece, piece.find(b"\n", start)) + 1] or piece
        if not row.strip():
            with unwatched():
                return names_of_columns(header, printable(self.path))
        with unwatched():
            return tuple(read_csv(header + row, printable(self.path), "", self.numerals).columns)

    @property
    def has_rows(self) -> bool:
        """Whether there is more than a header."""
        with Path(self.path).open("rb") as raw:
            return bool(next(self._pieces(raw))[1].strip())

    def chunks(self, wanted: frozenset[str] | None = None) -> Iterator[Table]:  # noqa: ARG002 - all cells are read
        """Yield the rows in order."""
        source, numerals = printable(self.path), self.numerals
        with Path(self.path).open("rb") as raw:
            for header, piece, skipped in self._pieces(raw):
                if piece.isspace():
                    continue
                with unwatched():
                    table = read_csv(header + piece, source, "", numerals, skipped)
                if numerals is None and table.delimiter == ";":  # what the first rows have holds for all of them
                    numerals = Numerals("," if table.notes else ".")
                yield replace(table, notes=table.notes if skipped == 0 else ())

    def _pieces(self, raw: BinaryIO) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield the header, whole lines, and how many lines stand between the two."""
        header, rest, skipped = b"", b"", 0
        for new in self._read(raw):
            rest += new
            if not header:
                blank = len(rest) - len(rest.lstrip(b"\r\n"))
                end = _end_of_line(rest, rest.find(b"\n", blank))
                if end < 0:
                    continue
                header, rest = rest[: end + 1], rest[end + 1 :]
            cut = _last_line(rest)
            if cut > 0:
                yield header, rest[:cut], skipped
                skipped += rest.count(b"\n", 0, cut)
                rest = rest[cut:]
        if rest or not skipped:
            yield (header, rest, skipped) if header else (rest, b"", 0)

    def _read(self, raw: BinaryIO) -> Iterator[bytes]:
        packed = raw.read(len(GZIP)) == GZIP
        raw.seek(0)
        file = gzip.GzipFile(fileobj=raw) if packed else raw
        size, whole = 0, Path(self.path).stat().st_size
        try:
            while piece := file.read(self.piece):
                size, self.done = size + len(piece), raw.tell()
                if packed and self.max_unpacked is not None:
                    check_size(size, whole, printable(self.path), self.max_unpacked)
                yield piece
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{printable(self.path)}: the gzip data are cut short or damaged ({error})") from None


def _end_of_line(text: bytes, end: int) -> int:
    """Return where a line ends that has no open quote, from the line break at `end` on; -1 if it does not."""
    while end >= 0 and text.count(b'"', 0, end) % 2:
        end = text.find(b"\n", end + 1)
    return end


def _last_line(text: bytes) -> int:
    """Return where the last whole line ends: before it the quotes are even, for a cell may hold line breaks."""
    last = text.rfind(b"\n")
    end, quotes = last, text.count(b'"', 0, max(last, 0))
    while quotes % 2 and end >= 0:
        before = text.rfind(b"\n", 0, end)
        quotes -= text.count(b'"', max(before, 0), end)
        end = before
    return (end if end >= 0 or len(text) < 2 * PIECE else last) + 1

"""Rows of numbers in an unnamed file: gone however the process ends, and no part of its memory."""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import DataError, option, printable

Codes = tuple[Array | None, ...]  # by column, the code among all texts of each text of a part; numbers have none

SEGMENT = 1 << 15  # rows of a checksum
CELL = 8  # bytes
ONE_AT_A_TIME = Lock()  # where a file has one place to read from
FAR = 32  # rows apart from which they are read one by one


class Store(Protocol):
    """Rows of numbers that can be read from any place on."""

    def read(self, first: int, end: int) -> Array:
        """Return the rows from `first` to before `end`; nobody writes to them."""
        ...

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        ...


@dataclass(frozen=True)
class Held:
    """Some of the rows, in memory.

    Attributes
    ----------
    values : ndarray of shape (rows, width)
    first : int
        Number of the first of them.
    """

    values: Array = field(repr=False)
    first: int = 0

    def __sizeof__(self) -> int:
        """Return its bytes: a cluster asks, before it lets another machine have the rows."""
        return self.values.nbytes

    def read(self, first: int, end: int) -> Array:
        """Return rows."""
        return self.values[first - self.first : end - self.first]

    def every(self, stride: int) -> Array:
        """Return every `stride`-th row."""
        return self.values[-self.first % stride :: stride].copy()


@dataclass
class Spill:
    """Rows in a file without a name.

    It is read with `pread`, never mapped: under a map a full disk would be a signal that nobody can catch, and pages
    of it would count as memory. Another process that inherits the descriptor reads the same file.

    Attributes
    ----------
    folder : str or None
        Where; None takes that of temporary files.
    width : int
        Numbers in a row.
    descriptor : int
    rows : int
    """

    width: int
    folder: str | None = None
    rows: int = 0
    descriptor: int = -1
    sums: list[int] = field(default_factory=list, repr=False)  # checksums of the segments, the last one so far

    def __post_init__(self) -> None:
        if self.descriptor < 0:
            self.descriptor = _unnamed(self.folder)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as the number of the descriptor, to a process that has inherited it."""
        return _inherited, (self.descriptor, self.width, self.rows, self.sums)

    @property
    def segments(self) -> int:
        """How many parts have a checksum."""
        return len(self.sums)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Of the file alone."""
        return (self.descriptor,)

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return self.rows * self.width * CELL

    def append(self, values: Array) -> None:
        """Write rows behind the others.

        Raises
        ------
        DataError
            If there is no room; it names the folder.
        """
        if not len(values):
            return
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.descriptor, self.bytes, values.nbytes)
            view, place = np.ascontiguousarray(values).data.cast("B"), self.bytes
            while view:
                done = _write(self.descriptor, view, place)
                view, place = view[done:], place + done
        except OSError as error:
            raise self._full(error) from None
        first = 0
        while first < len(values):
            if self.rows % SEGMENT == 0:
                self.sums.append(0)
            part = values[first : first + SEGMENT - self.rows % SEGMENT]
            self.sums[-1] = zlib.crc32(np.ascontiguousarray(part).view(np.uint8).data, self.sums[-1])
            first, self.rows = first + len(part), self.rows + len(part)

    def _full(self, error: OSError) -> DataError:
        folder = self.folder or tempfile.gettempdir()
        free = shutil.disk_usage(folder).free / 1e9
        return DataError(
            f"{printable(folder)}: {self.rows:,} rows ({self.bytes / 1e9:.1f} GB) are written, and there is no room "
            f"for more ({error.strerror}; {free:.1f} GB free): give {option('spill')} another folder, or "
            f"{option('spill', 'none')} to read the data again on each pass"
        )

    def read(self, first: int, end: int) -> Array:
        """Return rows.

        Raises
        ------
        DataError
            If the file gives fewer.
        """
        values = np.empty((end - first, self.width))
        view, place = values.data.cast("B"), first * self.width * CELL
        while view:
            done = _read(self.descriptor, view, place)
            if done <= 0:
                raise _damaged()
            view, place = view[done:], place + done
        return values

    def every(self, stride: int, start: int = 0) -> Array:
        """Return every `stride`-th row from one of the first on."""
        if stride > FAR:
            values = np.empty((len(range(start, self.rows, stride)), self.width))
            view, size = values.reshape(-1).view(np.uint8).data, self.width * CELL
            for place, row in zip(range(0, len(view), size), range(start, self.rows, stride), strict=True):
                if _read(self.descriptor, view[place : place + size], row * size) != size:
                    raise _damaged()
            return values
        parts = ((row, self.read(row, min(row + SEGMENT, self.rows))) for row in range(0, self.rows, SEGMENT))
        return np.concatenate(
            [np.empty((0, self.width)), *(part[(start - row) % stride :: stride] for row, part in parts)]
        )

    def check(self, first: int, end: int) -> None:
        """Hold the rows of some segments against their checksums.

        Raises
        ------
        DataError
            If the file no longer holds what was written.
        """
        for number in range(first, end):
            values = self.read(number * SEGMENT, min((number + 1) * SEGMENT, self.rows))
            if zlib.crc32(values.view(np.uint8).data) != self.sums[number]:
                raise _damaged()


def recoded(values: Array, codes: Codes) -> Array:
    """Return rows, in which the codes of a part are those among all texts now."""
    for place, known in enumerate(codes):
        if known is not None:
            values[:, place] = known[values[:, place].astype(np.intp)]
    return values


def _read(descriptor: int, view: memoryview, place: int) -> int:
    """Read bytes from a place of a file; return how many."""
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [view], place)
    with ONE_AT_A_TIME:  # Windows
        os.lseek(descriptor, place, os.SEEK_SET)
        found = os.read(descriptor, len(view))
    view[: len(found)] = found
    return len(found)


def _write(descriptor: int, view: memoryview, place: int) -> int:
    """Write bytes to a place of a file; return how many."""
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, view, place)
    with ONE_AT_A_TIME:
        os.lseek(descriptor, place, os.SEEK_SET)
        return os.write(descriptor, view)


def _damaged() -> DataError:
    return DataError(
        "the spill file no longer holds what was written to it (a fault of disk or memory); no result is given"
    )


def _inherited(descriptor: int, width: int, rows: int, sums: list[int]) -> Spill:
    return Spill(width, None, rows, os.dup(descriptor), sums)


def _unnamed(folder: str | None) -> int:
    place = folder or tempfile.gettempdir()
    try:
        if hasattr(os, "O_TMPFILE"):
            try:
                return os.open(place, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError:  # a file system that has no such files
                pass
        descriptor, name = tempfile.mkstemp(prefix="glmnn-", dir=place)
        if not hasattr(os, "O_TEMPORARY"):
            Path(name).unlink()
            return descriptor
        os.close(descriptor)  # Windows takes the name away when the file is closed, not before
        return os.open(name, os.O_TEMPORARY | getattr(os, "O_BINARY", 0) | os.O_RDWR)
    except OSError as error:
        raise DataError(f"{printable(place)}: {error.strerror}: give {option('spill')} a folder to write to") from None

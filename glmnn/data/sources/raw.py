"""The bytes of a file or of standard input, and how far compressed ones may grow."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO

from glmnn.errors import DataError, OptionError, option, unreadable

MEGABYTE = 1_000_000
MOST = 2_000 * MEGABYTE  # bytes of an unpacked file
MOST_STEEP, STEEP = 200 * MEGABYTE, 100  # bytes of one that is more than so many times as large as the packed one
PIECE = 1 << 20  # bytes
FOREIGN = {  # how files begin that people give in the place of a table
    b"PK\x03\x04": "a zip archive: unpack it first",
    b"$FL2": "an SPSS file: save the table as CSV or Parquet",
    b"$FL3": "an SPSS file: save the table as CSV or Parquet",
    b"BZh": "compressed with bzip2: unpack it first",
    b"\xfd7zXZ": "compressed with xz: unpack it first",
    b"(\xb5/\xfd": "compressed with zstd: unpack it first",
    b"\x1f\x8b": "compressed with gzip twice: unpack it first",
    b"\x89HDF": "an HDF5 file: save the table as CSV or Parquet",
    b"FEA1": "an old Feather file: save the table as CSV or Parquet",
    b"SQLite f": "an SQLite database: save the table as CSV",
    b"%PDF": "a PDF: save the table as CSV",
}

Stage = Callable[[], str]  # how far something has come, in words
WATCH: ContextVar[Callable[[Stage], None]] = ContextVar("WATCH", default=lambda _: None)  # who shows it


@contextmanager
def unwatched() -> Iterator[None]:
    """Show nothing of what is done, which is part of something that is shown."""
    token = WATCH.set(lambda _: None)
    try:
        yield
    finally:
        WATCH.reset(token)


def read_bytes(
    path: str, what: str, endings: tuple[str, ...], doubtful: Callable[[bytes], None] | None = None
) -> bytes:
    """Return what a file, or standard input for ``-``, holds.

    Parameters
    ----------
    path : str
    what : str
        What to pipe in, for the message where nothing is.
    endings : tuple of str
        Of files that the message on a missing one may propose.
    doubtful : callable, optional
        Raises on the beginning of what is no regular file and cannot be meant, for a device may go on for ever.

    Raises
    ------
    DataError
        If it cannot be read; the message says why.
    """
    if path == "-":
        if sys.stdin is None or sys.stdin.isatty():
            raise DataError(f"nothing on standard input: pipe {what} in, or give a path instead of -")
        return _whole(sys.stdin.buffer, doubtful)
    try:
        with Path(path).open("rb") as file:
            return file.read() if Path(path).is_file() else _whole(file, doubtful)
    except (OSError, ValueError) as error:
        raise DataError(unreadable(path, error, *endings)) from None


def _whole(file: BinaryIO, doubtful: Callable[[bytes], None] | None) -> bytes:
    start = file.read(PIECE)
    if doubtful is not None:
        doubtful(start)
    found = bytearray(start)
    WATCH.get()(lambda: f"reading  {len(found) / MEGABYTE:,.0f} MB")
    while piece := file.read(PIECE):
        found += piece
    return bytes(found)


def what_it_is(raw: bytes) -> str:
    """Return what bytes that are no text begin like, in words; empty if it is not known."""
    return next((words for magic, words in FOREIGN.items() if raw.startswith(magic)), "")


def limit(packed: int, most: float | None, usual: int | None = None) -> tuple[int, str]:
    """Return how many bytes an unpacked file may have, and how many that are, in words.

    Parameters
    ----------
    packed : int
        Size of the packed file, in bytes.
    most : float or None
        Megabytes; None takes `usual`.
    usual : int or None
        Bytes; None takes `MOST`, and `MOST_STEEP` for what grows more than `STEEP`-fold.

    Raises
    ------
    UsageError
        If `most` is not positive.
    """
    if most is not None:
        if not most > 0:
            raise OptionError("max_unpacked", "must be positive", most)
        return int(min(most * MEGABYTE, sys.maxsize - 1)), f"{most:g} MB"
    if usual is None and STEEP * packed < MOST_STEEP:
        return MOST_STEEP, f"{MOST_STEEP / MEGABYTE:g} MB, over {STEEP} times its size"
    allowed = MOST if usual is None else usual
    return allowed, f"{allowed / MEGABYTE:g} MB"


def check_size(size: int, packed: int, source: str, most: float | None, usual: int | None = None) -> None:
    """Refuse what unpacks to `size` bytes, or says that it would, if that is more than `limit` allows.

    Raises
    ------
    DataError
        Naming file, size, limit and option.
    """
    allowed, shown = limit(packed, most, usual)
    if size > allowed:
        own = f"{packed / MEGABYTE:.3g} MB" if packed >= MEGABYTE / 10 else f"{packed / 1000:.3g} kB"
        raise DataError(
            f"{source}: unpacked it has more than {shown} (packed {own}); give a higher {option('max_unpacked')}, in "
            "MB, if you trust the file"
        )


def unzipped(raw: bytes, source: str, most: float | None) -> bytes:
    """Return what gzip has packed.

    Raises
    ------
    DataError
        If it is damaged, or unpacks to more than `limit` allows.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            while piece := file.read(PIECE):
                size += len(piece)
                check_size(size, len(raw), source, most)
                pieces.append(piece)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{source}: the gzip data are cut short or damaged ({error})") from None
    return b"".join(pieces)

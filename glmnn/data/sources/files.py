"""A path, or standard input, to a table: what the file begins with says which reader it gets."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import Protocol

from glmnn.data.numerals import numerals_of
from glmnn.data.sources.by_pandas import kind_of, read_by_pandas
from glmnn.data.sources.csv import read_csv, refuse_binary
from glmnn.data.sources.json_lines import is_json, read_json
from glmnn.data.sources.parquet import is_arrow, read_arrow
from glmnn.data.sources.raw import MEGABYTE, WATCH, limit, read_bytes, unzipped
from glmnn.data.table import Table
from glmnn.errors import DataError, printable, quoted

GZIP = b"\x1f\x8b"  # how such a file begins
ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]+://")
ENDINGS = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".feather", ".arrow", ".jsonl", ".xlsx", ".dta", ".sas7bdat")


class Reading(Protocol):
    """How a file is read: the options that every command with a table has."""

    @property
    def max_unpacked(self) -> float | None: ...  # noqa: D102
    @property
    def decimal(self) -> str | None: ...  # noqa: D102
    @property
    def thousands(self) -> str | None: ...  # noqa: D102


def read_asked(path: str, options: Reading) -> Table:
    """Read a table as the options say."""
    table = read_table(path, options.max_unpacked, options.decimal, options.thousands)
    WATCH.get()(lambda: f"computing with {table.rows:,} rows")
    return table


def read_table(
    path: str, max_unpacked: float | None = None, decimal: str | None = None, thousands: str | None = None
) -> Table:
    """Read a table from a path, or from standard input for ``-``.

    Parameters
    ----------
    path : str
        CSV, TSV (also with ``;`` or ``|``), JSON lines, any of them in gzip; Parquet and Feather (need pyarrow); Excel,
        Stata and SAS where pandas has what it needs to read them.
    max_unpacked : float, optional
        Megabytes to which a compressed file may grow; without it, see `glmnn.data.sources.raw.limit`.
    decimal, thousands : str, optional
        Signs in the numbers of a text file; without them a point, and a comma in a file with semicolons whose numbers
        all have one.

    Raises
    ------
    DataError
        If the file cannot be read as a table; the message says where and why.
    """
    source = "<stdin>" if path == "-" else printable(path)
    if not path or "\0" in path:
        raise DataError(f"{quoted(path)} is not a file name")
    if ADDRESS.match(path):
        name = path.rstrip("/").rpartition("/")[2] or "FILE"
        raise DataError(
            f"{source}: this is an address; fetch the file first (curl -LO {source}), then give {quoted(name)}"
        )
    numerals = numerals_of(decimal, thousands)
    limit(0, max_unpacked)  # refused also where nothing is packed
    raw = read_bytes(path, "a table", ENDINGS, partial(_doubtful, source=source))
    WATCH.get()(lambda: f"reading {source}  {len(raw) / MEGABYTE:,.0f} MB")
    digest = hashlib.sha256(raw).hexdigest()
    if raw[:2] == GZIP:
        raw = unzipped(raw, source, max_unpacked)
    if is_arrow(raw):
        return read_arrow(raw, source, digest, max_unpacked)
    if is_json(raw):
        return read_json(raw, source, digest)
    kind = kind_of(raw)
    if kind is not None:
        return read_by_pandas(raw, kind, source, digest, max_unpacked)
    return read_csv(raw, source, digest, numerals)


def _doubtful(start: bytes, source: str) -> None:
    if start[:2] != GZIP and not is_arrow(start) and kind_of(start) is None:
        refuse_binary(start, source)

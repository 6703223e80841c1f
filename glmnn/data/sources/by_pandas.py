"""Excel, Stata and SAS files by the readers of pandas, where they are installed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any
from warnings import catch_warnings, simplefilter

from glmnn.data.columns import column_of
from glmnn.data.headers import check_names
from glmnn.data.sources.raw import check_size
from glmnn.data.table import Table, with_rows
from glmnn.errors import DataError, printable, quoted

SAS = bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11"
OLD_STATA = range(105, 116)  # versions, the first byte of such a file
STATA = (b"\x01\x01", b"\x02\x01")  # byte order and type of file
KINDS: dict[str, tuple[Callable[[bytes], bool], str]] = {  # how it begins, and what pandas needs to read it
    "Excel": (lambda raw: raw.startswith(b"PK\x03\x04") and b"xl/" in raw, "openpyxl"),
    "old Excel": (lambda raw: raw.startswith(b"\xd0\xcf\x11\xe0"), "xlrd"),
    "Stata": (
        lambda raw: raw.startswith(b"<stata_dta>") or (raw[:1] != b"" and raw[0] in OLD_STATA and raw[1:3] in STATA),
        "pandas",
    ),
    "SAS": (lambda raw: raw.startswith((SAS, b"HEADER RECORD*******LIB")), "pandas"),
}


def kind_of(raw: bytes) -> str | None:
    """Return which of these formats a file has; None if none of them."""
    return next((kind for kind, (begins, _) in KINDS.items() if begins(raw)), None)


def read_by_pandas(raw: bytes, kind: str, source: str, digest: str, max_unpacked: float | None) -> Table:
    """Return the table of a file.

    Raises
    ------
    DataError
        If the reader is not installed, or the file is damaged or too large.
    """
    if kind == "Excel":
        _check_zip(raw, source, max_unpacked)
    try:
        with catch_warnings():
            simplefilter("ignore")  # of styles and dates that are no concern of the cells
            frame, notes = (_excel if "Excel" in kind else _stata if kind == "Stata" else _sas)(raw)
    except ImportError:
        needed = KINDS[kind][1]
        raise DataError(f"{source}: reading {kind} files needs {needed}: pip install {needed}") from None
    except Exception as error:  # the readers have no list of what a damaged file may raise
        first = printable(str(error).split("\n")[0])[:200]
        raise DataError(f"{source}: not a readable {kind} file ({first})") from None
    names = [str(name).strip() for name in frame.columns]
    if not names:
        raise DataError(f"{source}: the file has no columns")
    check_names(names, source)
    columns = {
        name: column_of(name, frame.iloc[:, place], f"{source}: column {quoted(name)}")
        for place, name in enumerate(names)
    }
    return with_rows(Table(source, columns, len(frame), digest, (), "", notes=notes))


def _check_zip(raw: bytes, source: str, max_unpacked: float | None) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile as error:
        raise DataError(f"{source}: not a readable Excel file ({printable(error)[:100]})") from None
    check_size(size, len(raw), source, max_unpacked)


def _excel(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    import pandas as pd

    with pd.ExcelFile(io.BytesIO(raw)) as book:
        sheets = book.sheet_names
        frame = book.parse(sheets[0])
    note = f"sheet {quoted(sheets[0])} is read, the first of {len(sheets)}"
    return frame, (note,) if len(sheets) > 1 else ()


def _stata(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    import pandas as pd

    try:
        return pd.read_stata(io.BytesIO(raw)), ()
    except ValueError:  # labels that stand for several numbers, or for some of them
        return pd.read_stata(io.BytesIO(raw), convert_categoricals=False), ()


def _sas(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    import pandas as pd

    if raw.startswith(SAS):
        return pd.read_sas(io.BytesIO(raw), format="sas7bdat", encoding="infer"), ()
    return pd.read_sas(io.BytesIO(raw), format="xport", encoding="latin-1"), ()

"""CSV and its like: cells between commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io

from glmnn.claims.claim import Claim
from glmnn.claims.rows import read_rows

KIND = "CSV"


def read_delimited(text: str, source: str) -> Claim | None:
    """Return the claim of a text whose cells stand between commas, semicolons or tabs; None if it is none such.

    Raises
    ------
    DataError
        If a row has another number of cells than the header, or a cell is not a finite number.
    UsageError
        If the header leaves open which column has the coefficients.
    """
    for delimiter in (";", "\t", ",", " "):
        if delimiter not in text or (delimiter == " " and text.lstrip()[:1] != '"'):
            continue
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=delimiter != "\t")
            rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
        except csv.Error:
            continue
        if delimiter == " ":
            rows = _without_corner(rows) if rows else rows
        claim = read_rows(source, KIND, rows, strict=delimiter != "\t") if rows else None
        if claim is not None:
            return claim
    return None


def _without_corner(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Put the name of the first column in, which write.table of R leaves out."""
    (line, header), *body = rows
    return [(line, ["", *header]), *body] if body and len(body[0][1]) == len(header) + 1 else rows

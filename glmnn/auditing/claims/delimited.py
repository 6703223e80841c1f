"""CSV and its like: cells between commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.rows import read_rows

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
        if not rows:
            continue
        if delimiter in " \t":
            rows = _without_corner(rows)
        claim = read_rows(source, KIND, rows, strict=delimiter != "\t" or not any(len(row) > 2 for _, row in rows))
        if claim is not None:
            return claim
    return None


def _without_corner(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Put the name of the first column in, which write.table of R leaves out."""
    if not rows:
        return rows
    (line, header), *body = rows
    return [(line, ["", *header]), *body] if body and all(len(row) == len(header) + 1 for _, row in body) else rows

"""CSV and its like: a column of names and a column of numbers."""

from __future__ import annotations

import csv
import io
import re

from glmnn.claims.claim import Claim
from glmnn.claims.written import NOT_DEFINED, claim_of
from glmnn.data.table import parse_number
from glmnn.errors import DataError, UsageError, listed, quoted

KIND = "CSV"
TERMS = ("term", "name", "variable", "parameter", "feature", "predictor", "names", "index", "unnamed: 0", "")
VALUES = ("estimate", "coef", "coefficient", "value", "beta", "params", "coef.", "coefficients", "estimates")
ODDS = ("odds ratio", "odds_ratio", "odds.ratio", "or", "exp(coef)", "exp(b)", "irr")

Rows = list[tuple[int, list[str]]]


def read_delimited(text: str, source: str) -> Claim | None:
    """Return the claim of a text whose cells stand between commas, semicolons or tabs; None if it is none such.

    Raises
    ------
    DataError
        If a row has another number of cells than the header, or a cell is not a finite number.
    UsageError
        If the header leaves open which column has the coefficients.
    """
    for delimiter in (",", ";", "\t"):
        if delimiter not in text:
            continue
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
        except csv.Error:
            continue
        claim = _with_header(source, rows) or _two_columns(source, rows) or _wide(source, rows)
        if claim is not None:
            return claim
    return None


def _with_header(source: str, rows: Rows) -> Claim | None:
    """Read columns by their names; statsmodels writes other things above and below."""
    for place, (_, cells) in enumerate(rows[:60]):
        header = [cell.lower() for cell in cells]
        values = [column for column, cell in enumerate(header) if cell in VALUES]
        terms = [column for column, cell in enumerate(header) if cell in TERMS]
        if len(cells) > 1 and values and (terms or place == 0) and len({*cells}) == len(cells):
            break
    else:
        return None
    terms = terms or [0]
    if len(values) > 1 or len(terms) > 1 or values == terms:
        named = listed(cells[column] or "(no name)" for column in sorted({*values, *terms}))
        raise UsageError(f"{source}: which columns have the names and the coefficients? Candidates are {named}")
    body: Rows = []
    for line, row in rows[place + 1 :]:
        extra = len(row) - len(cells)
        if place and extra > 0 and terms == [0]:  # statsmodels puts no quotes around names with commas
            row = [",".join(row[: extra + 1]), *row[extra + 1 :]]
        elif extra:
            if place:
                break
            raise DataError(f"{source}:{line}: {len(row)} cells, but the header has {len(cells)} columns")
        body.append((line, row))
    notes: tuple[str, ...] = ()
    if "solver" in header and body:
        solver = header.index("solver")
        solvers = list(dict.fromkeys(row[solver] for _, row in body))
        body = [(line, row) for line, row in body if row[solver] == solvers[0]]
        if len(solvers) > 1:
            notes = (f"of {len(solvers)} solvers in it the first, {quoted(solvers[0])}",)
    pairs: list[tuple[str | None, str]] = [(row[terms[0]], row[values[0]]) for _, row in body]
    return claim_of(source, KIND, pairs, notes, shortest=True)


def _two_columns(source: str, rows: Rows) -> Claim | None:
    """Read name and number from two columns, whatever the header calls them."""
    if any(len(row) != 2 for _, row in rows):
        return None
    first = rows[0][1]
    headed = not _is_value(first[1])
    if headed and first[1].lower() in ODDS:
        raise UsageError(f"{source}: column {quoted(first[1])}: ratios; give the coefficients, their logarithms")
    body = rows[1:] if headed else rows
    if not body or not all(_is_value(row[1]) and parse_number(row[0]) is None for _, row in body):
        return None
    return claim_of(source, KIND, [(row[0], row[1]) for _, row in body], shortest=True)


def _wide(source: str, rows: Rows) -> Claim | None:
    """Read names in the first row and numbers in the second, or rows of numbers alone."""
    cells = [row for _, row in rows]
    if len(cells) == 2 and len(cells[0]) == len(cells[1]) and all(map(_is_value, cells[1])):
        names = cells[0]
        if not any(parse_number(name) is not None for name in names):
            return claim_of(source, KIND, list(zip(names, cells[1], strict=True)), shortest=True)
    if len(cells) == 1 and all(parse_number(cell) is not None for cell in cells[0]):
        return claim_of(source, KIND, [(None, cell) for cell in cells[0]], shortest=True)
    return None


def _is_value(cell: str) -> bool:
    number = parse_number(cell) is not None or cell in NOT_DEFINED
    return number or re.fullmatch(r"[-+]?(nan|inf|infinity|\d+,\d+|\d+(\.\d+)?e\d+)", cell, re.IGNORECASE) is not None

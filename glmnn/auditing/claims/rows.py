"""Rows of cells to a claim, whichever marks stood between the cells: by their heading, or by what is below what."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glmnn.auditing.claims.cells import (
    BLANK,
    has_brackets,
    has_decimal_commas,
    is_beside,
    is_value,
    number_in,
    straight,
    with_point,
)
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.headings import WEAK, Role, role_of, wording
from glmnn.auditing.claims.written import claim_of, logarithms
from glmnn.data.cells import parse_number
from glmnn.errors import DataError, UsageError, listed, quoted

Rows = Sequence[tuple[int, list[str]]]
Pairs = list[tuple[str | None, str]]
FEWEST = 2  # rows below which cells without a heading may be a scrap of something else
DEEPEST = 60  # rows above a heading, as statsmodels puts them there
TYPES = re.compile(r"-{2,}|<\w+>|str|[fiu](?:32|64)|")  # below the heading of a frame of polars or a tibble
DOTS = re.compile(r"\.{2,3}|[\u2026\u22ee]")
FOOTERS = re.compile(
    r"(?:(?:num|no)\.? ?(?:of )?)?obs\.?(?:ervations)?|n|num\.? ?obs\.?|std\.? ?errors?|f\b.*|theta|sigma|rmse"
    r"|(?:adj(?:usted|\.)? |pseudo |mcfadden'?s? |tjur'?s? )?r[- ]?(?:2|\u00b2|sq.*|\^2)?.{0,8}"
    r"|aic.*|bic.*|akaike.*|bayesian.*|log[ .-]*lik.*|(?:null )?deviance|residual.*|note.*|chi.*"
    r"|dispersion|iterations?",
    re.IGNORECASE,
)


def read_rows(source: str, kind: str, rows: Rows, strict: bool = False) -> Claim | None:
    """Return the claim of a table; None if it is no table of coefficients.

    Parameters
    ----------
    source, kind : str
        For messages, and what the claim is said to be read as.
    rows : sequence of (int, list of str)
        Cells of each row with its line number.
    strict : bool
        Every row has as many cells as the first, as in a CSV file; and every cell counts.

    Raises
    ------
    UsageError
        If it stays open which column has the coefficients, or they are of several models.
    DataError
        If a row or a number is damaged.
    """
    rows = [(line, cells) for line, cells in rows if any(cells) and not all(map(TYPES.fullmatch, cells))]
    if not rows:
        return None
    dots = next((line for line, cells in rows if len(cells) > 1 and all(map(DOTS.fullmatch, cells))), None)
    if dots is not None:
        raise UsageError(f"{source}:{dots}: the table is cut short by dots; print all of it")
    plain = _with_points(source, rows)
    for read in (_headed, _stacked, _two_columns, _wide):
        claim = read(source, kind, plain, strict)
        if claim is not None:
            return claim
    _refuse_unheaded(source, plain)
    return None


def _with_points(source: str, rows: Rows) -> Rows:
    """Return rows whose numbers have points for decimals and no signs between thousands."""
    if not any("," in cell or " " in cell or not cell.isascii() for _, cells in rows for cell in cells):
        return rows
    commas = has_decimal_commas(source, [cell for _, cells in rows for cell in cells[1:] if "," in cell or "." in cell])
    pointed = []
    for line, cells in rows:
        texts = [straight(cell).strip() if not cell.isascii() else cell for cell in cells]
        numbers = [
            number_in(text) if place and ("," in text or " " in text) else None for place, text in enumerate(texts)
        ]
        pointed.append(
            (
                line,
                [
                    text if number is None else with_point(number, commas) + _behind(text)
                    for text, number in zip(texts, numbers, strict=True)
                ],
            )
        )
    return pointed


def _behind(text: str) -> str:
    """Return the bracket behind a number."""
    place = min((text.find(mark) for mark in "([" if mark in text), default=-1)
    return f" {text[place:]}" if place > 0 else ""


def _headed(source: str, kind: str, rows: Rows, strict: bool) -> Claim | None:
    heading = _heading(source, rows)
    if heading is None:
        return None
    place, terms, column, role = heading
    header, body = rows[place][1], rows[place + 1 :]
    aligned = _aligned(source, header, terms, body, place, strict)
    words = [wording(cell) for cell in header]
    notes: tuple[str, ...] = ()
    if "solver" in words and aligned:
        solver = words.index("solver")
        solvers = list(dict.fromkeys(row[solver] for row in aligned))
        aligned = [row for row in aligned if row[solver] == solvers[0]]
        if len(solvers) > 1:
            notes = (f"of {len(solvers)} solvers in it the first, {quoted(solvers[0])}",)
    labels = _labels(terms, aligned)
    level = next((place for place, text in enumerate(words) if re.fullmatch(r"classval\d", text)), None)
    pairs: Pairs = []
    for name, row in zip(labels, aligned, strict=True):
        label = f"{name} {row[level]}" if level is not None and row[level] else name
        if strict:
            pairs.append((label, number_in(row[column]) or row[column]))
            continue
        values = [cell for place, cell in enumerate(row) if place not in terms]
        text = number_in(row[column])
        filled = any(cell not in BLANK for place, cell in enumerate(row) if place not in (*terms, column))
        if not any(cell.strip() not in BLANK for cell in values) or (not name and text is None):
            continue
        if text is not None and not filled and FOOTERS.fullmatch(name.strip()) and pairs:
            break
        if text is None and pairs and not any(number_in(cell) for cell in values):
            break
        pairs.append((label, text if text is not None else row[column].strip()))
    if not pairs and not strict:
        return None
    claim = claim_of(source, kind, pairs, notes, shortest=True)
    return logarithms(claim) if role is Role.RATIO else claim


def _heading(source: str, rows: Rows) -> tuple[int, list[int], int, Role] | None:
    """Return the row of the heading, the columns of names and that of the values, and what these are."""
    for place, (_, cells) in enumerate(rows[:DEEPEST]):
        if len(cells) < 2 or len({cell for cell in cells if cell}) < sum(map(bool, cells)):
            continue
        roles = [role_of(cell) for cell in cells]
        values = [column for column, role in enumerate(roles) if role is Role.ESTIMATE]
        terms = [column for column, role in enumerate(roles) if role is Role.TERM]
        role = Role.ESTIMATE if values else Role.RATIO
        values = values or [column for column, role in enumerate(roles) if role is Role.RATIO]
        after = next((row for _, row in rows[place + 1 :] if len(row) == len(cells)), None)
        if not values or not (terms or place == 0 or len(values) > 1):
            continue
        strong = any(role and wording(cell) not in WEAK | {""} for role, cell in zip(roles, cells, strict=True))
        first = (terms or [0])[0]
        if not strong and (after is None or first in values or parse_number(after[first]) is not None):
            continue
        if after is not None and len(values) > 1:
            names = [column for column in values if not is_value(after[column])]
            if not terms and names[:1] == [0]:  # "Coefficient" stands above the names
                values, terms = values[1:], [0]
            plain = [column for column in values if wording(cells[column]) in ("b", "unstandardized b")]
            if len(plain) == 1:  # of SPSS, whose Beta is standardised
                values = plain
        terms = [column for column in terms if cells[column] or column < min(values)] or [0]
        if after is not None and len(terms) > 1:
            terms = [column for column in terms if cells[column] or parse_number(after[column]) is None] or terms
            named = [column for column in terms if cells[column]]
            terms = (
                terms if not named or not all(cells[column] == "" for column in terms if column not in named) else named
            )
        if len(values) > 1 or sum(bool(cells[column]) for column in terms) > 1 or values == terms:
            candidates = listed(cells[column] or "(no name)" for column in sorted({*values, *terms}))
            raise UsageError(
                f"{source}: which columns have the names and the coefficients? Candidates are {candidates}"
            )
        return place, terms, values[0], role
    return None


def _aligned(source: str, header: list[str], terms: list[int], body: Rows, place: int, strict: bool) -> list[list[str]]:
    """Return rows as wide as the heading."""
    aligned: list[list[str]] = []
    for line, row in body:
        extra = len(row) - len(header)
        if strict and place and extra > 0 and terms == [0]:  # statsmodels does not quote names with commas
            row = [",".join(row[: extra + 1]), *row[extra + 1 :]]
        elif strict and extra:
            if place:
                break
            raise DataError(f"{source}:{line}: {len(row)} cells, but the header has {len(header)} columns")
        elif (extra > 0 and any(row[len(header) :]) and not re.search(r"(?i)c\.?i\.?|conf", header[-1])) or (
            extra < 0 and not FOOTERS.fullmatch(row[0]) and any(number_in(cell) for cell in row[1:])
        ):
            raise DataError(f"{source}:{line}: {len(row)} cells, but the header has {len(header)} columns")
        aligned.append((row + [""] * -min(extra, 0))[: len(header)])
    return aligned


def _labels(terms: list[int], rows: list[list[str]]) -> list[str]:
    """Return the name of each row: of several columns of names, as SPSS has them, the last that is filled."""
    if len(terms) == 1:
        return [row[terms[0]] for row in rows]
    return [next((row[column] for column in reversed(terms) if row[column]), "") for row in rows]


def _stacked(source: str, kind: str, rows: Rows, strict: bool) -> Claim | None:
    """Read an estimate in each row with a name, and its standard error in brackets behind or below it."""
    if strict:
        return None
    pairs: Pairs = []
    models = 1
    for place, (_, cells) in enumerate(rows):
        name, values = cells[0].strip(), [cell for cell in cells[1:] if cell.strip()]
        numbers = [number_in(cell) for cell in values]
        if not name or not values or None in numbers:
            continue
        below = rows[place + 1][1] if place + 1 < len(rows) else []
        under = bool(below) and not below[0].strip() and any(map(is_beside, below[1:]))
        if under or all(map(has_brackets, values)):
            models = max(models, len(values))
            pairs.append((name, numbers[0] or ""))
    if not pairs:
        return None
    if models > 1:
        raise UsageError(f"{source}: there are {models} models side by side in it; keep the column of one")
    return claim_of(source, kind, pairs, shortest=True)


def _two_columns(source: str, kind: str, rows: Rows, strict: bool) -> Claim | None:
    """Read name and number from two columns, whatever the header calls them."""
    if any(len(row) != 2 for _, row in rows):
        return None
    first = rows[0][1]
    headed = not is_value(first[1]) or (first[0] == "" and parse_number(first[1]) == 0.0)  # pandas calls it 0
    body = rows[1:] if headed else rows
    if not strict and len(rows) < FEWEST:
        return None
    if not body or not all(is_value(row[1]) and parse_number(row[0]) is None for _, row in body):
        return None
    role = role_of(first[1]) if headed else None
    if role is Role.OTHER:
        raise UsageError(f"{source}: column {quoted(first[1])}: these are not coefficients")
    claim = claim_of(source, kind, [(row[0], number_in(row[1]) or row[1]) for _, row in body], shortest=True)
    return logarithms(claim) if role is Role.RATIO else claim


def _wide(source: str, kind: str, rows: Rows, strict: bool) -> Claim | None:
    """Read names in the first row and numbers in the second, or rows of numbers alone."""
    cells = [row for _, row in rows]
    if len(cells) == 2 and len(cells[0]) == len(cells[1]):
        if len(cells[0]) > 2 and cells[0][0] == "" and parse_number(cells[1][0]) == 0.0:  # pandas numbers its only row
            cells = [row[1:] for row in cells]
        names = cells[0]
        if all(map(is_value, cells[1])) and not any(parse_number(name) is not None for name in names):
            return claim_of(source, kind, list(zip(names, cells[1], strict=True)), shortest=True)
    if strict and len(cells) == 1 and all(parse_number(cell) is not None for cell in cells[0]):
        return claim_of(source, kind, [(None, cell) for cell in cells[0]], shortest=True)
    return None


def _refuse_unheaded(source: str, rows: Rows) -> None:
    """Refuse names with several numbers each and nothing that says which number is the coefficient."""
    body = [row for _, row in rows if len(row) == len(rows[-1][1])]
    known = [row for row in body if len(row) > 2 and row[0] and all(number_in(cell) is not None for cell in row[1:])]
    if len(known) > 1 and len(known) >= len(rows) - 1:
        columns = len(known[0]) - 1
        raise UsageError(
            f"{source}: which of the {columns} columns of numbers has the coefficients? Give it the heading 'estimate'"
        )

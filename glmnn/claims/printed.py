"""Tables of coefficients that R and statsmodels print."""

from __future__ import annotations

import re

from glmnn.claims.claim import Claim
from glmnn.claims.written import NUMBER, WORDS, claim_of
from glmnn.errors import UsageError

CELL = rf"(?:{NUMBER}|{WORDS}|<\s*{NUMBER})"
STARS = r"(?:\s+(?:\*{1,3}|\.))?"
HEADINGS = {  # what stands above the numbers, the estimate first
    "R summary": (r"Estimate", r"Std\. Error|[zt] value|Pr\(>\|[zt]\|\)|[\d.]+ ?%|df"),
    "statsmodels summary": (r"coef|Coef\.", r"std err|Std\.Err\.|P>\|[zt]\||[zt]|\[?0?\.\d+|0?\.\d+\]"),
}
RATIOS = re.compile(r"^\s+(?:Odds ratio|OR|exp\(coef\)|exp\(Est(?:imate|\.)\))\s", re.IGNORECASE | re.MULTILINE)


def read_printed(text: str, source: str) -> Claim | None:
    """Return the claim of a printed table with a heading; None if there is none.

    Raises
    ------
    UsageError
        If there are several tables, for it is not said which is meant.
    DataError
        If an estimate is not a finite number.
    """
    lines = text.expandtabs().splitlines()
    if RATIOS.search(text):
        raise UsageError(f"{source}: a table of ratios; give the coefficients, which are their logarithms")
    found = [
        (place, kind, columns) for place, line in enumerate(lines) for kind, columns in [_heading(line)] if columns
    ]
    if not found:
        return None
    if len(found) > 1:
        raise UsageError(f"{source}: there are {len(found)} tables of coefficients in it; keep the one of the model")
    place, kind, columns = found[0]
    row = re.compile(rf"\s*(\S.*?)\s+({NUMBER}|{WORDS})" + rf"\s+{CELL}" * (columns - 1) + STARS + r"\s*")
    pairs: list[tuple[str | None, str]] = []
    for line in lines[place + 1 :]:
        match = row.fullmatch(line)
        if match is not None:
            pairs.append((match.group(1), match.group(2)))
        elif pairs or not re.fullmatch(r"[\s=-]*", line):
            break
    if not pairs:
        raise UsageError(f"{source}:{place + 2}: below the heading of the table there is no row of coefficients")
    return claim_of(source, kind, pairs)


def _heading(line: str) -> tuple[str, int]:
    """Return what printed a heading, and its number of columns: 0 if it is none."""
    for kind, (estimate, others) in HEADINGS.items():
        if re.fullmatch(rf"\s*(?:{estimate})(?:\s+(?:{others}))*\s*", line):
            columns = 1 + len(re.findall(rf"\s(?:{others})(?=\s|$)", line))
            if columns > 1:
                return kind, columns
    return "", 0

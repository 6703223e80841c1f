"""Tables of coefficients that Stata prints."""

from __future__ import annotations

import re

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.written import NUMBER, claim_of, logarithms
from glmnn.errors import UsageError, listed

KIND = "Stata table"
RULE = re.compile(r"\s*-{3,}[+-]-*\s*")
HEADING = re.compile(
    r"(.*?)\|\s*(Coef\.|Coefficient|Odds ratio|IRR|exp\(b\)|Haz\. ratio|RRR|ey/ex|dy/dx)\s", re.IGNORECASE
)
RATIOS = ("odds", "irr", "exp", "haz", "rrr")
ROW = re.compile(rf"(.*?)\|\s*({NUMBER})(?:\s+(?:{NUMBER}|\.))*\s*")
LEFT_OUT = re.compile(r"(.*?)\|\s*(?:[\d.]+\s+)?\((base|omitted|empty|exposure|offset|constrained)\).*")


def read_stata(text: str, source: str) -> Claim | None:
    """Return the claim of a table of Stata; None if there is none.

    Raises
    ------
    UsageError
        If it has ratios instead of coefficients, or there are several tables.
    DataError
        If a name occurs twice.
    """
    lines = text.expandtabs().splitlines()
    headed = _heading(lines, source)
    if headed is None:
        return None
    place, heading = headed
    pairs: list[tuple[str | None, str]] = []
    omitted: list[str] = []
    header, rules = "", 0
    for line in lines[place + 1 :]:
        if RULE.fullmatch(line):
            rules += 1
            if rules > 1:
                break
            continue
        before, bar, after = line.partition("|")
        label = before.strip()
        if not bar:
            break
        row, gone = ROW.fullmatch(line), LEFT_OUT.fullmatch(line)
        name = _named(header, label) if header else label
        if not label:
            header = ""
        elif gone is not None:
            omitted += [name] if gone.group(2) in ("omitted", "empty") else []
        elif row is not None:
            pairs.append((name, row.group(2)))
        elif not after.strip():
            header = header + label if header.endswith("#") else label
        else:
            raise UsageError(f"{source}: the row of {listed([label])} is not a row of a table of coefficients")
    ratios = heading.lower().startswith(RATIOS)
    notes = (f"left out by Stata: {listed(omitted)}",) if omitted else ()
    claim = claim_of(source, KIND, pairs, notes)
    return logarithms(claim) if ratios else claim


def _heading(lines: list[str], source: str) -> tuple[int, str] | None:
    """Return the line of the heading of the only table and what it calls the numbers, or None."""
    headings = [(place, match) for place, line in enumerate(lines) for match in [HEADING.match(line)] if match]
    if not headings:
        return None
    place, heading = headings[0]
    what = heading.group(2)
    if not what.lower().startswith(("coef", *RATIOS)):
        raise UsageError(
            f"{source}: the table has {what}, not coefficients; run the command again with the option coef"
        )
    if len(headings) > 1:
        raise UsageError(f"{source}: there are {len(headings)} tables of coefficients in it; keep the one of the model")
    return place, what


def _named(header: str, label: str) -> str:
    """Return the name of a row below the header of a factor, in Stata's own notation.

    >>> _named("rank", "2"), _named("rank#c.x", "2"), _named("g#h", "b 1")
    ('2.rank', '2.rank#c.x', 'b.g#1.h')
    """
    variables = header.split("#")
    factors = [variable for variable in variables if not variable.startswith("c.")]
    levels = label.split("#") if len(label.split("#")) == len(factors) else label.split()
    if len(factors) == 1:
        levels = [label]
    if len(levels) != len(factors):
        return f"{header} {label}"
    rest = iter(levels)
    return "#".join(name if name.startswith("c.") else f"{next(rest).strip()}.{name}" for name in variables)

"""Text of any kind to a claim: JSON, CSV or what a program printed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from glmnn.auditing.claims.cells import straight
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.delimited import read_delimited
from glmnn.auditing.claims.documents import read_document
from glmnn.auditing.claims.grids import read_grids
from glmnn.auditing.claims.labelled import read_labelled
from glmnn.auditing.claims.listings import read_listing
from glmnn.auditing.claims.literals import read_literal
from glmnn.auditing.claims.pairs import looks_like_pairs, read_pairs, unquoted
from glmnn.auditing.claims.printed import read_printed
from glmnn.auditing.claims.stata import read_stata
from glmnn.errors import DataError, UsageError

FOOT = re.compile(r"\s*(?:signif\b|notes?:|-{2,}\s*$|={2,}\s*$|\*+ ?p ?<|standard errors)", re.IGNORECASE)
LARGEST = 5_000_000  # characters, other than of JSON, which may hold the path of a fit
WIDEST = 1_000  # characters in a line that a program prints for people
FORMATS = (
    "a document of `glmnn fit --json` or --csv; JSON, CSV, Markdown, LaTeX or HTML with names and numbers; what R, "
    "statsmodels, Stata, SAS, SPSS or Python print of a model; .npy, .npz and .safetensors files"
)


def read_text(text: str, source: str) -> Claim:
    """Return the claim that a text makes.

    Raises
    ------
    UsageError
        If it is of no kind that is understood; the message lists them.
    DataError
        If it is damaged, or a value is not a finite number.
    """
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_document(text, source)
        except json.JSONDecodeError as error:
            claim = read_literal(text, source) or read_labelled(text, source)
            if claim is not None:
                return claim
            if not re.match(r"\s*\[[\s\[]*[-+.\d]", text):  # NumPy prints lists without commas
                where = f"line {error.lineno}, column {error.colno}"
                raise DataError(f"{source}: the JSON is cut short or damaged at {where}") from None
    if len(text) > LARGEST:
        raise DataError(f"{source}: {len(text):,} characters are too many for the coefficients of one model")
    text = re.sub(r"\A\s*\d+-element (?:Vector|Array)\{[\w, ]+\}:[ \t]*\n", "", text)  # of Julia
    claim = read_literal(text, source) or read_labelled(text, source)
    if claim is not None:
        return claim
    if "\n" not in text.strip() and "=" in text and looks_like_pairs(text):
        return read_pairs(text.strip(), source)
    for read in (read_grids, read_delimited):
        claim = read(text, source)
        if claim is not None:
            return claim
    wide = max(map(len, text.splitlines()), default=0) > WIDEST
    for read in () if wide else (read_stata, read_printed, read_listing):
        claim = read(text, source)
        if claim is not None:
            return replace(claim, names=tuple(name and unquoted(name) for name in claim.names))
    clean = _without_marks(text)
    if clean != text and not wide:
        claim = read_listing(clean, source)
        if claim is not None:
            return claim
    raise UsageError(f"{source}: no coefficients are recognised in it; understood are {FORMATS}")


def _without_marks(text: str) -> str:
    """Return lines without stars of significance behind a number, and without the lines that explain them."""
    lines = [line for line in straight(text).splitlines() if not FOOT.match(line)]
    return "\n".join(re.sub(r"(?<=\d)\s*\*{1,3}\s*$", "", line) for line in lines)

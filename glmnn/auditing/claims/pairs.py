"""Coefficients written out by hand: NAME=VALUE pairs, or a bare list of numbers."""

from __future__ import annotations

import re

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.written import NUMBER, WORDS, claim_of
from glmnn.errors import UsageError, quoted

KIND = "text"
CLOSED = r"`[^`]*`|'[^']*'|\"[^\"]*\"|[(\[{]|[)\]}]"  # in quotes, or a bracket


def is_bare(text: str) -> bool:
    """Say whether a text is numbers with commas between them and nothing else."""
    parts = text.split(",")
    return all(re.fullmatch(rf"{NUMBER}|{WORDS}", part.strip()) for part in parts)


def read_pairs(text: str, source: str = "--coef") -> Claim:
    """Return the claim of ``NAME=VALUE,NAME=VALUE``; commas in brackets, quotes and backticks belong to the name.

    Raises
    ------
    UsageError
        If a part is no pair.
    DataError
        If a value is not a finite number, or a name occurs twice.

    >>> read_pairs("(Intercept)=-3.11, C(g, Treatment('b'))[T.a]=1").names
    ('(Intercept)', "C(g, Treatment('b'))[T.a]")
    """
    if is_bare(text):
        return claim_of(source, KIND, [(None, number) for number in text.split(",")])
    pairs: list[tuple[str | None, str]] = []
    for part in split_outside(text, ","):
        name, equals, value = part.rpartition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(f"{source}: {quoted(part.strip())}: write NAME=VALUE, with commas between the pairs")
        pairs.append((unquoted(name.strip()), _checked(value)))
    return claim_of(source, KIND, pairs)


def _checked(value: str) -> str:
    """Keep NA from being left out: who writes a pair means a number."""
    return "nan" if re.fullmatch(WORDS, value.strip()) and not re.search("[Ii]nf", value) else value


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a separator outside brackets, quotes and backticks.

    >>> split_outside("poly(x, 2)[1]=1,`a,b`=2", ",")
    ['poly(x, 2)[1]=1', '`a,b`=2']
    """
    parts: list[str] = []
    depth = begin = 0
    for match in re.finditer(f"{CLOSED}|{re.escape(separator)}", text):
        piece = match.group()
        depth = max(depth + (piece in tuple("([{")) - (piece in tuple(")]}")), 0)
        if piece == separator and depth == 0:
            parts.append(text[begin : match.start()])
            begin = match.end()
    return [*parts, text[begin:]]


def unquoted(name: str) -> str:
    """Take off the quotes around a whole name."""
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def looks_like_pairs(text: str) -> bool:
    """Say whether a text, of a file say, is NAME=VALUE pairs in full."""
    whole = text.strip()
    if "\n" in whole:
        return False
    parts = [part.rpartition("=") for part in split_outside(whole, ",")]
    return all(name.strip() and re.fullmatch(NUMBER, value.strip()) for name, _, value in parts)

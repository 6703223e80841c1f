"""Coefficients printed without a table: named vectors of R, Series of pandas, bare arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.written import NUMBER, WORDS, claim_of
from glmnn.data.cells import parse_number
from glmnn.errors import UsageError

VALUE = rf"(?:{NUMBER}|{WORDS})"
PROMPT = re.compile(r"\s*(?:>>>|>|\.\.\.|In \[\d+\]:|Out\[\d+\]:)(?:\s|$)")
LAST = re.compile(r"(?:Name: .*, )?(?:Length: \d+, )?dtype: float(\d+)|Name: .*, dtype: float(\d+)")
VECTOR, SERIES = "R coefficients", "pandas Series"

Pairs = list[tuple[str | None, str]]


def read_listing(text: str, source: str) -> Claim | None:
    """Return the claim of names and numbers without a table around them; None if the text is not that.

    Raises
    ------
    UsageError
        If the listing is cut short, or there are several.
    DataError
        If a value is not a finite number.
    """
    lines = [line.rstrip() for line in text.expandtabs().splitlines() if not PROMPT.match(line)]
    bare = _bare(lines)
    if bare:
        return claim_of(source, "text", bare)
    vector = _vector(lines, source)
    if vector:
        return claim_of(source, VECTOR, vector)
    return _rows([line for line in lines if line.strip()], source)


def _bare(lines: Sequence[str]) -> Pairs:
    """Return numbers without names, with the brackets and commas of any language around them."""
    text = re.sub(
        r"\b(?:array|tensor|c)\(|dtype=[\w.]+|grad_fn=\S+|^\s*\[\d+\](?=\s)", " ", "\n".join(lines), flags=re.M
    )
    words = re.sub(r"[\[\](),;]", " ", text).split()
    if not words or any(re.fullmatch(VALUE, word) is None or word in ("NA", "") for word in words):
        return []
    return [(None, word) for word in words]


def _vector(lines: Sequence[str], source: str) -> Pairs:
    """Return what R prints of a named vector: a line of names above a line of numbers, as often as needed."""
    starts = [place for place, line in enumerate(lines) if line.startswith("Coefficients:")]
    if len(starts) > 1:
        raise UsageError(f"{source}: there are {len(starts)} lists of coefficients in it; keep the one of the model")
    lines = lines[starts[0] + 1 :] if starts else [line for line in lines if line.strip()]
    pairs: Pairs = []
    place = 0
    while place + 1 < len(lines):
        names, values = lines[place : place + 2]
        cells = list(re.finditer(r"\S+", values))
        numbers = bool(cells) and all(re.fullmatch(VALUE, cell.group()) for cell in cells)
        if not numbers or not names.strip() or any(parse_number(word) is not None for word in names.split()):
            break
        written = [cell.group() for cell in cells]
        pairs += zip(_names(names, [cell.end() for cell in cells], source), written, strict=True)
        place += 2
    return pairs if starts or place == len(lines) else []


def _names(line: str, ends: list[int], source: str) -> list[str]:
    """Return the names above numbers that end at `ends`: R puts both flush right."""
    words = line.split()
    if len(words) == len(ends):
        return words
    cut = [line[begin:end].strip() for begin, end in zip([0, *ends], ends, strict=False)]
    clean = all(line[end - 1 : end].strip() and not line[end : end + 1].strip() for end in ends)
    if not all(cut) or not clean or line[ends[-1] :].strip():
        raise UsageError(f"{source}: the names do not stand above their numbers; paste the output as it was printed")
    return cut


def _rows(lines: Sequence[str], source: str) -> Claim | None:
    """Return names and numbers, one pair to a line, as pandas prints a Series and R a single column."""
    kind = "text"
    last = LAST.fullmatch(lines[-1].strip()) if lines else None
    if last is not None:
        kind, lines = SERIES, lines[:-1]
    if any(re.fullmatch(r"\s*\.{2,3}(\s+\.{2,3})?", line) for line in lines):
        raise UsageError(f"{source}: the listing is cut short by dots; print all of it, in pandas with .to_string()")
    row = re.compile(rf"\s*(\S.*?)\s*(?:\s|[=:]\s*)({VALUE})")
    matches = [row.fullmatch(line) for line in lines]
    if len(matches) > 1 and matches[0] is None and len(lines[0].split()) == 1:
        matches = matches[1:]  # the name of the column
    if not matches or any(match is None for match in matches):
        return None
    pairs = [(match.group(1), match.group(2)) for match in matches if match is not None]
    # pandas numbers what has no names
    numbered = kind == SERIES and [name for name, _ in pairs] == [str(place) for place in range(len(pairs))]
    if not numbered and all(parse_number(name) is not None for name, _ in pairs):
        return None
    return claim_of(source, kind, [(None if numbered else name, value) for name, value in pairs])

"""Tables that programs print with spaces between the columns: R, statsmodels, SAS, SPSS, Julia, pandas, stargazer."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from glmnn.auditing.claims.cells import is_beside, number_in, straight
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.headings import WEAK, Role, role_of, wording
from glmnn.auditing.claims.rows import read_rows
from glmnn.auditing.claims.written import NUMBER, WORDS, claim_of, logarithms
from glmnn.errors import DataError, UsageError, listed, quoted

COMMA = r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?"
CELL = re.compile(rf"(?:[<>]?(?:{NUMBER}|{COMMA})|{WORDS}|<\.\d+|\.|-|\*{{1,4}})")
TITLE = re.compile(r"\s*(?:odds ratio|parameter|coefficient) estimates?\s*", re.IGNORECASE)
STARS = re.compile(r"(?:\s+(?:\*{1,3}|\.|\+|\u2020))\s*$")
WORD = re.compile(  # headings of several words, and of two columns
    r"\[?\d+(?:\.\d+)? ?% (?:conf\.? interval|c\.?i\.?)\]?|c\.i\. ?for ?exp\(b\)|(?:confidence )?limits"
    r"|(?:odds|haz\.|hazard|rate|risk) ratio|point estimate|estimated coefficient|parameter estimate|standard error"
    r"|(?:robust )?std\.? ?err(?:or|\.)?|[zt] (?:value|stat(?:istic)?)|wald (?:chi-?square|stat(?:istic)?)|se coef"
    r"|chi-square|pr(?:ob)? ?> ?chisq|[zp] val\.|pr ?> ?\|[tz]\||pr\(> ?\|[tz]\|\)|p ?> ?\|[tz]\||p ?value"
    r"|(?:lower|upper) \d+(?:\.\d+)? ?%|\d+(?:\.\d+)? ?%|\S+",
    re.IGNORECASE,
)
TWO = re.compile(r"\[?\d+.*(?:interval|c\.?i\.?)\]?|c\.i\..*|(?:confidence )?limits", re.IGNORECASE)
RULE = re.compile(r"[\s=\-+_\u2500\u2501\u2550\u2014\u2013]*")
KINDS = (  # by the heading; the first that fits
    ("R summary", r"\s*Estimate\b.*(?:Std\. Error|%)"),
    ("statsmodels summary", r"\s*(?:coef\s+std err|Coef\.\s+Std\.Err\.)"),
    ("Julia table", r"\s*Coef\.\s+Std\. Error"),
    ("broom table", r"\s*(?:y\.level\s+)?term\s+estimate"),
    ("SAS table", r".*(?:ChiSq|Pr > \|[tz]\||Confidence Limits)"),
    ("SPSS table", r".*\bB\s+S\.?E\.?.*"),
)
ABOVE = 4  # lines above a heading in which its title stands
TYPES = re.compile(r"(?:\s*<(?:chr|dbl|int|fct|num)>)+\s*")
DOTS = re.compile(r"\s*(?:\.{2,3}|\u2026|\u22ee)(?:\s+(?:\.{2,3}|\u2026|\u22ee))*\s*")
FOOT = re.compile(r"\s*(?:signif|notes?\b|---|\*|std\. errors|standard errors|\w\. |#|[^:]{1,40}: )", re.IGNORECASE)
STEP = re.compile(r"^Step \d+ ?(?:[a-z] |\([a-z]\) )?\s*")
BAR = re.compile(r"(?<=\S)\s{2,}[\u2500\u2502\u253c ]*\u25cf[\u2500\u2502\u253c ]*$")  # an interval, drawn by glmnn
COMMAS = r"[-+]?\d*(?:,\d+)?(?:[eE][-+]?\d+)?"


def read_printed(text: str, source: str) -> Claim | None:
    """Return the claim of a printed table; None if there is none.

    Raises
    ------
    UsageError
        If there are several tables, for it is not said which is meant.
    DataError
        If an estimate is not a finite number, or a row has more or less numbers than the heading.
    """
    lines = [BAR.sub("", line) for line in straight(text.expandtabs()).splitlines()]
    headings = [(place, columns) for place, line in enumerate(lines) for columns in [_heading(line)] if columns]
    tables = []
    for place, columns in headings:
        above = [line for line in lines[:place] if line.strip()][-ABOVE:]
        ratios = any(re.search(r"odds ratio", line, re.IGNORECASE) for line in above)
        ratios = ratios or any(re.search(r"\bPoint\b", line) for line in above[-1:])  # of SAS
        pairs, notes = _body(source, lines, place, columns)
        strong = any(wording(word) not in WEAK for word in columns)
        if pairs or strong:
            tables.append((place, columns, pairs, notes, ratios or not _has(columns, Role.ESTIMATE)))
    plain = [table for table in tables if not table[4]] or tables
    if len(plain) > 1:
        raise UsageError(f"{source}: there are {len(plain)} tables of coefficients in it; keep the one of the model")
    if not plain:
        return _one_row(lines, source) or _stacked(lines, source)
    place, _, pairs, notes, ratios = plain[0]
    if not pairs:
        raise UsageError(f"{source}:{place + 2}: below the heading of the table there is no row of coefficients")
    kind = next((kind for kind, pattern in KINDS if re.match(pattern, lines[place])), "text table")
    claim = claim_of(source, kind, pairs, notes)
    if kind == "broom table" and len(pairs) == claim.values.size:  # a tibble rounds 123.4 to "123."
        whole = [text.endswith(".") for _, text in pairs]
        claim = replace(claim, half_units=np.where(whole, 0.5, claim.half_units))
    return logarithms(claim) if ratios else claim


def _has(columns: list[str], role: Role) -> bool:
    return any(role_of(word) is role for word in columns)


def _heading(line: str) -> list[str]:
    """Return the headings of the columns of numbers, and before them that of the names if it has one; [] if none.

    >>> _heading("             Estimate Std. Error z value Pr(>|z|)"), _heading("the estimate is large")
    (['Estimate', 'Std. Error', 'z value', 'Pr(>|z|)'], [])
    """
    if not 0 < len(line.strip()) <= 300 or not re.search(r"(?i)est|coef|\bb\b|value|beta|ratio|exp|\bor\b|param", line):
        return []
    if TITLE.fullmatch(line):
        return []
    words = [word.group() for word in WORD.finditer(line.strip())]
    interval = {"0", "1"} <= set(words)  # as pandas numbers the columns of conf_int() in statsmodels
    roles = [Role.OTHER if interval and word in "01" else role_of(word) for word in words]
    numbers = [role for role in roles if role is not Role.TERM]
    valued = Role.ESTIMATE in numbers or Role.RATIO in numbers
    if None in roles or Role.TERM in roles[1:] or not valued or len(words) < 2:
        return []
    return words


def _body(
    source: str, lines: list[str], place: int, columns: list[str]
) -> tuple[list[tuple[str | None, str]], tuple[str, ...]]:
    """Return names and estimates below a heading, and what was left out."""
    named = role_of(columns[0]) is Role.TERM
    spans = _spans(lines[place])[named:]
    words = [wording(word) for word, _, _ in spans]
    wanted = _wanted(source, place, words)
    freedom = words.index("df") if "df" in words[:wanted] else None
    rows: list[tuple[str, str]] = []
    left: list[str] = []
    for number, line in enumerate(lines[place + 1 :], place + 2):
        if not line.strip() or RULE.fullmatch(line) or TYPES.fullmatch(line):
            if rows:
                break
            continue
        if DOTS.fullmatch(line):
            raise UsageError(f"{source}:{number}: the table is cut short by dots; print all of it")
        cells = _cells(line, len(spans)) or _by_place(line, spans)
        if cells is None:
            if _is_damaged(line, len(spans), bool(rows)):
                raise DataError(f"{source}:{number}: {quoted(line.strip())} is not a row of this table")
            if rows:
                break
            continue
        name, *values = cells
        if freedom is not None and values[freedom] == "0":
            left.append(re.sub(r"\s+", " ", name))
        elif values[wanted]:
            rows.append((re.sub(r"\s+", " ", name), values[wanted]))
    notes = (f"left out there: {listed(left, 6)}",) if left else ()
    return _named(source, rows, named), notes


def _is_damaged(line: str, columns: int, below: bool) -> bool:
    """Say whether a line is a row but for one cell, or stands below rows and ends in a number."""
    words = line.split()
    if len(words) < 2 or FOOT.match(line):
        return False
    ends = below and re.search(rf"\s(?:{NUMBER}|{COMMA})(?:\s*\*{{1,3}})?\s*$", line) is not None
    numbers = sum(re.fullmatch(rf"{NUMBER}|{COMMA}", word) is not None for word in words[1:])
    return ends or (len(words) > columns > 1 and numbers >= columns - 1)


def _spans(line: str) -> list[tuple[str, int, int]]:
    """Return the headings of a line with where they stand; one of two columns counts twice."""
    spans = []
    for word in WORD.finditer(line):
        middle = (word.start() + word.end()) // 2
        if TWO.fullmatch(word.group()):
            spans += [(word.group(), word.start(), middle), (word.group(), middle, word.end())]
        else:
            spans.append((word.group(), word.start(), word.end()))
    return spans


def _wanted(source: str, place: int, words: list[str]) -> int:
    """Return the column of the coefficients, or that of the ratios if there are none."""
    roles = [role_of(word) for word in words]
    wanted = [column for column, role in enumerate(roles) if role is Role.ESTIMATE]
    plain = [column for column in wanted if words[column] == "b"]  # beside the standardised beta of SPSS
    wanted = (plain if len(plain) == 1 else wanted) or [
        column for column, role in enumerate(roles) if role is Role.RATIO
    ]
    if len(wanted) > 1:
        raise UsageError(f"{source}:{place + 1}: {len(wanted)} columns are called like coefficients; keep one of them")
    return wanted[0]


def _by_place(line: str, spans: list[tuple[str, int, int]]) -> list[str] | None:
    """Return the name of a row and its cells where some are empty: each below its heading; None if one is not."""
    words = [(word.group(), word.start(), word.end()) for word in re.finditer(r"\S+", line)]
    cells = [""] * len(spans)
    while len(words) > 1 and CELL.fullmatch(words[-1][0]):
        text, begin, end = words.pop()
        under = [column for column, (_, first, last) in enumerate(spans) if first < end + 1 and begin - 1 < last]
        if len(under) != 1 or any(cells[: under[0] + 1]):
            return None
        cells[under[0]] = text
    clear = bool(words) and words[-1][2] <= spans[0][1]  # a name never reaches below a heading
    return [line[: words[-1][2]].strip(), *cells] if clear and any(cells) else None


def _cells(line: str, columns: int) -> list[str] | None:
    """Return the name of a row and its last `columns` cells; None if these are not all numbers."""
    text = STARS.sub("", re.sub(r"([<>])\s+(?=[\d.,])", r"\1", line.rstrip()))
    parts = text.rsplit(None, columns)
    if len(parts) != columns + 1 or not parts[0].strip():
        return None
    cells = [re.sub(r"(?<=\d)(?:\*{1,3}|[+\u2020])$", "", part) for part in parts[1:]]
    return [parts[0].strip(), *cells] if all(CELL.fullmatch(cell) for cell in cells) else None


def _named(source: str, rows: list[tuple[str, str]], headed: bool) -> list[tuple[str | None, str]]:
    """Return pairs without what stands before the names: numbers of rows, or the steps of SPSS."""
    names, texts = [name for name, _ in rows], [text for _, text in rows]
    first = [name.split(None, 1) for name in names]
    numbers = [words[0] for words in first if len(words) == 2]
    if headed and any(numbers == [str(place + start) for place in range(len(names))] for start in (0, 1)):
        names = [words[1] for words in first]
    names = [STEP.sub("", name) or name for name in names]
    if any("," in text for text in texts) and all(re.fullmatch(COMMAS, text) for text in texts):
        texts = [text.replace(",", ".") for text in texts]
    cut = next((name for name in names if name.endswith("\u2026")), None)
    if cut is not None:
        raise UsageError(f"{source}: the name {quoted(cut)} is cut short; print the table wider")
    return list(zip(names, texts, strict=True))


def _stacked(lines: list[str], source: str) -> Claim | None:
    """Read a column of estimates with standard errors in brackets below them."""
    if not any(is_beside(line) or re.fullmatch(r"(?:\s*\([^()]{1,60}\)[*+]{0,3})+\s*", line) for line in lines):
        return None
    rows: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines, 1):
        text = re.sub(r"[(\[][^()\[\]]*[)\]]", lambda match: re.sub(r"\s+", "", match[0]), line)
        text = re.sub(r"(?<=[\d)\]])\s+\*{1,3}(?=\s|$)", "", text)
        words, cells = text.split(), list[str]()
        while words and (number_in(words[-1]) is not None or is_beside(words[-1])):
            cells.insert(0, words.pop())
        name = text[: text.rfind(cells[0])].rstrip() if cells and words else ""
        if cells and words and len(cells) > 1:
            name = " ".join(words)
        if cells:
            rows.append((number, [name.strip(), *cells]))
    return read_rows(source, "text table", rows) if rows else None


def _one_row(lines: list[str], source: str) -> Claim | None:
    """Read names above the only row of a frame of pandas, which is numbered 0."""
    words = [line.split() for line in lines if line.strip()]
    if len(words) != 2 or len(words[1]) != len(words[0]) + 1 or words[1][0] != "0":
        return None
    names, values = words[0], words[1][1:]
    if not all(re.fullmatch(NUMBER, value) for value in values) or any(re.fullmatch(NUMBER, name) for name in names):
        return None
    return claim_of(source, "pandas frame", list(zip(names, values, strict=True)))

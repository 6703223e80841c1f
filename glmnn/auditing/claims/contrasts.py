"""Claims whose factors are coded by contrasts (sum, Helmert, polynomial) in the terms of a design with a base level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.lookup import Levels, readings, vocabularies_of
from glmnn.auditing.claims.spellings import Key, Vocabulary, plain, splits
from glmnn.data.cells import parse_number

POWERS = {"L": 1, "Q": 2, "C": 3, "Linear": 1, "Quadratic": 2, "Cubic": 3}
MOST = 16  # combinations of contrasts that are tried
CANDIDATES = {
    "S": ("sum",),
    "H": ("Helmert",),
    "power": ("polynomial",),
    "number": ("sum", "Helmert"),  # R numbers both: region1, region2
    "bracket": ("indicator, last level as the base", "indicator, first level as the base", "sum"),  # SPSS: region(1)
}
Column = tuple[str, str, int]  # factor, style, number of the column from 0


@dataclass(frozen=True)
class Recoding:
    """A claim's columns as those of the design.

    Attributes
    ----------
    says : str
        Which contrasts the claim takes.
    to_ours : ndarray of shape (p, k)
        Coefficients of the design are this matrix times those of the claim.
    """

    says: str
    to_ours: Array


def codes_of(contrast: str, levels: int) -> Array:
    """Return a contrast matrix, shape (levels, levels - 1), as contr.sum, contr.helmert and contr.poly of R have it.

    >>> codes_of("Helmert", 3).tolist()
    [[-1.0, -1.0], [1.0, -1.0], [0.0, 2.0]]
    """
    unit = np.eye(levels - 1)
    match contrast:
        case "sum":
            return np.vstack([unit, -np.ones((1, levels - 1))])
        case "Helmert":
            return _helmert(levels)
        case "polynomial":
            powers = np.vander(np.arange(levels) - (levels - 1) / 2.0, increasing=True)
            q, r = np.linalg.qr(powers)
            return np.asarray((q * np.sign(np.diagonal(r)))[:, 1:])
        case "indicator, first level as the base":
            return np.vstack([np.zeros((1, levels - 1)), unit])
    return np.vstack([unit, np.zeros((1, levels - 1))])


def _helmert(levels: int) -> Array:
    codes = np.zeros((levels, levels - 1))
    for j in range(levels - 1):
        codes[: j + 1, j] = -1.0
        codes[j + 1, j] = j + 1.0
    return codes


def recodings(claim: Claim, names: tuple[str, ...], levels: Levels) -> list[Recoding]:
    """Return every way in which a claim with contrasts can be meant; none if it has no contrasts.

    Parameters
    ----------
    claim : Claim
    names : tuple of str
        Columns of the design.
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    """
    words = vocabularies_of(names, levels)[0]
    written = [name or "" for name in claim.names]
    styles: dict[str, set[str]] = {}
    for name in written:
        if any(words.places(reading) for reading in readings(name)):
            continue
        for pieces in splits(name):
            for factor, style, _ in filter(None, (contrast_of(piece, levels) for piece in pieces)):
                styles.setdefault(factor, set()).add(style)
    if not styles:
        return _every_level(written, words, levels)
    if any(len(kinds) > 1 for kinds in styles.values()):
        return []
    factors = list(styles)
    recoded = []
    for chosen in islice(product(*(CANDIDATES[min(styles[factor])] for factor in factors)), MOST):
        kinds = dict(zip(factors, chosen, strict=True))
        columns = [_expanded(name, words, levels, kinds) for name in written]
        if any(column is None for column in columns):
            continue
        to_ours = np.zeros((len(names), len(written)))
        for place, column in enumerate(columns):
            for key, share in (column or {}).items():
                to_ours[min(words.terms[key]), place] += share
        if np.linalg.matrix_rank(to_ours) == len(written) >= len(names) - (INTERCEPT in names):
            named = ", ".join(f"{factor}: {kind}" for factor, kind in kinds.items())
            recoded.append(Recoding(named, to_ours))
    return recoded


def _every_level(written: list[str], words: Vocabulary, levels: Levels) -> list[Recoding]:
    """Return the reading of columns for every level of a factor, as OneHotEncoder makes them, if it is one."""
    to_ours = np.zeros((max(place for places in words.terms.values() for place in places) + 1, len(written)))
    bases: set[str] = set()
    for place, name in enumerate(written):
        keys = next((keys for reading in readings(name) if (keys := words.keys(reading))), set())
        if len(keys) != 1:
            return []
        key = keys.pop()
        bases |= {
            words.levels[part][0] for part in key if part in words.levels and _is_base(words.levels[part], levels)
        }
        for ours, share in _in_terms(key, words, levels):
            if ours not in words.terms:
                return []
            to_ours[min(words.terms[ours]), place] += share
    if not bases or np.linalg.matrix_rank(to_ours) < len(to_ours) - ((INTERCEPT,) in words.terms):
        return []
    return [Recoding(f"{', '.join(sorted(bases))}: an indicator of every level", to_ours)]


def contrast_of(piece: str, levels: Levels) -> Column | None:
    """Return factor, style and number of a column of contrasts."""
    for factor, labels in levels.items():
        name = plain(factor)
        if not piece.startswith(name):
            continue
        rest = piece[len(name) :]
        order = in_order(labels)
        coded = re.fullmatch(r"\[([SH])\.(.+)\]", rest)
        if coded is not None:
            within = [plain(label) for label in (order[:-1] if coded.group(1) == "S" else order[1:])]
            return (factor, coded.group(1), within.index(coded.group(2))) if coded.group(2) in within else None
        power = re.fullmatch(r"(?:\[\.|\.)?(L|Q|C|Linear|Quadratic|Cubic|\*\*\d+)\]?", rest)
        if power is not None and rest[0] in ".[*":
            number = POWERS.get(power.group(1)) or int(power.group(1).lstrip("*"))
            return (factor, "power", number - 1) if number < len(labels) else None
        numbered = re.fullmatch(r"(\()?(\d{1,3})(\))?", rest)
        if numbered is not None and bool(numbered.group(1)) == bool(numbered.group(3)):
            number = int(numbered.group(2))
            style = "bracket" if numbered.group(1) else "number"
            return (factor, style, number - 1) if 0 < number < len(labels) else None
    return None


def in_order(labels: tuple[str, ...]) -> list[str]:
    """Return levels in the order that a factor of R has: as numbers if they are, else sorted."""
    numbers = all(parse_number(label) is not None for label in labels)
    return sorted(labels, key=float) if numbers else sorted(labels)


def _expanded(name: str, words: Vocabulary, levels: Levels, kinds: dict[str, str]) -> dict[Key, float] | None:
    """Return a claimed column as a sum of columns of the design; None if it is none, or could be several."""
    for reading in readings(name):
        keys = [key for key in words.keys(reading) if key in words.terms]
        if len(keys) == 1:
            return {keys[0]: 1.0}
        for pieces in splits(reading):
            sums = [_piece(piece, words, levels, kinds) for piece in pieces]
            if not all(sums):
                continue
            total: dict[Key, float] = {}
            for parts in product(*(item.items() for item in sums if item)):
                share = float(np.prod([value for _, value in parts]))
                key = tuple(sorted(part for part, _ in parts))
                for ours, more in _in_terms(key, words, levels):
                    total[ours] = total.get(ours, 0.0) + share * more
            if all(key in words.terms for key in total):
                return total
    return None


def _piece(piece: str, words: Vocabulary, levels: Levels, kinds: dict[str, str]) -> dict[str, float] | None:
    """Return one part of a claimed column by the levels, or other parts, of the design."""
    known = words.parts.get(piece, set())
    contrast = contrast_of(piece, levels)
    if contrast is not None and contrast[0] in kinds:
        factor, _, number = contrast
        order = in_order(levels[factor])
        column = codes_of(kinds[factor], len(order))[:, number]
        parts = [f"{plain(factor)}[{plain(label)}]" for label in order]
        return {part: float(value) for part, value in zip(parts, column, strict=True) if value}
    return dict.fromkeys(known, 1.0) if len(known) == 1 else None


def _in_terms(key: Key, words: Vocabulary, levels: Levels) -> Iterator[tuple[Key, float]]:
    """Yield a product of parts by the columns of the design, in which the base level is 1 less all other levels."""
    key = tuple(part for part in key if part != INTERCEPT) or (INTERCEPT,)
    base = next((part for part in key if part in words.levels and _is_base(words.levels[part], levels)), None)
    if key in words.terms or base is None:
        yield key, 1.0
        return
    rest = list(key)
    rest.remove(base)
    yield from _in_terms(tuple(rest), words, levels)
    factor = words.levels[base][0]
    for label in levels[factor][1:]:
        other = tuple(sorted([*rest, f"{plain(factor)}[{plain(label)}]"]))
        yield from ((ours, -share) for ours, share in _in_terms(other, words, levels))


def _is_base(level: tuple[str, str], levels: Levels) -> bool:
    return levels[level[0]][0] == level[1]

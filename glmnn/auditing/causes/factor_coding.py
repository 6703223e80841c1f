"""Other codings of the same factors: another base level, contrasts, a two-valued column turned round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from math import factorial

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.auditing.claims.contrasts import codes_of

FEW = 4  # levels of which every order is tried
CONTRASTS = ("sum", "Helmert")
MOST_TURNED = 6  # two-valued columns of which every set is tried


def level_readings(case: Case) -> Iterator[Reading]:
    """Yield the claim read in other codings: the fitted means are the same, the coefficients are not."""
    if not case.named:  # names say which level is the base
        yield from _factor_readings(case)
    yield from _turned(case)


def _factor_readings(case: Case) -> Iterator[Reading]:
    for name, levels in case.estimate.design.levels.items():
        places = dummies(case, name, levels)
        if places is None or case.intercept is None:
            continue
        for order in _orders(len(levels)):
            base, others = order[0], order[1:]
            if base == 0 and list(others) == sorted(others):
                continue
            says = f"the base level of {name} is {levels[base]!r} (here {levels[0]!r}): the fitted means are the same"
            if base == 0:
                says = f"the levels of {name} are in another order: {', '.join(levels[k] for k in others)}"
            codes = np.eye(len(levels))[:, list(others)]
            tried = 1.5 * len(levels) * (1.0 if list(others) == sorted(others) else factorial(len(others)))
            yield _recoded(case, "other_base", says, places, codes, case.intercept, tried)
        for word in CONTRASTS:
            says = f"the factor {name} has {word} contrasts: the fitted means are the same"
            codes = codes_of(word, len(levels))
            yield _recoded(case, "other_contrasts", says, places, codes, case.intercept, 6)
        says = f"a column for every level of {name} and no intercept: the fitted means are the same"
        yield from _cell_means(case, says, places, case.intercept)
    yield from _together(case)


def dummies(case: Case, name: str, levels: tuple[str, ...]) -> list[int] | None:
    """Return the places of the factor's dummy columns, base excluded; None where the design codes it otherwise."""
    places = []
    for level in levels[1:]:
        matching = [j for j, term in enumerate(case.names) if term.endswith(f"[T.{level}]") and _factor(term) == name]
        if len(matching) != 1:
            return None
        places.append(matching[0])
    inside = [term for term in case.names if f"{name}[" in term or f"({name})[" in term]
    return places if len(inside) == len(places) else None


def _factor(term: str) -> str:
    """Return the factor of a dummy column's name.

    >>> _factor("C(g)[T.b]"), _factor("g[T.b]")
    ('g', 'g')
    """
    name = term.rpartition("[T.")[0]
    return name[2:-1] if name.startswith("C(") and name.endswith(")") else name


def _orders(levels: int) -> Iterator[tuple[int, ...]]:
    """Yield the orders of the levels that are tried: all of a few, else the bases with the others in order."""
    if levels <= FEW:
        yield from permutations(range(levels))
        return
    for base in range(1, levels):
        yield (base, *(k for k in range(levels) if k != base))


def _recoded(case: Case, key: str, says: str, places: list[int], codes: Array, intercept: int, tried: float) -> Reading:
    """Return the reading with another contrast matrix for one factor, whose columns stand in the same places."""
    to_data = np.eye(case.claimed.size)
    recode(to_data, places, codes, intercept)
    return Reading(key, says, case.problem, to_data @ case.claimed, to_data, to_data, tried=tried, prior=0.5)


def recode(to_data: Array, places: list[int], codes: Array, intercept: int) -> None:
    """Put a contrast matrix into the coordinates of the design, which has the base coding.

    The effects of the levels are codes @ theta; in the base coding the intercept takes that of the base.
    """
    to_data[intercept, places] = codes[0]
    to_data[np.ix_(places, places)] = codes[1:] - codes[0]


def _cell_means(case: Case, says: str, places: list[int], intercept: int) -> Iterator[Reading]:
    """Yield cell means in the places of intercept and dummies, and with all of them at the front."""
    p = case.claimed.size
    to_data = np.eye(p)
    to_data[places, intercept] = -1.0
    rest = [j for j in range(p) if j != intercept and j not in places]
    moved = np.zeros((p, p))
    moved[[intercept, *places, *rest], range(p)] = 1.0
    for arranged in (to_data, to_data @ moved):
        yield Reading("other_contrasts", says, case.problem, arranged @ case.claimed, arranged, arranged, tried=4)


def _together(case: Case) -> Iterator[Reading]:
    """Yield sum and Helmert contrasts of all factors at once, as R's options(contrasts) gives them."""
    coded = {name: dummies(case, name, levels) for name, levels in case.estimate.design.levels.items()}
    if len(coded) < 2 or case.intercept is None or any(places is None for places in coded.values()):
        return
    for word in CONTRASTS:
        to_data = np.eye(case.claimed.size)
        for name, places in coded.items():
            assert places is not None
            recode(to_data, places, codes_of(word, len(case.estimate.design.levels[name])), case.intercept)
        says = f"all factors have {word} contrasts: the fitted means are the same"
        yield Reading("other_contrasts", says, case.problem, to_data @ case.claimed, to_data, to_data, tried=4)


def _turned(case: Case) -> Iterator[Reading]:
    """Yield the claim with two-valued columns coded the other way round."""
    if case.intercept is None:
        return
    X = case.whole.X
    two = [j for j in np.flatnonzero(case.slopes) if np.unique(X[:, j]).size == 2]
    coded = {j for name, levels in case.estimate.design.levels.items() for j in dummies(case, name, levels) or ()}
    two = [j for j in two if j not in coded or len(two) == 1]
    if not two:
        return
    sets = [part for size in range(1, min(len(two), MOST_TURNED) + 1) for part in combinations(two[:MOST_TURNED], size)]
    for turned in sets:
        to_data = np.eye(case.claimed.size)
        for j in turned:
            to_data[j, j] = -1.0
            to_data[case.intercept, j] = X[:, j].min() + X[:, j].max()
        names = ", ".join(case.names[j] for j in turned)
        says = f"{names} {'is' if len(turned) == 1 else 'are'} coded the other way round: the fitted means are the same"
        yield Reading("other_base", says, case.problem, to_data @ case.claimed, to_data, to_data, tried=2.0 * len(sets))

"""Match the names of a claim to the terms of a design; where two readings are possible, none is taken."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.lookup import Levels, find_place, from_one, readings, vocabularies_of
from glmnn.auditing.claims.spellings import INTERCEPTS
from glmnn.errors import UsageError, listed, printable, quoted, unknown

WEIGHTS = frozenset(
    {"w", "weight", "weights", "slope", "coef", "coef_", "kernel", "w1", "b1", "beta1", "theta1", "theta_1"}
)
BIASES = frozenset({*INTERCEPTS, "b", "w0", "beta0", "theta0", "theta_0"})
MANY, FAR = 1_000, 100  # coefficients, and times as many as terms, from which nobody needs to know which is too much


@dataclass(frozen=True)
class Matched:
    """A claim in the order of the design.

    Attributes
    ----------
    values, half_units : ndarray of shape (p,)
    notes : tuple of str
        How names were read where they are not the design's own.
    without_intercept : bool
        The claim has no intercept though the model has one; its value is then 0, its half unit too.
    """

    values: Array
    half_units: Array
    notes: tuple[str, ...]
    without_intercept: bool


def match(claim: Claim, names: tuple[str, ...], levels: Levels) -> Matched:
    """Return the claim's values in the order of the design.

    Parameters
    ----------
    claim : Claim
    names : tuple of str
        Columns of the design.
    levels : dict of str to tuple of str
        Levels of each factor, the base first.

    Raises
    ------
    UsageError
        If a name matches no term or two, if a term has no value or two; the message names it.
    """
    if len(claim.names) > MANY + FAR * len(names):
        raise UsageError(f"{claim.source}: {len(claim.names)} coefficients, but the model has {len(names)} terms")
    claim, notes = _without_needless_intercept(_of_neuron(claim, names), names)
    if None in claim.names:
        places = in_order(claim, names)
        order = listed(names[place] for place in sorted(places))
        notes = (*notes, f"values without names, taken in the order of the design: {order}")
    else:
        places, read = _by_name(claim, names, levels)
        notes = (*notes, *read)
    values, halves = np.zeros(len(names)), np.zeros(len(names))
    values[places], halves[places] = claim.values, claim.half_units
    given = set(places)
    lacking = [name for place, name in enumerate(names) if place not in given]
    missing = [name for name in lacking if name != INTERCEPT]
    if missing:
        more = f" ({len(missing)} such terms)" if len(missing) > 1 else ""
        raise UsageError(
            f"{claim.source}: there is no coefficient of {quoted(missing[0])}{more}; it has "
            f"{listed(name or '' for name in claim.names)}"
        )
    return Matched(values, halves, notes, bool(lacking))


def other_bases(claim: Claim, names: tuple[str, ...], levels: Levels) -> dict[str, str]:
    """Return the factors that the claim codes against another base than the design, with that base.

    Parameters
    ----------
    claim : Claim
    names : tuple of str
        Columns of the design.
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    """
    vocabularies = vocabularies_of(names, levels)
    words = vocabularies[0]
    alone: dict[str, set[str]] = {}
    anywhere: dict[str, set[str]] = {}
    strange: set[str] = set()
    for name in claim.names:
        read = [known.keys(reading) for reading in readings(name or "") for known in vocabularies]
        keys = next((keys for keys in read if keys), set())
        if len(keys) != 1:
            continue
        key = keys.pop()
        for factor, level in (words.levels[part] for part in key if part in words.levels):
            anywhere.setdefault(factor, set()).add(level)
            strange |= {factor} if key not in words.terms else set()
            if len(key) == 1:
                alone.setdefault(factor, set()).add(level)
    bases: dict[str, str] = {}
    coded = {words.levels[part][0] for key in words.terms for part in key if part in words.levels}
    for factor, labels in levels.items():
        left = [level for level in labels if level not in alone.get(factor, anywhere.get(factor, set()))]
        if factor in strange & coded and len(left) == 1 and left[0] != labels[0]:
            bases[factor] = left[0]
    return bases


def _without_needless_intercept(claim: Claim, names: tuple[str, ...]) -> tuple[Claim, tuple[str, ...]]:
    """Leave out an intercept of exactly 0 where the model has none, as scikit-learn writes it."""
    if INTERCEPT in names or not {*INTERCEPTS} & ({*claim.names} - {*names}):
        return claim, ()
    kept = [
        place
        for place, name in enumerate(claim.names)
        if name not in INTERCEPTS or name in names or claim.values[place] != 0
    ]
    if len(kept) == len(claim.names):
        raise UsageError(f"{claim.source}: it has an intercept, but the model has none: fit the model with one")
    labels = tuple(claim.names[place] for place in kept)
    rest = Claim(
        claim.source, claim.kind, labels, claim.values[kept], claim.half_units[kept], claim.single, claim.notes
    )
    return rest, ("its intercept of 0 left out, because the model has none",)


def _of_neuron(claim: Claim, names: tuple[str, ...]) -> Claim:
    """Return a claim of a weight and a bias, or a slope and an intercept, without names of its own."""
    if len(names) != 2 or INTERCEPT not in names or len(claim.names) != 2 or None in claim.names:
        return claim
    lower = [(name or "").lower() for name in claim.names]
    slope = [place for place, name in enumerate(lower) if name in WEIGHTS]
    if len(slope) != 1 or lower[1 - slope[0]] not in BIASES or {*claim.names} & {*names}:
        return claim
    return replace(claim, names=tuple(None if place in slope else INTERCEPT for place in (0, 1)))


def of_array(claim: Claim, names: tuple[str, ...], columns: Collection[str]) -> Claim:
    """Return a claim without the names x1, x2, ... that statsmodels and R make up for the columns of an array.

    Parameters
    ----------
    claim : Claim
    names : tuple of str
        Columns of the design.
    columns : collection of str
        Columns of the data: names that they have are not made up.
    """
    slopes = [name for name in claim.names if name not in INTERCEPTS]
    numbered = [(name or "").lower() for name in slopes] == [f"x{k + 1}" for k in range(len(slopes))]
    if (
        not numbered
        or len(slopes) != sum(name != INTERCEPT for name in names)
        or any(name in columns for name in slopes)
    ):
        return claim
    return replace(claim, names=tuple(INTERCEPT if name in INTERCEPTS else None for name in claim.names))


def in_order(claim: Claim, names: tuple[str, ...]) -> list[int]:
    """Return the places of values without names."""
    named = [place for place, name in enumerate(claim.names) if name is not None]
    others = [place for place, name in enumerate(names) if name != INTERCEPT]
    if any(claim.names[place] != INTERCEPT for place in named) or len(named) > 1:
        raise UsageError(f"{claim.source}: some of the values have names and some have none")
    free = len(claim.names) - len(named)
    if not named and free == len(names):
        return list(range(len(names)))
    if free == len(others):
        order = iter(others)
        return [names.index(INTERCEPT) if place in named else next(order) for place in range(len(claim.names))]
    values = "1 value" if free == 1 else f"{free} values"
    beside = " besides the intercept" if named else ""
    raise UsageError(
        f"{claim.source}: {values} without names{beside}, but the model has {len(names)} terms: {listed(names)}"
    )


def _by_name(claim: Claim, names: tuple[str, ...], levels: Levels) -> tuple[list[int], tuple[str, ...]]:
    """Return the place of each named value, and notes on names read freely."""
    vocabularies = vocabularies_of(names, levels)
    written = [name or "" for name in claim.names]
    shifted = from_one(written, names)
    notes: tuple[str, ...] = ("columns counted from 0 there, from 1 here",) if shifted != written else ()
    places: list[int] = []
    freely: list[str] = []
    taken: dict[int, str] = {}
    for name, shown in zip(shifted, written, strict=True):
        place, free = find_place(name, names, vocabularies, claim.source)
        if place is None:
            raise UsageError(f"{claim.source}: {_unknown(claim, shown, names, levels)}")
        if place in taken:
            raise UsageError(
                f"{claim.source}: {quoted(taken[place])} and {quoted(shown)} are both {quoted(names[place])}"
            )
        taken[place] = shown
        places.append(place)
        freely += [f"{printable(shown)} as {printable(names[place])}"] if free else []
    if freely:
        notes = (*notes, f"names read freely: {listed(freely, 6)}")
    return places, notes


def _unknown(claim: Claim, name: str, names: tuple[str, ...], levels: Levels) -> str:
    """Say that a name matches no term, and why if another base is the reason."""
    for factor, base in other_bases(claim, names, levels).items():
        return (
            f"the coefficients of factor {quoted(factor)} have the base {quoted(base)}, the model has "
            f"{quoted(levels[factor][0])}: give --ref {printable(factor)}={printable(base)}"
        )
    return unknown("term", name, names)

"""Decimal text to numbers that remember how many digits they had."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.claims.claim import Claim
from glmnn.data.cells import parse_number
from glmnn.errors import DataError, listed, quoted

NUMBER = r"[-+\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
WORDS = r"NA|NaN|nan|[-+]?[Ii]nf(?:inity)?"  # stand where a number should
FULL = 15  # significant digits from which a decimal text says all that a float64 holds
NOT_DEFINED = frozenset({"", "NA", "N/A", "null", "None"})  # as R and others write an aliased coefficient


@dataclass(frozen=True)
class Stored:
    """An array of values with half a unit of the last digit of each.

    Attributes
    ----------
    values, half_units : ndarray of equal shape
    single : bool
        The values were stored as float32 or shorter.
    """

    values: Array
    half_units: Array
    single: bool = False


def read_numbers(source: str, names: Sequence[str | None], texts: Sequence[str], shortest: bool = False) -> Stored:
    """Return numbers with their half units.

    Parameters
    ----------
    source : str
        For messages.
    names : sequence of str or None
        What the numbers are called in messages; None counts them.
    texts : sequence of str
        As written.
    shortest : bool
        A program wrote them, so a short text among full ones has all its digits too (0.5 among 0.3333333333333333).

    Raises
    ------
    DataError
        If one is not a finite number; the message names it.
    """
    called = [name or f"value {place}" for place, name in enumerate(names, 1)]
    parts = [_number(source, name, text) for name, text in zip(called, texts, strict=True)]
    values = np.array([value for value, _, _ in parts], dtype=float)
    decimals = [places for _, places, _ in parts]
    full = np.array([significant >= FULL for _, _, significant in parts], dtype=bool)
    fractions = sum(places > 0 for places in decimals)
    if shortest and full.any() and 2 * full.sum() >= fractions:
        full[:] = True
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        if np.array_equal(single, values):
            return Stored(values, np.spacing(np.abs(single)).astype(float) / 2.0, single=True)
    # a whole number among decimals has lost its zeros; whole numbers alone say all that they mean
    finest = max(
        (places for places, exact in zip(decimals, full, strict=True) if places > 0 and not exact), default=None
    )
    whole = np.array([places <= 0 for places in decimals], dtype=bool)
    places = [finest if none and finest is not None else given for none, given in zip(whole, decimals, strict=True)]
    written = np.array([float(f"5e{min(-place - 1, 300)}") for place in places], dtype=float)
    exact = full | (whole & (finest is None))
    return Stored(values, np.where(exact, np.spacing(np.abs(values)) / 2.0, written))


def _number(source: str, name: str, text: str) -> tuple[float, int, int]:
    """Return value, decimals and significant digits of one number."""
    plain = text.strip().replace("\u2212", "-")
    value = parse_number(plain)
    match = re.fullmatch(r"[-+]?(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,5}))?", plain)
    if value is None or match is None:
        finite = re.fullmatch(WORDS, plain) is None and re.fullmatch(NUMBER, plain) is None
        what = "is not a number" if finite else "is not a finite number"
        hint = "; write a point for the decimals" if re.fullmatch(r"[-+]?\d+,\d+", plain) else ""
        raise DataError(f"{source}: {quoted(name)}: {quoted(text)} {what}{hint}")
    whole, fraction, exponent = match.groups(default="")
    return value, len(fraction) - int(exponent or 0), len((whole + fraction).lstrip("0"))


def claim_of(
    source: str,
    kind: str,
    pairs: Sequence[tuple[str | None, str]],
    notes: tuple[str, ...] = (),
    shortest: bool = False,
) -> Claim:
    """Return the claim that pairs of name and text make; coefficients written NA are left out with a note.

    Raises
    ------
    DataError
        If there is no value, if a name occurs twice or if a text is not a finite number.
    """
    missing = [name for name, text in pairs if name is not None and text.strip() in NOT_DEFINED]
    kept = [(name, text) for name, text in pairs if name is None or text.strip() not in NOT_DEFINED]
    if not kept:
        raise DataError(f"{source}: there is no coefficient in it")
    names = tuple(name for name, _ in kept)
    check_twice(source, names)
    numbers = read_numbers(source, names, [text for _, text in kept], shortest)
    if missing:
        notes = (*notes, f"not defined there, so left out: {listed(missing)}")
    return Claim(source, kind, names, numbers.values, numbers.half_units, numbers.single, notes)


def logarithms(claim: Claim) -> Claim:
    """Return a claim of ratios as one of coefficients, the logarithms of the ratios.

    A ratio r that is known to half a unit h is known to lie above r - h, so its logarithm to log(r / (r - h)).

    Raises
    ------
    DataError
        If a ratio is not positive, or is written as 0.00.
    """
    for name, value, half in zip(claim.names, claim.values.tolist(), claim.half_units.tolist(), strict=True):
        if value <= half:
            raise DataError(f"{claim.source}: {quoted(name)}: the ratio {value:g} has no logarithm; give coefficients")
    return replace(
        claim,
        values=np.log(claim.values),
        half_units=-np.log1p(-claim.half_units / claim.values),
        ratios=True,
        notes=(*claim.notes, "ratios there, so their logarithms are taken"),
    )


def check_twice(source: str, names: Sequence[str | None]) -> None:
    """Refuse names of which one occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name is not None and name in seen:
            raise DataError(f"{source}: the name {quoted(name)} occurs twice; keep the coefficients of one model")
        seen |= {name} if name is not None else set()

"""Rows of float64 as whole numbers, and linear systems over the rationals, solved exactly.

Every float64 is a whole number times a power of two, so a row times a power of two is a row of whole numbers.
"""

from __future__ import annotations

from functools import reduce
from math import gcd, isqrt

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array

Whole = list[int]
Residues = NDArray[np.int64]

PRIMES = (67108859, 67108837, 67108819)  # the largest below 2**26: sums of 2,048 products of residues fit in int64
LIMB = 24  # bits of a digit of the matrix, for the same reason


def whole_rows(X: Array) -> list[Whole]:
    """Return each row times the positive number that makes it whole numbers without a common factor."""
    mantissa, exponent = np.frexp(X)
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    rows = []
    for values, powers in zip(whole.tolist(), exponent.tolist(), strict=True):
        least = min((power for value, power in zip(values, powers, strict=True) if value), default=0)
        row = [value << (power - least) if value else 0 for value, power in zip(values, powers, strict=True)]
        rows.append(without_common_factor(row))
    return rows


def without_common_factor(row: Whole) -> Whole:
    """Return the row divided by the greatest common divisor of its numbers.

    >>> without_common_factor([4, -6, 0])
    [2, -3, 0]
    """
    common = gcd(*row)
    return [value // common for value in row] if common > 1 else row


def exact_sum(X: Array, powers: NDArray[np.int64]) -> tuple[Whole, int]:
    """Return sum_i X_ij 2^powers_ij of each column as whole numbers n_j and an exponent e, of n_j 2^e.

    Mantissas are added by halves for each power of two, which is exact for fewer than 2**26 rows.
    """
    sums, least = [], 0
    for column, shift in zip(X.T, powers.T, strict=True):
        mantissa, exponent = np.frexp(column)
        exponent = exponent + shift - 53
        exponent[mantissa == 0] = np.min(exponent[mantissa != 0], initial=2**15)
        whole = np.ldexp(mantissa, 53).astype(np.int64)
        low = int(exponent.min())
        high_half = np.bincount(exponent - low, weights=(whole >> 26).astype(float))
        low_half = np.bincount(exponent - low, weights=(whole & (2**26 - 1)).astype(float))
        total = sum(
            ((int(a) << 26) + int(b)) << k for k, (a, b) in enumerate(zip(high_half, low_half, strict=True)) if a or b
        )
        sums.append((total, low))
        least = min(least, low)
    return [total << (low - least) for total, low in sums], least


def solve(matrix: list[Whole], right: Whole) -> tuple[Whole, int] | None:
    """Solve a square system over the rationals: numerators and a common positive denominator.

    Returns
    -------
    (list of int, int) or None
        None for a singular matrix.

    Notes
    -----
    Dixon's lifting (1982): digits of the solution in base q, q prime, each by one product with the inverse mod q, then
    rational reconstruction (Wang, 1981). It stops as soon as the candidate solves the system, so that a solution in
    small numbers comes early.
    """
    if not any(right):
        return [0] * len(right), 1
    for prime in PRIMES:
        inverse = _inverse(np.array([[value % prime for value in row] for row in matrix], dtype=np.int64), prime)
        if inverse is not None:
            return _lift(matrix, right, inverse, prime)
    return None


def _inverse(residues: Residues, prime: int) -> Residues | None:
    """Return the inverse modulo a prime by Gauss-Jordan elimination; None for a singular matrix."""
    size = len(residues)
    work = np.hstack([residues, np.eye(size, dtype=np.int64)])
    for place in range(size):
        pivot = place + int(np.argmax(work[place:, place] != 0))
        if work[pivot, place] == 0:
            return None
        work[[place, pivot]] = work[[pivot, place]]
        work[place] = work[place] * pow(int(work[place, place]), -1, prime) % prime
        factors = work[:, place].copy()
        factors[place] = 0
        others = np.flatnonzero(factors)
        work[others] = (work[others] - factors[others, None] * work[place]) % prime
    return work[:, size:]


def _lift(matrix: list[Whole], right: Whole, inverse: Residues, prime: int) -> tuple[Whole, int]:
    limbs = _limbs(matrix)
    rest = np.array(right, dtype=object)
    digits: list[Residues] = []
    attempt = 2
    while True:
        while len(digits) < attempt:
            digit = inverse @ (rest % prime).astype(np.int64) % prime
            product = sum((limb @ digit).astype(object) << (LIMB * place) for place, limb in enumerate(limbs))
            rest = (rest - product) // prime
            digits.append(digit)
        reconstructed = _reconstruct(digits, prime)
        if reconstructed is not None and _solves(matrix, right, *reconstructed):
            return reconstructed
        attempt += max(2, attempt // 2)


def _limbs(matrix: list[Whole]) -> list[Residues]:
    """Return matrices of small numbers L_k with matrix = sum_k L_k 2^(LIMB k)."""
    bits = max(abs(value) for row in matrix for value in row).bit_length()
    mask = (1 << LIMB) - 1
    return [
        np.array([[(abs(v) >> shift & mask) * (1 if v >= 0 else -1) for v in row] for row in matrix], dtype=np.int64)
        for shift in range(0, max(bits, 1), LIMB)
    ]


def _reconstruct(digits: list[Residues], prime: int) -> tuple[Whole, int] | None:
    """Return the fractions with a common denominator that have these digits, if there are small ones."""
    modulus = prime ** len(digits)
    most = isqrt(modulus // 2)
    numerators: Whole = []
    denominator = 1
    for value in _joined(digits, prime):
        scaled = value * denominator % modulus
        scaled -= modulus if scaled > modulus // 2 else 0
        if abs(scaled) > most:
            fraction = _fraction(scaled % modulus, modulus, most)
            if fraction is None or denominator * fraction[1] > most:
                return None
            scaled = fraction[0]
            numerators = [numerator * fraction[1] for numerator in numerators]
            denominator *= fraction[1]
        numerators.append(scaled)
    return numerators, denominator


def _joined(digits: list[Residues], prime: int) -> Whole:
    """Return sum_i digits_i prime^i of each component, halving the list."""
    parts, base = [digit.astype(object) for digit in digits], prime
    while len(parts) > 1:
        pairs = [low + high * base for low, high in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(pairs) * 2 :]
        base *= base
    return [int(value) for value in parts[0]]


def _fraction(value: int, modulus: int, most: int) -> tuple[int, int] | None:
    """Return n, d with n = value d modulo the modulus, |n| <= most and 0 < d <= most; None where there are none."""
    high, low, before, now = modulus, value, 0, 1
    while low > most:
        quotient = high // low
        high, low, before, now = low, high - quotient * low, now, before - quotient * now
    if now == 0 or abs(now) > most or gcd(low, now) != 1:
        return None
    return (low, now) if now > 0 else (-low, -now)


def _solves(matrix: list[Whole], right: Whole, numerators: Whole, denominator: int) -> bool:
    return all(dot(row, numerators) == denominator * value for row, value in zip(matrix, right, strict=True))


def dot(left: Whole, right: Whole) -> int:
    """Return the inner product of two rows of whole numbers."""
    return sum(a * b for a, b in zip(left, right, strict=True) if a and b)


def combination(rows: list[Whole], factors: Whole, start: Whole) -> Whole:
    """Return start + sum_i factors_i rows_i."""
    return reduce(
        lambda total, pair: [t + pair[0] * v for t, v in zip(total, pair[1], strict=True)],
        zip(factors, rows, strict=True),
        start,
    )

"""Standard errors of linear combinations in a linear model, in fractions: no rounding until the last root."""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt


def exact_errors(X: Sequence[Sequence[float]], y: Sequence[float], rows: Sequence[Sequence[float]]) -> list[float]:
    """Return the standard error of g' coef for each row g, by the normal equations (X' X) z = g."""
    Z, response = [[Fraction(cell) for cell in row] for row in X], [Fraction(cell) for cell in y]
    p = len(Z[0])
    gram = [[sum(row[j] * row[k] for row in Z) for k in range(p)] for j in range(p)]
    right = [sum(row[j] * cell for row, cell in zip(Z, response, strict=True)) for j in range(p)]
    coef = solved(gram, right)
    residuals = [cell - dot(row, coef) for row, cell in zip(Z, response, strict=True)]
    dispersion = dot(residuals, residuals) / (len(Z) - p)
    gradients = [[Fraction(cell) for cell in row] for row in rows]
    return [sqrt(dispersion * dot(g, solved(gram, g))) for g in gradients]


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Return the solution of a positive definite system, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for j, pivot in enumerate(rows):
        for k, row in enumerate(rows):
            if k != j:
                share = row[j] / pivot[j]
                rows[k] = [a - share * b for a, b in zip(row, pivot, strict=True)]
    return [row[-1] / row[j] for j, row in enumerate(rows)]


def dot(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    """Return the sum of the products."""
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))

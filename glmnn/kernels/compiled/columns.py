"""Some rows as columns that stand one after the other, so that each loop runs along one of them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

TILE = 4
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def gather(X: Any, skipped: int, first: int, n: int, columns: Any) -> None:
    """Write rows of X as columns, without the first of them where it is skipped; eight at a time fill a register."""
    for i in range(0, n - 7, 8):
        r = first + i
        x0, x1, x2, x3, x4, x5, x6, x7 = X[r], X[r + 1], X[r + 2], X[r + 3], X[r + 4], X[r + 5], X[r + 6], X[r + 7]
        for j in range(X.shape[1] - skipped):
            column, k = columns[j], j + skipped
            column[i] = x0[k]
            column[i + 1] = x1[k]
            column[i + 2] = x2[k]
            column[i + 3] = x3[k]
            column[i + 4] = x4[k]
            column[i + 5] = x5[k]
            column[i + 6] = x6[k]
            column[i + 7] = x7[k]
    for i in range(n - n % 8, n):
        for j in range(X.shape[1] - skipped):
            columns[j, i] = X[first + i, j + skipped]


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def predict(columns: Any, coef: Any, offset: Any, n: int, eta: Any) -> None:
    """Write the linear predictors of n rows."""
    for i in range(n):
        eta[i] = 0.0
    for j in range(coef.size):
        b = coef[j]
        for i in range(n):
            eta[i] += b * columns[j, i]
    if offset.size:
        for i in range(n):
            eta[i] += offset[i]


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def add_score(columns: Any, slope: Any, n: int, score: Any) -> None:
    """Add the products of columns and slopes of n rows."""
    for j in range(score.size):
        total = 0.0
        for i in range(n):
            total += slope[i] * columns[j, i]
        score[j] += total


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def add_gram(columns: Any, weight: Any, n: int, information: Any) -> None:
    """Add the upper tiles of the products of columns, each weighted by its root."""
    for i in range(n):
        weight[i] = np.sqrt(weight[i])
    for j in range(columns.shape[0]):
        for i in range(n):
            columns[j, i] *= weight[i]
    for a in range(0, columns.shape[0], TILE):
        for b in range(a, columns.shape[0], TILE):
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
            for i in range(n):
                x0, x1, x2, x3 = columns[a, i], columns[a + 1, i], columns[a + 2, i], columns[a + 3, i]
                z0, z1, z2, z3 = columns[b, i], columns[b + 1, i], columns[b + 2, i], columns[b + 3, i]
                s00 += x0 * z0
                s01 += x0 * z1
                s02 += x0 * z2
                s03 += x0 * z3
                s10 += x1 * z0
                s11 += x1 * z1
                s12 += x1 * z2
                s13 += x1 * z3
                s20 += x2 * z0
                s21 += x2 * z1
                s22 += x2 * z2
                s23 += x2 * z3
                s30 += x3 * z0
                s31 += x3 * z1
                s32 += x3 * z2
                s33 += x3 * z3
            tile = information[a : a + TILE, b : b + TILE]
            tile[0, 0] += s00
            tile[0, 1] += s01
            tile[0, 2] += s02
            tile[0, 3] += s03
            tile[1, 0] += s10
            tile[1, 1] += s11
            tile[1, 2] += s12
            tile[1, 3] += s13
            tile[2, 0] += s20
            tile[2, 1] += s21
            tile[2, 2] += s22
            tile[2, 3] += s23
            tile[3, 0] += s30
            tile[3, 1] += s31
            tile[3, 2] += s32
            tile[3, 3] += s33

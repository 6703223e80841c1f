"""Some rows as columns that stand one after the other, so that each loop runs along one of them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.instructions import CELL, SIDE, prefetch, turned

CHUNK, STRIDE = 192, 200  # rows; columns that are not a power of two apart do not push each other out of cache
TILE = 4
LINE = 64  # bytes that come into the cache at once
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def gather(X: Any, skipped: int, first: int, n: int, columns: Any) -> None:
    """Write rows of X as columns, without the first where it is skipped: squares, the last over the last but one.

    Where there are fewer columns, and for rows that fill no square, cell by cell.
    """
    p = X.shape[1] - skipped
    squared = n - n % SIDE if p >= SIDE else 0
    for i in range(0, squared, SIDE):
        for j in range(0, p - SIDE + 1, SIDE):
            turned(X, first + i, skipped + j, columns, j, i)
        if p % SIDE:
            turned(X, first + i, skipped + p - SIDE, columns, p - SIDE, i)
    for j in range(p if squared < n else 0):
        column, cells = columns[j, squared:n], X[first + squared : first + n, skipped + j]
        for i in range(n - squared):
            column[i] = cells[i]


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def begins_with_ones(X: Any) -> bool:
    """Say whether the first column holds ones alone."""
    ones = True
    for i in range(X.shape[0]):
        ones &= X[i, 0] == 1.0
    return ones


@numba.njit(nogil=True, error_model="numpy", fastmath=False)
def fetch(ahead: Any, piece: int) -> None:
    """Ask for a piece of the chunk that is needed next, and go on, lest memory and arithmetic take turns.

    `ahead` holds rows, the first of the chunk, in how many pieces it is asked for, and how many of them have been.
    """
    X, first, pieces, done = ahead
    width = CELL * X.shape[1]
    end = min(first + CHUNK * (done + piece + 1) // pieces, X.shape[0])
    for byte in range((first + CHUNK * (done + piece) // pieces) * width, end * width, LINE):
        prefetch(X, byte)


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def predict_and_fetch(columns: Any, coef: Any, n: int, eta: Any, ahead: Any) -> None:
    """Write the linear predictors of n rows, with what is needed soon fetched between two columns."""
    for i in range(n):
        eta[i] = 0.0
    for j in range(coef.size):
        fetch(ahead, j)
        b = coef[j]
        for i in range(n):
            eta[i] += b * columns[j, i]


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def add_score_and_fetch(columns: Any, slope: Any, n: int, score: Any, ahead: Any) -> None:
    """Add the products of columns and slopes of n rows, with what is needed soon fetched between two."""
    for j in range(score.size):
        fetch(ahead, j)
        product = 0.0
        for i in range(n):
            product += slope[i] * columns[j, i]
        score[j] += product


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def add_gram(columns: Any, weight: Any, n: int, information: Any, ahead: Any) -> None:
    """Add the upper tiles of the products of columns, each weighted by its root, and fetch between two."""
    for i in range(n):
        weight[i] = np.sqrt(weight[i])
    for j in range(columns.shape[0]):
        for i in range(n):
            columns[j, i] *= weight[i]
    done = 0
    for a in range(0, columns.shape[0], TILE):
        for b in range(a, columns.shape[0], TILE):
            fetch(ahead, done)
            done += 1
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


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def total(values: Any, n: int) -> float:
    """Return the sum of n numbers."""
    result = 0.0
    for i in range(n):
        result += values[i]
    return result

"""Coefficients inside the domain of a model, by linear programming."""

from __future__ import annotations

from math import inf, isfinite

import numpy as np

from glmnn.arrays import Array, Block

LEAST = 1e-9  # of the widest slack possible: below it the program has found an edge, not the inside


def interior_point(
    block: Block,
    etas: tuple[float, float],
) -> tuple[Array, Array] | None:
    """Return the coefficients whose linear predictors keep the widest distance from the ends of the domain.

    Parameters
    ----------
    block : Block
        The rows whose linear predictors must lie strictly inside.
    etas : tuple of float
        The open interval, with at least one finite end.

    Returns
    -------
    coef, slack : ndarray of shape (p,), ndarray of shape (rows,)
        `slack` is each row's distance from its nearest end, in units of the row's length; where no coefficients are
        inside, the least of them is 0 or negative. None where the program fails.
    """
    from scipy.optimize import linprog

    size = np.abs(block.X).max(axis=0, initial=0.0)
    size[size == 0] = 1.0
    X = block.X / size
    length = np.maximum(np.abs(X).max(axis=1, initial=0.0), 1e-300)
    rows, limits = [], []
    for sign, end in ((1.0, etas[0]), (-1.0, etas[1])):
        if isfinite(end):  # sign (x'b + offset - end) >= slack |x|
            rows.append(np.column_stack([-sign * X / length[:, None], np.ones(len(X))]))
            limits.append(sign * (block.offset - end) / length)
    p = size.size
    reach = 1.0 + max(float(np.abs(limit).max(initial=0.0)) for limit in limits)
    solved = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.vstack(rows),
        b_ub=np.concatenate(limits),
        bounds=[(-1e6 * reach, 1e6 * reach)] * p + [(-inf, reach)],
        method="highs",
    )
    if solved.x is None:
        return None
    gamma = solved.x[:-1]
    slack = np.min([limit - row[:, :-1] @ gamma for row, limit in zip(rows, limits, strict=True)], axis=0)
    return gamma / size, np.asarray(slack)

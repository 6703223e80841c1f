"""Separation of rows that are never all in memory: decided on a part, which grows by the rows that contradict it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM
from glmnn.models.limits import sides
from glmnn.problem.problem import Problem

FIRST, WORST = 2_000, 500  # rows of the first part, and rows that each pass may add
ROUNDS = 60
UNDECIDED = "undecided"
UNIT = 2.0**-52
LEVEL = 1e-9  # of the largest singular value, below which a direction is one that no row of the part sees


class Worst(NamedTuple):
    """The rows that contradict a direction most, and how many it moves; two of them add."""

    X: Array  # (k, p)
    side: Array  # (k,)
    contradiction: Array  # (k,), falling
    moved: int
    rows: int

    def __add__(self, other: Worst) -> Worst:  # type: ignore[override]
        both = np.concatenate([self.contradiction, other.contradiction])
        order = np.argsort(-both, kind="stable")[:WORST]
        return Worst(
            np.concatenate([self.X, other.X])[order],
            np.concatenate([self.side, other.side])[order],
            both[order],
            self.moved + other.moved,
            self.rows + other.rows,
        )


def by_passes(problem: Problem, decide: Callable[[Array, Array], object]) -> tuple[object, int, int]:
    """Decide whether some direction separates all rows, from as few of them as tell.

    Parameters
    ----------
    problem : Problem
        Of a GLM.
    decide : callable
        From rows of shape (k, p) and their sides to what separates them (with `direction` and `moves`), None where
        nothing does, or something else where that cannot be settled.

    Returns
    -------
    found : object
        What `decide` says of a part of which the other rows say the same; `UNDECIDED` after too many passes.
    moved, rows : int
        How many of all rows the direction moves, and how many there are.

    Notes
    -----
    Constraint generation (Dantzig, Fulkerson & Johnson, 1954). A part of full column rank that overlaps proves that the
    whole does; where its rank is not full, rows are added that see the directions it does not see. A direction that
    separates the part and that no other row contradicts separates the whole; it moves as many rows as possible once no
    held row sees a direction that the held rows of the part do not see.
    """
    model, data = problem.glm, problem.data
    some = problem.subsample(max(1, data.rows // FIRST)).all_rows("a part of the rows")
    used = some.prior_weight > 0
    X, side = some.X[used], sides(model, some.y)[used]
    for _ in range(ROUNDS):
        found = decide(X, side)
        direction, held = getattr(found, "direction", None), np.ones(len(X), dtype=bool)
        if found is not None and direction is None:
            return found, 0, data.rows
        if direction is None:
            direction = np.zeros(X.shape[1])
        else:
            held = ~np.asarray(getattr(found, "moves", held))
        worst: Worst = data.sum(_contradicting, model, direction, _unseen(X[held]))
        if not worst.contradiction.size:
            return found, worst.moved, worst.rows
        X, side = np.vstack([X, worst.X]), np.concatenate([side, worst.side])
    return UNDECIDED, 0, data.rows


def _unseen(X: Array) -> Array:
    """Return directions that these rows do not move, in columns; shape (p, k)."""
    p = X.shape[1]
    if not len(X):
        return np.eye(p)
    size = np.abs(X).max(axis=0)
    size[size == 0] = 1.0
    _, values, vectors = np.linalg.svd(np.linalg.qr(X / size, mode="r"))
    rank = int(np.sum(values > LEVEL * max(values[0], 1e-300)))
    return np.asarray(vectors[rank:].T / size[:, None])


def _contradicting(model: GLM, direction: Array, unseen: Array, block: Block) -> Worst:
    X, side = block.X, sides(model, block.y)
    along = X @ direction
    rounding = UNIT * (direction.size + 2) * (np.abs(X) @ np.abs(direction))
    moves = np.where(side == 0, 0.0, side * along)
    against = np.where(side == 0, np.abs(along), -moves) > rounding
    near = ~against & (np.abs(along) <= rounding)
    if unseen.size:
        size = np.abs(X) @ np.abs(unseen)
        seen = np.max(np.abs(X @ unseen) / np.where(size > 0, size, 1.0), axis=1)
    else:
        seen = np.zeros(len(X))
    contradiction = np.where(against, 1.0 + np.abs(along), np.where(near & (seen > LEVEL), seen, 0.0))
    contradiction[block.prior_weight <= 0] = 0.0
    order = np.argsort(-contradiction, kind="stable")[:WORST]
    order = order[contradiction[order] > 0]
    counted = int(np.sum((moves > rounding) & (block.prior_weight > 0)))
    return Worst(X[order].copy(), side[order], contradiction[order], counted, len(X))

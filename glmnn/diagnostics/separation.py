"""Separation: directions along which the likelihood rises for ever, by linear programming, checked in exact rationals.

Rows at the edge of the response (0, or 1 for the binomial) may move one way, all others not at all (Albert & Anderson,
1984; Konis, 2007; Correia, Guimaraes & Zylkin, 2021, for counts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from glmnn.data.blocks import Dataset
from glmnn.diagnostics.rank import aliased_columns
from glmnn.models.evaluation import Mask
from glmnn.models.glm import GLM
from glmnn.models.links import Array
from glmnn.problem import Problem

TOLERANCE = 1e-9  # of a move, relative to the size of its terms: below it only exact arithmetic decides
FIRST_ROWS = 2000  # of the linear program; rows that its answer violates are added
SIMPLE = 1000  # largest whole number in a direction that is shown in whole numbers

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Separation:
    """A direction in which the likelihood rises for ever, of those that move as many rows as possible.

    Attributes
    ----------
    names : tuple of str
    direction : ndarray of shape (p,)
        Zero where the coefficient stays finite; in small whole numbers where that is possible.
    complete : bool
        True when every row moves, so that the deviance falls to 0.
    moves : ndarray of bool, shape (rows,)
        Rows that lie strictly on their own side: their fitted means go to the response.
    """

    names: tuple[str, ...]
    direction: Array
    complete: bool
    moves: Mask = field(repr=False)

    @property
    def separated(self) -> int:
        """Number of rows that lie strictly on their own side."""
        return int(self.moves.sum())

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.moves.size

    @property
    def infinite(self) -> dict[str, int]:
        """Sign of the infinity that each coefficient runs to, without those that stay finite."""
        return {name: int(np.sign(value)) for name, value in zip(self.names, self.direction, strict=True) if value != 0}

    def line(self) -> str:
        """Return the direction as a linear combination in words."""
        terms: list[str] = []
        for name, value in zip(self.names, self.direction.tolist(), strict=True):
            size = "" if abs(value) == 1 and name != "(Intercept)" else f"{abs(value):.6g}"
            term = size if name == "(Intercept)" else f"{size} {name}".strip()
            if value != 0:
                terms.append(f"{'-' if value < 0 else '+'} {term}")
        return " ".join(terms).removeprefix("+ ")


def can_be_separated(model: GLM) -> bool:
    """Say whether the likelihood of this model can rise for ever towards infinite coefficients."""
    family = model.family.name.partition("(")[0]
    if family == "binomial":
        return model.link.name != "identity"
    return family in {"poisson", "negative_binomial", "tweedie", "gaussian"} and model.link.name == "log"


def may_move(model: GLM, y: Array) -> Mask:
    """Return which rows a direction may move, to their own side; it must hold the others where they are."""
    both = model.family.name == "binomial" and model.link.name != "log"
    return np.asarray((y == 0) | (y == 1)) if both else np.asarray(y == 0)


def find_separation(problem: Problem) -> Separation | None:
    """Decide whether some direction separates the data, and find one that moves as many rows as possible.

    Returns
    -------
    Separation or None
        None when the data overlap, so that a finite maximum exists. A separation is returned only after its
        direction has been checked in exact rational arithmetic on the rows where rounding could matter.
    """
    if not can_be_separated(problem.glm):
        return None
    whole = problem.data.whole
    size = np.abs(whole.X).max(axis=0)
    size[size == 0] = 1.0
    free = may_move(problem.glm, whole.y)
    side = np.where(free, np.where(whole.y == 0, -1.0, 1.0), 0.0)
    X = whole.X / size
    found, moved = np.zeros(size.size), np.zeros(side.size, dtype=bool)
    while not moved[free].all():
        direction = _one_direction(X, side, ~moved)
        if direction is None:
            break
        found = found + direction / np.abs(direction).max()
        moved |= _gains(X, side, found) > TOLERANCE
    if not moved.any():
        return None
    if free.all() and moved.all():
        found = _widest_margin(side[:, None] * X, found)
    exact = _exact_direction(whole.X, side, found / size)
    if exact is None:
        return None
    direction, moved = exact
    return Separation(problem.names, direction, bool(moved.all()), moved)


def _gains(X: Array, side: Array, direction: Array) -> Array:
    """Return how far each row moves to its own side, relative to the size of the terms; -1 if it may not move."""
    move, terms = X @ direction, np.abs(X) @ np.abs(direction)
    relative = move / np.where(terms > 0, terms, 1.0)
    return np.where(side != 0, side * relative, np.where(np.abs(relative) > TOLERANCE, -1.0, 0.0))


def _one_direction(X: Array, side: Array, counted: Mask) -> Array | None:
    """Return a direction that no row forbids and that moves some counted row, or None where there is none.

    The program runs on a part of the rows, to which those that its answer violates are added: a part that overlaps
    proves that the whole does.
    """
    chosen = np.zeros(side.size, dtype=bool)
    chosen[:: max(1, side.size // FIRST_ROWS)] = True
    chosen[np.flatnonzero(counted & (side != 0))[:FIRST_ROWS]] = True
    while True:
        direction = _program(X[chosen], side[chosen], counted[chosen])
        gains = _gains(X, side, direction) if direction is not None else None
        if gains is not None and not np.any(gains[counted] > TOLERANCE):
            gains = None
        if gains is None:
            if chosen.all() or direction is None:
                return None
            rest = np.flatnonzero(~chosen)
            chosen[rest[:: max(1, rest.size // chosen.sum())]] = True
            continue
        violated = np.flatnonzero((gains < -TOLERANCE) & ~chosen)
        if not violated.size:
            return direction
        chosen[violated[np.argsort(gains[violated])[:FIRST_ROWS]]] = True


def _program(X: Array, side: Array, counted: Mask) -> Array | None:
    """Maximise the sum of the moves of the counted rows in a unit box; None when no row that counts can move."""
    from scipy.optimize import linprog

    moves = np.unique(side[side != 0, None] * X[side != 0], axis=0)
    fixed = np.unique(X[side == 0], axis=0)
    gain = (side[:, None] * X)[counted].sum(axis=0)
    solved = linprog(
        -gain,
        A_ub=-moves if len(moves) else None,
        b_ub=np.zeros(len(moves)) if len(moves) else None,
        A_eq=fixed if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if solved.x is None or float(gain @ solved.x) <= TOLERANCE:
        return None
    return np.where(np.abs(solved.x) > TOLERANCE, solved.x, 0.0)


def _widest_margin(moves: Array, found: Array) -> Array:
    """Return the direction with the widest margin in a unit box; the one found where the program has no answer."""
    from scipy.optimize import linprog

    if len(moves) > 10 * FIRST_ROWS:
        return found
    rows, p = moves.shape
    solved = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.column_stack([-moves, np.ones(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(-1.0, 1.0)] * p + [(0.0, 1.0)],
        method="highs",
    )
    if solved.x is None or solved.x[-1] <= TOLERANCE:
        return found
    return np.where(np.abs(solved.x[:-1]) > TOLERANCE, solved.x[:-1], 0.0)


def _exact_direction(X: Array, side: Array, direction: Array) -> tuple[Array, Mask] | None:
    """Return an exact neighbour of the direction that no row forbids, with the rows it moves; None if there is none.

    Rows that the direction does not move within rounding are held exactly: the direction is replaced by a rational
    one of their null space. What remains within rounding is decided in rational arithmetic.
    """
    held = np.unique(X[np.abs(_gains(X, side, direction)) <= TOLERANCE], axis=0)
    held = held[np.any(held != 0, axis=1)]
    rational = _rational_in_null_space(held, direction / np.abs(direction).max())
    if not any(rational):
        return None
    whole = lcm(*(value.denominator for value in rational))
    if max(abs(value * whole) for value in rational) <= SIMPLE:
        rational = [value * whole for value in rational]
    near = np.array([float(value) for value in rational])
    gains = _gains(X, side, near)
    doubtful = np.flatnonzero(np.abs(gains) <= 1e-12)
    moved = gains > 1e-12
    if np.any(gains < -1e-12):
        return None
    cells, inverse = np.unique(X[doubtful], axis=0, return_inverse=True)
    values = [sum((Fraction(x) * d for x, d in zip(row, rational, strict=True)), Fraction(0)) for row in cells.tolist()]
    signs = np.array([(value > 0) - (value < 0) for value in values])[np.ravel(inverse)] if len(cells) else np.zeros(0)
    outcome = signs * side[doubtful]
    if np.any(outcome < 0) or np.any((side[doubtful] == 0) & (signs != 0)):
        return None
    moved[doubtful] = outcome > 0
    return (near, moved) if moved.any() else None


def _rational_in_null_space(rows: Array, direction: Array) -> list[Fraction]:
    """Return a rational vector near `direction` that is exactly orthogonal to every row."""
    reduced: list[tuple[int, list[Fraction]]] = []  # pivot column and row, in reduced echelon form
    for row in rows.tolist():
        rest = [Fraction(value) for value in row]
        for pivot, known in reduced:
            factor = rest[pivot]
            if factor:
                rest = [a - factor * b for a, b in zip(rest, known, strict=True)]
        place = max(range(len(rest)), key=lambda j: abs(rest[j]))
        if not rest[place]:
            continue
        rest = [value / rest[place] for value in rest]
        reduced = [
            (pivot, [a - known[place] * b for a, b in zip(known, rest, strict=True)]) for pivot, known in reduced
        ]
        reduced.append((place, rest))
        if len(reduced) == len(row):
            break
    pivots = {pivot for pivot, _ in reduced}
    free = {
        j: Fraction(value).limit_denominator(10**6) for j, value in enumerate(direction.tolist()) if j not in pivots
    }
    found = [free.get(j, Fraction(0)) for j in range(direction.size)]
    for pivot, row in reduced:
        found[pivot] = -sum((row[j] * value for j, value in free.items()), Fraction(0))
    return found


def drift(problem: Problem, coef: Array, to_data: Array) -> float:
    """Return the cosine between where a gradient run has gone and the direction to which all such runs drift.

    On completely separated rows gradient descent drifts to the hard-margin direction of its own coordinates, coef =
    to_data gamma (Soudry et al., 2018): the shortest gamma with side_i x_i' gamma >= 1.
    """
    whole = problem.data.whole
    gamma = np.asarray(np.linalg.solve(to_data, coef), dtype=float)
    margin = widest_margin(np.where(whole.y == 0, -1.0, 1.0)[:, None] * (whole.X @ to_data), gamma)
    return float(gamma @ margin / (np.linalg.norm(gamma) * np.linalg.norm(margin)))


def widest_margin(moves: Array, coef: Array) -> Array:
    """Return the shortest gamma with move_i' gamma >= 1 for every row, whose margin is 1 / its length.

    It is found by Lawson & Hanson's least distance programming; of many rows from those nearest to the boundary of
    `coef` alone, for they hold the margin.
    """
    from scipy.optimize import nnls

    if len(moves) > FIRST_ROWS:
        moves = moves[np.argsort(moves @ coef)[:FIRST_ROWS]]
    stacked = np.vstack([moves.T, np.ones(len(moves))])
    target = np.append(np.zeros(coef.size), 1.0)
    dual, _ = nnls(stacked, target, maxiter=30 * len(moves))
    residual = stacked @ dual - target
    return np.asarray(-residual[:-1] / residual[-1])


def finite_part(problem: Problem, separation: Separation) -> tuple[Problem, set[str]]:
    """Return the problem on the rows that are not fitted perfectly, and the coefficients that have a limit.

    Along the direction the likelihood of the other rows goes to 1, so the limits of the finite coefficients are the
    maximum likelihood estimates of the rows that stay (Albert & Anderson, 1984, theorem 2). A coefficient has a limit
    when no relation between the columns of those rows involves it.
    """
    whole = problem.data.whole.rows(~separation.moves)
    held = Dataset(problem.names, whole)
    aliases = aliased_columns(held)
    involved = {name for alias in aliases for name in (alias.name, *alias.relation)} | set(separation.infinite)
    reduced = held.without({alias.name for alias in aliases})
    return Problem(problem.glm, reduced), set(problem.names) - involved

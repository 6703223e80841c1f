"""Separation: directions along which the likelihood rises without bound, decided in exact arithmetic.

Rows at the edge of the response (0, or 1 for the binomial) may move one way, all others not at all (Albert & Anderson,
1984; Konis, 2007; Correia, Guimaraes & Zylkin, 2021, for counts).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import lcm

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.data.dataset import InMemory
from glmnn.diagnostics.rank import aliased_columns
from glmnn.diagnostics.separation.cone import movable_rows
from glmnn.diagnostics.separation.passes import by_passes
from glmnn.errors import NeedsAllRows
from glmnn.kernels.threads import one_thread
from glmnn.models.limits import rises, sides
from glmnn.problem.problem import Problem

TOLERANCE = 1e-9  # of the margin of a linear program, whose answer is checked
FIRST_ROWS = 2000  # nearest to a boundary, which hold its margin
MARGIN_CELLS = 100_000  # of a design whose separation is shown by the line with the widest margin
LEAST_DIGITS = 6  # of a direction in words
SIMPLE = 1000  # largest whole number in a direction that is shown in whole numbers


@dataclass(frozen=True)
class Separation:
    """A direction in which the likelihood rises without bound, of those that move as many rows as possible.

    Attributes
    ----------
    names : tuple of str
    direction : ndarray of shape (p,)
        Zero where the coefficient stays finite; in small whole numbers where that is possible.
    complete : bool
        True when every row moves, so that the deviance falls to 0.
    moves : ndarray of bool, shape (rows,)
        Rows that lie strictly on their own side: their fitted means go to the response.
    digits : int
        With how many `line` still has every row of a complete separation on its own side.
    counts : tuple of int or None
        Rows that move and rows in all, where `moves` is about a part of them alone.
    """

    names: tuple[str, ...]
    direction: Array
    complete: bool
    moves: Mask = field(repr=False)
    digits: int = LEAST_DIGITS
    counts: tuple[int, int] | None = None

    @property
    def separated(self) -> int:
        """Number of rows that lie strictly on their own side."""
        return int(self.moves.sum()) if self.counts is None else self.counts[0]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.moves.size if self.counts is None else self.counts[1]

    @property
    def infinite(self) -> dict[str, int]:
        """Sign of the infinity that each coefficient runs to, without those that stay finite."""
        return {name: int(np.sign(value)) for name, value in zip(self.names, self.direction, strict=True) if value != 0}

    def line(self) -> str:
        """Return the direction as a linear combination in words."""
        terms: list[str] = []
        for name, value in zip(self.names, self.direction.tolist(), strict=True):
            size = "" if abs(value) == 1 and name != "(Intercept)" else f"{abs(value):.{self.digits}g}"
            term = size if name == "(Intercept)" else f"{size} {name}".strip()
            if value != 0:
                terms.append(f"{'-' if value < 0 else '+'} {term}")
        return " ".join(terms).removeprefix("+ ").replace("- ", "-", 1 if terms[0].startswith("-") else 0)


@dataclass(frozen=True)
class Unsettled:
    """It is not known whether a finite maximum exists.

    Attributes
    ----------
    reason : str
    """

    reason: str

    def line(self) -> str:
        """Return that in words."""
        return f"whether a finite maximum exists is not settled: {self.reason}"


def can_be_separated(problem: Problem) -> bool:
    """Say whether the likelihood of some row rises without bound towards an infinite eta."""
    summary = problem.data.summary
    return rises(problem.glm, summary.least, summary.largest)


def find_separation(problem: Problem) -> Separation | Unsettled | None:
    """Decide whether some direction separates the data, and find one that moves as many rows as possible.

    Returns
    -------
    Separation, Unsettled or None
        None when it is proved that no direction does. The numbers of the data are taken as the exact rationals that
        they are, so that no answer depends on a tolerance, on the order of rows and columns, or on scaling by powers
        of two.
    """
    try:
        whole = problem.all_rows("the exact decision whether a maximum exists")
    except NeedsAllRows:
        return _by_passes(problem)
    counted = whole.prior_weight > 0
    if not counted.all():
        whole = whole.rows(counted)
    side = sides(problem.glm, whole.y)
    if not side.any():
        return None
    separation = separation_of_rows(problem.names, whole.X, side)
    if not isinstance(separation, Separation) or counted.all():
        return separation
    moves = np.zeros(counted.size, dtype=bool)
    moves[counted] = separation.moves
    return replace(separation, moves=moves)


def _by_passes(problem: Problem) -> Separation | Unsettled | None:
    """Decide the same of rows that are never all in memory."""
    found, moved, rows = by_passes(problem, partial(separation_of_rows, problem.names))
    if isinstance(found, Separation):
        return replace(found, complete=moved == rows, counts=(moved, rows))
    if isinstance(found, Unsettled) or found is None:
        return found
    return Unsettled("the rows are too many and too close to separation to decide it")


def separation_of_rows(names: tuple[str, ...], X: Array, side: Array) -> Separation | Unsettled | None:
    """Decide whether a direction d exists with side_i x_i'd >= 0 for all rows, > 0 for some, = 0 where the side is 0.

    Parameters
    ----------
    names : tuple of str
    X : ndarray of shape (rows, p)
    side : ndarray of shape (rows,)
    """
    with one_thread():
        cone = movable_rows(X, side)
    if cone.direction is None:
        return None if cone.settled else Unsettled("the rows are too many and too close to separation to decide it")
    direction = cone.direction
    if cone.moves.all() and X.size <= MARGIN_CELLS:
        direction = _widest_in_box(side[:, None] * X, direction)
    complete = bool(cone.moves.all())
    digits = _digits(side[:, None] * X, direction) if complete and X.size <= MARGIN_CELLS else LEAST_DIGITS
    return Separation(names, direction, complete, cone.moves, digits)


def _digits(moves: Array, direction: Array) -> int:
    """Return the fewest digits of a direction that still move every row; all of them where rounding may decide."""
    for digits in (LEAST_DIGITS, 9, 12, 15):
        rounded = np.array([float(f"{value:.{digits}g}") for value in direction.tolist()])
        if moves_all(moves, rounded):
            return digits
    return 17


def _widest_in_box(moves: Array, fallback: Array) -> Array:
    """Return the direction with the widest margin in a unit box, in simple numbers; what was found where that fails."""
    from scipy.optimize import linprog

    size = np.abs(moves).max(axis=0)
    rows, p = moves.shape
    solved = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.column_stack([-moves / size, np.ones(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(-1.0, 1.0)] * p + [(0.0, 1.0)],
        method="highs",
    )
    if solved.x is None or solved.x[-1] <= TOLERANCE:
        return fallback
    direction = np.where(np.abs(solved.x[:-1]) > TOLERANCE, solved.x[:-1], 0.0) / size
    fractions = [Fraction(value).limit_denominator(10**6) for value in (direction / np.abs(direction).max()).tolist()]
    common = lcm(*(fraction.denominator for fraction in fractions))
    if max(abs(fraction * common) for fraction in fractions) <= SIMPLE:
        fractions = [fraction * common for fraction in fractions]
    near = np.array([float(value) for value in fractions])
    return near if moves_all(moves, near) else fallback


def moves_all(moves: Array, direction: Array) -> bool:
    """Say whether every row surely moves, rounding errors included."""
    return bool(np.all(moves @ direction > 4e-16 * (direction.size + 2) * (np.abs(moves) @ np.abs(direction))))


def drift(problem: Problem, coef: Array, to_data: Array) -> float:
    """Return the cosine between where a gradient run has gone and the direction to which all such runs drift.

    On completely separated rows gradient descent drifts to the hard-margin direction of its own coordinates, coef =
    to_data gamma (Soudry et al., 2018): the shortest gamma with side_i x_i' gamma >= 1.
    """
    whole = problem.all_rows("the widest margin")
    gamma = np.asarray(np.linalg.solve(to_data, coef), dtype=float)
    margin = widest_margin(sides(problem.glm, whole.y)[:, None] * (whole.X @ to_data), gamma)
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
    whole = problem.all_rows("the part that has a maximum").rows(~separation.moves)
    held = InMemory(problem.names, whole)
    aliases = aliased_columns(held)
    involved = {name for alias in aliases for name in (alias.name, *alias.relation)} | set(separation.infinite)
    reduced = held.without({alias.name for alias in aliases})
    return Problem(problem.glm, reduced), set(problem.names) - involved

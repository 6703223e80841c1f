"""Does a finite maximum exist? A cheap proof of overlap first, a linear program where it fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmnn.models.evaluation import Mask
from glmnn.models.glm import GLM
from glmnn.models.links import Array
from glmnn.problem import Problem

PROVED = 0.5  # part of its residual that a row may lose and keep its sign; 1 is the limit, the rest is for rounding
TOLERANCE = 1e-9  # of the linear program, relative to unit columns


@dataclass(frozen=True)
class Separation:
    """A direction in which the likelihood rises for ever.

    Attributes
    ----------
    complete : bool
        True when every row is on its own side, so that the deviance falls to 0.
    direction : ndarray of shape (p,)
        Largest component 1 in absolute value; zero where the coefficient stays finite.
    names : tuple of str
    separated : int
        Rows that lie strictly on their own side.
    rows : int
    """

    complete: bool
    direction: Array
    names: tuple[str, ...]
    separated: int
    rows: int

    @property
    def infinite(self) -> dict[str, int]:
        """Sign of the infinity that each coefficient runs to, without those that stay finite."""
        return {name: int(np.sign(value)) for name, value in zip(self.names, self.direction, strict=True) if value != 0}

    def line(self) -> str:
        """Return the direction as a linear combination in words."""
        terms = [
            f"{'-' if value < 0 else '+'} {abs(value):.4g}{'' if name == '(Intercept)' else ' ' + name}"
            for name, value in zip(self.names, self.direction, strict=True)
            if value != 0
        ]
        return " ".join(terms).removeprefix("+ ")


def can_be_separated(model: GLM) -> bool:
    """Say whether the likelihood of this model can rise for ever towards infinite coefficients."""
    family = model.family.name.partition("(")[0]
    if family == "binomial":
        return model.link.name != "identity"
    return family in {"poisson", "negative_binomial", "tweedie", "gaussian"} and model.link.name == "log"


def overlap_is_proved(problem: Problem, coef: Array) -> bool:
    """Try to prove from one pass at `coef` that no direction separates the data.

    A direction d along which the likelihood never falls has d' x_i of the sign of the residual r_i in every row, so
    sum_i r_i x_i' d = 0 only for d = 0 (Albert & Anderson, 1984, by Farkas' lemma). With a scoring step delta the
    residuals r_i - w_i x_i' delta satisfy that sum exactly; while each keeps the sign of r_i the data overlap.
    """
    model = problem.model
    step = problem.second_order(coef).scoring_step()
    if not np.all(np.isfinite(step)):
        return False
    with np.errstate(all="ignore"):
        for block in problem.data.blocks():
            eta = model.eta(coef, block)
            _, score, information = model.pointwise.evaluate(eta, block.y)
            moved = np.abs(information * (block.X @ step))
            free = _may_grow(model, block.y)
            if not np.all(moved[free] <= PROVED * np.abs(score[free])):
                return False
    return True


def _may_grow(model: GLM, y: Array) -> Mask:
    """Return which rows allow a direction (an inequality); the others hold it at zero (an equality)."""
    both = model.family.name == "binomial" and model.link.name != "log"
    return np.asarray((y == 0) | (y == 1)) if both else np.asarray(y == 0)


def find_separation(problem: Problem) -> Separation | None:
    """Decide by linear programming whether some direction separates the data (Konis, 2007).

    Rows at the edge of the response (0, or 1 for the binomial) may move one way, all others not at all. The program
    maximises the sum of the moves with the direction in a unit box.

    Returns
    -------
    Separation or None
        None when the data overlap, so that a finite maximum exists.
    """
    from scipy.optimize import linprog

    if not can_be_separated(problem.model):
        return None
    whole = problem.data.whole
    size = np.abs(whole.X).max(axis=0)
    size[size == 0] = 1.0
    X = whole.X / size
    free = _may_grow(problem.model, whole.y)
    side = np.where(whole.y[free] == 0, -1.0, 1.0)
    moves = np.unique(side[:, None] * X[free], axis=0)  # repeated rows add nothing but time
    fixed = np.unique(X[~free], axis=0)
    solved = linprog(
        -moves.sum(axis=0),
        A_ub=-moves,
        b_ub=np.zeros(len(moves)),
        A_eq=fixed if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if solved.x is None:
        return None
    direction = np.where(np.abs(solved.x) > TOLERANCE, solved.x, 0.0)
    gains = side * (X[free] @ direction)
    strict = gains > 1e3 * TOLERANCE
    if not strict.any():
        return None
    margins = _widest_margin(moves) if free.all() else None
    complete = margins is not None
    in_units = (direction if margins is None else margins) / size
    return Separation(
        complete,
        in_units / np.abs(in_units).max(),
        problem.names,
        whole.y.size if complete else int(strict.sum()),
        whole.y.size,
    )


def _widest_margin(moves: Array) -> Array | None:
    """Return a direction that puts every row strictly on its own side, or None where there is none."""
    from scipy.optimize import linprog

    rows, p = moves.shape
    solved = linprog(
        np.append(np.zeros(p), -1.0),
        A_ub=np.column_stack([-moves, np.ones(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(-1.0, 1.0)] * p + [(0.0, 1.0)],
        method="highs",
    )
    if solved.x is None or solved.x[-1] <= 1e3 * TOLERANCE:
        return None
    return np.where(np.abs(solved.x[:-1]) > TOLERANCE, solved.x[:-1], 0.0)

"""Gradient descent in the limit of small steps, d coef / dt = score / rows with t = learning rate x steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil, lgamma, log, log10, pi, sqrt
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from glmnn.arrays import Array
from glmnn.auditing.causes.budget import Meter, Spent
from glmnn.auditing.causes.claimed import Case, Cause, Replay, explained, explains, strength
from glmnn.kernels.gram import gram
from glmnn.solvers.scaling import Curvature, curvature

GRID = 400  # times at which a path is first looked at
FAR = 1e4  # coefficients beyond which a path followed backwards has no beginning


@dataclass(frozen=True)
class Space:
    """The columns on which the steps of a run are taken.

    Attributes
    ----------
    case : Case
    X : ndarray of shape (n, p)
    to_data : ndarray of shape (p, p)
        coef = to_data gamma, gamma being the coefficients of these columns.
    says : str
        What there is to say of them.
    """

    case: Case
    X: Array
    to_data: Array
    says: str = ""

    @cached_property
    def information(self) -> Array:
        """Information at the maximum, shape (p, p)."""
        return np.asarray(self.to_data.T @ self.case.information @ self.to_data)

    @cached_property
    def smallest(self) -> float:
        """Smallest eigenvalue of the information."""
        return float(np.linalg.eigvalsh(self.information)[0])

    @cached_property
    def largest(self) -> float:
        """Largest eigenvalue of the information."""
        return float(np.linalg.eigvalsh(self.information)[-1])

    @property
    def one(self) -> Array:
        """1 for every coefficient, shape (p,)."""
        return np.ones(self.to_data.shape[0])

    def scores(self, coefs: Array) -> Array:
        """Return the scores at the coefficients of one run, shape (p,)."""
        return self.side_by_side(None)(coefs)

    def side_by_side(self, runs: int | None) -> Callable[[Array], Array]:
        """Return the function from the coefficients of R runs, shape (p, R), to their scores; of one for None."""
        data = self.case.problem.data
        whole, score = self.case.whole, self.case.problem.glm.pointwise.score_into
        shape: Any = (...,) if runs is None else (..., None)
        X, XT, y, weight, offset = self.X, self.X.T, whole.y[shape], whole.prior_weight[shape], whole.offset[shape]
        if data.plain:
            return lambda coefs: np.asarray(XT @ score(X @ coefs, y))
        return lambda coefs: np.asarray(XT @ (score(X @ coefs + offset, y) * weight))

    def bend(self, coef: Array) -> Array:
        """Return the information at the coefficients of one run, shape (p, p)."""
        whole, pointwise = self.case.whole, self.case.problem.glm.pointwise
        curved = pointwise.evaluate(self.X @ coef + whole.offset, whole.y)[2] * whole.prior_weight
        return gram(self.X, curved)


@dataclass(frozen=True)
class Flow:
    """Where gradient descent from zero, in the limit of small steps, comes nearest to the claim.

    Attributes
    ----------
    time : float
        Learning rate on the summed loss times steps.
    coef : ndarray of shape (p,)
        In the data's units.
    left, last : float
        Standard errors from the claim there, and at the end of the path.
    """

    time: float
    coef: Array
    left: float
    last: float


def flow_from_zero(space: Space, decay: float, held: Array) -> Flow | None:
    """Follow d gamma / dt = score - decay rows gamma from zero; None where the path leaves the model.

    Raises
    ------
    Spent
        If the path takes more passes than it may.
    """
    case, amount = space.case, decay * space.case.problem.rows
    meter = Meter(space.X.size)

    def slope(_time: float, coef: Array) -> Array:
        meter.tick()
        return space.scores(coef) - amount * held * coef

    def bend(_time: float, coef: Array) -> Array:
        meter.tick()
        return -space.bend(coef) - amount * np.diag(held)

    end = 30.0 / max(space.smallest, amount)
    run: Any = solve_ivp(
        slope, (0.0, end), 0.0 * space.one, method="LSODA", jac=bend, rtol=1e-8, atol=1e-10, dense_output=True,
        first_step=1e-3 / max(space.largest, amount),
    )  # fmt: skip
    if not run.success:
        return None
    # from the first steps of the fastest direction on
    times = np.geomspace(min(1e-3 / space.largest, 0.1 * end), end, GRID)

    def away(time: Any) -> Any:
        apart = space.to_data @ run.sol(time) - (case.claimed if np.ndim(time) == 0 else case.claimed[:, None])
        return np.sqrt(np.maximum(np.sum(apart * (case.metric @ apart), axis=0), 0.0))

    lengths = away(times)
    if not np.all(np.isfinite(lengths)):
        return None
    place = int(np.argmin(lengths))
    low, high = times[max(place - 1, 0)], times[min(place + 1, times.size - 1)]
    time = float(minimize_scalar(away, bounds=(low, high), method="bounded", options={"xatol": 1e-12 * high}).x)
    return Flow(time, space.to_data @ run.sol(time), float(away(time)), float(lengths[-1]))


def flow_cause(space: Space, flow: Flow, decay: float, held: Array) -> Iterator[Cause]:
    """Yield gradient descent at a learning rate too small to be seen, stopped early."""
    case, floor = space.case, space.case.floor()
    # where the path has come to its end, the place on it says nothing
    if not explains(case.distance, flow.left, floor) or flow.last <= max(10.0 * flow.left, 3.0 * floor):
        return
    tried, prior = (1.0, 0.5) if decay == 0 else (8.0, -0.5)
    gained = strength(case.distance, flow.left, floor, case.claimed.size, 1, tried, prior)
    time = flow.time * case.problem.rows
    says = f"gradient descent from zero{space.says} stopped early, at learning rate x steps = {time:.4g}"
    key, parameters = "stopped_early", {"time": time}
    if decay:
        amount = decay * case.problem.rows
        key = ("l2_all" if held.all() else "l2") + "+stopped_early"
        where = "with" if held.all() else "without"
        says += f", with weight_decay = {decay:g} (lambda = {amount:g}, {where} the intercept)"
        parameters |= {"lambda": amount, "weight_decay": decay}
    elif not space.says:
        says += more_steps(case)
    evidence = (
        "the path of such a run, followed here in small steps, passes the claim; it "
        f"{explained(flow.left, case.distance)}",
    )
    yield Cause(
        key, says, flow.left, case.distance, gained, parameters, evidence, free=1, replay=lambda: Replay(flow.coef)
    )


def from_anywhere(case: Case, space: Space) -> Iterator[Cause]:
    """Yield gradient descent from PyTorch's default start, uniform within 1 / sqrt(inputs), stopped early.

    Followed backwards in time, a claim that no such run reached shoots away in the steep directions. How much
    smaller the set of all states reachable at that time is than the neighbourhood of the maximum (by Liouville's
    theorem its volume falls as the trace of the information says) is the strength of the evidence.

    Raises
    ------
    Spent
        If the path takes more passes than it may.
    """
    p, rows = case.claimed.size, case.problem.rows
    reach = 1.0 / sqrt(max(p - 1, 1))
    meter = Meter(space.X.size)

    def backwards(_time: float, state: Array) -> Array:
        meter.tick()
        return np.append(-space.scores(state[:p]) / rows, np.trace(space.bend(state[:p])) / rows)

    def gone(_time: float, state: Array) -> float:
        return FAR - float(np.max(np.abs(state[:p])))

    def begun(_time: float, state: Array) -> float:
        return float(np.max(np.abs(state[:p]))) - reach

    gone.terminal = begun.terminal = True  # type: ignore[attr-defined]
    began = np.append(case.claimed, 0.0)
    if np.max(np.abs(case.claimed)) <= reach or not space.smallest > 0.0:
        return
    run: Any = solve_ivp(
        backwards, (0.0, 30.0 * rows / space.smallest), began, method="DOP853", rtol=1e-10, atol=1e-12,
        events=[gone, begun],
    )  # fmt: skip
    if not run.success or not run.t_events[1].size:
        return
    time, shrunk = float(run.t_events[1][0]), float(run.y_events[1][0][p])
    sign, log_determinant = np.linalg.slogdet(case.metric)
    if sign <= 0:
        return
    ball = 0.5 * p * log(pi) - lgamma(0.5 * p + 1) + p * log(case.distance) - 0.5 * log_determinant
    box = p * log(2.0 * reach) - shrunk
    gained = float((ball - box) / log(10.0)) - 0.5
    says = "gradient descent from a random start (PyTorch's default) stopped early, at learning rate x steps of about "
    says += f"{time:.3g}{more_steps(case)}"
    evidence = (
        f"followed backwards, the run that ends at the claim began within {reach:.3g} of zero, as such starts do; of "
        f"claims that are off by chance one in {10 ** min(max(gained, 0.0), 300.0):.2g} would",
    )
    yield Cause("stopped_early", says, case.floor(), case.distance, gained, {"time": time}, evidence)


def flatness(case: Case) -> Curvature:
    """Return the curvature of the mean loss at the maximum, in the data's own columns."""
    return curvature(case.information, case.problem.rows)


def more_steps(case: Case, used: float | None = None) -> str:
    """Return how many more steps of gradient descent it takes to a thousandth of a standard error."""
    shape = flatness(case)
    if not shape.smallest > 0 or log10(max(shape.condition, 1.0)) > 12:
        return "; no number of steps would do: the columns are almost dependent"
    space, rows = Space(case, case.whole.X, np.eye(case.claimed.size)), case.problem.rows
    meter = Meter(space.X.size)

    def slope(_time: float, coef: Array) -> Array:
        meter.tick()
        return space.scores(coef) / rows

    def bend(_time: float, coef: Array) -> Array:
        meter.tick()
        return -space.bend(coef) / rows

    def there(_time: float, coef: Array) -> float:
        return case.length(coef - case.maximum) - 1e-3

    there.terminal = True  # type: ignore[attr-defined]
    end = 100.0 / shape.smallest
    try:
        run: Any = solve_ivp(
            slope, (0.0, end), case.claimed, method="LSODA", jac=bend, rtol=1e-6, atol=1e-9, events=[there]
        )
    except Spent:
        return ""
    if not run.success or not run.t_events[0].size:
        return ""
    time = float(run.t_events[0][0])
    rates = [used] if used else [rate for rate in (1.0, 0.1, 0.01, 0.001) if rate < shape.largest_stable_lr][:2]
    amounts = " or ".join(f"{_round(time / rate)} more steps at a learning rate of {rate:g}" for rate in rates)
    return f"; about {amounts} would do" if amounts else ""


def _round(steps: float) -> str:
    """Return a number of steps, rounded up to two digits.

    >>> _round(1234.5)
    '1,300'
    """
    unit = 10 ** max(int(log10(max(steps, 1.0))) - 1, 0)
    return f"{ceil(steps / unit) * unit:,}"

"""Gradient descent in the limit of small steps, d coef / dt = score / rows with t = learning rate x steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, isfinite, lgamma, log, log10, pi, sqrt
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from glmnn.causes.case import Case, Cause, explains, strength
from glmnn.models.links import Array
from glmnn.solvers.coordinates import Curvature, curvature

GRID = 400  # times at which a path is first looked at
FAR = 1e4  # coefficients beyond which a path followed backwards has no beginning


def flow_causes(case: Case, zeros: Array, decays: tuple[float, ...]) -> Iterator[Cause]:
    """Yield full-batch gradient descent that stopped early, from zero or from PyTorch's default start."""
    shape = flatness(case)
    if not (shape.smallest > 0 and isfinite(shape.condition)) or case.problem.glm.etas != (-np.inf, np.inf):
        return
    yield from _from_zero(case, zeros, shape, 0.0, False)
    for decay in decays:
        for everywhere in (True, False):
            yield from _from_zero(case, zeros, shape, decay, everywhere)
    yield from _from_anywhere(case, shape)


def _slopes(case: Case, decay: float, held: Array) -> tuple[Callable[..., Array], Callable[..., Array]]:
    problem, rows = case.problem, case.problem.rows

    def slope(_time: float, coef: Array) -> Array:
        return np.asarray(problem.score(coef) / rows - decay * held * coef)

    def bend(_time: float, coef: Array) -> Array:
        return np.asarray(-problem.second_order(coef).information / rows - decay * np.diag(held))

    return slope, bend


def _from_zero(case: Case, zeros: Array, shape: Curvature, decay: float, everywhere: bool) -> Iterator[Cause]:
    held = np.ones_like(case.slopes) if everywhere else case.slopes
    slope, bend = _slopes(case, decay, held)
    end = 30.0 / max(shape.smallest, decay)
    run: Any = solve_ivp(slope, (0.0, end), zeros, method="LSODA", jac=bend, rtol=1e-8, atol=1e-10, dense_output=True)
    if not run.success:
        return
    times = np.geomspace(end * 1e-7, end, GRID)

    def away(time: float) -> float:
        return case.length(run.sol(time) - case.claimed)

    place = int(np.argmin([away(time) for time in times]))
    low, high = times[max(place - 1, 0)], times[min(place + 1, times.size - 1)]
    time = float(minimize_scalar(away, bounds=(low, high), method="bounded", options={"xatol": 1e-12 * high}).x)
    left, floor = away(time), case.floor()
    # where the path has come to its end, the place on it says nothing
    if time > 0.99 * end or not explains(case.distance, left, floor) or away(end) <= max(10.0 * left, 3.0 * floor):
        return
    tried, prior = (1.0, 0.5) if decay == 0 else (8.0, -0.5)
    gained = strength(case.distance, left, floor, case.claimed.size, 1, tried, prior)
    says = f"gradient descent from zero stopped early, at learning rate x steps = {time:.4g}"
    key, parameters = "stopped_early", {"time": time}
    if decay:
        amount = decay * case.problem.rows
        key = ("l2_all" if everywhere else "l2") + "+stopped_early"
        where = "with" if everywhere else "without"
        says += f", with weight_decay = {decay:g} (lambda = {amount:g}, {where} the intercept)"
        parameters |= {"lambda": amount, "weight_decay": decay}
    else:
        says += more_steps(case)
    evidence = (f"that path passes the claim at {left:.1e} of {case.distance:.2g} joint standard errors",)
    yield Cause(key, says, left, case.distance, gained, parameters, evidence)


def _from_anywhere(case: Case, shape: Curvature) -> Iterator[Cause]:
    """Yield gradient descent from PyTorch's default start, uniform within 1 / sqrt(inputs), stopped early.

    Followed backwards in time, a claim that no such run reached shoots away in the steep directions. How much
    smaller the set of all states reachable at that time is than the neighbourhood of the maximum (by Liouville's
    theorem its volume falls as the trace of the information says) is the strength of the evidence.
    """
    p, rows = case.claimed.size, case.problem.rows
    reach = 1.0 / sqrt(max(p - 1, 1))

    def backwards(_time: float, state: Array) -> Array:
        here = case.problem.second_order(state[:p])
        return np.append(-here.score / rows, np.trace(here.information) / rows)

    def gone(_time: float, state: Array) -> float:
        return FAR - float(np.max(np.abs(state[:p])))

    def begun(_time: float, state: Array) -> float:
        return float(np.max(np.abs(state[:p]))) - reach

    gone.terminal = begun.terminal = True  # type: ignore[attr-defined]
    began = np.append(case.claimed, 0.0)
    if np.max(np.abs(case.claimed)) <= reach:
        return
    run: Any = solve_ivp(
        backwards, (0.0, 30.0 / shape.smallest), began, method="DOP853", rtol=1e-10, atol=1e-12, events=[gone, begun],
        max_step=np.inf,
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
        f"followed backwards, the claim comes from a start within {reach:.3g} of zero; by chance one in "
        f"{10 ** min(max(gained, 0.0), 300.0):.2g} does",
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
    slope, bend = _slopes(case, 0.0, case.slopes)

    def there(_time: float, coef: Array) -> float:
        return case.length(coef - case.maximum) - 1e-3

    there.terminal = True  # type: ignore[attr-defined]
    end = 100.0 / shape.smallest
    run: Any = solve_ivp(
        slope, (0.0, end), case.claimed, method="LSODA", jac=bend, rtol=1e-6, atol=1e-9, events=[there]
    )
    if not run.success or not run.t_events[0].size:
        return ""
    time = float(run.t_events[0][0])
    rates = [used] if used else [rate for rate in (1.0, 0.1, 0.01, 0.001) if rate < shape.largest_stable_lr][:2]
    told = " or ".join(f"{_round(time / rate)} more steps at a learning rate of {rate:g}" for rate in rates)
    return f"; about {told} would do" if told else ""


def _round(steps: float) -> str:
    """Return a number of steps, rounded up to two digits.

    >>> _round(1234.5)
    '1,300'
    """
    unit = 10 ** max(int(log10(max(steps, 1.0))) - 1, 0)
    return f"{ceil(steps / unit) * unit:,}"

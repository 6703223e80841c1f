"""Profile-likelihood intervals: the values of a coefficient that a likelihood-ratio test would not reject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import floor, inf, isfinite, log10, sqrt

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.barrier import inner_point, least_deviance
from glmnn.errors import DataError
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import Fit, fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

FURTHEST = 2.0**12  # standard errors after which an interval that has not ended is without end
EDGE = 1e-9  # standard errors to which the end of what is possible is found
LOOSE = StandardErrors(tol=1e-6, max_iter=40)  # the deviance is flat at its minimum: this leaves twelve digits of it


@dataclass(frozen=True)
class Limit:
    """One end of an interval.

    Attributes
    ----------
    value : float
        -inf or inf where the interval is open.
    edge : float or None
        Of an open end, beyond which value of the coefficient no coefficients are inside the domain of the model; None
        where there are some however far out.
    """

    value: float
    edge: float | None = None


def open_ends(names: tuple[str, ...], ends: Sequence[tuple[Limit, Limit]]) -> Iterator[str]:
    """Yield a sentence for each end that a profile-likelihood interval does not have."""
    for name, sides in zip(names, ends, strict=True):
        for side, way, limit in zip(("lower", "upper"), ("down", "up"), sides, strict=True):
            if isfinite(limit.value):
                continue
            where = (
                "however far out"
                if limit.edge is None
                else f"{way} to {limit.edge:.6g}, where the domain of the model ends"
            )
            yield f"no {side} limit for {name}: the likelihood ratio stays below its quantile {where}"


def profile_interval(
    problem: Problem, coef: Array, j: int, std_error: float, cutoff: float, dispersion: float, deviance: float
) -> tuple[Limit, Limit]:
    """Return the ends of the profile-likelihood interval of coefficient `j` (Venzon & Moolgavkar, 1988).

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The maximum likelihood estimate.
    j : int
    std_error : float
        Of this coefficient, the unit of the search.
    cutoff : float
        Signed root of the likelihood ratio at the ends: the quantile of z or t.
    dispersion, deviance : float
        At the estimate.

    Returns
    -------
    low, high : Limit
        Open where the likelihood never falls far enough.
    """
    low, high = (
        _limit(_Road(problem, coef, j, std_error * side, dispersion, deviance), cutoff) for side in (-1.0, 1.0)
    )
    return low, high


def _limit(road: _Road, cutoff: float) -> Limit:
    """Return where the signed root of the likelihood ratio passes the cutoff on this side of the estimate."""
    from scipy.optimize import brentq

    near, far = 0.0, cutoff
    while (root := road.root(far)) < cutoff:
        near, far = far, 2.0 * far
        if far >= FURTHEST:
            return Limit(inf if road.unit > 0 else -inf)
    while root == inf:  # nothing is possible there: where does what is possible end?
        if far - near <= EDGE * far:
            return Limit(inf if road.unit > 0 else -inf, _rounded(road.place(near), 10.0 * EDGE * abs(road.unit)))
        middle = 0.5 * (near + far)
        root = road.root(middle)
        near, far = (middle, far) if root < cutoff else (near, middle)
        root = inf if root < cutoff else root
    end = brentq(lambda distance: road.root(distance) - cutoff, near, far, xtol=1e-10, rtol=1e-12)
    return Limit(road.place(float(end)))


def _rounded(value: float, grain: float) -> float:
    """Return a value without the decimals that are below the grain."""
    return round(value, -floor(log10(grain))) + 0.0


@dataclass
class _Road:
    """The way from the estimate along one coefficient, the others following: each fit starts from the one before."""

    problem: Problem
    coef: Array
    j: int
    unit: float  # a step of distance 1, with its sign
    dispersion: float
    deviance: float
    seen: dict[float, tuple[Array, Array]] = field(default_factory=dict)  # distance -> coefficients and their slope
    at_rim: bool = False

    def place(self, distance: float) -> float:
        """Return the value of the coefficient at a distance."""
        return float(self.coef[self.j] + distance * self.unit)

    def root(self, distance: float) -> float:
        """Return the root of the likelihood ratio with the coefficient held there; inf where nothing is possible."""
        least = self._held(distance)
        return sqrt(max(least - self.deviance, 0.0) / self.dispersion) if least < inf else inf

    def _held(self, distance: float) -> float:
        """Return the least deviance with the coefficient held at a distance from the estimate."""
        held = Problem(self.problem.glm, self.problem.data.holding(self.j, self.place(distance)))
        if not held.names:
            return held.first_order(np.zeros(0)).deviance
        start = self._start(held, distance)
        if start is None:
            return inf
        if not self.at_rim:
            run = _scored(held, start)
            if run is not None:
                self._keep(distance, run.coef)
                return held.first_order(run.coef).deviance
        least, minimiser = least_deviance(held, start, self.dispersion)
        self.at_rim = True  # and so it will be further on: Fisher scoring would only find that out again
        self._keep(distance, minimiser)
        return least

    def _start(self, held: Problem, distance: float) -> Array | None:
        """Return where the nearest coefficients known lead to, or any inside the domain."""
        if not self.seen:
            self._keep(0.0, np.delete(self.coef, self.j))
        nearest = min(self.seen, key=lambda known: abs(known - distance))
        coef, slope = self.seen[nearest]
        for start in (coef + slope * (distance - nearest), coef):
            if held.first_order(start).deviance < inf:
                return np.asarray(start)
        return inner_point(held) if held.glm.etas != (-inf, inf) else coef

    def _keep(self, distance: float, coef: Array) -> None:
        """Remember coefficients, with how they move along: -I_kk^-1 I_kj."""
        current = self.problem.second_order(np.insert(coef, self.j, self.place(distance)))
        across = np.delete(current.information[:, self.j], self.j)
        inner = np.delete(np.delete(current.information, self.j, axis=0), self.j, axis=1)
        slope = -self.unit * current._replace(score=across, information=inner).scoring_step()
        self.seen[distance] = coef, np.where(np.isfinite(slope), slope, 0.0)


def _scored(held: Problem, start: Array) -> Fit | None:
    """Return where Fisher scoring leads to, or None where that is not inside the domain."""
    try:
        run = fit(held.fresh(), Fisher(subsample_start=False), LOOSE, start=start)
    except DataError:
        return None
    inside = held.first_order(run.coef).deviance < inf
    return run if inside and (run.converged or held.glm.etas == (-inf, inf)) else None

"""A run that ended too soon: the claim is a state on the path of a known method, before its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from typing import Any

import numpy as np
from scipy.optimize import minimize

from glmnn.arrays import Array
from glmnn.auditing.causes.budget import Budget, Meter, Spent
from glmnn.auditing.causes.claimed import LOOSE, Case, Cause, Replay, explained, explains, strength
from glmnn.auditing.causes.descents import adaptive, plans_of, replayed
from glmnn.auditing.causes.gradient_flow import Flow, Space, flow_cause, flow_from_zero, from_anywhere
from glmnn.auditing.causes.penalty_words import COMMON
from glmnn.auditing.causes.starts import middle_start, null_start
from glmnn.errors import GlmnnError
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.scaling import standardising

SURE = 8.0  # digits of strength of one path, with which no other is replayed
SAME = 1e-7  # part of the distance up to which it is that very path
FAINT = 0.02  # part of the distance within which a path with weight decay must pass the claim
MOST_ITERATES = 300  # of L-BFGS
WORK = 3_000_000  # cells of the design up to which paths are replayed
DECAYS = (0.01, 0.001, 1e-4, 0.1)  # weight decay on the mean loss


def stopping_causes(case: Case, explained: bool, skipped: list[str]) -> list[Cause]:
    """Return early stops: of Fisher scoring, Newton's method, L-BFGS, gradient descent.

    Parameters
    ----------
    case : Case
    explained : bool
        Something else explains the claim well, so that only cheap paths are worth replaying.
    skipped : list of str
        Where to note what was cut short.
    """
    if case.problem.rows * case.claimed.size > WORK:
        skipped.append("stops on the way to the maximum: the data are too large to replay solvers")
        return []
    zeros = np.zeros(case.claimed.size)
    collected = [*_scoring(case, zeros), *_quasi_newton(case, zeros)]
    if not explained and not any(_sure(cause, case.floor()) for cause in collected):
        budget = Budget(skipped)
        for causes in _descents(case, budget):
            collected += causes
            if any(_sure(cause, case.floor()) for cause in causes):
                break
    return collected


def _sure(cause: Cause, floor: float) -> bool:
    return cause.strength >= SURE and cause.left <= max(SAME * cause.of, floor)


def _descents(case: Case, budget: Budget) -> Iterator[list[Cause]]:
    """Yield gradient descent and its relatives from zero, on the data's columns and on standardised ones."""
    if case.problem.glm.etas != (-np.inf, np.inf):
        return  # zeros are no start
    X, p = case.whole.X, case.claimed.size
    plain, ones, none = Space(case, X, np.eye(p)), np.ones(p), np.zeros(p)
    spaces = [plain]
    if case.intercept is not None and p > 1:
        to_data = standardising(case.problem.fresh())
        spaces.append(Space(case, X @ to_data, to_data, " on standardised columns (and turned back)"))
    nearest, plans = np.inf, [adaptive(plain)]
    for space in spaces:
        flow = _flow(space, 0.0, none, budget)
        if flow is not None:
            nearest = min(nearest, flow.left)
            plans += plans_of(space, flow, 0.0, none)
            yield list(flow_cause(space, flow, 0.0, none))
    for decay in DECAYS if case.floor() < nearest < np.inf else ():
        for held in (ones, case.slopes):
            flow = _flow(plain, decay, held, budget)
            if flow is not None and flow.left <= min(FAINT * case.distance, 0.5 * nearest):
                plans += plans_of(plain, flow, decay, held)
                yield list(flow_cause(plain, flow, decay, held))
    yield from replayed(case, plans, budget)
    with suppress(Spent):
        yield list(from_anywhere(case, plain))


def _flow(space: Space, decay: float, held: Array, budget: Budget) -> Flow | None:
    """Return the limit of small steps, None where there is none or it takes too long."""
    if not (space.smallest > 0 and np.isfinite(space.largest)):
        return None
    try:
        return flow_from_zero(space, decay, held)
    except Spent:
        budget.skipped.append(f"gradient descent{space.says}: its path takes more passes over the data than it may")
        return None


def _scoring(case: Case, zeros: Array) -> Iterator[Cause]:
    """Yield the states of Fisher scoring and Newton's method, which in R and statsmodels halve no step."""
    yield from _replayed(case, "Fisher scoring (IRLS)", _scored(case, None))
    middle = middle_start(case)
    if middle is not None and (not case.problem.glm.family.trials or case.options.trials is not None):
        yield from _replayed(case, "Fisher scoring (IRLS, from statsmodels' start)", _scored(case, middle, 1))
    null = null_start(case)
    for begun, start in (("zero", zeros), ("the null model", null)):
        if start is not None:
            yield from _replayed(case, f"Newton's method from {begun}", _scored(case, start))
            if not case.problem.glm.canonical:
                path = _scored(case, start, observed=True)
                yield from _replayed(case, f"Newton's method (observed information) from {begun}", path)
    yield from _replayed(case, "Fisher scoring with halved steps", _fisher(case))


def _scored(case: Case, start: Array | None, done: int = 0, observed: bool = False) -> list[Array]:
    """Return the states of plain scoring or Newton steps, by iteration; nan before the first.

    Parameters
    ----------
    case : Case
    start : ndarray of shape (p,), optional
        The state after `done` iterations; without it the first is one step from the starting means.
    done : int
    observed : bool
        Take the observed information for the step, not the expected one.
    """
    problem = case.problem
    if start is None:
        start, done = problem.starting_step().scoring_step(), 1
    path = [np.full(case.claimed.size, np.nan)] * done + [start]
    meter = Meter(problem.rows * case.claimed.size)
    with suppress(Spent, np.linalg.LinAlgError):
        while len(path) <= 25:
            meter.tick()
            current = problem.second_order(path[-1])
            if observed:
                current = current._replace(information=problem.observed_information(path[-1]))
            if not np.isfinite(current.deviance) or not np.all(np.isfinite(current.information)):
                break
            path.append(path[-1] + current.scoring_step())
            if np.array_equal(path[-1], path[-2]):
                break
    return path


def _fisher(case: Case) -> list[Array]:
    """Return the states of Fisher scoring with halved steps, by iteration; nan before the first."""
    path: list[Array] = []
    try:
        for step in Fisher(subsample_start=False).steps(case.problem.fresh()):
            path += [np.full(case.claimed.size, np.nan)] * (step.iteration - len(path))
            path.append(step.coef)
            if step.iteration >= 25 or (step.iteration > 2 and np.array_equal(path[-1], path[-2])):
                break
    except GlmnnError:
        return []
    return path


def _quasi_newton(case: Case, zeros: Array) -> Iterator[Cause]:
    """Yield the states of scikit-learn's L-BFGS, with no penalty, its default, and others that people choose."""
    plain = np.eye(zeros.size)
    yield from _replayed(case, "L-BFGS from zero", _minimized(case, 0.0, plain, "L-BFGS-B", zeros))
    for amount in COMMON[:5]:
        path = _minimized(case, amount, plain, "L-BFGS-B", zeros)
        yield from _replayed(case, f"L-BFGS from zero with C = {1 / amount:g}", path, amount)
    for begun, start in (("zero", zeros), ("the null model", null_start(case))):
        if start is not None:
            for method in ("BFGS", "CG"):
                yield from _replayed(case, f"{method} from {begun}", _minimized(case, 0.0, plain, method, start))
    if case.intercept is not None and zeros.size > 1:
        to_data = standardising(case.problem.fresh())
        for amount in (0.0, 1.0):
            method = "L-BFGS from zero on standardised columns (and turned back)"
            path = _minimized(case, amount, to_data, "L-BFGS-B", zeros)
            yield from _replayed(case, method, path, amount, "on standardised columns" if amount else "")


METHODS: dict[str, dict[str, Any]] = {  # settings of scikit-learn's lbfgs, of statsmodels' bfgs and cg
    "L-BFGS-B": {"maxls": 50, "gtol": LOOSE, "ftol": 64 * np.finfo(float).eps},
    "BFGS": {"gtol": 1e-5},
    "CG": {"gtol": 1e-5},
}


def _minimized(case: Case, amount: float, to_data: Array, method: str, start: Array) -> list[Array]:
    """Return the states of a minimiser of the mean loss, in the data's units.

    Parameters
    ----------
    case : Case
    amount : float
        lambda of an L2 penalty on the slopes of the columns of which the steps are taken.
    to_data : ndarray of shape (p, p)
        coef = to_data gamma, gamma being the coefficients of those columns.
    method : str
        As scipy calls it.
    start : ndarray of shape (p,)
        gamma to start from.
    """
    rows, held = float(case.whole.prior_weight.sum()), amount * case.slopes
    path: list[Array] = [to_data @ start]
    meter = Meter(case.problem.rows * start.size)

    def loss(gamma: Array) -> tuple[float, Array]:
        meter.tick()
        current = case.problem.first_order(to_data @ gamma)
        pull = held * gamma
        return (0.5 * current.deviance + 0.5 * float(gamma @ pull)) / rows, (pull - to_data.T @ current.score) / rows

    if not isfinite(loss(start)[0]):
        return []
    settings: Any = {"method": method, "options": {"maxiter": MOST_ITERATES, **METHODS[method]}}
    with suppress(Spent):
        minimize(loss, start, jac=True, callback=lambda gamma: path.append(to_data @ gamma), **settings)
    return path


def _replayed(case: Case, method: str, path: list[Array], penalty: float = 0.0, where: str = "") -> Iterator[Cause]:
    """Yield the stop at the state of a path that is the claim."""
    if len(path) < 2:
        return
    lengths = [case.length(coef - case.claimed) for coef in path]  # inf where a state is nan
    place = int(np.argmin(lengths))
    left, floor = lengths[place], case.floor()
    if (place == 0 and not lengths[0] <= 3 * floor) or not explains(case.distance, left, floor):
        return
    tried = len(path) * (50.0 if penalty else 10.0)
    gained = strength(case.distance, left, floor, case.claimed.size, 0, tried, 0.0)
    ended = _was_its_end(case, path, place)
    evidence = (
        f"that run, repeated here, is at the claim after {_iterations(place)}; it {explained(left, case.distance)}",
    )
    parameters = {"iterations": float(place)}

    def replay() -> Replay:
        return Replay(path[place])

    if penalty:
        parameters |= {"lambda": penalty, "C": 1.0 / penalty}
        says = f"an L2 penalty, lambda = {penalty:g} (without the intercept): C = {1 / penalty:g} in scikit-learn"
        says += f"; {where}, with the coefficients turned back to the data's units" if where else ""
        says += "" if ended else f"; and {method} stopped after {_iterations(place)}"
        kind = "l2_standardized" if where else "l2"
        key = kind if ended else f"{kind}+stopped_early"
        yield Cause(key, says, left, case.distance, gained, parameters, evidence, usual=True, replay=replay)
        return
    says = (
        f"{method} ended after {_iterations(place)} by a loose tolerance"
        if ended
        else f"{method} stopped after {_iterations(place)}"
    )
    says += _more(case, path, place)
    key = "loose_tolerance" if ended else "stopped_early"
    yield Cause(key, says, left, case.distance, gained, parameters, evidence, usual=True, replay=replay)


def _iterations(number: int) -> str:
    return f"{number} iteration{'' if number == 1 else 's'}"


def _was_its_end(case: Case, path: list[Array], place: int) -> bool:
    """Say whether a usual rule had ended the run there: the end of the replay, R's rule, a small mean score."""
    if place == 0 or place == len(path) - 1:
        return place > 0
    if float(np.max(np.abs(case.second_order.score))) <= LOOSE * case.problem.rows:
        return True
    before, now = (case.problem.first_order(path[max(k, 0)]).deviance for k in (place - 1, place))
    return abs(now - before) < 1e-8 * (abs(now) + 0.1)


def _more(case: Case, path: list[Array], place: int) -> str:
    """Return how many more states of the path lead to within a thousandth of a standard error."""
    for extra, coef in enumerate(path[place:]):
        if case.length(coef - case.maximum) <= 1e-3:
            return f"; {extra} more would do" if extra else ""
    return ""

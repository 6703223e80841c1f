"""A run that ended too soon: the claim is a state on the path of a known method, before its end."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np
from scipy.optimize import minimize

from glmnn.causes.case import LOOSE, Case, Cause, explains, strength
from glmnn.causes.flow import flow_causes, more_steps
from glmnn.causes.forces import COMMON
from glmnn.errors import GlmnnError
from glmnn.models.evaluation import SecondOrder
from glmnn.models.links import Array
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.updates import UPDATES

SURE = 8.0  # digits of strength of a path in the limit of small steps, with which no run is replayed
MOST_ITERATES = 300  # of L-BFGS
WORK = 3_000_000  # cells of the design up to which paths are replayed
CELL_STEPS = 2e8  # cells times steps that a replay of gradient descent may take
LEARNING_RATES = (0.1, 0.01, 0.001, 0.05, 0.5, 1.0)
DECAYS = (0.01, 0.001, 1e-4, 0.1)  # weight decay on the mean loss


def stopping_causes(case: Case, explained: bool) -> Iterator[Cause]:
    """Yield early stops: of Fisher scoring, Newton's method, L-BFGS, gradient descent.

    Parameters
    ----------
    case : Case
    explained : bool
        Something else explains the claim well, so that only cheap paths are worth replaying.
    """
    if case.problem.rows * case.claimed.size > WORK:
        return
    zeros = np.zeros(case.claimed.size)
    found = [*_scoring(case, zeros), *_quasi_newton(case, zeros)]
    if not explained and not found:
        found += flow_causes(case, zeros, DECAYS)
        if not any(cause.strength >= SURE and cause.left <= 1e-3 * cause.of for cause in found):
            found += _descents(case, zeros)
    yield from found


def _scoring(case: Case, zeros: Array) -> Iterator[Cause]:
    yield from _replayed(case, "Fisher scoring (IRLS)", _fisher(case, None))
    if case.problem.glm.family.name != "binomial":
        middle = _middle_start(case)
        yield from _replayed(case, "Fisher scoring (IRLS, from statsmodels' start)", _fisher(case, middle, 1))
    yield from _replayed(case, "Newton's method from zero", _fisher(case, zeros))


def _fisher(case: Case, start: Array | None, done: int = 0) -> list[Array]:
    """Return the states of Fisher scoring as R and statsmodels go through them, by iteration; nan before the first.

    Parameters
    ----------
    case : Case
    start : ndarray of shape (p,), optional
    done : int
        Iterations of which `start` is the result.
    """
    nowhere = np.full(case.claimed.size, np.nan)
    path: list[Array] = []
    try:
        for step in Fisher(subsample_start=False).steps(case.problem.fresh(), start):
            path += [nowhere] * (step.iteration + done - len(path))
            path.append(step.coef)
            if step.iteration >= 25 or (step.iteration > 2 and np.array_equal(path[-1], path[-2])):
                break
    except GlmnnError:
        return []
    return path


def _middle_start(case: Case) -> Array | None:
    """Return the first state of statsmodels, whose starting means are half way to the mean response."""
    model, whole = case.problem.glm, case.problem.data.whole
    mu = (whole.y + whole.y.mean()) / 2.0
    eta = model.link.link(mu)
    _, score, information = model.pointwise.evaluate(eta, whole.y)
    working = (information * (eta - whole.offset) + score) * whole.prior_weight
    gram = whole.X.T @ (whole.X * (information * whole.prior_weight)[:, None])
    if not np.all(np.isfinite(gram)):
        return None
    return SecondOrder(whole.y.size, 0.0, working @ whole.X, gram).scoring_step()


def _quasi_newton(case: Case, zeros: Array) -> Iterator[Cause]:
    """Yield the states of scikit-learn's L-BFGS, with no penalty, its default, and others that people choose."""
    yield from _replayed(case, "L-BFGS from zero", _lbfgs(case, 0.0, zeros))
    for amount in COMMON[:5]:
        path = _lbfgs(case, amount, zeros)
        yield from _replayed(case, f"L-BFGS from zero with C = {1 / amount:g}", path, amount)


def _lbfgs(case: Case, amount: float, start: Array) -> list[Array]:
    """Return the states of L-BFGS on the mean loss, with the settings of scikit-learn's lbfgs."""
    rows, held = float(case.problem.data.whole.prior_weight.sum()), amount * case.slopes
    path: list[Array] = [start]

    def loss(coef: Array) -> tuple[float, Array]:
        here = case.problem.first_order(coef)
        pull = held * coef
        return (0.5 * here.deviance + 0.5 * float(coef @ pull)) / rows, (pull - here.score) / rows

    if not isfinite(loss(start)[0]):
        return []
    minimize(
        loss, start, jac=True, method="L-BFGS-B", callback=lambda coef: path.append(coef.copy()),
        options={"maxiter": MOST_ITERATES, "maxls": 50, "gtol": LOOSE, "ftol": 64 * np.finfo(float).eps},
    )  # fmt: skip
    return path


def _replayed(case: Case, method: str, path: list[Array], penalty: float = 0.0) -> Iterator[Cause]:
    """Yield the stop at the state of a path that is the claim."""
    if len(path) < 2:
        return
    lengths = [case.length(coef - case.claimed) for coef in path]
    place = int(np.argmin(lengths))
    left, floor = lengths[place], case.floor()
    if (place == 0 and not lengths[0] <= 3 * floor) or not explains(case.distance, left, floor):
        return
    gained = strength(case.distance, left, floor, case.claimed.size, 0, 10.0 * len(path), 0.0)
    ended = _was_its_end(case, path, place)
    evidence = (f"its state {place} is the claim to {left:.1e} of {case.distance:.2g} joint standard errors",)
    parameters = {"iterations": float(place)}
    if penalty:
        parameters |= {"lambda": penalty, "C": 1.0 / penalty}
        says = f"an L2 penalty, lambda = {penalty:g} (without the intercept): C = {1 / penalty:g} in scikit-learn"
        says += "" if ended else f"; and {method} stopped after {_iterations(place)}"
        yield Cause("l2" if ended else "l2+stopped_early", says, left, case.distance, gained, parameters, evidence)
        return
    says = (
        f"{method} ended after {_iterations(place)} by a loose tolerance"
        if ended
        else f"{method} stopped after {_iterations(place)}"
    )
    says += _more(case, path, place)
    yield Cause(
        "loose_tolerance" if ended else "stopped_early", says, left, case.distance, gained, parameters, evidence
    )


def _iterations(number: int) -> str:
    return f"{number} iteration{'' if number == 1 else 's'}"


def _was_its_end(case: Case, path: list[Array], place: int) -> bool:
    """Say whether a usual rule had ended the run there: the end of the replay, R's rule, a small mean score."""
    if place == 0 or place == len(path) - 1:
        return place > 0
    if float(np.max(np.abs(case.here.score))) <= LOOSE * case.problem.rows:
        return True
    before, now = (case.problem.first_order(path[max(k, 0)]).deviance for k in (place - 1, place))
    return abs(now - before) < 1e-8 * (abs(now) + 0.1)


def _more(case: Case, path: list[Array], place: int) -> str:
    """Return how many more states of the path lead to within a thousandth of a standard error."""
    for extra, coef in enumerate(path[place:]):
        if case.length(coef - case.maximum) <= 1e-3:
            return f"; {extra} more would do" if extra else ""
    return ""


def _descents(case: Case, zeros: Array) -> Iterator[Cause]:
    """Yield full-batch runs of the update rules from zero, at learning rates that people choose."""
    cells = case.problem.rows * case.claimed.size
    for name, most in (("gd", 10_000), ("momentum", 2_000), ("adam", 2_000), ("nesterov", 1_000)):
        steps = int(min(most, CELL_STEPS / cells))
        for rate in LEARNING_RATES:
            yield from _descent(case, zeros, name, rate, steps, 0.0)
    for rate in LEARNING_RATES[:2]:
        for decay in DECAYS:
            yield from _descent(case, zeros, "gd", rate, int(min(2_000, CELL_STEPS / cells)), decay)


def _descent(case: Case, start: Array, name: str, rate: float, steps: int, decay: float) -> Iterator[Cause]:
    problem, rows = case.problem, case.problem.rows
    rule = UPDATES[name](rate)
    state, coef = rule.init(start), start
    path = np.empty((steps + 1, start.size))
    path[0] = start
    for step in range(1, steps + 1):
        change, state = rule.apply(decay * coef - problem.score(coef) / rows, state)
        coef = coef + change
        path[step] = coef
    away = path - case.claimed
    squared = np.einsum("ij,jk,ik->i", away, case.metric, away)
    if not np.any(np.isfinite(squared)):
        return
    place = int(np.nanargmin(squared))
    left, floor = case.length(away[place]), case.floor()
    last = case.length(path[-1] - case.claimed)
    if place == 0 or not explains(case.distance, left, floor) or not last > max(10.0 * left, 3.0 * floor):
        return
    tried = 60.0 * steps
    gained = strength(case.distance, left, floor, start.size, 0, tried, 0.0)
    method = {"gd": "gradient descent"}.get(name, name)
    says = f"{method} from zero at a learning rate of {rate:g}, stopped after {place:,} steps"
    key, parameters = "stopped_early", {"learning_rate": rate, "steps": float(place)}
    if decay:
        key = "l2_all+stopped_early"
        says += f", with weight_decay = {decay:g} (lambda = {decay * rows:g}, with the intercept)"
        parameters |= {"weight_decay": decay, "lambda": decay * rows}
    elif name == "gd":
        says += more_steps(case, rate)
    evidence = (f"that run passes the claim at {left:.1e} of {case.distance:.2g} joint standard errors",)
    yield Cause(key, says, left, case.distance, gained, parameters, evidence)

"""What may have pulled a claim off the maximum: the score at the claim is then a sum of few known vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log10

import numpy as np

from glmnn.causes.case import LOOSE, Case, Cause, explains, strength
from glmnn.causes.reading import Reading
from glmnn.models.evaluation import Mask, solve_scaled
from glmnn.models.links import Array

COMMON = (1.0, 10.0, 100.0, 0.1, 0.01, 2.0, 0.5)  # lambda = 1 / C that people choose
RATES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 5e-4, 5e-3, 0.05, 0.5, 2e-2, 2e-3)  # lambda / rows: alpha, weight decay
ABSURD = 100.0  # lambda / rows that nobody chooses
PAIR = 0.01  # standard errors that a penalty with an early stop may leave
CLOSE = 0.05  # relative, within which a common value is tried


@dataclass(frozen=True)
class Pull:
    """One force at a point, in the coordinates of a reading.

    Attributes
    ----------
    key : str
    vector : ndarray of shape (p,)
        The score of the log-likelihood at the claim is amount times this.
    curvature : ndarray of shape (p, p)
        What amount times this adds to the information.
    legal : callable
        Which amounts make sense.
    """

    key: str
    vector: Array
    curvature: Array
    legal: Callable[[float], bool]


@dataclass(frozen=True)
class Local:
    """Score and information of a reading in its own coordinates gamma."""

    gamma: Array
    score: Array
    information: Array
    slopes: Array

    @classmethod
    def of(cls, reading: Reading) -> Local:
        """Return the local view of a reading."""
        here = reading.here
        information = reading.to_data.T @ here.information @ reading.to_data
        return cls(reading.gamma, reading.to_data.T @ here.score, information, reading.slopes)


def _positive(amount: float) -> bool:
    return amount > 0


def _below_one(amount: float) -> bool:
    return amount < 1


def ridge(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L2 penalty: lambda gamma, on the intercept too if `everywhere`."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes
    return Pull("l2_all" if everywhere else "l2", held * local.gamma, np.diag(held), _positive)


def lasso(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L1 penalty: lambda sign(gamma)."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes
    return Pull("l1", held * np.sign(local.gamma), np.zeros((held.size, held.size)), _positive)


def class_weights(reading: Reading) -> Pull | None:
    """Return the pull of weighting the ones by 1 - amount; None unless the response is 0/1."""
    whole = reading.problem.data.whole
    if reading.problem.glm.family.name != "binomial" or np.any((whole.y != 0) & (whole.y != 1)):
        return None
    block = whole.rows(whole.y == 1)
    if block.y.size in (0, whole.y.size):
        return None
    ones = reading.problem.glm.second_order(reading.coef, block)
    curvature = -(reading.to_data.T @ ones.information @ reading.to_data)
    return Pull("class_weights", reading.to_data.T @ ones.score, curvature, _below_one)


def slow(local: Local, curvature: Array) -> Pull:
    """Return the pull along the flattest direction, all that is left of a gradient run after enough steps."""
    information = local.information + curvature
    _, vectors = np.linalg.eigh(information)
    return Pull("stopped_early", information @ vectors[:, 0], np.zeros_like(information), lambda _amount: True)


def pulled_causes(case: Case, reading: Reading) -> Iterator[Cause]:
    """Yield the causes made of this reading with one or two forces."""
    if not reading.sound:
        return
    local = Local.of(reading)
    weights = class_weights(reading)
    has_intercept = bool(np.any(local.slopes == 0))
    ridges = [ridge(local, False)] + ([ridge(local, True)] if has_intercept else [])
    lassos = [lasso(local, False)] + ([lasso(local, True)] if has_intercept else [])
    combinations: list[list[Pull]] = [[pull] for pull in (*ridges, *lassos)]
    combinations += [[ridges[0], lassos[0]]]
    if reading.key == "":
        combinations += [[slow(local, np.zeros_like(local.information))]]
        combinations += [[pull, slow(local, pull.curvature)] for pull in ridges]
    if weights is not None:
        combinations += [[weights], *([weights, pull] for pull in ridges)]
    for pulls in combinations:
        found = _weigh(case, reading, local, pulls)
        if found is not None:
            yield found


def _weigh(case: Case, reading: Reading, local: Local, pulls: list[Pull]) -> Cause | None:
    """Return the cause that these pulls make together, or None where they do not explain the score."""
    keys = "+".join(pull.key for pull in pulls)
    sparse = any(pull.key == "l1" for pull in pulls)
    held = local.gamma != 0 if sparse else np.ones(local.gamma.size, dtype=bool)
    zeros = int(np.sum(~held))
    if held.sum() <= 0:
        return None
    amounts = _fitted(local, pulls, held)
    if not np.all(np.isfinite(amounts)):
        return None
    for _ in range(8):  # the flattest direction depends on the penalty beside it
        if len(pulls) < 2 or pulls[1].key != "stopped_early":
            break
        pulls = [pulls[0], slow(local, max(float(amounts[0]), 0.0) * pulls[0].curvature)]
        amounts = _fitted(local, pulls, held)
        if not np.all(np.isfinite(amounts)):
            return None
    if not all(pull.legal(amount) for pull, amount in zip(pulls, amounts, strict=True)):
        return None
    if sparse and not _zeros_stay(local, held, pulls, amounts):
        return None
    floor = case.floor(reading.from_claim)
    left, residual = _left(case, reading, local, pulls, amounts, held)
    free, tried, prior = reading.free + len(pulls), reading.tried, reading.prior + _PRIORS.get(keys, 0.0) + 1.5 * zeros
    equations = int(held.sum())
    gained = strength(case.distance, left, floor, equations, free, tried, prior)
    nice = _common_value(case, local, reading.problem.rows, pulls, amounts)
    if nice is not None:
        left_nice, residual_nice = _left(case, reading, local, pulls, nice, held)
        gained_nice = strength(case.distance, left_nice, floor, equations, free - 1, 18.0 * tried, prior)
        if gained_nice > gained - 1.0 and explains(case.distance, left_nice, floor):
            amounts, left, residual, gained = nice, left_nice, residual_nice, gained_nice
        else:
            nice = None
    elif pulls[0].key in ("l2", "l2_all", "l1") and amounts[0] > ABSURD * reading.problem.rows:
        return None  # the first steps of a run from zero look like a penalty as strong as that
    rows = reading.problem.rows
    loose = not explains(case.distance, left, floor)
    if len(pulls) > 1 and left > max(3.0 * floor, PAIR) and pulls[1].key == "stopped_early":
        return None  # two numbers taken from the claim fit many things roughly
    if loose and not (np.max(np.abs(residual)) <= LOOSE * rows and left <= 0.5 * case.distance):
        return None
    if equations - free < 1 and nice is None:
        return None
    return replace(_described(case, reading, pulls, amounts, left, gained, loose), usual=nice is not None)


def _fitted(local: Local, pulls: list[Pull], held: Mask) -> Array:
    """Return the amounts that explain the score best, in the metric of the information."""
    rows = np.flatnonzero(held)
    information = local.information[np.ix_(rows, rows)]
    columns = np.column_stack([pull.vector[rows] for pull in pulls])
    scale = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    try:
        factor = np.linalg.cholesky(information / np.outer(scale, scale))
        left = np.linalg.solve(factor, columns / scale[:, None])
        right = np.linalg.solve(factor, local.score[rows] / scale)
        return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0])
    except np.linalg.LinAlgError:
        return np.full(len(pulls), np.nan)


def _left(
    case: Case, reading: Reading, local: Local, pulls: list[Pull], amounts: Array, held: Mask
) -> tuple[float, Array]:
    """Return the standard errors that are left, and the part of the score that is."""
    rows = np.flatnonzero(held)
    residual = local.score - sum(
        (amount * pull.vector for pull, amount in zip(pulls, amounts, strict=True)), np.zeros_like(local.score)
    )
    curved = local.information + sum(
        (amount * pull.curvature for pull, amount in zip(pulls, amounts, strict=True)),
        np.zeros_like(local.information),
    )
    part = curved[np.ix_(rows, rows)]
    step = np.zeros_like(local.gamma)
    diagonal = np.diagonal(part)
    if np.any(diagonal <= 0) or not np.all(np.isfinite(part)):
        return np.inf, residual
    step[rows] = solve_scaled(part, np.sqrt(diagonal), residual[rows])
    residual = np.where(held, residual, 0.0)
    return reading.left(case, reading.to_data @ step), residual


def _zeros_stay(local: Local, held: Mask, pulls: list[Pull], amounts: Array) -> bool:
    """Say whether coefficients of exactly 0 are where an L1 penalty of this size would keep them."""
    amount = max(float(a) for pull, a in zip(pulls, amounts, strict=True) if pull.key == "l1")
    return bool(np.all(np.abs(local.score[~held]) <= amount * (1 + 1e-2)))


def _common_value(case: Case, local: Local, rows: int, pulls: list[Pull], amounts: Array) -> Array | None:
    """Return the amounts with the first replaced by a value that people choose, when one is near."""
    candidates: list[float] = []
    if pulls[0].key in ("l2", "l2_all", "l1"):
        candidates = [*COMMON, *(rows * rate for rate in RATES), *(2 * rows * rate for rate in (0.01, 0.001))]
    elif pulls[0].key == "class_weights":
        ones = float(np.mean(case.problem.data.whole.y))
        candidates = [1.0 - ratio for ratio in ((1 - ones) / ones, 2.0, 5.0, 10.0, 0.5, 0.2, 0.1)]
    elif pulls[0].key == "stopped_early":
        return None
    near = [value for value in candidates if abs(value - amounts[0]) <= CLOSE * abs(value)]
    if not near:
        return None
    chosen = np.array(amounts)
    chosen[0] = min(near, key=lambda value: abs(value - amounts[0]))
    if len(pulls) > 1:  # the other amount, given this one
        rest = replace(local, score=local.score - chosen[0] * pulls[0].vector)
        chosen[1:] = _fitted(rest, pulls[1:], np.ones(local.gamma.size, dtype=bool))
    return chosen


_PRIORS = {
    "l2": 1.0,
    "l2_all": 0.5,
    "l1": -0.5,
    "l2+l1": -1.0,
    "class_weights": 0.5,
    "stopped_early": 0.0,
    "l2+stopped_early": -1.0,
    "l2_all+stopped_early": -1.0,
    "class_weights+l2": -0.5,
    "class_weights+l2_all": -0.5,
}


def _described(
    case: Case, reading: Reading, pulls: list[Pull], amounts: Array, left: float, gained: float, loose: bool
) -> Cause:
    keys = {"l2+l1": "elastic_net"}.get("+".join(pull.key for pull in pulls), "+".join(pull.key for pull in pulls))
    parameters: dict[str, float] = {}
    words: list[str] = []
    rows = reading.problem.rows
    for pull, amount in zip(pulls, amounts, strict=True):
        size = float(amount)
        if pull.key in ("l2", "l2_all"):
            parameters |= {"lambda": size, "C": 1.0 / size, "weight_decay": size / rows}
            where = "with" if pull.key == "l2_all" else "without"
            words.append(
                f"an L2 penalty, lambda = {size:.6g} ({where} the intercept): C = {1.0 / size:.6g} in scikit-learn, "
                f"alpha or weight_decay = {size / rows:.6g} on the mean loss"
            )
        elif pull.key == "l1":
            parameters |= {"lambda_1": size}
            where = "with" if pull.vector[reading.slopes == 0].any() else "without"
            words.append(
                f"an L1 penalty, lambda = {size:.6g} ({where} the intercept), {size / rows:.6g} on the mean loss"
            )
        elif pull.key == "class_weights":
            ratio = 1.0 - size
            parameters |= {"ratio": ratio}
            ones = float(np.mean(reading.problem.data.whole.y))
            balanced = abs(ratio / ((1 - ones) / ones) - 1) < 1e-3
            words.append(
                f"class weights: a row with 1 counts {ratio:.6g} times a row with 0"
                + (" (balanced)" if balanced else "")
            )
        else:
            words.append(
                "a gradient run that stopped early: what is left lies along the flattest direction of the loss"
            )
    says = " and ".join(words)
    if reading.says:
        says = f"{says}; {reading.says}"
    if loose:
        says += "; and a loose tolerance on top"
    key = f"{keys}_{reading.scale}" if reading.scale else f"{keys}+{reading.key}" if reading.key else keys
    shown = f"{log10(max(case.distance, 1e-12) / max(left, 1e-12)):.1f}" if left < case.distance else "0"
    evidence = (
        f"{'they account' if len(pulls) > 1 else 'it accounts'} for the score at the claim to {shown} digits: "
        f"{left:.1e} of {case.distance:.2g} joint standard errors remain",
        *reading.evidence,
    )
    return Cause(key, says, left, case.distance, gained, {**parameters, **reading.parameters}, evidence)

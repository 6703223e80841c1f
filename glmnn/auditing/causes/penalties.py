"""What may have pulled a claim off the maximum: the score at the claim is then a sum of few known vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log10

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.claimed import Case, Cause, Replay, explains, strength
from glmnn.auditing.causes.gate import in_claim, settled
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.kernels.linear_algebra import solve_scaled
from glmnn.models.evaluation import SecondOrder

COMMON = (1.0, 10.0, 100.0, 0.1, 0.01, 2.0, 0.5)  # lambda = 1 / C that people choose
RATES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 5e-4, 5e-3, 0.05, 0.5, 2e-2, 2e-3)  # lambda / rows: alpha, weight decay
ABSURD = 100.0  # lambda / rows that nobody chooses
PAIR = 0.01  # standard errors that a penalty with an early stop may leave
UNWRITTEN = 1.0  # digits that a penalty loses of which no written form is near enough
CLOSE = 0.05  # relative, within which a common value is tried
BALANCED = 1e-3  # relative, within which a ratio of class weights is the balanced one
STEEPEST = 1e3  # ratio of class weights beyond which nobody writes one
GRIDS = tuple(10.0 ** (4.0 - 8.0 * k / 9.0) for k in range(10))  # lambda of scikit-learn's default grid, Cs=10


LARGE = 200_000  # rows from which a part of them is asked first,
PART_ROWS = 20_000  # of about so many,
HOPELESS = 20.0  # and times its expectation that chi-squared must be to turn a reading down


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
    at : callable, optional
        Vector and curvature at other coefficients gamma; None for a force that is known at the claim alone.
    """

    key: str
    vector: Array
    curvature: Array
    legal: Callable[[float], bool]
    at: Callable[[Array], tuple[Array, Array]] | None = None


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


def _written_ratio(amount: float) -> bool:
    return bool(1.0 / STEEPEST <= 1.0 - amount <= STEEPEST)


def ridge(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L2 penalty: lambda gamma, on the intercept too if `everywhere`."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes

    def at(gamma: Array) -> tuple[Array, Array]:
        return held * gamma, np.diag(held)

    return Pull("l2_all" if everywhere else "l2", *at(local.gamma), _positive, at)


def lasso(local: Local, everywhere: bool) -> Pull:
    """Return the pull of an L1 penalty: lambda sign(gamma)."""
    held = np.ones_like(local.slopes) if everywhere else local.slopes
    constant = held * np.sign(local.gamma), np.zeros((held.size, held.size))
    return Pull("l1", *constant, _positive, lambda _gamma: constant)


def class_weights(reading: Reading) -> Pull | None:
    """Return the pull of weighting the ones by 1 - amount; None unless the response is 0/1."""
    whole = reading.problem.all_rows("a search for causes")
    if not reading.problem.glm.family.trials or np.any((whole.y != 0) & (whole.y != 1)):
        return None
    block = whole.rows(whole.y == 1)
    if block.y.size in (0, whole.y.size):
        return None

    def at(gamma: Array) -> tuple[Array, Array]:
        ones = reading.problem.glm.second_order(reading.to_data @ gamma, block)
        return reading.to_data.T @ ones.score, -(reading.to_data.T @ ones.information @ reading.to_data)

    return Pull("class_weights", *at(reading.gamma), _written_ratio, at)


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
    many = reading.problem.rows >= LARGE
    weights = class_weights(reading) if not many or not (reading.key or reading.scale) else None
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
        yield from _weigh(case, reading, local, pulls)


def hopeless(case: Case, reading: Reading) -> bool:
    """Say whether a part of many rows already shows that no force explains the score of this reading.

    At the maximum the score of a part is what chance makes it, its information its covariance; a force adds its
    share. What is left of the best fit of all forces is then about chi-squared, far from it where the reading is wrong.
    """
    rows = reading.problem.rows
    if rows < LARGE or np.any(reading.gamma == 0):
        return False
    part = replace(reading, problem=reading.problem.subsample(rows // PART_ROWS))
    if not part.sound:
        return False
    local, weights = Local.of(part), class_weights(part)
    pulls = [ridge(local, everywhere=False), ridge(local, everywhere=True), lasso(local, everywhere=False)]
    pulls += [] if weights is None else [weights]
    if len(pulls) >= local.gamma.size:
        return False
    amounts = _fitted(local, pulls, np.ones(local.gamma.size, dtype=bool))
    if not np.all(np.isfinite(amounts)):
        return False
    left = local.score - sum((a * pull.vector for a, pull in zip(amounts, pulls, strict=True)), 0.0 * local.score)
    squared = float(left @ solve_scaled(local.information, np.sqrt(np.diagonal(local.information)), left))
    dispersion = case.estimate.maximum.dispersion
    return bool(squared / (dispersion if dispersion > 0 else 1.0) > HOPELESS * (local.gamma.size + 10.0))


def _weigh(case: Case, reading: Reading, local: Local, pulls: list[Pull]) -> Iterator[Cause]:
    """Yield the cause that these pulls make together, at the amounts fitted and at those that people write."""
    keys = "+".join(pull.key for pull in pulls)
    sparse = any(pull.key == "l1" for pull in pulls)
    held = local.gamma != 0 if sparse else np.ones(local.gamma.size, dtype=bool)
    zeros = int(np.sum(~held))
    if held.sum() <= 0:
        return
    amounts = _fitted(local, pulls, held)
    if not np.all(np.isfinite(amounts)):
        return
    for _ in range(8):  # the flattest direction depends on the penalty beside it
        if len(pulls) < 2 or pulls[1].key != "stopped_early":
            break
        pulls = [pulls[0], slow(local, max(float(amounts[0]), 0.0) * pulls[0].curvature)]
        amounts = _fitted(local, pulls, held)
        if not np.all(np.isfinite(amounts)):
            return
    if not all(pull.legal(amount) for pull, amount in zip(pulls, amounts, strict=True)):
        return
    if sparse and not _zeros_stay(local, held, pulls, amounts):
        return
    floor = case.floor(reading.from_claim)
    left, residual = _left(case, reading, local, pulls, amounts, held)
    free, tried, prior = reading.free + len(pulls), reading.tried, reading.prior + _PRIORS.get(keys, 0.0) + 1.5 * zeros
    equations = int(held.sum())
    if len(pulls) > 1 and left > max(3.0 * floor, PAIR) and pulls[1].key == "stopped_early":
        return  # two numbers taken from the claim fit many things roughly
    rows = reading.problem.rows
    written = [(nice, digits, 1) for nice, digits in _common_values(case, local, rows, pulls, amounts)]
    for chosen, digits, fewer in ((amounts, 0.0, 0), *written):
        left, residual = _left(case, reading, local, pulls, chosen, held)
        if not explains(case.distance, left, floor) or equations - free + fewer < 1:
            continue
        if not fewer and pulls[0].key in ("l2", "l2_all", "l1") and chosen[0] > ABSURD * rows:
            continue  # the first steps of a run from zero look like a penalty as strong as that
        if not fewer and len(pulls) > 1 and pulls[1].key == "stopped_early":
            continue  # where the run stopped is not known, so nothing could be replayed for a penalty nobody writes
        odd = UNWRITTEN if not fewer and keys in ("l2", "l2_all", "l1") else 0.0
        gained = strength(case.distance, left, floor, equations, free - fewer, 10.0**digits * tried, prior - odd)
        found = _described(case, reading, pulls, chosen, left, gained)
        found = replace(found, usual=fewer > 0, free=free - fewer)
        if len(pulls) > 1 and pulls[1].key == "stopped_early":
            alone = _left(case, reading, local, pulls[:1], chosen[:1], held)[0]
            if fewer and explains(case.distance, alone, floor):  # the rest, along the flattest direction, is tolerance
                short = _described(case, reading, pulls[:1], chosen[:1], left, gained)
                found = replace(found, key=short.key, says=f"{short.says}; and a loose tolerance on top")
            yield found
        else:
            largest = float(np.max(np.abs(residual))) / rows
            yield replace(found, replay=_replay(case, reading, pulls, chosen, held, largest))


def _replay(
    case: Case, reading: Reading, pulls: list[Pull], amounts: Array, held: Mask, largest: float
) -> Callable[[], Replay | None] | None:
    """Return the replay: the estimate under the forces, by Newton's steps on the coefficients that are not 0."""
    forces = [(amount, pull.at) for amount, pull in zip(amounts.tolist(), pulls, strict=True)]
    rows = np.flatnonzero(held)
    to_data = reading.to_data[:, rows]

    def at(part: Array) -> SecondOrder:
        gamma = np.zeros(held.size)
        gamma[rows] = part
        here = reading.problem.second_order(reading.to_data @ gamma)
        score, information = to_data.T @ here.score, to_data.T @ here.information @ to_data
        for amount, force in forces:
            assert force is not None
            vector, curvature = force(gamma)
            score, information = score - amount * vector[rows], information + amount * curvature[np.ix_(rows, rows)]
        return SecondOrder(here.rows, here.deviance, score, information)

    def replay() -> Replay | None:
        part = settled(at, reading.gamma[rows])
        return None if part is None else Replay(in_claim(case, reading, to_data @ part), largest)

    return None if any(force is None for _, force in forces) else replay


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


def _common_values(
    case: Case, local: Local, rows: int, pulls: list[Pull], amounts: Array
) -> Iterator[tuple[Array, float]]:
    """Yield the amounts with the first replaced by values that people choose, and how many digits that choice costs."""
    if pulls[0].key == "class_weights":
        for ratio, digits in _written_ratios(case, 1.0 - float(amounts[0])):
            chosen = _refitted(local, pulls, 1.0 - ratio)
            yield chosen, digits
            if len(pulls) > 1:
                unit = _weight_of_zeros(case, ratio)
                for value, more in written_penalties(float(chosen[1]) * unit, rows):
                    yield np.array([chosen[0], value / unit]), digits + more - 1.0  # one number less is free
    elif pulls[0].key != "stopped_early":
        for value, digits in written_penalties(float(amounts[0]), rows):
            yield _refitted(local, pulls, value), digits


def _refitted(local: Local, pulls: list[Pull], amount: float) -> Array:
    """Return the amounts whose first is given."""
    if len(pulls) == 1:
        return np.array([amount])
    rest = replace(local, score=local.score - amount * pulls[0].vector)
    return np.append(amount, _fitted(rest, pulls[1:], np.ones(local.gamma.size, dtype=bool)))


def written_penalties(amount: float, rows: int) -> Iterator[tuple[float, float]]:
    """Yield the lambdas near this one that people write, and how many digits it costs to have tried them.

    A common lambda or C, a common alpha on the mean loss, scikit-learn's grid; lambda, C or alpha of two digits.
    """
    if not (np.isfinite(amount) and amount > 0):
        return
    alphas = [*(rows * rate for rate in RATES), *(2 * rows * rate for rate in (0.01, 0.001))]
    near = [value for value in (*COMMON, *alphas, *GRIDS) if abs(value - amount) <= CLOSE * value]
    yield from ((value, 1.25) for value in near)
    yield from ((value, 2.5) for value in (_short(amount), 1.0 / _short(1.0 / amount), rows * _short(amount / rows)))


def _written_ratios(case: Case, ratio: float) -> Iterator[tuple[float, float]]:
    """Yield the ratios of class weights near this one that people write: balanced, or of two digits."""
    if not (np.isfinite(ratio) and ratio > 0):
        return
    balanced = balanced_ratio(case)
    if abs(ratio - balanced) <= CLOSE * balanced:
        yield balanced, 0.5
    yield from ((value, 2.0) for value in (_short(ratio), 1.0 / _short(1.0 / ratio)))


def _short(value: float) -> float:
    """Return a value rounded to two significant digits."""
    return float(f"{value:.1e}")


def balanced_ratio(case: Case) -> float:
    """Return how much more a row with 1 counts than one with 0 where both classes count the same."""
    ones = float(np.mean(case.whole.y))
    return (1.0 - ones) / ones


def _weight_of_zeros(case: Case, ratio: float) -> float:
    """Return the weight of a row with 0 in the tool: 1, or rows / (2 zeros) where classes are balanced."""
    if abs(ratio / balanced_ratio(case) - 1.0) > BALANCED:
        return 1.0
    return 0.5 / (1.0 - float(np.mean(case.whole.y)))


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


def _described(case: Case, reading: Reading, pulls: list[Pull], amounts: Array, left: float, gained: float) -> Cause:
    keys = {"l2+l1": "elastic_net"}.get("+".join(pull.key for pull in pulls), "+".join(pull.key for pull in pulls))
    parameters: dict[str, float] = {}
    words: list[str] = []
    rows = reading.problem.rows
    weighted = pulls[0].key == "class_weights"
    unit = _weight_of_zeros(case, 1.0 - float(amounts[0])) if weighted else 1.0
    for pull, amount in zip(pulls, amounts, strict=True):
        size = float(amount) * (unit if pull.key in ("l2", "l2_all") else 1.0)
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
            balanced = abs(ratio / balanced_ratio(case) - 1) < BALANCED
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
    key = f"{keys}+{reading.key}" if reading.key else keys
    if reading.scale and keys != "stopped_early":
        first, plus, second = keys.partition("+")
        key = f"{first}_{reading.scale}{plus}{second}" if second == "stopped_early" else f"{keys}_{reading.scale}"
    shown = f"{log10(max(case.distance, 1e-12) / max(left, 1e-12)):.1f}" if left < case.distance else "0"
    evidence = (
        f"{'they account' if len(pulls) > 1 else 'it accounts'} for the score at the claim to {shown} digits: "
        f"{left:.1e} of {case.distance:.2g} joint standard errors remain",
        *reading.evidence,
    )
    return Cause(key, says, left, case.distance, gained, {**parameters, **reading.parameters}, evidence)

"""What may have pulled a claim off the maximum: the score at the claim is then a sum of few known vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.claimed import Case, Cause, Replay, explains, strength
from glmnn.auditing.causes.gate import in_claim, settled
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.auditing.causes.penalty_words import (
    PRIORS,
    described,
    weight_of_zeros,
    written_penalties,
    written_ratios,
)
from glmnn.auditing.causes.pulls import Local, Pull, class_weights, lasso, ridge
from glmnn.kernels.linear_algebra import solve_scaled
from glmnn.models.evaluation import SecondOrder

ABSURD = 100.0  # lambda / rows that nobody chooses
PAIR = 0.01  # standard errors that a penalty with an early stop may leave
UNWRITTEN = 1.0  # digits that a penalty loses of which no written form is near enough


LARGE = 200_000  # rows from which a part of them is asked first,
PART_ROWS = 20_000  # of about so many,
HOPELESS = 20.0  # and times its expectation that chi-squared must be to turn a reading down


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
        alone = [] if reading.scale else [[weights]]  # without a penalty the scale of a column is nothing
        combinations += [*alone, *([weights, pull] for pull in ridges)]
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
    free, tried, prior = reading.free + len(pulls), reading.tried, reading.prior + PRIORS.get(keys, 0.0) + 1.5 * zeros
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
        cause = described(case, reading, pulls, chosen, left, gained)
        cause = replace(cause, usual=fewer > 0, free=free - fewer)
        if len(pulls) > 1 and pulls[1].key == "stopped_early":
            alone = _left(case, reading, local, pulls[:1], chosen[:1], held)[0]
            if fewer and explains(case.distance, alone, floor):  # the rest, along the flattest direction, is tolerance
                short = described(case, reading, pulls[:1], chosen[:1], left, gained)
                cause = replace(cause, key=short.key, says=f"{short.says}; and a loose tolerance on top")
            yield cause
        else:
            largest = float(np.max(np.abs(residual))) / rows
            yield replace(cause, replay=_replay(case, reading, pulls, chosen, held, largest))


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
        current = reading.problem.second_order(reading.to_data @ gamma)
        score, information = to_data.T @ current.score, to_data.T @ current.information @ to_data
        for amount, force in forces:
            assert force is not None
            vector, curvature = force(gamma)
            score, information = score - amount * vector[rows], information + amount * curvature[np.ix_(rows, rows)]
        return SecondOrder(current.rows, current.deviance, score, information)

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
        for ratio, digits in written_ratios(case, 1.0 - float(amounts[0])):
            chosen = _refitted(local, pulls, 1.0 - ratio)
            yield chosen, digits
            if len(pulls) > 1:
                unit = weight_of_zeros(case, ratio)
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

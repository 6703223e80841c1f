"""The gate that every cause passes before it is named: its estimate is computed, and must be the claim."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import LOOSE, PART, WHOLE, Case, Cause, Replay
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.models.evaluation import SecondOrder

VISIBLE = 1e-3  # standard errors: as far as that a claim in full precision counts as the estimate of a cause
SHARE = 1e-2  # of the distance, up to which it does
PRINTED = 1e-5  # standard errors by which tools miss their own estimate; printed digits allow no more
SETTLE = 1e-10  # standard errors: a replay has ended when its step is shorter than this
MOST_STEPS = 30  # of a replay
FITTED = 2.0  # times half a unit: where a number was taken from the claim, its rounding moved that number too


class Match(Enum):
    """How near the estimate of a cause is to the claim."""

    DIGITS = "every coefficient to its digits"
    TOLERANCE = "but for what a loose tolerance leaves"
    NONE = "not"


def match_of(case: Case, cause: Cause) -> Match:
    """Say whether the estimate that a cause implies is the claim."""
    if cause.replay is None:
        near = min(VISIBLE, SHARE * case.distance)
        return Match.DIGITS if cause.left <= max(3.0 * case.floor(), near) else Match.NONE
    replayed = cause.replay()
    if replayed is None or not np.all(np.isfinite(replayed.coef)):
        return Match.NONE
    apart = replayed.coef - case.claimed
    slack = min(PRINTED, 0.1 * SHARE * case.distance) if case.printed else min(VISIBLE, SHARE * case.distance)
    units = FITTED if cause.free else 1.0 + 1e-6
    if np.all(np.abs(apart) <= units * case.half_units + slack / np.sqrt(np.diagonal(case.metric))):
        return Match.DIGITS
    if cause.free and case.length(apart) <= case.floor():
        return Match.DIGITS  # numbers fitted in this metric bring the rounding no further away than it was
    if replayed.mean_score <= LOOSE and case.length(apart) <= min(WHOLE, PART * case.distance):
        return Match.TOLERANCE
    return Match.NONE


def replay_of(case: Case, reading: Reading) -> Callable[[], Replay | None]:
    """Return the replay of a reading: the maximum of its problem, as the claim would tell it."""

    def replay() -> Replay | None:
        coef = settled(reading.problem.second_order, reading.coef)
        largest = float(np.max(np.abs(reading.to_data.T @ reading.second_order.score))) / reading.problem.rows
        return None if coef is None else Replay(in_claim(case, reading, coef), largest)

    return replay


def settled(at: Callable[[Array], SecondOrder], start: Array) -> Array | None:
    """Return where Newton's steps from the claim end, None where they do not."""
    coef = start
    for _ in range(MOST_STEPS):
        current = at(coef)
        if not np.isfinite(current.deviance) or not np.all(np.isfinite(current.information)):
            return None
        step = current.scoring_step()
        coef = coef + step
        squared = float(step @ current.information @ step)
        if not squared < 1e6:
            return None
        if squared <= SETTLE**2:
            return coef
    return coef if squared <= (1e3 * SETTLE) ** 2 else None


def in_claim(case: Case, reading: Reading, coef: Array) -> Array:
    """Return coefficients of a reading as numbers of the claim: what a small difference from the claim maps to."""
    change = coef - reading.coef
    if reading.embedded is not None:
        return np.asarray(case.claimed + reading.embedded @ change)
    if reading.from_claim is None:
        return np.asarray(case.claimed + change)
    return np.asarray(case.claimed + np.linalg.solve(reading.from_claim, change))

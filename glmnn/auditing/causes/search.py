"""Find the cause: every hypothesis is weighed, the ones that explain the claim are ranked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import log10

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import LOOSE, WHOLE, Case, Cause, Found, Replay, explained, explains, strength
from glmnn.auditing.causes.early_stopping import stopping_causes
from glmnn.auditing.causes.encoded import encoded_readings
from glmnn.auditing.causes.factor_coding import level_readings
from glmnn.auditing.causes.gate import Match, match_of, replay_of
from glmnn.auditing.causes.hypothesis import Reading, plain
from glmnn.auditing.causes.other_models import rival_readings
from glmnn.auditing.causes.other_rows import row_readings
from glmnn.auditing.causes.penalties import hopeless, pulled_causes
from glmnn.auditing.causes.remedies import mend
from glmnn.auditing.causes.rescaling import unit_readings
from glmnn.auditing.causes.squared_error import squared_error
from glmnn.data.dataset import InMemory
from glmnn.fitting.estimate import Estimate, Maximum
from glmnn.kernels.threads import one_thread
from glmnn.problem.problem import Problem

ENOUGH = 4.0  # digits of strength from which a cause is named
SETTLED = 8.0  # digits from which nobody needs to replay a solver's path,
EXACT = 1e-6  # when no more than this part of the distance is left
SIMPLER = 6.0  # digits that a second force must bring beside a penalty before it is believed
ROUNDED = 3.0  # times what the rounding of the claim may hide: as far as that no cause can be told from another
FINE = 1e-5  # standard errors that a penalty leaves in a run that converged
FEW = 8.0  # digits that the claim must carry about its distance from the maximum before silence means something
RIVAL = 0.6  # part of the best strength from which another cause is named beside it
DEARER = 2.5  # digits that a number taken from a claim of few digits must bring in addition
ON_TOP = "; and a loose tolerance on top"
MOST_NAMED = 3  # causes that are named, or told as not excluded


def find_causes(case: Case) -> Found:
    """Return the causes that explain the claim, or else those that its digits cannot exclude."""
    obvious = _not_fitted(case)
    if obvious is not None:
        return Found((obvious,))
    hidden = case.distance <= ROUNDED * case.floor()
    few = hidden or _digits(case) < FEW
    skipped: list[str] = []
    with np.errstate(all="ignore"), one_thread():
        weighed = list(_weighed(case))
        named = [] if hidden else _named(case, weighed)
        if not hidden and not any(map(_is_settled, named)):
            explained = any(cause.strength >= SETTLED and not _forced(cause) for cause in named)
            weighed += stopping_causes(case, explained, skipped)
            named = _named(case, weighed)
        if not named and not hidden:
            named = _named(case, list(_last_resort(case)))
        possible = _possible(case, weighed) if few and not named else ()
    return Found(tuple(replace(cause, mend=mend(case, cause)) for cause in named), possible, few, tuple(skipped))


def _digits(case: Case) -> float:
    """Return the digits that a cause gains that gives the claim to its digits."""
    return case.claimed.size * log10(max(case.distance / case.floor(), 1.0))


def _named(case: Case, weighed: list[Cause]) -> list[Cause]:
    """Return the causes that are strong enough and whose replay is the claim, the likeliest first."""
    passed: list[Cause] = []
    few = case.printed and _digits(case) < FEW
    for cause in sorted(weighed, key=lambda cause: -cause.strength - cause.usual):
        if cause.strength < ENOUGH + (DEARER * cause.free if few else 0.0):
            continue
        if passed and cause.strength < RIVAL * passed[0].strength - SIMPLER:
            break
        held = _through(case, cause)
        if held is not None:
            passed.append(held)
    left = [cause for cause in passed if not any(_makes_needless(other, cause) for other in passed)]
    seen: dict[str, Cause] = {}
    for cause in left:
        if cause.strength >= RIVAL * left[0].strength:
            seen.setdefault(cause.key, _as_written(cause, left))
    return list(seen.values())


def _as_written(cause: Cause, others: list[Cause]) -> Cause:
    """Return the same cause with a number that people write, where what a tolerance leaves blurs the fitted one."""
    if cause.usual or not cause.says.endswith(ON_TOP):
        return cause
    written = (other for other in others if other.usual and other.key == cause.key and other.says.endswith(ON_TOP))
    return next(written, cause)


def _through(case: Case, cause: Cause) -> Cause | None:
    """Return the cause as it may be named: as it is, with a loose tolerance on top, or not at all."""
    match match_of(case, cause):
        case Match.DIGITS:
            return replace(cause, replay=None)
        case Match.TOLERANCE:
            return replace(cause, says=f"{cause.says}{ON_TOP}", replay=None)
        case Match.NONE:
            return None


def _possible(case: Case, weighed: list[Cause]) -> tuple[Cause, ...]:
    """Return the causes, however weak, that give the claim to its digits: those with no number taken from it first."""
    weak = [cause for cause in weighed if cause.replay is not None and np.isfinite(cause.strength)]
    possible: dict[str, Cause] = {}
    for cause in sorted(weak, key=lambda cause: (cause.free > 0, -cause.strength)):
        if cause.key not in possible and match_of(case, cause) is Match.DIGITS:
            possible[cause.key] = replace(cause, replay=None)
        if len(possible) == MOST_NAMED:
            break
    return tuple(possible.values())


def _not_fitted(case: Case) -> Cause | None:
    """Return what there is to say of zeros, and of the null model."""
    slopes = case.claimed[case.slopes > 0]
    if np.any(slopes) or not slopes.size:
        return None
    if not np.any(case.claimed):
        says = "all coefficients are 0: nothing was fitted, or a penalty held everything at 0"
        return Cause("zeros", says, 0.0, case.distance, SETTLED)
    intercept = np.eye(case.claimed.size)[:, [case.intercept or 0]]
    block = case.whole
    null = Problem(case.problem.glm, InMemory(("(Intercept)",), block._replace(X=block.X @ intercept)))
    step = intercept @ null.second_order(intercept.T @ case.claimed).scoring_step()
    left = case.length(step)
    if not left <= max(3.0 * case.floor(), 1e-3):
        return None
    says = "this is the null model: an intercept, and no feature has any effect"
    return Cause("null_model", says, left, case.distance, SETTLED)


def _is_settled(cause: Cause) -> bool:
    """Say whether nobody needs to replay a solver's path: the fit is exact, and not by numbers taken from the claim."""
    exact = cause.strength >= SETTLED and cause.left <= EXACT * cause.of
    return exact and (not _forced(cause) or (cause.usual and "+" not in cause.key))


def _forced(cause: Cause) -> bool:
    """Say whether numbers of the cause were fitted to the claim, as the first steps of a run look like a penalty."""
    return not {"l2", "l2_all", "l1", "elastic_net", "class_weights", "stopped_early"}.isdisjoint(cause.key.split("+"))


def find_links(case: Case, other: Array, half_units: Array) -> tuple[Cause, ...]:
    """Return the maps that turn the claim into another vector, the simplest first.

    Parameters
    ----------
    case : Case
    other, half_units : ndarray of shape (p,)
        The other coefficients and their rounding.
    """
    rounding = replace(case, half_units=np.maximum(case.half_units, half_units))
    of = case.length(case.claimed - other)
    plain_floor = rounding.floor()
    if of <= 3.0 * plain_floor:
        return (Cause("equal", "they are the same within their rounding", of, of, 0.0),)
    target = replace(rounding, estimate=_with_maximum(case, other))
    causes: list[Cause] = []
    for readings in (unit_readings, level_readings):
        for reading in readings(target):
            left, floor = case.length(reading.coef - other), rounding.floor(reading.from_claim)
            if reading.key and explains(of, left, max(floor, plain_floor)):
                gained = strength(of, left, max(floor, plain_floor), other.size, 0, reading.tried, reading.prior)
                causes.append(Cause(reading.key, reading.says, left, of, gained))
    ranked = sorted((cause for cause in causes if cause.strength >= ENOUGH), key=lambda cause: -cause.strength)
    return tuple({cause.key: cause for cause in reversed(ranked)}.values())[::-1]


def _with_maximum(case: Case, coef: Array) -> Estimate:
    return replace(case.estimate, outcome=Maximum(partial(replace, case.estimate.maximum, coef=coef)))


def _makes_needless(simple: Cause, double: Cause) -> bool:
    """Say whether one of the forces of a double cause explains the claim about as well alone."""
    parts, whole = (set(re.sub(r"elastic_net(\w*)", r"l2\1+l1", cause.key).split("+")) for cause in (simple, double))
    if not (parts < whole and simple.strength >= ENOUGH):
        return False
    # a tolerance accounts for what a penalty that people choose leaves, nothing for what an early stop leaves
    penalty = simple.usual or simple.left <= FINE or "class_weights" in whole
    return double.strength < simple.strength + (SIMPLER if penalty and simple.key != "stopped_early" else 0.0)


def _weighed(case: Case) -> Iterator[Cause]:
    reading = plain(case)
    yield from pulled_causes(case, reading)
    yield from squared_error(case)
    for readings in (unit_readings, level_readings, encoded_readings, rival_readings, row_readings):
        for reading in readings(case):
            if hopeless(case, reading):
                continue
            yield from _as_read(case, reading)
            if reading.pulled:
                yield from pulled_causes(case, reading)
    yield from _one_coefficient(case)


def _as_read(case: Case, reading: Reading) -> Iterator[Cause]:
    """Yield a reading as a cause when the claim, so read, is a maximum."""
    if not reading.key or not reading.sound:
        return
    step = reading.second_order.scoring_step()
    left, floor = reading.left(case, step), case.floor(reading.from_claim)
    if not explains(case.distance, left, floor):
        return
    gained = strength(case.distance, left, floor, step.size, reading.free, reading.tried, reading.prior)
    gained = min(gained, reading.most)
    evidence = (f"that {explained(left, case.distance)}", *reading.evidence)
    yield Cause(
        reading.key, reading.says, left, case.distance, gained, dict(reading.parameters), evidence,
        free=reading.free, replay=replay_of(case, reading),
    )  # fmt: skip


def _one_coefficient(case: Case) -> Iterator[Cause]:
    """Yield a single wrong coefficient among right ones."""
    if case.claimed.size < 3:
        return
    off = np.abs(case.claimed - case.maximum) / np.maximum(
        case.half_units * 1.01, 1e-6 / np.sqrt(np.diagonal(case.metric))
    )
    wrong = np.flatnonzero(off > 1.0)
    if wrong.size != 1:
        return
    place = int(wrong[0])
    others = np.delete(case.claimed - case.maximum, place)
    left = case.length(np.insert(others, place, 0.0))
    gained = strength(case.distance, left, case.floor(), case.claimed.size, 1, case.claimed.size, -1.0)
    turned = bool(np.isclose(case.claimed[place], -case.maximum[place], rtol=1e-6, atol=2 * case.half_units[place]))
    says = f"one coefficient alone is wrong, {case.names[place]}; all others are right"
    other = "columns moved by a constant" if place == case.intercept else "other units of this column"
    says += ": its sign is turned" if turned else f" (a slip in copying, or {other}?)"
    evidence = (f"that {explained(left, case.distance)}",)
    yield Cause(
        "one_coefficient", says, left, case.distance, gained, {}, evidence, free=1,
        replay=lambda: Replay(np.where(np.arange(case.claimed.size) == place, case.claimed, case.maximum)),
    )  # fmt: skip


def _last_resort(case: Case) -> Iterator[Cause]:
    """Yield the loose tolerance: no structure, but a score so small that well-known defaults stop there."""
    largest = float(np.max(np.abs(case.second_order.score))) / case.problem.rows
    if largest <= LOOSE and case.distance <= WHOLE:
        says = (
            "the solver stopped at a loose tolerance: scikit-learn's and glum's defaults stop where the slope of the "
        )
        says += f"mean log-likelihood is below {LOOSE:g}"
        evidence = (f"that slope is {largest:.1e} at the claim, and no other cause fits",)
        yield Cause(
            "loose_tolerance", says, case.distance, case.distance, ENOUGH, {}, evidence,
            replay=lambda: Replay(case.claimed),
        )  # fmt: skip

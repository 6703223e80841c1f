"""Other models, weights and columns of which the claim may be the maximum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from glmnn.arrays import Array, Block
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.data.dataset import InMemory
from glmnn.errors import GlmnnError
from glmnn.models.families import BINOMIAL, FAMILIES, GAUSSIAN, POISSON, negative_binomial
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, INVERSE, LINKS, LOG, LOGIT, SQRT
from glmnn.problem.penalty import Firth
from glmnn.problem.problem import Problem

MOST_COLUMNS = 30  # of the table, tried as weights
LEAST_COUNT = 2.0  # number of values that a column of weights has


def rival_readings(case: Case) -> Iterator[Reading]:
    """Yield the claim as the maximum of another model of the same rows."""
    yield from _without_intercept(case)
    yield from _other_models(case)
    yield from _swapped(case)
    yield from _negative_binomial(case)
    yield from _other_weights(case)
    yield from _other_offsets(case)
    yield from _firth(case)


def _same(case: Case, key: str, says: str, problem: Problem, tried: float, prior: float = 0.0) -> Reading:
    return Reading(key, says, problem, case.claimed, np.eye(case.claimed.size), tried=tried, prior=prior)


def _without_intercept(case: Case) -> Iterator[Reading]:
    place = case.intercept
    if place is None or case.claimed.size < 2 or case.claimed[place] != 0:
        return
    kept = np.arange(case.claimed.size) != place
    problem = Problem(case.problem.glm, case.problem.data.without({case.names[place]}))
    embedded = np.eye(case.claimed.size)[:, kept]
    yield Reading(
        "no_intercept", "the model was fitted without an intercept", problem, case.claimed[kept],
        np.eye(int(kept.sum())), embedded=embedded, prior=3.0, pulled=True,
        evidence=("the intercept of the claim is 0",),
    )  # fmt: skip
    if case.without_intercept:
        filled = case.claimed.copy()
        filled[place] = case.maximum[place]
        yield Reading(
            "intercept_not_given", "the slopes are right and the intercept was left out of the claim",
            case.problem, filled, np.eye(filled.size), prior=3.0,
        )  # fmt: skip


def _other_models(case: Case) -> Iterator[Reading]:
    model, whole = case.problem.glm, case.whole
    rivals: list[tuple[GLM | None, float]] = []
    if model.family.trials:
        for link in LINKS.values():
            rivals.append((_glm(model.family, link), 0.0))
        rivals += [(_glm(GAUSSIAN, IDENTITY), 0.5), (_glm(POISSON, LOG), -0.5)]
    else:
        families = [family for family in FAMILIES.values() if not family.trials]
        links = [LOG, IDENTITY, INVERSE, SQRT, model.family.default_link]
        families.sort(key=lambda family: family is not GAUSSIAN)  # of two that fit alike, least squares is the likelier
        rivals = [
            (_glm(family, link), 0.25 * (family is GAUSSIAN))
            for family in (model.family, *families)
            for link in (model.link, *links, family.default_link)
        ]
        if np.all((whole.y == 0) | (whole.y == 1)):
            rivals.append((_glm(BINOMIAL, LOGIT), 0.0))
    seen = {model}
    for rival, prior in rivals:
        if rival is None or rival in seen or not _legal(rival, whole.y):
            continue
        seen.add(rival)
        says = f"the model is another one: {rival.family.name} with the {rival.link.name} link"
        if rival == GLM(GAUSSIAN, IDENTITY):
            says = "the model is another one: least squares, gaussian with the identity link"
        problem = Problem(rival, case.problem.data)
        yield replace(_same(case, "other_link", says, problem, 12, prior), parameters={})
    if model.link in (LOG, IDENTITY) and model.family.means == (0.0, np.inf):
        for shift, words in ((0.0, "the response"), (1.0, "the response + 1"), (0.5, "the response + 0.5")):
            if np.all(whole.y + shift > 0):
                logged = whole._replace(y=np.log(whole.y + shift))
                problem = Problem(GLM(GAUSSIAN, IDENTITY), InMemory(case.names, logged))
                yield _same(case, "other_link", f"least squares on the logarithm of {words}", problem, 12)


def _swapped(case: Case) -> Iterator[Reading]:
    """Yield 0 and 1 of the response swapped, where that is more than a change of all signs."""
    model, whole = case.problem.glm, case.whole
    if model.family.trials and model.link.centre != 0.5:
        problem = Problem(model, InMemory(case.names, whole._replace(y=1.0 - whole.y)))
        yield _same(case, "swapped_response", "0 and 1 of the response are swapped", problem, 2, 1.0)


def _negative_binomial(case: Case) -> Iterator[Reading]:
    """Yield the negative binomial with the alpha that brings its score at the claim nearest to zero."""
    model, whole = case.problem.glm, case.whole
    if model.link != LOG or np.any(whole.y != np.round(whole.y)) or np.any(whole.y < 0):
        return

    def at(exponent: float) -> Reading:
        alpha = float(10.0**exponent)
        problem = Problem(GLM(negative_binomial(alpha), LOG), case.problem.data)
        says = f"the model is another one: negative binomial with alpha = {alpha:.6g} (theta = {1 / alpha:.6g})"
        same = _same(case, "other_link", says, problem, 12)
        return replace(same, free=1, parameters={"alpha": alpha})

    def left(exponent: float) -> float:
        reading = at(exponent)
        return reading.left(case, reading.second_order.scoring_step()) if reading.sound else np.inf

    grid = np.linspace(-4.0, 2.0, 25)
    middle = grid[np.argmin([left(value) for value in grid])]
    best = minimize_scalar(left, bounds=(middle - 0.25, middle + 0.25), method="bounded", options={"xatol": 1e-10})
    yield at(0.0 if abs(best.x) < 1e-4 else float(best.x))


def _glm(family: object, link: object) -> GLM | None:
    try:
        return GLM(family, link)  # type: ignore[arg-type]
    except GlmnnError:
        return None


def _legal(model: GLM, y: Array) -> bool:
    return bool(np.all(model.family.support.holds(y)))


def _other_weights(case: Case) -> Iterator[Reading]:
    design, table = case.estimate.design, case.estimate.table
    whole = case.whole
    if case.options.weights is not None:
        says = f"the weights ({case.options.weights}) were not used"
        weight = np.ones_like(whole.y)
        if case.options.trials is not None:
            weight = table.numbers(case.options.trials)[design.rows]
        problem = _with(case, whole._replace(prior_weight=weight))
        yield _same(case, "weights_ignored", says, problem, 2, 1.0)
        return
    taken = {design.target, case.options.trials, case.options.exposure, case.options.offset}
    others = [name for name, column in table.columns.items() if column.numbers is not None and name not in taken]
    for name in others[:MOST_COLUMNS]:
        values = table.columns[name].numbers
        assert values is not None
        weight = values[design.rows]
        if not np.all(weight >= 0) or not weight.any() or np.unique(weight).size < LEAST_COUNT:
            continue
        used = weight > 0
        block = whole._replace(prior_weight=whole.prior_weight * weight).rows(used)
        says = f"the column {name!r} was used as weights"
        yield _same(case, "weights_used", says, _with(case, block), 3.0 * len(others))
    if case.options.trials is not None:
        problem = _with(case, whole._replace(prior_weight=np.ones_like(whole.y)))
        yield _same(case, "weights_ignored", "the trials were not used as weights", problem, 2, 1.0)


def _other_offsets(case: Case) -> Iterator[Reading]:
    model, whole = case.problem.glm, case.whole
    named = case.options.exposure or case.options.offset
    if named is not None:
        says = f"the {'exposure' if case.options.exposure else 'offset'} ({named}) was left out"
        problem = _with(case, whole._replace(offset=np.zeros_like(whole.offset)))
        yield _same(case, "offset_ignored", says, problem, 2, 1.0)
    table, design = case.estimate.table, case.estimate.design
    for name, column in table.columns.items() if named is None and model.link.multiplicative else ():
        values = None if column.numbers is None or name == design.target else column.numbers[design.rows]
        if values is not None and np.all(values > 0) and np.unique(values).size > 1:
            problem = _with(case, whole._replace(offset=whole.offset + np.log(values)))
            yield _same(
                case, "offset_used", f"the column {name!r} was used as exposure", problem, 2.0 * len(table.columns)
            )
    taken = {design.target, *design.recipe.columns, case.options.weights, case.options.trials}
    for name, column in table.columns.items() if named is None else ():
        if column.numbers is not None and name not in taken and np.all(np.isfinite(column.numbers[design.rows])):
            problem = _with(case, whole._replace(offset=whole.offset + column.numbers[design.rows]))
            yield _same(
                case, "offset_used", f"the column {name!r} was used as offset", problem, 2.0 * len(table.columns)
            )
    if case.options.exposure is not None:
        raw = _with(case, whole._replace(offset=np.exp(whole.offset)))
        says = f"the exposure ({named}) was added without taking its logarithm"
        yield _same(case, "offset_ignored", says, raw, 4)
        rate = whole.y / np.exp(whole.offset)
        block = Block(whole.X, rate, whole.prior_weight, np.zeros_like(whole.offset))
        yield _same(
            case, "offset_ignored", "rates were fitted without weighting them by exposure", _with(case, block), 4
        )


def _firth(case: Case) -> Iterator[Reading]:
    if case.problem.glm.family.jeffreys and case.problem.glm.canonical:
        problem = Problem(case.problem.glm, case.problem.data, penalty=Firth())
        says = "Firth's penalised likelihood (Jeffreys prior), as brglm2 and logistf fit"
        yield _same(case, "firth", says, problem, 4)


def _with(case: Case, block: Block) -> Problem:
    return Problem(case.problem.glm, InMemory(case.names, block))

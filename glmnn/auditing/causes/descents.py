"""Full-batch runs of the update rules from zero, replayed step by step at the learning rates that people choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.budget import Budget
from glmnn.auditing.causes.claimed import Case, Cause, Replay, explained, explains, strength
from glmnn.auditing.causes.gradient_flow import Flow, Space, more_steps
from glmnn.solvers.updates import UPDATES, UpdateRule

DIGITS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 8.0)  # leading digits of learning rates
DECADES = range(-9, 3)
ADAPTIVE = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)  # rates of Adam
ADAPTIVE_STEPS = 2_000
LENGTHS = (150, 700, 3_000)  # steps; runs of about the same length go side by side
LONGEST = 20_000  # steps, of runs at the commonest rates
COMMONEST = (1.0, 5.0)  # their leading digits
LIMIT = 0.05  # times the inverse of the largest curvature: rates above it do not follow the limit of small steps,
STEEP = 0.5  # nor do these where others pass the claim,
RESTLESS = 1_000  # and steps of such runs that are replayed whatever the limit of small steps says
ROUGH = 0.3  # part of the distance within which the limit of small steps must pass the claim otherwise
MEMORY = 0.9  # of momentum
SELDOM = UPDATES["nesterov"]  # replayed last


@dataclass(frozen=True)
class Rates:
    """Learning rates of one rule on one loss.

    Attributes
    ----------
    rule : UpdateRule
    loss : str
        How the loss is added up, for the sentence.
    unit : float
        By which the summed loss is multiplied.
    rates : ndarray of shape (R,)
    steps : ndarray of shape (R,)
        About how many steps lead to the claim.
    """

    rule: UpdateRule
    loss: str
    unit: float
    rates: Array
    steps: Array

    def some(self, chosen: Mask | NDArray[np.intp]) -> Rates:
        """Return a part of them."""
        return Rates(self.rule, self.loss, self.unit, self.rates[chosen], self.steps[chosen])


@dataclass(frozen=True)
class Plan:
    """Runs that go side by side.

    Attributes
    ----------
    space : Space
        The columns on which the steps are taken.
    rates : Rates
    decay : float
        Weight decay on the mean loss.
    held : ndarray of shape (p,)
        1 for every coefficient that decays.
    """

    space: Space
    rates: Rates
    decay: float
    held: Array

    @property
    def longest(self) -> int:
        """Steps of the longest run."""
        return int(1.1 * self.rates.steps.max()) + 30


def plans_of(space: Space, flow: Flow, decay: float, held: Array) -> Iterator[Plan]:
    """Yield the runs of gradient descent and momentum that may pass the claim.

    Parameters
    ----------
    space : Space
    flow : Flow
        Where the limit of small steps comes nearest to the claim.
    decay : float
    held : ndarray of shape (p,)
    """
    for rates in _rates(space.case, space, flow):
        common = np.isin(np.round(_leading(rates.rates), 6), COMMONEST) & (rates.loss == "mean")
        done = 0
        for most in LENGTHS:
            yield Plan(space, rates.some((rates.steps > done) & (rates.steps <= most)), decay, held)
            done = most
        for place in np.flatnonzero(common & (rates.steps > done) & (rates.steps <= LONGEST)):
            yield Plan(space, rates.some(np.array([place])), decay, held)


def adaptive(space: Space) -> Plan:
    """Return the runs of Adam."""
    rates = np.array(ADAPTIVE)
    steps = np.full(rates.size, float(ADAPTIVE_STEPS))
    return Plan(
        space, Rates(UPDATES["adam"], "mean", 1.0 / space.case.problem.rows, rates, steps), 0.0, 0.0 * space.one
    )


def replayed(case: Case, plans: list[Plan], budget: Budget) -> Iterator[list[Cause]]:
    """Yield what each plan finds, the short ones first."""
    plans = [plan for plan in plans if plan.rates.rates.size]
    for plan in sorted(plans, key=lambda plan: (plan.rates.rule == SELDOM, plan.longest)):
        yield list(_run(case, plan, budget))


def _rates(case: Case, space: Space, flow: Flow) -> Iterator[Rates]:
    rows, total = case.problem.rows, float(case.whole.prior_weight.sum())
    units = {"mean": 1.0 / rows, "summed": 1.0}
    if abs(total / rows - 1.0) > 1e-9:
        units["mean over the trials"] = 1.0 / total
    every = np.array([digit * 10.0**power for power in DECADES for digit in DIGITS])
    for loss, unit in units.items():
        for rule in (UPDATES["gd"], UPDATES["momentum"], SELDOM):
            reach = 1.0 / (1.0 - MEMORY) if rule.memory else 1.0
            if rule.memory and loss != "mean":
                continue
            size = every * unit * space.largest  # 2 and more is unstable
            steps = flow.time / (every * unit * reach)
            # the larger the steps, the further from their limit they may lead
            near = flow.left <= max(ROUGH * case.distance, 3.0 * case.floor()) * np.minimum(1.0, 3.0 * size * reach)
            near &= steps >= 0.7
            restless = size > (LIMIT if not near.any() else STEEP)
            chosen = (size < (4.2 if rule.memory else 2.2)) & (near | restless)
            steps = np.maximum(np.where(near, steps, 0.0), np.where(restless, RESTLESS, 0.0))
            yield Rates(rule, loss, unit, every[chosen], steps[chosen])


def _leading(rates: Array) -> Array:
    return np.asarray(rates / 10.0 ** np.floor(np.log10(rates) + 1e-9))


def _run(case: Case, plan: Plan, budget: Budget) -> Iterator[Cause]:
    """Yield the runs, taken side by side, one of whose states is the claim."""
    space, rates = plan.space, plan.rates
    what = f"{rates.rule.title} from zero{space.says} at learning rates from {rates.rates.min():g}"
    steps = budget.steps(what, plan.longest, case.problem.rows * rates.rates.size, space.one.size)
    if steps < 2:
        return
    path = np.empty((steps + 1, space.one.size, rates.rates.size))
    path[0] = 0.0
    side_by_side: Any = rates.rates  # a rule takes a rate for each run as it takes one for all
    rule, scores = rates.rule(side_by_side), space.side_by_side(rates.rates.size)
    coef = path[0]
    state = rule.init(coef)
    pull = plan.decay * plan.held[:, None]
    for step in range(1, steps + 1):
        gradient = -rates.unit * scores(coef)
        change, state = rule.apply(gradient + pull * coef if plan.decay else gradient, state)
        coef = coef + change
        path[step] = coef
    away = np.einsum("jk,ikr->ijr", space.to_data, path) - case.claimed[:, None]
    squared = np.einsum("ijr,jk,ikr->ir", away, case.metric, away)
    squared = np.where(np.isfinite(squared), squared, np.inf)
    places = np.argmin(squared, axis=0)
    for column in np.argsort(squared[places, np.arange(places.size)])[:2]:
        place = int(places[column])
        if 0 < place < steps and np.isfinite(squared[place, column]):
            coefs = space.to_data @ path[place, :, column]
            last = float(np.sqrt(squared[steps, column]))
            yield from _cause(case, plan, float(rates.rates[column]), place, coefs, last)


def _cause(case: Case, plan: Plan, rate: float, steps: int, coef: Array, last: float) -> Iterator[Cause]:
    space, rates, decay, held = plan.space, plan.rates, plan.decay, plan.held
    left, floor = case.length(coef - case.claimed), case.floor()
    # where the path has come to its end, the place on it says nothing
    if not explains(case.distance, left, floor) or not last > max(10.0 * left, 3.0 * floor):
        return
    tried = 60.0 * max(steps, 100) * (1.0 if rates.loss == "mean" else 3.0)
    gained = strength(case.distance, left, floor, case.claimed.size, 0, tried, 0.0)
    loss = "" if rates.loss == "mean" else f" ({rates.loss} loss)"
    says = f"{rates.rule.title} from zero at a learning rate of {rate:g}{loss}{space.says}"
    says += f", stopped after {steps:,} steps"
    key, parameters = "stopped_early", {"learning_rate": rate, "steps": float(steps)}
    if not rates.rule.memory:
        parameters["time"] = rate * steps * rates.unit * case.problem.rows
    if decay:
        key = ("l2_all" if held.all() else "l2") + "+stopped_early"
        amount = decay * case.problem.rows
        where = "with" if held.all() else "without"
        says += f", with weight_decay = {decay:g} (lambda = {amount:g}, {where} the intercept)"
        parameters |= {"weight_decay": decay, "lambda": amount}
    elif not rates.rule.memory and not space.says:
        says += more_steps(case, rate * rates.unit * case.problem.rows)
    evidence = (f"that run, repeated here, comes to the claim; it {explained(left, case.distance)}",)
    yield Cause(key, says, left, case.distance, gained, parameters, evidence, usual=True, replay=lambda: Replay(coef))

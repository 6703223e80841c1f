"""001: a video that fits a simulated logistic regression by statsmodels, then as a network by PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import InMemory
from glmnn.fitting.iteration_counts import by_statsmodels
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.replaying.row import OFF, Row, computed, counted, method, remark, said
from glmnn.replaying.runs import descended, fitted
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit

NAMES = ("intercept", "x1", "x2")
TRUTH = (0.3, -1.0, 2.0)
BY_STATSMODELS, BY_TORCH = ("0.4", "-0.9", "2"), ("0.41", "-0.94", "1.99")
STEPS = 10_000
FAR = 3.0  # standard errors
DRAWS = 1000
CHI_SQUARED = 11.34  # 99 % of chi-squared on 3 degrees of freedom


def rows() -> Iterator[Row]:
    """Yield every number of the video; its seed and its learning rate are not given."""
    comparison = fitted("video", solver=["fisher"])
    inference, problem = comparison.estimate.maximum, comparison.estimate.problem
    mle, error = inference.coef, inference.std_error
    many = by_statsmodels(comparison.estimate.reference.deviances()) or 0
    yield counted("rows", "simulation", "1000", problem.rows)
    yield counted("iterations", "GLM summary", "7", many, "on another draw: the video shows no seed")
    for name, truth, value, unit in zip(NAMES, TRUTH, mle, error, strict=True):
        away = abs(value - truth) / unit
        note = f"{away:.1f} standard errors from the truth in glmnn's draw"
        yield method(f"true {name}", "simulation", f"{truth:g}", float(value), away < FAR, note)
    yield from _other_draws()
    for name, one, other in zip(NAMES, BY_TORCH, BY_STATSMODELS, strict=True):
        rounded = f"{float(one):.{len(other.partition('.')[2])}f}"
        yield said(f"torch's {name}, rounded", "end: almost exactly", other, rounded, "to the digits shown by the GLM")
    loss = problem.first_order(mle).deviance / 2.0
    whole = problem.all_rows("a replay")
    p, y = problem.model.fitted(mle, whole), whole.y
    apart = float(abs(loss + np.sum(y * np.log(p) + (1.0 - y) * np.log1p(-p))) / loss)
    yield method(
        "BCE and log-likelihood", "loss", "exactly the same", apart, apart < 1e-13,
        "the binary cross-entropy is minus the log-likelihood", OFF,
    )  # fmt: skip
    yield from _descents(problem, mle, error, many)


def _other_draws() -> Iterator[Row]:
    """Yield what the video's design makes of other draws: what belongs to it, and what to the draw shown."""
    draws = np.array([_one_draw(seed) for seed in range(DRAWS)])
    often = 100.0 * float(np.mean(draws[:, 0] == 7))
    yield method(
        "iterations, other draws", "GLM summary", "7", often, often > 97.0,
        f"so many of {DRAWS:,} draws take 7 too: the number belongs to the design, not to the draw", "%",
    )  # fmt: skip
    coef, shown = draws[:, 1:], np.array([float(text) for text in BY_TORCH])
    for place, (name, theirs) in enumerate(zip(NAMES, BY_TORCH, strict=True)):
        share = 100.0 * float(np.mean(coef[:, place] < shown[place]))
        note = f"percentile of the printed estimate among {DRAWS:,} draws; its seed and its rate are not given"
        yield method(f"estimate: {name}", "PyTorch", theirs, share, 0.1 < share < 99.9, note, "%")
    away = shown - coef.mean(axis=0)
    squared = float(away @ np.linalg.solve(np.cov(coef.T), away))
    yield method(
        "all three together", "PyTorch", ", ".join(BY_TORCH), squared, squared < CHI_SQUARED,
        f"chi-squared on 3 degrees of freedom against the {DRAWS:,} draws; 11.34 is passed by one draw in a hundred",
        "chi2",
    )  # fmt: skip


def _one_draw(seed: int) -> tuple[float, ...]:
    """Return the iterations by statsmodels' rule, and the estimates, of one draw of the video's design."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(1000), rng.uniform(-3.0, 3.0, (1000, 2))])
    y = (rng.random(1000) < LOGIT.inverse(X @ TRUTH)).astype(float)
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y))
    steps = list(islice(Fisher().steps(problem), 11))
    seen = [(step.iteration, step.second_order.deviance) for step in steps if step.second_order is not None]
    return (float(by_statsmodels(seen) or 0), *steps[-1].coef)


def _descents(problem: Problem, mle: Array, error: Array, many: int) -> Iterator[Row]:
    reached = descended(problem.fresh(), 0.1, STEPS)
    away = float(np.max(np.abs(reached - mle) / error))
    yield method(
        "10,000 steps, rate 0.1", "PyTorch", "almost exactly", away, away < 1e-8,
        "the rate is not given; at 0.1 the 10,000 steps reach the maximum of glmnn's draw", "SE",
    )  # fmt: skip
    away = float(np.max(np.abs(descended(problem.fresh(), 0.01, STEPS) - mle) / error))
    note = "a tenth of the rate, and 10,000 steps are not enough"
    yield computed("10,000 steps, rate 0.01", "PyTorch's loop", away, "0.061", note, "SE")
    neuron = fit(problem.fresh(), Gradient(lr=0.1, standardize=False))
    yield method(
        "steps needed", "end", "10 000", neuron.iterations, many < neuron.iterations < STEPS,
        f"to a Newton step of 1e-8 standard errors; {many} against thousands, as the video says", "at 0.1",
    )  # fmt: skip
    adam = fit(problem.fresh(), Gradient("adam", lr=0.1, standardize=False))
    yield method(
        "steps of Adam", "end", "maybe adam", adam.iterations, many < adam.iterations < neuron.iterations,
        "to the same rule; the video wonders how many Adam would take", "at 0.1",
    )  # fmt: skip
    n, p = problem.rows, problem.data.width
    ratio = STEPS * 4 * n * p / (many * (4 * n * p + 2 * n * p * p + 2 * p**3 / 3))
    yield method(
        "work, 10,000 to 7", "end", "additional computations", ratio, ratio > 1.0,
        "multiplications and additions: an iteration with its information matrix costs "
        f"{STEPS / many / ratio:.1f} steps", ": 1",
    )  # fmt: skip
    yield remark(
        "optimizer", "PyTorch", "stochastic gradient descent", problem.rows, Gradient("gd").batch(problem.rows) is None,
        "PyTorch's class is called SGD; every step has all rows, so it is gradient descent", "rows a step",
    )  # fmt: skip

"""001: a video that fits a simulated logistic regression by statsmodels, then as a network by PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from glmnn.fitting.iteration_counts import by_statsmodels
from glmnn.replaying.row import Row, counted, method, slip
from glmnn.replaying.runs import NOT_PRINTED, descended, fitted
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit

NAMES = ("intercept", "x1", "x2")
TRUTH = (0.3, -1.0, 2.0)
BY_STATSMODELS, BY_TORCH = ("0.4", "-0.9", "2"), ("0.41", "-0.94", "1.99")
STEPS = 10_000
FAR = 3.0  # standard errors of the difference of two draws


def rows() -> Iterator[Row]:
    """Yield every number of the video; its seed and its learning rate are not given."""
    comparison = fitted("video", solver=["fisher"])
    inference, problem = comparison.estimate.inference, comparison.estimate.problem
    assert inference is not None
    mle, error = inference.coef, inference.std_error
    many = by_statsmodels(comparison.estimate.reference.deviances()) or 0
    yield counted("rows", "simulation", "1000", problem.rows)
    yield counted("iterations", "GLM summary", "7", many, "on another draw: the video shows no seed")
    for name, truth, value, unit in zip(NAMES, TRUTH, mle, error, strict=True):
        away = abs(value - truth) / unit
        note = f"{away:.1f} standard errors from the truth in glmnn's draw"
        yield method(f"true {name}", "simulation", f"{truth:g}", float(value), away < FAR, note)
    for name, theirs, value, unit in zip(NAMES, BY_STATSMODELS, mle, error, strict=True):
        away = abs(value - float(theirs)) / hypot(unit, unit)
        note = f"another draw: {away:.1f} standard errors of a difference between two draws"
        yield method(f"GLM: {name}", "GLM summary", theirs, float(value), away < FAR, note)
    there = descended(problem.fresh(), 0.1, STEPS)
    away = float(np.max(np.abs(there - mle) / error))
    note = f"neither seed nor rate is given; at 0.1 the 10,000 steps end {away:.0e} standard errors from the maximum"
    for name, theirs, value in zip(NAMES, BY_TORCH, there, strict=True):
        yield method(f"torch: {name}", "PyTorch", theirs, float(value), away < 1e-8, note)
    away = float(np.max(np.abs(descended(problem.fresh(), 0.01, STEPS) - mle) / error))
    yield method(
        "torch at rate 0.01", NOT_PRINTED, "-", away, 1e-3 < away < 1.0,
        "a tenth of the rate, and 10,000 steps are not enough to agree with the maximum", "SE short",
    )  # fmt: skip
    note = "apart by that many standard errors; both are rounded, and the same to the digits shown"
    for name, one, other, unit in zip(NAMES, BY_TORCH, BY_STATSMODELS, error, strict=True):
        apart = abs(float(one) - float(other)) / unit
        yield method(f"torch - GLM: {name}", "end", f"{one}, {other}", apart, apart < 1.0, note, "SE")
    neuron = fit(problem.fresh(), Gradient(lr=0.1, standardize=False))
    yield method(
        "steps needed", "end", "10000", neuron.iterations, many < neuron.iterations < STEPS,
        f"to a Newton step of 1e-8 standard errors; {many} against thousands, as the video says", "at 0.1",
    )  # fmt: skip
    n, p = problem.data.whole.X.shape
    ratio = STEPS * 4 * n * p / (many * (4 * n * p + 2 * n * p * p + 2 * p**3 / 3))
    yield method(
        "work, 10,000 to 7", "end", "GLM: more a step", ratio, ratio > 1.0,
        "multiplications and additions: an iteration with its information matrix costs "
        f"{STEPS / many / ratio:.1f} steps", ": 1",
    )  # fmt: skip
    yield slip(
        "optimizer", "PyTorch", "SGD", problem.rows, Gradient("gd").batch(problem.rows) is None,
        "every step has all rows: it is gradient descent, nothing about it is stochastic", "rows a step",
    )  # fmt: skip

"""Every family with every link that makes sense, and a well-posed problem for each: the registry of the tests."""

from __future__ import annotations

import zlib

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.errors import UsageError
from glmnn.models.families import FAMILIES, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, power_link
from glmnn.problem.problem import Problem

ALL_FAMILIES = [*FAMILIES.values(), negative_binomial(0.7), tweedie(1.5), tweedie(2.5)]
ALL_LINKS = [*LINKS.values(), power_link(0.4)]


def _models() -> list[GLM]:
    models = []
    for family in ALL_FAMILIES:
        for link in ALL_LINKS:
            try:
                models.append(GLM(family, link))
            except UsageError:
                continue
    return models


MODELS = _models()
MODEL_NAMES = [f"{model.family.name}-{model.link.name}" for model in MODELS]


def typical_means(model: GLM) -> tuple[float, float]:
    """Return two means well inside the family and the link."""
    if model.family.means == (0.0, 1.0):
        return 0.25, 0.75
    if model.link.name in {"logit", "probit", "cloglog", "loglog", "cauchit"}:
        return 0.3, 0.7  # gaussian with a bounded mean: the squared-error neuron
    return 1.5, 4.0


def sample(model: GLM, rows: int = 60, seed: int | None = None) -> Problem:
    """Return data simulated from the model with an intercept, one feature, prior weights and an offset."""
    name = f"{model.family.name}-{model.link.name}"
    rng = np.random.default_rng(zlib.crc32(name.encode()) if seed is None else seed)
    low, high = model.link.link(np.array(typical_means(model)))
    x = np.linspace(-1.0, 1.0, rows)
    offset = 0.02 * rng.uniform(-1, 1, rows) * abs(high - low)
    X = np.column_stack([np.ones(rows), x])
    beta = np.array([(low + high) / 2, (high - low) / 2])
    mu = model.link.inverse(X @ beta + offset)
    weight = rng.integers(1, 4, rows).astype(float)
    match model.family.kind:
        case "gaussian":
            y = mu + 0.05 * rng.standard_normal(rows)
        case "binomial":
            weight *= 5
            y = rng.binomial(weight.astype(int), mu) / weight
        case "poisson" | "negative_binomial":
            y = rng.poisson(mu).astype(float)
        case "tweedie" if model.family.support.zero:
            y = np.where(rng.random(rows) < 0.15, 0.0, rng.gamma(4.0, mu / 4.0))
        case _:
            y = rng.gamma(20.0, mu / 20.0)
    return Problem(model, InMemory.from_arrays(X, y, ("(Intercept)", "x"), weight, offset))

"""The limits of a row's likelihood, against deviances near the ends of the mean."""

import numpy as np
import pytest

from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.limits import rises_to, sides, stays_positive
from glmnn.models.links import LINKS
from pairs import MODEL_NAMES, MODELS

SIDES = [
    (BINOMIAL, "logit", [-1, 0, 1]), (BINOMIAL, "cauchit", [-1, 0, 1]), (BINOMIAL, "log", [-1, 0, 0]),
    (BINOMIAL, "identity", [0, 0, 0]), (POISSON, "log", [-1, 0, 0]), (POISSON, "identity", [0, 0, 0]),
    (POISSON, "sqrt", [0, 0, 0]), (POISSON, "inverse", [1, 0, 0]), (POISSON, "inverse_squared", [1, 0, 0]),
    (negative_binomial(0.5), "inverse", [1, 0, 0]), (tweedie(1.5), "inverse", [1, 0, 0]), (GAUSSIAN, "log", [-1, 0, 0]),
    (GAUSSIAN, "logit", [-1, 0, 1]), (GAUSSIAN, "identity", [0, 0, 0]), (GAMMA, "inverse", [1, 0, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("family", "link", "expected"), SIDES, ids=lambda value: getattr(value, "name", str(value)))
def test_sides_of_a_family_with_a_link(family, link, expected):
    """To which infinity of eta the likelihood of a row with response 0, 1/2 and 1 rises."""
    assert sides(GLM(family, LINKS[link]), np.array([0.0, 0.5, 1.0])).tolist() == expected


def growth(model, end, y):
    """Return by how much the unit deviances grow from a mean near that at an end of eta to a nearer one."""
    with np.errstate(all="ignore"):
        mean, other = model.link.inverse(np.array(model.etas))[[end, 1 - end]]
    inwards = 1.0 if mean < other else -1.0

    def deviances(gap):
        mu = mean + inwards * gap if np.isfinite(mean) else -inwards / gap
        complement = (1.0 - mean) - inwards * gap if np.isfinite(mean) else 1.0 - mu
        return model.family.unit_deviance(y, np.full(y.size, mu), np.full(y.size, complement))

    return deviances(1e-12) - deviances(1e-6)


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_limits_are_those_of_the_deviance(model):
    y = np.array([-1.0, 0.0, 0.5, 1.0, 3.0])
    y = y[model.family.support.holds(y)]
    for end in (0, 1):
        grown, rises = growth(model, end, y), rises_to(model, end, y)
        assert list(rises) == list(grown <= 0)
        assert stays_positive(model, end) == bool(np.all(grown[~rises] < 0.01)) or rises.all()
        assert stays_positive(model, end) or np.all(grown[~rises] > 1)

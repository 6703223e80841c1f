"""The score of gradient descent's loop has the bits of the score."""

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.kernels.choice import chosen
from glmnn.problem.problem import Problem
from pairs import MODEL_NAMES, MODELS, typical_means


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_many_scores_have_the_bits_of_one(model, weighted):
    rng = np.random.default_rng(2)
    rows = 9_000  # two blocks
    X = np.column_stack([np.ones(rows), rng.uniform(-0.1, 0.1, (rows, 2))])
    mean = np.array(typical_means(model)).mean()
    centre = float(model.link.link(np.array([mean]))[0])
    y = np.full(rows, mean) if model.family.trials else np.full(rows, 1.0)
    y[::2] = np.clip(np.round(y[::2]), 0, 1) if model.family.trials else 2.0
    weight, offset = (rng.uniform(0.5, 2.0, rows), rng.uniform(0, 1e-3, rows)) if weighted else (None, None)
    problem = Problem(model, InMemory.from_arrays(X, y, None, weight, offset))
    score = problem.scorer()
    for coef in (np.array([centre, 0.01, -0.02]), np.array([centre, 0.0, 0.03])):
        with chosen("numpy"):  # a compiled score rounds otherwise
            assert np.array_equal(score(coef), problem.score(coef), equal_nan=True)
    assert problem.passes == 4

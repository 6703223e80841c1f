"""The evaluation of rows and the products of blocks, against arithmetic of 40 digits and of another order."""

import numpy as np
import pytest
from mpmath import mp, mpf

from glmnn.kernels.gram import WIDE, gram, weighted_gram
from glmnn.models.pointwise import FAR, LogisticPair

ETAS = [-699.0, -300.5, -40.0, -3.7, -1e-9, 0.0, 1e-300, 0.2, 5.0, 36.5, 650.0]


@pytest.mark.parametrize("beyond", [False, True])  # a row out of the range of exp takes all rows another way
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_logistic_rows_keep_their_digits_in_both_tails(y, beyond):
    etas = np.array([*ETAS, 2.0 * FAR] if beyond else ETAS)
    deviance, score, information = LogisticPair().evaluate(etas, np.full(etas.size, y))
    with mp.workdps(40):
        for place, eta in enumerate(ETAS):
            mu = 1 / (1 + mp.exp(-mpf(eta)))
            other = 1 / (1 + mp.exp(mpf(eta)))
            right = mu if y else other
            exact = -2 * mp.log(right) if right < 0.9 else -2 * mp.log1p(-(other if y else mu))
            assert deviance[place] == pytest.approx(float(exact), rel=1e-15)
            assert score[place] == pytest.approx(float(other if y else -mu), rel=1e-15)
            assert information[place] == pytest.approx(float(mu * other), rel=1e-15)


@pytest.mark.parametrize("p", [1, WIDE - 1, WIDE, 25])
def test_weighted_gram_is_the_gram_of_weighted_rows(p):
    rng = np.random.default_rng(p)
    X, weight = rng.standard_normal((300, p)), rng.uniform(0, 2, 300)
    weight[::7] = 0.0
    assert weighted_gram(X, weight) == pytest.approx(gram(X, weight), rel=1e-13, abs=1e-12)

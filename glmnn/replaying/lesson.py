"""000: logistic regression on six points by R, and as one neuron in Python and three frameworks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.separation.verdict import Separation, find_separation
from glmnn.fitting.iteration_counts import by_r, by_statsmodels
from glmnn.models.heads import Single
from glmnn.models.network import Network
from glmnn.networks.numerical_gradient import check_gradient
from glmnn.networks.worked_examples import lecture_net
from glmnn.problem.problem import Problem
from glmnn.replaying.row import OFF, Row, counted, method, printed, said, slip
from glmnn.replaying.runs import NOT_PRINTED, first_step, fitted

CLOSE = 5e-5  # of both coefficients: half a unit in the last of the four digits printed
BY_R = f"{NOT_PRINTED}; R's summary"
EXACT = 1e-9  # error of a derivative that rounding may leave


def rows() -> Iterator[Row]:
    """Yield every number of the lesson."""
    comparison = fitted("primes")
    inference, problem = comparison.estimate.inference, comparison.estimate.problem
    assert inference is not None
    assert comparison.pace is not None
    coef, seen = inference.coef, comparison.estimate.reference.deviances()
    yield printed("w", "text below the R code", "0.5518", coef[1])
    yield printed("b", "text below the R code", "-3.5491", coef[0])
    yield printed("standard error of w", BY_R, "0.4222", inference.std_error[1])
    yield printed("standard error of b", BY_R, "2.7439", inference.std_error[0])
    yield printed("deviance", BY_R, "4.7068", inference.deviance)
    yield counted("iterations, R's rule", BY_R, "5", by_r(seen) or 0)
    yield counted("the same, statsmodels", f"{NOT_PRINTED}; statsmodels", "5", by_statsmodels(seen) or 0)
    yield printed("cost C there", f"{NOT_PRINTED}; its formula", "2.3534041", 0.5 * inference.deviance)
    distance = max(item.distance for item in comparison.agreements)
    yield method(
        "neuron against R", "TensorFlow fitting", "almost the same", distance, distance < 1e-6,
        "the neuron's numbers are not printed; glmnn's is that far from the maximum", "SE",
    )  # fmt: skip
    for lr, steps in ((0.1, "4828"), (0.05, "9661"), (0.01, "48329")):
        step = first_step(problem.fresh(), lr, lambda now: float(np.max(np.abs(now - coef))) < CLOSE)
        yield counted(f"steps, rate {lr:g}", f"{NOT_PRINTED}; its loop, to within 5e-5", steps, step.iteration)
    yield printed("condition number", f"{NOT_PRINTED}; of the mean loss", "245", comparison.pace.raw.condition)
    separable = isinstance(find_separation(problem.fresh()), Separation)
    yield said("fires 5, 11, 13 alone", "idea of the network", "no", "yes" if separable else "no")
    right = (problem.model.mean(coef, problem.data.whole) > 0.5) == problem.data.whole.y
    yield counted("right, of 6", NOT_PRINTED, "4", int(np.sum(right)))
    yield printed("x where it flips", f"{NOT_PRINTED}; -b / w", "6.432", -coef[0] / coef[1])
    yield from _backpropagation(problem, coef)


def _backpropagation(problem: Problem, coef: Array) -> Iterator[Row]:
    neuron = check_gradient(Network(problem.names, (), Single(problem.glm)), 0.5 * coef, problem.data.whole)
    error = neuron.worst.error
    yield method(
        "BP1, BP3, BP4", "back propagation", "delta = a - y", error, error < EXACT,
        "formulas without numbers: checked against the complex step", OFF,
    )  # fmt: skip
    below = check_gradient(*lecture_net()).layers[0].error
    yield slip(
        "BP2", "back propagation", "for l < L-1", "for l < L", below < EXACT,
        "the layer below the last needs it too (checked on the net of 003); its example has sigma'(z^L) for "
        "sigma'(z^(L-1))",
    )  # fmt: skip
    yield slip(
        "sign of C", "back to the regression", "dropped", "kept", neuron.right,
        "it says that the sign is dropped, but the formulas keep it, and so they are right",
    )  # fmt: skip

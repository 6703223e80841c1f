"""000: logistic regression on six points by R, and as one neuron in Python and three frameworks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.audit import audit
from glmnn.auditing.claims.read import read_claim
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.verdict import verdict_lines
from glmnn.diagnostics.separation.verdict import Separation, find_separation
from glmnn.fitting.agreement import Agreement
from glmnn.fitting.iteration_counts import by_r, by_statsmodels
from glmnn.models.links import LOGIT
from glmnn.models.network import Network
from glmnn.networks.numerical_gradient import check_gradient
from glmnn.networks.worked_examples import lecture_net
from glmnn.problem.problem import Problem
from glmnn.replaying.row import NOTHING, OFF, Row, computed, method, not_run, printed, said, slip
from glmnn.replaying.runs import first_step, fitted, table
from glmnn.solvers.external.library import Library, keras_backend
from glmnn.solvers.registry import LIBRARIES

CLOSE = 5e-5  # of both coefficients: half a unit in the last of the four digits printed
EXACT = 1e-9  # error of a derivative that rounding may leave
BY_R = "R's summary"
SAME, BOTH = "almost the same", "0.5518 ... -3.5491"
PRINTED = "(Intercept)=-3.5491,x=0.5518"
RATE, STEPS = 0.1, 5000
FRAMEWORKS = (
    ("by Python", "Implementing", "gd"),
    ("by TensorFlow", "TensorFlow model fitting", "keras"),
    ("by PyTorch", "PyTorch model fitting", "torch"),
    ("by Lightning", "Lightning training", "lightning"),
)


def rows() -> Iterator[Row]:
    """Yield every number of the lesson, which prints two and a "no", and what follows from them."""
    comparison = fitted("primes")
    inference, problem = comparison.estimate.maximum, comparison.estimate.problem
    assert comparison.convergence_rate is not None
    coef, seen = inference.coef, comparison.estimate.reference.deviances()
    yield printed("w", "text below the R code", "0.5518", coef[1])
    yield printed("b", "text below the R code", "-3.5491", coef[0])
    yield _proof()
    separable = isinstance(find_separation(problem.fresh()), Separation)
    yield said("fires 5, 11, 13 alone", "idea of the network", "no", "yes" if separable else "no")
    yield from _frameworks(coef)
    yield computed("standard error of w", BY_R, float(inference.std_error[1]), "0.4222")
    yield computed("standard error of b", BY_R, float(inference.std_error[0]), "2.7439")
    yield computed("deviance", BY_R, inference.deviance, "4.7068")
    yield computed("iterations", "R's rule", by_r(seen) or 0, "5")
    yield computed("iterations", "statsmodels' rule", by_statsmodels(seen) or 0, "5")
    yield computed("cost C at w, b", "the formula of C", 0.5 * inference.deviance, "2.3534041")
    yield from _steps(problem, coef)
    yield computed("condition number", "mean loss, raw columns", comparison.convergence_rate.raw.condition, "245")
    right = (problem.model.fitted(coef, problem.all_rows("a replay")) > 0.5) == problem.all_rows("a replay").y
    yield computed("right, of 6", "w, b", int(np.sum(right)), "4")
    yield computed("x where it flips", "-b / w", -coef[0] / coef[1], "6.432")
    x = np.arange(66) * 0.2
    curve = LOGIT.inverse(coef[0] + coef[1] * x)
    shown = f"{curve[0]:.4f} to {curve[-1]:.4f}"
    yield computed("curve, 66 points", "seq(0, 13, by=0.2)", shown, "0.0279 to 0.9740")
    yield from _backpropagation(problem, coef)


def _proof() -> Row:
    """Hold the two printed numbers against the maximum, as `glmnn audit` does."""
    audited = audit(AuditOptions(), table("primes"), read_claim(PRINTED))
    says = verdict_lines(audited)[0]
    proved = "The maximum likelihood estimate, correctly rounded to 4 decimals (proved)."
    return computed("the two, audited", "w, b", "proved" if says == proved else says, "proved", proved)


def _frameworks(coef: Array) -> Iterator[Row]:
    """Yield the fit of each of the lesson's programs on raw columns, where it is installed."""
    for what, place, name in FRAMEWORKS:
        theirs = SAME if name == "keras" else NOTHING
        library = LIBRARIES.get(name)
        if library is not None and (reason := why_not_run(what, library)):
            yield not_run(what, place, theirs, reason)
            continue
        options = {"solver": [name], "lr": str(RATE), "standardize": False, "max_iter": STEPS}
        comparison = fitted("primes", **options)
        run = comparison.fits[0]
        apart = float(np.max(np.abs(run.coef - coef)))
        note = (
            f"the lesson prints no number of it; rate {RATE:g} on the mean cost, {STEPS:,} steps from zeros on raw "
            "columns: the largest difference of a coefficient"
        )
        yield method(what, place, theirs, apart, apart < CLOSE, note, OFF)
    library = LIBRARIES["r"]
    if not library.installed:
        yield not_run("by R", "R code", BOTH, f"not installed: {library.install}")
        return
    agreement: Agreement = fitted("primes", solver=["r"]).agreements[0]
    note = "R's own glm, which stops when the deviance moves by less than 1e-8 of itself"
    yield method("by R", "R code", BOTH, agreement.distance, agreement.distance < 1e-3, note, "SE")


def why_not_run(what: str, library: Library) -> str:
    """Return why a program of the lesson cannot be run here; empty where it can."""
    if not library.installed:
        return f"not installed: {library.install}"
    if what == "by TensorFlow" and (backend := keras_backend()) != "tensorflow":
        return f"Keras runs on {backend} here: KERAS_BACKEND=tensorflow, where that is installed"
    return library.why_not()


def _steps(problem: Problem, coef: Array) -> Iterator[Row]:
    """Yield how long gradient descent takes: the lesson gives neither a loop nor a rate."""

    def close(path: Array) -> Mask:
        return np.asarray(np.abs(path[1:] - coef).max(axis=1) < CLOSE)

    note = "gradient descent from zeros until both coefficients are within 5e-5; the lesson gives no loop and no rate"
    for rate, expected in ((0.1, "4828"), (0.05, "9661"), (0.01, "48329")):
        step = first_step(problem.fresh(), rate, close)
        yield computed(f"steps, rate {rate:g}", "on the mean cost", step.iteration, expected, note)
    step = first_step(problem.fresh(), 0.01 * problem.rows, close)
    yield computed("steps, rate 0.01", "on C, which is a sum", step.iteration, "8050", note)
    limit = 2.0 / float(np.linalg.eigvalsh(problem.second_order(coef).information)[-1])
    yield computed(
        "largest rate", "on C, which is a sum", limit, "0.0628",
        "2 / the largest eigenvalue of the information: above it, at 0.1 too, gradient descent does not converge",
    )  # fmt: skip


def _backpropagation(problem: Problem, coef: Array) -> Iterator[Row]:
    neuron = check_gradient(Network(problem.names, (), problem.glm), 0.5 * coef, problem.all_rows("a replay"))
    error = neuron.worst.error
    yield method(
        "BP1, BP3, BP4", "back propagation", NOTHING, error, error < EXACT,
        "formulas without numbers: checked against the complex step", OFF,
    )  # fmt: skip
    below = check_gradient(*lecture_net()).layers[0].error
    yield slip(
        "BP2", "back propagation", "l<L-1", "l<L", below < EXACT,
        "the layer below the last needs it too (checked on the net of 003); its example has sigma'(z^L) for "
        "sigma'(z^(L-1))",
    )  # fmt: skip
    yield slip(
        "sign of C", "back to the regression", "dropping the negative sign", "kept", neuron.right,
        "it says that the sign is dropped, but the formulas keep it, and so they are right",
    )  # fmt: skip

"""The options of a run: one dataclass field each, from which command line, TOML files and help are made.

Nothing heavy is imported here, so that `glmnn --help` answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MODEL, SOLVER, OUTPUT = "Model", "Solvers", "Output"
NETWORK = "Hidden layers"
TOLERANCE, PREDICTION, INPUT = "Tolerance", "Prediction", "Input"


def option(default: Any, text: str, *, panel: str, flags: tuple[str, ...] = ()) -> Any:
    """Return a field with its default, its help text, its place on the help page and its flags."""
    metadata = {"help": text, "panel": panel, "flags": flags}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def unpacking() -> Any:
    """Return the field that every command with a table has; `glmnn check` takes it from the lock file."""
    return option(
        None,
        "Megabytes to which a compressed file may grow; without it 2000, and 200 for what grows more than 100-fold.",
        panel=INPUT,
    )


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What is fitted."""

    target: str | None = option(None, "Response column; without it the column called y.", panel=MODEL)
    features: list[str] = option(
        [], "Columns of the design, as a,b or repeated; without it every other column.", panel=MODEL
    )
    formula: str | None = option(
        None, 'Instead of target and features: "y ~ x + C(g)". No code in it ever runs.', panel=MODEL
    )
    intercept: bool = option(
        True, "Whether the model has an intercept.", panel=MODEL, flags=("--intercept/--no-intercept",)
    )
    family: str | None = option(
        None,
        "gaussian, binomial, poisson, gamma, inverse_gaussian, negative_binomial, tweedie or multinomial; binomial is "
        "understood for a 0/1 target.",
        panel=MODEL,
    )
    link: str | None = option(
        None,
        "identity, log, logit, probit, cloglog, loglog, cauchit, inverse, inverse_squared, sqrt or power(EXPONENT); "
        "without it the family's own.",
        panel=MODEL,
    )
    weights: str | None = option(None, "Column of prior weights.", panel=MODEL)
    offset: str | None = option(None, "Column added to the linear predictor.", panel=MODEL)
    exposure: str | None = option(None, "Column whose logarithm is added to the linear predictor.", panel=MODEL)
    trials: str | None = option(None, "Column of trials; the target then counts successes.", panel=MODEL)
    alpha: float | None = option(None, "Negative binomial: variance is mu + alpha mu^2.", panel=MODEL)
    power: float | None = option(None, "Tweedie: variance is mu^power.", panel=MODEL)
    ref: list[str] = option([], "Base level of a factor, as var=level; repeatable.", panel=MODEL)
    na: str = option("fail", "Missing cells: fail, or drop the row.", panel=MODEL)
    weights_type: str | None = option(
        None,
        "What the weights are: var (inverse variances), freq (a row stands for so many equal ones) or prob (inverse "
        "sampling probabilities).",
        panel=MODEL,
    )
    cov: str = option("model", "Covariance: model, HC0, HC1, HC2, HC3, or cluster:COLUMN.", panel=MODEL)
    ci: str = option("wald", "Intervals: wald, or profile for the profile likelihood.", panel=MODEL)
    penalty: str | None = option(
        None, "firth for Jeffreys' prior (binomial and poisson): finite also on separated data.", panel=MODEL
    )
    l2: float | None = option(
        None, "L2 penalty lambda / 2 sum b^2 (lambda = 1 / C of scikit-learn); not on the intercept.", panel=MODEL
    )
    penalize_intercept: bool = option(
        False, "Let --l2 hold the intercept too.", panel=MODEL, flags=("--penalize-intercept/--free-intercept",)
    )
    level: float = option(0.95, "Coverage of the intervals.", panel=MODEL)
    max_unpacked: float | None = unpacking()


@dataclass(frozen=True, kw_only=True)
class FitOptions(ModelOptions):
    """What is fitted and how."""

    solver: list[str] = option(
        ["both"],
        "both (fisher and gd), or a list of fisher, gd, sgd, momentum, nesterov, adam, perceptron and statsmodels; "
        "sklearn, torch, lightning, keras and r where installed, a rule after a colon (torch:adam); all for one of "
        "each tool.",
        panel=SOLVER,
        flags=("--solver", "-s"),
    )
    lr: str = option(
        "auto", "Learning rate on the gradient of the mean loss; auto takes a stable one from the data.", panel=SOLVER
    )
    batch_size: int | None = option(None, "Rows in a mini-batch; without it all rows (sgd: 32).", panel=SOLVER)
    schedule: str = option(
        "auto",
        "Learning rate over the epochs: constant, sqrt, inverse or cosine; auto is sqrt for mini-batches at an "
        "automatic rate.",
        panel=SOLVER,
    )
    average: bool | None = option(
        None,
        "Report a mean of the iterates; without it only for mini-batches at an automatic rate.",
        panel=SOLVER,
        flags=("--average/--no-average",),
    )
    standardize: bool | None = option(
        None,
        "Run gradient descent on standardised columns; without it only at an automatic rate.",
        panel=SOLVER,
        flags=("--standardize/--no-standardize",),
    )
    max_iter: int | None = option(
        None, "Updates after which to give up; without it 100 for fisher, 100000 for gradient descent.", panel=SOLVER
    )
    tol: float = option(1e-8, "Stop when a Newton step moves less than this, in standard errors.", panel=SOLVER)
    init: str = option("auto", "Starting coefficients: zeros, ones, random, or numbers as 0.1,-2.", panel=SOLVER)
    seed: int = option(
        0, "Seeds mini-batches, random starts and, unless it is 0, the order of the perceptron's rows.", panel=SOLVER
    )
    tol_agree: float = option(1e-3, "Standard errors up to which two solvers agree.", panel=SOLVER)
    trajectory: bool = option(
        False,
        "Hold each step of torch, lightning and keras against the hand-written neuron.",
        panel=SOLVER,
        flags=("--trajectory/--no-trajectory",),
    )
    hidden: str | None = option(
        None,
        "Units and activation of each hidden layer, as 32:relu,8:tanh; relu, tanh, sigmoid, identity or softmax.",
        panel=NETWORK,
    )
    loss: str | None = option(None, "bce, cce or mse; without it half the deviance of the family.", panel=NETWORK)
    cv: int | None = option(None, "Folds in which network and GLM are compared on the rows left out.", panel=NETWORK)
    holdout: float | None = option(
        None,
        "Part of the rows on which training is watched: it stops early, and the best weights are kept.",
        panel=NETWORK,
    )
    patience: int = option(20, "Looks without a better loss there after which training stops.", panel=NETWORK)


@dataclass(frozen=True, kw_only=True)
class GradcheckOptions(ModelOptions):
    """Whose backward pass is checked."""

    hidden: str | None = option(None, "Hidden layers, as for glmnn fit; without it the GLM itself.", panel=NETWORK)
    loss: str | None = option(None, "As for glmnn fit.", panel=NETWORK)
    init: str = option("auto", "Weights to look at: auto, uniform or random.", panel=NETWORK)
    seed: int = option(0, "Seeds the weights, and the rows where there is no DATA.", panel=NETWORK)
    net: str | None = option(None, "Instead: lecture or 2-2-2-1, networks worked by hand in lectures.", panel=NETWORK)


@dataclass(frozen=True, kw_only=True)
class AuditOptions(ModelOptions):
    """What is fitted, and how near a claim must come."""

    tol_se: float = option(
        1e-3, "Standard errors up to which a claim that is not correctly rounded still counts.", panel=TOLERANCE
    )


@dataclass(frozen=True, kw_only=True)
class SimulateOptions:
    """Data with known truth; the defaults are the video's design."""

    n: int = option(1000, "Rows.", panel=MODEL, flags=("--n", "-n"))
    beta: str = option("0.3,-1,2", "True coefficients, the intercept first.", panel=MODEL)
    design: str = option(
        "uniform:-3:3",
        "Features: uniform:LOW:HIGH, normal, correlated:RHO, or conditioned:NUMBER for a condition number.",
        panel=MODEL,
    )
    family: str = option("binomial", "As for glmnn fit.", panel=MODEL)
    link: str | None = option(None, "As for glmnn fit.", panel=MODEL)
    dispersion: float = option(1.0, "Of the families that have one.", panel=MODEL)
    trials: int | None = option(None, "Binomial: trials in each row.", panel=MODEL)
    alpha: float | None = option(None, "Negative binomial: variance is mu + alpha mu^2.", panel=MODEL)
    power: float | None = option(None, "Tweedie: variance is mu^power.", panel=MODEL)
    seed: int = option(0, "Same seed, same rows.", panel=MODEL)


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """How much a coefficient may move."""

    tol_se: float = option(
        0.01, "Fail when a coefficient moves by more than this, in standard errors of the lock.", panel=TOLERANCE
    )
    digits: int | None = option(
        None, "Fail as well when fewer digits of a coefficient agree, 1 to 15.", panel=TOLERANCE
    )
    solver: list[str] = option([], "Instead of the solvers of the lock file.", panel=SOLVER, flags=("--solver", "-s"))


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """What is asked of a saved model."""

    type: str = option(
        "mean",
        "mean, link for the linear predictor, or class: 0 or 1 of a binomial model, else the likeliest label.",
        panel=PREDICTION,
    )
    interval: bool = option(
        False,
        "Add a confidence interval of the mean: Wald's on the link scale.",
        panel=PREDICTION,
        flags=("--interval",),
    )
    level: float = option(0.95, "Coverage of the intervals.", panel=PREDICTION)
    threshold: float = option(0.5, "Class 1 from this mean on.", panel=PREDICTION)
    na: str = option("fail", "Missing cells: fail, drop the row, or keep it without a prediction.", panel=PREDICTION)
    new_levels: str = option(
        "fail",
        "Levels of a factor that were not fitted: fail, or missing to treat them as missing cells.",
        panel=PREDICTION,
    )
    max_unpacked: float | None = unpacking()

"""The options of `glmnn fit`, and those of its solvers, which others have as well."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import NETWORK, OUTPUT, SOLVER, option, together
from glmnn.options.model import ModelOptions
from glmnn.solvers.registry import ALWAYS, LIBRARIES


@dataclass(frozen=True, kw_only=True)
class SolverOptions(ModelOptions):
    """What is fitted, and by which solvers."""

    solver: list[str] = option(
        ["both"],
        f"both (fisher and gd), or a list of {together(ALWAYS)}; {together(tuple(LIBRARIES))} where installed, a rule "
        "after a colon (torch:adam); all for one of each tool. Options of a rule go in brackets: "
        "momentum[decay=0.99,lr=0.1].",
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
    init: str = option("auto", "Starting coefficients: zeros, ones, random, or numbers as 0.1,-2.", panel=SOLVER)
    seed: int = option(
        0, "Seeds mini-batches, random starts and, unless it is 0, the order of the perceptron's rows.", panel=SOLVER
    )


@dataclass(frozen=True, kw_only=True)
class FitOptions(SolverOptions):
    """What is fitted and how."""

    tol: float = option(1e-8, "Stop when a Newton step moves less than this, in standard errors.", panel=SOLVER)
    tol_agree: float = option(1e-3, "Standard errors up to which two solvers agree.", panel=SOLVER)
    trajectory: bool = option(
        False,
        "Compare each step of torch, lightning and keras with glmnn's own.",
        panel=SOLVER,
        flags=("--trajectory/--no-trajectory",),
    )
    exp: bool = option(
        False,
        "Exponentials of the coefficients, with intervals: odds, rate, risk, hazard or mean ratios, as family and link "
        "make them.",
        panel=OUTPUT,
        flags=("--exp/--no-exp",),
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
    patience: int = option(20, "Checks without a better loss there after which training stops.", panel=NETWORK)

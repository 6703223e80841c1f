"""What every framework is held against: the data, the hand-written neuron and its trajectory."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.fitting.agreement import compare
from glmnn.models.families import BINOMIAL
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status

LOGISTIC = GLM(BINOMIAL, LOGIT)
RULES = ("gd", "momentum", "nesterov", "adam")


def bundled(name):
    """Return a packaged data set with a column called y as a logistic problem."""
    path = Path(__file__).parents[2] / "data" / f"{name}.csv"
    names = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    y = rows[:, names.index("y")]
    features = [place for place, column in enumerate(names) if column != "y"]
    X = np.column_stack([np.ones(y.size), rows[:, features]])
    return Problem(LOGISTIC, InMemory.from_arrays(X, y, ("(Intercept)", *(names[place] for place in features))))


RUNS = {  # data, options of the hand-written neuron, steps
    "primes": ("primes", {"lr": 0.05, "standardize": False}, 1000),
    "primes, automatic rate": ("primes", {}, 150),
    "video, batches of 32": ("video", {"lr": 0.1, "standardize": False, "batch_size": 32}, 300),
    "video, batches, falling rate, mean": ("video", {"batch_size": 32, "schedule": "sqrt", "average": True}, 300),
}


def held(make, rule, run, start=None):
    """Run a framework beside the hand-written neuron and return the largest difference, as a part of the state."""
    data, options, steps = RUNS[run]
    solver = make(Gradient(rule, **options))
    theirs, ours = (
        np.array([step.coef for step in islice(one.steps(bundled(data), start), steps + 1)])
        for one in (solver, solver.twin())
    )
    assert theirs.shape == ours.shape == (steps + 1, ours.shape[1])
    return float(np.max(np.abs(theirs - ours).max(axis=1) / np.maximum(np.abs(ours).max(axis=1), 1.0)))


def distance(problem, solver, stopping=None, start=None):
    """Return a run and its distance from the maximum in standard errors."""
    inference = infer(problem, fit(problem.fresh(), Fisher()).coef)
    run = fit(problem.fresh(), solver, stopping, start)
    if run.status is Status.DECLINED:
        return run, np.nan
    return run, compare(problem.fresh(), run, inference.coef, inference.std_error).distance

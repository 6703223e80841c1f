"""Lightning's Trainer takes the steps of the hand-written neuron, says nothing and writes nothing."""

import numpy as np
import pytest

pytest.importorskip("lightning", reason="Lightning is not installed: pip install lightning")

from frameworks.mirrors import RULES, bundled, distance, held
from glmnn.data.dataset import InMemory
from glmnn.models.families import POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import LOG
from glmnn.models.multinomial import Multinomial
from glmnn.problem.problem import Problem
from glmnn.solvers.external.lightning import Lightning
from glmnn.solvers.external.torch import Torch
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors


def make(plan):
    return Lightning(f"lightning:{plan.name}", plan)


@pytest.mark.parametrize("run", ["primes", "video, batches of 32", "video, batches, falling rate, mean"])
@pytest.mark.parametrize("rule", RULES)
def test_the_same_trajectory_to_rounding(rule, run):
    """Also over the end of a stretch, where the optimiser must keep its velocity and the batches their order."""
    assert held(make, rule, run) < 1e-13


def test_the_stop_is_that_of_the_hand_written_neuron():
    run, far = distance(bundled("primes"), Lightning())
    assert run.status is Status.CONVERGED
    assert far < 1e-7
    assert run.iterations == fit(bundled("primes"), Gradient()).iterations


def test_nothing_is_written_and_nothing_said(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    fit(bundled("primes"), Lightning(), StandardErrors(max_iter=80))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_where_no_constant_rate_is_safe_steps_are_taken_back():
    data = bundled("primes").data
    run = fit(Problem(GLM(POISSON, LOG), data), Lightning())
    neuron = fit(Problem(GLM(POISSON, LOG), data), Gradient())
    assert (run.status, run.iterations) == (Status.CONVERGED, neuron.iterations)
    np.testing.assert_allclose(run.coef, neuron.coef, rtol=1e-12)
    given = fit(Problem(GLM(POISSON, LOG), data), Lightning(plan=Gradient(lr=0.01)), StandardErrors(max_iter=60))
    assert given.status is Status.ITERATION_LIMIT
    assert np.all(np.isfinite(given.coef))


@pytest.mark.parametrize("rule", RULES)
def test_classes_take_the_steps_of_the_hand_written_layer(rule):
    video = bundled("video")
    y = np.digitize(video.data.whole.X[:, 1] + np.random.default_rng(3).normal(size=video.rows), [-1.0, 1.0])
    model = Multinomial(("a", "b", "c"))
    problem = Problem(model, InMemory.from_arrays(video.data.whole.X, y, model.terms(video.names)))
    plan, limit = Gradient(rule, lr=0.1, standardize=False), StandardErrors(max_iter=60)
    run, other = fit(problem.fresh(), make(plan), limit), fit(problem.fresh(), Torch(plan=plan), limit)
    assert (run.status, run.iterations, run.passes) == (other.status, 60, 60.0)
    np.testing.assert_allclose(run.coef, other.coef, rtol=1e-13)
    if rule != "adam":  # which looks at each component, and a layer with a row for each class has other ones
        mine = fit(problem.fresh(), plan, limit)
        np.testing.assert_allclose(run.coef, mine.coef, rtol=1e-10)


def test_ctrl_c_keeps_the_state_reached(monkeypatch):
    """A Trainer ends the whole program on Ctrl-C; here it ends the run."""
    from glmnn.solvers.external import lightning as ours

    seen = 0

    class Impatient(ours.StepByStep):
        def flat(self):
            nonlocal seen
            seen += 1
            if seen == 70:  # in the second stretch
                raise KeyboardInterrupt
            return super().flat()

    monkeypatch.setattr(ours, "StepByStep", Impatient)
    run = fit(bundled("primes"), Lightning(plan=Gradient(lr=0.05, standardize=False)))
    assert run.status is Status.INTERRUPTED
    assert run.iterations == 50

"""PyTorch's neuron takes the steps of the hand-written one and ends at the same maximum, for every pair."""

import json
import os

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

from frameworks.mirrors import RULES, RUNS, bundled, distance, held
from glmnn.data.dataset import InMemory
from glmnn.fitting.trajectory import follow
from glmnn.models.activations import TANH
from glmnn.models.layers import Layer
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.problem.penalty import Ridge
from glmnn.problem.problem import Problem
from glmnn.solvers.external.torch import Torch, TorchLBFGS
from glmnn.solvers.external.torch_network import TorchNetwork
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors
from pairs import MODEL_NAMES, MODELS, sample


def make(plan):
    return Torch(f"torch:{plan.name}", plan)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("rule", RULES)
def test_the_same_trajectory_to_rounding(rule, run):
    assert held(make, rule, run) < 1e-13


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_every_pair_has_the_loss_whose_minimum_is_the_maximum(model):
    """With weights and an offset, at the automatic rate, and step by step as well."""
    problem = sample(model)
    run, far = distance(problem, Torch())
    assert run.status is Status.CONVERGED
    assert far < 1e-7
    assert run.iterations == fit(problem.fresh(), Gradient()).iterations


def test_a_trajectory_that_differs_is_told():
    """Another learning rate is noticed at the first step."""
    run = fit(bundled("primes"), Torch(plan=Gradient(lr=0.05, standardize=False)), StandardErrors(max_iter=50))
    same, other = (
        follow(bundled("primes"), Gradient(lr=lr, standardize=False), run, None, None) for lr in (0.05, 0.0501)
    )
    assert (same.steps, same.first, other.first) == (50, None, 1)
    assert same.relative < 1e-13 < 1e-4 < other.relative


def test_lbfgs_stops_itself_and_is_judged():
    run, far = distance(bundled("primes"), TorchLBFGS())
    assert run.status in {Status.CONVERGED, Status.STALLED}
    assert 0 < run.iterations < 30
    assert far < 1e-3


def test_lbfgs_that_leaves_the_domain_says_so():
    model = next(model for model in MODELS if (model.family.name, model.link.name) == ("gamma", "inverse"))
    run = fit(sample(model), TorchLBFGS(plan=Gradient(lr=1.0, standardize=False)))
    assert run.status in {Status.CONVERGED, Status.STALLED}
    assert "domain" in run.reason or not run.reason


def test_a_start_is_taken():
    start = np.array([0.5, -0.25])
    run = fit(bundled("primes"), Torch(), StandardErrors(max_iter=3), start)
    np.testing.assert_allclose(run.path[0], start, rtol=1e-14)
    assert held(make, "momentum", "primes", start) < 1e-13


def test_a_rate_that_is_too_large_is_called_diverged():
    run = fit(bundled("primes"), Torch(plan=Gradient(lr=5.0, standardize=False)))
    assert run.status is Status.DIVERGED
    assert np.all(np.isfinite(run.coef))


def test_a_model_with_nothing_but_an_intercept():
    whole = bundled("primes")
    alone = Problem(whole.model, whole.data.without({"x"}))
    run, far = distance(alone, Torch())
    assert run.status is Status.CONVERGED
    assert far < 1e-7


def test_a_penalty_is_declined_with_its_reason():
    problem = bundled("primes")
    run = fit(Problem(problem.model, problem.data, penalty=Ridge(1.0, (True, False))), Torch())
    assert run.status is Status.DECLINED
    assert "penalty" in run.reason


def test_what_fails_inside_becomes_one_line(monkeypatch):
    def broken(*_given):
        raise RuntimeError("one\ntwo")

    monkeypatch.setattr(TorchNetwork, "mean_loss", broken)
    run = fit(bundled("primes"), Torch())
    assert (run.status, run.reason) == (Status.STALLED, "PyTorch failed: one")


def test_threads_are_given_back():
    import torch

    before = torch.get_num_threads()
    fit(bundled("primes"), Torch(), StandardErrors(max_iter=5))
    assert torch.get_num_threads() == before


def test_layers_are_stacked_in_float64():
    import torch

    network = Network(("a", "b", "c"), (Layer(4, TANH),), Multinomial(("x", "y")), bias=True)
    start = network.init(1)
    net = TorchNetwork(network, start, "gd", 0.1)
    parts = list(net.net.parameters())
    assert [tuple(part.shape) for part in parts] == [(4, 3), (4,), (2, 4), (2,)]
    assert all(part.dtype is torch.float64 for part in parts)
    assert net.flat().tolist() == start.tolist()


def test_the_command_line(tmp_path):
    from typer.testing import CliRunner

    from glmnn.cli import app

    os.environ.setdefault("COLUMNS", "120")
    words = ["fit", "data/primes.csv", "--solver", "torch,torch:adam", "--trajectory"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "Step by step beside glmnn's own neuron" in done.output
    assert done.output.count("never") == 2


@pytest.mark.parametrize(
    "plan",
    [
        Gradient(lr=0.3, standardize=False),
        Gradient("momentum", lr=0.05, standardize=False),
        Gradient("nesterov"),
        Gradient("sgd", lr=0.1, batch_size=16, standardize=False, seed=3),
    ],
    ids=lambda plan: plan.name,
)
def test_the_softmax_layer_takes_the_same_steps(plan):
    """A layer with a row for each class, against the hand-written one in baseline coordinates."""
    theirs = fit(classes(), make(plan), StandardErrors(max_iter=300))
    mine = fit(classes(), plan, StandardErrors(max_iter=300))
    np.testing.assert_allclose(theirs.path, mine.path, rtol=1e-11, atol=1e-13)


def test_the_softmax_layer_ends_at_the_maximum():
    run = fit(classes(), Torch())
    assert run.status is Status.CONVERGED
    np.testing.assert_allclose(run.coef, fit(classes(), Fisher()).coef, rtol=1e-6)


def classes():
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(90), rng.normal(size=(90, 2)) * [1.0, 3.0]])
    model = Multinomial(("a", "b", "c"))
    names = model.terms(("(Intercept)", "u", "v"))
    return Problem(model, InMemory.from_arrays(X, rng.integers(0, 3, 90), names, rng.uniform(0.5, 2.0, 90)))


def test_a_gradient_that_is_only_rounding_is_told(glmnn, tmp_path):
    """A balanced design: b and the intercept have a gradient of zero, which Adam divides by its own size."""
    rows = [(a, b, (k + (a > 0)) % 2) for a in (-1, 1) for b in (-1, 1) for k in range(5)]
    path = tmp_path / "balanced.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows), encoding="utf-8")
    ended = glmnn("fit", path, "--solver", "torch:adam,torch", "--trajectory")
    told = " ".join(ended.out.split())
    assert "torch:adam: there the gradient of" in told
    assert "b is zero but for rounding, and Adam divides it by its own size" in told
    assert "torch: there" not in told


def test_classes_by_adam_are_not_compared_and_the_row_says_why(glmnn):
    words = ["fit", "data/iris.csv", "--target", "species", "--features", "sepal_width", "--family", "multinomial"]
    ended = glmnn(*words, "--solver", "torch:adam,torch", "--trajectory", "--max-iter", "20")
    (row,) = [line for line in ended.out.splitlines() if line.startswith("torch:adam") and "compared" in line]
    assert row.split() == ["torch:adam", "adam", "-", "-", "-", "not", "compared"]
    assert "torch:adam: it looks at each component" in ended.out


def test_the_trajectory_of_a_network(glmnn):
    words = ["fit", "data/primes.csv", "--hidden", "3:tanh", "--max-iter", "200", "--trajectory"]
    found = json.loads(glmnn(*words, "--solver", "torch:adam", "--json").out)["trajectory"]
    assert (found["solver"], found["rule"], found["steps"], found["first"]) == ("torch:adam", "adam", 200, None)
    assert 0 < found["largest"] < 1e-12
    assert "beside glmnn's own network" in glmnn(*words, "--solver", "torch").out
    refused = glmnn(*words, "--solver", "adam")
    assert (refused.code, "--trajectory compares torch, lightning or keras" in refused.err) == (2, True)

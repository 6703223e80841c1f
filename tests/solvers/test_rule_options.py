"""Options of update rules in brackets behind their names."""

import json

import numpy as np
import pytest

import glmnn
from command import run
from glmnn.solvers.rule_options import read_name, rule_of, split_names
from glmnn.solvers.updates import UPDATES, adam, momentum, nesterov

PRIMES = "data/primes.csv"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("momentum[decay=0.5]", momentum(0.1, decay=0.5)),
        ("nesterov[decay=0.99,lr=3]", nesterov(0.1, decay=0.99)),
        ("adam[beta1=0.5,beta2=0.9,eps=0.1]", adam(0.1, beta1=0.5, beta2=0.9, eps=0.1)),
        ("gd[lr=2,weight_decay=1]", UPDATES["gd"](0.1)),
    ],
)
def test_options_reach_the_rule(name, own):
    ours, states = rule_of(name)(0.1), [own.init(np.zeros(2)), own.init(np.zeros(2))]
    for gradient in np.random.default_rng(1).standard_normal((5, 2)):
        changes = []
        for place, rule in enumerate((ours, own)):
            change, states[place] = rule.apply(gradient, states[place])
            changes.append(change)
        np.testing.assert_array_equal(*changes)


def test_adam_against_its_paper():
    """Two steps by hand (Kingma & Ba, 2015, algorithm 1) with other betas."""
    rule = rule_of("adam[beta1=0.5,beta2=0.75,eps=0.5]")(0.1)
    first, state = rule.apply(np.array([2.0]), rule.init(np.zeros(1)))
    assert first[0] == pytest.approx(-0.1 * 2.0 / (2.0 + 0.5))  # both moments are corrected to g and g^2
    second, _ = rule.apply(np.array([1.0]), state)
    mean, square = (0.5 * 1.0 + 0.5 * 1.0) / 0.75, (0.75 * 1.0 + 0.25 * 1.0) / (1 - 0.75**2)
    assert second[0] == pytest.approx(-0.1 * mean / (np.sqrt(square) + 0.5))


def test_the_rate_in_brackets_is_that_of_one_solver():
    found = glmnn.fit(PRIMES, solver=["gd", "gd[lr=0.01]"], lr=0.02, max_iter=3)
    plain, own = (found.coef_by_solver[name] for name in ("gd", "gd[lr=0.01]"))
    start = glmnn.fit(PRIMES, solver="gd", lr=0.02, max_iter=1).comparison.fits[0].path[0]
    alone = glmnn.fit(PRIMES, solver="gd", lr=0.01, max_iter=3).coef_by_solver["gd"]
    np.testing.assert_array_equal(own, alone)
    assert not np.allclose(plain, own)
    assert np.all(np.isfinite(start))


def test_momentum_with_options_agrees():
    found = glmnn.fit("data/video.csv", solver=["fisher", "momentum[decay=0.5]", "adam[beta1=0.8, lr=0.05]"])
    assert found.agrees
    assert list(found.solvers.index) == ["fisher", "momentum[decay=0.5]", "adam[beta1=0.8,lr=0.05]"]


@pytest.mark.parametrize("rule", ["gd", "momentum", "adam"])
def test_weight_decay_is_an_l2_penalty_on_the_mean_loss(rule):
    """Of PyTorch's optimisers: on every coefficient, lambda = weight_decay times the rows; so it is no maximum."""
    found = glmnn.fit("data/video.csv", solver=[f"{rule}[weight_decay=0.01]"])
    penalised = glmnn.fit("data/video.csv", l2=0.01 * 1000, penalize_intercept=True, solver="fisher")
    assert found.comparison.estimate.design.data.rows == 1000
    run_of = found.comparison.fits[0]
    assert run_of.converged
    np.testing.assert_allclose(run_of.coef, penalised.coef, rtol=1e-6)
    assert not found.agrees
    assert found.exit_code == 1


def test_toml_and_json(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('solver = ["fisher", "momentum[decay=0.99,lr=0.1]"]\n')
    told = run("fit", PRIMES, "--config", path, "--json")
    assert told.code == 0, told.err
    assert [item["solver"] for item in json.loads(told.out)["solvers"]] == ["fisher", "momentum[decay=0.99,lr=0.1]"]


def test_a_network_takes_them():
    told = run("fit", PRIMES, "--hidden", "2:tanh", "-s", "momentum[decay=0.5,lr=0.3]", "--max-iter", "20")
    assert told.code == 0, told.err
    assert "learning rate 0.300" in " ".join(told.out.split())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("momentum[decy=0.5]", "did you mean 'decay'? (lr, decay, weight_decay)"),
        ("adam[decay=0.5]", "lr, beta1, beta2, eps, weight_decay"),
        ("momentum[decay=1]", "at least 0 and below 1"),
        ("gd[lr=0]", "must be positive"),
        ("gd[lr=nan]", "is not option=number"),
        ("gd[lr]", "is not option=number"),
        ("gd[lr=1,lr=2]", "given twice"),
        ("gd[lr=1", "write options as gd[option=value"),
        ("fisher[lr=1]", "glmnn's own update rules"),
        ("statsmodels[tol=1]", "glmnn's own update rules"),
        ("gdd[lr=1]", "did you mean 'gd'"),
    ],
)
def test_what_is_refused(name, said):
    told = run("fit", PRIMES, "-s", name)
    assert told.code == 2
    assert said in told.err
    assert not told.out


def test_weight_decay_and_a_penalty_exclude_each_other():
    assert run("fit", PRIMES, "-s", "gd[weight_decay=1]", "--l2", "1").code == 2
    told = run("fit", PRIMES, "-s", "gd[weight_decay=1]", "--hidden", "2:tanh")
    assert told.code == 2
    assert "no weight decay" in told.err


def test_names_are_split_at_commas_outside_brackets():
    assert split_names("a,b[c=1,d=2] , e") == ["a", "b[c=1,d=2]", "e"]
    assert read_name("torch:adam") == ("torch:adam", {})

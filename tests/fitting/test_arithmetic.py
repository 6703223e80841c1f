"""The options that say what sums are computed by."""

import numpy as np
import pytest

import glmnn
from command import PIPE, run
from glmnn.kernels.choice import choice, installed
from glmnn.kernels.threads import in_threads, most_workers, threads


@pytest.mark.parametrize("hidden", [(), ("--hidden", "2")])
def test_what_there_is_not(hidden):
    told = run("fit", "data/primes.csv", *hidden, "--kernels", "fast", **PIPE)
    assert (told.code, told.out) == (2, "")
    assert "there is no choice of kernels 'fast'" in told.err
    told = run("fit", "data/primes.csv", *hidden, "--threads", "0", **PIPE)
    assert told.code == 2
    assert "--threads must be at least 1" in told.err


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (("fit", "data/primes.csv"), "--threads"),
        (("race", "data/primes.csv"), "--threads"),
        (("fit", "data/primes.csv", "--engine", "processes"), "--workers"),
        (("prove", "data/primes.csv"), "--jobs"),
        (("verify", "data/primes.csv", "data/primes.csv"), "--jobs"),
    ],
)
@pytest.mark.parametrize("number", [most_workers() + 1, 10**6, 10**24])
def test_no_more_is_started_than_a_machine_holds(command, flag, number):
    told = run(*command, flag, number, **PIPE)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"glmnn: {flag} must be at most {most_workers()} on this machine, not {number}\n"


def test_the_environment(monkeypatch):
    monkeypatch.setenv("GLMNN_THREADS", "1000000")
    assert threads() == most_workers()
    monkeypatch.setenv("GLMNN_THREADS", "3")
    assert threads() == 3
    with in_threads(2):
        assert threads() == 2
    monkeypatch.setenv("GLMNN_THREADS", "many")
    with pytest.raises(glmnn.GlmnnError, match="GLMNN_THREADS=many: give a whole number above 0"):
        threads()
    monkeypatch.setenv("GLMNN_KERNELS", "quick")
    told = run("fit", "data/primes.csv", **PIPE)
    assert (told.code, told.err) == (2, "glmnn: GLMNN_KERNELS=quick: give auto, numpy or compiled\n")


@pytest.mark.skipif(not installed(), reason="numba is not installed")
def test_compiled_on_request_and_only_there():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((400, 2))
    y = 1.0 * (rng.random(400) < 1.0 / (1.0 + np.exp(-X[:, 0])))
    before = choice()
    plain = glmnn.fit(X, y, kernels="numpy")
    quick = glmnn.fit(X, y, kernels="compiled", threads=2)
    assert choice() == before
    assert quick.verdict == plain.verdict
    assert np.allclose(quick.coef, plain.coef, rtol=1e-13)
    assert np.allclose(quick.std_error, plain.std_error, rtol=1e-13)

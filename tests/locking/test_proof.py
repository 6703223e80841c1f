"""A lock file that carries a proof: it is verified before anything is compared."""

import shutil
from pathlib import Path

import pytest

from command import run

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def place(tmp_path, monkeypatch):
    shutil.copy(DATA / "primes.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run("lock", "primes.csv", "-o", "coefs.toml", "--proof", "proof.json").code == 0
    return tmp_path


def test_a_proof_that_holds_is_named(place):
    ended = run("check", "coefs.toml")
    assert ended.code == 0
    assert "note: proved: the maximum is within" in ended.out
    assert run("verify", "proof.json", "primes.csv").code == 0


def test_another_proof_fails(place):
    proof = place / "proof.json"
    proof.write_text(proof.read_text().replace("0.55177", "0.55178"))
    ended = run("check", "coefs.toml")
    assert ended.code == 1
    assert "proof does not hold" in ended.out
    assert "'proof.json' is not the proof that was locked" in ended.out
    proof.unlink()
    assert "'proof.json' cannot be read" in run("check", "coefs.toml").out


def test_a_proof_of_other_coefficients_fails(place):
    lock = place / "coefs.toml"
    lock.write_text(lock.read_text().replace("0.5517759208", "0.5517759209"))
    assert "'proof.json' is about other coefficients" in run("check", "coefs.toml").out


def test_other_data_are_compared_all_the_same(place):
    with (place / "primes.csv").open("a") as file:
        file.write("17,1\n")
    ended = run("check", "coefs.toml")
    assert ended.code == 1
    assert "other data: 2 of 2 coefficients moved" in ended.out
    assert "the data file is another one than the proof is about" in ended.out


def test_fit_and_audit_write_proofs_too(place):
    assert run("fit", "primes.csv", "--solver", "fisher", "--proof", "fit.json").code == 0
    assert run("verify", "fit.json", "primes.csv").code == 0
    claim = "(Intercept)=-3.1121, x=0.4783"
    ended = run("audit", "primes.csv", "--coef", claim, "--proof", "claim.json", "--json")
    assert '"path": "claim.json"' in ended.out
    assert "is at least 0.17" in run("verify", "claim.json", "primes.csv").out
    refused = run("fit", "primes.csv", "--link", "cauchit", "--solver", "fisher", "--proof", "none.json")
    assert refused.code == 0
    assert "nothing proved: binomial with the cauchit link cannot be proved" in refused.err
    assert not (place / "none.json").exists()

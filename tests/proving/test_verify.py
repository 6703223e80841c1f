"""The verifier alone: what it proves of the packaged data, of which models, and that it needs nothing but Python."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import glmnn
from glmnn.proving import verify

DATA = Path(__file__).parents[2] / "data"


def proof_of(name, **options):
    result = glmnn.prove(DATA / name, **options)
    assert result.proved, result
    return result


def test_it_runs_alone(tmp_path):
    """In a Python without site-packages, from another folder: nothing of glmnn can be had there."""
    script, proof = tmp_path / "verify.py", tmp_path / "proof.json"
    script.write_bytes(Path(verify.__file__).read_bytes())
    proof_of("primes.csv").save(proof)
    command = [sys.executable, "-I", "-S", str(script), "--jobs", "2", str(proof), str(DATA / "primes.csv")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("Proved: on the 6 rows of the data with SHA-256 2e690fe0aae8655a")
    assert "exactly one maximum of likelihood, within" in first
    assert second.startswith("Because |score| <= ")
    other = subprocess.run([*command[:-1], str(DATA / "cars.csv")], capture_output=True, text=True, check=False)
    assert (other.returncode, other.stderr) == (1, "")
    assert other.stdout.startswith("Not proved: the SHA-256 of the data is ")
    none = subprocess.run([*command[:-1], "nothing.csv"], capture_output=True, text=True, check=False)
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.count("\n") == 1


@pytest.mark.parametrize("jobs", ["0", "-1", "62"])
def test_it_refuses_numbers_of_processes(jobs, tmp_path):
    command = [sys.executable, "-I", "-S", verify.__file__, "--jobs", jobs, "proof.json", "data.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("--jobs N: from 1 to 61 processes\n")


def test_a_proof_of_another_version_says_which_keys_it_has():
    text = proof_of("primes.csv").text.replace('"family"', '"digits": 60,\n "family"', 1)
    with pytest.raises(verify.Unreadable, match="as another version has: 'digits'; make the proof again"):
        verify.check(text.encode(), (DATA / "primes.csv").read_bytes())


def test_all_rows_are_counted():
    proof, data = proof_of("video.csv").text.encode(), (DATA / "video.csv").read_bytes()
    told = []
    verify.check(proof, data, tell=lambda done, rows: told.append((done, rows)))
    assert told == [(0, 1000), (250, 1000), (500, 1000), (750, 1000), (1000, 1000)]


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows")
def test_processes_are_deaf_to_ctrl_c_from_their_start(monkeypatch):
    say = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    heard = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, jobs, *_):
            super().__init__(jobs)

        def map(self, *given):
            heard.append(subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True).stdout)
            return super().map(*given)

    monkeypatch.setattr(verify, "ProcessPoolExecutor", Pool)
    proof, data = proof_of("primes.csv").text.encode(), (DATA / "primes.csv").read_bytes()
    verify.check(proof, data, jobs=2)
    assert heard == ["True\n"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_it_imports_the_standard_library_only():
    lines = Path(verify.__file__).read_text(encoding="utf-8").splitlines()
    names = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert names <= {*sys.stdlib_module_names}


def test_the_same_is_proved_by_any_number_of_processes():
    proof, data = proof_of("video.csv").text.encode(), (DATA / "video.csv").read_bytes()
    assert verify.check(proof, data, jobs=1) == verify.check(proof, data, jobs=2)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("beetles", {"target": "killed", "link": "probit", "family": "binomial", "trials": "beetles"}),
        ("beetles", {"target": "killed", "link": "cloglog", "family": "binomial", "trials": "beetles"}),
        ("primes", {"link": "logit"}),
        ("warpbreaks", {"formula": "breaks ~ C(wool, contr.sum) * C(tension, contr.helmert)", "family": "poisson"}),
        ("cars", {"formula": "distance ~ scale(speed) + sqrt(speed) + I(speed**2)", "family": "gamma", "link": "log"}),
        ("cars", {"formula": "distance ~ bs(speed, df=5)", "family": "gaussian"}),
        ("cars", {"formula": "distance ~ poly(speed, 3)", "family": "gaussian"}),
        ("cars", {"formula": "distance ~ ns(speed, df=3)", "family": "gaussian"}),
        ("cars", {"formula": "distance ~ I((speed - 10) / 3) - 1", "family": "poisson"}),
        ("blood_clotting", {"formula": "seconds ~ lot * log(concentration)", "family": "gamma"}),
        ("poisons", {"formula": "survival_time ~ poison * treatment", "family": "inverse_gaussian",
                     "link": "inverse_squared"}),
        ("poisons", {"formula": "survival_time ~ poison + treatment", "family": "inverse_gaussian", "link": "inverse"}),
        ("quine", {"formula": "days ~ ethnicity + sex + age + learner", "family": "negative_binomial", "alpha": 0.7}),
        ("quine", {"formula": "days ~ sex + age", "family": "negative_binomial"}),
        ("doctors", {"formula": "deaths ~ age_group + smoker", "family": "poisson", "exposure": "person_years"}),
        ("anorexia", {"formula": "after ~ before + treatment", "family": "gaussian", "offset": "before"}),
        ("car_insurance", {"formula": "average_cost ~ car_group + car_age", "family": "gamma", "weights": "claims",
                           "weights_type": "var"}),
        ("primes", {"l2": 1.0}),
        ("infertility", {"formula": "case ~ age + parity + education + spontaneous + induced"}),
        ("infertility", {"formula": "education ~ age + parity", "family": "multinomial"}),
    ],
)  # fmt: skip
def test_a_maximum_is_proved(name, options):
    result = proof_of(f"{name}.csv", **options)
    assert result.radius < 1e-12, result
    if "alpha" not in options and options.get("family") != "negative_binomial":
        estimate = glmnn.fit(DATA / f"{name}.csv", solver="fisher", **options)
        stated = [float(text) for line in json.loads(result.text)["coefficients"] for text in line]
        assert stated == estimate.coef.tolist()


def test_longley_is_proved_beyond_what_float64_holds():
    result = proof_of("longley.csv", target="employed", family="gaussian")
    assert result.radius < 1e-6


@pytest.mark.parametrize(("name", "link"), [("primes", "cauchit"), ("poisons", "log")])
def test_what_is_not_concave_is_refused_with_the_reason(name, link):
    options = {"primes": {}, "poisons": {"family": "inverse_gaussian", "target": "survival_time"}}[name]
    with pytest.raises(glmnn.GlmnnError, match="cannot be proved: its log-likelihood is not concave"):
        glmnn.prove(DATA / f"{name}.csv", link=link, **options)

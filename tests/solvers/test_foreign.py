"""Libraries of others: what is installed, what their names are, and R, which needs no Python package."""

import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_ndtr
from typer.testing import CliRunner

from glmnn.cli import app
from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.inference import infer
from glmnn.errors import UsageError
from glmnn.fitting.agreement import compare
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, GAUSSIAN, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, LOG, LOGIT, SQRT, power_link
from glmnn.networks.plan import make_blueprint
from glmnn.problem.problem import Problem
from glmnn.solvers.external import library as foreign
from glmnn.solvers.external.library import KERAS, MIRRORED, TORCH, Declined, Library, guarded, imported
from glmnn.solvers.external.losses import Operations, unit_loss
from glmnn.solvers.external.r import Rscript
from glmnn.solvers.external.statsmodels import Statsmodels
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.registry import LIBRARIES, SOLVERS, find_solver
from glmnn.solvers.steps import Foreign, Step
from glmnn.solvers.stopping import Status
from glmnn.solvers.updates import UPDATES
from pairs import MODEL_NAMES, MODELS, sample

with_r = pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on the PATH")


@pytest.fixture
def nothing(monkeypatch):
    """A machine without any of the libraries."""
    monkeypatch.setattr(foreign, "find_spec", lambda _name: None)
    monkeypatch.setattr(foreign, "which", lambda _name: None)


@pytest.fixture
def everything(monkeypatch):
    """A machine where all seem to be installed; none is loaded before a fit begins."""
    monkeypatch.setattr(foreign, "find_spec", lambda _name: object())
    monkeypatch.setattr(foreign, "which", lambda _name: "/usr/bin/Rscript")


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_missing_library_is_one_line_with_the_command(nothing, name):
    done = CliRunner().invoke(app, ["fit", "no such file", "--solver", name])  # before any work is done
    assert isinstance(done.exception, UsageError)
    assert LIBRARIES[name].install in str(done.exception)
    assert "\n" not in str(done.exception)


def test_all_runs_what_is_there(nothing):
    spec = make_spec(FitOptions(solver=["all"]))
    assert [solver.name for solver in spec.solvers] == ["fisher", "gd", "statsmodels"]
    assert [library.name for library in spec.absent] == list(LIBRARIES)
    found = run(spec, read_table("data/primes.csv"))
    assert found.exit == 0
    assert "sklearn (pip install scikit-learn)" in found.estimate.notes[-1]


def test_all_names_one_solver_for_each_tool(everything):
    spec = make_spec(FitOptions(solver=["all", "torch"]))
    assert [solver.name for solver in spec.solvers] == ["fisher", "gd", "statsmodels", *LIBRARIES]
    assert spec.absent == ()
    assert all(isinstance(solver, Foreign) for solver in spec.solvers[3:])


@pytest.mark.parametrize("name", [name for library in LIBRARIES.values() for name in library.solvers])
def test_every_name_is_a_solver_with_its_options(everything, name):
    (solver,) = make_spec(FitOptions(solver=[name.upper()], lr="0.1", max_iter=7)).solvers
    assert solver.name == name
    assert solver.max_iter == 7
    plan = getattr(solver, "plan", None)
    assert plan is None or (plan.lr, plan.standardize) == (0.1, False)
    rule = name.partition(":")[2]
    if plan is not None and rule != "lbfgs":
        assert plan.name == (rule or "gd")
        assert plan.batch_size == (32 if rule == "sgd" else None)


@pytest.mark.parametrize(
    ("given", "name"), [("torch:gd", "torch"), ("sklearn:lbfgs", "sklearn"), (" Keras:GD ", "keras"), ("R", "r")]
)
def test_the_first_rule_needs_no_colon(everything, given, name):
    assert [solver.name for solver in make_spec(FitOptions(solver=[given])).solvers] == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torch:adma", "did you mean 'adam'"),
        ("torch:", "no rule of torch"),
        ("r:gd", "nothing after a colon"),
        ("gd:adam", "no solver 'gd:adam'"),
        ("pytorch", "did you mean 'torch'"),
        ("sklearn:liblinear", "penalises the intercept"),
        ("torch:\x1b[31m", r"\x1b"),
    ],
)
def test_wrong_names(everything, name, said):
    with pytest.raises(UsageError, match=said.replace("\\", "\\\\").replace("[", r"\[")):
        make_spec(FitOptions(solver=[name]))


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("tensorflow", "keras is to run on 'tensorflow' (KERAS_BACKEND), which is missing: pip install tensorflow"),
        ("numpy", "on which it cannot train: choose from torch, tensorflow, jax"),
        ("\x1b[31m", r"keras is to run on '\x1b[31m' (KERAS_BACKEND)"),
    ],
)
def test_a_backend_of_keras_that_cannot_be_had_is_refused(everything, glmnn, monkeypatch, backend, reason):
    """Before anything is loaded, wherever Keras was asked for."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(foreign, "find_spec", lambda name: None if name == backend else object())
    monkeypatch.setenv("KERAS_BACKEND", backend)
    for more in (["--solver", "keras"], ["--solver", "all"], ["--solver", "keras:adam", "--hidden", "3"]):
        ended = glmnn("fit", "data/primes.csv", *more)
        assert (ended.code, ended.out) == (2, "")
        assert reason in ended.err
    monkeypatch.delenv("KERAS_BACKEND")
    assert KERAS.why_not() == ""


def test_trajectory_needs_somebody_to_compare():
    with pytest.raises(UsageError, match="--trajectory"):
        make_spec(FitOptions(solver=["gd"], trajectory=True))


def test_solvers_lists_everything_without_loading_it():
    code = "import sys; from glmnn.cli import app; app(['solvers'], standalone_mode=False); print(sorted(sys.modules))"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert time.perf_counter() - began < 5
    words = done.stdout.split()
    assert all(name in words for name in (*LIBRARIES, "fisher", "gd", "statsmodels"))
    loaded = done.stdout.splitlines()[-1]
    assert not any(f"'{name}'" in loaded for name in ("numpy", "torch", "keras", "sklearn", "lightning"))


def test_solvers_says_how_to_get_what_is_missing(nothing):
    done = CliRunner().invoke(app, ["solvers"])
    assert done.exit_code == 0
    printed = " ".join(done.output.split())
    assert all(f"missing: {library.install}" in printed for library in LIBRARIES.values())


def test_names_belong_to_their_library():
    assert find_solver("gd")[0].library is None
    for library in LIBRARIES.values():
        for name in library.solvers:
            assert find_solver(name)[0].library is library


def test_every_update_rule_is_a_solver():
    assert {name for name, entry in SOLVERS.items() if entry.make is SOLVERS["gd"].make} == set(UPDATES)
    assert set(MIRRORED) <= set(UPDATES)


def test_a_version_that_cannot_be_told_is_empty():
    assert Library("x", "X", "", (), "no-such-distribution").version() == ""


def test_a_broken_installation_declines_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "broken_library.py").write_text("raise RuntimeError('built for\\nanother machine')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Declined, match=r"^broken_library cannot be imported: built for$"):
        imported("broken_library")


class Failing:
    """A library that fails after some steps."""

    name, max_iter, stops_itself = "failing", 10, False

    def __init__(self, after):
        self.after = after

    def load(self):
        raise Declined("cannot be loaded")

    def steps(self, problem, start):
        return guarded(self._steps(problem), "Library")

    def _steps(self, problem):
        for step in Gradient().steps(problem):
            if step.iteration == self.after:
                raise ValueError("shapes do not fit\nat line 3")
            yield Step(step.iteration, step.coef)


def test_failures_are_statuses():
    problem = Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(np.ones((4, 1)), np.array([0, 1, 1, 1.0])))
    at_once, later = fit(problem.fresh(), Failing(0)), fit(problem.fresh(), Failing(2))
    assert (at_once.status, at_once.reason) == (Status.DECLINED, "Library failed: shapes do not fit")
    assert (later.status, later.reason) == (Status.STALLED, "Library failed: shapes do not fit")
    assert np.all(np.isfinite(later.coef))


@with_r
@pytest.mark.parametrize(
    "model",
    [
        model
        for model, name in zip(MODELS, MODEL_NAMES, strict=True)
        if name
        in {
            "gaussian-identity", "gaussian-log", "binomial-logit", "binomial-cauchit", "poisson-log", "poisson-sqrt",
            "gamma-inverse", "gamma-power(0.4)", "inverse_gaussian-inverse_squared", "negative_binomial(0.7)-log",
        }
    ],
    ids=lambda model: f"{model.family.name}-{model.link.name}",
)  # fmt: skip
def test_r_finds_the_same_maximum(model):
    problem = sample(model)
    inference = infer(problem, fit(problem, Fisher()).coef)
    run = fit(problem.fresh(), Rscript())
    if "MASS" in run.reason:
        pytest.skip("R has no MASS here")
    assert run.status in {Status.CONVERGED, Status.STALLED}, run.reason
    assert 0 < run.iterations <= 25
    assert compare(problem.fresh(), run, inference.coef, inference.std_error).distance < 1e-4


@with_r
def test_r_on_the_primes_as_the_lesson_printed_it():
    """5 iterations and 3e-10 standard errors, as README and CHANGELOG say."""
    found = run(make_spec(FitOptions(solver=["r"])), read_table("data/primes.csv"))
    assert found.exit == 0
    assert found.fits[0].iterations == 5
    assert found.agreements[0].distance == pytest.approx(3.1e-10, rel=0.05)


@with_r
def test_names_never_reach_r(tmp_path):
    path = tmp_path / "hostile.csv"
    path.write_text("\"x'); stop('read as code\",y\n2,0\n3,0\n5,1\n7,0\n11,1\n13,1\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["fit", str(path), "--solver", "r", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["versions"]["r"]


@with_r
def test_r_takes_a_start_and_its_limit():
    problem = Problem(
        GLM(BINOMIAL, LOGIT),
        InMemory.from_arrays(np.column_stack([np.ones(6), [2, 3, 5, 7, 11, 13]]), np.array([0, 0, 1, 0, 1, 1.0])),
    )
    near = fit(problem.fresh(), Rscript(), start=np.array([-3.549, 0.5518]))
    assert near.iterations < 4
    assert fit(problem.fresh(), Rscript(max_iter=2)).iterations == 2


@with_r
@pytest.mark.parametrize(
    ("model", "why"),
    [
        (GLM(tweedie(1.5), LOG), "no tweedie family"),
        (GLM(BINOMIAL, LINKS["loglog"]), "no loglog link"),
        (GLM(negative_binomial(0.7), power_link(0.4)), "no power"),
        (GLM(MODELS[MODEL_NAMES.index("poisson-identity")].family, LINKS["identity"]), "no valid set of coefficients"),
    ],
)
def test_what_r_cannot_do_is_declined_with_its_reason(model, why):
    run = fit(sample(model), Rscript())
    assert run.status is Status.DECLINED
    assert why in run.reason


def test_r_that_is_missing_or_hangs(monkeypatch):
    from glmnn.solvers.external import r

    problem = sample(GLM(MODELS[MODEL_NAMES.index("poisson-sqrt")].family, SQRT))
    monkeypatch.setattr(r, "which", lambda _name: None)
    assert fit(problem.fresh(), Rscript()).reason == "Rscript is not on the PATH"
    monkeypatch.setattr(r, "which", lambda _name: sys.executable)

    def hangs(*given, **_options):
        raise subprocess.TimeoutExpired(given, 600)

    monkeypatch.setattr(r.subprocess, "run", hangs)
    assert fit(problem.fresh(), Rscript()).reason == "no answer from R in 600 s"


@pytest.mark.skipif(TORCH.installed, reason="PyTorch is installed")
def test_a_network_in_pytorch_needs_pytorch(tmp_path):
    with pytest.raises(UsageError, match="pip install torch"):
        make_blueprint(FitOptions(hidden="3:relu", solver=["torch:adam"]))


NUMPY = Operations(np.exp, np.log, np.log1p, np.expm1, np.arctan, log_ndtr)


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_the_loss_that_frameworks_get_is_half_the_deviance_up_to_a_constant(model):
    problem = sample(model)
    eta, y = model.eta(fit(problem.fresh(), Fisher()).coef, problem.data.whole), problem.data.whole.y
    loss, moved = unit_loss(model, NUMPY), eta * (1 + 1e-3)
    half = 0.5 * (model.pointwise.evaluate(moved, y)[0] - model.pointwise.evaluate(eta, y)[0])
    np.testing.assert_allclose(loss(y, moved) - loss(y, eta), half, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("family", [BINOMIAL, GAUSSIAN], ids=lambda family: family.kind)
def test_what_is_in_no_table_is_declined(family):
    with pytest.raises(Declined, match="no loss is written here for the unheard-of link"):
        unit_loss(GLM(family, replace(LOGIT, name="unheard-of")), NUMPY)
    with pytest.raises(Declined, match="statsmodels has no unheard-of link"):
        Statsmodels().result(Problem(GLM(family, replace(LOGIT, name="unheard-of")), sample(MODELS[0]).data))


@pytest.mark.skipif(not LIBRARIES["r"].installed, reason="R is not installed")
def test_a_stop_by_its_own_rule_is_done_within_the_tolerance(glmnn):
    near = glmnn("fit", "data/video.csv", "--solver", "fisher,r")
    assert near.code == 0
    assert "its own stop" in near.out
    assert "Both solvers agree" in near.out
    strict = glmnn("fit", "data/video.csv", "--solver", "fisher,r", "--tol-agree", "1e-9")
    assert strict.code == 1
    told = " ".join(strict.out.split())
    assert "after 6 iterations (its own stop)" in told
    assert "epsilon=1e-08 bounds the relative change of the deviance in one iteration" in told
    assert re.search(r"with 1e-10 it ends \d\.\de-1\d standard errors away after 7", told)

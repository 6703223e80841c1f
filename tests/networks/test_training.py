"""Training: XOR, early stopping, seeds, the comparison with the GLM, and the command."""

import csv
import io
import json
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

import glmnn
from glmnn.cli import app
from glmnn.cli.schema import schema_of
from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.goodness import goodness
from glmnn.errors import DataError, Exit, GlmnnError, UsageError
from glmnn.fitting.options import FitOptions
from glmnn.models.activations import RELU, TANH
from glmnn.models.families import BINOMIAL, GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import IDENTITY, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.compare import run_hidden
from glmnn.networks.crossvalidation import Answer, CrossValidation, Rival, cross_validate, make_folds
from glmnn.networks.document import to_network_trace
from glmnn.networks.plan import make_blueprint
from glmnn.networks.report import network_report
from glmnn.networks.settings import Training
from glmnn.networks.training import Ending, train
from glmnn.networks.verdict import tone_of, verdict_lines
from glmnn.report.csv import to_csv
from glmnn.report.json import to_json
from glmnn.report.markdown import to_markdown
from glmnn.solvers.updates import UPDATES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
SCHEMA = schema_of("network")
LOGISTIC, LEAST_SQUARES = GLM(BINOMIAL, LOGIT), GLM(GAUSSIAN, IDENTITY)
XOR = InMemory.from_arrays(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0]))


def net(*layers, model=LOGISTIC, inputs=("x1", "x2"), bias=True):
    return Network(inputs, tuple(Layer(units, kind, bias) for units, kind in layers), model, bias)


@cache
def moons(rows=240, seed=0, straight=False):
    """Return features, 0/1 responses that need a bend unless straight, as the GLM's and as the network's data."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (rows, 2))
    eta = 2.0 * X[:, 0] if straight else 4.0 * X[:, 0] * X[:, 1]
    y = (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(float)
    design = InMemory.from_arrays(np.column_stack([np.ones(rows), X]), y, ("(Intercept)", "x1", "x2"))
    return design, InMemory.from_arrays(X, y)


# training


@pytest.mark.parametrize("rule", sorted(UPDATES))
def test_xor_is_learned_by_every_rule(rule):
    found = train(net((4, TANH)), XOR, Training(rule, seed=1))
    mean = found.network.fitted(found.coef, XOR.whole)
    assert np.abs(mean - XOR.whole.y).max() < 0.02
    assert found.ending is Ending.DONE


@pytest.mark.parametrize("seed", range(5))
def test_xor_is_learned_from_every_seed(seed):
    found = train(net((4, TANH)), XOR, Training(seed=seed, max_iter=1500))
    assert found.looks[-1].loss < 0.02


def test_a_network_bends_where_the_glm_cannot():
    x = np.linspace(-3, 3, 80)[:, None]
    data = InMemory.from_arrays(x * 40 + 7, 500.0 + 90.0 * np.sin(x[:, 0]))
    found = train(net((12, TANH), model=LEAST_SQUARES, inputs=("x1",)), data, Training(max_iter=3000))
    residual = data.whole.y - found.network.fitted(found.coef, data.whole)
    assert np.sqrt(np.mean(residual**2)) < 3.0
    # the loss that training saw is that of the parameters for the data's own units
    assert found.looks[-1].loss == pytest.approx(0.5 * np.mean(residual**2), rel=1e-6)


@pytest.mark.parametrize("batch", [None, 16])
def test_same_seed_same_bits(batch):
    _, data = moons()
    runs = [
        train(net((5, RELU)), data, Training(batch_size=batch, seed=seed, max_iter=200, holdout=0.2))
        for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(runs[0].coef, runs[1].coef)
    assert runs[0].looks == runs[1].looks
    assert np.any(runs[0].coef != runs[2].coef)
    assert np.any(runs[0].held != runs[2].held)


def test_early_stopping_keeps_the_best():
    _, data = moons(100)
    found = train(net((40, RELU)), data, Training(holdout=0.3, patience=10, seed=1))
    held_out = [look.held_out for look in found.looks]
    best = int(np.argmin(held_out))
    assert found.ending is Ending.EARLY
    assert found.kept == found.looks[best].update < found.updates
    assert len(held_out) - 1 - best == 10
    rows = data.whole.rows(found.held)
    assert 0.5 * found.network.deviance(found.coef, rows) / 30 == pytest.approx(held_out[best], rel=1e-9)
    assert found.held.size == 30
    assert np.isnan(train(net((2, RELU)), data, Training(max_iter=20)).looks[0].held_out)


@pytest.mark.parametrize("holdout", [0.01, 0.99])
def test_too_few_rows_to_hold_out(holdout):
    with pytest.raises(DataError, match="--holdout"):
        train(net((2, RELU)), XOR, Training(holdout=holdout))


def test_training_ends_as_it_says():
    _, data = moons()
    diverged = train(net((3, RELU), model=LEAST_SQUARES), data, Training("gd", lr=1e3, standardize=False))
    assert diverged.ending is Ending.DIVERGED
    assert np.all(np.isfinite(diverged.coef))
    still = train(net(model=LEAST_SQUARES), data, Training("gd", batch_size=240, schedule="constant"))
    assert still.ending is Ending.STATIONARY
    exact = np.linalg.lstsq(np.column_stack([data.whole.X, np.ones(240)]), data.whole.y, rcond=None)[0]
    np.testing.assert_allclose(still.coef, exact, atol=1e-8)


def test_an_interruption_keeps_what_was_reached():
    def watch(loss, _limit, _epoch):
        if loss.update >= 30:
            raise KeyboardInterrupt

    found = train(net((4, TANH)), XOR, Training(), watch)
    assert found.ending is Ending.INTERRUPTED
    assert found.updates == found.kept == 30


def test_the_squared_error_counts_twice_as_much_as_half_the_deviance():
    _, data = moons(40)
    start = net((2, TANH), model=LEAST_SQUARES).init(1)
    steps = [
        train(
            net((2, TANH), model=LEAST_SQUARES),
            data,
            Training("gd", lr, 40, max_iter=1, standardize=False, start=start, share=share),
        ).coef
        for lr, share in ((0.02, 0.5), (0.01, 1.0))
    ]
    np.testing.assert_array_equal(*steps)


@pytest.mark.slow
def test_the_iris_network_of_the_softmax_post():
    """4-32-3, relu and softmax, no biases, uniform start, batches of 8 at 1e-4; a replica gave 0.95 to 0.97."""
    table = np.loadtxt(DATA / "iris.csv", delimiter=",", skiprows=1, usecols=range(4))
    data = InMemory.from_arrays(table, np.repeat([0.0, 1.0, 2.0], 50))
    network = Network(data.names, (Layer(32, RELU, bias=False),), Multinomial(("setosa", "versicolor", "virginica")))
    how = Training("sgd", 1e-4, 8, standardize=False, max_iter=19 * 1000, start="uniform")
    found = train(network, data, how)
    assert (found.updates, network.size) == (19_000, 4 * 32 + 32 * 3)
    measures = goodness(network.head, network.eta(found.coef, data.whole), data.whole)
    assert 0.1 < measures["mean_loss"] < 0.4
    assert measures["accuracy"] > 0.9


# the comparison


@pytest.mark.parametrize("k", [2, 5, 10])
def test_folds_are_disjoint_and_hold_every_row(k):
    design, _ = moons()
    folds = make_folds(design, k, 0, classes=True)
    assert sorted(np.concatenate(folds).tolist()) == list(range(design.rows))
    shares = [design.whole.y[fold].mean() for fold in folds]
    assert max(shares) - min(shares) <= 1.5 * k / design.rows
    assert max(map(len, folds)) - min(map(len, folds)) <= 1
    with pytest.raises(DataError, match="--cv 5"):
        make_folds(XOR, 5, 0, classes=True)


def test_the_standard_error_is_that_of_nadeau_and_bengio():
    glm, network = np.array([1.0, 1.3, 0.9, 1.2]), np.array([0.8, 1.0, 0.9, 0.7])
    rivals = [Rival(values, np.zeros(1), 0) for values in (glm, network)]
    found = CrossValidation(*rivals, (np.zeros(1, dtype=int),) * 4, 0.9)
    gain, variance = np.mean(glm - network), np.var(glm - network, ddof=1)
    error = np.sqrt((1 / 4 + 1 / 3) * variance)
    assert (found.gain, found.std_error) == (pytest.approx(gain), pytest.approx(error))
    np.testing.assert_allclose(found.interval, stats.t.interval(0.9, 3, gain, error))
    assert found.p_value == pytest.approx(2 * stats.t.sf(gain / error, 3))


@pytest.mark.parametrize(
    ("difference", "answer"),
    [
        ([0.5, 0.6, 0.55], Answer.IMPROVES),
        ([-0.5, -0.6, -0.55], Answer.DOES_NOT),
        ([0.5, -0.6, 0.2], Answer.UNKNOWN),
        ([np.inf, 0.1, 0.2], Answer.UNKNOWN),
        ([np.nan, 0.1, 0.2], Answer.UNKNOWN),
    ],
)
def test_the_answer_follows_the_interval(difference, answer):
    rivals = Rival(1.0 + np.array(difference), np.zeros(1), 0), Rival(np.ones(3), np.zeros(1), 0)
    with np.errstate(invalid="ignore"):
        assert CrossValidation(*rivals, (np.zeros(1, dtype=int),) * 3, 0.95).answer is answer


def test_both_see_the_same_rows_and_none_that_is_held_out():
    design, inputs = moons()
    found = cross_validate((LOGISTIC, design), (net((6, TANH)), inputs), Training(max_iter=400), 5, 0.95)
    assert found.answer is Answer.IMPROVES
    fold, others = found.folds[2], np.delete(np.arange(240), found.folds[2])
    trained = train(net((6, TANH)), InMemory(inputs.names, inputs.whole.rows(others)), Training(max_iter=400, seed=2))
    np.testing.assert_array_equal(found.network.eta[fold], trained.network.eta(trained.coef, inputs.whole.rows(fold)))
    straight = moons(straight=True)
    costly = cross_validate(
        (LOGISTIC, straight[0]), (net((30, RELU), (30, RELU)), straight[1]), Training(max_iter=1500), 5, 0.95
    )
    assert costly.answer is not Answer.IMPROVES
    assert costly.gain < 0.0


def test_an_interruption_ends_the_comparison(monkeypatch):
    design, inputs = moons()
    monkeypatch.setattr("glmnn.networks.training.Problem", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cross_validate((LOGISTIC, design), (net((2, TANH)), inputs), Training("gd", max_iter=5), 2, 0.95)


# a fit

CASES = {
    "binary": ("video", {"hidden": "4:tanh", "cv": 3, "holdout": 0.2, "max_iter": 300}),
    "classes": ("iris", {"target": "species", "family": "multinomial", "hidden": "3:relu", "cv": 3, "max_iter": 200}),
    "cce": ("iris", {"target": "species", "loss": "cce", "hidden": "3:softmax", "max_iter": 200}),
    "mse": ("video", {"hidden": "3:sigmoid", "loss": "mse", "max_iter": 200}),
    "gamma": ("cars", {"target": "distance", "features": ["speed"], "family": "gamma", "hidden": "3", "cv": 2}),
    "exposure": (
        "ships",
        {"formula": "incidents ~ type + built + period", "family": "poisson", "exposure": "months", "hidden": "3:tanh"},
    ),
    "trials": ("beetles", {"target": "killed", "features": ["log_dose"], "trials": "beetles", "hidden": "2:tanh"}),
    "separated": ("iris_setosa", {"hidden": "3:tanh,2:identity", "cv": 2, "max_iter": 200, "intercept": False}),
    "diverged": ("cars", {"target": "distance", "features": ["speed"], "family": "gaussian", "hidden": "3:relu",
                          "solver": ["gd"], "lr": "1e5"}),
    "one rule": ("primes", {"hidden": "2:tanh", "solver": ["nesterov"], "lr": "0.1", "schedule": "inverse",
                            "batch_size": 4, "max_iter": 50, "init": "random"}),
}  # fmt: skip


@cache
def comparison(name):
    data, options = CASES[name]
    return run_hidden(make_blueprint(FitOptions(**{"max_iter": 100, **options})), read_table(str(DATA / f"{data}.csv")))


@pytest.mark.parametrize("name", CASES)
def test_a_document_follows_its_schema(name):
    text = to_json(network_report(comparison(name)))
    found = json.loads(text)
    errors = [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(found)]
    assert errors == []
    assert found["exit"] == (Exit.NO if name == "diverged" else Exit.DONE)
    weights = [value for layer in found["layers"] for row in layer["weights"] for value in row]
    biases = [value for layer in found["layers"] for value in layer["bias"] or []]
    assert sorted(weights + biases) == sorted(comparison(name).trained.coef.tolist())


VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_knows_all_options_and_endings():
    assert set(SCHEMA["$defs"]["fit_options"]["properties"]) == {item.name for item in fields(FitOptions)}
    training = SCHEMA["$defs"]["training"]["properties"]
    assert set(training["rule"]["enum"]) == set(UPDATES)
    assert set(training["ending"]["enum"]) == {ending.value for ending in Ending}
    answers = SCHEMA["$defs"]["cross_validation"]["properties"]["answer"]["enum"]
    assert set(answers) == {answer.value for answer in Answer}
    document = json.loads(to_json(network_report(comparison("binary"))))
    for change in ({"extra": 1}, {"exit": 2}, {"schema": "glmnn.network/2"}, {"layers": []}):
        assert not VALIDATOR.is_valid(
            json.loads(json.dumps({**document, **change}, default=lambda item: item.tolist()))
        )


@pytest.mark.parametrize("name", CASES)
def test_a_report_says_what_was_done(name):
    found = comparison(name)
    text = "\n".join(
        "\n".join([part.title, *part.lines, *part.below]) for part in network_report(found, verbose=True).sections
    )
    assert network_report(found).sections[0].tone is tone_of(found)
    assert "no standard errors" in text
    assert found.trained.ending.value in text
    assert verdict_lines(found)[0] in to_markdown(network_report(found)).replace("\\", "")
    if "cv" in CASES[name][1]:
        assert "Nadeau" in text
        assert "held-out deviance" in verdict_lines(found)[0]
    elif name != "diverged":
        assert "--cv 5" in verdict_lines(found)[0]


def test_every_measure_suits_the_response():
    assert {"accuracy", "auc", "brier", "calibration_slope"} <= comparison("binary").network.held_out.keys()
    assert {"accuracy", "brier"} <= comparison("classes").glm.held_out.keys()
    assert {"accuracy", "auc"} <= comparison("mse").network.fitted.keys()
    assert {"rmse", "mae"} <= comparison("gamma").network.fitted.keys()
    for name in ("binary", "exposure", "trials"):
        found = comparison(name)
        whole = found.design.data.whole
        glm = found.model.first_order(found.reference.coef, whole).deviance
        assert found.glm.fitted["deviance"] == pytest.approx(glm, rel=1e-12)


def test_the_weights_are_written_in_the_datas_own_units():
    found = comparison("binary")
    rows = list(csv.reader(io.StringIO(to_csv(network_report(found)))))
    assert rows[0] == ["parameter", "value"]
    coef = np.array([float(value) for _, value in rows[1:]])
    np.testing.assert_array_equal(coef, found.trained.coef)
    raw = np.loadtxt(DATA / "video.csv", delimiter=",", skiprows=1)[:5]
    w = {name: float(value) for name, value in rows[1:]}
    eta = np.full(5, w["head[1<-bias]"])
    for unit in range(1, 5):
        z = w[f"layer1[{unit}<-x1]"] * raw[:, 0] + w[f"layer1[{unit}<-x2]"] * raw[:, 1] + w[f"layer1[{unit}<-bias]"]
        eta += w[f"head[1<-{unit}]"] * np.tanh(z)
    whole = InMemory.from_arrays(raw[:, :2], raw[:, 2]).whole
    np.testing.assert_allclose(found.trained.network.eta(found.trained.coef, whole), eta, rtol=1e-10)


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        (
            [0.5, 0.6, 0.55],
            "The hidden layer improves held-out deviance: 0.550 less per row, 35 % of the GLM's",
        ),
        ([-0.5, -0.6, -0.55], "The hidden layer does not improve held-out deviance: 0.550 more per row"),
        ([0.1, 0.6, -0.2], "cannot be told from 3 folds: it saves 0.167 deviance"),
        ([0.1, -0.6, -0.2], "cannot be told from 3 folds: it costs 0.233 deviance"),
        ([np.inf, 0.1, 0.1], "in one fold it is infinite"),
    ],
)
def test_the_verdict_in_words(differences, words):
    rivals = Rival(1.0 + np.array(differences), np.zeros(1), 0), Rival(np.ones(3), np.zeros(1), 0)
    compared = CrossValidation(*rivals, (np.zeros(1, dtype=int),) * 3, 0.95)
    with np.errstate(invalid="ignore"):
        assert words in verdict_lines(replace(comparison("binary"), cross_validation=compared))[0]


def test_no_intercept_means_no_bias_anywhere():
    network = comparison("separated").trained.network
    assert all(place.bias is None for place in network.places)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": "3:rel"}, "did you mean 'relu'"),
        ({"loss": "bcee"}, "did you mean 'bce'"),
        ({"solver": ["fisher"]}, "--solver fisher cannot be combined with --hidden"),
        ({"solver": ["gd", "adam"]}, "one --solver"),
        ({"solver": ["adm"]}, "did you mean 'adam'"),
        (
            {"solver": ["r"]},
            "adam, torch, lightning, keras, the last three also with a rule",
        ),
        ({"solver": ["torch:lbfgs"]}, "no network rule of torch 'lbfgs': choose from gd, sgd"),
        ({"cv": 1}, "--cv"),
        ({"holdout": 1.0}, "--holdout"),
        ({"patience": 0}, "--patience"),
        ({"l2": 1.0}, "--l2"),
        ({"cov": "HC3"}, "--cov"),
        ({"average": True}, "--average"),
        ({"init": "zeros"}, "would stay equal"),
        ({"init": "a,b"}, "--init"),
        ({"init": "1,2"}, "the network has 17 parameters"),
        ({"family": "binomial", "link": "log"}, "can be any"),
        ({"loss": "cce", "family": "binomial"}, "multinomial"),
        ({"loss": "bce", "family": "poisson"}, "binomial"),
        ({"loss": "mse", "family": "multinomial"}, "cce"),
        ({"formula": "y ~ 1"}, "needs a feature"),
        ({"lr": "-1"}, "--lr"),
    ],
    ids=str,
)
def test_what_means_nothing_for_a_network_is_refused(options, message):
    with pytest.raises(GlmnnError, match=message):
        run_hidden(make_blueprint(FitOptions(**{"hidden": "4:tanh", **options})), read_table(str(DATA / "video.csv")))


@pytest.mark.parametrize("option", [{"loss": "bce"}, {"cv": 5}, {"holdout": 0.1}])
def test_a_glm_has_no_use_for_a_networks_options(option):
    with pytest.raises(UsageError, match="hidden"):
        glmnn.fit({"x": [2, 3, 5, 7, 11, 13], "y": [0, 0, 1, 0, 1, 1]}, **option)


# columns


WIDE = """a,b,c,d,e,f,g,h,y
1,2,3,4,5,6,7,8,0
2,1,0,3,1,5,2,7,1
0,3,1,1,2,2,9,7,0
4,4,2,0,1,1,1,7,1
5,0,1,2,3,3,4,9,1
"""


def test_a_network_keeps_the_columns_that_a_glm_leaves_out(tmp_path):
    """Five rows tell at most five coefficients apart; a hidden layer takes all eight columns."""
    path = tmp_path / "wide.csv"
    path.write_text(WIDE, encoding="utf-8")
    found = run_hidden(make_blueprint(FitOptions(hidden="3", max_iter=20)), read_table(str(path)))
    assert found.trained.network.inputs == tuple("abcdefgh")
    assert [layer.units for layer in found.trained.network.hidden] == [3]
    assert found.glm.parameters == 5
    assert "left out of the GLM, being combinations of other columns: e, f, g, h" in found.notes
    with pytest.raises(DataError, match="leaves fewer rows than the 5 columns of the GLM"):
        run_hidden(make_blueprint(FitOptions(hidden="3", cv=5)), read_table(str(path)))


def test_a_constant_column_of_the_users_own_is_an_input(tmp_path):
    path = tmp_path / "constant.csv"
    path.write_text("x,k,y\n1,3,0\n2,3,1\n3,3,0\n4,3,1\n", encoding="utf-8")
    found = run_hidden(make_blueprint(FitOptions(hidden="2", max_iter=20)), read_table(str(path)))
    assert found.trained.network.inputs == ("x", "k")


def test_the_row_of_the_lecture_trains_its_net(tmp_path):
    """One row, x = (5, 3): 99 steps at rate 0.1 end at J = 0.034485 (a plot there; tests/replaying has the same)."""
    path = tmp_path / "one.csv"
    path.write_text("x1,x2,y\n5,3,1\n", encoding="utf-8")
    options = FitOptions(
        hidden="3:sigmoid", intercept=False, solver=["gd"], lr="0.1", standardize=False, max_iter=99,
        init="1,2,-1,2,3,-1,0.1,0.5,-0.1",
    )  # fmt: skip
    found = run_hidden(make_blueprint(options), read_table(str(path)))
    assert found.trained.network.inputs == ("x1", "x2")
    assert found.trained.looks[0].loss == pytest.approx(0.52699227, abs=5e-9)
    assert found.trained.looks[-1].loss == pytest.approx(0.034485, abs=5e-7)


# the command


def run(*words):
    return CliRunner().invoke(app, ["fit", str(DATA / "video.csv"), "--hidden", "3:tanh", "--max-iter", "200", *words])


def test_the_command_prints_a_report():
    done = run("--cv", "2", "--verbose")
    assert done.exit_code == 0
    for text in ("network 2-3-1: tanh", "layer1[1<-x1]", "Rows held out, 2 folds", "held-out"):
        assert text in done.stdout


def test_the_command_writes_every_format(tmp_path):
    assert json.loads(run("--json").stdout)["schema"] == "glmnn.network/1"
    assert run("--csv").stdout.startswith("parameter,value\n")
    trace, markdown = tmp_path / "t.csv", tmp_path / "r.md"
    assert run("--trace", str(trace), "-o", str(markdown), "-q").exit_code == 0
    assert trace.read_text().startswith("update,loss,held_out\n0,")
    assert markdown.read_text().startswith("## glmnn fit --hidden")
    assert to_network_trace(comparison("binary")).count("\n") == 1 + len(comparison("binary").trained.looks)


def test_the_command_trains_the_same_network_from_a_configuration(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text(f'data = "{DATA / "video.csv"}"\nhidden = "3:tanh"\nmax_iter = 200\n')
    assert CliRunner().invoke(app, ["fit", "--config", str(config), "--csv"]).stdout == run("--csv").stdout

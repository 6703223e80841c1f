"""Fitted objects of scikit-learn, statsmodels, glum, PyTorch and Keras, audited as they are."""

import warnings

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: pip install scikit-learn")

from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

import glmnn
from glmnn.sklearn import GLMRegressor, LogisticRegressor

FRAME = pd.read_csv("data/infertility.csv")
NUMBERS = ["age", "parity", "spontaneous"]
PLAIN, FACTOR = "case ~ age + parity + spontaneous", "case ~ age + education + parity + spontaneous"
X, Y, WITH_LEVELS = FRAME[NUMBERS], FRAME["case"], FRAME[["age", "education", "parity", "spontaneous"]]


def exact():
    return LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky", max_iter=1000)


def audit(fitted, formula=PLAIN, data=FRAME, **options):
    return glmnn.audit(data, fitted, formula=formula, **options)


def test_an_estimator_is_its_coefficients():
    assert audit(exact().fit(X, Y)).distance < 1e-9
    assert audit(exact().fit(X.to_numpy(), Y)).distance < 1e-9
    assert audit(LogisticRegressor().fit(X, Y)).is_maximum


def test_a_cause_names_the_parameter_of_the_estimator():
    found = audit(LogisticRegression().fit(X, Y))
    assert not found.is_maximum
    assert found.audit.causes[0].key == "l2"
    assert "LogisticRegression(C=1.0" in found.causes[0]
    assert "LogisticRegression(C=1.0" in str(found).replace("\n", " ")
    found = audit(LogisticRegressor(l2=2.0).fit(X, Y))
    assert "LogisticRegressor(l2=2.0)" in found.causes[0]
    found = audit(LogisticRegression(C=np.inf, class_weight="balanced", tol=1e-10, max_iter=9999).fit(X, Y))
    assert "class_weight='balanced'" in found.causes[0]


@pytest.mark.parametrize(
    "scaler", [StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("named", [True, False])
def test_a_scaler_is_turned_back(scaler, named):
    fitted = make_pipeline(scaler(), exact()).fit(X if named else X.to_numpy(), Y)
    assert audit(fitted).distance < 1e-7


@pytest.mark.parametrize("options", [{"with_mean": False}, {"with_std": False}])
def test_half_a_scaler(options):
    assert audit(make_pipeline(StandardScaler(**options), exact()).fit(X, Y)).distance < 1e-7


def test_a_penalty_on_standardised_columns_is_recognised():
    found = audit(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y))
    assert "standardised columns" in found.causes[0]
    assert "C=1.0" in found.causes[0]


@pytest.mark.parametrize("drop", [None, "first", ["6-11yrs"]])
@pytest.mark.parametrize("ref", [None, {"education": "12+yrs"}])
def test_levels_are_held_against_the_base_of_the_model(drop, ref):
    parts = make_column_transformer(
        (OneHotEncoder(drop=drop), ["education"]), (MinMaxScaler(), ["age", "parity"]), remainder="passthrough"
    )
    fitted = make_pipeline(parts, LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000)).fit(WITH_LEVELS, Y)
    found = audit(fitted, FACTOR, **({} if ref is None else {"ref": ref}))
    assert found.is_maximum
    assert found.distance < 1e-4


def test_chains_of_transformers():
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    parts = make_column_transformer(
        (numbers, slice(2, 4)), (StandardScaler(), [True, False, False, False]), ("drop", ["education"])
    )
    assert audit(make_pipeline(parts, exact()).fit(WITH_LEVELS, Y)).distance < 1e-7
    chosen = make_pipeline(StandardScaler(), SelectKBest(k=2), exact()).fit(X, Y)
    kept = X.columns[chosen[1].get_support()]
    assert audit(chosen, f"case ~ {' + '.join(kept)}").distance < 1e-7


def test_a_search_is_its_best_estimator():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.5, 1e8]}, cv=3).fit(X, Y)
    found = audit(search)
    assert found.is_maximum == (search.best_params_["C"] == 1e8)


def test_other_families():
    counts = pd.read_csv("data/quine.csv").assign(male=lambda frame: (frame["sex"] == "M").astype(float))
    found = audit(PoissonRegressor().fit(counts[["male"]], counts["days"]), "days ~ male", counts, family="poisson")
    assert "PoissonRegressor(alpha=1" in found.causes[0]
    right = PoissonRegressor(alpha=0, tol=1e-12, solver="newton-cholesky").fit(counts[["male"]], counts["days"])
    assert audit(right, "days ~ male", counts, family="poisson").is_maximum
    cars = pd.read_csv("data/cars.csv")
    linear = LinearRegression().fit(cars[["speed"]], cars["distance"])
    assert audit(linear, "distance ~ speed", cars, family="gaussian").is_maximum
    without = LinearRegression(fit_intercept=False).fit(cars[["speed"]], cars["distance"])
    assert audit(without, "distance ~ speed - 1", cars, family="gaussian").is_maximum
    assert not audit(without, "distance ~ speed", cars, family="gaussian").is_maximum
    nb = GLMRegressor("negative_binomial").fit(counts[["male"]], counts["days"])
    assert audit(nb, "days ~ male", counts, family="negative_binomial").is_maximum


@pytest.mark.parametrize(
    ("fitted", "said"),
    [
        (lambda: LogisticRegression(), "is not fitted"),
        (lambda: make_pipeline(PolynomialFeatures(), LinearRegression()).fit(X, Y), "PolynomialFeatures"),
        (lambda: make_pipeline(StandardScaler(), exact()), "not fitted"),
        (lambda: make_pipeline(OrdinalEncoder(), LinearRegression()).fit(X, Y), "OrdinalEncoder"),
        (lambda: make_pipeline(OneHotEncoder(min_frequency=60), PoissonRegressor()).fit(X, Y), "rare categories"),
        (lambda: make_pipeline(OneHotEncoder(), LogisticRegression()).fit(X.to_numpy(), Y), "without names"),
        (lambda: LogisticRegression(max_iter=1000).fit(X, FRAME["education"]), "linear predictors"),
    ],
)
def test_what_cannot_be_audited_says_why(fitted, said):
    with pytest.raises(glmnn.GlmnnError, match=said):
        audit(fitted())


def test_glum():
    glum = pytest.importorskip("glum", reason="glum is not installed: pip install glum")
    penalised = glum.GeneralizedLinearRegressor(family="binomial", alpha=0.1).fit(X, Y)
    assert "alpha=0.1" in audit(penalised).causes[0]
    right = glum.GeneralizedLinearRegressor(family="binomial", alpha=0, gradient_tol=1e-12).fit(X, Y)
    assert audit(right).is_maximum


@pytest.mark.parametrize("single", [True, False])
def test_a_torch_module(single):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    coef = glmnn.fit(FRAME, formula=PLAIN, solver="fisher").coef
    neuron = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())
    neuron = neuron.float() if single else neuron.double()
    with torch.no_grad():
        neuron[0].weight.copy_(torch.tensor(coef.iloc[1:].to_numpy()[None, :]))
        neuron[0].bias.copy_(torch.tensor(coef.iloc[:1].to_numpy()))
    found = audit(neuron)
    assert found.is_maximum
    assert found.audit.claim.single == single
    with pytest.raises(glmnn.GlmnnError, match="not a single neuron"):
        audit(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1)))


def test_a_keras_model():
    keras = pytest.importorskip("keras", reason="Keras is not installed: pip install keras")
    coef = glmnn.fit(FRAME, formula=PLAIN, solver="fisher").coef
    neuron = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid", dtype="float64")])
    neuron.set_weights([coef.iloc[1:].to_numpy()[:, None], coef.iloc[:1].to_numpy()])
    assert audit(neuron).is_maximum

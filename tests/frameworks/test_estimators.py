"""glmnn's estimators for scikit-learn: its own checks, pipelines and searches, and the numbers of the fit below."""

import warnings

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed: pip install scikit-learn")

from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import glmnn
from glmnn.sklearn import GLMRegressor, LogisticRegressor

ESTIMATORS = (
    GLMRegressor(),
    GLMRegressor("gamma", "log"),
    GLMRegressor("poisson"),
    LogisticRegressor(),
    LogisticRegressor(l2=1.0),
)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_scikit_learns_own_checks(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(clone(estimator), on_fail=None)
    assert [item["check_name"] for item in found if item["status"] == "failed"] == []
    assert len(found) > 40


@pytest.fixture
def video():
    frame = pd.read_csv("data/video.csv")
    return frame[["x1", "x2"]], frame["y"]


def test_the_numbers_are_those_of_fit(video):
    X, y = video
    model, found = LogisticRegressor().fit(X, y), glmnn.fit("data/video.csv", solver="fisher")
    np.testing.assert_allclose([*model.intercept_, *model.coef_[0]], found.coef, rtol=1e-14)
    np.testing.assert_allclose(model.std_error_[0], found.std_error.iloc[1:], rtol=1e-12)
    assert list(model.feature_names_in_) == ["x1", "x2"]
    assert model.certificate_["maximum"] is True
    assert "\n" not in model.certificate_["verdict"]
    assert 0.0 <= model.certificate_["max_score"] < 1e-10
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-6)


def test_classes_are_scikit_learns(video):
    frame = pd.read_csv("data/iris.csv")
    X, y = frame[["sepal_length", "sepal_width"]], frame["species"]
    model = LogisticRegressor(l2=1.0).fit(X[y != "setosa"], y[y != "setosa"])
    assert list(model.classes_) == ["versicolor", "virginica"]
    reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(X[y != "setosa"], y[y != "setosa"])
    np.testing.assert_allclose(model.coef_, reference.coef_, rtol=1e-4)


def test_a_separated_fit_is_told(video):
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1]
    with pytest.warns(ConvergenceWarning, match="No finite maximum"):
        model = LogisticRegressor().fit(X, y)
    assert model.certificate_["maximum"] is False
    assert np.isnan(model.certificate_["max_score"])
    assert list(model.predict(X)) == y


def test_pipelines_and_searches(video):
    X, y = video
    piped = make_pipeline(StandardScaler(), LogisticRegressor())
    search = GridSearchCV(piped, {"logisticregressor__l2": [0.0, 10.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.8


def test_a_regressor_of_counts():
    frame = pd.read_csv("data/warpbreaks.csv")
    X, y = pd.get_dummies(frame[["wool", "tension"]], drop_first=True).astype(float), frame["breaks"]
    model = GLMRegressor("poisson").fit(X, y)
    reference = PoissonRegressor(alpha=0.0, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-6)
    np.testing.assert_allclose(model.predict(X), reference.predict(X), rtol=1e-6)

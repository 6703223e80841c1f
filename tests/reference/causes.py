"""Write coefficients that real tools made, each with a known reason why it is not the maximum likelihood estimate.

Run from the root of the repository, with Python 3.11 and R 4.2.2 (glmnet 4.1-6, brglm2 0.9, MASS, nnet)::

    uv run --no-project --with numpy==2.4.6 --with scipy==1.17.1 --with pandas==3.1.1 --with statsmodels==0.15.0 \
        --with scikit-learn==1.9.1 --with glum==3.4.1 --with formulaic==1.2.2 --with torch==2.13.0 \
        python tests/reference/causes.py

It writes the simulated data and ``cases.json`` into the folder ``causes`` next to this script; `causes.R` makes the
R cases and is called from here. The package under test is never imported.

``cases.json`` has ``versions`` and ``cases``. Each case has

- ``id`` (cause/model/tool), ``data`` (file from the root of the repository) and ``options``: the model that the
  auditor believes in, as options of ``glmnn fit``;
- ``cause``, ``parameters`` (its true values) and ``tool`` (the call);
- ``coef``, the coefficients by name, or ``values``, a bare list in the order of the tool, or besides ``coef`` the
  ``coef_text`` that was printed;
- ``distance_se``: the largest difference from the maximum likelihood estimate in standard errors of that estimate (a
  missing intercept counts as 0); null where names do not correspond or where there is no estimate;
- ``explained_se``: the largest difference, in the same unit, from the coefficients that the stated cause and
  parameters give when they are computed here without the tool; null where that is not done.

Penalties are in the unit of the summed negative log-likelihood at dispersion 1: lambda adds lambda / 2 sum b^2,
lambda_l1 adds lambda_l1 sum |b|, and for the causes ``..._standardized`` b is the coefficient of the column divided by
its standard deviation (divisor n). Rows are counted from 0 in the file.

A case is dropped, and named on the screen, where the cause did nothing visible or does not explain the coefficients.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import formulaic
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import least_squares

with suppress(ImportError):  # pytest imports every module in search of doctests, where these are not installed
    import glum
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import (
        GammaRegressor,
        LinearRegression,
        LogisticRegression,
        LogisticRegressionCV,
        PoissonRegressor,
        Ridge,
        SGDClassifier,
        TweedieRegressor,
    )
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler
with suppress(ImportError):
    import torch

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_suffix("")
SIMULATED = "tests/reference/causes"
SMALLEST = 1e-3  # standard errors that a cause must move a coefficient by
CLEAN = 1e-6  # standard errors up to which a fit is clean
INVISIBLE_ALLOWED = {"none", "float32", "printed", "loose_tolerance", "collinear"}
LIMITS = {"stopped_early": (0.01, 20.0), "not_converged": (0.01, np.inf), "loose_tolerance": (CLEAN, 1.0)}
UNEXPLAINED = 0.25  # part of the distance that the stated cause may leave over, for tools that stop early

Array = np.ndarray
Case = dict[str, Any]
RECIPES: list[Callable[[], Iterator[Case]]] = []


def recipe(function: Callable[[], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    """Register a function that yields cases."""
    RECIPES.append(function)
    return function


# --- simulated data ---------------------------------------------------------------------------------------------------


def coin(rng: np.random.Generator, eta: Array) -> Array:
    """Return 0/1 responses with log-odds eta."""
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(int)


def sim_a() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3)).round(2)
    y = coin(rng, 0.4 + x @ [1.0, -0.7, 0.3])
    return pd.DataFrame({"x1": x[:, 0], "x2": x[:, 1], "x3": x[:, 2], "w": rng.integers(1, 6, 200), "y": y})


def sim_b() -> pd.DataFrame:
    rng, n = np.random.default_rng(2), 500
    frame = pd.DataFrame(
        {
            "weight": rng.normal(80, 14, n).round(1),
            "age": rng.integers(20, 71, n),
            "income": rng.normal(42000, 12000, n).round(-2).astype(int),
            "ratio": rng.uniform(0.1, 0.7, n).round(3),
            "visits": rng.poisson(3, n),
            "distance": rng.lognormal(2, 0.8, n).round(1),
        }
    )
    z = (frame - frame.mean()) / frame.std()
    return frame.assign(y=coin(rng, -0.5 + z.to_numpy() @ [0.5, 0.8, -0.6, 0.4, 0.3, -0.4]))


def sim_c() -> pd.DataFrame:
    rng, n = np.random.default_rng(3), 300
    g = rng.choice(list("abcd"), n, p=[0.35, 0.3, 0.2, 0.15])
    frame = pd.DataFrame({"g": g, "x1": rng.normal(1, 1, n).round(2), "x2": rng.integers(0, 10, n)})
    frame["b"] = rng.integers(0, 2, n)
    effect = frame["g"].map({"a": 0.0, "b": 0.8, "c": -0.6, "d": 1.1})
    eta = -0.9 + effect + 0.7 * frame["x1"] - 0.1 * frame["x2"] + 0.5 * frame["b"]
    return frame.assign(y=coin(rng, eta.to_numpy()))


def sim_d() -> pd.DataFrame:
    rng, n = np.random.default_rng(4), 400
    x = np.column_stack([rng.normal(0, 1, (n, 2)), rng.exponential(1, n), rng.integers(0, 2, n)]).round(2)
    eta = -3.5 + x @ [0.8, -0.5, 0.4, 0.6]
    return pd.DataFrame(x, columns=["x1", "x2", "x3", "x4"]).astype({"x4": int}).assign(y=coin(rng, eta))


def sim_missing() -> pd.DataFrame:
    rng, n = np.random.default_rng(5), 250
    x = rng.normal(size=(n, 3)).round(2)
    x[:, 1] = (x[:, 1] * 2 + 5).round(1)
    y = coin(rng, -3.0 + x @ [0.8, 0.6, -0.5])
    frame = pd.DataFrame(x, columns=["x1", "x2", "x3"]).assign(z=rng.integers(0, 100, n).astype(float), y=y)
    frame.loc[rng.random(n) < 0.14, "x2"] = np.nan
    frame.loc[rng.random(n) < 0.1, "z"] = np.nan
    return frame.astype({"z": "Int64"})


def sim_collinear() -> pd.DataFrame:
    rng, n = np.random.default_rng(6), 150
    x1, x2 = rng.integers(-20, 21, n), rng.integers(0, 31, n)
    y = coin(rng, 0.3 + 0.08 * x1 - 0.05 * x2)
    return pd.DataFrame({"x1": x1, "x2": x2, "x3": x1 + x2, "y": y})


def sim_count() -> pd.DataFrame:
    rng, n = np.random.default_rng(7), 220
    frame = pd.DataFrame({"x1": rng.normal(0, 1, n).round(2), "x2": rng.integers(0, 12, n)})
    frame["region"] = rng.choice(["east", "north", "west"], n)
    frame["time"] = rng.uniform(0.5, 6, n).round(1)
    eta = 0.2 + 0.3 * frame["x1"] - 0.08 * frame["x2"] + frame["region"].map({"east": 0.0, "north": 0.4, "west": -0.3})
    return frame.assign(y=rng.poisson(frame["time"] * np.exp(eta)))


def sim_gamma() -> pd.DataFrame:
    rng, n = np.random.default_rng(8), 160
    x1, x2 = rng.uniform(0, 4, n).round(2), rng.integers(0, 2, n)
    mean = np.exp(1.0 + 0.4 * x1 - 0.5 * x2)
    return pd.DataFrame({"x1": x1, "x2": x2, "cost": rng.gamma(3, mean / 3).round(2)})


def write_data() -> None:
    """Write the simulated data sets."""
    for make in (sim_a, sim_b, sim_c, sim_d, sim_missing, sim_collinear, sim_count, sim_gamma):
        make().to_csv(FOLDER / f"{make.__name__}.csv", index=False, lineterminator="\n")


# --- exact fits -------------------------------------------------------------------------------------------------------

FAMILIES = {
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gamma": sm.families.Gamma,
    "gaussian": sm.families.Gaussian,
    "negative_binomial": sm.families.NegativeBinomial,
}
LINKS = {
    "logit": sm.families.links.Logit,
    "probit": sm.families.links.Probit,
    "cloglog": sm.families.links.CLogLog,
    "cauchit": sm.families.links.Cauchy,
    "log": sm.families.links.Log,
    "inverse": sm.families.links.InversePower,
    "identity": sm.families.links.Identity,
    "sqrt": sm.families.links.Sqrt,
}
NATURAL = {"binomial": "logit", "poisson": "log", "gamma": "inverse", "gaussian": "identity"}


def family_of(name: str, link: str | None = None, **more: float) -> sm.families.Family:
    """Return a statsmodels family."""
    return FAMILIES[name](LINKS[link or NATURAL[name]](), **more)


@dataclass(frozen=True)
class Problem:
    """A design with its response, prior weights and offset."""

    X: Array
    y: Array
    family: sm.families.Family
    weights: Array
    offset: Array

    def rows(self, keep: Any) -> Problem:
        """Return the problem on some rows, which may come twice."""
        return replace(self, X=self.X[keep], y=self.y[keep], weights=self.weights[keep], offset=self.offset[keep])

    def parts(self, coef: Array) -> tuple[Array, Array, Array]:
        """Return mean, score and information at these coefficients, at dispersion 1."""
        mean = self.family.link.inverse(self.X @ coef + self.offset)
        slope, variance = 1 / self.family.link.deriv(mean), self.family.variance(mean)
        score = self.X.T @ (self.weights * (self.y - mean) * slope / variance)
        working = self.weights * slope**2 / variance
        return mean, score, (self.X.T * working) @ self.X

    def loss(self, coef: Array) -> float:
        """Return half the deviance."""
        mean = self.family.link.inverse(self.X @ coef + self.offset)
        return float(self.family.deviance(self.y, mean, var_weights=self.weights)) / 2


def start(p: Problem) -> Array:
    """Return the coefficients of a first weighted regression on the link scale."""
    centre = np.average(p.y, weights=p.weights)
    eta = p.family.link((p.y + centre) / 2) - p.offset
    return np.linalg.lstsq(p.X, eta, rcond=None)[0]


def jeffreys(p: Problem, mean: Array, information: Array) -> Array:
    """Return what Firth's adjustment adds to the score, for canonical links."""
    working = p.weights / p.family.link.deriv(mean)
    leverage = working * np.einsum("ij,jk,ik->i", p.X, np.linalg.inv(information), p.X)
    half = 0.5 - mean if isinstance(p.family, sm.families.Binomial) else np.full(len(mean), 0.5)
    return p.X.T @ (leverage * half)


def climb(p: Problem, l2: Any = 0.0, slope: Any = 0.0, firth: bool = False) -> Array:
    """Maximise the log-likelihood minus l2 / 2 b^2 minus slope b, by Fisher scoring with step-halving."""
    width = p.X.shape[1]
    l2, slope = np.broadcast_to(l2, width), np.broadcast_to(slope, width)

    def value(b: Array) -> float:
        return p.loss(b) + l2 @ b**2 / 2 + slope @ b

    coef = start(p) if not np.any(l2) and not firth else np.zeros(width)
    if not np.isfinite(value(coef)):
        coef = start(p)
    for _ in range(2000):
        mean, score, information = p.parts(coef)
        score = score - l2 * coef - slope + (jeffreys(p, mean, information) if firth else 0)
        step = np.linalg.solve(information + np.diag(l2), score)
        old = value(coef)
        while not firth and not value(coef + step) <= old + 1e-11 * abs(old) + 1e-12:
            step = step / 2
        coef = coef + step
        if np.all(np.abs(step) <= 1e-13 * np.abs(coef) + 1e-300):
            break
    return coef


def lasso(p: Problem, l1: Array, l2: Array, claimed: Array) -> Array:
    """Return the exact elastic net estimate that has the zeros and signs of the claimed one."""
    on = (claimed != 0) | (l1 == 0)
    small = replace(p, X=p.X[:, on])
    coef = np.zeros(len(on))
    coef[on] = climb(small, l2[on], (l1 * np.sign(claimed))[on])
    kept = np.all(np.sign(coef[on & (l1 > 0)]) == np.sign(claimed[on & (l1 > 0)]))
    if not kept or np.any(np.abs(p.parts(coef)[1][~on]) > l1[~on] * (1 + 1e-6)):
        return np.full(len(on), np.nan)
    return coef


# --- models -----------------------------------------------------------------------------------------------------------

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "primes": ("data/primes.csv", {"target": "y", "features": ["x"]}),
    "video": ("data/video.csv", {"target": "y", "features": ["x1", "x2"]}),
    "infertility": (
        "data/infertility.csv",
        {"formula": "case ~ age + parity + C(education) + induced + spontaneous", "family": "binomial"},
    ),
    "infertility_numeric": (
        "data/infertility.csv",
        {"target": "case", "features": ["age", "parity", "induced", "spontaneous"]},
    ),
    "a": (f"{SIMULATED}/sim_a.csv", {"target": "y", "features": ["x1", "x2", "x3"]}),
    "a_weighted": (
        f"{SIMULATED}/sim_a.csv",
        {"target": "y", "features": ["x1", "x2", "x3"], "weights": "w", "weights_type": "freq"},
    ),
    "a_cloglog": (f"{SIMULATED}/sim_a.csv", {"target": "y", "features": ["x1", "x2", "x3"], "link": "cloglog"}),
    "a_probit": (f"{SIMULATED}/sim_a.csv", {"target": "y", "features": ["x1", "x2", "x3"], "link": "probit"}),
    "b": (
        f"{SIMULATED}/sim_b.csv",
        {"target": "y", "features": ["weight", "age", "income", "ratio", "visits", "distance"]},
    ),
    "c": (f"{SIMULATED}/sim_c.csv", {"formula": "y ~ x1 + x2 + C(g)", "family": "binomial"}),
    "c_bare": (f"{SIMULATED}/sim_c.csv", {"formula": "y ~ g + x1 + x2 + b"}),
    "d": (f"{SIMULATED}/sim_d.csv", {"target": "y", "features": ["x1", "x2", "x3", "x4"]}),
    "d_cloglog": (f"{SIMULATED}/sim_d.csv", {"target": "y", "features": ["x1", "x2", "x3", "x4"], "link": "cloglog"}),
    "missing": (f"{SIMULATED}/sim_missing.csv", {"target": "y", "features": ["x1", "x2", "x3"], "na": "drop"}),
    "missing_z": (f"{SIMULATED}/sim_missing.csv", {"target": "y", "features": ["x1", "x3"], "na": "drop"}),
    "collinear": (f"{SIMULATED}/sim_collinear.csv", {"target": "y", "features": ["x1", "x2", "x3"]}),
    "setosa": ("data/iris_setosa.csv", {"target": "y", "features": ["sepal_length", "sepal_width"]}),
    "beetles": (
        "data/beetles.csv",
        {"target": "killed", "features": ["log_dose"], "trials": "beetles", "family": "binomial"},
    ),
    "warpbreaks": ("data/warpbreaks.csv", {"formula": "breaks ~ wool + tension", "family": "poisson"}),
    "count": (
        f"{SIMULATED}/sim_count.csv",
        {"formula": "y ~ x1 + x2 + C(region)", "family": "poisson", "exposure": "time"},
    ),
    "count_plain": (f"{SIMULATED}/sim_count.csv", {"target": "y", "features": ["x1", "x2"], "family": "poisson"}),
    "doctors": (
        "data/doctors.csv",
        {"formula": "deaths ~ age_group + smoker", "family": "poisson", "exposure": "person_years"},
    ),
    "gamma": (
        f"{SIMULATED}/sim_gamma.csv",
        {"target": "cost", "features": ["x1", "x2"], "family": "gamma", "link": "log"},
    ),
    "insurance": (
        "data/car_insurance.csv",
        {
            "formula": "average_cost ~ car_group + car_age",
            "family": "gamma",
            "link": "log",
            "weights": "claims",
            "weights_type": "var",
        },
    ),
    "cars": ("data/cars.csv", {"target": "distance", "features": ["speed"], "family": "gaussian"}),
    "anorexia": ("data/anorexia.csv", {"formula": "after ~ before + C(treatment)", "family": "gaussian"}),
}
NO_ESTIMATE = {"collinear", "setosa"}


@dataclass(frozen=True)
class Model:
    """The model the auditor believes in, with its maximum likelihood estimate."""

    name: str
    data: str
    options: dict[str, Any]
    frame: pd.DataFrame  # rows without a missing cell in the model, index as in the file
    problem: Problem
    names: list[str]
    mle: Array
    se: Array

    @property
    def n(self) -> int:
        return len(self.problem.y)

    @property
    def p(self) -> Problem:
        return self.problem

    def case(
        self,
        cause: str,
        via: str,
        tool: str,
        coef: Sequence[float] | Array,
        *,
        exact: Array | None = None,
        values: bool = False,
        text: list[str] | None = None,
        **parameters: Any,
    ) -> Case:
        """Return one case; ``coef`` has an entry for each name, or none for the intercept."""
        coef = [float(one) for one in coef]
        names = self.names if len(coef) == len(self.names) else self.names[1:]
        claim = {"values": coef} if values else {"coef": dict(zip(names, coef, strict=True))}
        if text is not None:
            claim["coef_text"] = dict(zip(names, text, strict=True))
        distance = explained = None
        if self.name not in NO_ESTIMATE:
            whole = np.array(coef) if len(coef) == len(self.names) else np.r_[0.0, coef]
            if not values:
                distance = far(self, whole, self.mle)
            if exact is None and cause in EXACT:
                exact = EXACT[cause](self, parameters, whole)
            if exact is not None:
                explained = far(self, whole, exact)
        return {
            "id": f"{cause}/{self.name}/{via}",
            "data": self.data,
            "options": self.options,
            "cause": cause,
            "parameters": {key: plain(value) for key, value in parameters.items()},
            "tool": tool,
            **claim,
            "distance_se": None if distance is None else float(f"{distance:.3g}"),
            "explained_se": None if explained is None else float(f"{explained:.2g}"),
        }


def plain(value: Any) -> Any:
    """Return numpy values as Python ones."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def far(m: Model, one: Array, other: Array) -> float:
    """Return the largest difference in standard errors."""
    return float(np.max(np.abs(one - other) / m.se))


def read(data: str) -> pd.DataFrame:
    """Read a table in which only the empty cell is missing."""
    return pd.read_csv(ROOT / data, keep_default_na=False, na_values=[""])


def matrices(frame: pd.DataFrame, options: dict[str, Any]) -> tuple[Array, Array, list[str], list[str]]:
    """Return response, design, names of its columns, and the columns of the frame that are used."""
    if "formula" in options:
        left, right = formulaic.Formula(options["formula"]).get_model_matrix(frame, na_action="ignore")
        used = sorted({str(one) for one in left.model_spec.required_variables | right.model_spec.required_variables})
        names = ["(Intercept)" if name == "Intercept" else name for name in right.columns]
        return left.to_numpy(float)[:, 0], right.to_numpy(float), names, used
    X = np.column_stack([np.ones(len(frame)), frame[options["features"]].to_numpy(float)])
    used = [options["target"], *options["features"]]
    return frame[options["target"]].to_numpy(float), X, ["(Intercept)", *options["features"]], used


@cache
def model(name: str) -> Model:
    """Read a model and fit it."""
    data, options = MODELS[name]
    frame = read(data)
    used = matrices(frame, options)[3]
    frame = frame.dropna(subset=used)
    y, X, names, _ = matrices(frame, options)
    weights = frame[options["weights"]].to_numpy(float) if "weights" in options else np.ones(len(y))
    offset = np.log(frame[options["exposure"]].to_numpy(float)) if "exposure" in options else np.zeros(len(y))
    if "trials" in options:
        weights = frame[options["trials"]].to_numpy(float)
        y = y / weights
    p = Problem(X, y, family_of(options.get("family", "binomial"), options.get("link")), weights, offset)
    nothing = np.full(len(names), np.nan)
    mle, se = (nothing, nothing) if name in NO_ESTIMATE else estimate(p)
    return Model(name, data, options, frame, p, names, mle, se)


def estimate(p: Problem) -> tuple[Array, Array]:
    """Return maximum likelihood estimate and standard errors, after comparing with statsmodels."""
    coef = climb(p)
    mean, _, information = p.parts(coef)
    pearson = np.sum(p.weights * (p.y - mean) ** 2 / p.family.variance(mean))
    known = isinstance(p.family, sm.families.Binomial | sm.families.Poisson)
    se = np.sqrt(np.diag(np.linalg.inv(information)) * (1 if known else pearson / (len(p.y) - len(coef))))
    fit = glm(p).fit(tol=1e-15, maxiter=200)
    if np.max(np.abs(fit.params - coef) / se) > 1e-7:
        raise AssertionError(f"statsmodels has another maximum: {fit.params} and not {coef}")
    return coef, se


def glm(p: Problem) -> sm.GLM:
    """Return the problem as a model of statsmodels."""
    return sm.GLM(p.y, p.X, p.family, var_weights=p.weights, offset=p.offset)


# --- what a cause should give -----------------------------------------------------------------------------------------


def spread(m: Model) -> Array:
    """Return the standard deviations of the columns, 1 for the intercept."""
    return np.where(np.arange(len(m.names)) == 0, 1.0, m.p.X.std(axis=0))


def slopes(m: Model, value: float = 1.0) -> Array:
    """Return the value for each column but the intercept, which gets 0."""
    return np.where(np.arange(len(m.names)) == 0, 0.0, value)


def everywhere(m: Model, value: float) -> Array:
    return np.full(len(m.names), float(value))


def weigh(m: Model, weights: dict[str, float]) -> Problem:
    """Return the problem with weights for the two classes."""
    return replace(m.p, weights=m.p.weights * np.where(m.p.y == 1, weights["1"], weights["0"]))


def headless(p: Problem) -> Problem:
    return replace(p, X=p.X[:, 1:])


def without(m: Model, rows: Sequence[int]) -> Problem:
    """Return the problem without rows of the file."""
    return m.p.rows(~m.frame.index.isin(rows))


def twice(m: Model, rows: Sequence[int]) -> Problem:
    return m.p.rows(np.r_[np.arange(m.n), [m.frame.index.get_loc(row) for row in rows]])


def scaled(m: Model, centre: Any, scale: Any) -> Array:
    """Return the design with columns moved and scaled."""
    X = m.p.X.copy()
    X[:, 1:] = (X[:, 1:] - centre) / scale
    return X


def standard(m: Model, ddof: int = 0) -> Problem:
    columns = m.p.X[:, 1:]
    return replace(m.p, X=scaled(m, columns.mean(axis=0), columns.std(axis=0, ddof=ddof)))


def penalties(m: Model, q: dict[str, Any], scale: Array) -> tuple[Array, Array]:
    """Return the L1 and L2 penalty of each column."""
    where = np.where(slopes(m) == 0, 1.0 if q.get("intercept_penalised") else 0.0, 1.0)
    return where * q["lambda_l1"] * scale, where * q.get("lambda", 0.0) * scale**2


def squared(m: Model) -> Array:
    """Return the coefficients of least squares through the inverse link."""
    mean = m.p.family.link.inverse
    fit = least_squares(lambda b: m.p.y - mean(m.p.X @ b), m.mle, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return fit.x


EXACT: dict[str, Callable[[Model, dict[str, Any], Array], Array]] = {
    "none": lambda m, q, b: m.mle,
    "l2": lambda m, q, b: climb(m.p, slopes(m, q["lambda"])),
    "l2_all": lambda m, q, b: climb(m.p, q["lambda"]),
    "l2_standardized": lambda m, q, b: climb(m.p, slopes(m, q["lambda"]) * spread(m) ** 2),
    "l1": lambda m, q, b: lasso(m.p, *penalties(m, q, np.ones(len(b))), b),
    "elastic_net": lambda m, q, b: lasso(m.p, *penalties(m, q, np.ones(len(b))), b),
    "l1_standardized": lambda m, q, b: lasso(m.p, *penalties(m, q, spread(m)), b),
    "elastic_net_standardized": lambda m, q, b: lasso(m.p, *penalties(m, q, spread(m)), b),
    "no_intercept": lambda m, q, b: np.r_[0, climb(headless(m.p))],
    "l2+no_intercept": lambda m, q, b: np.r_[0, climb(headless(m.p), q["lambda"])],
    "class_weights": lambda m, q, b: climb(weigh(m, q["weights"])),
    "class_weights+l2": lambda m, q, b: climb(weigh(m, q["weights"]), slopes(m, q["lambda"])),
    "weights_ignored": lambda m, q, b: climb(replace(m.p, weights=np.ones(m.n))),
    "offset_ignored": lambda m, q, b: climb(replace(m.p, offset=np.zeros(m.n))),
    "dropped_rows": lambda m, q, b: climb(without(m, q["rows"])),
    "repeated_rows": lambda m, q, b: climb(twice(m, q["rows"])),
    "standardized_units": lambda m, q, b: climb(standard(m, q["ddof"])),
    "l2+standardized_units": lambda m, q, b: climb(standard(m), slopes(m, q["lambda"])),
    "centred_units": lambda m, q, b: climb(replace(m.p, X=scaled(m, m.p.X[:, 1:].mean(axis=0), 1.0))),
    "minmax_units": lambda m, q, b: climb(
        replace(m.p, X=scaled(m, m.p.X[:, 1:].min(axis=0), np.ptp(m.p.X[:, 1:], axis=0)))
    ),
    "other_units": lambda m, q, b: m.mle * np.where([n == q["column"] for n in m.names], q["divisor"], 1.0),
    "sign": lambda m, q, b: -m.mle,
    "half": lambda m, q, b: m.mle / 2,
    "order": lambda m, q, b: m.mle[q["order"]],
    "swapped_response": lambda m, q, b: climb(replace(m.p, y=1 - m.p.y)),
    "other_link": lambda m, q, b: climb(
        replace(m.p, family=family_of(q["family"], q["link"], **({"alpha": q["alpha"]} if "alpha" in q else {})))
    ),
    "squared_error": lambda m, q, b: squared(m),
    "firth": lambda m, q, b: climb(m.p, firth=True),
}


# --- the tools --------------------------------------------------------------------------------------------------------


def sk(estimator: Any, p: Problem, X: Array | None = None, **fit: Any) -> tuple[Array, bool]:
    """Fit an estimator of scikit-learn; return intercept and slopes, and whether it claims to have converged."""
    columns = p.X[:, 1:] if X is None else X
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(columns, p.y, **fit)
    calm = not any(issubclass(one.category, ConvergenceWarning) for one in caught)
    coef = np.ravel(estimator.coef_)
    return (np.r_[estimator.intercept_, coef] if estimator.fit_intercept else coef), calm


def logistic(**options: Any) -> LogisticRegression:
    return LogisticRegression(**options)


def exact_logistic(**options: Any) -> LogisticRegression:
    """Return scikit-learn's most exact unpenalised logistic regression."""
    return LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, **options)


@dataclass(frozen=True)
class Training:
    """How a linear layer is trained."""

    optimiser: str = "SGD"
    steps: int = 1000
    lr: float = 0.1
    momentum: float = 0.0
    decay: float = 0.0
    decay_bias: bool = True
    seed: int | None = None  # of PyTorch's own random start; None starts from zeros
    batch: int | None = None
    dtype: str = "float32"
    loss: str = "likelihood"

    @property
    def parameters(self) -> dict[str, Any]:
        start = "zeros" if self.seed is None else f"nn.Linear, seed {self.seed}"
        found = {"optimiser": self.optimiser, "lr": self.lr, "steps": self.steps, "start": start}
        return found | ({"momentum": self.momentum} if self.momentum else {})

    def text(self, p: Problem) -> str:
        """Return the training in words."""
        more = f", momentum={self.momentum}" if self.momentum else ""
        if self.decay and self.optimiser != "LBFGS":
            more += f", weight_decay={self.decay}" + ("" if self.decay_bias else " on the weight only")
        how = "full-batch steps" if self.batch is None else f"epochs of batches of {self.batch}"
        begin = "zeros" if self.seed is None else f"its own start at torch.manual_seed({self.seed})"
        setting = "" if self.optimiser == "LBFGS" else f"lr={self.lr}"
        if self.optimiser == "LBFGS":
            setting, how = "line_search_fn='strong_wolfe', tolerance_grad=1e-12, tolerance_change=0", "steps"
        return (
            f"torch.optim.{self.optimiser}({setting}{more}), {self.steps} {how}, nn.Linear from {begin}, "
            f"{criterion(p, self.loss)[0]}{self.added}, {self.dtype}"
        )

    @property
    def added(self) -> str:
        """Return the penalty that LBFGS, which has no weight_decay, gets in the loss."""
        return f" + {self.decay} / 2 * squares" if self.decay and self.optimiser == "LBFGS" else ""


def criterion(p: Problem, loss: str) -> tuple[str, Callable[[Any, Any], Any]]:
    """Return name and function of the loss."""
    if loss == "squared":
        return "MSELoss of the sigmoid", lambda eta, y: torch.nn.functional.mse_loss(torch.sigmoid(eta), y)
    if isinstance(p.family, sm.families.Binomial):
        return "BCEWithLogitsLoss", torch.nn.BCEWithLogitsLoss()
    if isinstance(p.family, sm.families.Poisson):
        return "PoissonNLLLoss", torch.nn.PoissonNLLLoss()
    if isinstance(p.family, sm.families.Gaussian):
        return "MSELoss", torch.nn.MSELoss()
    return "mean of y exp(-eta) + eta", lambda eta, y: (y * torch.exp(-eta) + eta).mean()


def layer(width: int, outputs: int, t: Training) -> torch.nn.Linear:
    """Return a linear layer with its start."""
    if t.seed is not None:
        torch.manual_seed(t.seed)
    linear = torch.nn.Linear(width, outputs).to(getattr(torch, t.dtype))
    if t.seed is None:
        torch.nn.init.zeros_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
    return linear


def optimiser_for(linear: torch.nn.Linear, t: Training) -> torch.optim.Optimizer:
    """Return the optimiser of a layer."""
    if t.optimiser == "LBFGS":
        return torch.optim.LBFGS(
            linear.parameters(),
            max_iter=t.steps,
            max_eval=20 * t.steps,
            tolerance_grad=1e-12,
            tolerance_change=0,
            line_search_fn="strong_wolfe",
        )
    bias = t.decay if t.decay_bias else 0.0
    groups = [{"params": [linear.weight], "weight_decay": t.decay}, {"params": [linear.bias], "weight_decay": bias}]
    extra = {"momentum": t.momentum} if t.momentum else {}
    return getattr(torch.optim, t.optimiser)(groups, lr=t.lr, **extra)


def train(p: Problem, t: Training, outputs: int = 1) -> tuple[Array, Array]:
    """Train a linear layer; return biases and weights, one row for each output."""
    kind = getattr(torch, t.dtype)
    x, offset, y = (torch.tensor(part, dtype=kind) for part in (p.X[:, 1:], p.offset, p.y))
    linear = layer(x.shape[1], outputs, t)
    optimiser = optimiser_for(linear, t)
    loss = criterion(p, t.loss)[1]
    softmax = torch.nn.CrossEntropyLoss()

    def value(rows: Any) -> Any:
        eta = linear(x[rows])
        found = softmax(eta, y[rows].long()) if outputs == 2 else loss(eta[:, 0] + offset[rows], y[rows])
        if t.optimiser == "LBFGS" and t.decay:
            bias = (linear.bias**2).sum() if t.decay_bias else 0.0
            found = found + t.decay / 2 * ((linear.weight**2).sum() + bias)
        return found

    def closure(rows: Any = slice(None)) -> Any:
        optimiser.zero_grad()
        found = value(rows)
        found.backward()
        return found

    if t.optimiser == "LBFGS":
        optimiser.step(closure)
    else:
        for _ in range(t.steps):
            for rows in batches(len(p.y), t.batch):
                closure(rows)
                optimiser.step()
    return linear.bias.detach().numpy().astype(float), linear.weight.detach().numpy().astype(float)


def batches(n: int, size: int | None) -> list[Any]:
    """Return the rows of each step of an epoch."""
    if size is None:
        return [slice(None)]
    return list(torch.randperm(n).split(size))


def neuron(p: Problem, t: Training) -> Array:
    """Return intercept and slopes of one trained neuron."""
    bias, weight = train(p, t)
    return np.r_[bias, weight[0]]


LBFGS = Training("LBFGS", steps=500, dtype="float64")


def label(name: str) -> str:
    """Return a word fit for an id."""
    return name.replace("-", "_")


# --- cases: clean fits ------------------------------------------------------------------------------------------------

LOGISTIC = ("primes", "video", "infertility", "infertility_numeric", "a", "b", "c", "d", "missing")
SCALED = ("video", "a", "d")  # where first-order methods get there


@recipe
def clean() -> Iterator[Case]:
    """Yield fits that are the maximum likelihood estimate."""
    for name in ("infertility", "b", "c", "d"):
        m = model(name)
        yield m.case("none", "statsmodels_Logit", "sm.Logit(y, X).fit()", sm.Logit(m.p.y, m.p.X).fit(disp=0).params)
    for name in ("a", "c_bare", "warpbreaks", "count", "gamma", "insurance"):
        m = model(name)
        text = f"sm.GLM(y, X, family, var_weights, offset).fit(), {type(m.p.family).__name__}"
        yield m.case("none", "statsmodels_GLM", text, glm(m.p).fit().params)
    for name in ("primes", "b", "d", "missing_z"):
        m = model(name)
        tool = exact_logistic()
        yield m.case("none", "sklearn_newton_cholesky", repr(tool), sk(tool, m.p)[0])
    for name in ("count_plain", "gamma"):
        m = model(name)
        kind = PoissonRegressor if name == "count_plain" else GammaRegressor
        tool = kind(alpha=0, solver="newton-cholesky", tol=1e-10)
        yield m.case("none", "sklearn_newton_cholesky", repr(tool), sk(tool, m.p)[0])
    m = model("cars")
    yield m.case("none", "sklearn_LinearRegression", "LinearRegression()", sk(LinearRegression(), m.p)[0])
    for name in ("video", "infertility_numeric", "count", "gamma"):
        m = model(name)
        yield m.case("none", "glum", *glum_fit(m, alpha=0, gradient_tol=1e-10))
    for name in ("a", "d", "missing_z", "count_plain"):
        m = model(name)
        yield m.case("none", "torch_LBFGS", LBFGS.text(m.p), neuron(m.p, LBFGS))
    for name in ("a_probit", "d_cloglog"):
        m = model(name)
        yield m.case("none", "statsmodels_GLM", "sm.GLM(y, X, family).fit(tol=1e-12)", glm(m.p).fit(tol=1e-12).params)


def glum_fit(m: Model, **options: Any) -> tuple[str, Array]:
    """Fit with glum; return the call and the coefficients."""
    families = {"binomial": "binomial", "poisson": "poisson", "gamma": "gamma", "gaussian": "gaussian"}
    kind = families[m.options.get("family", "binomial")]
    tool = glum.GeneralizedLinearRegressor(family=kind, link="log" if kind == "gamma" else "auto", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tool.fit(m.p.X[:, 1:], m.p.y, sample_weight=m.p.weights, offset=m.p.offset)
    words = ", ".join(f"{key}={value!r}" for key, value in options.items())
    link = ", link='log'" if kind == "gamma" else ""
    return f"glum.GeneralizedLinearRegressor(family='{kind}'{link}, {words})", np.r_[tool.intercept_, tool.coef_]


# --- cases: penalties -------------------------------------------------------------------------------------------------


@recipe
def l2_by_logistic_regression() -> Iterator[Case]:
    plan = [(name, "lbfgs", 1.0) for name in LOGISTIC]
    plan += [(name, "lbfgs", C) for name in ("a", "c") for C in (0.1, 10.0)] + [("d", "lbfgs", 10.0)]
    plan += [(name, "newton-cholesky", 1.0) for name in ("b", "infertility", "c_bare", "missing_z")]
    plan += [("b", "newton-cholesky", 0.1), ("primes", "newton-cholesky", 10.0)]
    plan += [("a", "newton-cg", 1.0), ("infertility_numeric", "newton-cg", 0.1)]
    for name, solver, C in plan:
        m = model(name)
        tool = logistic(C=C, solver=solver)
        coef, calm = sk(tool, m.p)
        cause = "l2" if calm else "l2+stopped_early"
        yield m.case(cause, f"sklearn_{label(solver)}_C{C:g}", repr(tool), coef, **free(1 / C))


def free(value: float) -> dict[str, Any]:
    """Return the parameters of an L2 penalty that leaves the intercept alone."""
    return {"lambda": value, "intercept_penalised": False}


def held(value: float) -> dict[str, Any]:
    return {"lambda": value, "intercept_penalised": True}


@recipe
def l2_by_averaged_gradients() -> Iterator[Case]:
    for name, solver in (("a", "sag"), ("video", "saga"), ("d", "saga"), ("missing", "sag")):
        m = model(name)
        tool = logistic(solver=solver, tol=1e-8, max_iter=20000, random_state=0)
        yield m.case("l2", f"sklearn_{solver}", repr(tool), sk(tool, m.p)[0], **free(1.0))


@recipe
def l2_by_cross_validation() -> Iterator[Case]:
    for name in ("a", "d"):
        m = model(name)
        tool = LogisticRegressionCV(Cs=5, cv=5, l1_ratios=(0,), use_legacy_attributes=False)
        coef = sk(tool, m.p)[0]
        yield m.case("l2", "sklearn_LogisticRegressionCV", repr(tool), coef, **free(float(1 / np.ravel(tool.C_)[0])))


@recipe
def l2_of_other_families() -> Iterator[Case]:
    plan: list[tuple[str, Any]] = []
    for name in ("count_plain", "warpbreaks"):
        plan += [(name, PoissonRegressor()), (name, PoissonRegressor(alpha=0.01)), (name, PoissonRegressor(alpha=10))]
    plan += [("gamma", GammaRegressor()), ("gamma", GammaRegressor(alpha=0.01)), ("insurance", GammaRegressor())]
    plan += [("gamma", TweedieRegressor(power=2, alpha=0.1)), ("count_plain", TweedieRegressor(power=1, alpha=0.1))]
    for name, tool in plan:
        m = model(name)
        coef = sk(tool, m.p, sample_weight=m.p.weights)[0]
        via = f"sklearn_{type(tool).__name__}_{tool.alpha:g}"
        yield m.case("l2", via, repr(tool), coef, **free(tool.alpha * float(m.p.weights.sum())))
    for name, alpha in (("cars", 1.0), ("cars", 100.0), ("anorexia", 1.0)):
        m = model(name)
        tool = Ridge(alpha=alpha)
        yield m.case("l2", f"sklearn_Ridge_{alpha:g}", repr(tool), sk(tool, m.p)[0], **free(alpha))


@recipe
def l2_of_rates() -> Iterator[Case]:
    """Yield a Poisson model of rates, weighted by exposure, as scikit-learn has no offset."""
    m = model("count")
    time = np.exp(m.p.offset)
    for alpha in (1.0, 0.001):
        tool = PoissonRegressor(alpha=alpha)
        coef = sk(tool, replace(m.p, y=m.p.y / time), sample_weight=time)[0]
        text = f"{tool!r}.fit(X, y / time, sample_weight=time)"
        yield m.case("l2", f"sklearn_rates_{alpha:g}", text, coef, **free(alpha * float(time.sum())))


@recipe
def l2_by_glum() -> Iterator[Case]:
    for name, alpha in (("a", 0.1), ("infertility", 0.01), ("count", 0.1), ("gamma", 0.05), ("cars", 1.0)):
        m = model(name)
        text, coef = glum_fit(m, alpha=alpha, gradient_tol=1e-8)
        yield m.case("l2", "glum", text, coef, **free(alpha * float(m.p.weights.sum())))


@recipe
def l2_by_torch() -> Iterator[Case]:
    """Yield weight decay that spares the bias."""
    for name, decay in (("a", 0.01), ("d", 0.05)):
        m = model(name)
        t = Training(steps=20000, lr=0.5, decay=decay, decay_bias=False, dtype="float64")
        yield m.case("l2", f"torch_SGD_{decay:g}", t.text(m.p), neuron(m.p, t), **free(decay * m.n))


@recipe
def l2_everywhere_by_liblinear() -> Iterator[Case]:
    plan = [(name, 1.0) for name in ("primes", "video", "infertility_numeric", "a", "c", "d", "missing")]
    plan += [(name, 10.0) for name in ("primes", "video", "c", "d")] + [("a", 0.01)]
    for name, C in plan:
        m = model(name)
        tool = logistic(C=C, solver="liblinear")
        yield m.case("l2_all", f"sklearn_liblinear_C{C:g}", repr(tool), sk(tool, m.p)[0], **held(1 / C))


@recipe
def l2_everywhere_by_torch() -> Iterator[Case]:
    plan = [("a", 0.01), ("a", 0.001), ("d", 0.01), ("video", 0.1), ("c", 0.01)]
    for name, decay in plan:
        m = model(name)
        t = Training(steps=30000 if name != "c" else 100000, lr=0.5 if name != "c" else 0.05, decay=decay)
        yield m.case("l2_all", f"torch_SGD_{decay:g}", t.text(m.p), neuron(m.p, t), **held(decay * m.n))
    m = model("count_plain")
    t = replace(LBFGS, decay=0.01)
    yield m.case("l2_all", "torch_LBFGS", t.text(m.p), neuron(m.p, t), **held(0.01 * m.n))
    m = model("missing_z")
    t = Training("Adam", steps=20000, lr=0.01, decay=0.01, dtype="float64")
    yield m.case("l2_all", "torch_Adam", t.text(m.p), neuron(m.p, t), **held(0.01 * m.n))
    m = model("cars")
    t = Training(steps=200000, lr=0.001, decay=0.1, dtype="float64")
    yield m.case("l2_all", "torch_SGD", t.text(m.p), neuron(m.p, t), **held(0.1 * m.n / 2))


@recipe
def l2_everywhere_by_statsmodels() -> Iterator[Case]:
    for name, alpha in (("a", 0.05), ("count", 0.02)):
        m = model(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = glm(m.p).fit_regularized(alpha=alpha, L1_wt=0.0, cnvrg_tol=1e-12, maxiter=5000)
        text = f"sm.GLM(y, X, family, offset).fit_regularized(alpha={alpha}, L1_wt=0.0, cnvrg_tol=1e-12, maxiter=5000)"
        yield m.case("l2_all", "statsmodels", text, fit.params, **held(alpha * m.n))


@recipe
def l2_on_standardised_columns() -> Iterator[Case]:
    for name in ("infertility", "a", "b", "c", "d", "missing"):
        m = model(name)
        tool = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8))
        coef = np.r_[back_in_units(tool.fit(m.p.X[:, 1:], m.p.y))]
        yield m.case("l2_standardized", "sklearn_pipeline", text_of(tool) + ", then data units", coef, **free(1.0))
    for name, alpha in (("b", 0.05), ("count", 0.1), ("gamma", 0.05)):
        m = model(name)
        text, coef = glum_fit(m, alpha=alpha, scale_predictors=True, gradient_tol=1e-8)
        yield m.case("l2_standardized", "glum", text, coef, **free(alpha * float(m.p.weights.sum())))


def back_in_units(tool: Any) -> Array:
    """Return the coefficients of a scaler and an estimator in the units of the data."""
    scaler, last = tool[0], tool[-1]
    coef = np.ravel(last.coef_) / scaler.scale_
    return np.r_[last.intercept_ - coef @ scaler.mean_, coef]


def text_of(tool: Any) -> str:
    """Return the call that made a pipeline, in one line."""
    return f"make_pipeline({', '.join(repr(step) for _, step in tool.steps)})"


@recipe
def l1_by_sklearn() -> Iterator[Case]:
    for name, C in (("a", 1.0), ("video", 0.1), ("d", 1.0), ("missing", 1.0), ("c", 0.5)):
        m = model(name)
        tool = logistic(C=C, l1_ratio=1, solver="saga", tol=1e-9, max_iter=50000, random_state=0)
        q = {"lambda_l1": 1 / C, "intercept_penalised": False}
        yield m.case("l1", f"sklearn_saga_C{C:g}", repr(tool), sk(tool, m.p)[0], **q)
    for name, C in (("a", 1.0), ("d", 0.5), ("infertility_numeric", 1.0), ("video", 1.0)):
        m = model(name)
        tool = logistic(C=C, l1_ratio=1, solver="liblinear", tol=1e-9, max_iter=10000, random_state=0)
        q = {"lambda_l1": 1 / C, "intercept_penalised": True}
        yield m.case("l1", f"sklearn_liblinear_C{C:g}", repr(tool), sk(tool, m.p)[0], **q)
    for name, C, ratio in (("a", 1.0, 0.5), ("d", 0.5, 0.5), ("video", 0.1, 0.2), ("missing", 0.2, 0.8)):
        m = model(name)
        tool = logistic(C=C, l1_ratio=ratio, solver="saga", tol=1e-9, max_iter=50000, random_state=0)
        q = {"lambda_l1": ratio / C, **free((1 - ratio) / C)}
        yield m.case("elastic_net", f"sklearn_saga_C{C:g}", repr(tool), sk(tool, m.p)[0], **q)


# --- cases: the fit was not finished ----------------------------------------------------------------------------------


@recipe
def stopped_gradient_descent() -> Iterator[Case]:
    plan = [
        (name, Training(steps=steps, lr=lr, seed=seed))
        for name in ("primes", "video", "infertility_numeric", "a", "d")
        for lr, steps, seed in ((0.1, 100, 0), (0.1, 1000, 0), (0.01, 1000, None), (0.01, 10000, None))
    ]
    plan += [("primes", Training(steps=10000, lr=0.01, seed=1)), ("missing", Training(steps=2000, lr=0.01, seed=3))]
    plan += [("a", Training(steps=50, lr=0.1, momentum=0.9)), ("d", Training(steps=200, lr=0.01, momentum=0.9, seed=2))]
    plan += [(name, Training("Adam", steps=200, lr=0.01)) for name in ("video", "a", "c", "count_plain")]
    plan += [(name, Training("Adam", steps=1000, lr=0.001, seed=0)) for name in ("a", "d", "primes")]
    plan += [("count_plain", Training(steps=500, lr=0.01)), ("cars", Training(steps=1000, lr=0.001))]
    plan += [("gamma", Training(steps=300, lr=0.01, dtype="float64"))]
    for name, t in plan:
        m = model(name)
        begin = "zeros" if t.seed is None else f"seed{t.seed}"
        via = f"torch_{t.optimiser}{'_momentum' if t.momentum else ''}_lr{t.lr:g}_{t.steps}_{begin}"
        yield m.case("stopped_early", via, t.text(m.p), neuron(m.p, t), **t.parameters)


@recipe
def stopped_second_order() -> Iterator[Case]:
    for name, steps in (
        ("infertility", 10),
        ("b", 20),
        ("c", 5),
        ("d", 5),
        ("missing", 5),
        ("infertility_numeric", 15),
    ):
        m = model(name)
        tool = logistic(C=np.inf, max_iter=steps)
        coef = sk(tool, m.p)[0]
        yield m.case("stopped_early", f"sklearn_lbfgs_{steps}", repr(tool), coef, optimiser="lbfgs", steps=steps)
    for name, steps in (("primes", 2), ("d", 2), ("video", 3), ("count", 2), ("warpbreaks", 1), ("gamma", 1)):
        m = model(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef = glm(m.p).fit(maxiter=steps).params
        text = f"sm.GLM(y, X, family, offset).fit(maxiter={steps})"
        yield m.case("stopped_early", f"statsmodels_IRLS_{steps}", text, coef, optimiser="irls", steps=steps)
    for name, steps in (("d", 3), ("b", 2), ("video", 3)):
        m = model(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef = sm.Logit(m.p.y, m.p.X).fit(maxiter=steps, disp=0).params
        text = f"sm.Logit(y, X).fit(maxiter={steps})"
        yield m.case("stopped_early", f"statsmodels_Newton_{steps}", text, coef, optimiser="newton", steps=steps)


@recipe
def penalised_and_stopped() -> Iterator[Case]:
    plan = [("a", 0.01, 0.1, 50), ("video", 0.01, 0.01, 500), ("d", 0.001, 0.1, 200), ("primes", 0.01, 0.01, 1000)]
    for name, decay, lr, steps in plan:
        m = model(name)
        t = Training(steps=steps, lr=lr, decay=decay)
        q = held(decay * m.n) | t.parameters
        yield m.case("l2+stopped_early", f"torch_SGD_{decay:g}_{steps}", t.text(m.p), neuron(m.p, t), **q)
    for name in ("infertility", "b", "c"):
        m = model(name)
        tool = logistic(max_iter=5)
        q = free(1.0) | {"optimiser": "lbfgs", "steps": 5}
        yield m.case("l2+stopped_early", "sklearn_lbfgs_5", repr(tool), sk(tool, m.p)[0], **q)


@recipe
def loose() -> Iterator[Case]:
    """Yield fits that claim to have converged and have few digits."""
    for name in LOGISTIC:
        m = model(name)
        for solver in ("lbfgs", "newton-cholesky", "newton-cg", "sag"):
            if (solver == "sag" and name not in SCALED) or (solver == "newton-cg" and name not in ("infertility", "b")):
                continue
            extra = {"random_state": 0, "max_iter": 1000} if solver == "sag" else {}
            tool = logistic(C=np.inf, solver=solver, **extra)
            coef, calm = sk(tool, m.p)
            if calm:
                yield m.case("loose_tolerance", f"sklearn_{label(solver)}", repr(tool), coef, tol=tool.tol)
    for name in ("video", "infertility", "a", "b", "count", "gamma"):
        m = model(name)
        yield m.case("loose_tolerance", "glum", *glum_fit(m, alpha=0), tol=1e-4)
    for name, tool in (("count_plain", PoissonRegressor(alpha=0)), ("gamma", GammaRegressor(alpha=0))):
        m = model(name)
        coef, calm = sk(tool, m.p)
        if calm:
            yield m.case("loose_tolerance", "sklearn_lbfgs", repr(tool), coef, tol=tool.tol)


@recipe
def decoupled_decay() -> Iterator[Case]:
    """Yield AdamW, whose weight decay vanishes on full batches: near the maximum its own steps outweigh the decay."""
    for name in ("a", "d"):
        m = model(name)
        t = Training("AdamW", steps=20000, lr=0.001, decay=0.01, dtype="float64")
        yield m.case("loose_tolerance", "torch_AdamW", t.text(m.p), neuron(m.p, t), weight_decay=0.01)


@recipe
def stochastic() -> Iterator[Case]:
    """Yield stochastic gradient descent that never settles."""
    plan = [(name, {"random_state": seed}) for name in ("video", "a", "d", "b") for seed in (0, 1)]
    plan += [("infertility_numeric", {"random_state": 0}), ("c", {"random_state": 0, "average": True})]
    plan += [("a", {"penalty": None, "random_state": 0, "learning_rate": "constant", "eta0": 0.1})]
    for name, extra in plan:
        m = model(name)
        tool = SGDClassifier(loss="log_loss", **extra)
        via = "sklearn_SGD_" + "_".join(f"{key}{value}" for key, value in extra.items() if key != "loss")
        yield m.case("not_converged", via, repr(tool), sk(tool, m.p)[0])
    for name, lr, batch in (("a", 1.0, 16), ("video", 0.5, 32), ("d", 1.0, 32), ("c", 0.1, 32)):
        m = model(name)
        t = Training(steps=100, lr=lr, seed=0, batch=batch)
        yield m.case("not_converged", f"torch_SGD_batch{batch}", t.text(m.p), neuron(m.p, t), lr=lr, batch=batch)


# --- cases: another likelihood ----------------------------------------------------------------------------------------


def balanced(y: Array) -> dict[str, float]:
    return {"0": len(y) / (2 * float(np.sum(y == 0))), "1": len(y) / (2 * float(np.sum(y == 1)))}


@recipe
def class_weights() -> Iterator[Case]:
    for name in ("infertility", "infertility_numeric", "b", "c", "d", "a", "missing", "video"):
        m = model(name)
        tool = exact_logistic(class_weight="balanced")
        yield m.case("class_weights", "sklearn_balanced", repr(tool), sk(tool, m.p)[0], weights=balanced(m.p.y))
    for name, heavy in (("a", 5.0), ("c", 5.0), ("d", 10.0), ("primes", 5.0)):
        m = model(name)
        tool = exact_logistic(class_weight={0: 1, 1: heavy})
        q = {"weights": {"0": 1.0, "1": heavy}}
        yield m.case("class_weights", f"sklearn_{heavy:g}", repr(tool), sk(tool, m.p)[0], **q)
    for name, heavy in (("b", 3.0), ("missing_z", 2.0)):
        m = model(name)
        weights = np.where(m.p.y == 1, heavy, 1.0)
        coef = sm.GLM(m.p.y, m.p.X, m.p.family, freq_weights=weights).fit(tol=1e-12).params
        text = f"sm.GLM(y, X, Binomial(), freq_weights=np.where(y == 1, {heavy}, 1)).fit(tol=1e-12)"
        yield m.case("class_weights", f"statsmodels_{heavy:g}", text, coef, weights={"0": 1.0, "1": heavy})
    for name in ("infertility_numeric", "a", "c", "d", "missing"):
        m = model(name)
        tool = logistic(class_weight="balanced")
        q = {"weights": balanced(m.p.y), **free(1.0)}
        yield m.case("class_weights+l2", "sklearn_balanced", repr(tool), sk(tool, m.p)[0], **q)


@recipe
def no_intercept() -> Iterator[Case]:
    for name in ("primes", "video", "b", "a", "infertility_numeric"):
        m = model(name)
        tool = exact_logistic(fit_intercept=False)
        yield m.case("no_intercept", "sklearn", repr(tool), sk(tool, m.p)[0])
    for name in ("a", "d", "missing", "count_plain", "gamma", "cars"):
        m = model(name)
        coef = glm(headless(m.p)).fit(tol=1e-12).params
        yield m.case("no_intercept", "statsmodels", "sm.GLM(y, frame[features], family).fit(tol=1e-12)", coef)
    for name in ("primes", "d", "a", "b"):
        m = model(name)
        tool = logistic(fit_intercept=False, tol=1e-8, max_iter=1000)
        yield m.case("l2+no_intercept", "sklearn", repr(tool), sk(tool, m.p)[0], **{"lambda": 1.0})


@recipe
def ignored() -> Iterator[Case]:
    """Yield fits without the weights or the offset of the model."""
    for name in ("a_weighted", "insurance"):
        m = model(name)
        coef = sm.GLM(m.p.y, m.p.X, m.p.family).fit(tol=1e-12).params
        yield m.case("weights_ignored", "statsmodels", "sm.GLM(y, X, family).fit(tol=1e-12)", coef)
    m = model("a_weighted")
    tool = exact_logistic()
    yield m.case("weights_ignored", "sklearn", repr(tool), sk(tool, m.p)[0])
    for name in ("count", "doctors"):
        m = model(name)
        coef = sm.GLM(m.p.y, m.p.X, m.p.family).fit(tol=1e-12).params
        yield m.case("offset_ignored", "statsmodels", "sm.GLM(y, X, Poisson()).fit(tol=1e-12)", coef)
    m = model("count")
    tool = PoissonRegressor(alpha=0, solver="newton-cholesky", tol=1e-10)
    yield m.case("offset_ignored", "sklearn", repr(tool), sk(tool, m.p)[0])


# --- cases: other rows ------------------------------------------------------------------------------------------------


def refit(m: Model, p: Problem) -> tuple[Array, str]:
    """Fit other rows with the tool that suits the family."""
    if "family" in m.options or "formula" in m.options:
        return glm(p).fit(tol=1e-13, maxiter=100).params, "sm.GLM(y, X, family, offset).fit(tol=1e-13)"
    return sk(exact_logistic(), p)[0], repr(exact_logistic())


@recipe
def dropped_rows() -> Iterator[Case]:
    for name in ("video", "infertility_numeric", "a", "c", "count", "cars", "gamma"):
        m = model(name)
        plans = {"first20": list(range(20)), "last10percent": list(range(m.n - m.n // 10, m.n))}
        if name in ("a", "infertility_numeric", "cars"):
            plans["one"] = [22]
        for via, rows in plans.items():
            coef, text = refit(m, without(m, rows))
            yield m.case("dropped_rows", via, f"{text} without {via}", coef, rows=rows, dropped=len(rows))


@recipe
def training_parts() -> Iterator[Case]:
    plan = [("video", 42, 0.25), ("a", 0, 0.25), ("a", 42, 0.2), ("b", 42, 0.2), ("d", 0, 0.2), ("c", 42, 0.25)]
    for name, seed, size in [*plan, ("count", 0, 0.25), ("infertility_numeric", 42, 0.25)]:
        m = model(name)
        train, test = train_test_split(np.arange(m.n), random_state=seed, test_size=size)
        coef, text = refit(m, m.p.rows(train))
        split = f"train_test_split(X, y, random_state={seed}, test_size={size})"
        q = {"rows": sorted(test.tolist()), "dropped": len(test), "split": split}
        yield m.case("dropped_rows", f"split{seed}_{size:g}", f"{text} on the training part of {split}", coef, **q)


@recipe
def dropped_for_missing_cells_or_twins() -> Iterator[Case]:
    for name in ("missing_z", "missing"):
        m = model(name)
        complete = m.frame.notna().all(axis=1).to_numpy()
        rows = m.frame.index[~complete].tolist()
        coef, text = refit(m, m.p.rows(complete))
        yield m.case("dropped_rows", "dropna", f"{text} after frame.dropna()", coef, rows=rows, dropped=len(rows))
    for name in ("infertility_numeric", "warpbreaks", "cars"):
        m = model(name)
        columns = m.frame[matrices(m.frame, m.options)[3]]
        rows = m.frame.index[columns.duplicated()].tolist()
        coef, text = refit(m, without(m, rows))
        q = {"rows": rows, "dropped": len(rows)}
        yield m.case("dropped_rows", "drop_duplicates", f"{text} after frame.drop_duplicates()", coef, **q)


@recipe
def repeated_rows() -> Iterator[Case]:
    for name, rows in (
        ("a", range(20)),
        ("infertility", range(20)),
        ("b", range(20)),
        ("count", range(20)),
        ("a", [3]),
    ):
        m = model(name)
        coef, text = refit(m, twice(m, list(rows)))
        via = "first20" if len(rows) == 20 else "one"
        yield m.case("repeated_rows", via, f"{text}, {via} twice", coef, rows=list(rows))
    m = model("cars")
    coef, text = refit(m, twice(m, [49]))
    yield m.case("repeated_rows", "one", f"{text}, the last row twice", coef, rows=[49])


@recipe
def imputed() -> Iterator[Case]:
    m = model("missing")
    frame = read(m.data)
    X, y = frame[m.options["features"]].to_numpy(float), frame["y"].to_numpy(float)
    plan = [SimpleImputer(), SimpleImputer(strategy="median"), SimpleImputer(strategy="constant", fill_value=0)]
    for imputer in plan:
        tool = make_pipeline(imputer, exact_logistic())
        tool.fit(X, y)
        coef = np.r_[tool[-1].intercept_, tool[-1].coef_[0]]
        fill = float(tool[0].statistics_[1])
        ones = np.ones(len(y))
        full = np.column_stack([ones, np.where(np.isnan(X), fill, X)])
        exact = climb(Problem(full, y, m.p.family, ones, 0 * ones))
        q = {"column": "x2", "value": fill, "strategy": imputer.strategy}
        yield m.case("imputed", f"sklearn_{imputer.strategy}", text_of(tool), coef, exact=exact, **q)


# --- cases: other units, coding, order --------------------------------------------------------------------------------


@recipe
def scaled_units() -> Iterator[Case]:
    for name in ("primes", "infertility_numeric", "b", "c", "missing", "d"):
        m = model(name)
        tool = make_pipeline(StandardScaler(), exact_logistic()).fit(m.p.X[:, 1:], m.p.y)
        coef = np.r_[tool[-1].intercept_, tool[-1].coef_[0]]
        yield m.case("standardized_units", "sklearn", text_of(tool), coef, ddof=0)
    for name in ("infertility_numeric", "b"):
        m = model(name)
        tool = make_pipeline(MinMaxScaler(), exact_logistic()).fit(m.p.X[:, 1:], m.p.y)
        yield m.case("minmax_units", "sklearn", text_of(tool), np.r_[tool[-1].intercept_, tool[-1].coef_[0]])
    for name in ("primes", "b", "missing"):
        m = model(name)
        tool = make_pipeline(StandardScaler(with_std=False), exact_logistic()).fit(m.p.X[:, 1:], m.p.y)
        yield m.case("centred_units", "sklearn", text_of(tool), np.r_[tool[-1].intercept_, tool[-1].coef_[0]])
    for name, kind in (("count_plain", "Poisson"), ("gamma", "Gamma"), ("cars", "Gaussian")):
        m = model(name)
        for cause, with_std in (("standardized_units", True), ("centred_units", False)):
            scaler = StandardScaler(with_std=with_std)
            X = np.column_stack([np.ones(m.n), scaler.fit_transform(m.p.X[:, 1:])])
            text = f"sm.GLM(y, sm.add_constant({scaler!r}.fit_transform(X)), {kind}).fit(tol=1e-12)"
            q = {"ddof": 0} if with_std else {}
            yield m.case(cause, "statsmodels", text, glm(replace(m.p, X=X)).fit(tol=1e-12).params, **q)


@recipe
def penalised_in_scaled_units() -> Iterator[Case]:
    for name in ("primes", "video", "infertility", "infertility_numeric", "a", "b", "c", "d", "missing"):
        m = model(name)
        tool = make_pipeline(StandardScaler(), LogisticRegression()).fit(m.p.X[:, 1:], m.p.y)
        coef = np.r_[tool[-1].intercept_, tool[-1].coef_[0]]
        yield m.case("l2+standardized_units", "sklearn_pipeline", text_of(tool), coef, **free(1.0), ddof=0)
    for name, C in (("b", 0.1), ("d", 10.0)):
        m = model(name)
        tool = make_pipeline(StandardScaler(), LogisticRegression(C=C)).fit(m.p.X[:, 1:], m.p.y)
        coef = np.r_[tool[-1].intercept_, tool[-1].coef_[0]]
        yield m.case("l2+standardized_units", f"sklearn_C{C:g}", text_of(tool), coef, **free(1 / C), ddof=0)


@recipe
def other_units() -> Iterator[Case]:
    plan = [("b", "income", 1000.0), ("b", "ratio", 0.01), ("infertility", "age", 10.0), ("cars", "speed", 100.0)]
    for name, column, divisor in [*plan, ("missing", "x2", 100.0), ("gamma", "x1", 1000.0)]:
        m = model(name)
        X = m.p.X / np.where([one == column for one in m.names], divisor, 1.0)
        coef, text = refit(m, replace(m.p, X=X))
        via = f"{column}_over_{divisor:g}"
        yield m.case("other_units", via, f"{text}, {column} / {divisor:g}", coef, column=column, divisor=divisor)


@recipe
def recoded() -> Iterator[Case]:
    """Yield fits with a 0/1 column as 1/0."""
    for name, column in (("c_bare", "b"), ("d", "x4"), ("gamma", "x2")):
        m = model(name)
        at = m.names.index(column)
        X = m.p.X.copy()
        X[:, at] = 1 - X[:, at]
        exact = m.mle.copy()
        exact[0], exact[at] = exact[0] + exact[at], -exact[at]
        coef, text = refit(m, replace(m.p, X=X))
        yield m.case("other_base", f"recoded_{column}", f"{text}, 1 - {column}", coef, exact=exact, column=column)


@recipe
def swapped_labels() -> Iterator[Case]:
    for name in ("primes", "b", "a", "missing"):
        m = model(name)
        coef = sk(exact_logistic(), replace(m.p, y=1 - m.p.y))[0]
        yield m.case("sign", "sklearn", f"{exact_logistic()!r}.fit(X, 1 - y)", coef)
    m = model("infertility")
    yield m.case("sign", "statsmodels", "sm.Logit(1 - y, X).fit()", sm.Logit(1 - m.p.y, m.p.X).fit(disp=0).params)
    m = model("a_probit")
    coef = glm(replace(m.p, y=1 - m.p.y)).fit(tol=1e-12).params
    yield m.case("sign", "statsmodels_probit", "sm.GLM(1 - y, X, family).fit(tol=1e-12)", coef)
    for name in ("a_cloglog", "d_cloglog"):
        m = model(name)
        coef = glm(replace(m.p, y=1 - m.p.y)).fit(tol=1e-12).params
        yield m.case("swapped_response", "statsmodels", "sm.GLM(1 - y, X, family).fit(tol=1e-12)", coef)


@recipe
def other_order() -> Iterator[Case]:
    for name in ("primes", "b", "video", "c", "missing"):
        m = model(name)
        last, text = [*range(1, len(m.names)), 0], "np.r_[coef_[0], intercept_] of "
        coef = sk(exact_logistic(), m.p)[0][last]
        yield m.case("order", "intercept_last", text + repr(exact_logistic()), coef, values=True, order=last)
    for name in ("b", "infertility", "d"):
        m = model(name)
        back = list(range(len(m.names)))[::-1]
        coef = glm(replace(m.p, X=m.p.X[:, back])).fit(tol=1e-12).params
        yield m.case("order", "reversed", "sm.GLM(y, X[:, ::-1], family).fit(tol=1e-12)", coef, values=True, order=back)
    for name in ("b", "infertility_numeric"):
        m = model(name)
        order = [0, *sorted(range(1, len(m.names)), key=m.names.__getitem__)]
        if name == "infertility_numeric":
            order = [0, 3, 4, 1, 2]
        via = "alphabetical" if name == "b" else "shuffled"
        p = replace(m.p, X=m.p.X[:, order])
        coef = sk(exact_logistic(), p)[0]
        yield m.case("order", via, f"{exact_logistic()!r}, columns {via}", coef, values=True, order=order)


@recipe
def half() -> Iterator[Case]:
    """Yield one row of a softmax over two classes, started from zeros."""
    for name in ("a", "missing_z", "d"):
        m = model(name)
        bias, weight = train(m.p, LBFGS, outputs=2)
        text = LBFGS.text(m.p).replace("nn.Linear", "nn.Linear(p, 2)").replace("BCEWithLogitsLoss", "CrossEntropyLoss")
        yield m.case("half", "torch_softmax", text + ", row 1", np.r_[bias[1], weight[1]])


# --- cases: another model ---------------------------------------------------------------------------------------------


@recipe
def other_links() -> Iterator[Case]:
    plan: list[tuple[str, str, str]] = [
        *((name, "binomial", "probit") for name in ("primes", "infertility", "b", "beetles")),
        *((name, "binomial", "cloglog") for name in ("a", "c", "beetles")),
        *((name, "gaussian", "identity") for name in ("a", "infertility_numeric", "b")),
        ("video", "binomial", "cauchit"),
        ("a_probit", "binomial", "logit"),
        ("warpbreaks", "gaussian", "log"),
        ("count_plain", "gaussian", "log"),
        ("count_plain", "gaussian", "identity"),
        ("warpbreaks", "poisson", "identity"),
        ("gamma", "gamma", "inverse"),
        ("gamma", "gaussian", "log"),
        ("cars", "gamma", "log"),
    ]
    for name, family, link in plan:
        m = model(name)
        kind = family_of(family, link)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef = glm(replace(m.p, family=kind)).fit(tol=1e-13, maxiter=200).params
        text = f"sm.GLM(y, X, {type(kind).__name__}({type(kind.link).__name__}())).fit(tol=1e-13)"
        yield m.case("other_link", f"statsmodels_{family}_{link}", text, coef, family=family, link=link)
    for name in ("warpbreaks", "count"):
        m = model(name)
        kind = family_of("negative_binomial", "log", alpha=1.0)
        coef = glm(replace(m.p, family=kind)).fit(tol=1e-13, maxiter=200).params
        q = {"family": "negative_binomial", "link": "log", "alpha": 1.0}
        yield m.case("other_link", "statsmodels_NB", "sm.GLM(y, X, NegativeBinomial()).fit(tol=1e-13)", coef, **q)


@recipe
def squared_error() -> Iterator[Case]:
    for name in ("primes", "a", "d", "missing_z"):
        m = model(name)
        t = replace(LBFGS, loss="squared", steps=2000)
        yield m.case("squared_error", "torch_LBFGS", t.text(m.p), neuron(m.p, t))


# --- cases: digits ----------------------------------------------------------------------------------------------------


@recipe
def single_precision() -> Iterator[Case]:
    for name in ("a", "d", "video", "missing"):
        m = model(name)
        t = replace(LBFGS, dtype="float32", steps=200)
        yield m.case("float32", "torch_LBFGS", t.text(m.p), neuron(m.p, t))
    for name, lr in (("a", 1.0), ("video", 0.5), ("d", 0.5)):
        m = model(name)
        t = Training(steps=20000, lr=lr)
        yield m.case("float32", "torch_SGD", t.text(m.p), neuron(m.p, t))
    for name in ("infertility", "b", "warpbreaks", "primes"):
        m = model(name)
        coef = np.float32(glm(m.p).fit(tol=1e-12).params)
        yield m.case("float32", "rounded", "np.float32(sm.GLM(y, X, family).fit(tol=1e-12).params)", coef)


@recipe
def printed() -> Iterator[Case]:
    for name in ("infertility", "a", "b", "count", "cars"):
        m = model(name)
        for decimals in (4, 3, 2):
            text = [f"{one:.{decimals}f}" for one in m.mle]
            call = f"'%.{decimals}f' of sm.GLM(y, X, family, offset).fit(tol=1e-12).params"
            coef = [float(one) for one in text]
            yield m.case("printed", f"decimals{decimals}", call, coef, text=text, decimals=decimals)
    for name in ("infertility", "d", "warpbreaks"):
        m = model(name)
        table = glm(m.p).fit().summary().tables[1].data[1:]
        text = [row[1].strip() for row in table]
        coef = [float(one) for one in text]
        yield m.case(
            "printed", "statsmodels_summary", "sm.GLM(y, X, family).fit().summary()", coef, text=text, decimals=4
        )


# --- cases: no estimate -----------------------------------------------------------------------------------------------


@recipe
def collinear() -> Iterator[Case]:
    m = model("collinear")
    tool = logistic(C=np.inf)
    yield m.case("collinear", "sklearn_lbfgs", repr(tool), sk(tool, m.p)[0])
    yield m.case("collinear", "sklearn_default", repr(logistic()), sk(logistic(), m.p)[0], **free(1.0))
    text = "sm.GLM(y, X, Binomial()).fit()"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coef = glm(m.p).fit().params
    yield m.case("collinear", "statsmodels_pinv", text, coef)
    yield m.case("collinear", "torch_LBFGS", LBFGS.text(m.p), neuron(m.p, LBFGS))
    t = Training(steps=100000, lr=0.001, seed=0, dtype="float64")
    yield m.case("collinear", "torch_SGD", t.text(m.p), neuron(m.p, t), **t.parameters)


@recipe
def separation() -> Iterator[Case]:
    m = model("setosa")
    for via, tool in (
        ("sklearn_unpenalised", logistic(C=np.inf)),
        ("sklearn_newton_cholesky", logistic(C=np.inf, solver="newton-cholesky")),
        ("sklearn_default", logistic()),
        ("sklearn_liblinear", logistic(solver="liblinear")),
    ):
        q = {} if np.isinf(tool.C) else {"lambda": 1.0, "intercept_penalised": tool.solver == "liblinear"}
        yield m.case("separation", via, repr(tool), sk(tool, m.p)[0], **q)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coef = glm(m.p).fit().params
    yield m.case("separation", "statsmodels", "sm.GLM(y, X, Binomial()).fit()", coef)
    for t in (Training(steps=10000, lr=0.1), Training("Adam", steps=5000, lr=0.01, seed=0)):
        yield m.case("separation", f"torch_{t.optimiser}", t.text(m.p), neuron(m.p, t), **t.parameters)


# --- cases: none of these ---------------------------------------------------------------------------------------------


@recipe
def unknown() -> Iterator[Case]:
    """Yield coefficients with no reason, so that nothing should be named."""
    for name in ("primes", "infertility", "a", "b", "c", "count", "gamma", "cars"):
        m = model(name)
        rng = np.random.default_rng(100 + len(m.names))
        coef = m.mle + rng.normal(0, 2, len(m.mle)) * m.se
        yield m.case("unknown", "noise", "maximum likelihood estimate plus independent N(0, (2 SE)^2)", coef)
    for name in ("a", "b", "d"):
        m = model(name)
        rng = np.random.default_rng(200 + len(m.names))
        y = coin(rng, m.p.X[:, 1:] @ rng.normal(size=len(m.names) - 1) / 3 / m.p.X[:, 1:].std(axis=0).max())
        coef = sk(exact_logistic(), replace(m.p, y=y.astype(float)))[0]
        yield m.case("unknown", "other_response", f"{exact_logistic()!r}, another response", coef)
    for name in ("video", "c", "b", "count"):
        m = model(name)
        rows = np.sort(np.random.default_rng(300 + m.n).permutation(m.n)[: m.n // 2])
        coef, text = refit(m, m.p.rows(rows))
        yield m.case("unknown", "random_half", f"{text} on a random half of the rows", coef)


@recipe
def mistyped() -> Iterator[Case]:
    """Yield one coefficient with two digits exchanged."""
    for name, at in (("infertility", 1), ("a", 2), ("b", 1), ("c", 0), ("warpbreaks", 2), ("d", 4)):
        m = model(name)
        coef = m.mle.copy()
        coef[at] = exchange(coef[at])
        text = f"sm.GLM(y, X, family).fit(), two digits of {m.names[at]} exchanged"
        yield m.case("one_coefficient", f"digits_{at}", text, coef, exact=None, coefficient=m.names[at])


def exchange(value: float) -> float:
    """Exchange the first two neighbouring significant digits that differ."""
    digits, exponent = f"{value:.16e}".split("e")
    marks = list(digits)
    at = [i for i, mark in enumerate(marks) if mark.isdigit()]
    first = next(i for i in range(len(at) - 1) if marks[at[i]] != marks[at[i + 1]])
    marks[at[first]], marks[at[first + 1]] = marks[at[first + 1]], marks[at[first]]
    return float("".join(marks) + "e" + exponent)


# --- cases by R -------------------------------------------------------------------------------------------------------


@cache
def by_r() -> tuple[dict[str, str], list[list[str]]]:
    """Run the R part; return its versions and its rows."""
    call = ["Rscript", str(FOLDER.with_suffix(".R"))]
    lines = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    return {row[1]: row[2] for row in rows if row[0] == "version"}, [row for row in rows if row[0] != "version"]


@recipe
def r_cases() -> Iterator[Case]:
    for name, cause, via, parameters, tool, form, numbers in by_r()[1]:
        m = model(name)
        q = json.loads(parameters)
        text = numbers.split(" ")
        coef = [float(one) for one in text]
        if form == "text":
            yield m.case(cause, via, tool, coef, text=text, **q)
        else:
            yield m.case(cause, via, tool, coef, values=form == "values", **q)


# --- checks and output ------------------------------------------------------------------------------------------------


def fault(case: Case) -> str | None:
    """Return why a case is not what it says, or nothing."""
    cause, distance, explained = case["cause"], case["distance_se"], case["explained_se"]
    if not all(np.isfinite(list(case.get("coef", {}).values()) or case["values"])):
        return "not finite"
    if distance is None:
        return None if explained is None or explained < CLEAN else f"the cause leaves {explained} standard errors"
    if cause == "none" and distance > CLEAN:
        return f"{distance} standard errors from the estimate"
    low, high = LIMITS.get(cause, (0 if cause in INVISIBLE_ALLOWED else SMALLEST, np.inf))
    if not low <= distance <= high:
        return f"{distance} standard errors from the estimate"
    if explained is not None and not explained <= max(CLEAN, UNEXPLAINED * distance):
        return f"the cause leaves {explained} of {distance} standard errors"
    return None


def versions() -> dict[str, str]:
    packages = ("numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "glum", "formulaic", "torch")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}, **by_r()[0]}


def collect() -> list[Case]:
    """Return the cases that hold, and name the others."""
    cases: list[Case] = []
    for make in RECIPES:
        for case in make():
            reason = fault(case)
            if reason is None:
                cases.append(case)
            else:
                sys.stdout.write(f"dropped {case['id']}: {reason}\n")
    twins = [name for name, count in Counter(case["id"] for case in cases).items() if count > 1]
    if twins:
        raise AssertionError(f"ids that come twice: {twins}")
    return cases


def main() -> None:
    """Write the data and the cases."""
    FOLDER.mkdir(exist_ok=True)
    write_data()
    used = versions()  # first, as it names a package that is not installed
    cases = collect()
    lines = ",\n".join(json.dumps(case) for case in cases)
    body = f'{{"versions": {json.dumps(used)},\n"cases": [\n{lines}\n]}}\n'
    (FOLDER / "cases.json").write_text(body)
    for cause, count in sorted(Counter(case["cause"] for case in cases).items()):
        sys.stdout.write(f"{count:4} {cause}\n")
    sys.stdout.write(f"{len(cases):4} in all, {len(body) / 1000:.0f} kB\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()

"""Write claims that real tools made on data and with settings that no rule of the audit was written against.

Run from the root of the repository, with Python 3.11::

    uv run --no-project --with numpy==2.4.6 --with scipy==1.17.1 --with pandas==3.1.1 --with statsmodels==0.15.0 \
        --with scikit-learn==1.9.1 --with glum==3.4.1 --with formulaic==1.2.2 python tests/reference/fresh.py

It writes the data and ``cases.json`` into the folder ``fresh`` next to this script, in the form that `causes` says. The
data sets are of two halves: the rules were mended while looking at the half ``seen``; the half ``held_out`` was only
counted. Besides the claims with a known cause there are those with none, or none that could be known: there any cause
named is a false accusation. The package under test is never imported.

The data: statsmodels' spector, fair, cpunish, stackloss, star98, anes96, scotland, committee, statecrime and
randhie; scikit-learn's diabetes, wine and breast_cancer; three are simulated here. Of long ones a part of
the rows.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.optimize import minimize

with suppress(ImportError):  # pytest imports every module in search of doctests, where these are not installed
    from causes import (
        Case,
        Model,
        Problem,
        back_in_units,
        balanced,
        climb,
        coin,
        estimate,
        exact_logistic,
        exchange,
        family_of,
        far,
        fault,
        free,
        glm,
        glum_fit,
        headless,
        held,
        matrices,
        read,
        scaled,
        sk,
        spread,
        squared,
        standard,
        twice,
        without,
    )
    from sklearn import datasets
    from sklearn.linear_model import (
        ElasticNet,
        GammaRegressor,
        HuberRegressor,
        Lasso,
        LogisticRegression,
        PoissonRegressor,
        Ridge,
        SGDClassifier,
    )
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).with_suffix("")
DATA = "tests/reference/fresh"
Array = np.ndarray
RECIPES: list[Callable[[Model], Iterator[Case]]] = []


def recipe(function: Callable[[Model], Iterator[Case]]) -> Callable[[Model], Iterator[Case]]:
    """Register a function that yields the cases of a model."""
    RECIPES.append(function)
    return function


# --- data -------------------------------------------------------------------------------------------------------------


def stats(name: str) -> pd.DataFrame:
    """Return a data set of statsmodels."""
    return getattr(sm.datasets, name).load_pandas().data


def bunch(make: Callable[..., Any]) -> pd.DataFrame:
    """Return a data set of scikit-learn, with names fit for a formula."""
    frame = make(as_frame=True).frame
    return frame.rename(columns=lambda name: name.replace(" ", "_").replace("/", "_"))


def fair() -> pd.DataFrame:
    frame = stats("fair").iloc[::11].drop(columns=["occupation", "occupation_husb"])
    return frame.assign(affair=(frame.pop("affairs") > 0).astype(int))


def diabetes() -> pd.DataFrame:
    frame = datasets.load_diabetes(as_frame=True, scaled=False).frame
    return frame[["age", "bmi", "bp", "s5", "s6", "target"]].round(4)


def star98() -> pd.DataFrame:
    frame = stats("star98")
    columns = ["LOWINC", "PERBLACK", "PCTYRRND", "PTRATIO"]
    trials = (frame["NABOVE"] + frame["NBELOW"]).astype(int)
    return frame[columns].round(4).assign(above=frame["NABOVE"].astype(int), tested=trials)


def machines() -> pd.DataFrame:
    """Return 209 gamma rows whose columns differ by orders of magnitude, as those of machines' speeds do."""
    rng, n = np.random.default_rng(31), 209
    cycle, memory = rng.integers(17, 1500, n), (2.0 ** rng.integers(6, 16, n)).astype(int)
    cache_size, channels = rng.integers(0, 257, n), rng.integers(0, 53, n)
    mean = np.exp(3.6 - 0.0011 * cycle + 0.00003 * memory + 0.006 * cache_size + 0.01 * channels)
    return pd.DataFrame(
        {
            "cycle": cycle,
            "memory": memory,
            "cache": cache_size,
            "channels": channels,
            "speed": rng.gamma(4, mean / 4).round(1),
        }
    )


def clinic() -> pd.DataFrame:
    rng, n = np.random.default_rng(32), 350
    frame = pd.DataFrame(
        {
            "weight_kg": rng.normal(78, 13, n).round(1),
            "ln_dose": rng.normal(1.5, 0.8, n).round(3),
            "age": rng.integers(18, 90, n),
            "arm": rng.choice(["placebo", "low", "high"], n, p=[0.4, 0.35, 0.25]),
        }
    )
    eta = -1.0 + 0.03 * (frame["weight_kg"] - 78) + 0.6 * frame["ln_dose"] - 0.02 * (frame["age"] - 50)
    eta += frame["arm"].map({"placebo": 0.0, "low": 0.5, "high": 1.0})
    return frame.assign(cured=coin(rng, eta.to_numpy()))


def engines() -> pd.DataFrame:
    rng, n = np.random.default_rng(33), 260
    frame = pd.DataFrame(
        {
            "horsepower": rng.integers(50, 220, n),
            "tons": rng.normal(1.3, 0.3, n).round(3),
            "doors": rng.integers(2, 6, n),
        }
    )
    eta = -0.4 + 0.012 * (frame["horsepower"] - 130) + 1.1 * (frame["tons"] - 1.3) - 0.15 * (frame["doors"] - 3)
    return frame.assign(failed=coin(rng, eta.to_numpy()))


def anes96() -> pd.DataFrame:
    frame = stats("anes96").iloc[::2]
    return frame[["PID", "age", "educ", "income", "vote"]].astype(int).assign(logpopul=frame["logpopul"].round(4))


def wine() -> pd.DataFrame:
    frame = bunch(datasets.load_wine)
    return frame[["alcohol", "malic_acid", "ash", "magnesium"]].assign(second=(frame["target"] == 1).astype(int))


def breast_cancer() -> pd.DataFrame:
    frame = bunch(datasets.load_breast_cancer).iloc[:400]
    columns = ["mean_texture", "mean_smoothness", "mean_symmetry", "mean_compactness"]
    return frame[[*columns, "target"]]


def statecrime() -> pd.DataFrame:
    return stats("statecrime").reset_index(drop=True)[["murder", "hs_grad", "poverty", "single", "urban"]].round(2)


def randhie() -> pd.DataFrame:
    frame = stats("randhie").iloc[::50]
    return frame[["mdvis", "lncoins", "idp", "physlm", "disea"]].round(4).astype({"mdvis": int, "idp": int})


def whole(name: str, columns: list[str]) -> Callable[[], pd.DataFrame]:
    return lambda: stats(name)[columns]


FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "spector": whole("spector", ["GPA", "TUCE", "PSI", "GRADE"]),
    "fair": fair,
    "cpunish": whole("cpunish", ["EXECUTIONS", "INCOME", "PERPOVERTY", "PERBLACK", "VC100k96", "SOUTH", "DEGREE"]),
    "stackloss": whole("stackloss", ["STACKLOSS", "AIRFLOW", "WATERTEMP", "ACIDCONC"]),
    "star98": star98,
    "machines": machines,
    "clinic": clinic,
    "diabetes": diabetes,
    "anes96": anes96,
    "wine": wine,
    "breast_cancer": breast_cancer,
    "scotland": whole("scotland", ["YES", "COUTAX", "UNEMPF", "MOR", "ACT"]),
    "committee": whole("committee", ["BILLS104", "SIZE", "SUBS", "STAFF", "PRESTIGE", "BILLS103"]),
    "statecrime": statecrime,
    "randhie": randhie,
    "engines": engines,
}

Options = dict[str, Any]
# name: half, data, options
MODELS: dict[str, tuple[str, str, Options]] = {
    "spector": ("seen", "spector", {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"]}),
    "fair": (
        "seen",
        "fair",
        {"target": "affair", "features": ["rate_marriage", "age", "yrs_married", "children", "religious", "educ"]},
    ),
    "clinic": ("seen", "clinic", {"formula": "cured ~ weight_kg + ln_dose + age + C(arm)", "family": "binomial"}),
    "star98": (
        "seen",
        "star98",
        {"target": "above", "features": ["LOWINC", "PERBLACK", "PCTYRRND", "PTRATIO"], "trials": "tested",
         "family": "binomial"},
    ),
    "cpunish": (
        "seen",
        "cpunish",
        {"target": "EXECUTIONS", "features": ["PERPOVERTY", "PERBLACK", "SOUTH"], "family": "poisson"},
    ),
    "machines": (
        "seen",
        "machines",
        {"target": "speed", "features": ["cycle", "memory", "cache", "channels"], "family": "gamma", "link": "log"},
    ),
    "stackloss": (
        "seen",
        "stackloss",
        {"target": "STACKLOSS", "features": ["AIRFLOW", "WATERTEMP", "ACIDCONC"], "family": "gaussian"},
    ),
    "spector_probit": ("seen", "spector", {"target": "GRADE", "features": ["GPA", "TUCE", "PSI"], "link": "probit"}),
    "anes96": ("held_out", "anes96", {"target": "vote", "features": ["PID", "age", "educ", "income", "logpopul"]}),
    "wine": ("held_out", "wine", {"target": "second", "features": ["alcohol", "malic_acid", "ash", "magnesium"]}),
    "breast_cancer": (
        "held_out",
        "breast_cancer",
        {"target": "target", "features": ["mean_texture", "mean_smoothness", "mean_symmetry"]},
    ),
    "engines": ("held_out", "engines", {"target": "failed", "features": ["horsepower", "tons", "doors"]}),
    "randhie": (
        "held_out",
        "randhie",
        {"target": "mdvis", "features": ["lncoins", "idp", "physlm", "disea"], "family": "poisson"},
    ),
    "committee": (
        "held_out",
        "committee",
        {"target": "BILLS104", "features": ["SUBS", "PRESTIGE"], "family": "poisson", "exposure": "SIZE"},
    ),
    "scotland": (
        "held_out",
        "scotland",
        {"target": "YES", "features": ["UNEMPF", "MOR", "ACT"], "family": "gamma", "link": "log"},
    ),
    "diabetes": (
        "held_out",
        "diabetes",
        {"target": "target", "features": ["age", "bmi", "bp", "s5"], "family": "gaussian"},
    ),
    "statecrime": (
        "held_out",
        "statecrime",
        {"target": "murder", "features": ["hs_grad", "poverty", "single", "urban"], "family": "gaussian"},
    ),
    "anes96_cloglog": (
        "held_out",
        "anes96",
        {"target": "vote", "features": ["PID", "age", "income"], "link": "cloglog"},
    ),
}  # fmt: skip


@cache
def model(name: str) -> Model:
    """Read a model and fit it."""
    _, data, options = MODELS[name]
    frame = read(f"{DATA}/{data}.csv")
    y, X, names, _ = matrices(frame, options)
    weights = frame[options["trials"]].to_numpy(float) if "trials" in options else np.ones(len(y))
    offset = np.log(frame[options["exposure"]].to_numpy(float)) if "exposure" in options else np.zeros(len(y))
    y = y / weights if "trials" in options else y
    p = Problem(X, y, family_of(options.get("family", "binomial"), options.get("link")), weights, offset)
    mle, se = estimate(p)
    return Model(name, f"{DATA}/{data}.csv", options, frame, p, names, mle, se)


def kind(m: Model) -> str:
    """Return what a model is: logit for single 0/1 rows, else its family."""
    family = m.options.get("family", "binomial")
    if family != "binomial":
        return family
    return "trials" if "trials" in m.options else m.options.get("link", "logit")


def plain_rows(m: Model) -> bool:
    """Say whether the model has neither weights nor offset."""
    return "trials" not in m.options and "exposure" not in m.options


# --- penalties --------------------------------------------------------------------------------------------------------


@recipe
def penalised(m: Model) -> Iterator[Case]:
    match kind(m):
        case "logit":
            for C in (1.0, 0.1, 30.0):
                tool = LogisticRegression(C=C)
                coef, calm = sk(tool, m.p)
                yield m.case("l2" if calm else "l2+stopped_early", f"sklearn_C{C:g}", repr(tool), coef, **free(1 / C))
            for C in (1.0, 0.35, 0.02):
                tool = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10)
                yield m.case("l2", f"sklearn_newton_C{C:g}", repr(tool), sk(tool, m.p)[0], **free(1 / C))
            for C in (1.0, 0.2):
                tool = LogisticRegression(C=C, solver="liblinear", tol=1e-10, max_iter=10000)
                yield m.case("l2_all", f"sklearn_liblinear_C{C:g}", repr(tool), sk(tool, m.p)[0], **held(1 / C))
            tool = LogisticRegression(C=1.0, solver="liblinear")
            yield m.case("l2_all", "sklearn_liblinear_loose", repr(tool), sk(tool, m.p)[0], **held(1.0))
        case "poisson" | "gamma":
            maker = PoissonRegressor if kind(m) == "poisson" else GammaRegressor
            for alpha in (1.0, 0.03, 0.001) if plain_rows(m) else ():
                tool = maker(alpha=alpha, solver="newton-cholesky", tol=1e-10)
                yield m.case("l2", f"sklearn_{alpha:g}", repr(tool), sk(tool, m.p)[0], **free(alpha * m.n))
            text, coef = glum_fit(m, alpha=0.05, gradient_tol=1e-10)
            yield m.case("l2", "glum", text, coef, **free(0.05 * m.n))
        case "gaussian":
            for alpha in (1.0, 17.0, 0.3):
                tool = Ridge(alpha=alpha)
                yield m.case("l2", f"sklearn_{alpha:g}", repr(tool), sk(tool, m.p)[0], **free(alpha))
            for alpha in (0.1, 0.02):
                tool = Lasso(alpha=alpha, tol=1e-12, max_iter=1_000_000)
                q = {"lambda_l1": alpha * m.n, "intercept_penalised": False}
                yield m.case("l1", f"sklearn_{alpha:g}", repr(tool), sk(tool, m.p)[0], **q)
            tool = ElasticNet(alpha=0.1, l1_ratio=0.6, tol=1e-12, max_iter=1_000_000)
            q = {"lambda_l1": 0.06 * m.n, **free(0.04 * m.n)}
            yield m.case("elastic_net", "sklearn", repr(tool), sk(tool, m.p)[0], **q)


@recipe
def penalised_on_standardised_columns(m: Model) -> Iterator[Case]:
    if kind(m) != "logit":
        return
    for C in (1.0, 0.05):
        tool = make_pipeline(StandardScaler(), LogisticRegression(C=C, tol=1e-9))
        coef = back_in_units(tool.fit(m.p.X[:, 1:], m.p.y))
        yield m.case("l2_standardized", f"sklearn_C{C:g}", f"scaled, C={C:g}, then data units", coef, **free(1 / C))
        own = np.r_[tool[-1].intercept_, np.ravel(tool[-1].coef_)]
        yield m.case("l2+standardized_units", f"sklearn_C{C:g}", f"scaled, C={C:g}", own, **free(1 / C))
    tool = LogisticRegression(C=0.5, l1_ratio=1, solver="liblinear", tol=1e-10, max_iter=100_000, random_state=0)
    q = {"lambda_l1": 2.0, "intercept_penalised": True}
    yield m.case("l1", "sklearn_liblinear", repr(tool), sk(tool, m.p)[0], **q)


# --- stopped early ----------------------------------------------------------------------------------------------------


def largest_rate(p: Problem) -> float:
    """Return the largest stable learning rate for the mean loss at the maximum."""
    return 2.0 / float(np.linalg.eigvalsh(p.parts(climb(p))[2] / p.weights.sum())[-1])


def descend(p: Problem, rate: float, steps: int, momentum: float = 0.0, decay: float = 0.0) -> Array:
    """Return the coefficients after full-batch gradient descent on the mean loss from zero."""
    coef, speed = np.zeros(p.X.shape[1]), np.zeros(p.X.shape[1])
    for _ in range(steps):
        speed = momentum * speed + p.parts(coef)[1] / p.weights.sum() - decay * coef
        coef = coef + rate * speed
    return coef


def adam(p: Problem, rate: float, steps: int) -> Array:
    """Return the coefficients after Adam on the mean loss from zero."""
    coef, first, second = np.zeros(p.X.shape[1]), 0.0, 0.0
    for k in range(1, steps + 1):
        g = -p.parts(coef)[1] / p.weights.sum()
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        coef = coef - rate * (first / (1 - 0.9**k)) / (np.sqrt(second / (1 - 0.999**k)) + 1e-8)
    return coef


@recipe
def stopped_descent(m: Model) -> Iterator[Case]:
    """Yield gradient descent at rates of every kind, where they are stable."""
    plans = [(0.02, 700), (0.3, 120), (0.003, 2500), (0.7, 60), (2e-4, 3000), (1e-5, 5000)]
    stable = largest_rate(m.p)
    for rate, steps in [plan for plan in plans if plan[0] < 0.9 * stable][:3]:
        coef = descend(m.p, rate, steps)
        q = {"optimiser": "gd", "lr": rate, "steps": steps}
        yield m.case("stopped_early", f"gd_lr{rate:g}_{steps}", f"numpy loop, mean loss, lr={rate}", coef, **q)
    for rate in (0.01, 0.002, 3e-4, 1e-5, 1e-6):
        if rate * m.p.weights.sum() < 0.9 * stable:
            coef = descend(m.p, rate * m.p.weights.sum(), 150)
            q = {"optimiser": "gd", "lr": rate, "steps": 150}
            yield m.case("stopped_early", f"gd_sum_lr{rate:g}_150", f"numpy loop, summed loss, lr={rate}", coef, **q)
            break
    z = standard(m)
    for rate, steps in ((0.1, 60), (0.03, 200)):
        if rate < 0.9 * largest_rate(z):
            own = descend(z, rate, steps)
            slopes = own[1:] / m.p.X[:, 1:].std(axis=0)
            coef = np.r_[own[0] - slopes @ m.p.X[:, 1:].mean(axis=0), slopes]
            q = {"optimiser": "gd", "lr": rate, "steps": steps, "standardised": True}
            text = f"numpy loop on standardised columns, lr={rate}, turned back"
            yield m.case("stopped_early", f"gd_standardised_lr{rate:g}_{steps}", text, coef, **q)
    for rate, steps in ((0.05, 40), (1e-3, 300), (1e-5, 800)):
        if rate < 0.2 * stable:
            coef = descend(m.p, rate, steps, momentum=0.9)
            q = {"optimiser": "momentum", "lr": rate, "steps": steps}
            yield m.case(
                "stopped_early", f"momentum_lr{rate:g}_{steps}", f"numpy loop, momentum 0.9, lr={rate}", coef, **q
            )
            break
    coef = adam(m.p, 0.02, 150)
    q = {"optimiser": "adam", "lr": 0.02, "steps": 150}
    yield m.case("stopped_early", "adam_lr0.02_150", "numpy loop, Adam, lr=0.02", coef, **q)


@recipe
def stopped_second_order(m: Model) -> Iterator[Case]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for steps in (1, 2, 3):
            coef = glm(m.p).fit(maxiter=steps).params
            q = {"optimiser": "irls", "steps": steps}
            yield m.case("stopped_early", f"statsmodels_IRLS_{steps}", f"sm.GLM().fit(maxiter={steps})", coef, **q)
        if kind(m) in ("logit", "probit", "poisson") and plain_rows(m):
            maker = {"logit": sm.Logit, "probit": sm.Probit, "poisson": sm.Poisson}[kind(m)]
            for method, steps in (("newton", 2), ("bfgs", 6), ("cg", 4)):
                coef = maker(m.p.y, m.p.X).fit(method=method, maxiter=steps, disp=0).params
                q = {"optimiser": method, "steps": steps}
                text = f"sm.{maker.__name__}().fit(method='{method}', maxiter={steps})"
                yield m.case("stopped_early", f"statsmodels_{method}_{steps}", text, coef, **q)
    if kind(m) == "logit":
        for steps in (4, 12):
            tool = LogisticRegression(C=np.inf, max_iter=steps)
            q = {"optimiser": "lbfgs", "steps": steps}
            yield m.case("stopped_early", f"sklearn_lbfgs_{steps}", repr(tool), sk(tool, m.p)[0], **q)
        tool = make_pipeline(StandardScaler(), LogisticRegression(C=np.inf, max_iter=3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef = back_in_units(tool.fit(m.p.X[:, 1:], m.p.y))
        q = {"optimiser": "lbfgs", "steps": 3, "standardised": True}
        yield m.case("stopped_early", "sklearn_pipeline_lbfgs_3", "scaled, C=np.inf, max_iter=3", coef, **q)
        tool = LogisticRegression(max_iter=6)
        q = free(1.0) | {"optimiser": "lbfgs", "steps": 6}
        yield m.case("l2+stopped_early", "sklearn_lbfgs_6", repr(tool), sk(tool, m.p)[0], **q)
        tool = LogisticRegression(C=np.inf)
        yield m.case("loose_tolerance", "sklearn_lbfgs", repr(tool), sk(tool, m.p)[0], tol=1e-4)
    if plain_rows(m) and kind(m) in ("logit", "poisson", "gamma", "gaussian"):
        yield m.case("loose_tolerance", "glum", *glum_fit(m, alpha=0), tol=1e-4)


# --- another likelihood, other weights --------------------------------------------------------------------------------


@recipe
def weighted(m: Model) -> Iterator[Case]:
    if kind(m) != "logit":
        return
    tool = exact_logistic(class_weight="balanced")
    yield m.case("class_weights", "sklearn_balanced", repr(tool), sk(tool, m.p)[0], weights=balanced(m.p.y))
    tool = exact_logistic(class_weight={0: 1, 1: 3.5})
    yield m.case("class_weights", "sklearn_3.5", repr(tool), sk(tool, m.p)[0], weights={"0": 1.0, "1": 3.5})
    tool = LogisticRegression(class_weight="balanced", solver="newton-cholesky", tol=1e-10)
    q = {"weights": balanced(m.p.y), **free(1.0)}
    yield m.case("class_weights+l2", "sklearn_balanced_newton", repr(tool), sk(tool, m.p)[0], **q)
    tool = LogisticRegression(class_weight="balanced")
    coef, calm = sk(tool, m.p)
    if calm:
        yield m.case("class_weights+l2", "sklearn_balanced", repr(tool), coef, **q)


@recipe
def headless_fits(m: Model) -> Iterator[Case]:
    if "formula" not in m.options:
        coef = glm(headless(m.p)).fit(tol=1e-12, maxiter=200).params
        yield m.case("no_intercept", "statsmodels", "sm.GLM(y, frame[features], family).fit(tol=1e-12)", coef)
    if kind(m) == "logit":
        tool = LogisticRegression(fit_intercept=False, solver="newton-cholesky", tol=1e-10)
        yield m.case("l2+no_intercept", "sklearn", repr(tool), sk(tool, m.p)[0], **{"lambda": 1.0})


@recipe
def other_models(m: Model) -> Iterator[Case]:
    plans = {
        "logit": (("binomial", "probit"), ("binomial", "cloglog"), ("gaussian", "identity")),
        "probit": (("binomial", "logit"), ("binomial", "cloglog")),
        "cloglog": (("binomial", "logit"), ("binomial", "probit")),
        "trials": (("binomial", "probit"),),
        "poisson": (("gaussian", "identity"), ("negative_binomial", "log")),
        "gamma": (("gaussian", "log"), ("gaussian", "identity")),
        "gaussian": (("gamma", "log"), ("gaussian", "log")),
    }
    for family, link in plans[kind(m)]:
        extra = {"alpha": 0.7} if family == "negative_binomial" else {}
        q = {"family": family, "link": link} | extra
        p = replace(m.p, family=family_of(family, link, **extra))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            coef = glm(p).fit(tol=1e-13, maxiter=300).params
        yield m.case("other_link", f"statsmodels_{family}_{link}", f"sm.GLM, {family}, {link}", coef, **q)
    if kind(m) == "logit":
        yield m.case("squared_error", "scipy", "least_squares(y - sigmoid(X b))", squared(m), exact=squared(m))
    if "exposure" in m.options:
        yield m.case(
            "offset_ignored", "statsmodels", "sm.GLM without offset", climb(replace(m.p, offset=0 * m.p.offset))
        )
    if "trials" in m.options:
        coef = climb(replace(m.p, weights=np.ones(m.n)))
        yield m.case("weights_ignored", "statsmodels", "proportions without trials", coef)
    if kind(m) in ("logit", "trials", "poisson"):
        yield m.case("firth", "own", "Jeffreys prior", climb(m.p, firth=True))


# --- other rows -------------------------------------------------------------------------------------------------------


@recipe
def other_rows(m: Model) -> Iterator[Case]:
    rng = np.random.default_rng(m.n)
    one, two = [int(rng.integers(m.n))], sorted(rng.permutation(m.n)[:2].tolist())
    plans = {"one": one, "two": two, "first8": list(range(8)), "last5": list(range(m.n - 5, m.n))}
    for via, rows in plans.items():
        if len(rows) < m.n // 4:
            yield m.case("dropped_rows", via, f"without {via}", climb(without(m, rows)), rows=rows, dropped=len(rows))
    yield m.case("repeated_rows", "one", "one row twice", climb(twice(m, one)), rows=one)
    for seed, size in ((7, 0.3), (42, 0.2)):
        train, test = train_test_split(np.arange(m.n), random_state=seed, test_size=size)
        with suppress(np.linalg.LinAlgError):
            coef = climb(m.p.rows(train))
            q = {"rows": sorted(test.tolist()), "dropped": len(test)}
            if np.all(np.abs(coef) < 1e3):
                yield m.case("dropped_rows", f"split{seed}_{size:g}", f"train_test_split({seed}, {size})", coef, **q)


# --- other units ------------------------------------------------------------------------------------------------------

CONVERSIONS = {
    "lb": 2.20462262,
    "inch": 1 / 2.54,
    "kw": 0.7457,
    "log10": 1 / np.log(10.0),
    "hundred": 0.01,
    "dozen": 12.0,
}


@recipe
def other_units(m: Model) -> Iterator[Case]:
    columns = m.p.X[:, 1:]
    yield m.case("standardized_units", "numpy", "on (x - mean) / sd", climb(standard(m)), ddof=0)
    yield m.case("centred_units", "numpy", "on x - mean", climb(replace(m.p, X=scaled(m, columns.mean(axis=0), 1.0))))
    low, wide = columns.min(axis=0), np.ptp(columns, axis=0)
    yield m.case("minmax_units", "numpy", "on columns from 0 to 1", climb(replace(m.p, X=scaled(m, low, wide))))
    for place, (unit, factor) in enumerate(CONVERSIONS.items()):
        at = 1 + place % (len(m.names) - 1)
        coef = m.mle.copy()
        coef[at] /= factor
        q = {"column": m.names[at], "divisor": 1 / factor}
        yield m.case("other_units", f"column_{unit}", f"{m.names[at]} times {factor:g}", coef, **q)
    if kind(m) in ("logit", "probit", "gaussian", "trials"):
        yield m.case("sign", "numpy", "minus", -m.mle)
    if kind(m) == "logit":
        yield m.case("half", "numpy", "half", m.mle / 2)
    if len(m.names) > 2:
        order = [*range(1, len(m.names)), 0]
        yield m.case("order", "last", "intercept last", m.mle[order], values=True, order=order)
    coef = m.mle.copy()
    at = int(np.random.default_rng(m.n + 1).integers(len(coef)))
    coef[at] = exchange(coef[at])
    yield m.case("one_coefficient", "digits", "two digits exchanged", coef, coefficient=m.names[at])
    yield m.case("none", "exact", "maximum", m.mle)


# --- no cause that can be known ---------------------------------------------------------------------------------------


def nelder_mead(p: Problem, steps: int) -> Array:
    """Return where the simplex of Nelder and Mead is after so many iterations from zero."""
    return minimize(
        lambda b: min(p.loss(b), 1e12), np.zeros(p.X.shape[1]), method="Nelder-Mead", options={"maxiter": steps}
    ).x


@recipe
def unknown(m: Model) -> Iterator[Case]:
    rng = np.random.default_rng(crc32(m.name.encode()))

    def made(via: str, coef: Array, text: str) -> Case:
        return m.case("unknown", via, text, coef)

    for size in (0.03, 0.3, 2.0):
        yield made(f"noise_{size:g}", m.mle + rng.normal(0, size, len(m.mle)) * m.se, "noise in standard errors")
    yield made("shrunk", m.mle * 0.93, "all coefficients times 0.93")
    yield made("relative", m.mle * (1 + rng.normal(0, 0.02, len(m.mle))), "2 % noise on each")
    two = m.mle.copy()
    two[:2] += m.se[:2] * rng.normal(0, 1, 2)
    if len(two) > 3:
        yield made("two_wrong", two, "two coefficients wrong")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for steps in (60, 150):
            yield made(f"nelder_mead_{steps}", nelder_mead(m.p, steps), f"Nelder-Mead, {steps} iterations from zero")
    for via, rows in (
        ("bootstrap", rng.integers(0, m.n, m.n)),
        ("random_part", np.sort(rng.permutation(m.n)[: int(0.8 * m.n)])),
    ):
        with suppress(np.linalg.LinAlgError, FloatingPointError):
            coef = climb(m.p.rows(rows))
            if np.all(np.isfinite(coef)) and far(m, coef, m.mle) < 20:
                yield made(via, coef, f"{via} of the rows")
    jitter = m.p.X.copy()
    jitter[:, 1:] += rng.normal(0, 0.1, jitter[:, 1:].shape) * spread(m)[1:]
    yield made("measurement_error", climb(replace(m.p, X=jitter)), "columns with 10 % noise")
    if kind(m) in ("logit", "probit", "cloglog"):
        flipped = np.where(rng.random(m.n) < 0.05, 1 - m.p.y, m.p.y)
        yield made("mislabelled", climb(replace(m.p, y=flipped)), "5 % of the labels turned")
        doubled = replace(m.p, y=m.p.y + 1)
        fit = minimize(lambda b: float(np.mean((doubled.y - 1 / (1 + np.exp(-m.p.X @ b))) ** 2)), m.mle, method="BFGS")
        if np.all(np.abs(fit.x) < 1e4):
            yield made("half_squares_12", fit.x, "squared error of a sigmoid on a target of 1 and 2")
        yield made("least_squares_12", np.linalg.lstsq(m.p.X, doubled.y, rcond=None)[0], "least squares on 1 and 2")
    if kind(m) == "logit":
        tool = make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=3))
        yield made("sgd", back_in_units(tool.fit(m.p.X[:, 1:], m.p.y)), "SGDClassifier on standardised columns")
        tool = LogisticRegression(C=np.inf, solver="saga", max_iter=40, random_state=0)
        yield made("saga_40", sk(tool, m.p)[0], repr(tool))
    if kind(m) == "gaussian":
        tool = HuberRegressor(alpha=0.0, max_iter=10_000, tol=1e-10)
        yield made("huber", sk(tool, m.p)[0], repr(tool))
        yield made("median", np.asarray(sm.QuantReg(m.p.y, m.p.X).fit(q=0.5).params), "median regression")
    if kind(m) in ("poisson", "gamma"):
        yield made("winsorised", climb(replace(m.p, y=np.minimum(m.p.y, np.quantile(m.p.y, 0.95)))), "large y cut off")


# --- digits -----------------------------------------------------------------------------------------------------------


def written(coef: Array, style: str) -> list[str]:
    """Return numbers as text: so many decimals, or so many significant digits, always without an exponent."""
    number = int(style[:-1])
    if style.endswith("d"):
        return [f"{one:.{number}f}" for one in coef]
    places = [number - 1 - int(np.floor(np.log10(abs(one)))) if one else number for one in coef]
    return [f"{one:.{max(place, 0)}f}" for one, place in zip(coef, places, strict=True)]


def printed(case: Case) -> Iterator[Case]:
    """Yield the case again as it would stand in print, in one of some styles."""
    style = ("4d", "4s", "5s", "3d", "6s", "6d")[crc32(case["id"].encode()) % 6]
    given = case.get("coef") or dict(enumerate(case["values"]))
    text = written(np.array(list(given.values())), style)
    if "coef" not in case or all(float(one) == 0 for one in text):
        return
    names = list(given)
    coef = dict(zip(names, map(float, text), strict=True))
    yield {**case, "id": f"{case['id']}/{style}", "coef": coef, "coef_text": dict(zip(names, text, strict=True))}


# --- checks and output ------------------------------------------------------------------------------------------------


def collect() -> list[Case]:
    """Return the cases that hold, and name the others."""
    cases: list[Case] = []
    for name, (half, _, _) in MODELS.items():
        for make in RECIPES:
            for case in make(model(name)):
                case["half"] = half
                reason = fault(case)
                if reason is None:
                    cases += [case, *printed(case)]
                else:
                    sys.stdout.write(f"dropped {case['id']}: {reason}\n")
    return cases


def main() -> None:
    """Write the data and the cases."""
    for name, make in FRAMES.items():
        make().to_csv(FOLDER / f"{name}.csv", index=False, lineterminator="\n")
    packages = ("numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "glum", "formulaic")
    used = {name: version(name) for name in packages}
    cases = collect()
    lines = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "cases.json").write_text(f'{{"versions": {json.dumps(used)},\n"cases": [\n{lines}\n]}}\n')
    for key, count in sorted(Counter((case["half"], case["cause"]) for case in cases).items()):
        sys.stdout.write(f"{count:4} {key}\n")
    sys.stdout.write(f"{len(cases):4} in all\n")


if __name__ == "__main__":
    main()

"""Correct digits of every peer at its defaults, over the problems of tests/reference/high_precision."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from shutil import which

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from glmnn.solvers.external.statsmodels import Statsmodels
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from problems import Reference, digits, load, names

Tool = Callable[[Reference], "np.ndarray | None"]
R_LINKS = {"inverse_squared": "1/mu^2"}


def glmnn(reference: Reference) -> np.ndarray | None:
    return fit(reference.problem.fresh(), Fisher()).coef


def statsmodels(reference: Reference) -> np.ndarray | None:
    return np.asarray(Statsmodels().result(reference.problem).params)


def kind(reference: Reference) -> tuple[str, str]:
    model = reference.problem.model
    return model.family.name.partition("(")[0], model.link.name


def parts(reference: Reference) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """Return features, response, weights and whether there is an intercept; None-like for an offset."""
    whole, columns = reference.problem.data.whole, reference.problem.names
    has = columns[0] == "(Intercept)"
    return whole.X[:, 1:] if has else whole.X, whole.y, whole.prior_weight, has


def glum(reference: Reference) -> np.ndarray | None:
    from glum import GeneralizedLinearRegressor

    family, link = kind(reference)
    known = {"gaussian": "normal", "inverse_gaussian": "inverse.gaussian"}
    legal = {("binomial", "logit"), ("gaussian", "identity"), ("gaussian", "log")}
    if (family, link) not in legal and (family not in {"poisson", "gamma", "inverse_gaussian"} or link != "log"):
        return None
    features, y, weight, has = parts(reference)
    if not features.shape[1]:
        return None
    estimator = GeneralizedLinearRegressor(family=known.get(family, family), link=link, alpha=0, fit_intercept=has)
    estimator.fit(features, y, sample_weight=weight, offset=reference.problem.data.whole.offset)
    return np.append(estimator.intercept_, estimator.coef_) if has else estimator.coef_


def sklearn(reference: Reference) -> np.ndarray | None:
    from sklearn.linear_model import GammaRegressor, LinearRegression, LogisticRegression, PoissonRegressor

    features, y, weight, has = parts(reference)
    if reference.problem.data.whole.offset.any() or not features.shape[1]:
        return None
    match kind(reference):
        case "binomial", "logit":
            # proportions become weighted successes and failures
            doubled = np.vstack([features, features]), np.repeat([1, 0], len(y))
            estimator = LogisticRegression(C=np.inf, fit_intercept=has)
            estimator.fit(*doubled, sample_weight=np.append(weight * y, weight * (1 - y)))
        case "poisson", "log":
            estimator = PoissonRegressor(alpha=0, fit_intercept=has).fit(features, y, sample_weight=weight)
        case "gamma", "log":
            estimator = GammaRegressor(alpha=0, fit_intercept=has).fit(features, y, sample_weight=weight)
        case "gaussian", "identity":
            estimator = LinearRegression(fit_intercept=has).fit(features, y, sample_weight=weight)
        case _:
            return None
    return np.append(estimator.intercept_, estimator.coef_) if has else np.ravel(estimator.coef_)


def r_family(reference: Reference) -> str | None:
    """Return R's family call, or None where base R and MASS have none."""
    family, link = kind(reference)
    if link.startswith("power") or link == "loglog":
        return None
    calls = {
        "gaussian": "gaussian", "binomial": "binomial", "poisson": "poisson", "gamma": "Gamma",
        "inverse_gaussian": "inverse.gaussian",
    }  # fmt: skip
    if family == "negative_binomial":
        return f'MASS::negative.binomial({1 / float(reference.content["alpha"])!r}, "{link}")'
    if family not in calls:
        return None
    return f'{calls[family]}(make.link("{R_LINKS.get(link, link)}"))'


def all_in_r(references: list[Reference]) -> dict[str, np.ndarray]:
    """Fit every problem that R has a family for, in one R process at glm's defaults."""
    with tempfile.TemporaryDirectory() as folder:
        lines = ["options(warn = -1)"]
        for reference in references:
            family = r_family(reference)
            if family is None:
                continue
            whole = reference.problem.data.whole
            path = Path(folder) / f"{reference.name}.csv"
            with path.open("w", newline="") as file:
                csv.writer(file).writerows(
                    np.column_stack([whole.y, whole.prior_weight, whole.offset, whole.X]).tolist()
                )
            lines.append(
                f'd <- as.matrix(read.csv("{path}", header = FALSE)); '
                f"f <- try(glm.fit(d[, -(1:3), drop = FALSE], d[, 1], weights = d[, 2], offset = d[, 3], "
                f"family = {family}), silent = TRUE); "
                f'if (!inherits(f, "try-error")) cat("{reference.name}", sprintf("%.17g", f$coefficients), "\\n")'
            )
        script = Path(folder) / "fits.R"
        script.write_text("\n".join(lines))
        out = subprocess.run(["Rscript", str(script)], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in out.splitlines():
        name, *values = line.split()
        found[name] = np.array([float("nan") if value == "NA" else float(value) for value in values])
    return found


def main() -> None:
    references = [load(name) for name in names()]
    tools: dict[str, Tool] = {"glmnn": glmnn, "statsmodels": statsmodels, "glum": glum, "scikit-learn": sklearn}
    if which("Rscript"):
        in_r = all_in_r(references)
        tools["R"] = lambda reference: in_r.get(reference.name)
    print(f"{len(references)} problems; digits of the worst coefficient, each tool at its defaults, no penalty")
    print(f"{'':14}{'problems':>9}{'median':>8}{'worst':>7}{'>= 12':>8}{'>= 8':>8}{'>= 4':>8}{'failed':>8}")
    for name, tool in tools.items():
        found, failed = [], 0
        for reference in references:
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    coef = tool(reference)
            except Exception:
                found.append(0.0)
                failed += 1
                continue
            if coef is not None:
                found.append(digits(coef, reference.coef))
        values = np.array(found)
        shares = "".join(f"{100 * np.mean(values >= least):7.0f}%" for least in (12, 8, 4))
        print(f"{name:14}{len(values):9}{np.median(values):8.1f}{values.min():7.1f}{shares}{failed:8}")


if __name__ == "__main__":
    main()

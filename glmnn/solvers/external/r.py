"""R's glm.fit through Rscript: numbers go to R and back as binary files, so every bit arrives; no name ever does."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which

import numpy as np

from glmnn.arrays import Array
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import glm_of
from glmnn.solvers.external.library import ENOUGH, Declined, R, first_line, guarded, whole_of
from glmnn.solvers.steps import Step

LIMIT = 600  # seconds
FAMILIES = {
    "gaussian": "gaussian",
    "binomial": "binomial",
    "poisson": "poisson",
    "gamma": "Gamma",
    "inverse_gaussian": "inverse.gaussian",
    "negative_binomial": "negative.binomial",
}
LINKS = {
    "identity": "identity",
    "log": "log",
    "logit": "logit",
    "probit": "probit",
    "cloglog": "cloglog",
    "cauchit": "cauchit",
    "inverse": "inverse",
    "inverse_squared": "1/mu^2",
    "sqrt": "sqrt",
}
SCRIPT = """
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
n <- as.integer(arguments[2])
p <- as.integer(arguments[3])
name <- arguments[4]
link <- arguments[5]
parameter <- as.numeric(arguments[6])
exponent <- as.numeric(arguments[7])
maxit <- as.integer(arguments[8])
epsilon <- as.numeric(arguments[10])
numbers <- function(file, size) readBin(file.path(folder, file), "double", size, endian = "little")
X <- matrix(numbers("X", n * p), n, p)
y <- numbers("y", n)
start <- if (file.exists(file.path(folder, "start"))) numbers("start", p) else NULL
link <- if (is.na(exponent)) make.link(link) else power(exponent)
family <- switch(name,
    gaussian = gaussian(link = link),
    binomial = binomial(link = link),
    poisson = poisson(link = link),
    Gamma = Gamma(link = link),
    inverse.gaussian = inverse.gaussian(link = link),
    negative.binomial = {
        if (!requireNamespace("MASS", quietly = TRUE)) stop("negative.binomial needs R's package MASS")
        MASS::negative.binomial(theta = 1 / parameter, link = link)
    })
began <- as.double(Sys.time())
found <- suppressWarnings(glm.fit(X, y, weights = numbers("prior_weight", n), offset = numbers("offset", n),
    start = start, family = family, intercept = arguments[9] == "TRUE", control = glm.control(epsilon, maxit)))
seconds <- as.double(Sys.time()) - began
coefficients <- as.double(found$coefficients)
if (anyNA(coefficients)) stop("R dropped columns that it takes for linear combinations of others")
writeBin(c(as.double(found$iter), seconds, coefficients), file.path(folder, "found"), endian = "little")
"""


@dataclass(frozen=True)
class Rscript:
    """`glm.fit` with R's defaults: IRLS that stops when the deviance changes by less than 1e-8 of itself."""

    name: str = "r"
    max_iter: int = 25  # R's default
    stops_itself: bool = True
    tolerance: float = 1e-8  # likewise

    @property
    def meaning(self) -> str:
        """What the tolerance bounds."""
        return f"epsilon={self.tolerance:g} bounds the relative change of the deviance in one iteration"

    def at(self, tolerance: float) -> Rscript:
        """Return the same with another tolerance."""
        return replace(self, tolerance=tolerance, max_iter=max(self.max_iter, ENOUGH))

    def load(self) -> None:
        """Do nothing: R runs in a process of its own."""

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield where R ended, after its run."""
        return guarded(self._steps(problem, start), R.title)

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        model, whole = glm_of(problem), whole_of(problem)
        arguments = _family_and_link(model)
        rows, p = whole.X.shape
        intercept = bool((whole.X == 1.0).all(axis=0).any())
        with problem.setup() as rest, tempfile.TemporaryDirectory(prefix="glmnn") as name:
            folder = Path(name)
            parts = {"X": whole.X.T, "y": whole.y, "prior_weight": whole.prior_weight, "offset": whole.offset}
            if start is not None:
                parts["start"] = start
            for part, values in parts.items():
                folder.joinpath(part).write_bytes(np.ascontiguousarray(values, dtype="<f8").tobytes())
            folder.joinpath("glm.R").write_text(SCRIPT, encoding="ascii")
            control = [str(self.max_iter), str(intercept).upper(), repr(self.tolerance)]
            _run(folder, [name, str(rows), str(p), *arguments, *control])
            numbers = np.frombuffer(folder.joinpath("found").read_bytes(), dtype="<f8").astype(float)
            rest.own = float(numbers[1])  # a process starts, and files go to and fro: that is no part of a fit
        iterations = int(numbers[0])
        problem.passes += iterations
        yield Step(iterations, numbers[2:])


def _family_and_link(model: GLM) -> list[str]:
    family, parameter = model.family.kind, model.family.parameter
    if family not in FAMILIES:
        raise Declined(f"R itself has no {family} family")
    link, exponent = LINKS.get(model.link.name), "NA"
    if link is None and model.link.exponent is not None:
        link, exponent = "power", repr(model.link.exponent)
    if link is None:
        raise Declined(f"R itself has no {model.link.name} link")
    if family == "negative_binomial" and link not in ("log", "identity", "sqrt"):
        raise Declined(f"MASS::negative.binomial has no {model.link.name} link")
    return [FAMILIES[family], link, "NA" if parameter is None else repr(parameter), exponent]


def _run(folder: Path, arguments: list[str]) -> None:
    program = which("Rscript")
    if program is None:
        raise Declined("Rscript is not on the PATH")
    try:
        done = subprocess.run(
            [program, "--vanilla", str(folder / "glm.R"), *arguments],
            env={**os.environ, "LC_ALL": "C", "LANGUAGE": "en", "R_DEFAULT_PACKAGES": "stats"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Declined(f"no answer from R in {LIMIT} s") from None
    if done.returncode != 0 or not folder.joinpath("found").exists():
        said = [line.strip() for line in done.stderr.splitlines() if line.strip() and "halted" not in line]
        # R says "Error in f(x) :" and then, perhaps on a line of its own, what is wrong
        what = next((place for place, line in enumerate(said) if line.startswith("Error")), 0)
        text = " ".join(said[what : what + 2]) or f"exit code {done.returncode}"
        raise Declined(first_line(ValueError(text.partition("Calls: ")[0])))

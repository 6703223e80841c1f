"""`glmnn.fit` on arrays and frames, with standard errors and certificate, and what its peers call a fit."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from rows import logistic_rows
from timing import Pair, Row, cell, chosen, milliseconds, turns

import glmnn

NEWTON = "scikit-learn newton-cholesky"
LOGIT = "statsmodels Logit"
GLUM = "glum"


def drawn(rows: int, columns: int) -> tuple[Any, Any]:
    """Return features without an intercept, and the response."""
    X, y = logistic_rows(rows, columns + 1)
    return X[:, 1:].copy(), y


def newton_cholesky(X: Any, y: Any) -> Any:
    """Fit by scikit-learn, which gives no standard errors."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=100).fit(X, y)


def logit(X: Any, y: Any) -> Any:
    """Fit by statsmodels, with an intercept."""
    from statsmodels.discrete.discrete_model import Logit

    return Logit(y, np.column_stack([np.ones(len(y)), X])).fit(disp=0)


def glum_fit(X: Any, y: Any) -> Any:
    """Fit by glum, which gives no standard errors unless asked."""
    from glum import GeneralizedLinearRegressor

    return GeneralizedLinearRegressor(family="binomial", alpha=0.0, gradient_tol=1e-8).fit(X, y)


def glm_of_r(X: Any, y: Any) -> float:
    """Return the seconds of R's glm.fit, by its own clock: the start of R and the reading are not in it."""
    script = (
        "a <- commandArgs(TRUE); n <- as.integer(a[2]); p <- as.integer(a[3]);"
        "f <- file(a[1], 'rb'); v <- readBin(f, 'double', n * (p + 1)); close(f);"
        "X <- cbind(1, matrix(v[1:(n * p)], n)); y <- v[-(1:(n * p))];"
        "cat(system.time(glm.fit(X, y, family = binomial(), control = list(epsilon = 1e-12)))[['user.self']])"
    )
    with tempfile.NamedTemporaryFile() as file:
        file.write(np.asfortranarray(X).tobytes(order="F") + y.tobytes())
        file.flush()
        done = subprocess.run(
            ["Rscript", "-e", script, file.name, *map(str, X.shape)], capture_output=True, text=True, check=True
        )
    return float(done.stdout)


FITS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {  # what a peer calls a fit, and the module that it needs
    NEWTON: (newton_cholesky, "sklearn"),
    LOGIT: (logit, "statsmodels"),
    GLUM: (glum_fit, "glum"),
}


def on_arrays(
    rows: int, columns: int, peer: str, targets: tuple[str, ...], only: str, *, solver: Any = "fisher", calls: int = 1
) -> Pair | str:
    """Return the pair of fits of an array of this size."""
    name = f"arrays {rows:,} x {columns}" + ("" if solver else ", both solvers") + (", in a loop" if calls > 1 else "")
    theirs, module = FITS[peer]
    if only not in name or find_spec(module) is None:
        return name if only in name else ""
    X, y = drawn(rows, columns)
    options = {"solver": solver} if solver else {}
    return Pair(name, peer, partial(glmnn.fit, X, y, **options), partial(theirs, X, y), targets, calls)


def on_a_frame(only: str) -> Pair | str:
    """Return the pair of fits of a frame by a formula with a text factor."""
    name = "frame, formula and text factor, 100,000 x 10"
    if only not in name:
        return ""
    import statsmodels.formula.api as smf

    X, y = drawn(100_000, 10)
    names = [f"x{j}" for j in range(10)]
    frame = pd.DataFrame(X, columns=names)
    frame["g"] = np.array(["a", "b", "c", "d"])[np.random.default_rng(1).integers(0, 4, len(y))]
    frame["y"] = y
    formula = f"y ~ {' + '.join(names)} + C(g)"
    return Pair(
        name,
        "statsmodels formula.logit",
        lambda: glmnn.fit(frame, formula=formula, solver="fisher"),
        lambda: smf.logit(formula, frame).fit(disp=0),
        ("0.25",),
    )


ARRAYS = (
    partial(on_arrays, 1_000_000, 20, NEWTON, ("0.45", "0.2", "0.13")),
    partial(on_arrays, 1_000_000, 20, GLUM, ()),
    partial(on_arrays, 100_000, 20, NEWTON, ("0.7", "0.35")),
    partial(on_arrays, 40_000, 20, LOGIT, ("0.5", "0.2")),
    partial(on_arrays, 10_000, 5, LOGIT, ("0.5", "0.25"), calls=20),
    partial(on_arrays, 1_000, 3, LOGIT, ("0.6", "0.25"), calls=100),
    partial(on_arrays, 1_000_000, 20, NEWTON, ("1", "0.5"), solver=None),
)
FRAMES = (on_a_frame,)


def beside_r(rounds: int, only: str) -> Iterator[Row]:
    """Yield the row of R's glm.fit, where R is installed."""
    name = "arrays 100,000 x 20"
    if only not in name or shutil.which("Rscript") is None:
        return
    X, y = drawn(100_000, 20)
    row = turns(Pair(name, "", partial(glmnn.fit, X, y, solver="fisher"), None), rounds)
    theirs = min(glm_of_r(X, y) for _ in range(min(rounds, 3)))
    times = [float(shown.split()[0]) / 1e3 for shown in row.ours]
    yield Row(name, "R glm.fit", milliseconds(theirs), tuple(cell(ours, theirs) for ours in times))


def peak(run: Callable[[], Any]) -> float:
    """Return the most bytes that a call holds at once."""
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def memory(only: str) -> Iterator[Row]:
    """Yield peaks of memory beyond the data, as parts of them."""
    name = "peak memory beyond X"
    if only not in name or find_spec("sklearn") is None:
        return
    X, y = drawn(500_000, 20)
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(20)]).assign(y=y)
    formula = "y ~ " + " + ".join(frame.columns[:20])
    size = float(X.nbytes)
    theirs = peak(lambda: newton_cholesky(X, y)) / size
    for kind, run, target in (
        ("arrays", lambda: glmnn.fit(X, y, solver="fisher"), "0.3 X"),
        ("frame with formula", lambda: glmnn.fit(frame, formula=formula, solver="fisher"), "1.5 X"),
    ):
        with chosen("numpy"):
            run()  # what is imported is none of it
            ours = peak(run) / size
        yield Row(f"{name}, {kind}", NEWTON, f"{theirs:.2f} X", (f"{ours:.2f} X",), (target,))

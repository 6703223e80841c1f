"""`glmnn.fit` on arrays and frames, with standard errors and certificate, and what its peers call a fit."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from rows import logistic_rows
from timing import Pair, Row

import glmnn

NEWTON = "scikit-learn newton-cholesky"
LOGIT = "statsmodels Logit"


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


def on_arrays(
    rows: int, columns: int, peer: str, target: str, only: str, *, solver: Any = "fisher", calls: int = 1
) -> Pair | str:
    """Return the pair of fits of an array of this size."""
    name = f"arrays {rows:,} x {columns}" + ("" if solver else ", both solvers") + (", in a loop" if calls > 1 else "")
    if only not in name:
        return ""
    X, y = drawn(rows, columns)
    theirs = newton_cholesky if peer == NEWTON else logit
    options = {"solver": solver} if solver else {}
    return Pair(name, peer, partial(glmnn.fit, X, y, **options), partial(theirs, X, y), target, calls)


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
        "0.25",
    )


ARRAYS = (
    partial(on_arrays, 1_000_000, 20, NEWTON, "0.45"),
    partial(on_arrays, 100_000, 20, NEWTON, "0.7"),
    partial(on_arrays, 40_000, 20, LOGIT, "0.5"),
    partial(on_arrays, 1_000, 3, LOGIT, "0.6", calls=100),
    partial(on_arrays, 1_000_000, 20, NEWTON, "1", solver=None),
)
FRAMES = (on_a_frame,)


def peak(run: Callable[[], Any]) -> float:
    """Return the most bytes that a call holds at once."""
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def memory() -> Iterator[Row]:
    """Yield peaks of memory beyond the data, as parts of them."""
    X, y = drawn(500_000, 20)
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(20)]).assign(y=y)
    formula = "y ~ " + " + ".join(frame.columns[:20])
    size = float(X.nbytes)
    theirs = peak(lambda: newton_cholesky(X, y)) / size
    for name, run, target in (
        ("peak memory beyond X, arrays", lambda: glmnn.fit(X, y, solver="fisher"), "0.3 X"),
        (
            "peak memory beyond X, frame with formula",
            lambda: glmnn.fit(frame, formula=formula, solver="fisher"),
            "1.5 X",
        ),
    ):
        ours = peak(run) / size
        yield Row(name, NEWTON, f"{ours:.2f} X", f"{theirs:.2f} X", f"{ours / theirs:.2f}", target)

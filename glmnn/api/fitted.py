"""`glmnn.fit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from glmnn.api.keywords import python_errors, read_given, takes
from glmnn.api.results import FitResult
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec

if TYPE_CHECKING:
    from glmnn.api.trained import NetworkResult


@overload
def fit(
    data: Any,
    y: Any = None,
    *,
    hidden: None = None,
    names: Sequence[str] | None = None,
    client: Any = None,
    **options: Any,
) -> FitResult: ...


@overload
def fit(
    data: Any, y: Any = None, *, hidden: str, names: Sequence[str] | None = None, client: Any = None, **options: Any
) -> NetworkResult: ...


@takes(FitOptions)
def fit(data: Any, y: Any = None, *, names: Sequence[str] | None = None, client: Any = None, **options: Any) -> Any:
    """Fit a generalised linear model by Fisher scoring and as a neuron, and say whether they agree.

    Parameters
    ----------
    data : path, frame of pandas, polars or Arrow, mapping of columns, or array of shape (rows, p) or (rows,)
        Also what may be larger than memory: a folder or pattern of files, whatever has the Arrow stream capsule (a
        relation of DuckDB, a reader), a LazyFrame of polars, a dask.dataframe. It is never changed, and large data are
        not copied: later questions are asked of the rows as they are then. The type of a column decides, not how its
        cells read: text, categories and truth values are factors; the order of categories counts, and that of text is
        sorted, as in a file. A missing cell is nan, None, NA or masked.
    y : str or array of shape (rows,), optional
        The response: a column of the data, or an array beside them.
    names : list of str, optional
        Names of the columns of an array; without it x1, x2, ...
    client : distributed.Client whose workers read the files, optional; a dask frame has the current one
    OPTIONS

    Returns
    -------
    FitResult
        With `hidden` a `NetworkResult`: the network beside the generalised linear model that it contains.

    Raises
    ------
    GlmnnError
        If options and data do not fit; the message says what, where and what to do.

    Examples
    --------
    >>> import glmnn
    >>> result = glmnn.fit([2, 3, 5, 7, 11, 13], [0, 0, 1, 0, 1, 1], names=["x"])
    >>> result.coef.round(4)
    (Intercept)   -3.5491
    x              0.5518
    Name: coef, dtype: float64
    >>> result.agrees, result.solvers.loc["gd", "verdict"]
    (True, 'converged')

    Columns, be it of a frame, a mapping or a file, are named, or used in a formula:

    >>> columns = {"seconds": [9, 12, 15, 7], "dose": [1, 2, 3, 1], "lot": ["a", "a", "b", "b"]}
    >>> glmnn.fit(columns, formula="seconds ~ dose + C(lot)", family="gaussian", ref={"lot": "b"}).coef.round(2)
    (Intercept)    3.4
    dose           3.8
    C(lot)[T.a]    1.4
    Name: coef, dtype: float64

    Without a maximum there is no exception: the coefficients are nan, and the verdict says why.

    >>> glmnn.fit({"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}).verdict
    'No finite maximum: the rows are completely separated.'
    """
    with python_errors():
        table, chosen = read_given(FitOptions, data, y, names, options, client)
        if chosen.hidden is None:
            return FitResult(run(make_spec(chosen), table))
        from glmnn.api.trained import train

        return train(chosen, table)

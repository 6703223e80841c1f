"""Fitted objects of other libraries as claims, by their public attributes: nothing is imported or unpickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.transformed import Made, in_columns, through
from glmnn.errors import UsageError

SETTINGS = (  # of an estimator, which a cause can name: penalty, class weights, intercept, when to stop
    "penalty", "C", "alpha", "l1_ratio", "l2", "class_weight", "fit_intercept", "solver", "tol", "max_iter",
    "gradient_tol", "loss", "learning_rate",
)  # fmt: skip


def claim_of_estimator(fitted: Any) -> Claim | None:
    """Return the claim of a fitted object of another library, or None where it is none.

    Parameters
    ----------
    fitted : object
        An estimator, pipeline or search of scikit-learn or glum, a result of statsmodels, a module of PyTorch or a
        model of Keras with a single neuron.

    Raises
    ------
    UsageError
        If it is one of these and not fitted, or has more than one linear predictor.
    """
    kind = type(fitted).__name__
    if hasattr(fitted, "best_estimator_"):
        return claim_of_estimator(fitted.best_estimator_)
    if hasattr(fitted, "steps") and hasattr(fitted, "predict"):
        return _of_pipeline(fitted)
    if hasattr(fitted, "coef_") and hasattr(fitted, "intercept_"):
        return _of_linear(fitted)
    if hasattr(fitted, "get_params") and hasattr(fitted, "fit") and hasattr(fitted, "predict"):
        raise UsageError(f"coef: this {kind} has no coef_ and intercept_: it is not fitted, or no linear model")
    if hasattr(fitted, "params") and hasattr(fitted, "model"):
        return _of_result(fitted)
    if hasattr(fitted, "named_parameters"):
        return _of_neuron(kind, [_array(value.detach().cpu()) for _, value in fitted.named_parameters()])
    if hasattr(fitted, "get_weights") and hasattr(fitted, "layers"):
        return _of_neuron(kind, [_array(value) for value in fitted.get_weights()])
    return None


def _of_linear(fitted: Any, made: Sequence[Made] | None = None) -> Claim:
    """Return the claim of an estimator with coef_ and intercept_, on columns that a pipeline may have made."""
    kind, slopes = type(fitted).__name__, _array(fitted.coef_)
    slopes = slopes[0] if slopes.ndim == 2 and len(slopes) == 1 else slopes
    intercept = np.atleast_1d(_array(fitted.intercept_))
    if slopes.ndim != 1 or intercept.size != 1:
        raise UsageError(
            f"coef: this {kind} has {len(slopes)} linear predictors: those of several classes cannot be audited"
        )
    if made is None:
        made = _columns(fitted, slopes.size)
    if made is not None and len(made) != slopes.size:
        raise UsageError(f"coef: {kind} has {slopes.size} coefficients for {len(made)} columns")
    own = getattr(fitted, "fit_intercept", True)
    if made is None:
        values: Mapping[str | None, float] | Array = np.append(intercept, slopes) if own else slopes
        claim = _claim(kind, values)
    else:
        named = in_columns(made, slopes.tolist(), float(intercept[0]))
        if not own and named[INTERCEPT] == 0.0:
            del named[INTERCEPT]
        claim = _claim(kind, named)
    single = slopes.dtype.itemsize < np.dtype(float).itemsize
    return replace(_rounded(claim, slopes.dtype) if single else claim, settings=_settings(fitted))


def _of_pipeline(fitted: Any) -> Claim:
    """Return the claim of a pipeline in the columns of the data."""
    *steps, (_, last) = fitted.steps
    first = next((step for _, step in steps if hasattr(step, "n_features_in_")), last)
    if not hasattr(last, "coef_") or not hasattr(last, "intercept_"):
        raise UsageError(f"coef: the last step, {type(last).__name__}, has no coef_ and intercept_, or is not fitted")
    columns = _columns(first, int(getattr(first, "n_features_in_", 0)))
    given = columns or [Made(str(place)) for place in range(int(first.n_features_in_))]
    made = list(given)
    for _, step in steps:
        made = through(step, made)
    claim = _of_linear(last, made)
    if columns is not None:
        return claim
    if any(column.level is not None for column in made):
        raise UsageError(
            "coef: this pipeline was fitted to columns without names, and has levels: fit it to a DataFrame"
        )
    order = [INTERCEPT, *(column.column for column in given)] if INTERCEPT in claim.names else None
    names = order or [column.column for column in given]
    values = np.array([dict(zip(claim.names, claim.values.tolist(), strict=True)).get(name, 0.0) for name in names])
    return replace(_claim(claim.kind, values), settings=claim.settings)


def _columns(fitted: Any, width: int) -> list[Made] | None:
    """Return the names of the columns that an estimator was fitted to, or None where it knows none."""
    for attribute in ("feature_names_in_", "feature_names_"):
        names = getattr(fitted, attribute, None)
        if names is not None and len(names) == width:
            return [Made(str(name)) for name in names]
    return None


def _of_result(fitted: Any) -> Claim:
    """Return the claim of a result of statsmodels; an alpha among its parameters is no coefficient."""
    kind = type(fitted.model).__name__
    values = _array(fitted.params)
    names = list(map(str, fitted.model.exog_names))
    if values.ndim != 1:
        raise UsageError(f"coef: this {kind} has several linear predictors, which cannot be audited yet")
    notes: tuple[str, ...] = ()
    if hasattr(fitted.model, "loglike_method") and values.size > 1:
        notes = (f"its alpha is {float(values[-1]):.6g}, which is not a coefficient",)
        values, names = values[:-1], names[: values.size - 1]
    if len(names) != values.size:
        raise UsageError(
            f"coef: this {kind} has {values.size} parameters, not one for each of its {len(names)} columns"
        )
    if hasattr(fitted.model.data.orig_exog, "columns"):
        return replace(_claim(kind, dict(zip(names, values.tolist(), strict=True))), notes=notes)
    constant = fitted.model.data.const_idx  # of an array, whose columns have no names but those that it makes up
    order = [] if constant is None else [constant, *(place for place in range(values.size) if place != constant)]
    return replace(_claim(kind, values[order] if order else values), notes=notes)


def _of_neuron(kind: str, arrays: list[Array]) -> Claim:
    """Return the claim of a single neuron: its weights, and its bias where it has one."""
    weights = [array for array in arrays if array.ndim == 2 and 1 in array.shape]
    biases = [array for array in arrays if array.shape == (1,)]
    if len(weights) != 1 or len(biases) > 1 or len(arrays) != len(weights) + len(biases):
        raise UsageError(
            f"coef: this {kind} is not a single neuron: there must be one weight of each column, and one bias"
        )
    parts = [*biases, weights[0].ravel()]
    claim = _claim(kind, np.concatenate(parts))
    dtype = weights[0].dtype
    return _rounded(claim, dtype) if dtype.itemsize < np.dtype(float).itemsize else claim


def _claim(kind: str, values: Mapping[str | None, float] | Mapping[str, float] | Array) -> Claim:
    named = isinstance(values, Mapping)
    numbers = np.array([*values.values()] if isinstance(values, Mapping) else values, dtype=float)
    names: tuple[str | None, ...] = tuple(values) if isinstance(values, Mapping) else (None,) * numbers.size
    assert named == (None not in names)
    return Claim("coef", kind, names, numbers, np.spacing(np.abs(numbers)) / 2.0)


def _rounded(claim: Claim, dtype: np.dtype[Any]) -> Claim:
    """Return a claim whose numbers were stored in fewer bits."""
    return replace(claim, half_units=np.abs(np.spacing(claim.values.astype(dtype)).astype(float)) / 2.0, single=True)


def _settings(fitted: Any) -> tuple[str, ...]:
    """Return the parameters of an estimator that a cause can name, as it is called with them."""
    given = fitted.get_params() if hasattr(fitted, "get_params") else {}
    return tuple(f"{name}={given[name]!r}" for name in SETTINGS if name in given)


def _array(values: Any) -> Array:
    array = np.asarray(values)
    return array if array.dtype.kind == "f" else array.astype(float)

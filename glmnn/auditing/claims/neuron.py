"""Weights and bias of a single neuron, whichever tool they are from, to a claim."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.written import Stored, check_twice
from glmnn.errors import DataError, UsageError, listed, quoted

SOFTMAX = "two-class softmax: the difference of its two rows"
PYTORCH, KERAS, SKLEARN = "PyTorch state_dict", "Keras weights", "scikit-learn"
NEURON = "weights and bias"
ROLES = (  # how a tool calls what multiplies the inputs, and what is added
    (SKLEARN, r"(?:.*\.)?coef_?", r"(?:.*\.)?intercept_?"),
    (PYTORCH, r"(?:.*\.)?weight", r"(?:.*\.)?bias"),
    (NEURON, r"(?i:weights|w|coefs?|coefficients?|betas?|coef_)", r"(?i:bias|biases|b|b0|intercept_?|const(?:ant)?)"),
    (KERAS, r"(?:.*[./])?kernel(?::0)?", r"(?:.*[./])?bias(?::0)?"),
    (KERAS, r"arr_0", r"arr_1"),
)


def looks_like_neuron(keys: Sequence[str]) -> bool:
    """Say whether every key is called like the weights or the bias of a layer."""
    return _tool(keys) is not None


def _tool(keys: Sequence[str]) -> tuple[str, list[str], list[str]] | None:
    """Return the tool, the keys of its weights and those of its biases."""
    hidden = bool(keys) and all(re.fullmatch(r"arr_\d+", key) for key in keys)
    if hidden and len(keys) > 2:
        return KERAS, list(keys[::2]), list(keys[1::2])
    for kind, weight, bias in ROLES:
        weights = [key for key in keys if re.fullmatch(weight, key)]
        biases = [key for key in keys if re.fullmatch(bias, key)]
        if kind == NEURON and not biases:
            continue
        if weights and len(weights) + len(biases) == len(keys):
            return kind, weights, biases
    return None


def neuron(source: str, arrays: dict[str, Stored], features: Sequence[str] = (), notes: tuple[str, ...] = ()) -> Claim:
    """Return the claim of a layer with one unit, or of a softmax with two.

    Parameters
    ----------
    source : str
    arrays : dict of str to Stored
        Weights and, unless the layer has none, bias.
    features : sequence of str
        Names of the inputs where they are known.
    notes : tuple of str

    Raises
    ------
    UsageError
        If there is more than one layer or more than one neuron.
    DataError
        If the shapes contradict each other, or a value is not finite.
    """
    tool = _tool(tuple(arrays))
    if tool is None:
        raise UsageError(f"{source}: the arrays {listed(arrays)} are not the weights and bias of a single neuron")
    kind, weights, biases = tool
    if len(weights) > 1 or len(biases) > 1:
        layers = f"{len(weights)} weight arrays ({listed(weights, 4)})"
        raise UsageError(f"{source}: {layers}: only a single neuron, without hidden layers, can be audited")
    bias = _finite(source, biases[0], arrays[biases[0]]) if biases else None
    weight = _rows(source, kind, weights[0], _finite(source, weights[0], arrays[weights[0]]), bias)
    units, inputs = weight.values.shape
    if units > 2:
        multinomial = "a multinomial model is not audited yet" if kind == SKLEARN else "only one neuron can be audited"
        raise UsageError(f"{source}: {quoted(weights[0])} has {units} units: {multinomial}")
    if bias is not None and bias.values.size not in (1, units):
        raise DataError(f"{source}: {units} units in {quoted(weights[0])}, but {bias.values.size} in the bias")
    if features and len(features) != inputs:
        raise DataError(f"{source}: {len(features)} feature names, but {inputs} values in {quoted(weights[0])}")
    check_twice(source, features)
    names: tuple[str | None, ...] = tuple(features) or (None,) * inputs
    parts = [weight]
    if bias is not None:
        names = (INTERCEPT, *names)
        # one bias for two rows: scikit-learn says 0.0 for a model without intercept
        column = np.broadcast_to(bias.values.reshape(-1, 1), (units, 1))
        halves = np.broadcast_to(bias.half_units.reshape(-1, 1), (units, 1))
        parts.insert(0, Stored(column, halves, bias.single))
    return one_row(source, kind, names, parts, notes)


def one_row(
    source: str, kind: str, names: tuple[str | None, ...], parts: Sequence[Stored], notes: tuple[str, ...] = ()
) -> Claim:
    """Put columns side by side; of two rows the difference is what a logistic model has."""
    values = np.concatenate([part.values for part in parts], axis=1)
    halves = np.concatenate([part.half_units for part in parts], axis=1)
    single = any(part.single for part in parts)
    if len(values) == 1:
        return Claim(source, kind, names, values[0], halves[0], single, notes)
    difference, half = values[1] - values[0], 2.0 * halves.max(axis=0)
    return Claim(source, kind, names, difference, half, single, (*notes, SOFTMAX))


def flat(source: str, kind: str, name: str, array: Stored) -> Claim:
    """Return the claim of a lone array: one row, one column, or the two rows of a softmax."""
    rows = _matrix(source, name, _finite(source, name, array))
    if rows.values.shape[1] == 1:
        rows = _turned(rows)
    if len(rows.values) > 2:
        many = f"{quoted(name)} has {len(rows.values)} rows"
        raise UsageError(f"{source}: {many}: only one neuron can be audited, no multinomial model yet")
    return one_row(source, kind, (None,) * rows.values.shape[1], [rows])


def _rows(source: str, kind: str, name: str, weight: Stored, bias: Stored | None) -> Stored:
    """Return the weights with one row for each unit; Keras has a column for each."""
    matrix = _matrix(source, name, weight)
    if kind != KERAS or weight.values.ndim < 2:
        return matrix
    # PyTorch weights saved without their names have one row and a bias of one
    if bias is not None and bias.values.size == 1 and len(matrix.values) == 1:
        return matrix
    return _turned(matrix)


def _matrix(source: str, name: str, array: Stored) -> Stored:
    if array.values.ndim > 2 or array.values.size == 0:
        shape = " x ".join(map(str, array.values.shape))
        raise DataError(f"{source}: {quoted(name)} has the shape {shape}: it must be one row of weights")
    return Stored(np.atleast_2d(array.values), np.atleast_2d(array.half_units), array.single)


def _turned(array: Stored) -> Stored:
    return Stored(array.values.T, array.half_units.T, array.single)


def _finite(source: str, name: str, array: Stored) -> Stored:
    bad = ~np.isfinite(array.values)
    if bad.any():
        place = [int(index) for index in np.argwhere(bad)[0]]
        where = f"{name}{place}" if place else name
        raise DataError(f"{source}: {quoted(where)} is {array.values[tuple(place)]:g}: it must be finite")
    return array

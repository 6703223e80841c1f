"""JSON: documents of glmnn, broom's records, mappings, lists, and arrays of scikit-learn or PyTorch."""

from __future__ import annotations

import json
import re
from math import prod

from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.headings import TERMS, VALUES, Role, role_of
from glmnn.auditing.claims.neuron import flat, looks_like_neuron, neuron
from glmnn.auditing.claims.written import Stored, claim_of, logarithms, read_numbers
from glmnn.errors import DataError, UsageError, listed, quoted

MAPPING, LIST = "JSON mapping", "JSON list"
SCHEMAS = ("glmnn.fit/2", "glmnn.fit/1")
COEFFICIENTS = frozenset({
    "coef_", "coef", "coefs", "coeffs", "coefficients", "weights", "weight", "w", "beta", "betas", "params", "slopes",
})  # fmt: skip
ADDED = frozenset({
    "intercept_", "intercept", "bias", "biases", "b", "b0", "const", "constant", "bias_", "int",
})  # fmt: skip
FEATURES = re.compile(r"(?:feature_?names|features|feature_names_in|names|columns|terms|variables)_?", re.IGNORECASE)


class Written(str):
    """A number of a JSON text as it is written there, so that its digits can be counted."""

    __slots__ = ()


class _TwiceError(Exception):
    """A name that a JSON object has twice."""


def read_document(text: str, source: str) -> Claim:
    """Return the claim of a JSON text.

    Raises
    ------
    json.JSONDecodeError
        If it is no JSON.
    DataError, UsageError
        If it holds no coefficients of one model.
    """
    try:
        content = json.loads(
            text, parse_float=Written, parse_int=Written, parse_constant=Written, object_pairs_hook=_object
        )
    except RecursionError:
        raise DataError(f"{source}: the JSON is nested too deeply") from None
    except _TwiceError as error:
        raise DataError(
            f"{source}: the name {quoted(error)} occurs twice; keep the coefficients of one model"
        ) from None
    return _claim(source, content)


def claim_of_content(source: str, content: object, kind: str, listing: str) -> Claim:
    """Return the claim of lists and mappings whose numbers are `Written`.

    Raises
    ------
    DataError, UsageError
        If they hold no coefficients of one model.
    """
    return _claim(source, content, kind, listing)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise _TwiceError(name)
        members[name] = value
    return members


def _claim(source: str, content: object, kind: str = MAPPING, listing: str = LIST) -> Claim:
    match content:
        case dict():
            schema = content.get("schema")
            if isinstance(schema, str) and schema.startswith("glmnn."):
                return _own(source, content, schema)
            return _parts(source, content, kind) or _mapping(source, content, kind)
        case list() if content and isinstance(content[0], dict):
            return _records(source, content, listing)
        case list() if content and all(map(_is_pair, content)):
            return _mapping(source, _object([(item[0], item[1]) for item in content]), listing)
        case [[[*_], *_] as weights, [bias]] if not isinstance(bias, list):  # as Keras and PyTorch list their arrays
            return neuron(source, _arrays(source, {"arr_0": weights, "arr_1": [bias]}))
        case list():
            return flat(source, listing, "the list", _arrays(source, {"the list": content})["the list"])
    raise UsageError(f"{source}: a JSON mapping of names to numbers was expected, or a list of numbers")


def _is_pair(item: object) -> bool:
    match item:
        case [str() as name, Written() | None]:
            return not isinstance(name, Written)
    return False


def _parts(source: str, content: dict[str, object], kind: str) -> Claim | None:
    """Return the claim of coefficients and an intercept kept apart; None if a mapping has not these parts."""
    weights = [key for key in content if key.strip().lower() in COEFFICIENTS]
    biases = [key for key in content if key.strip().lower() in ADDED]
    apart = len(weights) == 1 and len(biases) == 1 and isinstance(content[weights[0]], dict)
    if not apart and (len(weights) != 1 or len(biases) > 1 or looks_like_neuron(tuple(content))):
        coef = content.get("coef_", content.get("coef"))
        return _scikit_learn(source, content, coef) if isinstance(coef, list) else None
    inner = content[weights[0]]
    names = [key for key in content if FEATURES.fullmatch(key)]
    match inner:
        case dict() if biases and all(isinstance(value, Written | None) for value in inner.values()):
            bias: object = content[biases[0]]
            bias = bias[0] if isinstance(bias, list) and len(bias) == 1 else bias
            given = {key.strip().lower() for key in inner} & {*ADDED, "(intercept)", "intercept", "const"}
            if given:
                raise UsageError(
                    f"{source}: there are two intercepts, {quoted(biases[0])} and one among the coefficients"
                )
            return _mapping(source, {INTERCEPT: bias, **inner}, kind)
        case list() if biases or names or weights[0] in ("coef_", "coef"):
            return _scikit_learn(source, content, inner)
    return None


def _own(source: str, content: dict[str, object], schema: str) -> Claim:
    """Read a document of glmnn itself: the maximum when it is there, else the first solver."""
    if schema not in SCHEMAS:
        raise UsageError(f"{source}: the schema is {quoted(schema)}; coefficients can be read from {listed(SCHEMAS)}")
    match content:
        case {"inference": {"coefficients": [*records]}}:
            return _records(source, records, "glmnn document")
        case {"solvers": [{"solver": str(solver), "coefficients": dict(mapping)}, *_]}:
            claim = _mapping(source, mapping, "glmnn document")
            note = f"there are no standard errors in it: the coefficients of solver {quoted(solver)}"
            return Claim(source, claim.kind, claim.names, claim.values, claim.half_units, claim.single, (note,))
    raise DataError(f"{source}: neither inference nor a solver has coefficients in it")


def _records(source: str, records: list[object], kind: str) -> Claim:
    pairs: list[tuple[str | None, str]] = []
    ratios = False
    for place, record in enumerate(records, 1):
        row = {key.strip().lower(): value for key, value in record.items()} if isinstance(record, dict) else {}
        terms, values = [key for key in row if key in TERMS], [key for key in row if key in VALUES]
        if not values:
            values = [key for key in row if role_of(key) is Role.RATIO]
            ratios = True
        if len(terms) != 1 or len(values) != 1 or not isinstance(row[terms[0]], str):
            raise UsageError(f'{source}: record {place} must look like {{"term": "x", "estimate": 0.5}}')
        pairs.append((str(row[terms[0]]), _text(source, str(row[terms[0]]), row[values[0]])))
    claim = claim_of(source, kind, pairs, shortest=True)
    return logarithms(claim) if ratios else claim


def _mapping(source: str, content: dict[str, object], kind: str) -> Claim:
    nested = [key for key, value in content.items() if key.strip().lower() in VALUES and isinstance(value, dict | list)]
    if len(nested) == 1 and not looks_like_neuron(tuple(content)):
        return _claim(source, content[nested[0]], kind)
    ratios = [key for key, value in content.items() if isinstance(value, dict) and role_of(key) is Role.RATIO]
    if len(ratios) == 1:
        return logarithms(_claim(source, content[ratios[0]], kind))
    lists = {name: value for name, value in content.items() if isinstance(value, list)}
    if lists and looks_like_neuron(tuple(content)):
        return neuron(source, _arrays(source, content))
    if lists and all(len(value) == 1 and not isinstance(value[0], list) for value in lists.values()):
        content = {name: value[0] if isinstance(value, list) else value for name, value in content.items()}
    elif any(isinstance(value, list | dict) for value in content.values()):
        raise UsageError(f"{source}: no coefficients are recognised in it (it has {listed(content)})")
    numbered = list(content) == [str(place) for place in range(len(content))]  # pandas has no names to write
    pairs = [(None if numbered else name, _text(source, name, value)) for name, value in content.items()]
    return claim_of(source, kind, pairs, shortest=True)


def _text(source: str, name: str, value: object) -> str:
    """Return a number as it is written; null and the NA of jsonlite stand for a coefficient that is not defined."""
    if isinstance(value, Written) or value == "NA":
        return str(value)
    if value is None:
        return "NA"
    raise DataError(f"{source}: {quoted(name)}: {quoted(value)} is not a number")


def _scikit_learn(source: str, content: dict[str, object], coef: list[object]) -> Claim:
    lists: dict[str, object] = {"coef_": coef}
    for key in content:
        if key.strip().lower() in ADDED:
            lists["intercept_"] = content[key]
    names: object = next((content[key] for key in content if FEATURES.fullmatch(key)), [])
    if not isinstance(names, list) or not all(
        isinstance(name, str) and not isinstance(name, Written) for name in names
    ):
        raise DataError(f"{source}: the feature names must be a list of texts")
    rest = [key for key in content if key not in lists and key not in COEFFICIENTS and not FEATURES.fullmatch(key)]
    notes = (f"not read there: {listed(rest, 6)}",) if rest and len(lists) == 1 else ()
    return neuron(source, _arrays(source, lists), [str(name) for name in names], notes)


def _arrays(source: str, lists: dict[str, object]) -> dict[str, Stored]:
    """Return nested lists of numbers as arrays; how precise one is, is judged by all of them."""
    shapes: dict[str, tuple[int, ...]] = {}
    names: list[str] = []
    texts: list[str] = []
    for name, content in lists.items():
        shapes[name], items = _flat(source, name, content)
        labels = [f"{name}[{place}]" for place in range(len(items))]
        texts += [_text(source, label, item) for label, item in zip(labels, items, strict=True)]
        names += labels
    numbers = read_numbers(source, names, texts, shortest=True)
    stored: dict[str, Stored] = {}
    begin = 0
    for name, shape in shapes.items():
        part = slice(begin, begin + prod(shape))
        values, halves = numbers.values[part].reshape(shape), numbers.half_units[part].reshape(shape)
        stored[name] = Stored(values, halves, numbers.single)
        begin = part.stop
    return stored


def _flat(source: str, name: str, content: object) -> tuple[tuple[int, ...], list[object]]:
    """Return the shape of nested lists, and what is in them."""
    shape: list[int] = []
    level: list[object] = [content]
    while level and isinstance(level[0], list):
        sizes = {len(item) if isinstance(item, list) else -1 for item in level}
        if len(sizes) > 1 or len(shape) > 2:
            raise DataError(f"{source}: {quoted(name)}: rows of unequal length")
        shape.append(sizes.pop())
        level = [inner for item in level if isinstance(item, list) for inner in item]
    if not level:
        raise DataError(f"{source}: {quoted(name)} is empty")
    return tuple(shape), level

"""The model file: a fitted model as JSON, and back, strictly; nothing in it ever runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from glmnn.data.design import Design
from glmnn.data.table import Table
from glmnn.errors import Exit, GlmnnError, UsageError, printable, quoted, unknown, unreadable
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.why_not import why_no_maximum
from glmnn.models.glm import GLM
from glmnn.models.model import SecondOrderModel
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.compare import NetworkComparison
from glmnn.options.convert import built
from glmnn.options.model import ModelOptions
from glmnn.predicting.glm import SavedGLM
from glmnn.predicting.model import FORMAT, KINDS, ColumnRoles, DataFingerprint, Head, Model
from glmnn.predicting.multinomial import SavedMultinomial
from glmnn.predicting.network import SavedNetwork
from glmnn.predicting.predictor import Saved
from glmnn.report.schema import json_values

MOST_BYTES = 200_000_000
START = 4096  # bytes of a file that tell whether it is a model
# which kind a fitted model becomes
MADE_OF: dict[type[Any], tuple[str, Callable[[Any], Saved]]] = {
    GLM: ("glm", SavedGLM.of),
    Multinomial: ("multinomial", SavedMultinomial.of),
    Network: ("network", SavedNetwork.of),
}


class Fitted(NamedTuple):
    """What a fit has found, whichever command it was for."""

    model: SecondOrderModel | Network
    options: ModelOptions
    table: Table
    design: Design
    why_not: str  # why there is nothing to save, in a sentence, or nothing


def _of_solvers(comparison: SolverComparison) -> Fitted:
    estimate = comparison.estimate
    why = "the fit was interrupted" if comparison.exit is Exit.INTERRUPTED else why_no_maximum(estimate)
    return Fitted(estimate.model, comparison.spec.options, estimate.table, estimate.design, why)


def _of_network(comparison: NetworkComparison) -> Fitted:
    why = "training was interrupted" if comparison.exit is Exit.INTERRUPTED else ""
    if not why and not (comparison.exit is Exit.DONE and np.all(np.isfinite(comparison.trained.coef))):
        why = "training diverged (try a smaller --lr)"
    network, options = comparison.trained.network, comparison.blueprint.options
    return Fitted(network, options, comparison.table, comparison.design, why)


# from the comparison of each command that fits
SAVED: dict[type[Any], Callable[[Any], Fitted]] = {SolverComparison: _of_solvers, NetworkComparison: _of_network}


def why_not_saved(comparison: SolverComparison | NetworkComparison) -> str:
    """Return why there is nothing to save, in a sentence, or nothing."""
    return SAVED[type(comparison)](comparison).why_not


def make_model(comparison: SolverComparison | NetworkComparison, versions: Mapping[str, str]) -> Model:
    """Return the model that a fit has found: the maximum, whichever solvers were asked for, or the network.

    Raises
    ------
    UsageError
        If there is none.
    """
    model, options, table, design, why = SAVED[type(comparison)](comparison)
    if why:
        raise UsageError(f"nothing to save or to predict with: {why}")
    kind, make = MADE_OF[type(model)]
    head = Head(
        FORMAT,
        kind,
        dict(versions),
        DataFingerprint(Path(table.source).name, table.digest, table.given, design.data.rows),
        design.target,
        design.recipe,
        ColumnRoles(options.offset, options.exposure, options.trials, options.weights),
        design.outcomes,
        options.decimal,
        options.thousands,
    )
    return Model(head, make(comparison))


def to_model_json(model: Model) -> str:
    """Return the text of the model file; numbers have as many digits as they need to be read back exactly."""
    return _written(json_values(model), "") + "\n"


def _written(value: Any, indent: str) -> str:
    """Return a value as JSON, each list of names or numbers on one line."""
    inner = f"{indent} "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(key)}: {_written(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple):
        lines = [f"{inner}{json.dumps(item, allow_nan=False)}" for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


def is_model(path: str) -> bool:
    """Say whether a file is meant to be a model, of whichever version."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(START).decode("utf-8", "replace")
    except (OSError, ValueError):
        return False
    return re.match(r'\s*\{\s*"schema"\s*:\s*"glmnn\.model/', start) is not None


def read_model(path: str) -> Model:
    """Read a model file.

    Raises
    ------
    UsageError
        If it cannot be read, has a key too many or too few, or a value that cannot be; it names file and key.
    """
    shown = printable(path)
    text = _text(path)
    try:
        content = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except GlmnnError as error:
        raise UsageError(f"{shown}: {error.text}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        why = f"not valid JSON: {printable(error)[:200]}" if is_model(path) else "this is not a model file"
        raise UsageError(f"{shown}: {why}; `glmnn fit --save` makes one") from None
    schema = content.get("schema") if isinstance(content, dict) else None
    if not isinstance(schema, str) or not schema.startswith("glmnn.model/"):
        other = f"but a document {quoted(schema)}" if isinstance(schema, str) else f'for it has no "schema": "{FORMAT}"'
        raise UsageError(f"{shown}: this is not a model file, {other}; `glmnn fit --save` makes one")
    if schema != FORMAT:
        raise UsageError(f"{shown}: its schema is {quoted(schema)}; this glmnn reads {FORMAT} only")
    return _model(content, shown)


def _model(content: dict[str, Any], shown: str) -> Model:
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise UsageError(f"{shown}: {unknown('kind of model', str(kind), KINDS)}")
    if kind not in content:
        raise UsageError(f"{shown}: {kind} is missing, the part with the numbers")
    numbers = content.pop(kind)
    model = Model(built(Head, content, shown), built(KINDS[kind], numbers, shown, kind))
    try:
        _check(model)
    except GlmnnError as error:
        raise UsageError(f"{shown}: {error.text}") from None
    return model


def _check(model: Model) -> None:
    """Refuse what has the right types and still cannot be."""
    head = model.head
    if not re.fullmatch("[0-9a-f]{64}", head.data.sha256):
        raise UsageError("data.sha256 is not a SHA-256 hash")
    if not 1 <= head.data.rows_used <= head.data.rows:
        raise UsageError("data.rows_used must lie between 1 and data.rows")
    model.saved.check()
    head.design.check(head.target)
    if head.outcomes and (len(set(head.outcomes)) < len(head.outcomes) or len(head.outcomes) < 2):
        raise UsageError("outcomes must be two or more names, each once")
    predictor = model.predictor
    for part, fits in predictor.capabilities.parts.items():
        name = getattr(head.parts, part)
        if name is not None and not fits:
            raise UsageError(f"parts.{part} cannot be combined with {predictor.label}")
        if name is not None and name == head.target:
            raise UsageError(f"parts.{part} is the target")


def _text(path: str) -> str:
    if not path or "\0" in path or path == "-":
        raise UsageError(f"{quoted(path)} is no model file: give one that `glmnn fit --save` has made")
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(path, error, ".json")) from None
    if len(raw) > MOST_BYTES:
        raise UsageError(f"{printable(path)}: this is not a model file: it has more than {MOST_BYTES:,} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{printable(path)}: this is not a model file; `glmnn fit --save` makes one") from None


def _no_number(name: str) -> NoReturn:
    raise UsageError(f"{name} is no number that JSON knows")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise UsageError(f"{quoted(next(name for name in names if names.count(name) > 1))} stands there twice")
    return members

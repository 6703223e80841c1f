"""What Python, R and Julia print of their own values, as plain lists and mappings: parsed, and never run."""

from __future__ import annotations

import ast
import re
import warnings

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.documents import Written, claim_of_content
from glmnn.errors import DataError, quoted

MAPPING, LISTING = "Python mapping", "text"
ARRAYS = frozenset({"array", "tensor", "Array", "asarray", "DeviceArray", "Parameter", "list", "tuple", "matrix"})
NUMBERS = frozenset({"float64", "float32", "float16", "int64", "int32", "float", "longdouble", "float_"})
MAPPINGS = frozenset({"OrderedDict", "dict", "defaultdict", "mappingproxy"})
BEGINNING = re.compile(
    r"\s*(?:[\[{(]|(?:\w+\.)?(?:array|tensor|OrderedDict|dict|Array|mappingproxy)\(|Parameter containing|<tf\.Variable"
    r"|<Variable|<KerasVariable)"
)
LARGEST = 2_000_000  # characters
DEEPEST = 60


class _ForeignError(Exception):
    """Something that is no plain value."""


def read_literal(text: str, source: str) -> Claim | None:
    """Return the claim of a printed value of Python: dicts, lists, arrays, tensors; None if it is none.

    Raises
    ------
    UsageError, DataError
        If it is a value, but holds no coefficients of one model.
    """
    if len(text) > LARGEST or BEGINNING.match(text) is None:
        return None
    plain = _plain(text)
    if _depth(plain) > DEEPEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(plain.strip(), mode="eval")
        content = _value(tree.body, plain.strip().encode().split(b"\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError, _ForeignError):
        return None
    return claim_of_content(source, content, MAPPING, LISTING)


def _plain(text: str) -> str:
    """Return what is printed without what says only how it is stored."""
    text = re.sub(r"Parameter containing:\s*", "", text)
    text = re.sub(r",\s*grad_fn=<[^<>]*>", "", text)
    text = re.sub(r"<(?:tf\.)?(?:Keras)?Variable [^<>]*?(?:value|numpy)=", "(", text)
    return re.sub(r"(?<=[\])\d])>", ")", text)


def _depth(text: str) -> int:
    depth = deepest = 0
    for mark in re.findall(r"[\[({\])}]", text):
        depth += 1 if mark in "[({" else -1
        deepest = max(deepest, depth)
    return deepest


def _value(node: ast.expr, lines: list[bytes]) -> object:
    """Return a node as JSON would have it, numbers as they are written.

    Raises
    ------
    _ForeignError
        If it is anything but numbers, texts, lists and mappings.
    """
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=bool()):
            raise _ForeignError
        case ast.Constant(value=int() | float()) | ast.UnaryOp(operand=ast.Constant(value=int() | float())):
            return Written(_written(node, lines))
        case ast.Name(id="nan" | "inf" as word) | ast.UnaryOp(operand=ast.Name(id="nan" | "inf" as word)):
            return Written(word)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, lines) for item in items]
        case ast.Dict(keys=keys, values=values):
            return _mapping([(None if key is None else _value(key, lines), _value(item, lines))
                             for key, item in zip(keys, values, strict=True)])  # fmt: skip
        case ast.Call(func=func, args=args):
            return _call(func, args, lines)
    raise _ForeignError


def _call(func: ast.expr, args: list[ast.expr], lines: list[bytes]) -> object:
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    if name in NUMBERS | ARRAYS and args:
        return _value(args[0], lines)
    if name in MAPPINGS and args:
        content = _value(args[-1], lines)
        if isinstance(content, dict):
            return content
        if isinstance(content, list) and all(isinstance(item, list) and len(item) == 2 for item in content):
            return _mapping([(item[0], item[1]) for item in content])
    raise _ForeignError


def _mapping(pairs: list[tuple[object, object]]) -> dict[str, object]:
    mapping: dict[str, object] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise _ForeignError
        if key in mapping:
            raise DataError(f"the name {quoted(key)} occurs twice; keep the coefficients of one model")
        mapping[key] = value
    return mapping


def _written(node: ast.expr, lines: list[bytes]) -> str:
    """Return a number as it stands in the text; a node counts bytes."""
    return lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode().replace(" ", "")

"""JSON documents as types: what a dataclass is in JSON, and the JSON Schema that describes it.

A field is described and narrowed in its type: `Annotated[int, "Rows in the file.", where(minimum=1)]`. Text is the
description, `where` has keywords of JSON Schema, `Key` the name in JSON where Python has no such name, `OPTIONAL`
leaves the field out where it is None, `FLAT` puts the fields of a dataclass in the place of the field, `Tagged` puts
one of several under the name of its kind, and `Narrowed` has keywords for the fields of a dataclass from elsewhere. An
enumeration stands in JSON as its value.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

PLAIN = {float: "number", int: "integer", str: "string", bool: "boolean", NoneType: "null"}
OPTIONAL, FLAT = object(), object()


@dataclass(frozen=True, eq=False)
class Key:
    """The name of a field in JSON."""

    name: str


@dataclass(frozen=True, eq=False)
class Keywords:
    """Keywords of JSON Schema that narrow a type."""

    by_name: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Narrowed:
    """Keywords for the fields of a dataclass, by name."""

    by_field: Mapping[str, Keywords]


@dataclass(frozen=True, eq=False)
class Tagged:
    """One of several dataclasses, under the name of its kind, which stands in the field `by` as well."""

    by: str
    kinds: Mapping[str, type]

    def name(self, value: object) -> str:
        """Return the name of the kind of a value."""
        return next(name for name, kind in self.kinds.items() if type(value) is kind)

    def choice(self) -> list[dict[str, Any]]:
        """Return the schemas of which one holds: each has the name of one kind, and none of the other kinds."""
        others = {name: {other: False for other in self.kinds if other != name} for name in self.kinds}
        return [
            {"properties": {self.by: {"const": name}, **absent}, "required": [name]} for name, absent in others.items()
        ]


def where(**by_name: Any) -> Keywords:
    """Return keywords."""
    return Keywords(by_name)


def one_of(*values: object) -> Keywords:
    """Return the keywords of a field that has one of these values."""
    return Keywords({"enum": list(values)})


SOME, NOT_NEGATIVE, ABOVE_ZERO = where(minItems=1), where(minimum=0), where(exclusiveMinimum=0)
SHARE = where(exclusiveMinimum=0, exclusiveMaximum=1)
Number = float | None
Count = Annotated[int, where(minimum=0)]
Size = Annotated[int, where(minimum=1)]
Text = Annotated[str, where(minLength=1)]
Sha256 = Annotated[str, where(pattern="^[0-9a-f]{64}$")]
Vector = Annotated[Sequence[float | None], "One number for each term, in the order of model.terms.", SOME]
Coefficients = Annotated[Mapping[str, float | None], where(minProperties=1)]


def json_values(value: Any) -> Any:
    """Return a document as dictionaries with the keys that it has in JSON; what is no dataclass stays as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        values: dict[str, Any] = {}
        for name, key, extras in _keys(type(value)):
            inside = getattr(value, name)
            item, tagged = json_values(inside), _tagged(extras)
            if FLAT in extras:
                values |= item
            elif tagged is not None:
                values[tagged.name(inside)] = item
            elif not (OPTIONAL in extras and item is None):
                values[key] = item
        return values
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: json_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(item) for item in value]
    return value


@cache
def _keys(kind: type) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Return name, key in JSON, and what is said of it, of each field."""
    return [(item.name, _key(item.name, extras), extras) for item, _, extras in _fields(kind)]


def _fields(kind: type) -> list[tuple[Field[Any], Any, tuple[Any, ...]]]:
    hints = get_type_hints(kind, include_extras=True)
    return [(item, hints[item.name], getattr(hints[item.name], "__metadata__", ())) for item in fields(kind)]


def _tagged(extras: Sequence[Any]) -> Tagged | None:
    return next((extra for extra in extras if isinstance(extra, Tagged)), None)


def _key(name: str, extras: Sequence[Any]) -> str:
    return next((extra.name for extra in extras if isinstance(extra, Key)), name)


def json_schema(kind: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a document, whose field `schema` has its name and version, as in glmnn.fit/1."""
    definitions: dict[str, Any] = {}
    body = _object(kind, definitions)
    name, version = body["properties"]["schema"]["const"].removeprefix("glmnn.").split("/")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:glmnn:{name}-{version}",
        "title": f"{title}, version {version}",
        **body,
        "$defs": definitions,
    }


def _object(kind: type, definitions: dict[str, Any], narrowed: Mapping[str, Keywords] | None = None) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required: list[str] = []
    choice: dict[str, Any] = {}
    for item, hint, extras in _fields(kind):
        if FLAT in extras:
            inside = _object(get_args(hint)[0], definitions)
            properties |= inside["properties"]
            required += inside["required"]
            continue
        if (tagged := _tagged(extras)) is not None:
            properties |= {name: _schema(one, definitions) for name, one in tagged.kinds.items()}
            choice = {"oneOf": tagged.choice()}
            continue
        shown = {"description": item.metadata["help"]} if "help" in item.metadata else {}
        key = _key(item.name, extras)
        more = narrowed[item.name].by_name if narrowed and item.name in narrowed else {}
        properties[key] = {**shown, **_schema(hint, definitions), **more}
        required += [] if OPTIONAL in extras else [key]
    return {
        "description": " ".join((inspect.getdoc(kind) or "").partition("\nAttributes\n")[0].split()),
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
        **choice,
    }


def _schema(hint: Any, definitions: dict[str, Any], narrowed: Mapping[str, Keywords] | None = None) -> dict[str, Any]:
    """Return the schema of a type; a dataclass goes into `definitions`."""
    origin, parts = get_origin(hint), get_args(hint)
    if hasattr(origin, "__value__"):  # an alias that is a type of its own, as NumPy's from Python 3.12 on
        origin = get_origin(origin.__value__)
    if origin is Annotated:
        plain, *extras = parts
        fields_of = next((extra.by_field for extra in extras if isinstance(extra, Narrowed)), narrowed)
        if OPTIONAL in extras:  # where it would be null it is not there
            plain = reduce(or_, (part for part in get_args(plain) if part is not NoneType))
        schema = _schema(plain, definitions, fields_of)
        for extra in extras:
            if isinstance(extra, str):
                schema["description"] = extra
            elif isinstance(extra, Keywords):
                schema |= extra.by_name
        return schema
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    if isinstance(hint, type) and is_dataclass(hint):
        name = re.sub("(?<=[a-z])(?=[A-Z])", "_", hint.__name__).lower()
        if name not in definitions:
            definitions[name] = {}  # a place in the order, and an end where a type holds itself
            definitions[name] = _object(hint, definitions, narrowed)
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [item.value for item in hint]}
    if origin is Literal:
        return {"const": parts[0]} if len(parts) == 1 else {"enum": list(parts)}
    if origin in (Union, UnionType):
        return _union([_schema(part, definitions, narrowed) for part in parts])
    if origin is tuple and parts[-1] is not ...:
        prefix = [_schema(part, definitions) for part in parts]
        return {"type": "array", "minItems": len(parts), "maxItems": len(parts), "prefixItems": prefix}
    if hasattr(origin, "tolist"):  # an array
        return {"type": "array", "items": {"type": ["number", "null"]}}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(parts[1], definitions)}
    assert isinstance(origin, type)
    assert issubclass(origin, Sequence)
    return {"type": "array", "items": _schema(parts[0], definitions)}


def _union(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of one of several: types in a list where that says it all."""
    if any("$ref" in part for part in parts):
        return {"oneOf": parts}
    together: dict[str, Any] = {}
    for part in parts:
        together |= part
    return {**together, "type": [part["type"] for part in parts]}

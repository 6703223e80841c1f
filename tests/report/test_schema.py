"""The schemas of all documents: made from types, valid, strict, and with a description of every key."""

import json
import re
from dataclasses import dataclass, make_dataclass
from enum import Enum
from typing import Annotated, Literal, TypeVar

import jsonschema
import numpy as np
import pytest
from typing_extensions import TypeAliasType

from glmnn.cli.schema import DOCUMENTS, schema, schema_of
from glmnn.report.schema import FLAT, OPTIONAL, Key, Tagged, json_schema, json_values, where

MAY_BE_ABSENT = {
    "proof",
    "root",
    "run",
    "glmnn",
    "statsmodels",
    "sklearn",
    "torch",
    "lightning",
    "keras",
    "tensorflow",
    "jax",
    "r",
}


def nodes(node):
    """Yield every object inside a schema, and the schema itself."""
    if isinstance(node, dict):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(item)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_schema_is_valid_strict_and_described(name):
    found = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["description"]
    assert re.fullmatch(rf"urn:glmnn:{name}-[0-9]+", found["$id"])
    objects = [node for node in nodes(found) if "properties" in node and "additionalProperties" in node]
    assert len(objects) > 3
    for node in objects:
        if node["additionalProperties"] == {"type": ["number", "null"]}:
            continue  # a table, whose columns have the names of the data
        assert node["additionalProperties"] is False
        may_be_absent = {key for part in node.get("oneOf", ()) for key in part["required"]} | MAY_BE_ABSENT
        assert set(node["required"]) | (may_be_absent & set(node["properties"])) == set(node["properties"])
        for key, item in node["properties"].items():
            target = found["$defs"].get(item.get("$ref", "").removeprefix("#/$defs/"), {})
            assert item.get("description") or target.get("description"), key


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_command_prints_it(name, capsys):
    schema(name)
    assert json.loads(capsys.readouterr().out) == schema_of(name)


class Colour(Enum):
    """Kinds of light."""

    RED = "as a rose"


@dataclass(frozen=True)
class Inner:
    """A part."""

    std_error: Annotated[float | None, "Its error.", Key("std.error")]


@dataclass(frozen=True)
class Outer:
    """A whole."""

    schema: Annotated[Literal["glmnn.outer/3"], "Name and version."]
    colour: Annotated[Colour, "Its colour."]
    inner: Annotated[Inner, FLAT]
    pair: Annotated[tuple[int, str], "Two."]
    name: Annotated[Annotated[str, where(minLength=1)] | None, "Its name.", OPTIONAL] = None


@dataclass(frozen=True)
class Either:
    """One of two."""

    schema: Annotated[Literal["glmnn.either/1"], "Name and version."]
    kind: Annotated[str, "Which."]
    one: Annotated[Inner | Outer, Tagged("kind", {"inner": Inner, "outer": Outer})]


def test_what_a_type_says_is_what_the_schema_says_and_the_document_has():
    found = json_schema(Outer, "glmnn outer")
    assert (found["$id"], found["title"]) == ("urn:glmnn:outer-3", "glmnn outer, version 3")
    assert found["required"] == ["schema", "colour", "std.error", "pair"]
    assert found["properties"]["colour"] == {"enum": ["as a rose"], "description": "Its colour."}
    assert found["properties"]["std.error"] == {"type": ["number", "null"], "description": "Its error."}
    assert found["properties"]["name"] == {"type": "string", "minLength": 1, "description": "Its name."}
    document = json_values(Outer("glmnn.outer/3", Colour.RED, Inner(0.5), (1, "a")))
    assert document == {"schema": "glmnn.outer/3", "colour": "as a rose", "std.error": 0.5, "pair": [1, "a"]}
    validator = jsonschema.Draft202012Validator(found)
    assert validator.is_valid({**document, "name": "x"})
    for change in ({"name": None}, {"name": ""}, {"colour": "RED"}, {"pair": [1]}, {"std.error": "1"}, {"inner": {}}):
        assert not validator.is_valid({**document, **change}), change


def test_one_of_several_stands_under_its_name():
    validator = jsonschema.Draft202012Validator(json_schema(Either, "glmnn either"))
    document = json_values(Either("glmnn.either/1", "inner", Inner(None)))
    assert document == {"schema": "glmnn.either/1", "kind": "inner", "inner": {"std.error": None}}
    assert validator.is_valid(document)
    outer = json_values(Outer("glmnn.outer/3", Colour.RED, Inner(0.5), (1, "a")))
    assert validator.is_valid({"schema": "glmnn.either/1", "kind": "outer", "outer": outer})
    for change in ({"kind": "outer"}, {"kind": "both"}, {"outer": outer}, {"inner": {}}):
        assert not validator.is_valid({**document, **change}), change


def test_an_alias_that_is_a_type_of_its_own_is_what_it_stands_for():
    scalar = TypeVar("scalar", bound=np.generic)
    array = TypeAliasType("array", np.ndarray[tuple[int, ...], np.dtype[scalar]], type_params=(scalar,))
    schema = ("schema", Annotated[Literal["glmnn.aliased/1"], "Name and version."])
    kind = make_dataclass("Aliased", [schema, ("values", Annotated[array[np.float64], "Its values."])], frozen=True)
    found = json_schema(kind, "glmnn aliased")
    assert found["properties"]["values"]["items"] == {"type": ["number", "null"]}

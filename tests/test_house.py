"""The rules of the house that a type checker and an import contract cannot see."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from glmnn.models.families import FAMILY_NAMES
from glmnn.models.links import LINKS
from glmnn.solvers.updates import UPDATES

HOUSE = Path(__file__).parent.parent / "glmnn"

LONGEST_FILE, LONGEST_FUNCTION = 300, 60  # lines
MOST_AT_ROOT = 5  # Python files, without __init__ and __main__
MOST_FLOORS = 16

UNTYPED = (  # attributes of what has no types itself
    "glmnn.solvers.external.keras",
    "glmnn.solvers.external.lightning",
    "glmnn.solvers.external.torch",
    "glmnn.sklearn.",
)


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def files(*without: str) -> list[Path]:
    """Return the files of the package but those in folders or files of these names."""
    return [path for path in sorted(HOUSE.rglob("*.py")) if not {*path.relative_to(HOUSE).parts} & {*without}]


def named(path: Path) -> str:
    """Return the name of a file inside the package."""
    return path.relative_to(HOUSE).as_posix()


def weighted(node: ast.expr) -> bool:
    """Say whether an expression multiplies rows by a column, as in ``X * w[:, None]``."""
    return any(
        isinstance(inner, ast.BinOp)
        and isinstance(inner.op, ast.Mult)
        and ("[:, None]" in ast.unparse(inner.left) or "[:, None]" in ast.unparse(inner.right))
        for inner in ast.walk(node)
    )


def is_by_row(subscripts: ast.expr) -> bool:
    """Say whether subscripts of einsum are those of a product of each row with one of another matrix."""
    return isinstance(subscripts, ast.Constant) and subscripts.value == "ij,ij->i"


def products_of_rows(module: ast.Module) -> Iterator[ast.AST]:
    """Yield every X' W X, X' W Z, X' X and quadratic form of rows written in a file."""
    for node in ast.walk(module):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            left = node.left
            if isinstance(left, ast.Attribute) and left.attr == "T":
                # a product with a vector, as in a projection on directions, is none
                matrix = weighted(node.right) or (weighted(left.value) and isinstance(node.right, ast.Attribute))
                if matrix or ast.dump(left.value) == ast.dump(node.right):
                    yield node
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "einsum" and is_by_row(node.args[0]):
            yield node


@pytest.mark.parametrize(
    "written",
    ["X.T @ (X * w[:, None])", "np.abs(Z).T @ (off * w[:, None])", "(b.X * b.w[:, None]).T @ b.X", "X.T @ X",
     "np.einsum('ij,ij->i', X @ A, X)"],
)  # fmt: skip
def test_the_scan_knows_a_gram_matrix(written: str) -> None:
    assert list(products_of_rows(ast.parse(written)))


def test_rows_are_multiplied_with_each_other_in_one_place() -> None:
    found = [
        f"{path.relative_to(HOUSE)}:{getattr(node, 'lineno', 0)}"
        for path in files("kernels")
        for node in products_of_rows(tree(path))
    ]
    assert not found, "use glmnn.kernels.gram"


def test_no_file_is_too_long() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    long = {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    assert set(long) <= {"proving/verify.py"}, "a verifier is one file, for it runs alone"


def test_no_function_is_too_long() -> None:
    assert [
        f"{named(path)}:{node.name}"
        for path in files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ] == []


def test_no_json_schema_is_written_by_hand() -> None:
    """A document is a type (`DOCUMENTS` of cli/schema.py); its schema is made from it and cannot part from it."""
    assert [path.name for path in HOUSE.rglob("*.json")] == []
    written = [named(path) for path in files() if '"$schema"' in path.read_text(encoding="utf-8")]
    assert written == ["report/schema.py"]


def test_few_files_stand_at_the_root() -> None:
    assert len({path.name for path in HOUSE.glob("*.py")} - {"__init__.py", "__main__.py"}) <= MOST_AT_ROOT


def test_the_contract_has_few_rows_and_leaves_no_room_out() -> None:
    settings = tomllib.loads((HOUSE.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    rows = next(item for item in settings["importlinter"]["contracts"] if item["type"] == "layers")
    assert len(rows["layers"]) <= MOST_FLOORS
    assert rows["exhaustive"]
    assert rows["exhaustive_ignores"] == ["__main__"]


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    grimp = pytest.importorskip("grimp")  # import-linter brings it
    graph = grimp.build_graph("glmnn", exclude_type_checking_imports=True)
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


@pytest.mark.slow
@pytest.mark.whole
def test_public_names_have_types() -> None:
    """By pyright: mypy knows what it infers, but who uses the package may have another checker."""
    pytest.importorskip("basedpyright")  # pyright in a wheel
    command = [sys.executable, "-m", "basedpyright", "--verifytypes", "glmnn", "--ignoreexternal", "--outputjson"]
    path = os.pathsep.join(
        (str(HOUSE.parent), os.environ.get("PYTHONPATH", ""))
    )  # before the folder of an editable install
    done = subprocess.run(
        command, capture_output=True, cwd=HOUSE.parent, env={**os.environ, "PYTHONPATH": path}, check=False
    )
    symbols = json.loads(done.stdout)["typeCompleteness"]["symbols"]
    incomplete = [item["name"] for item in symbols if item["isExported"] and not item["isTypeKnown"]]
    assert len(symbols) > 1000
    assert [name for name in incomplete if not name.startswith(UNTYPED)] == []


# names are for people

NAMED = {*FAMILY_NAMES, *LINKS, *UPDATES} - {"identity"}  # an activation has that name too
OWNERS = {"family", "link", "canonical", "default_link", "rule", "update"}


def is_name(node: ast.expr) -> bool:
    """Say whether an expression is the name of a family, a link or an update rule."""
    match node:
        case ast.Constant(value=str(text)):
            return text in NAMED
        case ast.Set(elts=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(map(is_name, parts))
        case ast.Attribute(attr="family_name" | "link_name"):
            return True
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr="name" | "kind"):
            return owner in OWNERS
    return False


def names_asked(module: ast.Module) -> Iterator[int]:
    """Yield the line of every place that compares such a name, matches it or takes it apart."""
    for node in ast.walk(module):
        match node:
            case ast.Compare(left=left, comparators=others):
                asked = [left, *others]
            case ast.Match(subject=subject, cases=cases):
                asked = [subject, *(part.value for case in cases for part in ast.walk(case.pattern) if is_value(part))]
            case ast.Call(func=ast.Attribute(value=of, attr="partition" | "split" | "startswith" | "removeprefix")):
                asked = [of]
            case _:
                continue
        if any(map(is_name, asked)):
            yield node.lineno


def is_value(part: ast.AST) -> bool:
    return isinstance(part, ast.MatchValue)


@pytest.mark.parametrize(
    "written",
    [
        "family.name == other", "x in {model.link.name}", "model.family_name != x", "rule == 'adam'",
        "name in ('gd', 'sgd')",
        "model.family.name.partition('(')", "match a:\n case 'logit', b:\n  pass",
    ],
)  # fmt: skip
def test_the_scan_knows_a_test_of_a_name(written: str) -> None:
    assert list(names_asked(ast.parse(written)))


def test_no_name_of_a_family_a_link_or_an_update_rule_is_tested() -> None:
    engine = [path for path in files("external") if named(path) != "proving/verify.py"]  # it shares nothing with them
    found = [f"{named(path)}:{line}" for path in engine for line in names_asked(tree(path))]
    assert not found, "ask for a fact instead: a field of Family, Link or UpdateRule"


def all_rows_at_once(module: ast.Module) -> Iterator[ast.AST]:
    """Yield every place that takes all rows of a data set: its `whole`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr == "whole":
            owner = ast.unparse(node.value)
            if owner.endswith("data") or "in_memory(" in owner or "every(" in owner:
                yield node


def test_the_engine_takes_rows_in_blocks() -> None:
    """Where a solver or a diagnosis needs all rows, it asks `Problem.all_rows` for them and says what for."""
    engine = ("kernels", "models", "problem", "solvers", "diagnostics", "fitting")
    found = {
        path.relative_to(HOUSE).as_posix()
        for room in engine
        for path in sorted((HOUSE / room).rglob("*.py"))
        for _ in all_rows_at_once(tree(path))
    }
    # the one that asks, and the starts of data so small that they are gathered
    assert found == {"problem/problem.py", "diagnostics/starts.py"}


def test_nobody_asks_for_the_kind_of_a_model() -> None:
    """What a model can do stands in its `capabilities`; a question for its class would not hold for the next kind."""
    asked = re.compile(
        r"isinstance\([^()]*,[^()]*\b(GLM|Multinomial|Network|NetworkComparison)\b|\bcast\((GLM|Network)\b"
    )
    assert [named(path) for path in files() if asked.search(path.read_text(encoding="utf-8"))] == []

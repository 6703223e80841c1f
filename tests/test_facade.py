"""The public names of the package, their signatures, and what they load: frozen in facade.txt.

A name that changes here changes for every user. If that is meant, `python tests/test_facade.py` writes the file anew.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import glmnn

ROOT = Path(__file__).parents[1]
FROZEN = Path(__file__).with_name("facade.txt")
LIGHT = """
import sys
import numpy, scipy.special
before = set(sys.modules)
import glmnn
assert glmnn.fit([[2], [3], [5], [7], [11], [13]], [0, 0, 1, 0, 1, 1]).exit_code == 0
print(*sorted(name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names))
"""


def signature_of(name: str) -> str:
    """Return a public name with its parameters and their defaults; for what the commands return also its members."""
    found = getattr(glmnn, name)
    if isinstance(found, ModuleType):
        return f"{name}: module"
    if not callable(found):
        return f"{name}: {type(found).__name__}"
    if inspect.isclass(found) and issubclass(found, Exception):
        return f"{name}: exception"
    lines = [name + _parameters(found)]
    if inspect.isclass(found) and found.__module__.startswith("glmnn.api."):
        own = (vars(kind) for kind in found.__mro__ if kind.__module__.startswith("glmnn.api."))
        for member in sorted({name for names in own for name in names}):
            value = inspect.getattr_static(found, member)
            if not member.startswith("_") and isinstance(value, property):
                lines.append(f"    .{member}")
            elif not member.startswith("_") and callable(getattr(found, member)):
                lines.append(f"    .{member}{_parameters(getattr(found, member))}")
    return "\n".join(lines)


def _parameters(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    plain = [item.replace(annotation=inspect.Parameter.empty) for item in signature.parameters.values()]
    shown = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    return re.sub(r"<factory>|<function .*?>", "...", shown)


def facade() -> str:
    return "\n".join(map(signature_of, glmnn.__all__)) + "\n"


def test_names_and_signatures_are_frozen():
    assert facade() == FROZEN.read_text(encoding="utf-8")


def test_type_checkers_see_every_name():
    tree = ast.parse(Path(glmnn.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [(node.module, item) for node in block.body if isinstance(node, ast.ImportFrom) for item in node.names]
    seen = {item.asname: (module, item.name) for module, item in imports if item.asname is not None}
    places = {name: tuple(place.partition(":")[::2]) for name, place in glmnn._PLACES.items()}
    packages = {name: tuple(module.rpartition(".")[::2]) for name, (module, inside) in places.items() if not inside}
    assert seen == {**places, **packages}


def test_a_fit_of_arrays_loads_numpy_and_scipy_special_only():
    kernels = {**os.environ, "GLMNN_KERNELS": "auto"}
    ran = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, env=kernels)
    loaded = ran.stdout.split()
    assert [name for name in loaded if name.partition(".")[0] != "glmnn"] == ["threadpoolctl"]
    wings = {name.split(".")[1] for name in loaded if name.count(".") > 1 and not name.endswith(".options")}
    assert wings.isdisjoint({"auditing", "locking", "networks", "predicting", "replaying", "report", "simulating"})


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_the_manual_imports_nothing_deeper(page):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"(?m)^(?:>>> |\.\.\. )?\s*(?:from|import) glmnn\.(?!(?:testing|sklearn) ).*", text) == []


if __name__ == "__main__":
    FROZEN.write_text(facade(), encoding="utf-8")

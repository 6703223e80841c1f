"""Compiled kernels are loaded where they pay, and one switch turns them off."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import glmnn
from glmnn.errors import UsageError
from glmnn.kernels import choice
from glmnn.kernels.choice import chosen, compiled, installed, work, worked


def test_the_switch(monkeypatch):
    monkeypatch.setenv("GLMNN_KERNELS", "numpy")
    assert choice.choice() == "numpy"
    assert compiled("cached", 1e9) is None
    with chosen("auto"):
        assert choice.choice() == "auto"
    monkeypatch.delenv("GLMNN_KERNELS")
    assert choice.choice() == "auto"
    monkeypatch.setenv("GLMNN_KERNELS", "fast")
    with pytest.raises(UsageError, match="GLMNN_KERNELS=fast: give auto, numpy or compiled"):
        choice.choice()


def test_without_numba(monkeypatch):
    monkeypatch.setattr(choice, "installed", lambda: False)
    with chosen("auto"):
        assert compiled("nowhere", 1e9) is None
    with pytest.raises(UsageError, match=r"need numba: pip install 'glmnn\[fast\]'"), chosen("compiled"):
        pass


def test_a_numba_that_cannot_be_imported_is_none(monkeypatch):
    def import_module(name):
        raise ImportError("Numba needs NumPy 2.1 or less")

    monkeypatch.setattr(choice, "_broken", set())
    monkeypatch.setattr(choice, "installed", lambda: True)
    monkeypatch.setattr(choice, "import_module", import_module)
    with chosen("auto"):
        assert compiled("nowhere", 1e9) is None
        assert compiled("nowhere", 1e9) is None
    with chosen("compiled"), pytest.raises(UsageError, match=r"cannot be had: Numba needs NumPy 2.1 or less"):
        compiled("nowhere", 1e9)


@pytest.mark.skipif(not installed(), reason="numba is not installed")
def test_kernels_are_loaded_for_long_work_alone_and_then_used_for_all():
    code = (
        "import sys; from glmnn.kernels.choice import chosen, compiled\n"
        "with chosen('auto'):\n"
        "    assert compiled('cached', 0.5) is None and 'numba' not in sys.modules\n"
        "    assert compiled('cached', 1.5) and 'numba' in sys.modules\n"
        "    assert compiled('cached', 0.0)\n"
        "with chosen('numpy'): assert compiled('cached', 9.0) is None\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_small_work_adds_up_where_kernels_are_on_disk(monkeypatch):
    monkeypatch.setattr(choice, "_worked", {})
    for on_disk, wanted in ((True, [0.0, 0.5, 1.0, 1.5]), (False, [0.0, 0.5, 0.0, 0.5])):
        monkeypatch.setattr(choice, "_on_disk", lambda _name, found=on_disk: found)
        found = []
        for _ in range(4):
            found.append(worked(f"visit {on_disk}"))
            work(f"visit {on_disk}", 0.5)
        assert found == wanted
    assert worked("descend") == 0.0


def test_a_loop_of_small_fits_loads_kernels_once_it_would_have_paid(monkeypatch):
    x, loaded = np.arange(900.0), []
    y = 1.0 * (x % 3 == 0)
    monkeypatch.setattr(choice, "_worked", {})
    monkeypatch.setattr(choice, "_on_disk", lambda _name: True)
    monkeypatch.setattr(choice, "installed", lambda: True)
    monkeypatch.setattr(choice, "sys", SimpleNamespace(modules={}))
    monkeypatch.setattr(choice, "import_module", loaded.append)
    with chosen("auto"):
        glmnn.fit(x, y, solver="fisher")
        assert not loaded
        assert worked("visit") == pytest.approx(5 * 900 * (6e-8 + 6.5e-11 * 4))
        work("visit", choice.PAYS)
        glmnn.fit(x, y, solver="fisher")
    assert loaded == ["glmnn.kernels.compiled.visit"]


@pytest.mark.skipif(not installed(), reason="numba is not installed")
def test_compiling_is_told_once_on_a_terminal(tmp_path, monkeypatch, capsys):
    (tmp_path / "halves.py").write_text("def half(x):\n    return 0.5 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    numba, cached = import_module("numba"), import_module("glmnn.kernels.compiled.cached")
    half = import_module("halves").half
    said = "\r\x1b[Kcompiling, once: some seconds\n"
    for sources, told in (("before", said), ("before", ""), ("after", said)):  # a file of kernels has changed
        monkeypatch.setattr(cached, "_sources", lambda sources=sources: sources)
        assert cached.kernel(numba.float64(numba.float64), half)(3.0) == 1.5
        assert capsys.readouterr().err == told


def test_every_compiled_function_says_what_its_arithmetic_may_do():
    """One that does not say so takes the flags of the compiled function that calls it first."""
    folder = Path(choice.__file__).parent / "compiled"
    silent = [
        f"{path.name}: {function.name}"
        for path in folder.glob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for maker in function.decorator_list
        if "njit" in ast.unparse(maker) and "fastmath" not in ast.unparse(maker)
    ]
    assert silent == []

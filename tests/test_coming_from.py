"""The translation tables: what stands in their right column is run."""

import re
import shlex
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn
from command import PIPE, run

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "coming-from").glob("*.md"))
CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def right(page):
    """Yield the code in the right column of the tables of a page."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield from CODE.findall(line.strip("|").rpartition("|")[2])


COMMANDS = [code for page in PAGES for code in right(page) if code.startswith("glmnn ") and code != "glmnn audit"]
EXPRESSIONS = [code for page in PAGES for code in right(page) if code.startswith("glmnn.") and "(" in code]
OF_A_RESULT = [code for page in PAGES for code in right(page) if code.startswith("r.")]


@pytest.fixture(scope="module")
def names():
    """What the tables call X, y, d and so on."""
    d = pd.read_csv(ROOT / "data" / "infertility.csv")
    rng = np.random.default_rng(1)
    X = d[["age", "parity"]]
    return {
        "glmnn": glmnn,
        "d": d,
        "X": X,
        "Z": (X - X.mean()) / X.std(),
        "y": d["case"],
        "new": d.head(3),
        "w": np.ones(len(d)),
        "t": rng.gamma(2.0, 1.0, len(d)),
        "counts": rng.poisson(2.0, len(d)),
        "classes": d["education"],
        "r": glmnn.fit(d, formula="case ~ age + parity"),
    }


def test_there_is_something_to_run():
    assert (len(COMMANDS) > 20, len(EXPRESSIONS) > 15, len(OF_A_RESULT) > 8) == (True, True, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, tmp_path, monkeypatch):
    for folder in ("data", "configs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    if words == ["check"]:
        words.append("configs/locks/primes.toml")
    assert run(*words, **PIPE).code == 0


@pytest.mark.parametrize("code", [*EXPRESSIONS, *OF_A_RESULT])
def test_expressions_run(code, names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = eval(code, dict(names))  # the code of our own pages
    assert value is not None
    assert getattr(value, "exit_code", 0) == 0, value.verdict

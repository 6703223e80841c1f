"""Random data and options through memory and through a stream of tiny chunks: the same report and exit code."""

import csv
import json
import re

import numpy as np
import pytest

from command import run
from glmnn.data.sources import text_chunks

NUMBERS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "whole": lambda rng, n: rng.integers(0, 5, n),
    "huge": lambda rng, n: rng.standard_normal(n) * 1e70,
    "tiny": lambda rng, n: rng.standard_normal(n) * 1e-70,
    "constant": lambda _rng, n: np.full(n, 2.0),
    "zeros of both signs": lambda rng, n: np.where(rng.random(n) < 0.3, rng.choice([0.0, -0.0], n), rng.normal(size=n)),
    "truth": lambda rng, n: rng.choice(np.array(["true", "false"], dtype=object), n),
}
TERMS = (
    "{}", "{}", "{}", "scale({})", "center({})", "poly({}, 2)", "bs({}, df=4)", "ns({}, df=2)", "I({}**2)", "log({})",
    "C({})", "sqrt({})",
)  # fmt: skip
LEVELS = (["a", "b", "c", "d"], ["1", "2", "10", "3"], ["ä", "B b", "c,d", '"q"'])
RESPONSES = {
    "binomial": (lambda rng, eta: (rng.random(eta.size) < 1 / (1 + np.exp(-eta))).astype(int), [[]]),
    "probit": (lambda rng, eta: (rng.standard_normal(eta.size) < eta).astype(int), [["--link", "probit"]]),
    "separated": (lambda _rng, eta: (eta > 0).astype(int), [["--family", "binomial"]]),
    "always 1": (lambda _rng, eta: np.ones(eta.size, dtype=int), [["--family", "binomial"]]),
    "words": (lambda rng, eta: np.array(["no", "yes"])[(rng.random(eta.size) < 0.5).astype(int)], [[]]),
    "counts": (lambda rng, eta: rng.poisson(np.exp(eta / 2)), [["--family", "poisson"]]),
    "overdispersed": (lambda rng, eta: rng.negative_binomial(2, 0.4, eta.size), [["--family", "negative_binomial"]]),
    "real": (lambda rng, eta: eta + rng.standard_normal(eta.size), [["--family", "gaussian"]]),
    "positive": (lambda rng, eta: rng.gamma(3, np.exp(eta / 3)), [["--family", "gamma", "--link", "log"]]),
    "classes": (lambda rng, eta: np.array(list("pqr"))[rng.integers(0, 3, eta.size)], [["--family", "multinomial"]]),
}  # fmt: skip
SETTINGS = {
    "weights": ["--weights", "w", "--weights-type", "var"],
    "frequencies": ["--weights", "w", "--weights-type", "freq"],
    "offset": ["--offset", "o"],
    "robust": ["--cov", "HC3"],
    "clusters": ["--cov", "cluster:c"],
    "l2": ["--l2", "0.5"],
    "firth": ["--penalty", "firth"],
    "no intercept": ["--no-intercept"],
    "gd": ["--solver", "fisher,gd", "--max-iter", "200"],
}
WHERE = {"run", "engine", "memory", "passes"}  # what depends on it


def drawn(seed):
    """Return columns of text and options."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([6, 12, 40, 150, 600]))
    columns = {f"x{j}": NUMBERS[rng.choice([*NUMBERS])](rng, n) for j in range(rng.integers(1, 4))}
    if rng.random() < 0.2:
        columns["x9"] = columns["x0"]  # collinear
    numbers = [values for values in columns.values() if values.dtype != object and np.ptp(values)]
    eta = np.clip(sum(((v - np.mean(v)) / np.std(v) for v in numbers), np.zeros(n)), -3, 3)
    if rng.random() < 0.6:
        columns["g"] = np.array(LEVELS[rng.integers(3)], dtype=object)[rng.integers(0, rng.integers(1, 5), n)]
    draw, flags = RESPONSES[rng.choice([*RESPONSES])]
    flags = [*flags[rng.integers(len(flags))], "--na", "drop"]
    chosen = [term.format(name) if columns[name].dtype != object else name
              for name, term in zip(columns, rng.choice(TERMS, len(columns)), strict=True)]  # fmt: skip
    flags += ["--formula", "y ~ " + " + ".join(chosen)] if rng.random() < 0.6 else ["--target", "y"]
    flags += [flag for setting in SETTINGS.values() if rng.random() < 0.12 for flag in setting]
    flags += [] if "--solver" in flags else ["--solver", "fisher"]
    columns["y"] = draw(rng, eta)
    extra = {"w": rng.integers(0, 4, n), "o": rng.normal(size=n), "c": rng.integers(0, 5, n)}
    columns |= {name: values for name, values in extra.items() if {name, f"cluster:{name}"} & {*flags}}
    cells = {
        name: [repr(v) if isinstance(v, float) else str(v) for v in values.tolist()] for name, values in columns.items()
    }
    for texts in cells.values():
        if rng.random() < 0.15:
            for row in np.flatnonzero(rng.random(n) < 0.05):
                texts[row] = str(rng.choice(["", "NA"]))
    return cells, flags


def told(ended):
    """Return what must not depend on where the rows were; counts in a message are those of the rows so far."""

    def kept(part):
        return {name: value for name, value in part.items() if name not in WHERE and "seconds" not in name}

    document = json.loads(ended.out, object_hook=kept) if ended.out.startswith("{") else {}
    return ended.code, document, re.sub(r"\(\d+ such rows[^)]*\)|has (more than )?\d+ levels[^;]*", "", ended.err)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(120))
def test_a_stream_says_what_memory_says(seed, tmp_path, monkeypatch):
    cells, flags = drawn(seed)
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    command = ("fit", str(tmp_path / "a.csv"), *flags, "--format", "json")
    here, start = run(*command, "--engine", "memory"), text_chunks.TextFile.__init__
    monkeypatch.setattr(text_chunks.TextFile, "__init__", lambda self, *given: start(self, *given, piece=400))
    there = run(*command, "--engine", "stream", "--memory", "10MB")
    assert here.code != 70
    assert told(there) == told(here)

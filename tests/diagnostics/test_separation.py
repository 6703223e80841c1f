"""Existence of the maximum, held against an exact simplex that shares no code with glmnn."""

from fractions import Fraction

import numpy as np
import pytest
from rational_simplex import movable

from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.existence import overlap_is_proved, separation_of
from glmnn.diagnostics.separation import projection
from glmnn.diagnostics.separation.cone import movable_rows
from glmnn.diagnostics.separation.verdict import Separation, Unsettled, find_separation
from glmnn.errors import Exit
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, POISSON, negative_binomial, tweedie
from glmnn.models.glm import GLM
from glmnn.models.limits import sides
from glmnn.models.links import LINKS, power_link
from glmnn.models.multinomial import Multinomial
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit

BOTH_SIDES = ("logit", "probit", "cloglog", "loglog", "cauchit")
HAIR = "-0.8884713397688361,1 -0.5612092906563216,1 -0.5612092905674745,0 0.20794602446457117,0 0.27982996085784245,0"


def close_rows(rng):
    """Return rows of which some lie within 1e-8 to 1e-16 of a plane, on one side or the other or on it."""
    n, p = int(rng.integers(4, 14)), int(rng.integers(1, 5))
    draw = (rng.standard_normal, lambda size: rng.integers(-2, 3, size), lambda size: rng.integers(0, 2, size))
    X = np.asarray(draw[rng.choice(3, p=[0.6, 0.2, 0.2])]((n, p)), dtype=float)
    if rng.random() < 0.8:
        X[:, 0] = 1.0
    plane = rng.standard_normal(p)
    for row in X[: p if p > 1 else 0]:
        row[-1] = -(row[:-1] @ plane[:-1]) / plane[-1] * (1 + rng.choice([0, 1, -1, 3]) * 10.0 ** -rng.integers(8, 17))
    y = np.where(rng.random(n) < 0.1, rng.random(n) < 0.5, X @ plane > 0).astype(float)
    return X, y


def problem_of(link, X, y, **rest):
    family = POISSON if link == "poisson" else BINOMIAL
    return Problem(
        GLM(family, LINKS["log" if link in ("poisson", "log") else link]), InMemory.from_arrays(X, y, **rest)
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_exact_simplex_agrees(seed):
    """Gaps of 1e-8 to 1e-16, factors, held rows, repeated rows, columns scaled by 2**-900 to 2**900."""
    rng = np.random.default_rng(seed)
    separated = 0
    for _ in range(40):
        X, y = close_rows(rng)
        side = np.where(y == 1, 1.0, -1.0)
        if rng.random() < 0.3:
            side[rng.random(side.size) < 0.2] = 0.0
        if rng.random() < 0.3:
            again = rng.integers(0, len(X), 3)
            X, side = np.vstack([X, X[again]]), np.append(side, rng.choice([-1.0, 0.0, 1.0], 3))
        X *= 2.0 ** rng.choice([0, *rng.integers(-60, 60, 3), -900, 900], X.shape[1])
        found = movable_rows(X, side)
        assert found.settled
        assert found.moves.tolist() == movable(X.tolist(), side.tolist())
        separated += found.direction is not None
    assert 5 < separated < 35


@pytest.mark.parametrize("link", [*BOTH_SIDES, "log", "poisson"])
def test_verdicts_hold_by_a_hair_in_any_order_and_scale(link):
    rng = np.random.default_rng(len(link))
    proved = 0
    for _ in range(25):
        X, y = close_rows(rng)
        problem = problem_of(link, X, y)
        truth = movable(X.tolist(), sides(problem.glm, y).tolist())
        try:
            coef = fit(problem.fresh(), Fisher()).coef
        except Exception:  # what the fit makes of rows without full rank is not asked here
            coef = np.zeros(X.shape[1])
        proved += overlap_is_proved(problem, coef)
        assert not (any(truth) and overlap_is_proved(problem, coef))
        rows, columns = rng.permutation(len(X)), rng.permutation(X.shape[1])
        turned = (X * 2.0 ** rng.integers(-40, 40, X.shape[1]))[rows][:, columns]
        for found, order in (
            (find_separation(problem), slice(None)),
            (find_separation(problem_of(link, turned, y[rows])), rows),
        ):
            assert isinstance(found, Separation) == any(truth)
            if found is not None:
                assert found.moves.tolist() == np.array(truth)[order].tolist()
                assert found.complete == all(truth)
    assert proved


def test_separated_by_a_hair_has_no_maximum(tmp_path):
    """Two rows whose responses differ lie 9e-11 apart, in order."""
    path = tmp_path / "hair.csv"
    path.write_text("\n".join(["x,y", *HAIR.split()]))
    comparison = run(make_spec(FitOptions()), read_table(str(path)))
    assert comparison.exit is Exit.NO_MAXIMUM
    assert comparison.estimate.outcome.separation.complete


@pytest.mark.parametrize("shift", [0.0, 1e12, 2.0**500])
def test_far_columns(shift):
    """Steps of one unit in the last place decide, wherever zero is."""
    x = np.nextafter(shift + 1.0, np.inf) + np.spacing(shift + 1.0) * np.arange(6.0)
    X = np.column_stack([np.ones(6), x])
    assert find_separation(problem_of("logit", X, np.array([0, 0, 0, 1, 1, 1.0]))).complete
    assert find_separation(problem_of("logit", X, np.array([0, 0, 1, 0, 1, 1.0]))) is None


def test_a_rare_level_among_many_rows():
    """A level of 30 rows that are all 1, among 100,000 that overlap."""
    rng = np.random.default_rng(3)
    n = 100_000
    level = np.zeros(n)
    level[rng.choice(n, 30, replace=False)] = 1.0
    X = np.column_stack([np.ones(n), rng.standard_normal(n), level])
    y = np.where(level == 1, 1.0, rng.random(n) < 0.4)
    found = find_separation(problem_of("logit", X, y))
    assert (found.separated, found.infinite) == (30, {"x3": 1})
    y[np.flatnonzero(level)[0]] = 0.0
    assert find_separation(problem_of("logit", X, y)) is None


def _wide(kind, rng):
    n, p = 400, 60
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    line, coin = X @ rng.standard_normal(p) > 0, rng.random(n) < 0.5
    if kind == "complete":
        return X, line, n
    if kind == "level":
        X[:, 1] = rng.random(n) < 0.2
        return X, np.where(X[:, 1] == 1, True, coin), int(X[:, 1].sum())
    if kind == "standardised level":
        level = rng.random(n) < 0.2
        X[:, 1] = (level - level.mean()) / level.std()
        return X, np.where(level, True, coin), int(level.sum())
    if kind == "level with slopes":
        level = rng.random(n) < 0.5
        X[:, 30:] = level[:, None] * X[:, :30]
        return X, np.where(level, X @ rng.standard_normal(p) > 0, rng.random(n) < 0.5), int(level.sum())
    if kind == "pairs":  # 30 rows that occur with both responses, and as many others as they leave free to move
        return X[np.r_[:60, :30]], np.append(line[:60], ~line[:30]), 30
    return X, coin, 0


@pytest.mark.parametrize("kind", ["complete", "level", "standardised level", "level with slopes", "pairs", "overlap"])
def test_sixty_columns(kind):
    """The rows that move are known from how the data were made."""
    rng = np.random.default_rng(1)
    X, y, moving = _wide(kind, rng)
    X, y = (X[:, :20], y) if kind == "overlap" else (X, y)
    found = find_separation(problem_of("logit", X, y.astype(float)))
    assert (0 if found is None else found.separated) == moving


@pytest.mark.parametrize("gap", [1e-10, 1e-13, 1e-15, -1e-13])
def test_many_columns_and_a_hair(gap):
    """Of 200 rows 60 lie about `gap` from a plane in 20 columns, the others far off; a direction is checked exactly."""
    rng = np.random.default_rng(4)
    X, plane = rng.standard_normal((200, 20)), rng.standard_normal(20)
    side = np.where(rng.random(200) < 0.5, 1.0, -1.0)
    X[:60, -1] = (side[:60] * gap - X[:60, :-1] @ plane[:-1]) / plane[-1]
    side[60:] = np.sign(X[60:] @ plane)
    found = movable_rows(X, side)
    assert found.settled
    assert (found.exact is None) == (gap < 0)
    if gap > 0:
        moves = [sum(Fraction(x) * d for x, d in zip(row, found.exact, strict=True)) for row in X.tolist()]
        assert all(move * int(own) > 0 for move, own in zip(moves, side, strict=True))


def test_rows_of_no_weight_do_not_count():
    X, y = np.column_stack([np.ones(5), np.arange(5.0)]), np.array([0, 0, 1, 1, 0.0])
    weight = np.array([1, 1, 1, 1, 0.0])
    assert find_separation(problem_of("logit", X, y)) is None
    found = find_separation(problem_of("logit", X, y, prior_weight=weight))
    assert found.moves.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("family", [POISSON, negative_binomial(0.7), tweedie(1.4)])
@pytest.mark.parametrize("link", [LINKS["inverse"], LINKS["inverse_squared"], power_link(-0.5)])
def test_a_group_of_zeros_runs_to_infinity_with_inverse_links(family, link):
    """The likelihood of each pair rises along the direction, and the rows with counts stay where they are."""
    group = np.repeat([0.0, 1.0], 6)
    X, y = np.column_stack([np.ones(12), group]), np.array([1, 2, 3, 2, 1, 4, 0, 0, 0, 0, 0, 0.0])
    problem = Problem(GLM(family, link), InMemory.from_arrays(X, y, ("(Intercept)", "g")))
    found = find_separation(problem)
    assert found.infinite == {"g": 1}
    assert found.separated == 6
    deviances = [problem.first_order(np.array([0.5, 10.0**k])).deviance for k in range(5)]
    assert deviances == sorted(deviances, reverse=True)
    y[7] = 1.0
    assert find_separation(Problem(GLM(family, link), InMemory.from_arrays(X, y))) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_classes_by_a_hair(seed):
    """Rows of differences built here one by one, decided by the exact simplex."""
    rng = np.random.default_rng(seed)
    for _ in range(3):
        X, _ = close_rows(rng)
        X = np.column_stack([np.ones(len(X)), X[:, -1] + 1e-3 * rng.standard_normal(len(X))])
        codes = (
            np.argsort(np.argsort(X[:, 1] + rng.choice([0, 0, 1e-9, 0.5]) * rng.standard_normal(len(X)))) * 3 // len(X)
        )
        rows, owner = [], []
        for i, (x, code) in enumerate(zip(X, codes, strict=True)):
            for rival in {0, 1, 2} - {int(code)}:
                cells = np.zeros((3, 2))
                cells[code], cells[rival] = x, -x
                rows.append(cells[1:].ravel().tolist())
                owner.append(i)
        pairs = np.array(movable(rows, [1.0] * len(rows)))
        problem = Problem(Multinomial(("a", "b", "c")), InMemory.from_arrays(X, codes.astype(float)))
        problem = Problem(problem.model, InMemory(problem.model.terms(("(Intercept)", "x")), problem.data.whole))
        found = separation_of(problem, fit(problem.fresh(), Fisher()))
        assert isinstance(found, Separation) == bool(pairs.any())
        if found is not None:
            assert found.moves.tolist() == [bool(pairs[np.array(owner) == i].all()) for i in range(len(X))]


@pytest.mark.parametrize("link", BOTH_SIDES)
def test_an_ordinary_overlap_needs_three_passes(link):
    """Nothing but the residuals of the maximum is needed for the proof."""
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(300), rng.standard_normal((300, 3))])
    y = (rng.random(300) < 0.4).astype(float)
    problem = problem_of(link, X, y)
    reference = fit(problem.fresh(), Fisher())
    assert overlap_is_proved(problem, reference.coef)
    assert separation_of(problem, reference) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_numbers_at_the_ends_of_float64(seed):
    """Cells from 1e-320 to 1e308 in one design: products would overflow or lose digits to underflow."""
    rng = np.random.default_rng(seed)
    cells = [0, 1, -1, 1e-320, 1e-300, 1e300, 1e150, 1e-150, -1e308]
    X = rng.choice(cells, (int(rng.integers(1, 8)), int(rng.integers(1, 4))))
    side = rng.choice([-1.0, 0.0, 1.0, 1.0, -1.0], len(X))
    found = movable_rows(X, side)
    assert found.settled
    assert found.moves.tolist() == movable(X.tolist(), side.tolist())


def test_what_would_take_too_long_is_said_to_be_open(monkeypatch):
    """With no work allowed, rows that overlap by one unit in the last place are neither proved nor refuted."""
    monkeypatch.setattr(projection, "MOST_WORK", -1)
    x = 1e12 + np.arange(6.0) * np.spacing(1e12)
    y = np.array([0, 0, 1, 0, 1, 1.0])
    found = find_separation(problem_of("logit", np.column_stack([np.ones(6), x]), y))
    assert isinstance(found, Unsettled)
    assert "not settled" in found.line()


def test_descent_on_separated_classes_ends_in_the_verdict(tmp_path):
    rows = [f"{x},{label}" for x, label in zip(range(12), "ppppqqqqrrrr", strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *rows, ""]))
    options = FitOptions(family="multinomial", solver=["fisher", "gd"], max_iter=50)
    found = run(make_spec(options), read_table(str(tmp_path / "a.csv")))
    assert found.estimate.outcome.separation.complete

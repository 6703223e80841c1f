import numpy as np
import pytest

from glmnn.solvers.updates import SCHEDULES, UPDATES, adam, gd, in_coordinates, momentum, nesterov, scheduled

rules = pytest.mark.parametrize("name", sorted(UPDATES))
CURVATURE = np.array([1.0, 10.0])


def run(rule, steps, start=(1.0, -1.0)):
    coef = np.array(start)
    state = rule.init(coef)
    for _ in range(steps):
        change, state = rule.apply(CURVATURE * coef, state)
        coef = coef + change
    return coef


@rules
def test_every_rule_finds_the_bottom_of_a_parabola(name):
    assert np.abs(run(UPDATES[name](0.05), 2000)).max() < 1e-6


@rules
def test_rules_are_pure(name):
    rule = UPDATES[name](0.05)
    gradient, state = np.array([1.0, 2.0]), rule.init(np.zeros(2))
    first, _ = rule.apply(gradient, state)
    again, _ = rule.apply(gradient, state)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(gradient, [1.0, 2.0])


def test_no_momentum_is_plain_descent():
    for rule in (momentum(0.05, decay=0.0), nesterov(0.05, decay=0.0)):
        np.testing.assert_array_equal(run(rule, 7), run(gd(0.05), 7))


def test_textbook_steps():
    """Two steps by hand with lr 0.1: velocity g, then 0.9 g + g; Adam's first step has the size of lr."""
    g = np.array([2.0])
    change, velocity = momentum(0.1).apply(g, np.zeros(1))
    assert change[0] == pytest.approx(-0.2)
    assert momentum(0.1).apply(g, velocity)[0][0] == pytest.approx(-0.38)
    assert nesterov(0.1).apply(g, np.zeros(1))[0][0] == pytest.approx(-0.38)
    rule = adam(0.1)
    assert rule.apply(g, rule.init(g))[0][0] == pytest.approx(-0.1, rel=1e-8)


@rules
def test_a_constant_schedule_changes_nothing(name):
    plain = run(UPDATES[name](0.05), 9)
    np.testing.assert_allclose(run(scheduled(UPDATES[name](0.05), SCHEDULES["constant"](3)), 9), plain, rtol=1e-15)


@pytest.mark.parametrize("name", sorted(set(SCHEDULES) - {"constant"}))
def test_schedules_start_at_one_and_fall(name):
    factors = [SCHEDULES[name](10)(count) for count in (0, 10, 100, 999)]
    assert factors[0] == 1.0
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] < 0.2


def test_coordinates_are_a_change_of_variables():
    """Descent in gamma with coef = T gamma moves coef by -lr T T' g."""
    to_data = np.array([[1.0, -2.0], [0.0, 0.5]])
    g = np.array([3.0, 4.0])
    change, _ = in_coordinates(gd(0.1), to_data).apply(g, None)
    np.testing.assert_allclose(change, -0.1 * to_data @ to_data.T @ g)

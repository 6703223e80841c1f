"""One tree of sums: parts of any size, in any order, some of them twice, give the same bits."""

import pickle
from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.engines.tree import Factor, Forest, Groups, Many, Top, leaf_rows, leaf_slices, tree_sum
from glmnn.kernels.double_double import Pair
from glmnn.models.evaluation import FirstOrder

SIZES = (1, 2, 3, 7, 64, 100, 333)


def values(leaves):
    """Return sums whose order is seen in their last digits."""
    rng = np.random.default_rng(leaves)
    return [FirstOrder(3, float(x[0]), x) for x in rng.standard_normal((leaves, 4)) * 10.0 ** rng.integers(-3, 4)]


@pytest.mark.parametrize("leaves", SIZES)
def test_any_parts_in_any_order_with_repeats_give_the_same_pickle(leaves):
    given, rng = values(leaves), np.random.default_rng(1)
    wanted = pickle.dumps(tree_sum(given))
    for _ in range(40):
        edges = np.unique([0, leaves, *rng.integers(0, leaves + 1, rng.integers(0, 12))]).tolist()
        parts = [Forest.of(a, given[a:b]) for a, b in pairwise(edges)]
        parts += [parts[i] for i in rng.integers(0, len(parts), 3)]  # a task that ran twice
        first = int(rng.integers(0, leaves))
        parts.append(Forest.of(first, given[first : first + 5]))  # cut elsewhere
        rng.shuffle(parts)
        middle = len(parts) // 2
        forests = (reduce(add, parts), reduce(add, parts[:middle], Forest()) + reduce(add, parts[middle:]))
        assert pickle.dumps(forests[0]) == pickle.dumps(forests[1])
        assert pickle.dumps(pickle.loads(pickle.dumps(forests[0])).total(leaves)) == wanted


def test_the_tree_is_the_one_that_is_written_down():
    class Written(str):
        def __add__(self, other):
            return Written(f"({self}+{other})")

    letters = [Written(letter) for letter in "abcdefg"]
    assert tree_sum(letters) == "(((a+b)+(c+d))+((e+f)+g))"
    assert Forest.of(0, letters).nodes == {(2, 0): "((a+b)+(c+d))", (1, 2): "(e+f)", (0, 6): "g"}
    assert Forest.of(3, letters[3:5]).nodes == {(0, 3): "d", (0, 4): "e"}
    assert tree_sum(letters[:1]) is letters[0]


@pytest.mark.parametrize(("first", "last", "message"), [(0, 6, "leaf 6 of 7"), (1, 7, "leaf 0 of 7"), (0, 8, "more")])
def test_a_missing_leaf_is_refused(first, last, message):
    with pytest.raises(ValueError, match=message):
        Forest.of(first, range(first, last)).total(7)


def test_a_leaf_missing_in_the_middle_is_refused():
    forest = Forest.of(4, [1, 1, 1]) + Forest.of(0, [1, 1, 1])
    assert forest.leaves == 6
    with pytest.raises(ValueError, match="leaf 3 of 7 is missing"):
        forest.total(7)
    assert (forest + Forest.of(3, [1])).total(7) == 7
    with pytest.raises(ValueError, match="no leaf"):
        tree_sum([])


@pytest.mark.parametrize("p", [1, 3, 21, 49, 50, 1000])
def test_leaves_follow_from_the_columns_alone(p):
    size = leaf_rows(p)
    assert size == min(8192, max(384, 960_000 // p**2))
    for rows in (1, size - 1, size, size + 1, 3 * size):
        found = [range(rows)[part] for part in leaf_slices(rows, p)]
        assert [row for part in found for row in part] == list(range(rows))
        assert all(len(part) == size for part in found[:-1])
        assert 0 < len(found[-1]) <= size


def test_a_longer_file_begins_with_the_same_leaves():
    X = np.random.default_rng(3).standard_normal((20_000, 2))
    short, long = (list(InMemory.from_arrays(X[:rows], X[:rows, 0]).blocks()) for rows in (17_000, 20_000))
    assert [len(block.y) for block in long] == [8192, 8192, 3616]
    assert all(np.array_equal(a.X, b.X) for a, b in zip(short[:2], long[:2], strict=True))


def test_values_that_add():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((30, 4))
    R = tree_sum(Factor.of(X[part]) for part in (slice(0, 2), slice(2, 20), slice(20, 30))).R
    assert np.allclose(R.T @ R, X.T @ X, rtol=1e-13, atol=1e-13)
    assert Top(2.0) + Top(-1.0) == Top(2.0)
    assert Many((1, Top(3.0))) + Many((2, Top(4.0))) == Many((3, Top(4.0)))
    one, tiny = np.ones(1), np.full(1, 1e-20)
    assert Pair(one, tiny) + Pair(-one, tiny) == Pair(np.zeros(1), np.full(1, 2e-20))


def test_sums_by_group_are_those_of_their_rows_and_add_in_the_tree():
    rng = np.random.default_rng(0)
    codes, rows = rng.integers(0, 40, 700), rng.integers(-9, 9, (700, 3)).astype(float)
    parts = [Groups.of(codes[first : first + 50], rows[first : first + 50]) for first in range(0, 700, 50)]
    total = tree_sum(parts)
    assert np.array_equal(total.codes, np.unique(codes))
    assert np.array_equal(total.sums, [rows[codes == code].sum(axis=0) for code in total.codes])
    forests = [Forest.of(place, [part]) for place, part in enumerate(parts)]
    again = sum((forests[place] for place in rng.permutation(len(parts))), Forest()).total(len(parts))
    assert all(map(np.array_equal, again, total))

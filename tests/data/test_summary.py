"""The summary of rows in memory is that of their leaves, added in the tree."""

import numpy as np
import pytest

from glmnn.arrays import Block
from glmnn.data.summary import Summary, summary_of
from glmnn.data.suspicion import code_notes
from glmnn.engines.tree import leaf_slices, tree_sum


@pytest.mark.parametrize("kind", ["whole", "shares", "late share", "huge", "weighted", "offset"])
def test_many_rows_at_once_have_the_bits_of_the_tree(kind):
    rng = np.random.default_rng(3)
    rows = 150_001
    y, weight, offset = 1.0 * rng.integers(0, 9, rows), np.ones(rows), np.zeros(rows)
    if kind == "shares":
        y = rng.random(rows)
    if kind == "late share":
        y[-1] = 0.1
    if kind == "huge":
        y = y * 2.0**50 + 1.0
    if kind == "weighted":
        weight = rng.random(rows)
        weight[:70_000] = 1.0
    if kind == "offset":
        offset[-1] = 1.0
    whole = Block(np.empty((rows, 0)), y, weight, offset)
    leaves = [whole.rows(part) for part in leaf_slices(rows, 50)]
    assert summary_of(whole, 50) == tree_sum(map(Summary.of, leaves))


def test_known_ends_rule_out_codes_or_leave_them_to_be_looked_for():
    x = np.array([[-99.0], [-99.0], [3.0], [4.0], [5.0], [6.0]])
    assert code_notes(x, ("x",), (-99.0, 6.0)) == code_notes(x, ("x",)) != ()
    assert code_notes(x[2:], ("x",), (3.0, 6.0)) == code_notes(x[2:], ("x",)) == ()

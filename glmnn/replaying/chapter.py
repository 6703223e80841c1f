"""004: a chapter that differentiates a 2-2-2-1 net by the chain rule and by a backward difference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.networks.numerical_gradient import check_gradient
from glmnn.networks.worked_examples import BACKWARD_STEP, backward_difference, chain_rule, drawn, two_two_two_one
from glmnn.replaying.row import NOTHING, OFF, Row, computed, method, printed, slip

CHAIN, DIFFERENCE = "0.0032232195647262773", "0.0032232492230832577"
SEED = 0
LAST_PLACE = 2.0**-39  # of a float64 between 2^13 and 2^14, as the loss (100 - eta)^2 is


def rows() -> Iterator[Row]:
    """Yield the chapter's two derivatives; its weights were drawn without a seed."""
    example = two_two_two_one(SEED)
    chain, difference = chain_rule(drawn(SEED)), backward_difference(example)
    check = check_gradient(*example)
    backward = -2.0 * float(example.network.score(example.coef, example.block)[0])
    exact = 2.0 * check.layers[0].first.complex_step
    size = abs(chain)
    yield method(
        "chain rule", "output", CHAIN, chain, abs(backward - chain) < 1e-12 * size,
        f"the weights were drawn without a seed, so they are others here (seed {SEED}); glmnn's backward pass gives "
        "the same as the chapter's chain of factors",
    )  # fmt: skip
    units = round(float(DIFFERENCE) * BACKWARD_STEP / LAST_PLACE)
    yield printed(
        "backward difference", "output", DIFFERENCE, units * LAST_PLACE / BACKWARD_STEP,
        f"{units:,} units in the last place of a loss near 1e4, 2^-39, divided by e: all 17 digits; a loss in float64 "
        "can give no other values than whole multiples",
    )  # fmt: skip
    theirs = abs(float(DIFFERENCE) / float(CHAIN) - 1.0)
    grain = LAST_PLACE / BACKWARD_STEP / float(CHAIN)
    yield computed(
        "their two, apart", "of the two printed", theirs, "9.2e-06",
        f"all of it is rounding of the loss: one unit in its last place changes the difference by {grain:.1e}", OFF,
    )  # fmt: skip
    apart = abs(difference - chain) / size
    yield computed(
        "the two here, apart", "at glmnn's draw", apart, "",
        f"e = {BACKWARD_STEP:g}; relative: rounding of the loss, as theirs", OFF,
    )  # fmt: skip
    accurate = abs(exact - chain) / size
    yield method(
        "complex step, apart", "output", NOTHING, accurate, accurate < 1e-12,
        "no difference is taken, so that nothing is lost to rounding", OFF,
    )  # fmt: skip
    yield method(
        "all 15 derivatives", "last line", "repeated for all", check.worst.error, check.right,
        "the chapter does one of them; the backward pass against the complex step", OFF,
    )  # fmt: skip
    reached = float(example.network.fitted(example.coef, example.block)[0])
    yield slip(
        "the response Y", "code", "100", reached, bool(np.max(example.block.y) > 1.0),
        "the last activation is a sigmoid: the network can never reach 100, and its loss stays above 99^2", "< 1",
    )  # fmt: skip

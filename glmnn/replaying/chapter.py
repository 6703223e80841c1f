"""004: a chapter that differentiates a 2-2-2-1 net by the chain rule and by a backward difference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.networks.numerical_gradient import check_gradient
from glmnn.networks.worked_examples import BACKWARD_STEP, backward_difference, chain_rule, drawn, two_two_two_one
from glmnn.replaying.row import OFF, Row, method, printed, slip
from glmnn.replaying.runs import NOT_PRINTED

CHAIN, DIFFERENCE = "0.0032232195647262773", "0.0032232492230832577"
SEED = 0


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
    apart = abs(difference - chain) / size
    yield method(
        "backward difference",
        "output",
        DIFFERENCE,
        difference,
        apart < 1e-3,
        f"at the same point, e = {BACKWARD_STEP:g}",
    )
    theirs = abs(float(DIFFERENCE) / float(CHAIN) - 1.0)
    yield printed("their two, apart", f"{NOT_PRINTED}; of the two", "9.2e-06", theirs)
    yield method(
        "the two here, apart", NOT_PRINTED, "9.2e-06", apart, apart < 1e-3,
        "relative: a backward difference is off by about e, and by what rounding makes of a loss near 1e4", OFF,
    )  # fmt: skip
    accurate = abs(exact - chain) / size
    yield method(
        "complex step, apart", NOT_PRINTED, "-", accurate, accurate < 1e-12,
        "no difference is taken, so that nothing is lost to rounding", OFF,
    )  # fmt: skip
    yield method(
        "all 15 derivatives", NOT_PRINTED, "-", check.worst.error, check.right,
        "the chapter does one of them; the backward pass against the complex step", OFF,
    )  # fmt: skip
    reached = float(example.network.mean(example.coef, example.block)[0])
    yield slip(
        "the response Y", "code", "100", reached, bool(np.max(example.block.y) > 1.0),
        "the last activation is a sigmoid: the network can never reach 100, and its loss stays above 99^2", "< 1",
    )  # fmt: skip

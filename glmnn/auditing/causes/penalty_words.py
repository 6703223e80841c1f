"""A penalty in the words and numbers of the programs that have it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case, Cause, explained
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.auditing.causes.pulls import Pull

PRIORS = {
    "l2": 1.0,
    "l2_all": 0.5,
    "l1": -0.5,
    "l2+l1": -1.0,
    "class_weights": 0.5,
    "stopped_early": 0.0,
    "l2+stopped_early": -1.0,
    "l2_all+stopped_early": -1.0,
    "class_weights+l2": -0.5,
    "class_weights+l2_all": -0.5,
}
COMMON = (1.0, 10.0, 100.0, 0.1, 0.01, 2.0, 0.5)  # lambda = 1 / C that people choose
RATES = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 5e-4, 5e-3, 0.05, 0.5, 2e-2, 2e-3)  # lambda / rows: alpha, weight decay
CLOSE = 0.05  # relative, within which a common value is tried
BALANCED = 1e-3  # relative, within which a ratio of class weights is the balanced one
GRIDS = tuple(10.0 ** (4.0 - 8.0 * k / 9.0) for k in range(10))  # lambda of scikit-learn's default grid, Cs=10


def written_penalties(amount: float, rows: int) -> Iterator[tuple[float, float]]:
    """Yield the lambdas near this one that people write, and how many digits it costs to have tried them.

    A common lambda or C, a common alpha on the mean loss, scikit-learn's grid; lambda, C or alpha of two digits.
    """
    if not (np.isfinite(amount) and amount > 0):
        return
    alphas = [*(rows * rate for rate in RATES), *(2 * rows * rate for rate in (0.01, 0.001))]
    near = [value for value in (*COMMON, *alphas, *GRIDS) if abs(value - amount) <= CLOSE * value]
    yield from ((value, 1.25) for value in near)
    yield from ((value, 2.5) for value in (_short(amount), 1.0 / _short(1.0 / amount), rows * _short(amount / rows)))


def written_ratios(case: Case, ratio: float) -> Iterator[tuple[float, float]]:
    """Yield the ratios of class weights near this one that people write: balanced, or of two digits."""
    if not (np.isfinite(ratio) and ratio > 0):
        return
    balanced = balanced_ratio(case)
    if abs(ratio - balanced) <= CLOSE * balanced:
        yield balanced, 0.5
    yield from ((value, 2.0) for value in (_short(ratio), 1.0 / _short(1.0 / ratio)))


def _short(value: float) -> float:
    """Return a value rounded to two significant digits."""
    return float(f"{value:.1e}")


def balanced_ratio(case: Case) -> float:
    """Return how much more a row with 1 counts than one with 0 where both classes count the same."""
    ones = float(np.mean(case.whole.y))
    return (1.0 - ones) / ones


def weight_of_zeros(case: Case, ratio: float) -> float:
    """Return the weight of a row with 0 in the tool: 1, or rows / (2 zeros) where classes are balanced."""
    if abs(ratio / balanced_ratio(case) - 1.0) > BALANCED:
        return 1.0
    return 0.5 / (1.0 - float(np.mean(case.whole.y)))


def described(case: Case, reading: Reading, pulls: list[Pull], amounts: Array, left: float, gained: float) -> Cause:
    """Return the cause that pulls of these amounts are, in the words of the programs that have them."""
    keys = {"l2+l1": "elastic_net"}.get("+".join(pull.key for pull in pulls), "+".join(pull.key for pull in pulls))
    parameters: dict[str, float] = {}
    words: list[str] = []
    rows = reading.problem.rows
    weighted = pulls[0].key == "class_weights"
    unit = weight_of_zeros(case, 1.0 - float(amounts[0])) if weighted else 1.0
    for pull, amount in zip(pulls, amounts, strict=True):
        size = float(amount) * (unit if pull.key in ("l2", "l2_all") else 1.0)
        if pull.key in ("l2", "l2_all"):
            parameters |= {"lambda": size, "C": 1.0 / size, "weight_decay": size / rows}
            where = "with" if pull.key == "l2_all" else "without"
            words.append(
                f"an L2 penalty, lambda = {size:.6g} ({where} the intercept): C = {1.0 / size:.6g} in scikit-learn, "
                f"alpha or weight_decay = {size / rows:.6g} on the mean loss"
            )
        elif pull.key == "l1":
            parameters |= {"lambda_1": size}
            where = "with" if pull.vector[reading.slopes == 0].any() else "without"
            words.append(
                f"an L1 penalty, lambda = {size:.6g} ({where} the intercept), {size / rows:.6g} on the mean loss"
            )
        elif pull.key == "class_weights":
            ratio = 1.0 - size
            parameters |= {"ratio": ratio}
            balanced = abs(ratio / balanced_ratio(case) - 1) < BALANCED
            words.append(
                f"class weights: a row with 1 counts {ratio:.6g} times a row with 0"
                + (" (balanced)" if balanced else "")
            )
        else:
            words.append(
                "gradient descent that was stopped early: the claim is off in the direction in which it is slowest"
            )
    says = " and ".join(words)
    if reading.says:
        says = f"{says}; {reading.says}"
    key = f"{keys}+{reading.key}" if reading.key else keys
    if reading.scale and keys != "stopped_early":
        first, plus, second = keys.partition("+")
        key = f"{first}_{reading.scale}{plus}{second}" if second == "stopped_early" else f"{keys}_{reading.scale}"
    evidence = (f"it {explained(left, case.distance)}", *reading.evidence)
    return Cause(key, says, left, case.distance, gained, {**parameters, **reading.parameters}, evidence)

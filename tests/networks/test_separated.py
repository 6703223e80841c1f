"""The GLM beside a network has no finite maximum where the data are separated, and the report says so."""

from pathlib import Path

import pytest

import glmnn

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("data", "options", "status"),
    [
        ("iris", {"formula": "species ~ sepal_length + petal_width", "family": "multinomial"}, "no finite maximum"),
        ("iris_setosa", {}, "no finite maximum"),
        ("primes", {}, "converged"),
    ],
)
def test_the_glm_beside_a_network(data, options, status):
    result = glmnn.fit(DATA / f"{data}.csv", hidden="2", max_iter=20, **options)
    assert result.comparison.reference.status.value == status
    assert (f"the GLM: {status}" in str(result)) == (status != "converged")

"""Which linear predictors are legal for a family with a link."""

from __future__ import annotations

from math import inf

import numpy as np

from glmnn.errors import UsageError
from glmnn.models.families.family import Family
from glmnn.models.links import Link


def legal_etas(family: Family, link: Link) -> tuple[float, float]:
    """Return the open interval of eta on which the mean is legal for the family.

    Raises
    ------
    UsageError
        If the link cannot reach the family's means at all.
    """
    low, high = family.means
    if low == -inf:  # any mean will do, so only the link itself has limits
        return link.domain
    with np.errstate(all="ignore"):
        ends = link.link(np.array([low, high]))
    if family.means == (0.0, inf) and link.means == (0.0, 1.0):
        raise UsageError(
            f"the {link.name} link gives means between 0 and 1, but {family.name} means can be any positive "
            "number: use log, identity, sqrt, inverse or power(EXPONENT)"
        )
    if family.means == (0.0, 1.0) and link.domain != (-inf, inf):
        raise UsageError(
            f"the {link.name} link does not make sense for {family.name} means between 0 and 1: use logit, probit, "
            "cloglog, loglog, cauchit, log or identity"
        )
    return max(float(ends.min()), link.domain[0]), min(float(ends.max()), link.domain[1])

"""Why the last digits of a claim that is the maximum are not right."""

from __future__ import annotations

import numpy as np

from glmnn.causes.case import Cause
from glmnn.diagnostics.certificate import Certificate

NOTHING = 1e-6  # standard errors below which any tool's own rounding is met
SINGLE = 2.0**-24  # unit roundoff of float32


def last_digits(certificate: Certificate, single: bool) -> tuple[Cause, ...]:
    """Return float32 arithmetic or a loose tolerance as the reason for wrong last digits; nothing below `NOTHING`.

    Parameters
    ----------
    certificate : Certificate
        Of a claim that is the maximum within the tolerance.
    single : bool
        The claim was stored as float32.
    """
    distance = certificate.distance
    stored = np.all(certificate.claimed == certificate.claimed.astype(np.float32))
    if (single or stored) and np.any(certificate.claimed):
        digits = float(certificate.digits.min())
        says = f"float32 arithmetic: {digits:.1f} digits are right, float32 holds 7.2"
        return (Cause("float32", says, distance, distance, 0.0, evidence=("every value is a float32 number",)),)
    if distance > NOTHING:
        says = f"a loose tolerance: the solver stopped {distance:.1e} standard errors before the maximum"
        return (Cause("loose_tolerance", says, distance, distance, 0.0),)
    return ()

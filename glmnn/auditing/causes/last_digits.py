"""Why the last digits of a claim that is the maximum are not right."""

from __future__ import annotations

import numpy as np

from glmnn.auditing.causes.claimed import Cause
from glmnn.auditing.certificate import Certificate

NOTHING = 1e-6  # standard errors below which any tool's own rounding is met
LOST = 4.0  # digits that arithmetic in float32 may lose


def last_digits(certificate: Certificate, single: bool, printed: bool) -> tuple[Cause, ...]:
    """Return float32 arithmetic or a loose tolerance as the reason for wrong last digits; nothing below `NOTHING`.

    Parameters
    ----------
    certificate : Certificate
        Of a claim that is the maximum within the tolerance.
    single : bool
        The claim was stored as float32.
    printed : bool
        It was written with few digits, so that its last one may be wrong for want of care alone.
    """
    distance, claimed, digits = certificate.distance, certificate.claimed, float(certificate.digits.min())
    for kind, name, held in ((np.float16, "float16", 3.3), (np.float32, "float32", 7.2)):
        stored = np.array_equal(claimed, claimed.astype(kind).astype(float)) and np.any(claimed)
        if (stored or (single and kind is np.float32)) and digits > held - LOST:
            says = f"{name} arithmetic: {digits:.1f} digits are right, {name} holds {held}"
            return (Cause("float32", says, distance, distance, 0.0, evidence=(f"every value is a {name} number",)),)
    if distance > NOTHING and not printed:
        says = f"a loose tolerance: the solver stopped {distance:.1e} standard errors before the maximum"
        return (Cause("loose_tolerance", says, distance, distance, 0.0),)
    return ()

"""`glmnn.prove`, `glmnn.verify` and what they return."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glmnn.api.keywords import make_options, python_errors, takes
from glmnn.auditing.claims.objects import claim_of_object
from glmnn.data.sources.files import read_asked
from glmnn.errors import UsageError, unreadable
from glmnn.fitting.build import check_model
from glmnn.fitting.estimate import find_estimate
from glmnn.kernels.threads import most_workers
from glmnn.proving.claim import claimed
from glmnn.proving.options import ProveOptions
from glmnn.proving.prove import prove as run
from glmnn.proving.task import Unproved, task_of
from glmnn.proving.verify import NotProved, Proved, Unreadable, check
from glmnn.report.files import write_whole

Place = str | os.PathLike[str]


@dataclass(frozen=True, repr=False, eq=False)
class ProofResult:
    """What is proved of a maximum. Printed, it is what the verifier prints.

    Attributes
    ----------
    found : Proved or str
        Two sentences and the numbers in them, or why nothing is proved.
    text : str
        The proof file.
    """

    found: Proved | str
    text: str

    @property
    def proved(self) -> bool:
        """True when something is proved."""
        return isinstance(self.found, Proved)

    @property
    def radius(self) -> float:
        """Standard errors within which the maximum lies; nan where no ball is proved."""
        radius = self.found.radius if isinstance(self.found, Proved) else None
        return np.nan if radius is None else float(radius)

    @property
    def away(self) -> float:
        """Standard errors by which a claim is off at least; nan where that is not proved."""
        away = self.found.away if isinstance(self.found, Proved) else None
        return np.nan if away is None else float(away)

    def save(self, path: Place) -> None:
        """Write the proof to a file.

        Raises
        ------
        GlmnnError
            If nothing is proved, or the file cannot be written.
        """
        with python_errors():
            if not self.proved:
                raise UsageError(f"there is no proof to save: {self.found}")
            write_whole(os.fsdecode(path), self.text)

    def __repr__(self) -> str:
        return "\n".join(self.found.sentences) if isinstance(self.found, Proved) else f"Not proved: {self.found}"


@takes(ProveOptions)
def prove(data: Place, coef: Any = None, **options: Any) -> ProofResult:
    """Prove where the maximum lies, or that there is none, in a file that anyone can check without glmnn.

    Parameters
    ----------
    data : path
        A text file, not packed; a proof is about its bytes.
    coef : claim, optional
        Coefficients of somebody else, as for `glmnn.audit`.
    OPTIONS

    Returns
    -------
    ProofResult

    Raises
    ------
    GlmnnError
        If data, claim and options do not fit together, or the model is none that can be proved.

    Examples
    --------
    >>> import glmnn
    >>> result = glmnn.prove("data/primes.csv", {"(Intercept)": -3.5491, "x": 0.5518})
    >>> result.proved, result.radius < 1e-14
    (True, True)
    """
    with python_errors():
        chosen = make_options(ProveOptions, options)
        check_model(chosen)
        estimate = find_estimate(chosen, read_asked(os.fsdecode(data), chosen))
        claim = None if coef is None else claim_of_object(coef, chosen.max_unpacked)
        task = task_of(chosen, os.fsdecode(data), estimate, chosen.jobs)
        found = run(task, None if claim is None else claimed(chosen, estimate.table, claim, estimate))
        if isinstance(found, Unproved):
            return ProofResult(found.reason, "")
        return ProofResult(found.proved, found.text)


def verify(proof: Place | ProofResult, data: Place, *, jobs: int = 1) -> ProofResult:
    """Check a proof from the data alone, in exact and directed arithmetic.

    Parameters
    ----------
    proof : path or ProofResult
    data : path
    jobs : int
        Processes.

    Returns
    -------
    ProofResult

    Raises
    ------
    GlmnnError
        If a file cannot be read, or the proof is none.

    Examples
    --------
    >>> import glmnn
    >>> glmnn.verify(glmnn.prove("data/primes.csv"), "data/primes.csv").proved
    True
    """
    with python_errors():
        text = proof.text.encode() if isinstance(proof, ProofResult) else _bytes(proof)
        try:
            return ProofResult(check(text, _bytes(data), min(jobs, most_workers())), text.decode())
        except NotProved as error:
            return ProofResult(str(error), text.decode("utf-8", "replace"))
        except Unreadable as error:
            raise UsageError(str(error)) from None


def _bytes(path: Place) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(unreadable(os.fsdecode(path), error)) from None

"""Whether the proof that a lock file carries holds, and is about what is locked."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from glmnn.errors import printable, quoted
from glmnn.locking.file import Lock
from glmnn.options.toml import beside
from glmnn.proving.verify import NotProved, Proved, Unreadable, check


def verified(path: str, lock: Lock) -> Proved | str:
    """Return what the proof of a lock file proves of the data beside it, or why it proves nothing.

    Parameters
    ----------
    path : str
        Of the lock file.
    lock : Lock
        With a proof.
    """
    if lock.proof is None:
        return "there is no proof"
    shown = quoted(lock.proof.path)
    try:
        proof = Path(beside(path, lock.proof.path)).read_bytes()
        data = Path(beside(path, lock.data.path)).read_bytes()
    except (OSError, ValueError) as error:
        return f"{shown} cannot be read with its data: {printable(error)[:100]}"
    if sha256(proof).hexdigest() != lock.proof.sha256:
        return f"{shown} is not the proof that was locked"
    try:
        proved = check(proof, data)
    except (NotProved, Unreadable) as error:
        return f"{shown}: {printable(error)}"
    stated = [float(text) for line in json.loads(proof)["coefficients"] for text in line]
    return proved if stated == lock.coef.tolist() else f"{shown} is about other coefficients"

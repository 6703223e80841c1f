"""Write a lock file anew, where somebody means the coefficients to be other ones now."""

from __future__ import annotations

from dataclasses import replace

from glmnn.errors import GlmnnError
from glmnn.locking.file import to_toml
from glmnn.locking.result import Check, NotChecked
from glmnn.report.files import write_whole


def renew(checked: Check) -> Check:
    """Write a lock file anew if it failed or has other data, and the fit now is one that can be locked.

    Parameters
    ----------
    checked : Check
        What `check` found.

    Returns
    -------
    Check
        The same, `updated` if the file was written; `NotChecked` if it cannot be.
    """
    if isinstance(checked, NotChecked) or checked.renewed is None or (checked.passed and not checked.stale):
        return checked
    try:
        write_whole(checked.path, to_toml(checked.renewed))
    except GlmnnError as error:
        return NotChecked(checked.path, str(error), checked.lock.data.path)
    return replace(checked, updated=True)

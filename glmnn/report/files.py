"""Writing a result so that an existing file is replaced only by a complete one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from glmnn.errors import UsageError


def check_output(path: str, inputs: tuple[str | None, ...]) -> None:
    """Refuse, before any work, an output that cannot be written or is one of the inputs.

    Raises
    ------
    UsageError
        With the reason.
    """
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{path}: this is a folder; give a file name")
    if not target.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(f"{path}: the folder {target.parent} is not writable")
    for name in inputs:
        if name not in (None, "-") and Path(name).exists() and target.exists() and target.samefile(name):
            raise UsageError(f"{path}: this is an input of the same command; give another output")


def write_whole(path: str, text: str) -> None:
    """Write text to a file of the same folder, then put it in the place of `path` in one move.

    Raises
    ------
    UsageError
        If the file system refuses; the old file is then as it was.
    """
    target = Path(path)
    draft = None
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            draft = Path(file.name)
            file.write(text)
        draft.chmod(mode)
        draft.replace(target.resolve() if target.is_symlink() else target)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise UsageError(f"{path}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

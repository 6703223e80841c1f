"""Writing a result so that an existing file is replaced only by a complete one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from glmnn.errors import UsageError, printable, quoted


def check_output(path: str, inputs: tuple[str | None, ...]) -> None:
    """Refuse, before any work, an output that cannot be written or is one of the inputs.

    Raises
    ------
    UsageError
        With the reason.
    """
    if not path or "\0" in path:
        raise UsageError(f"{quoted(path)} is not a file name")
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{printable(path)}: this is a folder; give a file name")
    if not target.parent.is_dir():
        raise UsageError(f"{printable(path)}: there is no folder {quoted(target.parent)}")
    if not os.access(target.parent, os.W_OK):
        raise UsageError(f"{printable(path)}: the folder {quoted(target.parent)} is not writable")
    if target.exists() and not target.is_file():
        return  # a pipe or a device is written to, not replaced
    for name in inputs:
        if name not in (None, "-") and Path(name).exists() and target.exists() and target.samefile(name):
            raise UsageError(f"{printable(path)}: this is an input of the same command; give another output")


def refers_to_stdin(path: str) -> bool:
    """Say whether a path is the very file that standard input reads."""
    try:
        file, stdin = Path(path).stat(), os.fstat(0)
    except OSError:
        return False
    return (file.st_dev, file.st_ino) == (stdin.st_dev, stdin.st_ino) and Path(path).is_file()


def write_whole(path: str, content: str | bytes | Iterable[str]) -> None:
    """Write text, bytes, or text as it comes to a file of the same folder, then put it in the place of `path`.

    Raises
    ------
    UsageError
        If the file system refuses; the old file is then as it was.
    """
    target = Path(path).resolve()
    draft = None
    try:
        pieces: Iterable[str | bytes] = [content] if isinstance(content, str | bytes) else content
        data = (piece.encode() if isinstance(piece, str) else piece for piece in pieces)
        if target.exists() and not target.is_file():
            with target.open("wb") as place:
                place.writelines(data)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            draft = Path(file.name)
            for piece in data:
                file.write(piece)
        draft.chmod(mode)
        draft.replace(target)
    except (OSError, ValueError) as error:
        raise UsageError(f"{printable(path)}: {getattr(error, 'strerror', None) or error}") from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)  # gone already when it has taken its place


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

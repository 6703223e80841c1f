"""The files that a folder or a pattern stands for."""

from __future__ import annotations

from collections.abc import Iterator
from glob import has_magic
from pathlib import Path

from glmnn.errors import DataError, printable, unreadable


def is_many(path: str) -> bool:
    """Say whether a path stands for several files: a folder, or a pattern that finds some and is no file itself."""
    if path in ("", "-") or "\0" in path:
        return False
    place = Path(path)
    return place.is_dir() or (has_magic(path) and not place.exists() and any(_matched(place)))


def paths_of(data: str) -> tuple[tuple[str, ...], Path]:
    """Return the files, sorted, and the folder below which folders called key=value are columns."""
    place = Path(data)
    if place.is_file():
        return (data,), place.parent
    if place.is_dir():
        root, matched, what = place, [place], "in this folder"
    elif has_magic(data):
        root, matched, what = _root(place), [*_matched(place)], "for this pattern"
    else:
        raise DataError(unreadable(data, FileNotFoundError(), ".csv", ".gz", ".parquet"))
    found = {path for path in matched if path.is_file()}
    for folder in (path for path in matched if path.is_dir()):
        found |= {path for path in folder.rglob("*") if path.is_file() and _shown(path, folder)}
    if not found:
        raise DataError(f"{printable(data)}: there is no file {what}")
    return tuple(sorted(map(str, found))), root


def _root(pattern: Path) -> Path:
    """Return the folder above the first part of a pattern that is no plain name."""
    parts = pattern.relative_to(pattern.anchor).parts
    return Path(pattern.anchor, *parts[: next(number for number, part in enumerate(parts) if has_magic(part))])


def _matched(pattern: Path) -> Iterator[Path]:
    root = _root(pattern)
    try:
        yield from root.glob(pattern.relative_to(root).as_posix())
    except ValueError:  # "**" inside of a name is no pattern
        return


def _shown(path: Path, root: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.relative_to(root).parts)

"""How much memory there is, and how memory that was given back is kept for the next leaf."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # of mallopt(3)


def parse_size(text: str) -> int | None:
    """Return a size in bytes, or None where it is none.

    >>> parse_size("8GB"), parse_size("1.5 mb"), parse_size("much")
    (8000000000, 1500000, None)
    """
    shown = text.strip().upper()
    number = shown.rstrip("KMGTB")
    try:
        size = float(number) * UNITS[shown[len(number) :]]
    except (ValueError, KeyError):
        return None
    return int(size) if 0 < size < sys.maxsize else None


def free_memory() -> int:
    """Return the bytes that this process may still take, by its control group and the machine."""
    free = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")] if hasattr(os, "sysconf") else [4 * 10**9]
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        free.append(1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]))
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        most = int((group / "memory.max").read_text())  # "max" where there is no limit
        free.append(max(most - int((group / "memory.current").read_text()), 0))
    return min(free)


def peak_memory() -> int:
    """Return the most bytes that this process had in memory; 0 where that is not known."""
    with suppress(OSError, ValueError, StopIteration):  # getrusage has what the parent had when it started this one
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # not on this system
        return 0
    return getrusage(RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def keep_freed_memory() -> None:
    """Tell glibc to keep what is freed: else the arrays of each leaf are given back and taken anew page by page."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.mallopt(MMAP_THRESHOLD, 64 << 20)
            libc.mallopt(TRIM_THRESHOLD, 256 << 20)

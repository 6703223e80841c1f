"""A sample of the slow tests: the same in every run and every process, another one with another seed."""

from itertools import groupby
from zlib import crc32

SHARE = 20  # one slow case in so many is run


def sampled(names: list[str], seed: int = 0) -> set[str]:
    """Choose about one in `SHARE` of the names of tests.

    Of a test with parameters it is always one case at least, so that no sweep is left out; of the tests without, each
    is in or out by itself. A case's rank depends on the seed and its parameters alone: tests that share a sweep run the
    same cases of it, and what those have in common is computed once.
    """

    def function(name: str) -> str:
        return name.partition("[")[0]

    def rank(name: str) -> int:
        return crc32(f"{seed} {name.removeprefix(function(name)) or name}".encode())

    chosen: set[str] = set()
    for test, group in groupby(sorted(names, key=function), function):
        cases = sorted(group, key=rank)
        if cases == [test]:
            cases = cases if rank(test) % SHARE == 0 else []
        chosen.update(cases[: -(-len(cases) // SHARE)])
    return chosen

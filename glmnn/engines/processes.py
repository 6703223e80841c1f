"""Sums taken by several processes that read the same spill files, each whatever leaves are next."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from glmnn.engines.tree import Forest

SERVE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "import glmnn.data.making, glmnn.models.glm; "  # what a pass is made of, loaded before the first one comes
    "from glmnn.engines.processes import serve; serve()"
)
INHERITED = os.name == "posix"  # an open file can be handed to a process that is started
SHARES = 4  # tasks for each process at least, for some are done sooner
TRIES = 3  # of a task whose process ends


@dataclass
class Processes:
    """Processes of this machine, started once.

    Each is a new Python that is told what to do through a pipe, on every system: it neither has the threads of this
    process nor runs the user's script, which therefore needs no `if __name__ == "__main__"`.

    Attributes
    ----------
    workers : int
    """

    workers: int
    name: str = "processes"
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)
    _descriptors: tuple[int, ...] = field(default=(), repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without the processes: a process has none of its own."""
        return Processes, (self.workers,)

    def __del__(self) -> None:
        self.end()

    def start(self, *descriptors: int) -> None:
        """Start the processes, which inherit these files; they load what they need while others read."""
        self._descriptors = descriptors
        self._started = [self._new() for _ in range(self.workers)]

    def sum(self, once: Any) -> Any:
        """Return the sum of the values of all leaves, each part of them taken by a process.

        Raises
        ------
        Exception
            What a leaf raises, as here.
        """
        self._begin(once.store)
        step = 1 << max(once.leaves // (SHARES * self.workers), 1).bit_length() - 1  # whole nodes of the tree
        parts = [(first, min(first + step, once.leaves)) for first in range(0, once.leaves, step)]
        return sum(self.each(_forest, once, parts), Forest()).total(once.leaves)

    def check(self, store: Any) -> None:
        """Hold all rows of a store against their checksums."""
        self._begin(store)
        self.each(_check, store, [(part, part + 1) for part in range(store.segments)])

    def each(
        self,
        evaluate: Callable[..., Any],
        shared: Any,
        tasks: Sequence[tuple[Any, ...]],
        told: Callable[[int], None] = lambda _: None,
    ) -> list[Any]:
        """Return evaluate(shared, *task) of every task, computed by whatever process is free.

        A process that is lost is started anew, and what it was asked is asked again. `told` gets the number of each
        task that is done.

        Raises
        ------
        Exception
            What the first of the tasks raises, as here.
        MemoryError
            If processes are lost again and again.
        """
        waiting, answers, ended = iter(enumerate(tasks)), [None] * len(tasks), list[bool]()

        def attend(place: int) -> None:
            known = False
            for number, task in waiting:  # an iterator that all threads share
                answers[number] = self._asked(place, (evaluate, shared), task, known)
                known = True
                told(number)
                if isinstance(answers[number], Exception):
                    ended.append(True)  # those before it are on their way
                if ended:
                    return

        from concurrent.futures import ThreadPoolExecutor  # not loaded by fits in memory, which load this module

        with ThreadPoolExecutor(self.workers) as pool:
            try:
                for one in [pool.submit(attend, place) for place in range(min(self.workers, len(tasks)))]:
                    one.result()
            except BaseException:
                ended.append(True)
                self.end()  # a process in the middle of something cannot be asked again
                raise
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def _asked(self, place: int, given: tuple[Any, ...], task: tuple[Any, ...], known: bool) -> Any:
        """Return what a process answers; one that has answered in this pass knows what is given."""
        for _ in range(TRIES):
            process = self._started[place]
            try:
                _send(process.stdin, (None if known else given, task))
                return pickle.load(process.stdout)  # type: ignore[arg-type]
            except (EOFError, OSError, pickle.UnpicklingError):
                if place >= len(self._started):
                    break
                _end(process)
                self._started[place], known = self._new(), False
        raise MemoryError("processes that sum rows have ended: perhaps there was not enough memory for them")

    def kernels(self) -> tuple[str, ...]:
        """Return none but those of this machine."""
        return ()

    def _begin(self, store: Any) -> None:
        if not self._started:
            self.start(*store.descriptors)

    def _new(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, "-c", SERVE, json.dumps([*map(str, sys.path)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=self._descriptors,
            env=environment,
            start_new_session=True,  # Ctrl-C is for this process alone
        )

    def end(self) -> None:
        """End the processes."""
        while self._started:
            _end(self._started.pop())


def serve() -> None:
    """Answer what is asked on standard input, until it ends."""
    from glmnn.engines.memory import keep_freed_memory
    from glmnn.kernels.threads import one_thread

    keep_freed_memory()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get between the answers
    evaluate: Any = None
    shared: Any = None
    with one_thread(), np.errstate(all="ignore"), suppress(EOFError, BrokenPipeError):  # who asks has ended
        while True:
            given, task = pickle.load(sys.stdin.buffer)
            if given is not None:
                evaluate, shared = given
            try:
                answer: Any = evaluate(shared, *task)
            except Exception as error:
                answer = error
            _send(out, answer)


def _forest(once: Any, first: int, end: int) -> Forest:
    return Forest.of(first, once.values(first, end))


def _check(store: Any, first: int, end: int) -> None:
    store.check(first, end)


def _send(pipe: IO[bytes] | None, value: Any) -> None:
    assert pipe is not None
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()  # before its pipes are closed, which somebody may be reading
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not sent yet
                pipe.close()

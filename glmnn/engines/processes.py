"""Sums taken by several processes that read the same spill file, each its own leaves."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from typing import IO, Any

from glmnn.engines.tree import Forest

SERVE = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from glmnn.engines.processes import serve; serve()"
)


@dataclass
class Processes:
    """Processes of this machine, started once.

    Attributes
    ----------
    workers : int
    """

    workers: int
    name: str = "processes"
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without the processes: a process has none of its own."""
        return Processes, (self.workers,)

    def __del__(self) -> None:
        self.end()

    def sum(self, once: Any) -> Any:
        """Return the sum of the values of all leaves, each part of them taken by a process.

        Raises
        ------
        Exception
            What a leaf raises, as here.
        """
        if not self._started:
            self._start(once.store.descriptor)
        leaves, workers = once.leaves, min(self.workers, once.leaves)
        ends = [leaves * place // workers for place in range(workers + 1)]
        asked = list(zip(self._started, ends[:-1], ends[1:], strict=False))
        try:
            for process, first, end in asked:
                _send(process.stdin, (once, first, end))
            answers = [_receive(process.stdout) for process, _, _ in asked]
        except BaseException:
            self.end()  # a process in the middle of something cannot be asked again
            raise
        total = Forest()
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            total += answer
        return total.total(leaves)

    def kernels(self) -> tuple[str, ...]:
        """Return none but those of this machine."""
        return ()

    def _start(self, descriptor: int) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        for _ in range(self.workers):
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(descriptor,),
                env=environment,
                start_new_session=True,  # Ctrl-C is for this process alone
            )
            self._started.append(process)
            _send(process.stdin, sys.path)

    def end(self) -> None:
        """End the processes."""
        while self._started:
            process = self._started.pop()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.kill()
            process.wait()


def serve() -> None:
    """Answer what is asked on standard input, until it ends."""
    from glmnn.engines.memory import keep_freed_memory
    from glmnn.kernels.threads import one_thread

    keep_freed_memory()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get between the answers
    with one_thread():
        while True:
            try:
                once, first, end = pickle.load(sys.stdin.buffer)
            except EOFError:
                return
            try:
                answer: Any = Forest.of(first, once.values(first, end))
            except Exception as error:
                answer = error
            _send(out, answer)


def _send(pipe: IO[bytes] | None, value: Any) -> None:
    assert pipe is not None
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> Any:
    assert pipe is not None
    try:
        return pickle.load(pipe)
    except EOFError:
        raise MemoryError("a process that sums rows has ended: perhaps there was not enough memory for it") from None

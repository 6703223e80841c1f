"""The command line: one thin file for each command.

Little is imported here, so that even a Ctrl-C while the rest is loaded ends in a word and an exit code.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in the package itself
if TYPE_CHECKING:
    from typing import Any


def __getattr__(name: str) -> Any:
    if name == "app":
        from glmnn.cli.commands import make_app

        return make_app()
    raise AttributeError(f"module 'glmnn.cli' has no attribute {name!r}")


def main() -> None:
    """Run the command line: whatever ends it becomes an exit code and at most a line on stderr."""
    try:
        from glmnn.cli.interrupt import interruptible

        with interruptible():
            from glmnn.cli.endings import ended

            code = ended()
    except KeyboardInterrupt:  # before there is anything that could say so
        code = 130
    sys.exit(code)

"""How a command ends: an exit code, and one line on stderr where something went wrong."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from glmnn.cli.interrupt import INTERRUPTED

MOST_SAID = 600  # characters of a message
MENDABLE, BUG, NO_READER = 2, 70, 141  # 70 is EX_SOFTWARE of sysexits.h, 141 is 128 + SIGPIPE
TRACEBACK = "GLMNN_TRACEBACK"  # environment variable that asks for the traceback of a bug


def ended() -> int:
    """Run the command line of this process and return its exit code.

    What a user can mend is one line and exit code 2. A reader that has gone, as with `| head`, is 141: it must not
    look like a verdict. Any other exception is a bug of glmnn: one line with its place, and exit code 70.
    """
    _open_closed_streams()
    streams = sys.stdout, sys.stderr  # Typer puts others in their place where a pipe is broken
    from glmnn.errors import GlmnnError

    try:
        from glmnn.cli.startup import defer_rare_modules

        defer_rare_modules()
        from glmnn.cli.commands import run

        code = run()
        sys.stdout.flush()
    except GlmnnError as error:
        _say(str(error))
        code = int(error.exit)
    except KeyboardInterrupt:
        _say("interrupted")
        code = INTERRUPTED
    except BrokenPipeError:
        code = NO_READER  # nothing to say, and nobody to say it to
    except OSError as error:
        _say(_refused(error))
        code = MENDABLE
    except MemoryError:
        _say("not enough memory for this")
        code = MENDABLE
    except Exception as error:
        code = BUG
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        else:
            _say(_bug(error))
    sys.stdout, sys.stderr = streams
    for stream in streams:
        _settle(stream)
    return code


def _open_closed_streams() -> None:
    """Give a program that was started without a stream one that refuses (output) or swallows (messages).

    The next file to be opened would get the number of the closed stream, and with it whatever is printed.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # every write is an error
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without a letter gets its escape


def _say(text: str) -> None:
    from glmnn.errors import printable

    with suppress(OSError, ValueError):
        sys.stderr.write(f"glmnn: {printable(' '.join(text.split()))[:MOST_SAID]}\n")


def _refused(error: OSError) -> str:
    """Return what the system says, and of which file; without a name it is the output."""
    why = error.strerror or str(error)
    return f"{error.filename}: {why}" if error.filename else f"standard output: {why}"


def _bug(error: Exception) -> str:
    """Return one line on an exception that nobody expected, with the innermost line of glmnn on the way to it."""
    home = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if home in Path(frame.filename).parents] or frames
    place = Path(inside[-1].filename)
    where = f"{place.relative_to(home).as_posix() if home in place.parents else place.name}:{inside[-1].lineno}"
    if isinstance(error, RecursionError):
        return f"something is nested too deeply to be read ({where}); {TRACEBACK}=1 shows how it came to that"
    what = f"{type(error).__name__} in {where}: {error}"[:300]
    return f"this is a bug in glmnn, not in your data: {what}. {TRACEBACK}=1 shows the traceback for a report"


def _settle(stream: TextIO) -> None:
    """Write what is left, or let go of it: the interpreter would fail once more on it and change the exit code."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

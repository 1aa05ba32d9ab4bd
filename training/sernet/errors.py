"""Errors that a user can fix, and the exit codes of commands."""

from __future__ import annotations

import sys
from typing import Callable


class SernetError(Exception):
    """Something the user can fix; the text is one sentence that says what to do."""

    exit_code = 1


class UsageError(SernetError):
    """The command line or a configuration is wrong; running again will not help."""

    exit_code = 2


class InputError(SernetError):
    """A file or folder could not be read. Trying again helps once it is there and complete."""

    exit_code = 3


def run(main: Callable[[], None]) -> None:
    """Runs a command. A `SernetError` becomes a sentence on standard error and an exit code."""
    try:
        main()
    except SernetError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)

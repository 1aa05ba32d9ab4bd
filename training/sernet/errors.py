"""Errors a user can act on, and the exit codes they end a command with."""

from __future__ import annotations

import sys
from typing import Callable


class SernetError(Exception):
    """Something the user can put right; the text is one sentence that says what to do."""

    exit_code = 1


class UsageError(SernetError):
    """The command line or a configuration is wrong; running again will not help."""

    exit_code = 2


class InputError(SernetError):
    """A file or folder could not be read; helps once it is there and whole."""

    exit_code = 3


def run(main: Callable[[], None]) -> None:
    """Runs a command; a `SernetError` becomes its sentence on standard error and its exit code."""
    try:
        main()
    except SernetError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)

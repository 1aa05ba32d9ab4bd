"""Files that are either complete or absent, however the process ends."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO, Callable

from .errors import InputError


def write_atomically(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Writes a file beside `path`, then renames it over `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named after the process, because parallel folds may write the same features.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON with a newline at its end; a list of numbers takes one line."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    text = re.sub(r"\[[-\s\d.,e]+\]", lambda numbers: " ".join(numbers[0].split())
                  .replace("[ ", "[").replace(" ]", "]"), text)
    write_atomically(path, lambda file: file.write(text.encode()))


def read_json(path: Path) -> Any:
    """Reads a JSON file that this package wrote."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}); delete it and run again") from error

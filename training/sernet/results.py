"""The stored form of results: a summary for each training, and all their folds in one compressed file.

`python3 -m sernet.results results` packs a folder: the folds that `sernet.train` wrote move to `folds.json.xz` there, and
a summary stays. Reading results restores both, and a training that continues finds its folds.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
from pathlib import Path
from typing import Any

from . import errors
from .files import read_json, write_atomically

FOLDS = "folds.json.xz"
LINE = 240
"""Most characters of a dictionary that takes one line."""


def read_results(path: Path) -> dict[str, Any]:
    """A results file, with its folds from `folds.json.xz` if it was packed."""
    results = read_json(path)
    if isinstance(results.get("folds"), int) and "protocol" in results:
        kept = _read_folds(path.parent)
        if path.stem not in kept:
            raise errors.InputError(f"{path} is packed and {FOLDS} beside it does not hold its folds; copy both again")
        results["folds"] = kept[path.stem]
    return results


def pack(folder: Path) -> list[str]:
    """Packs all results that are not packed yet, and returns their names."""
    folds, packed = _read_folds(folder), {}
    for path in sorted(folder.glob("*.json")):
        results = read_json(path)
        # Those of `sernet.enrol` and `sernet.athome` only name their folds.
        if isinstance(results.get("folds"), list) and "protocol" in results:
            folds[path.stem] = results["folds"]
            packed[path] = {**results, "folds": len(results["folds"])}
    if packed:
        # The archive first: if this is cut off, no folds are lost.
        data = lzma.compress(json.dumps(dict(sorted(folds.items())), sort_keys=True).encode(), preset=9)
        write_atomically(folder / FOLDS, lambda file: file.write(data))
    for path, summary in packed.items():
        write_page(path, summary)
    return [path.stem for path in packed]


def write_page(path: Path, results: dict[str, Any]) -> None:
    """Writes results in a short form that people can still read."""
    text = _short(results)
    write_atomically(path, lambda file: file.write(text.encode()))


def _read_folds(folder: Path) -> dict[str, list[dict[str, Any]]]:
    path = folder / FOLDS
    if not path.exists():
        return {}
    try:
        return json.loads(lzma.decompress(path.read_bytes()))
    except (lzma.LZMAError, ValueError) as error:
        raise errors.InputError(f"{path} is damaged ({error}); copy it again") from error


def _short(summary: dict[str, Any]) -> str:
    """Indented JSON, in which lists of numbers and small dictionaries take one line."""
    def one_line(found: re.Match[str]) -> str:
        line = " ".join(found[0].split()).replace("[ ", "[").replace(" ]", "]").replace("{ ", "{").replace(" }", "}")
        return line if len(line) <= LINE else found[0]

    text = json.dumps(summary, indent=1, ensure_ascii=False)
    for pattern in (r"\[[^\[\]{}]*\]", r"\{[^{}]*\}", r"\{(?:[^{}]|\{[^{}\n]*\})*\}"):
        text = re.sub(pattern, one_line, text)
    return text + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.results", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of results")
    print("packed:", ", ".join(pack(parser.parse_args().folder)) or "nothing, all is packed")


if __name__ == "__main__":
    errors.run(main)

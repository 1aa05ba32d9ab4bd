"""Ordinary speech: recordings of people who speak without emotion.

A folder of audio files is enough; the speakers need not be known. One half is for training and for choosing
operating points, the other is for judging. A file's name decides its half, so neither a
seed nor a new file changes it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .corpora import Clip, Corpus
from .variants import audio_files

HALVES = ("training", "judging")
SOMEBODY = "somebody"
"""In the place of a speaker who is not named."""
LABEL = "neutral"
_LICENCES = {
    "commands": "commands: Apache-2.0",
    "readers": "readers: Tux Paint's stamps, GPL-2; KTuberling, GPL-2+; two voices of Asterisk, free by their Debian packages",
}


def licence(name: str) -> str:
    """Licence of a folder of ordinary speech, for the cards of models that heard it."""
    return _LICENCES.get(name, f"{name}: not known, ask its authors")


def half_of(name: str) -> str:
    """The half that a file belongs to, by its name without folder and extension."""
    return HALVES[hashlib.sha256(Path(name).stem.encode()).digest()[0] % 2]


def read_everyday(folder: Path, half: str | None = None) -> Corpus:
    """The recordings of a folder as neutral clips, in the order of their names; with `half`, only those of one half."""
    files = [path.relative_to(folder).as_posix() for path in audio_files(folder)]
    clips = tuple(Clip(file, LABEL, SOMEBODY, Path(file).stem) for file in files if half in (None, half_of(file)))
    return Corpus(folder, clips, folder.resolve().name)

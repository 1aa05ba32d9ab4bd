"""What every corpus is read into."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

VOCABULARY = ("anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral", "sadness",
              "surprise")


@dataclass(frozen=True)
class Clip:
    """One recording: `file` relative to the corpus folder, with forward slashes."""

    file: str
    label: str
    speaker: str
    sentence: str


@dataclass(frozen=True)
class Corpus:
    """The clips of a folder in a fixed order; `name` is how models and results call it."""

    folder: Path
    clips: tuple[Clip, ...]
    name: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions that occur, sorted: the order of a model's outputs."""
        return tuple(sorted({clip.label for clip in self.clips}))

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(sorted({clip.speaker for clip in self.clips}))

    def path(self, clip: Clip) -> Path:
        return self.folder / clip.file

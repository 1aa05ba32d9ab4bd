"""The form that every corpus is read into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Sequence

VOCABULARY = ("anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral", "sadness",
              "surprise")


@dataclass(frozen=True)
class Clip:
    """One recording: `file` relative to the corpus folder, with forward slashes."""

    file: str
    label: str
    speaker: str
    sentence: str
    corpus: str = ""
    """The corpus it is of, in a pool of several."""


@dataclass(frozen=True)
class Corpus:
    """The clips of a folder in a fixed order; `name` is its name in models and results."""

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

    def only(self, wanted: Callable[[Clip], bool]) -> Corpus:
        """The same corpus with some of its clips."""
        return replace(self, clips=tuple(filter(wanted, self.clips)))

    def only_at(self, places: Sequence[int]) -> Corpus:
        """The same corpus with the clips at some places."""
        return replace(self, clips=tuple(self.clips[place] for place in places))


@dataclass(frozen=True)
class Pool(Corpus):
    """Several corpora as one: the names of speakers and sentences include their corpus."""

    folders: tuple[tuple[str, Path], ...] = ()

    @staticmethod
    def of(corpora: Sequence[Corpus]) -> Pool:
        clips = tuple(Clip(clip.file, clip.label, f"{corpus.name}/{clip.speaker}", f"{corpus.name}/{clip.sentence}",
                           corpus.name) for corpus in corpora for clip in corpus.clips)
        return Pool(Path(), clips, "+".join(corpus.name for corpus in corpora),
                    tuple((corpus.name, corpus.folder) for corpus in corpora))

    def parts(self) -> list[Corpus]:
        """The corpora, in order, each with its clips from this pool."""
        return [Corpus(folder, tuple(clip for clip in self.clips if clip.corpus == name), name)
                for name, folder in self.folders]

    @property
    def corpora(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.folders)

    def path(self, clip: Clip) -> Path:
        return dict(self.folders)[clip.corpus] / clip.file

"""Which clips a model learns from and which it is judged on."""

from __future__ import annotations

from dataclasses import dataclass

from .corpora import Corpus
from .errors import UsageError


@dataclass(frozen=True)
class Fold:
    """Indices of the clips to train on and to test on; `name` also names its files."""

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


def everything(corpus: Corpus) -> list[Fold]:
    """`all`: train on every clip, test on none: for the model that ships."""
    return [Fold("all", tuple(range(len(corpus.clips))), ())]


def by_speaker(corpus: Corpus) -> list[Fold]:
    """`speaker`: leave one speaker out; a fold is tested on a voice it has never heard."""
    if len(corpus.speakers) < 2:
        raise UsageError(f"the protocol `speaker` needs two speakers and {corpus.name} has "
                         "one; use --protocol all")
    return [Fold(f"speaker-{speaker}",
                 tuple(i for i, clip in enumerate(corpus.clips) if clip.speaker != speaker),
                 tuple(i for i, clip in enumerate(corpus.clips) if clip.speaker == speaker))
            for speaker in corpus.speakers]


PROTOCOLS = {"all": everything, "speaker": by_speaker}

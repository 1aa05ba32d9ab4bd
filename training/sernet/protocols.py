"""Protocols: which clips a model is trained on, which choose its epoch, and which it is judged on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .corpora import Clip, Corpus
from .errors import UsageError

FOLDS = 10
GROUPS = 5


@dataclass(frozen=True)
class Fold:
    """Indices of clips; `name` is also used in file names.

    `chosen_on` are the clips that choose the epoch; if empty, the last epoch is used.
    """

    name: str
    train: tuple[int, ...]
    chosen_on: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True)
class Protocol:
    """A way to make folds, and its description in reports."""

    name: str
    meaning: str
    epoch: str
    """How the epoch is chosen, in words."""
    folds: Callable[[Corpus, int], list[Fold]]
    """From a corpus and a seed."""


def everything(corpus: Corpus, seed: int) -> list[Fold]:
    """Trains on every clip and tests on none, for the model that ships."""
    return [Fold("all", tuple(range(len(corpus.clips))), (), ())]


def random_folds(corpus: Corpus, seed: int) -> list[Fold]:
    """Ten random folds, each with its share of every class; the test fold chooses the epoch."""
    draw = np.random.Generator(np.random.PCG64(seed))
    fold_of, dealt = np.empty(len(corpus.clips), int), 0
    for label in corpus.labels:
        places = draw.permutation(_where(corpus, lambda clip: clip.label == label))
        fold_of[places] = (dealt + np.arange(len(places))) % FOLDS
        dealt += len(places)
    if not set(range(FOLDS)) <= set(fold_of.tolist()):
        raise UsageError(f"the protocol `paper` needs at least {FOLDS} clips; {corpus.name} has "
                         f"{len(corpus.clips)}")
    tests = [tuple(np.flatnonzero(fold_of == fold).tolist()) for fold in range(FOLDS)]
    return [Fold(f"random-{fold + 1:02}", tuple(np.flatnonzero(fold_of != fold).tolist()), test, test)
            for fold, test in enumerate(tests)]


def by_speaker(corpus: Corpus, seed: int) -> list[Fold]:
    """Tests on each speaker in turn; the next speaker, who is not trained on, chooses the epoch."""
    return [Fold(f"speaker-{speaker}", _where(corpus, lambda clip: clip.speaker not in (speaker, judge)),
                 _where(corpus, lambda clip: clip.speaker == judge),
                 _where(corpus, lambda clip: clip.speaker == speaker))
            for speaker, judge in _pairs(corpus, "speaker", 3)]


def by_speaker_last(corpus: Corpus, seed: int) -> list[Fold]:
    """Tests on each speaker in turn and trains on all others; the last epoch is used."""
    return [Fold(f"speaker-{speaker}", _where(corpus, lambda clip: clip.speaker != speaker), (),
                 _where(corpus, lambda clip: clip.speaker == speaker))
            for speaker, _ in _pairs(corpus, "speaker-last", 2)]


def by_speaker_groups(corpus: Corpus, seed: int) -> list[Fold]:
    """Five groups of speakers, each with a share of every corpus. Tests on each in turn; the last epoch is used."""
    draw = np.random.Generator(np.random.PCG64(seed))
    group_of: dict[str, int] = {}
    for name in dict.fromkeys(clip.corpus for clip in corpus.clips):
        speakers = sorted({clip.speaker for clip in corpus.clips if clip.corpus == name})
        for speaker in draw.permutation(speakers):
            group_of[str(speaker)] = len(group_of) % GROUPS
    if len(set(group_of.values())) < GROUPS:
        raise UsageError(f"the protocol `speaker-groups` needs {GROUPS} speakers and {corpus.name} has "
                         f"{len(group_of)}; use --protocol speaker")
    return [Fold(f"group-{group + 1}", _where(corpus, lambda clip: group_of[clip.speaker] != group), (),
                 _where(corpus, lambda clip: group_of[clip.speaker] == group)) for group in range(GROUPS)]


def by_corpus(corpus: Corpus, seed: int) -> list[Fold]:
    """Tests on each corpus in turn and trains on all others; the last epoch is used."""
    names = list(dict.fromkeys(clip.corpus for clip in corpus.clips))
    if len(names) < 2:
        raise UsageError("the protocol `corpus` needs two corpora; give several folders with --data")
    return [Fold(f"corpus-{name}", _where(corpus, lambda clip: clip.corpus != name), (),
                 _where(corpus, lambda clip: clip.corpus == name)) for name in names]


def to_other_corpora(corpus: Corpus, seed: int) -> list[Fold]:
    """Trains on the first corpus and tests on each of the others; the last epoch is used."""
    return [Fold(f"to-{fold.name.removeprefix('corpus-')}", by_corpus(corpus, seed)[0].test, (), fold.test)
            for fold in by_corpus(corpus, seed)[1:]]


def by_speaker_and_sentence(corpus: Corpus, seed: int) -> list[Fold]:
    """Like `by_speaker`, twice: trains on half of the sentences and tests on the other half.

    Every clip is tested once, by a model that knows neither its speaker nor its sentence.
    """
    sentences = sorted({clip.sentence for clip in corpus.clips})
    if len(sentences) < 2:
        raise UsageError(f"the protocol `speaker-sentence` needs two sentences and {corpus.name} has "
                         "one; use --protocol speaker")
    folds = []
    for speaker, judge in _pairs(corpus, "speaker-sentence", 3):
        for half in range(2):
            unseen = set(sentences[half::2])
            folds.append(Fold(
                f"speaker-{speaker}-sentences-{half + 1}",
                _where(corpus, lambda clip: clip.speaker not in (speaker, judge)
                       and clip.sentence not in unseen),
                _where(corpus, lambda clip: clip.speaker == judge and clip.sentence in unseen),
                _where(corpus, lambda clip: clip.speaker == speaker and clip.sentence in unseen)))
    if empty := [fold.name for fold in folds if not (fold.train and fold.chosen_on and fold.test)]:
        raise UsageError(f"{corpus.name} has too few clips for the protocol `speaker-sentence` (fold "
                         f"{empty[0]} would be empty); use --protocol speaker")
    return folds


def _where(corpus: Corpus, wanted: Callable[[Clip], bool]) -> tuple[int, ...]:
    return tuple(index for index, clip in enumerate(corpus.clips) if wanted(clip))


def _pairs(corpus: Corpus, protocol: str, least: int) -> list[tuple[str, str]]:
    """Each speaker with the next one; the first comes after the last."""
    speakers = corpus.speakers
    if len(speakers) < least:
        raise UsageError(f"the protocol `{protocol}` needs {least} speakers and {corpus.name} has "
                         f"{len(speakers)}; use --protocol all")
    return list(zip(speakers, (*speakers[1:], speakers[0])))


PROTOCOLS = {protocol.name: protocol for protocol in (
    Protocol("all", "trained on every clip, tested on none", "the last", everything),
    Protocol("paper", "optimistic: ten random folds, in which every speaker and sentence is known, "
             "and the epoch chosen on the test fold", "the best on the test fold", random_folds),
    Protocol("speaker", "leave one speaker out", "the best on one other speaker, not trained on",
             by_speaker),
    Protocol("speaker-last", "leave one speaker out", "the last", by_speaker_last),
    Protocol("speaker-groups", "leave a fifth of the speakers out", "the last", by_speaker_groups),
    Protocol("corpus", "leave one corpus out", "the last", by_corpus),
    Protocol("others", "trained on the first corpus alone, tested on another", "the last", to_other_corpora),
    Protocol("speaker-sentence", "neither speaker nor sentence known",
             "the best on one other speaker, not trained on", by_speaker_and_sentence),
)}

"""Baselines of a microphone: drawn from a corpus in training, and learnt clip by clip in tests.

A home is a microphone and the people who speak there. A model does not know who they are or what they feel. It only
knows the running mean of its own features over what it has heard (`architectures.normalised`).
"""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .architectures import AT_ONCE
from .architectures.normalised import MEMORY, after
from .losses import loss_of, smoothed

Speaker = tuple[str, str]
"""Corpus and name of a speaker; of noise, nobody: two empty strings."""
NOBODY = ("", "")

STRANGE, SHARED, CLEAN = 0.25, 0.5, 0.5
"""Shares of the drawn clips before which nothing was heard, before which two people were, and before which recordings
were, not variants of them."""
SETTLED_ON = 4
"""Versions of each clip that a head is fitted to."""
STEPS, BATCH, RATE, PULL = 1000, 256, 2e-3, 0.1
"""How a head is fitted, by Adam; the pull is half of what the sum of its squared weights costs."""


def adapts(model: nn.Module) -> bool:
    """Whether a model has a baseline."""
    return hasattr(model, "voice_size")


def settles(model: nn.Module) -> bool:
    """Whether the head of a model is fitted again after its training."""
    return hasattr(model, "standardisation")


def features(model: nn.Module, images: Tensor, batch: int = AT_ONCE) -> Tensor:
    """A model's features of images [clips, 1, frames, bands], [clips, voice_size - 1]."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model.features(part) for part in images.split(batch)])


class Voices:
    """Draws what a microphone may have heard before each clip, from the same speaker or two."""

    def __init__(self, features: Tensor, speakers: Sequence[Speaker], targets: Tensor) -> None:
        """`features` [versions, clips, voice_size - 1]; speakers and class indices of the clips."""
        self._features, self._speakers = features, speakers
        self._classes = targets.numpy() + 1  # from 0, which none of them has
        self._clips = {speaker: np.array([place for place, other in enumerate(speakers) if other == speaker])
                       for speaker in dict.fromkeys(speakers) if speaker != NOBODY}
        self._known = list(self._clips)
        self._peers: dict[str, list[Speaker]] = {}
        for speaker in self._known:
            self._peers.setdefault(speaker[0], []).append(speaker)

    def usual(self, clips: Tensor) -> Tensor:
        """A baseline for each of the clips, [batch, voice_size]; draws from PyTorch's global generator."""
        draw = np.random.Generator(np.random.PCG64(int(torch.randint(2 ** 31, ()))))
        made = torch.zeros(len(clips), self._features.shape[2] + 1)
        for row, clip in zip(made, clips.tolist()):
            heard = self._drawn(clip, draw) if draw.random() >= STRANGE else ()
            if len(heard):
                versions = 0 if draw.random() < CLEAN else draw.integers(len(self._features), size=len(heard))
                row[:-1], row[-1] = self._features[versions, heard].mean(dim=0), len(heard)
        return made

    def _drawn(self, clip: int, draw: np.random.Generator) -> Sequence[int]:
        speaker = self._speakers[clip] if self._speakers[clip] != NOBODY else self._known[draw.integers(len(self._known))]
        candidates = self._clips[speaker]
        shares = np.ones(len(candidates))
        if draw.random() < SHARED:
            peers = self._peers[speaker[0]]
            others = self._clips[peers[draw.integers(len(peers))]]
            candidates, shares = np.append(candidates, others), np.append(shares, np.full(len(others), draw.uniform(0, 1.5)))
        # Moods in random proportions, and never the clip itself.
        moods = draw.exponential(size=self._classes.max() + 1)
        shares = shares * moods[self._classes[candidates]] * (candidates != clip)
        if not shares.any():
            return ()
        count = int(np.ceil(np.exp(draw.uniform(0, np.log(MEMORY)))))
        return draw.choice(candidates, count, p=shares / shares.sum())


def settle(model: nn.Module, versions: Tensor, targets: Tensor, weights: Tensor | None, speakers: Sequence[Speaker],
           smoothing: float, seed: int) -> None:
    """Fits the head of a trained model again, so that it uses the baseline, if the model has one.

    `versions` [versions, clips, 1, frames, bands] are the training images. A head that is trained together with the filters
    learns the training speakers. A head that is fitted after them, with weights pulled towards zero, does better on other
    speakers, even without a baseline.
    """
    torch.manual_seed(seed)
    model.standardisation.reset()
    known = torch.stack([features(model, images) for images in versions[:SETTLED_ON]])
    spoken = known[:, [speaker != NOBODY for speaker in speakers]].flatten(0, 1)
    model.standardisation.fit(spoken)
    with torch.no_grad():
        known = model.standardisation(known)
    voices, head = Voices(known, speakers, targets) if adapts(model) else None, model.head
    with torch.no_grad():
        head.weight.zero_(), head.bias.zero_()
    optimizer = torch.optim.Adam(head.parameters(), RATE)
    weights = torch.ones(len(targets)) if weights is None else weights
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        clips = torch.multinomial(weights, BATCH, replacement=True)
        drawn = known[torch.randint(len(known), (BATCH,)), clips]
        logits = model.judged(drawn, voices.usual(clips)) if voices else model.judged(drawn)
        shares = smoothed(targets[clips], len(head.bias), smoothing)
        loss = loss_of(logits, shares, "cross-entropy") + PULL / 2 * head.weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def homes(speakers: Sequence[Speaker], people: int, seed: int = 1) -> list[list[int]]:
    """The clips of each home in the order they are heard there; `people` of a corpus share a home.

    The remaining people join the last home of their corpus.
    """
    draw, made = np.random.Generator(np.random.PCG64(seed)), []
    for corpus in dict.fromkeys(corpus for corpus, _ in speakers):
        names = sorted({name for where, name in speakers if where == corpus})
        names = [names[place] for place in draw.permutation(len(names))]
        groups = [names[first:first + people] for first in range(0, len(names), people)]
        if len(groups) > 1 and len(groups[-1]) < people:
            groups[-2:] = [groups[-2] + groups[-1]]
        for group in groups:
            clips = [place for place, (where, name) in enumerate(speakers) if where == corpus and name in group]
            made.append([clips[place] for place in draw.permutation(len(clips))])
    return made


def usual(features: Tensor, speakers: Sequence[Speaker], people: int) -> Tensor:
    """The baseline before each clip, [clips, voice_size]. `people` share a home, whose baseline is empty at
    first."""
    made = torch.zeros(len(features), features.shape[1] + 1)
    for home in homes(speakers, people):
        voice = torch.zeros(1, features.shape[1] + 1)
        for clip in home:
            made[clip] = voice[0]
            voice = after(features[clip:clip + 1], voice)
    return made

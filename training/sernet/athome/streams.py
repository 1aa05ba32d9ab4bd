"""Speech in a home as streams of clips: how often an emotion occurs, and how long it lasts.

Each stream is a list of indices of clips, in the order in which one home hears them. A seed decides all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Sequence

import numpy as np

from ..voices import Speaker, homes

LASTING = 50
"""Utterances of each person of a home where a mood lasts."""
NEUTRAL_RUN, MOOD_RUN = 17.0, 3.0
"""Mean lengths of runs where most is neutral: 85 % of the utterances are, and runs are of geometric length."""
MOSTLY = 200
"""Utterances of each person where most is neutral."""


@dataclass(frozen=True)
class Spoken:
    """Each clip's speaker and true label."""

    speakers: tuple[Speaker, ...]
    labels: tuple[str, ...]

    def of(self, speaker: Speaker, label: str) -> list[int]:
        return [place for place, said in enumerate(zip(self.speakers, self.labels)) if said == (speaker, label)]

    def people(self, home: Sequence[int]) -> list[Speaker]:
        return list(dict.fromkeys(sorted(self.speakers[clip] for clip in home)))


def balanced(spoken: Spoken, people: int, seed: int = 1) -> list[list[int]]:
    """Every clip once, in random order, with the emotions as recorded."""
    return homes(spoken.speakers, people, seed)


def lasting(spoken: Spoken, people: int, moods: Sequence[str], each: int | None = LASTING, seed: int = 1) -> list[list[int]]:
    """Each person keeps one emotion for a whole stream; over the streams, everybody has each emotion once.

    `each`: utterances of a person. The clips are repeated in a new order when all are used up. None: every clip once.
    """
    draw, made = np.random.Generator(np.random.PCG64(seed)), []
    for home in homes(spoken.speakers, people):
        everybody = spoken.people(home)
        for turn in range(len(moods)):
            parts = [spoken.of(speaker, moods[(place + turn) % len(moods)]) for place, speaker in enumerate(everybody)]
            parts = [list(_again_and_again(clips, len(clips) if each is None else each, draw)) for clips in parts if clips]
            if parts:
                made.append(_mingled(parts, draw))
    return made


def mostly_neutral(spoken: Spoken, people: int, moods: Sequence[str], neutral: str = "neutral", each: int = MOSTLY,
                   seed: int = 1) -> list[list[int]]:
    """Each person is neutral most of the time, and sometimes has an emotion for several utterances."""
    draw, made = np.random.Generator(np.random.PCG64(seed)), []
    for home in homes(spoken.speakers, people):
        parts = [list(_days(spoken, speaker, moods, neutral, each, draw)) for speaker in spoken.people(home)]
        if parts := [part for part in parts if part]:
            made.append(_mingled(parts, draw))
    return made


def _days(spoken: Spoken, speaker: Speaker, moods: Sequence[str], neutral: str, count: int,
          draw: np.random.Generator) -> Iterator[int]:
    clips = {label: spoken.of(speaker, label) for label in (neutral, *moods)}
    known = [mood for mood in moods if clips[mood]]
    if not clips[neutral] or not known:
        return
    endless = {label: _again_and_again(clips[label], None, draw) for label in (neutral, *known)}
    label = neutral
    while count > 0:
        length = min(count, int(draw.geometric(1 / (NEUTRAL_RUN if label == neutral else MOOD_RUN))))
        yield from (next(endless[label]) for _ in range(length))
        count -= length
        label = neutral if label != neutral else known[draw.integers(len(known))]


def _again_and_again(clips: list[int], count: int | None, draw: np.random.Generator) -> Iterator[int]:
    """The clips in random order, repeated in a new order until there are `count`; None means forever."""
    said = 0
    while count is None or said < count:
        for place in draw.permutation(len(clips)):
            yield clips[place]
            said += 1
            if said == count:
                return


def _mingled(parts: list[list[int]], draw: np.random.Generator) -> list[int]:
    """Mixes several people's utterances into one stream: random turns, each person's own order."""
    turns = draw.permutation(np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
    rest = [iter(part) for part in parts]
    return [next(rest[turn]) for turn in turns]

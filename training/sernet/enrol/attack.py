"""What the stored numbers reveal: how well do they identify a person?

An attacker who has the file, and labelled recordings of people, computes the same numbers from the recordings and compares. Each
person's clips are halved: one half gives the stored numbers, the other those of the attacker. The attacker may compare all
features, or only the long-term spectrum, whichever works better.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Sequence

import numpy as np

from ..athome.judge import JUDGED
from .trial import SEEDS, People, halves

LABELLED = 10
PARTED, SETS = 8, 8
"""Utterances that `sernetd enrol` asks for, and how many sets of them are tried for each person or pair."""
LEAST_SCATTER, LIMIT = 5.0, 1.2
"""As `TwoVoices` of the daemon."""


def attack_results(trials: Sequence[People]) -> dict[str, Any]:
    """Equal error rate of "same person or not", and how often the right person of a corpus is found, both in per cent."""
    made: dict[str, Any] = {"labelled": LABELLED}
    views = {"allFeatures": False, **({"spectrum": True} if all(trial.bands for trial in trials) else {})}
    for view, spectrum in views.items():
        same, other, right, chance = [], [], [], []
        for trial in trials:
            for seed in range(SEEDS):
                found = _compared(trial, seed, _columns(trial, spectrum))
                for near, far, named, people in found:
                    same.append(near)
                    other += far
                    right.append(named)
                    chance.append(1 / people)
        made[view] = {"equalErrorRate": round(100 * equal_error_rate(same, other), 1), "named": round(100 * float(np.mean(right)), 1),
                      "namedByChance": round(100 * float(np.mean(chance)), 1)}
    return made


def equal_error_rate(same: Sequence[float], other: Sequence[float]) -> float:
    """The error rate at the threshold where false matches and false non-matches are equally frequent."""
    thresholds = np.unique(np.concatenate([same, other]))
    missed = np.array([(np.asarray(same) > threshold).mean() for threshold in thresholds])
    fooled = np.array([(np.asarray(other) <= threshold).mean() for threshold in thresholds])
    place = int(np.abs(missed - fooled).argmin())
    return float((missed[place] + fooled[place]) / 2)


def _columns(trial: People, spectrum: bool) -> slice:
    """All features, or only the means of the bands, which come just before the last feature."""
    return slice(-trial.bands - 1, -1) if spectrum else slice(None)


def _compared(trial: People, seed: int, columns: slice) -> list[tuple[float, list[float], bool, int]]:
    """For each person: the distance to their other half, those to other people of the corpus, whether it is the least, and the count."""
    stored, heard = {}, {}
    for speaker in dict.fromkeys(trial.speakers):
        parts = halves(trial, speaker, seed)
        for store, places in zip((stored, heard), parts):
            household = trial.household()
            for place in np.random.Generator(np.random.PCG64(seed)).permutation(places)[:LABELLED]:
                household.label(trial.at([place]), int(trial.meant[place]))
            store[speaker] = household.offset()[columns]
    made = []
    for speaker, numbers in heard.items():
        far = [float(np.square(numbers - other).mean()) for whose, other in stored.items() if whose[0] == speaker[0] and whose != speaker]
        near = float(np.square(numbers - stored[speaker]).mean())
        if far:
            made.append((near, far, near < min(far), len(far) + 1))
    return made


def parting(spectra: np.ndarray) -> float:
    """How clearly utterances [utterances, bands] form two groups, like `TwoVoices` of the daemon."""
    count = len(spectra)
    distances = np.square(spectra[:, None] - spectra[None]).sum(axis=2)
    total, best = distances.sum() / 2 / count, 0.0
    for bits in range(1, 2 ** (count - 1)):
        part = np.array([bits >> place & 1 for place in range(count)], dtype=bool)
        if min(part.sum(), (~part).sum()) > 1:
            within = sum(distances[np.ix_(some, some)].sum() / 2 / some.sum() for some in (part, ~part))
            best = max(best, (total - within) / max(within, LEAST_SCATTER * count))
    return best


def two_voices_results(trials: Sequence[People], features: Sequence[np.ndarray]) -> dict[str, float]:
    """How often `sernetd enrol` refuses one person and two who take turns, in per cent."""
    draw, refused = np.random.Generator(np.random.PCG64(1)), {"one": [], "two": []}
    neutral = JUDGED.index("neutral")
    for trial, heard in zip(trials, features):
        spectra = heard[:, _columns(trial, True)]
        said = {speaker: [place for place in trial.of(speaker) if trial.meant[place] == neutral] for speaker in dict.fromkeys(trial.speakers)}
        for clips in said.values():
            if len(clips) >= PARTED:
                refused["one"] += [parting(spectra[draw.choice(clips, PARTED, replace=False)]) > LIMIT for _ in range(SETS)]
        for one, other in combinations(said, 2):
            if one[0] == other[0] and min(len(said[one]), len(said[other])) >= PARTED // 2:
                for _ in range(SETS):
                    places = np.concatenate([draw.choice(said[who], PARTED // 2, replace=False) for who in (one, other)])
                    refused["two"].append(parting(spectra[places]) > LIMIT)
    return {name: round(100 * float(np.mean(kinds)), 1) for name, kinds in refused.items() if kinds}

"""The effect of labelled utterances on unseen speakers who label as people do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np

from ..athome.judge import JUDGED, Judge, mean_of
from ..athome.listeners import Known, Listener
from ..everyday import LABEL
from ..voices import Speaker
from .household import Household

COUNTS = (5, 10, 20)
SEEDS = 4
NEUTRAL = JUDGED.index(LABEL)
GUESTS = 60
"""Neutral clips of other people of the corpus, at most: guests at the same microphone."""
MOSTLY, HOUSE = 0.7, 0.85
"""Shares of neutral utterances: of those that somebody labels, and of those said in a house."""
WRONG = 0.2
"""The share of wrong labels, where some are."""


@dataclass(frozen=True)
class People:
    """Clips of unseen speakers, ordinary speech of others, and the model's usual moods."""

    listener: Listener
    known: Known
    meant: np.ndarray
    speakers: tuple[Speaker, ...]
    everyday: Known
    moods: np.ndarray
    bands: int
    """Of the long-term spectrum among the features; 0 where it is not among them."""
    head: np.ndarray | None = None
    """The weights that make logits of features, of a network that streams."""

    def household(self) -> Household:
        """Nothing is learnt yet."""
        return Household(self.listener, self.moods, self.head)

    def of(self, speaker: Speaker) -> np.ndarray:
        return np.array([place for place, other in enumerate(self.speakers) if other == speaker])

    def at(self, places: Sequence[int] | np.ndarray) -> Known:
        return tuple(part[list(places)] for part in self.known)


Draw = Callable[[np.random.Generator], "list[int]"]
"""Labels in the order in which they are wanted."""


def _balanced(draw: np.random.Generator) -> list[int]:
    return [int(label) for _ in range(40) for label in draw.permutation(len(JUDGED))]


def _mostly_neutral(draw: np.random.Generator) -> list[int]:
    moods = [label for label in range(len(JUDGED)) if label != NEUTRAL]
    return [NEUTRAL if draw.random() < MOSTLY else int(draw.choice(moods)) for _ in range(400)]


PROTOCOLS: dict[str, list[Draw]] = {
    "balanced": [_balanced],
    "mostlyNeutral": [_mostly_neutral],
    "enrolled": [lambda draw: [NEUTRAL] * 200],
    "lasting": [lambda draw, label=label: [label] * 200 for label in range(len(JUDGED))],
}
"""What somebody labels: all moods alike, mostly neutral utterances, neutral ones alone (`sernetd enrol`), or one mood that lasts."""


def trial_results(trials: Sequence[People]) -> dict[str, Any]:
    """All figures: without labels, and with the right and wrong labels of each protocol."""
    made: dict[str, Any] = {"speakers": sum(len(set(trial.speakers)) for trial in trials), "untaught": _figures(trials, None, 0, 0.0)}
    for name in PROTOCOLS:
        made[name] = {str(count): {"right": _figures(trials, name, count, 0.0), "someWrong": _figures(trials, name, count, WRONG)}
                      for count in COUNTS}
    for name in ("corrections", "ofTwo"):
        made[name] = {str(count): {"right": _figures(trials, name, count, 0.0)} for count in COUNTS}
    return made


def _figures(trials: Sequence[People], protocol: str | None, count: int, wrong: float) -> dict[str, float]:
    """Means over the speakers of each corpus, then over corpora."""
    by_corpus: dict[str, list[dict[str, float]]] = {}
    for trial in trials:
        judge = Judge(JUDGED)
        threshold = judge.threshold(trial.household().hear(trial.everyday), 5)
        for speaker in dict.fromkeys(trial.speakers):
            for seed in range(SEEDS):
                draws = PROTOCOLS.get(protocol or "", [_balanced])
                by_corpus.setdefault(speaker[0], []).extend(
                    _judged(trial, judge, threshold, *halves(trial, speaker, seed), draw, protocol, count, wrong, seed) for draw in draws)
    names = next(iter(by_corpus.values()))[0]
    return {name: mean_of(float(np.mean([row[name] for row in rows])) for rows in by_corpus.values()) for name in names}


def halves(trial: People, speaker: Speaker, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Splits a speaker's clips into those that may be labelled and those that are judged: half of each label."""
    draw, places = np.random.Generator(np.random.PCG64(seed)), trial.of(speaker)
    first, second = [], []
    for label in range(len(JUDGED)):
        there = draw.permutation(places[trial.meant[places] == label])
        first.append(there[:len(there) // 2])
        second.append(there[len(there) // 2:])
    return np.concatenate(first), np.concatenate(second)


def _judged(trial: People, judge: Judge, threshold: float, may: np.ndarray, others: np.ndarray, draw: Draw, protocol: str | None,
            count: int, wrong: float, seed: int) -> dict[str, float]:
    random = np.random.Generator(np.random.PCG64(100 + seed))
    household = trial.household()
    labelled = 0
    wanted = _wanted(trial, household, may, draw(random), random, protocol == "corrections", count)
    who = trial.speakers[others[0]]
    if protocol == "ofTwo":
        # Half of the labels are for another person in the home.
        theirs, _ = halves(trial, _housemate(trial, who), seed)
        wanted = wanted[:count - count // 2] + _wanted(trial, household, theirs, draw(random), random, False, count // 2)
    for place in wanted:
        label = int(trial.meant[place])
        if random.random() < wrong:
            label = (label + int(random.integers(1, len(JUDGED)))) % len(JUDGED)
        household.label(trial.at([place]), label)
        labelled += 1
    said, meant = household.hear(trial.at(others)), trial.meant[others]
    recalls = [100 * float((said[meant == label].argmax(axis=1) == label).mean()) for label in range(len(JUDGED))]
    moods = float(np.mean([recall for label, recall in enumerate(recalls) if label != NEUTRAL]))
    surest = judge.surest(said)
    likeliest = said.argmax(axis=1)
    guests = [place for place, other in enumerate(trial.speakers)
              if other[0] == who[0] and other != who and trial.meant[place] == NEUTRAL][:GUESTS]
    found = [100 * float(((likeliest == label) & (surest >= threshold))[meant == label].mean())
             for label in range(len(JUDGED)) if label != NEUTRAL]
    return {"labelled": labelled, "ua": float(np.mean(recalls)), "waMostlyNeutral": HOUSE * recalls[NEUTRAL] + (1 - HOUSE) * moods,
            "recall": float(np.mean(found)), "falseMoods": _false_moods(said[meant == NEUTRAL], threshold),
            "falseMoodsOfGuests": _false_moods(household.hear(trial.at(guests)), threshold),
            "falseMoodsElsewhere": _false_moods(household.hear(trial.everyday), threshold)}


def _false_moods(said: np.ndarray, threshold: float) -> float:
    """Per cent of utterances classified as an emotion: it is the likeliest label and reaches the threshold."""
    return 100 * float(((said.argmax(axis=1) != NEUTRAL) & (said.max(axis=1) >= threshold)).mean())


def _housemate(trial: People, speaker: Speaker) -> Speaker:
    """The next speaker of a corpus; the first comes after the last."""
    people = sorted({other for other in trial.speakers if other[0] == speaker[0]})
    return people[(people.index(speaker) + 1) % len(people)]


def _wanted(trial: People, household: Household, may: np.ndarray, labels: list[int], random: np.random.Generator, wrong_alone: bool,
            count: int) -> list[int]:
    """Clips to label, each once: by a list of labels, or only those that are classified wrongly."""
    order = random.permutation(may)
    if wrong_alone:
        said = household.hear(trial.at(order)).argmax(axis=1)
        return order[said != trial.meant[order]][:count].tolist()
    left = {label: [int(place) for place in order if trial.meant[place] == label] for label in range(len(JUDGED))}
    chosen: list[int] = []
    for label in labels:
        if len(chosen) == count:
            break
        if left[label]:
            chosen.append(left[label].pop())
    return chosen

"""How often ordinary speech is classified as an emotion, and how many emotions are recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Sequence

import numpy as np

from ..everyday import LABEL
from ..metrics import Scores, confusion

MOODS = ("anger", "happiness", "sadness")
JUDGED = ("anger", "happiness", LABEL, "sadness")
RATES = (1, 2, 5, 10)
"""False moods in a hundred ordinary utterances: the operating points."""
PARTS = 5
"""Parts of the ordinary speech, each of which is judged by thresholds chosen on the others."""


@dataclass(frozen=True)
class Said:
    """Probabilities [utterances, labels], and each utterance's true label and corpus."""

    probabilities: np.ndarray
    meant: np.ndarray
    corpora: np.ndarray

    def at(self, places: Sequence[int] | np.ndarray) -> Said:
        return Said(self.probabilities[places], self.meant[places], self.corpora[places])


class Judge:
    """Judges probabilities whose labels are in a given order."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._moods = [self.labels.index(mood) for mood in MOODS]

    def surest(self, probabilities: np.ndarray) -> np.ndarray:
        """The probability of each utterance's likeliest emotion, which is published when it reaches a threshold."""
        return probabilities[:, self._moods].max(axis=1).astype(np.float64)

    def threshold(self, everyday: np.ndarray, rate: float) -> float:
        """The lowest threshold at which at most `rate` per cent of ordinary utterances are classified as an emotion."""
        surest = np.sort(self.surest(everyday))[::-1]
        allowed = int(np.floor(rate / 100 * len(surest) + 1e-9))
        return float(np.nextafter(surest[allowed], 2)) if allowed < len(surest) else 0.0

    def false_moods(self, everyday: np.ndarray, threshold: float) -> float:
        """Per cent of ordinary utterances that are classified as an emotion."""
        return 100 * float((self.surest(everyday) >= threshold).mean())

    def recalls(self, said: Said, threshold: float) -> dict[str, float]:
        """For each emotion, the per cent of its utterances that are recognised."""
        likeliest = np.array(self._moods)[said.probabilities[:, self._moods].argmax(axis=1)]
        found = (likeliest == said.meant) & (self.surest(said.probabilities) >= threshold)
        return {mood: 100 * float(found[said.meant == place].mean())
                for mood, place in zip(MOODS, self._moods) if (said.meant == place).any()}

    def recall(self, said: Said, threshold: float) -> float:
        """The mean over corpora of the mean recall of their emotions."""
        parts = [self.recalls(said.at(said.corpora == corpus), threshold) for corpus in dict.fromkeys(said.corpora)]
        return float(np.mean([np.mean(list(part.values())) for part in parts if part]))

    def scores(self, said: Said) -> dict[str, float]:
        """UA and WA of the likeliest label, each the mean over corpora."""
        parts = [Scores.of(confusion(part.meant, part.probabilities.argmax(axis=1), len(self.labels)))
                 for part in (said.at(said.corpora == corpus) for corpus in dict.fromkeys(said.corpora))]
        return {"ua": round(float(np.mean([part.ua for part in parts])), 1),
                "wa": round(float(np.mean([part.wa for part in parts])), 1)}

    def elsewhere(self, everyday: Sequence[np.ndarray], other: Sequence[np.ndarray], rate: float = 5) -> dict[str, float]:
        """False emotions in other ordinary speech, at each fold's threshold for a rate in the first one."""
        return {"clips": len(other[0]), "falseMoods": mean_of(
            self.false_moods(strange, self.threshold(answers, rate)) for answers, strange in zip(everyday, other))}


def operating_points(judge: Judge, said: Sequence[Said], everyday: Sequence[np.ndarray]) -> list[dict[str, float]]:
    """Thresholds for given rates of false emotions, and the rates on ordinary speech that did not choose the threshold."""
    made = []
    for rate in RATES:
        kept = []
        for answers in everyday:
            part_of = np.arange(len(answers)) % PARTS
            kept += [judge.false_moods(answers[part_of == part], judge.threshold(answers[part_of != part], rate))
                     for part in range(PARTS)]
        chosen = [judge.threshold(answers, rate) for answers in everyday]
        made.append({"falseMoods": rate, "threshold": round(float(np.mean(chosen)), 4), "falseMoodsKept": mean_of(kept),
                     "recall": mean_of(judge.recall(part, threshold) for part, threshold in zip(said, chosen))})
    return made


def together(parts: Iterable[Said]) -> Said:
    everything = list(parts)
    return Said(*(np.concatenate([getattr(part, name) for part in everything]) for name in ("probabilities", "meant", "corpora")))


def mean_of(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 1)

"""What a model learns of a household from labelled utterances: the same as `Lesson` of the daemon.

With x the features of an utterance labelled y, m the model's usual moods and w how likely the label is right, the offset of
the people here is the mean of x - m(y), so that it does not matter which moods were labelled: it is told to the model
as what is usual. What is left of a label's utterances beside m and the offset, as if `PRIOR` more had been usual, is d;
the label's logit moves by `PULL` / features x ((x - offset - m) . d - |d|^2 / 2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..athome.listeners import Known, Listener

TRUST = 2.0
"""Utterances after which the offset counts half."""
PRIOR = 5.0
"""Utterances of a label after which it counts half how it sounds here."""
PULL = 10.0
"""How much a label's sound moves the answer."""
WRONG = 0.1
"""The share of labels that is taken to be wrong."""


@dataclass(frozen=True)
class Lesson:
    """What follows from labelled utterances: what is usual here [features + 1], and what moves each logit."""

    usual: np.ndarray
    weights: np.ndarray
    biases: np.ndarray

    @staticmethod
    def of(weights: np.ndarray, sums: np.ndarray, moods: np.ndarray, prior: float = PRIOR, pull: float = PULL) -> Lesson:
        """Of how much each label counts [labels], and the sums of its features [labels, features]."""
        total, surplus = weights.sum(), sums - weights[:, None] * moods
        usual = np.append(moods.mean(axis=0) + surplus.sum(axis=0) / total, total)
        offset = surplus.sum(axis=0) / (total + TRUST)
        difference = (surplus - weights[:, None] * offset) / (weights[:, None] + prior)
        scale = pull / moods.shape[1]
        biases = -(difference * (moods + offset)).sum(axis=1) - (difference ** 2).sum(axis=1) / 2
        return Lesson(usual, scale * difference, scale * biases)

    def moves(self, features: np.ndarray) -> np.ndarray:
        """What is added to logits [clips, labels] of clips with features [clips, features]."""
        return features @ self.weights.T + self.biases


def weight_of(probability: float, labels: int) -> float:
    """How likely a label is right, given the probability the model gives it."""
    right = (1 - WRONG) * probability
    return right / (right + WRONG / (labels - 1) * (1 - probability))


def features_of(listener: Listener, known: Known) -> np.ndarray:
    """A model's own features of clips: what it remembers of one where nothing was heard before."""
    return listener.hear(known, torch.zeros(len(known[0]), listener.memory))[1][:, :-1].numpy()


class Household:
    """A model, and what it was told of utterances here."""

    def __init__(self, listener: Listener, moods: np.ndarray) -> None:
        self._listener, self._moods = listener, moods
        self.weights, self.sums = np.zeros(len(moods)), np.zeros(moods.shape)

    def label(self, known: Known, label: int) -> None:
        """Takes a label of one utterance, known [1, ...]."""
        weight = weight_of(float(self.hear(known)[0, label]), len(self._moods))
        self.weights[label] += weight
        self.sums[label] += weight * features_of(self._listener, known)[0]

    def hear(self, known: Known) -> np.ndarray:
        """Probabilities [clips, labels]; nothing is learnt of them."""
        if not self.weights.any():
            return self._listener.hear(known, torch.zeros(len(known[0]), self._listener.memory))[0].numpy()
        lesson = Lesson.of(self.weights, self.sums, self._moods)
        usual = torch.from_numpy(lesson.usual.astype(np.float32)).expand(len(known[0]), -1)
        said = self._listener.hear(known, usual)[0].numpy()
        logits = np.log(np.maximum(said, 1e-30)) + lesson.moves(features_of(self._listener, known))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def offset(self) -> np.ndarray:
        """How the people here sound apart from their moods: what the stored numbers say of them."""
        return (self.sums - self.weights[:, None] * self._moods).sum(axis=0) / self.weights.sum()

"""What a model learns of a household from labelled utterances, as `Lesson` of the daemon.

Let x be the features of an utterance labelled y, m the model's usual moods and w the probability that the label is right. The
household's offset is the mean of x - m(y), so it does not matter which moods were labelled. It is the model's baseline; where the
logits are weights times x, the weights times the offset are taken from them. Let d be the rest of a label's utterances after m
and the offset, shrunk as if there were `PRIOR` more utterances without a difference. The label's logit moves by `PULL` / features
x ((x - offset - m) . d - |d|^2 / 2).
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
    """The result of labelled utterances: the baseline [features + 1], and the change of each logit."""

    usual: np.ndarray
    weights: np.ndarray
    biases: np.ndarray

    @staticmethod
    def of(weights: np.ndarray, sums: np.ndarray, moods: np.ndarray, prior: float = PRIOR, pull: float = PULL,
           head: np.ndarray | None = None) -> Lesson:
        """From each label's weight [labels] and the sums of its features [labels, features]. `head` [labels, features]: the weights that
        make logits of features, of a model that cannot be told what is usual."""
        total, surplus = weights.sum(), sums - weights[:, None] * moods
        usual = np.append(moods.mean(axis=0) + surplus.sum(axis=0) / total, total)
        offset = surplus.sum(axis=0) / (total + TRUST)
        difference = (surplus - weights[:, None] * offset) / (weights[:, None] + prior)
        scale = pull / moods.shape[1]
        biases = scale * (-(difference * (moods + offset)).sum(axis=1) - (difference ** 2).sum(axis=1) / 2)
        return Lesson(usual, scale * difference, biases if head is None else biases - head @ offset)

    def moves(self, features: np.ndarray) -> np.ndarray:
        """The change of logits [clips, labels] for clips with features [clips, features]."""
        return features @ self.weights.T + self.biases


def weight_of(probability: float, labels: int) -> float:
    """The probability that a label is right, given the model's probability of it."""
    right = (1 - WRONG) * probability
    return right / (right + WRONG / (labels - 1) * (1 - probability))


def features_of(listener: Listener, known: Known) -> np.ndarray:
    """A model's own features of clips: its memory after hearing only that clip."""
    return listener.hear(known, torch.zeros(len(known[0]), listener.memory))[1][:, :-1].numpy()


class Household:
    """A model with the labelled utterances of a household."""

    def __init__(self, listener: Listener, moods: np.ndarray, head: np.ndarray | None = None) -> None:
        self._listener, self._moods, self._head = listener, moods, head
        self.weights, self.sums = np.zeros(len(moods)), np.zeros(moods.shape)

    def label(self, known: Known, label: int) -> None:
        """Learns the label of one utterance, known [1, ...]."""
        weight = weight_of(float(self.hear(known)[0, label]), len(self._moods))
        self.weights[label] += weight
        self.sums[label] += weight * features_of(self._listener, known)[0]

    def hear(self, known: Known) -> np.ndarray:
        """Probabilities [clips, labels], without learning."""
        if not self.weights.any():
            return self._listener.hear(known, torch.zeros(len(known[0]), self._listener.memory))[0].numpy()
        lesson = Lesson.of(self.weights, self.sums, self._moods, head=self._head)
        usual = torch.from_numpy(lesson.usual.astype(np.float32)).expand(len(known[0]), -1)
        said = self._listener.hear(known, usual)[0].numpy()
        logits = np.log(np.maximum(said, 1e-30)) + lesson.moves(features_of(self._listener, known))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def offset(self) -> np.ndarray:
        """How the people here sound apart from their moods. This is what the stored numbers reveal."""
        return (self.sums - self.weights[:, None] * self._moods).sum(axis=0) / self.weights.sum()

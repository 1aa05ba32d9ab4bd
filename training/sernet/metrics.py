"""How right a classifier is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def confusion(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    """Counts [truth, guess] of class indices [clips]."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, guess), 1)
    return counts


@dataclass(frozen=True)
class Scores:
    """Percentages over the classes that occur in the truth."""

    ua: float
    """Unweighted accuracy: mean recall of the classes."""
    wa: float
    """Weighted accuracy: share of the clips that are right."""
    f1: float
    """Macro F1: mean F1 of the classes."""

    @staticmethod
    def of(counts: np.ndarray) -> Scores:
        """Scores of a confusion matrix [truth, guess]."""
        right, actual, guessed = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
        present = actual > 0
        recall = right[present] / actual[present]
        f1 = 2 * right[present] / (actual + guessed)[present]
        return Scores(*(round(100 * float(value), 2)
                        for value in (recall.mean(), right.sum() / actual.sum(), f1.mean())))

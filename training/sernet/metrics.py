"""Accuracy of a classifier."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np

_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
          2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
          2.052, 2.048, 2.045, 2.042)
"""97.5 % points of Student's t for 1 … 30 degrees of freedom."""


def confusion(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    """Counts [truth, guess] of class indices [clips]."""
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, guess), 1)
    return counts


@dataclass(frozen=True)
class Scores:
    """Percentages over the classes that have clips."""

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


def mean_and_interval(values: Sequence[float]) -> dict[str, float]:
    """Mean over folds and half the width of its 95 % confidence interval, by Student's t.

    Folds share most of their training clips, so the interval is slightly too narrow. One fold has no interval.
    """
    mean = round(float(np.mean(values)), 2)
    if len(values) < 2:
        return {"mean": mean}
    t = _T_975[min(len(values) - 1, len(_T_975)) - 1]
    return {"mean": mean, "interval95": round(t * float(np.std(values, ddof=1)) / math.sqrt(len(values)), 2)}

"""Losses of training."""

from __future__ import annotations

import torch
from torch import Tensor

from .errors import UsageError

LOSSES = ("cross-entropy", "focal")
NO_ANSWER = -1
"""In the place of a class index: no class is right, and a model should be sure of none (Hendrycks et al., "Deep
anomaly detection with outlier exposure", ICLR 2019)."""


def smoothed(targets: Tensor, classes: int, smoothing: float) -> Tensor:
    """Class indices [clips] as shares [clips, classes]: 1 - smoothing, and smoothing spread evenly.

    `NO_ANSWER` is spread evenly as a whole.
    """
    shares = torch.full((len(targets), classes), smoothing / classes, device=targets.device)
    shares.scatter_(1, targets.clamp(min=0)[:, None], 1 - smoothing + smoothing / classes)
    shares[targets == NO_ANSWER] = 1 / classes
    return shares


def loss_of(logits: Tensor, shares: Tensor, kind: str, gamma: float = 2.0) -> Tensor:
    """The mean loss of logits [clips, classes] for targets given as shares [clips, classes].

    `cross-entropy`: -Σ q·ln p. `focal`: -Σ q·(1 - p)^γ·ln p (Lin et al., ICCV 2017), which equals
    cross-entropy for γ = 0 and weights confident clips less.
    """
    log_p = logits.log_softmax(dim=1)
    if kind == "cross-entropy":
        return -(shares * log_p).sum(dim=1).mean()
    if kind == "focal":
        return -(shares * (1 - log_p.exp()) ** gamma * log_p).sum(dim=1).mean()
    raise UsageError(f"there is no loss {kind!r}; use one of {', '.join(LOSSES)}")

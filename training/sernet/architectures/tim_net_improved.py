"""An improved TIM-Net: increasing temporal dropout, a third branch with shuffled frames, attention over the
levels, a hidden layer."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .tim_net import FILTERS, LEVELS, Branch

HIDDEN = 128


class TemporalDropout(nn.Module):
    """Drops frames of a sequence [batch, filters, frames], all filters at once, in training."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, sequence: Tensor) -> Tensor:
        if not self.training:
            return sequence
        kept = torch.rand(len(sequence), 1, sequence.shape[2], device=sequence.device) >= self.share
        return sequence * kept / (1 - self.share)


class StaticAttention(nn.Module):
    """Levels [batch, levels, filters] weighted by their similarity to one learned query."""

    def __init__(self) -> None:
        super().__init__()
        self.key = nn.Linear(FILTERS, FILTERS)
        self.query = nn.Parameter(torch.randn(FILTERS) * FILTERS ** -0.5)

    def forward(self, said: Tensor) -> Tensor:
        weights = (torch.tanh(self.key(said)) @ self.query).softmax(dim=1)
        return (said * weights[:, :, None]).sum(dim=1)


class ImprovedTimNet(nn.Module):
    """MFCC [batch, 1, frames, coefficients] to logits [batch, classes]; any number of frames.

    It differs from `TimNet` in four points. Dropout of frames increases over the levels from `dropout / LEVELS` to
    `dropout`. A third branch gets shuffled frames: a new order each time in training, one fixed order
    otherwise. Attention with a learned query weights the levels. A layer of 128 units precedes the head. It
    is trained with the focal loss.
    """

    architecture = "tim-net-improved"

    def __init__(self, classes: int, coefficients: int = FILTERS, dropout: float = 0.2) -> None:
        super().__init__()
        self.ahead, self.back, self.shuffled = (
            Branch(coefficients, lambda level: TemporalDropout(dropout * (level + 1) / LEVELS))
            for _ in range(3))
        self.attention = StaticAttention()
        self.hidden = nn.Sequential(nn.Linear(FILTERS, HIDDEN), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(HIDDEN, classes)

    def forward(self, mfcc: Tensor) -> Tensor:
        sequence = mfcc.squeeze(1).transpose(1, 2)
        order = self._order(int(sequence.shape[2]))
        said = (self.ahead(sequence) + self.back(sequence.flip(2))
                + self.shuffled(sequence[:, :, order]))
        return self.head(self.hidden(self.attention(said)))

    def _order(self, frames: int) -> Tensor:
        if self.training:
            return torch.randperm(frames)
        return torch.from_numpy(np.random.Generator(np.random.PCG64(frames)).permutation(frames))

"""TIM-Net (Ye et al., "Temporal modeling matters: a novel temporal emotional modeling approach
for speech emotion recognition", ICASSP 2023)."""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

FILTERS, KERNEL, LEVELS = 39, 2, 8
"""Filters and kernel of the convolutions; dilations are 2^0 … 2^(LEVELS - 1)."""


class CausalBlock(nn.Module):
    """Dilated causal convolution, batch normalisation, ReLU and a dropout."""

    def __init__(self, dilation: int, dropout: nn.Module) -> None:
        super().__init__()
        self.past = dilation * (KERNEL - 1)
        self.conv = nn.Conv1d(FILTERS, FILTERS, KERNEL, dilation=dilation)
        self.norm = nn.BatchNorm1d(FILTERS)
        self.dropout = dropout

    def forward(self, sequence: Tensor) -> Tensor:
        past = functional.pad(sequence, (self.past, 0))
        return self.dropout(torch.relu(self.norm(self.conv(past))))


class TemporalAwareBlock(nn.Module):
    """A sequence times a gate of 0.5 … 1 that two causal blocks compute from it."""

    def __init__(self, dilation: int, dropout: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.Sequential(CausalBlock(dilation, dropout()), CausalBlock(dilation, dropout()))

    def forward(self, sequence: Tensor) -> Tensor:
        return sequence * torch.sigmoid(self.blocks(sequence))


class Branch(nn.Module):
    """One direction: a 1×1 convolution, then a block for each dilation; gives the output of each level."""

    def __init__(self, coefficients: int, dropout: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.first = nn.Conv1d(coefficients, FILTERS, 1)
        self.levels = nn.ModuleList(TemporalAwareBlock(2 ** level, lambda: dropout(level))
                                    for level in range(LEVELS))

    def forward(self, sequence: Tensor) -> Tensor:
        """[batch, coefficients, frames] to means over time [batch, levels, filters]."""
        sequence, said = self.first(sequence), []
        for level in self.levels:
            sequence = level(sequence)
            said.append(sequence.mean(dim=2))
        return torch.stack(said, dim=1)


class TimNet(nn.Module):
    """MFCC [batch, 1, frames, coefficients] to logits [batch, classes]; any number of frames.

    The forward and the backward branch are summed level by level, and the levels by weights that
    are learned ("dynamic fusion"). Spatial dropout drops whole filters.
    """

    architecture = "tim-net"

    def __init__(self, classes: int, coefficients: int = FILTERS, dropout: float = 0.1) -> None:
        super().__init__()
        self.ahead, self.back = (Branch(coefficients, lambda level: nn.Dropout1d(dropout))
                                 for _ in range(2))
        self.fusion = nn.Parameter(torch.empty(LEVELS).uniform_(-0.05, 0.05))
        self.head = nn.Linear(FILTERS, classes)

    def forward(self, mfcc: Tensor) -> Tensor:
        sequence = mfcc.squeeze(1).transpose(1, 2)
        said = self.ahead(sequence) + self.back(sequence.flip(2))
        return self.head((said * self.fusion[:, None]).sum(dim=1))

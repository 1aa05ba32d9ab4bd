"""Light-SERNet (Aftab et al., "Light-SERNet: a lightweight fully convolutional neural network
for speech emotion recognition", ICASSP 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import Block

PATHS = ((11, 1), (1, 9), (3, 3))
"""Kernels, time × coefficient, of the three parallel paths."""
PATH_FILTERS = 32
BODY = ((64, (3, 3), (2, 2)), (96, (3, 3), (2, 2)), (128, (3, 3), (2, 1)), (160, (3, 3), (2, 1)),
        (320, (1, 1), None))
"""Filters, kernel and pooling of each block after the paths are concatenated."""


class LightSerNet(nn.Module):
    """MFCC [batch, 1, frames, coefficients] to logits [batch, classes]; any number of frames.

    `paths` take the input of `forward`, and their images are concatenated. `joint` is the identity unless a
    training replaces it; `body` and `pooled` follow. The modifications of the literature replace
    or wrap these.
    """

    architecture = "light-sernet"

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.paths = nn.ModuleList(Block(1, PATH_FILTERS, kernel, (2, 2)) for kernel in PATHS)
        self.joint: nn.Module = nn.Identity()
        inputs, body = PATH_FILTERS * len(PATHS), []
        for filters, kernel, pool in BODY:
            body.append(Block(inputs, filters, kernel, pool))
            inputs = filters
        self.body = nn.Sequential(*body)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, classes)

    def forward(self, mfcc: Tensor) -> Tensor:
        return self.head(self.dropout(self.pooled(self.seen(mfcc))))

    def seen(self, mfcc: Tensor) -> Tensor:
        """The image of the last block, [batch, filters, frames, coefficients]."""
        return self.body(self.joint(torch.cat([path(mfcc) for path in self.paths], dim=1)))

    def pooled(self, image: Tensor) -> Tensor:
        """The input of the head, [batch, features], from the last block's image [batch, filters, frames, coefficients]."""
        return image.mean(dim=(2, 3))

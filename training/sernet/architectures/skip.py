"""Light-SERNet with skip connections in both bodies."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import Normalised1x1, average_pool
from .light_sernet import BODY, PATH_FILTERS, PATHS, LightSerNet


class Shortcut(nn.Sequential):
    """The shortcut of a block whose output is smaller: pooled, then 1×1 to its number of filters."""

    def __init__(self, inputs: int, filters: int, pool: tuple[int, int]) -> None:
        super().__init__(average_pool(pool), Normalised1x1(inputs, filters))


class SkipConnections(LightSerNet):
    """Modification 4 of Light-SERNet; trained with a warm-up and half a cosine, modification 5.

    Residuals (He et al., CVPR 2016) around the paths taken together, the first body, and around
    every 3×3 block of the second: the last block is 1×1, as the shortcut around it would be. Where
    sizes differ, the shortcut is pooled and projected.
    """

    architecture = "light-sernet-skip"

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        inputs = PATH_FILTERS * len(PATHS)
        self.around_paths = Shortcut(1, inputs, (2, 2))
        around = []
        for filters, _, pool in BODY[:-1]:
            around.append(Shortcut(inputs, filters, pool))
            inputs = filters
        self.around_body = nn.ModuleList(around)

    def forward(self, mfcc: Tensor) -> Tensor:
        image = self.joint(torch.cat([path(mfcc) for path in self.paths], dim=1) + self.around_paths(mfcc))
        for block, around in zip(self.body, self.around_body):
            image = block(image) + around(image)
        return self.head(self.dropout(self.pooled(self.body[-1](image))))

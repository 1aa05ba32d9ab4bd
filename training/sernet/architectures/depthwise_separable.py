"""Light-SERNet with depthwise-separable first layers."""

from __future__ import annotations

from torch import nn

from .blocks import SeparableBlock
from .light_sernet import BODY, PATH_FILTERS, PATHS, LightSerNet

MULTIPLIER = 8
"""Depthwise filters of a path. Its one input channel would else leave it with one filter."""


class DepthwiseSeparable(LightSerNet):
    """Modification 3 of Light-SERNet.

    The paths and the first block of the body, where two thirds of the multiply-adds are, become
    depthwise convolutions followed by 1×1 ones (Chollet, "Xception", CVPR 2017).
    """

    architecture = "light-sernet-depthwise-separable"

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        self.paths = nn.ModuleList(SeparableBlock(1, PATH_FILTERS, kernel, (2, 2), MULTIPLIER)
                                   for kernel in PATHS)
        filters, kernel, pool = BODY[0]
        self.body[0] = SeparableBlock(PATH_FILTERS * len(PATHS), filters, kernel, pool)

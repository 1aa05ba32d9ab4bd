"""Light-SERNet with hybrid attention: convolutions for local features, attention for distant ones."""

from __future__ import annotations

from torch import Tensor, nn

from .blocks import Block, attended, convolution
from .light_sernet import BODY, PATH_FILTERS, LightSerNet

MIDDLE = 2
"""Blocks of the body before the attention in its middle."""


class FrameAttention(nn.Module):
    """The fourth path: each frame attends to all others; an image of `PATH_FILTERS` channels."""

    def __init__(self, coefficients: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(coefficients, coefficients) for _ in range(3))
        self.block = Block(1, PATH_FILTERS, (1, 1), (2, 2))

    def forward(self, mfcc: Tensor) -> Tensor:
        frames = mfcc.squeeze(1)
        told = attended(self.query(frames), self.key(frames), self.value(frames))
        return self.block(told.unsqueeze(1))


class PlaceAttention(nn.Module):
    """Each place of an image attends to all others, added to the image.

    The projections are 1×1 convolutions, which int8 models have as integers.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query, self.key = (convolution(channels, channels // 2, (1, 1)) for _ in range(2))
        self.value = convolution(channels, channels, (1, 1))

    def forward(self, image: Tensor) -> Tensor:
        # Plain numbers, so that an exported graph contains the shapes instead of computing them.
        channels, frames, coefficients = (int(size) for size in image.shape[1:])
        query, key, value = (projection(image).reshape(-1, projection.out_channels, frames * coefficients).transpose(1, 2)
                             for projection in (self.query, self.key, self.value))
        told = attended(query, key, value).transpose(1, 2)
        return image + told.reshape(-1, channels, frames, coefficients)


class HybridAttention(LightSerNet):
    """Modification 2 of Light-SERNet.

    Scaled dot-product attention (Vaswani et al., NeurIPS 2017) over the frames as a fourth path,
    and over the places of the image in the middle of the body, there with a residual.
    """

    architecture = "light-sernet-hybrid-attention"

    def __init__(self, classes: int, dropout: float = 0.3, coefficients: int = 40) -> None:
        super().__init__(classes, dropout)
        self.paths.append(FrameAttention(coefficients))
        filters, kernel, pool = BODY[0]
        blocks = list(self.body)
        blocks[0] = Block(PATH_FILTERS * len(self.paths), filters, kernel, pool)
        blocks.insert(MIDDLE, PlaceAttention(BODY[MIDDLE - 1][0]))
        self.body = nn.Sequential(*blocks)

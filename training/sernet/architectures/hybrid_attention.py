"""Light-SERNet with hybrid attention: convolutions for what is near, attention for what is far."""

from __future__ import annotations

from torch import Tensor, nn

from .blocks import Block, SelfAttention
from .light_sernet import BODY, PATH_FILTERS, LightSerNet

MIDDLE = 2
"""Blocks of the body before the attention in its middle."""


class FrameAttention(nn.Module):
    """The fourth path: each frame attends to all others; an image of `PATH_FILTERS` channels."""

    def __init__(self, coefficients: int) -> None:
        super().__init__()
        self.attention = SelfAttention(coefficients, width=coefficients)
        self.block = Block(1, PATH_FILTERS, (1, 1), (2, 2))

    def forward(self, mfcc: Tensor) -> Tensor:
        return self.block(self.attention(mfcc.squeeze(1)).unsqueeze(1))


class PlaceAttention(nn.Module):
    """Each place of an image attends to all others, added to the image."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention = SelfAttention(channels, width=channels // 2)

    def forward(self, image: Tensor) -> Tensor:
        # Plain numbers, so that an exported graph holds shapes and does not compute them.
        channels, frames, coefficients = (int(size) for size in image.shape[1:])
        tokens = image.reshape(-1, channels, frames * coefficients).transpose(1, 2)
        told = self.attention(tokens).transpose(1, 2)
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

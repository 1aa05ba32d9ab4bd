"""The architectures, by their names in model cards.

Each takes MFCC, log-mel or spectrogram images [batch, 1, frames, coefficients] and gives logits
[batch, classes]. The constructor takes the number of classes and of coefficients.
"""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .depthwise_separable import DepthwiseSeparable
from .hybrid_attention import HybridAttention
from .light_sernet import LightSerNet
from .normalised import Normalised
from .selective_attention import SelectiveAttention
from .skip import SkipConnections
from .streaming import Streaming
from .tim_net import TimNet
from .tim_net_improved import ImprovedTimNet

ARCHITECTURES: dict[str, Callable[[int, int], nn.Module]] = {
    LightSerNet.architecture: lambda classes, coefficients: LightSerNet(classes),
    SelectiveAttention.architecture: lambda classes, coefficients: SelectiveAttention(classes),
    HybridAttention.architecture:
        lambda classes, coefficients: HybridAttention(classes, coefficients=coefficients),
    DepthwiseSeparable.architecture: lambda classes, coefficients: DepthwiseSeparable(classes),
    SkipConnections.architecture: lambda classes, coefficients: SkipConnections(classes),
    TimNet.architecture: TimNet,
    ImprovedTimNet.architecture: ImprovedTimNet,
    Normalised.architecture: Normalised,
    Streaming.architecture: Streaming,
}

AT_ONCE = 4
"""Images that a network takes at once where it does not learn. Of more, the intermediate results are larger than what the C library
keeps (32 MB): each is mapped and cleared anew, and `Streaming` takes up to ten times as long an image."""

WINDOWED = tuple(name for name in ARCHITECTURES if name != Streaming.architecture)
"""Architectures that a graph answers with for a whole segment, not step by step."""


def build(architecture: str, classes: int, coefficients: int) -> nn.Module:
    """A model with fresh weights, drawn from PyTorch's global generator."""
    if architecture not in ARCHITECTURES:
        raise UsageError(f"there is no architecture {architecture!r}; "
                         f"use one of {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[architecture](classes, coefficients)


def probabilities(model: nn.Module, features: Tensor, batch: int = AT_ONCE) -> Tensor:
    """Class probabilities [clips, classes] of images [clips, 1, frames, coefficients]."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part).softmax(dim=1) for part in features.split(batch)])

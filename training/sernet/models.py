"""Light-SERNet (Aftab et al., "Light-SERNet: a lightweight fully convolutional neural network
for speech emotion recognition", ICASSP 2022) in PyTorch, and what it costs.

Images are [batch, channels, frames, coefficients]: time × coefficient, as in the paper.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

PATHS = ((11, 1), (1, 9), (3, 3))
"""Kernels, time × coefficient, of the three parallel paths."""
PATH_FILTERS = 32
BODY = ((64, (3, 3), (2, 2)), (96, (3, 3), (2, 2)), (128, (3, 3), (2, 1)), (160, (3, 3), (2, 1)),
        (320, (1, 1), None))
"""Filters, kernel and pooling of each block after the paths are concatenated."""


class Block(nn.Sequential):
    """Convolution without bias, batch normalisation, ReLU and, if asked for, average pooling.

    Pooling is TensorFlow's "same": ⌈n / pool⌉ outputs, the last averaging real elements only.
    """

    def __init__(self, inputs: int, filters: int, kernel: tuple[int, int],
                 pool: tuple[int, int] | None) -> None:
        padding = (kernel[0] // 2, kernel[1] // 2)
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            conv=nn.Conv2d(inputs, filters, kernel, padding=padding, bias=False),
            norm=nn.BatchNorm2d(filters),
            relu=nn.ReLU())
        if pool:
            layers["pool"] = nn.AvgPool2d(pool, ceil_mode=True, count_include_pad=False)
        super().__init__(layers)


class LightSerNet(nn.Module):
    """MFCC [batch, 1, frames, coefficients] to logits [batch, classes]; any number of frames."""

    architecture = "light-sernet"

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.paths = nn.ModuleList(Block(1, PATH_FILTERS, kernel, (2, 2)) for kernel in PATHS)
        inputs, body = PATH_FILTERS * len(PATHS), []
        for filters, kernel, pool in BODY:
            body.append(Block(inputs, filters, kernel, pool))
            inputs = filters
        self.body = nn.Sequential(*body)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, classes)

    def forward(self, mfcc: Tensor) -> Tensor:
        image = self.body(torch.cat([path(mfcc) for path in self.paths], dim=1))
        return self.head(self.dropout(image.mean(dim=(2, 3))))


def parameters(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())


def multiply_adds(model: nn.Module, frames: int, coefficients: int) -> int:
    """Multiply-adds of the convolutions and linear layers for one [frames, coefficients] image."""
    total = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        total += layer.weight.numel() * output[0].numel() // output.shape[1]

    layers = [layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    training = model.training
    with torch.no_grad():
        model.eval()(torch.zeros(1, 1, frames, coefficients))
    model.train(training)
    for hook in hooks:
        hook.remove()
    return total


def probabilities(model: nn.Module, features: Tensor, batch: int = 64) -> Tensor:
    """Class probabilities [clips, classes] of MFCC [clips, 1, frames, coefficients]."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(part).softmax(dim=1) for part in features.split(batch)])

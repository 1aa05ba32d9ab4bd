"""Light-SERNet behind a normalisation of what it is shown: voices and microphones differ less."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .blocks import average_pool
from .light_sernet import LightSerNet

SPEECH, DEPTH = 3.0, 7.0
"""Natural logarithms of magnitudes below the loudest: as deep as a frame counts as speech (26 dB), and as
deep as anything is looked at (61 dB)."""
LIMIT = 4.0


class Normalisation(nn.Module):
    """Log-mel images [batch, 1, frames, bands], each band centred on its mean over the frames with speech,
    all scaled by their one standard deviation there.

    Cepstral mean normalisation (Atal, JASA 55(6), 1974) with a soft mask instead of a speech detector: what
    a microphone, a room and a vocal tract do to every frame alike is taken away, and padding weighs nothing.
    """

    def forward(self, image: Tensor) -> Tensor:
        loudness = image.mean(dim=3, keepdim=True)
        # A slope over one natural logarithm, not a step: rounding must not move a frame in or out.
        weight = (loudness - loudness.amax(dim=2, keepdim=True) + (SPEECH + 0.5)).clamp(0, 1)
        total = weight.sum(dim=2, keepdim=True)
        image = torch.maximum(image, image.amax(dim=(2, 3), keepdim=True) - DEPTH)
        image = image - (image * weight).sum(dim=2, keepdim=True) / total
        variance = ((image * image * weight).sum(dim=2, keepdim=True) / total).mean(dim=3, keepdim=True)
        return (image / (variance + 0.01).sqrt()).clamp(-LIMIT, LIMIT)


class Normalised(LightSerNet):
    """Light-SERNet for log-mel images, which it normalises, and whose bands it keeps apart to the end.

    Its head sees a mean over time for each sixteen of the bands, and so where in the spectrum a filter answers.
    """

    architecture = "light-sernet-normalised"

    def __init__(self, classes: int, coefficients: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        self.normalisation = Normalisation()
        self.neighbours = average_pool((1, 2))
        # The paths, two blocks of the body and `neighbours` each leave half of the bands, rounded up.
        self.head = nn.Linear(self.head.in_features * math.ceil(coefficients / 16), classes)

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(self.normalisation(image))

    def pooled(self, image: Tensor) -> Tensor:
        return self.neighbours(image).mean(dim=2).flatten(1)

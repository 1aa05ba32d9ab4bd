"""Light-SERNet with normalised input, which reduces the differences between voices and microphones."""

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
SMALLEST = 1e-4
"""Deviation of a feature that is always the same."""
TRUST, MEMORY = 2.0, 32
"""Utterances after which what is usual counts for half of what it could, and over which it is a mean."""


class Normalisation(nn.Module):
    """Log-mel images [batch, 1, frames, bands]: each band centred on its mean over the frames with speech,
    all bands scaled by one standard deviation there.

    Cepstral mean normalisation (Atal, JASA 55(6), 1974) with a soft mask instead of a speech detector. It removes what a
    microphone, a room and a vocal tract do to all frames alike; padding has no weight.
    """

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The image, and what was removed from it, [batch, bands + 1]: the means, and the logarithm of the deviation."""
        loudness = image.mean(dim=3, keepdim=True)
        # A slope over one natural logarithm, not a step, so that rounding cannot move a frame in or out.
        weight = (loudness - loudness.amax(dim=2, keepdim=True) + (SPEECH + 0.5)).clamp(0, 1)
        total = weight.sum(dim=2, keepdim=True)
        image = torch.maximum(image, image.amax(dim=(2, 3), keepdim=True) - DEPTH)
        mean = (image * weight).sum(dim=2, keepdim=True) / total
        image = image - mean
        variance = ((image * image * weight).sum(dim=2, keepdim=True) / total).mean(dim=3, keepdim=True)
        deviation = (variance + 0.01).sqrt()
        return (image / deviation).clamp(-LIMIT, LIMIT), torch.cat([mean.flatten(1), deviation.log().flatten(1)], dim=1)


class Standardisation(nn.Module):
    """Values [batch, features] minus their means, divided by their deviations, once these are fitted."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def reset(self) -> None:
        """Makes it the identity."""
        self.mean.zero_()
        self.deviation.fill_(1)

    def fit(self, values: Tensor) -> None:
        """Fits means and deviations to values."""
        self.mean.copy_(values.mean(dim=0))
        self.deviation.copy_(values.std(dim=0) + SMALLEST)

    def forward(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self.deviation


class Normalised(LightSerNet):
    """Light-SERNet for log-mel images. It normalises them and keeps groups of bands apart up to the head.

    The head's input has a mean over time for each sixteenth of the bands, so it knows where in the spectrum a filter
    responds. From this, and from what the normalisation removed, it subtracts the baseline of the microphone: an emotion
    shows in how somebody sounds compared with other times (speaker normalisation, here of learnt
    features and without knowing the speaker; Busso et al., "Iterative feature normalization scheme for automatic
    emotion detection from speech", IEEE Trans. Affective Computing 4(4), 2013).

    `voice` [batch, voice_size] is the baseline: the running mean of `features`, then the number of utterances in it. It is
    all zero before the first utterance.
    """

    architecture = "light-sernet-normalised"

    def __init__(self, classes: int, coefficients: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        self.normalisation = Normalisation()
        self.neighbours = average_pool((1, 2))
        # The paths, two blocks of the body and `neighbours` each halve the bands, rounded up.
        self._learnt = self.head.in_features * math.ceil(coefficients / 16)
        features = self._learnt + coefficients + 1
        self.standardisation = Standardisation(features)
        self.head = nn.Linear(features, classes)
        self.voice_size = features + 1

    def forward(self, image: Tensor) -> Tensor:
        """Logits without a baseline."""
        features = self.features(image)
        return self.judged(features, features.new_zeros(len(image), self.voice_size))

    def features(self, image: Tensor) -> Tensor:
        """The learnt features of images and what the normalisation removed, [batch, voice_size - 1]."""
        image, taken = self.normalisation(image)
        learnt = self.pooled(self.seen(image))
        # In single precision even in bfloat16 training, because the differences between utterances are small.
        return self.standardisation(torch.cat([learnt.float(), taken.float()], dim=1))

    def pooled(self, image: Tensor) -> Tensor:
        return self.neighbours(image).mean(dim=2).flatten(1)

    def judged(self, features: Tensor, voice: Tensor) -> Tensor:
        """Logits of features with a baseline."""
        usual, heard = voice[:, :-1], voice[:, -1:]
        trust = heard / (heard + TRUST)
        split = self._learnt
        # What was removed depends on the microphone. Without a baseline it says nothing about the voice.
        difference = torch.cat([features[:, :split] - trust * usual[:, :split],
                                trust * (features[:, split:] - usual[:, split:])], dim=1)
        return self.head(self.dropout(difference))

    def heard(self, image: Tensor, voice: Tensor) -> tuple[Tensor, Tensor]:
        """Logits with a baseline, and each utterance's new baseline."""
        return self.heard_of(self.features(image), voice)

    def heard_of(self, features: Tensor, voice: Tensor) -> tuple[Tensor, Tensor]:
        """The same for features."""
        return self.judged(features, voice), after(features, voice)


def after(features: Tensor, voice: Tensor) -> Tensor:
    """The baseline [batch, voice_size] after these utterances."""
    usual, heard = voice[:, :-1], voice[:, -1:]
    return torch.cat([(usual * heard + features) / (heard + 1), (heard + 1).clamp(max=MEMORY)], dim=1)

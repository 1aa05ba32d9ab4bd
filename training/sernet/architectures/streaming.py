"""Light-SERNet that streams: the cost of an answer is that of the frames since the last one, not of a window."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocks import Block, average_pool
from .light_sernet import BODY, PATHS, LightSerNet
from .normalised import DEPTH, LIMIT, Normalised, Standardisation

STEP = 16
"""Frames of a step: the product of the pools along time."""
MEMORY = 500
"""Frames after which a frame's share in the running moments has fallen to 1 / e."""
PRIOR = 8.0
"""Frames, as loud as the loudest, that what is usual counts for."""
WINDOWS = ((2, 2), (2, 2), (2, 1), None, None)
"""Pools of the body. Unlike Light-SERNet's, the fourth does not halve the frames: an answer after 16, not 32."""
SILENCE = math.log(1e-6)
"""What the front end makes of silence, which fills the last step."""
DELAY = max(kernel[0] for kernel in PATHS) // 2
"""Frames by which the paths look back, so that the longest of them needs no frame that is still to come."""
REACH = 2
"""Rows before its own that a convolution of the body sees."""


class RunningNormalisation(nn.Module):
    """`Normalisation` by what was heard up to each frame. A frame's result is final when the frame arrives.

    Bands are centred on their running mean, and scaled by one running deviation. Frames weigh by their magnitude,
    so a louder sound outweighs what came before it, and the level of the microphone makes no difference. At first
    what is usual counts: means relative to the loudest frame, and one spread, of training data (`fit`).

    A state [batch, bands + 4] is all zero before the first frame: weighted sums of the bands and of
    their mean square, sum of the weights, largest weight, largest magnitude. All of them fade.
    """

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.register_buffer("prior", torch.full((bands,), -1.0))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, frames: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised frames [batch, n, bands], and the state after them."""
        bands = frames.shape[2]
        fading, faded = _fading(frames.shape[1])
        weight = frames.mean(dim=2, keepdim=True).exp()
        most = _running_most(weight, state[:, None, bands + 2:bands + 3], fading, faded)
        peak = _running_most(frames.exp().amax(dim=2, keepdim=True), state[:, None, bands + 3:], fading, faded)
        frames = torch.maximum(frames, peak.log() - DEPTH)
        square = (frames * frames).mean(dim=2, keepdim=True)
        sums = fading @ torch.cat([frames * weight, square * weight, weight], dim=2) + faded * state[:, None, :bands + 2]
        usual, trust = most.log() + self.prior, PRIOR * most
        total = sums[:, :, bands + 1:] + trust
        mean = (sums[:, :, :bands] + trust * usual) / total
        expected = (usual * usual).mean(dim=2, keepdim=True) + self.spread * self.spread
        second = (sums[:, :, bands:bands + 1] + trust * expected) / total
        variance = (second - (mean * mean).mean(dim=2, keepdim=True)).clamp(min=0)
        last = torch.cat([sums, most, peak], dim=2)[:, -1:].flatten(1)
        return ((frames - mean) / (variance + 0.01).sqrt()).clamp(-LIMIT, LIMIT), last

    def fit(self, images: Tensor) -> None:
        """Takes what is usual from images [clips, 1, frames, bands]."""
        frames = images.squeeze(1)
        weight = frames.mean(dim=2, keepdim=True).exp()
        frames = torch.maximum(frames, frames.amax(dim=(1, 2), keepdim=True) - DEPTH)
        mean = (frames * weight).sum(dim=1) / weight.sum(dim=1)
        variance = ((frames - mean[:, None]) ** 2 * weight).sum(dim=1) / weight.sum(dim=1)
        self.prior.copy_((mean - weight.amax(dim=1).log()).mean(dim=0))
        self.spread.copy_(variance.mean().sqrt())


@lru_cache(maxsize=None)
def _fading(frames: int) -> tuple[Tensor, Tensor]:
    """What is left at each of some frames of each before it, [frames, frames], and of the state, [frames, 1]."""
    # NumPy, so that an exported graph contains the numbers instead of computing them.
    since = np.arange(frames)[:, None] - np.arange(frames)
    keep = 1 - 1 / MEMORY
    fading = np.where(since >= 0, keep ** np.maximum(since, 0), 0)
    faded = keep ** (np.arange(frames)[:, None] + 1)
    return torch.from_numpy(fading.astype(np.float32)), torch.from_numpy(faded.astype(np.float32))


def _running_most(values: Tensor, before: Tensor, fading: Tensor, faded: Tensor) -> Tensor:
    """The largest faded value [batch, n, 1] up to each frame, of values [batch, n, 1] and one before them [batch, 1, 1]."""
    return torch.maximum((fading * values.transpose(1, 2)).amax(dim=2, keepdim=True), faded * before)


def whole_steps(frames: Tensor, step: int = STEP) -> Tensor:
    """Frames [batch, n, bands], and silence until a step is full."""
    return functional.pad(frames, (0, 0, 0, -frames.shape[1] % step), value=SILENCE)


def _late(block: nn.Module, image: Tensor, delay: int, pool: int) -> Tensor:
    """The result of a block that keeps the size but for its pool, some rows late. What it makes of the end is left out."""
    return block(functional.pad(image, (0, 0, delay, 0)))[:, :, :image.shape[2] // pool]


class Streaming(LightSerNet):
    """Light-SERNet for log-mel images whose layers look back only.

    Each convolution is the one of `Normalised`, late by half its height: rows beyond the beginning are zero, and there is
    no padding at the end. Pools lie on a grid counted from the first frame. So a step of 16 frames needs from those before
    it only two rows of each layer (`sernet.step`), and all steps together give what `forward` does.
    """

    architecture = "light-sernet-streaming"
    relatives = (Normalised.architecture,)
    """Architectures whose weights a training may begin with."""

    def __init__(self, classes: int, coefficients: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        self.normalisation = RunningNormalisation(coefficients)
        inputs = self.paths[0][0].out_channels * len(PATHS)
        blocks = []
        for (filters, kernel, _), pool in zip(BODY, WINDOWS):
            blocks.append(Block(inputs, filters, kernel, pool))
            inputs = filters
        self.body = nn.Sequential(*blocks)
        self.neighbours = average_pool((1, 2))
        # The paths, two blocks of the body and `neighbours` each halve the bands, rounded up.
        features = inputs * -(-coefficients // 16)
        self.standardisation = Standardisation(features)
        self.head = nn.Linear(features, classes)

    def forward(self, image: Tensor, heard: int = 0) -> Tensor:
        return self.judged(self.features(image, heard))

    def features(self, image: Tensor, heard: int = 0) -> Tensor:
        """What the head reads, [batch, features]: means over all steps of an image [batch, 1, frames, bands], but for its
        first frames, `heard` before (whole steps)."""
        frames = whole_steps(image[:, 0].float())
        with torch.no_grad(), torch.autocast(image.device.type, enabled=False):
            normalised, _ = self.normalisation(frames, frames.new_zeros(len(frames), frames.shape[2] + 4))
        return self.standardisation(self.pooled(self.seen(normalised[:, None])[:, :, heard // STEP:]).float())

    def seen(self, image: Tensor) -> Tensor:
        image = self.joint(torch.cat([_late(path, image, DELAY, 2) for path in self.paths], dim=1))
        for block, pool in zip(self.body, WINDOWS):
            image = _late(block, image, block[0].kernel_size[0] // 2, (pool or (1, 1))[0])
        return image

    def pooled(self, image: Tensor) -> Tensor:
        return self.neighbours(image).mean(dim=2).flatten(1)

    def judged(self, features: Tensor) -> Tensor:
        """Logits of features."""
        return self.head(self.dropout(features))

    def prepare(self, images: Tensor) -> None:
        """Learns what is usual before the first epoch, from images [clips, 1, frames, bands]."""
        self.normalisation.fit(images)

    def translated(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The weights of a `Normalised` as this model's, without its baseline."""
        own = self.state_dict()
        kept = {name: values for name, values in weights.items() if name.startswith(("paths", "body", "head"))}
        return {**own, **kept, "head.weight": weights["head.weight"][:, :own["head.weight"].shape[1]]}

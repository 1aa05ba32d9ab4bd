"""The student: a causal convolutional network over the bands of steps, 32 ms each, and how far they are above the room's floor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..files import write_atomically

STEP, CONTEXT, FRAME, HOP = 512, 64, 256, 128
"""Samples at 16 kHz. A step is seen as Silero sees it: four frames, from 64 samples before it, mirrored at its end."""
EDGES = np.concatenate([np.arange(1, 17), np.round(17 * (129 / 17) ** (np.arange(17) / 16)).astype(int)])
"""The first bin of each band, and the end of the last: single bins up to 1 kHz, then a sixth of an octave each."""
BANDS = len(EDGES) - 1
OFFSET = 1e-3
"""Added to the mean magnitude of a band, whose logarithm is taken: about a noise of -80 dB."""
RISE, FALL = 0.01, 0.1
"""Of the way to the newest step, how much the floor goes up or down: by a fan's noise in some seconds, by a pause at once."""
CHANNELS = 32
TAPS = 5
DILATIONS = (1, 2, 6)


class MelDetector(nn.Module):
    """Logits [streams, steps] of images [streams, steps, 2 x bands]; positive: somebody may be speaking.

    A step sees itself and 1.15 s before it, and what the floor has kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(2 * BANDS, CHANNELS)
        self.depth = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, TAPS, dilation=d, groups=CHANNELS) for d in DILATIONS)
        self.mix = nn.ModuleList(nn.Linear(CHANNELS, CHANNELS) for _ in DILATIONS)
        self.leave = nn.Linear(CHANNELS, 1)

    def forward(self, images: Tensor) -> Tensor:
        hidden = functional.relu(self.enter(images))
        for depth, mix, dilation in zip(self.depth, self.mix, DILATIONS):
            past = functional.pad(hidden.transpose(1, 2), ((TAPS - 1) * dilation, 0))
            hidden = hidden + functional.relu(mix(depth(past).transpose(1, 2)))
        return self.leave(hidden)[..., 0]

    def normalise(self, mean: Tensor, deviation: Tensor) -> None:
        """Begins with the statistics of the image folded into the first layer."""
        with torch.no_grad():
            self.enter.weight /= deviation
            self.enter.bias -= self.enter.weight @ mean

    def write(self, path: Path) -> None:
        """Writes the weights, little-endian float32: bias, then inputs x outputs, of each layer in turn."""
        numbers: list[np.ndarray] = []
        for layer in self._layers():
            weight = layer.weight.detach().numpy().reshape(layer.weight.shape[0], -1)
            numbers += [layer.bias.detach().numpy(), weight.T.ravel()]
        write_atomically(path, lambda file: file.write(np.concatenate(numbers).astype("<f4").tobytes()))

    @staticmethod
    def read(path: Path) -> MelDetector:
        """The network whose weights were written."""
        network, numbers = MelDetector(), torch.from_numpy(np.fromfile(path, "<f4").astype(np.float32))
        for layer in network._layers():
            for weight in (layer.bias, layer.weight):
                mine, numbers = numbers[:weight.numel()], numbers[weight.numel():]
                weight.data = mine.view(-1, len(weight)).T.reshape(weight.shape).clone()
        return network

    def _layers(self) -> list[nn.Module]:
        inner = [layer for pair in zip(self.depth, self.mix) for layer in pair]
        return [self.enter, *inner, self.leave]


def bands(samples: np.ndarray) -> np.ndarray:
    """The logarithms [steps, bands] of the whole steps of samples [n], at the level they have."""
    count = len(samples) // STEP
    padded = np.concatenate([np.zeros(CONTEXT), samples[:count * STEP].astype(np.float64)])
    steps = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + STEP)[::STEP]
    steps = np.pad(steps, ((0, 0), (0, CONTEXT)), mode="reflect")
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    frames = np.lib.stride_tricks.sliding_window_view(steps, FRAME, axis=1)[:, ::HOP] * taper
    sums = np.add.reduceat(np.abs(np.fft.rfft(frames)).sum(axis=1), EDGES[:-1], axis=1)
    return np.log(sums / (frames.shape[1] * np.diff(EDGES)) + OFFSET)


def image(logs: np.ndarray) -> np.ndarray:
    """What the network sees [steps, 2 x bands] of logarithms [steps, bands]: how far they are above the floor, and they themselves."""
    floor, above = logs[0].copy(), np.empty_like(logs)
    for step, newest in enumerate(logs):
        above[step] = newest - floor
        floor += np.where(above[step] > 0, RISE, FALL) * above[step]
    return np.concatenate([above, logs], axis=1)

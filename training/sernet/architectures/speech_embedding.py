"""A classifier on the lower layers of a speech embedding that was trained on far more voices.

The embedding is Google's (Lin et al., "Training keyword spotters with limited and synthesized
speech data", ICASSP 2020; Apache-2.0), which learnt five thousand keywords in 200 million clips;
openWakeWord published it as `embedding_model.onnx`. Keywords are told apart whoever says them, so
its layers know voices as Light-SERNet, with ten speakers, cannot.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from ..errors import InputError

LAYERS = ((24, (3, 3), None), (24, (1, 3), None), (24, (3, 1), (2, 2)),
          (48, (1, 3), None), (48, (3, 1), None), (48, (1, 3), None), (48, (3, 1), (1, 2)),
          (72, (1, 3), None), (72, (3, 1), None), (72, (1, 3), None), (72, (3, 1), (2, 2)),
          (96, (1, 3), None), (96, (3, 1), None))
"""Filters and kernel (time × band) of each convolution, and the pooling after it. The embedding has
seven more; what tells emotions apart is best seen in the middle (docs/models.md)."""
HEARD = (8, 12)
"""The layers whose mean and deviation over time the head sees."""
BANDS = 32
SLOPE, FLOOR = 0.2, -0.4
"""Of the embedding's activation: a leaky ReLU that never falls below the floor."""
PEAK_DB, SPEECH_DB = 84.0, 25.0
"""The embedding was trained on 16-bit samples; a peak of ±1 is this much louder for it. Frames this
far below the loudest are no speech, and are left out of means."""


class SpeechEmbedding(nn.Module):
    """Mel energies in decibels [batch, 1, frames, bands] to logits [batch, classes]; any number of frames."""

    architecture = "speech-embedding"

    def __init__(self, classes: int, bands: int = BANDS, dropout: float = 0.5,
                 heard: tuple[int, ...] = HEARD) -> None:
        super().__init__()
        self.heard = heard
        inputs, convolutions = 1, []
        for filters, kernel, _ in LAYERS:
            convolutions.append(nn.Conv2d(inputs, filters, kernel, padding=(kernel[0] // 2, kernel[1] // 2)))
            inputs = filters
        self.convolutions = nn.ModuleList(convolutions)
        width = sum(2 * LAYERS[layer][0] * _bands_left(bands, layer) for layer in heard)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes)

    def forward(self, decibels: Tensor) -> Tensor:
        return self.head(self.dropout(self.features(decibels)))

    def features(self, decibels: Tensor) -> Tensor:
        """What the head sees [batch, features]."""
        image, speech, heard = (decibels + PEAK_DB) / 10 + 2, _speech(decibels), []
        for index, (convolution, (_, _, pool)) in enumerate(zip(self.convolutions, LAYERS)):
            image = functional.leaky_relu(convolution(image), SLOPE).clamp(min=FLOOR)
            if index in self.heard:
                heard.append(_statistics(image, speech))
            if pool:
                image = functional.max_pool2d(image, pool)
                if pool[0] > 1:
                    speech = functional.avg_pool2d(speech, (pool[0], 1))
        return torch.cat(heard, dim=1)

    def start_from(self, file: Path) -> None:
        """Takes the convolutions of `embedding_model.onnx`; the head stays as it is."""
        try:
            graph = onnx.load(str(file)).graph
        except Exception as error:  # protobuf's decoder raises classes of its own
            raise InputError(f"{file} is not an ONNX model; give openWakeWord's embedding_model.onnx") from error
        tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        nodes = [node for node in graph.node if node.op_type == "Conv"]
        for convolution, node in zip(self.convolutions, nodes):
            weight, bias = (torch.from_numpy(tensors[name].copy()) for name in node.input[1:])
            if weight.shape != convolution.weight.shape:
                raise InputError(f"{file} has other layers than openWakeWord's embedding_model.onnx; give that file")
            with torch.no_grad():
                convolution.weight.copy_(weight)
                convolution.bias.copy_(bias)


def _bands_left(bands: int, layer: int) -> int:
    """Bands left at a layer."""
    for _, _, pool in LAYERS[:layer]:
        bands //= pool[1] if pool else 1
    return bands


def _speech(decibels: Tensor) -> Tensor:
    """How much each frame is speech, 0 … 1, [batch, 1, frames, 1]."""
    loudness = decibels.mean(dim=3, keepdim=True)
    loudest = loudness.amax(dim=2, keepdim=True)
    return torch.sigmoid(loudness - loudest + SPEECH_DB)


def _statistics(image: Tensor, speech: Tensor) -> Tensor:
    """Mean and deviation over the frames of speech of every filter in every band."""
    share = speech / speech.sum(dim=2, keepdim=True)
    mean = (image * share).sum(dim=2, keepdim=True)
    deviation = (((image - mean) ** 2 * share).sum(dim=2, keepdim=True) + 1e-4).sqrt()
    return torch.cat([mean.flatten(1), deviation.flatten(1)], dim=1)

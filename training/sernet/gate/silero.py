"""The teacher: Silero VAD (MIT), read from its ONNX file and run in PyTorch over many streams at once."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from ..errors import InputError

STEP = 512
"""Samples of a step, at 16 kHz."""
CONTEXT = 64
"""Samples of the step before that a step is read with."""
_STRIDES = (1, 2, 2, 1)


class Silero:
    """Probabilities of speech, step by step."""

    def __init__(self, path: Path) -> None:
        weights = _weights(path)
        self._basis = weights["stft.forward_basis_buffer"]
        self._layers = [(weights[f"encoder.{i}.reparam_conv.weight"], weights[f"encoder.{i}.reparam_conv.bias"], stride)
                        for i, stride in enumerate(_STRIDES)]
        self._last = weights["decoder.decoder.2.weight"][:, :, 0], weights["decoder.decoder.2.bias"]
        self._memory = nn.LSTM(128, 128, batch_first=True)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(self._memory, f"{name}_l0").data = weights[f"decoder.rnn.{name}"]

    @torch.no_grad()
    def __call__(self, streams: np.ndarray) -> np.ndarray:
        """Probabilities [streams, steps] of samples [streams, steps · 512], each stream from its begin."""
        padded = torch.from_numpy(np.pad(streams, ((0, 0), (CONTEXT, 0))).astype(np.float32))
        steps = padded.unfold(1, CONTEXT + STEP, STEP)
        heard = torch.stack([self._heard(stream) for stream in steps])
        remembered, _ = self._memory(heard)
        weight, bias = self._last
        return torch.sigmoid(functional.linear(functional.relu(remembered), weight, bias))[..., 0].numpy()

    def _heard(self, steps: Tensor) -> Tensor:
        """What the encoder makes of steps [n, 576]: [n, 128]."""
        spectrum = functional.conv1d(functional.pad(steps[:, None], (0, CONTEXT), mode="reflect"), self._basis, stride=128)
        half = spectrum.shape[1] // 2
        image = (spectrum[:, :half] ** 2 + spectrum[:, half:] ** 2).sqrt()
        for weight, bias, stride in self._layers:
            image = functional.relu(functional.conv1d(image, weight, bias, stride, padding=1))
        return image[:, :, 0]


def _weights(path: Path) -> dict[str, Tensor]:
    """The weights of the branch for 16 kHz, by their names."""
    try:
        graph = onnx.load(str(path)).graph
    except OSError as error:
        raise InputError(f"{path} is not there; run npm ci in the repository's root, which brings it") from error
    weights = {}
    for node in _nodes(graph):
        before, inline, name = node.output[0].partition("then_branch__Inline_0__")
        if node.op_type == "Constant" and inline and not name.startswith("/"):
            weights[name] = torch.from_numpy(numpy_helper.to_array(node.attribute[0].t).copy())
    return weights


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _nodes(attribute.g)

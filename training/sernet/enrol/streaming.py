"""What a network that streams judges an utterance by: the features that its head reads, and the head's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from ..architectures import AT_ONCE
from ..architectures.normalised import SMALLEST
from ..architectures.streaming import Streaming
from ..athome.listeners import Known
from ..errors import InputError
from ..onnx_eval import OnnxModel
from ..step import AFTER, FADING, heard_to_the_end
from .half import to_text

SUM, COUNT = FADING


class StreamedListener:
    """A trained network that streams, for `Household`: its memory is what it heard last, and changes no answer."""

    def __init__(self, model: Streaming, labels: tuple[str, ...]) -> None:
        self._model, self.labels, self.memory = model.eval(), labels, model.head.in_features + 1
        self.head = model.head.weight.detach().numpy()

    def known(self, images: Tensor) -> Known:
        with torch.no_grad():
            return (torch.cat([self._model.features(part) for part in images.split(AT_ONCE)]),)

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            return self._model.judged(known[0]).softmax(dim=1), torch.cat([known[0], torch.ones(len(known[0]), 1)], dim=1)


def graph_features(graph: OnnxModel, images: Tensor) -> Tensor:
    """What the head of a step's graph reads after the last step, [clips, features], of images [clips, 1, frames, bands]."""
    parts = []
    for part in images.split(AT_ONCE):
        tensors = heard_to_the_end(graph, part)
        parts.append(tensors[SUM + AFTER] / tensors[COUNT + AFTER])
    return torch.cat(parts)


def head_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The weights [labels, features] and biases [labels] by which a step's graph makes logits of its features."""
    graph = onnx.load(str(path)).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    means = {node.output[0] for node in graph.node if node.op_type == "Div" and list(node.input) == [SUM + AFTER, COUNT + AFTER]}
    for node in graph.node:
        if node.op_type == "Gemm" and node.input[0] in means:
            return values[node.input[1]], values[node.input[2]]
    raise InputError(f"{path} does not make its answer of {SUM} / {COUNT} by a linear head; export the model again")


def features_of_card(heard: Tensor, head: np.ndarray, moods: Callable[[np.ndarray], np.ndarray]) -> dict[str, str]:
    """The card's `streaming.features` by what a graph's head reads of clips [clips, features]. `moods`: makes usual moods of features."""
    deviation = (heard.std(dim=0) + SMALLEST).numpy().astype("<f2").astype(np.float32)
    return {"sum": SUM, "count": COUNT, "deviation": to_text(deviation), "moods": to_text(moods(heard.numpy() / deviation)),
            "head": to_text(head * deviation)}

"""What a network that streams judges an utterance by: the features that its head reads, and the head's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from ..architectures.normalised import SMALLEST
from ..errors import InputError
from ..onnx_eval import AT_ONCE, OnnxModel
from ..step import AFTER, FADING, heard_to_the_end
from .half import to_text

SUM, COUNT = FADING


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

"""A network that streams, as the household hears it: features in, by its head's weights, and what is usual taken from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from ..architectures.normalised import SMALLEST, TRUST, after
from ..architectures.streaming import Streaming
from ..athome.listeners import Known
from ..card import Card
from ..errors import InputError
from ..onnx_eval import AT_ONCE, OnnxModel, read_onnx
from ..step import AFTER, FADING, heard_to_the_end
from ..voices import features
from .half import from_text, to_text

SUM, COUNT = FADING


@dataclass(frozen=True)
class StreamingListener:
    """A network that streams, as a model that can be told what is usual.

    Its features are means over an utterance, as multiples of their deviations. They begin at the mean of the usual moods
    (`centred`), so that what is usual of nobody in particular is zero, and telling it changes nothing.
    """

    labels: tuple[str, ...]
    features: Callable[[Tensor], Tensor]
    weight: Tensor
    bias: Tensor
    temperature: float = 1.0

    @property
    def memory(self) -> int:
        return self.weight.shape[1] + 1

    def known(self, images: Tensor) -> Known:
        with torch.no_grad():
            return (self.features(images),)

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        told = memory[:, :-1] * memory[:, -1:] / (memory[:, -1:] + TRUST)
        logits = (known[0] - told) @ self.weight.T + self.bias
        return (logits / self.temperature).softmax(dim=1), after(known[0], memory)

    def centred(self, moods: np.ndarray) -> tuple[StreamingListener, np.ndarray]:
        """The same with features that begin at the mean of moods [labels, features], and the moods in these."""
        begin = torch.from_numpy(moods.mean(axis=0)).float()
        return (StreamingListener(self.labels, lambda images: self.features(images) - begin, self.weight,
                                  self.bias + self.weight @ begin, self.temperature), moods - moods.mean(axis=0))


def of_model(model: Streaming, labels: tuple[str, ...]) -> StreamingListener:
    """A trained model, whose features are standardised by its training."""
    return StreamingListener(labels, lambda images: features(model, images), model.head.weight.detach(), model.head.bias.detach())


def of_card(card: Card) -> tuple[StreamingListener, np.ndarray]:
    """An exported model by what its card says of its features, and their usual moods."""
    said: dict[str, Any] = json.loads(card.onnx.with_suffix(".json").read_text(encoding="utf-8"))["streaming"].get("features")
    if said is None:
        raise InputError(f"the card of {card.name} does not say how moods usually sound; run python3 -m sernet.enrol.usual first")
    graph, (_, bias) = read_onnx(card.onnx), head_of(card.onnx)
    deviation = torch.from_numpy(from_text(said["deviation"]))
    weight, moods = (from_text(said[key]).reshape(len(card.labels), -1) for key in ("head", "moods"))
    listener = StreamingListener(card.labels, lambda images: graph_features(graph, images) / deviation, torch.from_numpy(weight),
                                 torch.from_numpy(bias), card.temperature)
    return listener, moods


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

"""One step of a network that streams, as an ONNX graph with states, and how to run it."""

from __future__ import annotations

from typing import Any, Iterator

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from .architectures.blocks import Block
from .architectures.streaming import DELAY, REACH, STEP, WINDOWS, Streaming, whole_steps
from .graph import FEATURES, OUTPUT, graph_of
from .onnx_eval import OnnxModel
from .quantize import Levels, calibrate, pools_as_convolutions, quantized

STATE, AFTER = "state_", "_out"
FADING = (STATE + "sum", STATE + "count")
"""States that a factor below 1 may be put on between steps, for answers that forget."""


class Step(nn.Module):
    """Frames [batch, 16, bands] and states to probabilities after this step, and new states.

    The states, all zero at the start: that of the normalisation, the last normalised frames, the last two rows
    that each convolution of the body read, the sum over steps of the last image, and the number of steps in it.
    """

    def __init__(self, model: Streaming, steps: int = 1) -> None:
        """`steps`: how many are computed together."""
        super().__init__()
        self.net, self.frames = model, steps * STEP
        bands = len(model.normalisation.prior)
        self.states = {"normalisation": (bands + 4,), "frames": (1, 2 * DELAY, bands)}
        width = bands // 2
        for place, (block, pool) in enumerate(zip(model.body, WINDOWS)):
            if block[0].kernel_size[0] > 1:
                self.states[f"body{place}"] = (block[0].in_channels, REACH, width)
            width //= (pool or (1, 1))[1]
        self.states |= {"sum": (model.head.in_features,), "count": (1,)}
        deviation = model.standardisation.deviation
        self.register_buffer("weight", model.head.weight.detach() / deviation)
        self.register_buffer("bias", model.head.bias.detach() - self.weight @ model.standardisation.mean)

    def forward(self, frames: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        states = dict(zip(self.states, given))
        normalised, after = self.net.normalisation(frames, states["normalisation"])
        new = {"normalisation": after}
        image = self._joined(states, new, "frames", normalised.unsqueeze(1), 2 * DELAY)
        parts = []
        for path in self.net.paths:
            half = path[0].kernel_size[0] // 2
            parts.append(_computed(path, image[:, :, DELAY - half:DELAY + half + self.frames]))
        image = torch.cat(parts, dim=1)
        for place, block in enumerate(self.net.body):
            if f"body{place}" in states:
                image = self._joined(states, new, f"body{place}", image, REACH)
            image = _computed(block, image)
        new["sum"] = states["sum"] + self.net.neighbours(image).sum(dim=2).flatten(1)
        new["count"] = states["count"] + self.frames // STEP
        logits = functional.linear(new["sum"] / new["count"], self.weight, self.bias)
        return (logits.softmax(dim=1), *(new[name] for name in self.states))

    @staticmethod
    def _joined(states: dict[str, Tensor], new: dict[str, Tensor], name: str, rows: Tensor, kept: int) -> Tensor:
        """Rows behind those kept from the step before; keeps the last of them."""
        image = torch.cat([states[name], rows], dim=2)
        new[name] = image[:, :, -kept:]
        return image


def _computed(block: Block, image: Tensor) -> Tensor:
    """A block in evaluation, without padding along time."""
    convolution, *behind = block
    image = functional.conv2d(image, convolution.weight, padding=(0, convolution.padding[1]))
    for layer in behind:
        image = layer(image)
    return image


def step_graph(model: Streaming, steps: int = 1) -> onnx.ModelProto:
    """The fp32 graph of a step, or of some together."""
    step = Step(model, steps).eval()
    zeros = [torch.zeros(1, *shape) for shape in step.states.values()]
    names = [STATE + name for name in step.states]
    return graph_of(step, (torch.zeros(1, step.frames, step.states["frames"][2]), *zeros), [FEATURES, *names],
                    [OUTPUT, *(name + AFTER for name in names)], model.architecture)


def int8_step(fp32: onnx.ModelProto, images: Tensor) -> onnx.ModelProto:
    """The int8 graph of a step, calibrated on images [clips, 1, frames, bands].

    Rows that are kept have the levels of those that follow them, so quantising them again changes nothing.
    """
    prepared = pools_as_convolutions(fp32)
    levels = calibrate(prepared, [given for batch in images.split(16) for given in _inputs(OnnxModel(prepared), batch)])
    return quantized(prepared, _shared(prepared, levels))


def _shared(model: onnx.ModelProto, levels: dict[str, Levels]) -> dict[str, Levels]:
    made = dict(levels)
    for node in model.graph.node:
        if node.op_type == "Concat" and node.output[0] in levels:
            made |= {name: levels[node.output[0]] for name in node.input if name in levels}
    return made


def streaming_of(graph: onnx.ModelProto) -> dict[str, Any] | None:
    """The card's `streaming` of a step: its frames, and its states, which are zero at first, `forgets` those of `FADING`; None for another graph."""
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in graph.graph.input}
    if FEATURES not in shapes:
        return None
    return {"frames": shapes[FEATURES][1], "states": [
        {"input": name, "output": name + AFTER, "shape": shape, **({"forgets": True} if name in FADING else {})}
        for name, shape in shapes.items() if name != FEATURES]}


def is_step(graph: OnnxModel) -> bool:
    """Whether a graph is one step of a network that streams."""
    return FEATURES in graph.inputs


def streamed(graph: OnnxModel, images: Tensor, keep: float = 1.0) -> Tensor:
    """Probabilities after each step, [clips, steps, classes], of images [clips, 1, frames, bands].

    `keep`: what is left of the sum after each step; less than 1 for answers that forget.
    """
    return torch.stack([tensors[OUTPUT] for _, tensors in _steps(graph, images, keep)], dim=1)


def heard_to_the_end(graph: OnnxModel, images: Tensor) -> dict[str, Tensor]:
    """Every tensor of the last step, of images [clips, 1, frames, bands]."""
    *_, (_, tensors) = _steps(graph, images)
    return tensors


def _inputs(graph: OnnxModel, images: Tensor) -> list[tuple[Tensor, ...]]:
    return [given for given, _ in _steps(graph, images)]


def _steps(graph: OnnxModel, images: Tensor, keep: float = 1.0) -> Iterator[tuple[tuple[Tensor, ...], dict[str, Tensor]]]:
    """Inputs and tensors of each step, beginning with states that are zero."""
    length = graph.inputs[FEATURES][1]
    frames = whole_steps(images.squeeze(1), length)
    names = [name for name in graph.inputs if name != FEATURES]
    states = [torch.zeros(len(frames), *graph.inputs[name][1:]) for name in names]
    for step in frames.split(length, dim=1):
        given = (step, *states)
        tensors = graph.tensors(*given)
        yield given, tensors
        states = [tensors[name + AFTER] * (keep if name in FADING else 1) for name in names]

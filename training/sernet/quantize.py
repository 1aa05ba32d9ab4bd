"""An fp32 graph as int8 in QDQ form, which runtimes fuse into integer convolutions.

Weights are int8, symmetric, one scale for each filter; activations are uint8 with zero point 0,
for all of them follow a ReLU; biases are int32 at the scale of the products they are added to.
A convolution that reads the graph's input stays float: with one input channel it has little to
gain, and converting around it costs more (measured in ONNX Runtime with AVX-512 VNNI).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor

from .graph import model_of
from .onnx_eval import OnnxModel

WEIGHT_LEVELS = 63
"""Seven bits, not eight: x86 processors without VNNI add two products in 16 bits, which saturates
at 2 · 255 · 127 but not at 2 · 255 · 63 (ONNX Runtime's `reduce_range`). So the model gives the
same answer everywhere; on EMO-DB it costs no label."""
BINS = 4096
"""Bins of the histogram a scale is chosen from."""


def calibrate(model: onnx.ModelProto, batches: Iterable[Tensor]) -> dict[str, float]:
    """Scale of each activation to be quantised, from inputs the model was trained on.

    The scale is the one with the least squared error over the histogram of the values seen: cutting
    off a few large values often costs less than coarse steps for all others.
    """
    names, graph = _activations(model.graph), OnnxModel(model)
    batches = list(batches)
    tops: dict[str, float] = defaultdict(float)
    for batch in batches:
        values = graph.tensors(batch)
        for name in names:
            tops[name] = max(tops[name], values[name].max().item())
    counts = {name: torch.zeros(BINS) for name in names}
    for batch in batches:
        values = graph.tensors(batch)
        for name in names:
            counts[name] += torch.histc(values[name], BINS, 0, tops[name])
    return {name: _best_scale(counts[name].numpy(), tops[name]) for name in names}


def _best_scale(counts: np.ndarray, top: float) -> float:
    """The scale of least squared error for values in [0, top] with a histogram [bins]."""
    centres = (np.arange(len(counts)) + 0.5) * (top / len(counts))

    def error(scale: float) -> float:
        levels = np.minimum(np.round(centres / scale), 255)
        return float(counts @ (centres - levels * scale) ** 2)

    return min((top * share / 255 for share in np.linspace(0.3, 1, 71)), key=error)


def quantized(model: onnx.ModelProto, scales: dict[str, float]) -> onnx.ModelProto:
    """The int8 model of an fp32 model and the scales of its activations."""
    source = model.graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, np.ndarray] = {}

    def dequantize(name: str, levels: str, axis: int) -> str:
        nodes.append(helper.make_node(
            "DequantizeLinear", [levels, f"{name}.scale", f"{name}.zero"], [f"{name}.float"],
            name=f"{name}.float", axis=axis))
        return f"{name}.float"

    def constant(name: str, levels: np.ndarray, scale: np.ndarray) -> str:
        """A dequantised tensor [filters, …] with a scale for each filter."""
        constants.update({f"{name}.levels": levels, f"{name}.scale": scale,
                          f"{name}.zero": np.zeros(len(scale), levels.dtype)})
        return dequantize(name, f"{name}.levels", axis=0)

    def pair(name: str) -> None:
        """Quantize and dequantize of an activation, under the name `<activation>.float`."""
        constants.update({f"{name}.scale": np.float32(scales[name]), f"{name}.zero": np.uint8(0)})
        nodes.append(helper.make_node("QuantizeLinear", [name, f"{name}.scale", f"{name}.zero"],
                                      [f"{name}.levels"], name=f"{name}.levels"))
        dequantize(name, f"{name}.levels", axis=1)

    for node in source.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.input[:] = [f"{name}.float" if name in scales else name for name in node.input]
        if _quantizable(node, source):
            image, weight, bias = node.input
            levels, scale = _weight_levels(tensors.pop(weight))
            products = np.float32(scales[image]) * scale
            copy.input[1] = constant(weight, levels, scale)
            copy.input[2] = constant(bias, np.round(tensors.pop(bias) / products).astype(np.int32),
                                     products)
        nodes.append(copy)
        if node.output[0] in scales:
            pair(node.output[0])
    initializers = [numpy_helper.from_array(np.asarray(values), name)
                    for name, values in {**tensors, **constants}.items()]
    return model_of(helper.make_graph(nodes, source.name, source.input, source.output, initializers))


def _weight_levels(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels, int8 [filters, …], and scales, float32 [filters], of a weight."""
    scale = np.abs(weight).reshape(len(weight), -1).max(axis=1) / np.float32(WEIGHT_LEVELS)
    scale = np.maximum(scale, np.float32(1e-12)).astype(np.float32)
    return np.round(weight / scale[:, None, None, None]).astype(np.int8), scale


def _activations(graph: onnx.GraphProto) -> list[str]:
    """What quantised convolutions read, and the ReLU outputs behind them."""
    inner = [node for node in graph.node if _quantizable(node, graph)]
    reads, writes = {node.input[0] for node in inner}, {node.output[0] for node in inner}
    rectified = {node.output[0] for node in graph.node
                 if node.op_type == "Relu" and node.input[0] in writes}
    return [name for node in graph.node for name in node.output if name in reads | rectified]


def _quantizable(node: onnx.NodeProto, graph: onnx.GraphProto) -> bool:
    return node.op_type == "Conv" and node.input[0] != graph.input[0].name

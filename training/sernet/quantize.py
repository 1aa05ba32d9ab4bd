"""An fp32 graph as int8 in QDQ form, which runtimes fuse into integer convolutions.

Weights are int8, symmetric, one scale for each filter; activations are uint8, with zero point 0
after a ReLU; biases are int32 at the scale of the products they are added to. The first convolutions of the graph
stay float: with one input channel they gain little, and converting around them costs more (measured in ONNX
Runtime with AVX-512 VNNI). Average pools whose windows are all whole become depthwise convolutions, because ONNX
Runtime's integer pool takes up to ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper, shape_inference
from torch import Tensor

from .graph import model_of
from .onnx_eval import OnnxModel

WEIGHT_LEVELS = 63
"""Seven bits, not eight: x86 processors without VNNI add two products in 16 bits, which saturates
at 2 · 255 · 127 but not at 2 · 255 · 63 (ONNX Runtime's `reduce_range`). So the model gives the
same answer everywhere; on EMO-DB it costs no label."""
BINS = 4096
"""Bins of the histogram a scale is chosen from."""


@dataclass(frozen=True)
class Levels:
    """What an activation's uint8 levels mean: (level - zero) · scale."""

    scale: float
    zero: int


def int8_model(fp32: onnx.ModelProto, batches: Iterable[Tensor]) -> onnx.ModelProto:
    """The int8 model of an fp32 model, calibrated on inputs like its training data."""
    prepared = pools_as_convolutions(fp32)
    return quantized(prepared, calibrate(prepared, [(batch,) for batch in batches]))


def calibrate(model: onnx.ModelProto, batches: Iterable[tuple[Tensor, ...]]) -> dict[str, Levels]:
    """Levels of each activation to be quantised, from batches of the graph's inputs.

    They minimise the squared error over the histogram of the values: cutting off a few large values often costs less than
    coarse steps for all others.
    """
    names, graph = _activations(model.graph), OnnxModel(model)
    batches = list(batches)
    seen = {name: [0.0, 1e-6] for name in names}
    for batch in batches:
        values = graph.tensors(*batch)
        for name, (low, high) in seen.items():
            seen[name] = [min(low, values[name].min().item()), max(high, values[name].max().item())]
    counts = {name: torch.zeros(BINS) for name in names}
    for batch in batches:
        values = graph.tensors(*batch)
        for name, (low, high) in seen.items():
            counts[name] += torch.histc(values[name], BINS, low, high)
    return {name: _best_levels(counts[name].numpy(), *seen[name]) for name in names}


def _best_levels(counts: np.ndarray, low: float, high: float) -> Levels:
    """The levels of least squared error for values in [low, high] with a histogram [bins]."""
    centres = low + (np.arange(len(counts)) + 0.5) * ((high - low) / len(counts))

    def error(levels: Levels) -> float:
        rounded = np.clip(np.round(centres / levels.scale) + levels.zero, 0, 255)
        return float(counts @ (centres - (rounded - levels.zero) * levels.scale) ** 2)

    steps = ((high - low) * share / 255 for share in np.linspace(0.3, 1, 71))
    zero = round(-low / (high - low) * 255)
    return min((Levels(step, zero) for step in steps), key=error)


def quantized(model: onnx.ModelProto, levels: dict[str, Levels]) -> onnx.ModelProto:
    """The int8 model of an fp32 model and the levels of its activations."""
    source = model.graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, np.ndarray] = {}
    inner = _inner_convolutions(source)

    def dequantize(name: str, axis: int) -> str:
        nodes.append(helper.make_node(
            "DequantizeLinear", [f"{name}.levels", f"{name}.scale", f"{name}.zero"], [f"{name}.float"],
            name=f"{name}.float", axis=axis))
        return f"{name}.float"

    def constant(name: str, values: np.ndarray, scale: np.ndarray) -> str:
        """A dequantised tensor [filters, …] with a scale for each filter."""
        constants.update({f"{name}.levels": values, f"{name}.scale": scale,
                          f"{name}.zero": np.zeros(len(scale), values.dtype)})
        return dequantize(name, axis=0)

    def pair(name: str) -> None:
        """Quantize and dequantize of an activation, under the name `<activation>.float`."""
        constants.update({f"{name}.scale": np.float32(levels[name].scale),
                          f"{name}.zero": np.uint8(levels[name].zero)})
        nodes.append(helper.make_node("QuantizeLinear", [name, f"{name}.scale", f"{name}.zero"],
                                      [f"{name}.levels"], name=f"{name}.levels"))
        dequantize(name, axis=1)

    for node in source.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.input[:] = [f"{name}.float" if name in levels else name for name in node.input]
        if node.name in inner:
            image, weight = node.input[:2]
            values, scale = _weight_levels(tensors[weight])
            products = np.float32(levels[image].scale) * scale
            copy.input[1] = constant(f"{node.name}.weight", values, scale)
            if len(node.input) > 2:
                bias = np.round(tensors[node.input[2]] / products).astype(np.int32)
                copy.input[2] = constant(f"{node.name}.bias", bias, products)
        nodes.append(copy)
        if node.output[0] in levels:
            pair(node.output[0])
    read = {name for node in nodes for name in node.input}
    initializers = [numpy_helper.from_array(np.asarray(values), name)
                    for name, values in {**tensors, **constants}.items() if name in read]
    return model_of(helper.make_graph(nodes, source.name, source.input, source.output, initializers))


def _weight_levels(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels, int8 [filters, …], and scales, float32 [filters], of a weight."""
    scale = np.abs(weight).reshape(len(weight), -1).max(axis=1) / np.float32(WEIGHT_LEVELS)
    scale = np.maximum(scale, np.float32(1e-12)).astype(np.float32)
    return np.round(weight / scale.reshape(-1, *[1] * (weight.ndim - 1))).astype(np.int8), scale


def _activations(graph: onnx.GraphProto) -> list[str]:
    """The inputs of quantised convolutions, and their outputs, after the ReLU if there is one."""
    inner = [node for node in graph.node if node.name in _inner_convolutions(graph)]
    reads, writes = {node.input[0] for node in inner}, {node.output[0] for node in inner}
    rectified = {node.input[0]: node.output[0] for node in graph.node
                 if node.op_type == "Relu" and node.input[0] in writes}
    wanted = reads | {rectified.get(name, name) for name in writes}
    return [name for node in graph.node for name in node.output if name in wanted]


def _inner_convolutions(graph: onnx.GraphProto) -> set[str]:
    """Names of the convolutions that come after another one."""
    convolved: set[str] = set()
    inner = set()
    for node in graph.node:
        behind = any(name in convolved for name in node.input)
        if node.op_type == "Conv" and node.input[0] in convolved:
            inner.add(node.name)
        if node.op_type == "Conv" or behind:
            convolved.update(node.output)
    return inner


def pools_as_convolutions(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with depthwise convolutions instead of average pools between quantised activations."""
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in shape_inference.infer_shapes(model).graph.value_info}
    levels = set(_activations(model.graph))
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for node in changed.graph.node:
        if node.op_type != "AveragePool" or node.input[0] not in levels:
            continue
        channels, *size = shapes[node.input[0]][1:]
        window = next(list(a.ints) for a in node.attribute if a.name == "kernel_shape")
        if any(length % step for length, step in zip(size, window)):
            continue
        weight = np.full((channels, 1, *window), 1 / np.prod(window), np.float32)
        changed.graph.initializer.append(numpy_helper.from_array(weight, f"{node.name}.weight"))
        node.CopyFrom(helper.make_node(
            "Conv", [node.input[0], f"{node.name}.weight"], node.output, name=node.name,
            kernel_shape=window, strides=window, pads=[0] * 2 * len(window), group=channels))
    return changed

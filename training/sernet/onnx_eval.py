"""Evaluates an exported ONNX file with PyTorch's plain operations.

An independent reader of the file that ships: it knows nothing of the model the file was made
from. Quantised graphs are computed as they are written, rounding and saturation included.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor
from torch.nn import functional

from .errors import InputError


class OnnxModel:
    """A graph with one input and one output, and a fixed shape but for the batch."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.input_name, self.output_name = graph.input[0].name, graph.output[0].name
        self.input_shape = tuple(d.dim_value for d in graph.input[0].type.tensor_type.shape.dim)
        self._tensors = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
                         for tensor in graph.initializer}
        self._nodes = [(node.op_type, list(node.input), node.output[0],
                        {a.name: helper.get_attribute_value(a) for a in node.attribute})
                       for node in graph.node]
        if unknown := sorted({kind for kind, *_ in self._nodes} - set(_OPERATIONS)):
            raise InputError(f"the model uses {', '.join(unknown)}, which sernet.onnx_eval does "
                             "not know; use a model made by sernet.export")

    def __call__(self, inputs: Tensor) -> Tensor:
        """The output [batch, …] for inputs [batch, …]."""
        return self.tensors(inputs)[self.output_name]

    def tensors(self, inputs: Tensor) -> dict[str, Tensor]:
        """Every tensor of the graph by its name, for inputs [batch, …]."""
        if tuple(inputs.shape[1:]) != self.input_shape[1:]:
            raise InputError(f"the model takes {list(self.input_shape)} and the front end makes "
                             f"{list(inputs.shape)}; use the front end of the model's card")
        values = {**self._tensors, self.input_name: inputs}
        with torch.no_grad():
            for kind, names, output, attributes in self._nodes:
                values[output] = _OPERATIONS[kind](*(values[name] for name in names), **attributes)
        return values


def read_onnx(path: Path) -> OnnxModel:
    """Reads an ONNX file."""
    try:
        return OnnxModel(onnx.load(str(path)))
    except FileNotFoundError as error:
        raise InputError(f"the model {path} is not there; "
                         "put it beside its card or export it again") from error
    except InputError:
        raise
    except Exception as error:  # protobuf's decoder raises classes of its own
        raise InputError(f"{path} is not an ONNX model; export it again") from error


def _conv(x: Tensor, weight: Tensor, bias: Tensor, kernel_shape: Any, pads: Any) -> Tensor:
    return functional.conv2d(_padded(x, pads), weight, bias)


def _average_pool(x: Tensor, kernel_shape: Any, strides: Any, pads: Any,
                  count_include_pad: int) -> Tensor:
    def total(values: Tensor) -> Tensor:
        return functional.avg_pool2d(_padded(values, pads), kernel_shape, strides, divisor_override=1)

    ones = torch.ones_like(x[:1, :1])
    return total(x) / total(torch.ones_like(_padded(ones, pads)) if count_include_pad else ones)


def _padded(x: Tensor, pads: Any) -> Tensor:
    top, left, bottom, right = pads
    return functional.pad(x, (left, right, top, bottom))


def _gemm(a: Tensor, b: Tensor, c: Tensor, transB: int = 0) -> Tensor:
    return a @ (b.T if transB else b) + c


def _quantize(x: Tensor, scale: Tensor, zero: Tensor, axis: int = 1) -> Tensor:
    bounds = torch.iinfo(zero.dtype)
    levels = torch.round(x / _along(scale, x, axis)) + _along(zero, x, axis)
    return levels.clamp(bounds.min, bounds.max).to(zero.dtype)


def _dequantize(x: Tensor, scale: Tensor, zero: Tensor, axis: int = 1) -> Tensor:
    return (x.int() - _along(zero.int(), x, axis)).float() * _along(scale, x, axis)


def _along(values: Tensor, x: Tensor, axis: int) -> Tensor:
    """Values [x.shape[axis]] shaped to broadcast along an axis of x; a scalar as it is."""
    return values if values.dim() == 0 else values.reshape([-1] + [1] * (x.dim() - axis - 1))


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Conv": _conv,
    "Relu": torch.relu,
    "AveragePool": _average_pool,
    "Concat": lambda *parts, axis: torch.cat(parts, dim=axis),
    "GlobalAveragePool": lambda x: x.mean(dim=(2, 3), keepdim=True),
    "Flatten": lambda x, axis: x.flatten(axis),
    "Gemm": _gemm,
    "Softmax": lambda x, axis: x.softmax(dim=axis),
    "QuantizeLinear": _quantize,
    "DequantizeLinear": _dequantize,
}

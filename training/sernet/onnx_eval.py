"""Evaluates an exported ONNX file with PyTorch's plain operations.

An independent reader of the file that ships: it shares no code with the model behind the
file. It computes quantised graphs as written, with rounding and saturation.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Callable

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional

from .architectures import AT_ONCE
from .errors import InputError


class OnnxModel:
    """A graph with fixed shapes except for the batch."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.inputs = {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in graph.input}
        self.outputs = [value.name for value in graph.output]
        self._tensors = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
                         for tensor in graph.initializer}
        self._nodes = [(node.op_type, list(node.input), node.output[0], _attributes(node))
                       for node in graph.node]
        if unknown := sorted({kind for kind, *_ in self._nodes} - set(_OPERATIONS)):
            raise InputError(f"the model uses {', '.join(unknown)}, which sernet.onnx_eval does "
                             "not know; use a model made by sernet.export")

    def parted(self, name: str) -> tuple[OnnxModel, OnnxModel]:
        """Splits the graph: the part that does not depend on one input, and the rest, which takes its outputs and that input."""
        before, behind = copy.copy(self), copy.copy(self)
        depends, before._nodes, behind._nodes = {name}, [], []
        for node in self._nodes:
            later = not depends.isdisjoint(node[1])
            depends.update([node[2]] if later else [])
            (behind if later else before)._nodes.append(node)
        computed_before = {output for _, _, output, _ in before._nodes}
        before.outputs = list(dict.fromkeys(read for _, reads, _, _ in behind._nodes for read in reads if read in computed_before))
        before.inputs = {given: shape for given, shape in self.inputs.items() if given != name}
        behind.inputs = {**dict.fromkeys(before.outputs, ()), name: self.inputs[name]}
        return before, behind

    def __call__(self, *inputs: Tensor) -> Tensor:
        """The first output [batch, …] for inputs [batch, …]; missing inputs are zero."""
        return self.answers(*inputs)[0]

    def answers(self, *inputs: Tensor) -> list[Tensor]:
        """All outputs [batch, …]. The batch runs in parts, since a run keeps every tensor of the graph."""
        parts = []
        for part in zip(*(values.split(AT_ONCE) for values in inputs)):
            tensors = self.tensors(*part)
            parts.append([tensors[name] for name in self.outputs])
        return [torch.cat(values) for values in zip(*parts)]

    def tensors(self, *inputs: Tensor) -> dict[str, Tensor]:
        """Every tensor of the graph by its name, for inputs [batch, …]; missing inputs are zero."""
        batch = len(inputs[0])
        given = (*inputs, *(torch.zeros(batch, *shape[1:]) for shape in list(self.inputs.values())[len(inputs):]))
        for values, shape in zip(given, self.inputs.values()):
            if shape and tuple(values.shape[1:]) != shape[1:]:
                raise InputError(f"the model takes {list(shape)} and the front end makes "
                                 f"{list(values.shape)}; use the front end of the model's card")
        values = {**self._tensors, **dict(zip(self.inputs, given))}
        with torch.no_grad():
            for kind, names, output, attributes in self._nodes:
                values[output] = _OPERATIONS[kind](*(values[name] if name else None for name in names), **attributes)
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
    except Exception as error:  # protobuf's decoder raises its own classes
        raise InputError(f"{path} is not an ONNX model; export it again") from error


def computed(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
    """The one output of a node."""
    if node.op_type not in _OPERATIONS:
        raise InputError(f"the model uses {node.op_type}, which sernet.onnx_eval does not know; "
                         "use a model made by sernet.export")
    return _OPERATIONS[node.op_type](*inputs, **_attributes(node))


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None = None, *, pads: Any, kernel_shape: Any = (),
          strides: Any = 1, dilations: Any = 1, group: int = 1) -> Tensor:
    convolution = {3: functional.conv1d, 4: functional.conv2d}[x.dim()]
    return convolution(_padded(x, pads), weight, bias, stride=strides, dilation=dilations, groups=group)


def _average_pool(x: Tensor, *, kernel_shape: Any, strides: Any, pads: Any = (0, 0, 0, 0),
                  count_include_pad: int = 0, ceil_mode: int = 0) -> Tensor:
    def total(values: Tensor) -> Tensor:
        padded = _padded(values, pads)
        if ceil_mode:  # the same as more padding on the right, which is not counted either
            padded = _padded(padded, (0, 0, *(-length % step for length, step
                                              in zip(padded.shape[2:], strides))))
        return functional.avg_pool2d(padded, kernel_shape, strides, divisor_override=1)

    ones = torch.ones_like(x[:1, :1])
    return total(x) / total(torch.ones_like(_padded(ones, pads)) if count_include_pad else ones)


def _padded(x: Tensor, pads: Any) -> Tensor:
    """Zeros around the last dimensions; `pads` holds all begins, then all ends."""
    sides = list(zip(pads[:len(pads) // 2], pads[len(pads) // 2:]))
    return functional.pad(x, [side for begin_end in reversed(sides) for side in begin_end])


def _pad(x: Tensor, pads: Tensor, value: Tensor | None = None, *, mode: bytes = b"constant") -> Tensor:
    return _padded(x, pads.tolist())


def _slice(x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor, steps: Tensor | None = None) -> Tensor:
    steps = torch.ones_like(starts) if steps is None else steps
    for axis, *bounds in zip(*(part.tolist() for part in (axes, starts, ends, steps))):
        places = torch.arange(x.shape[axis])
        x = x.index_select(axis, torch.from_numpy(places.numpy()[slice(*_limits(*bounds))].copy()))
    return x


def _limits(start: int, end: int, step: int) -> tuple[int, int | None, int]:
    # "To before the first element" is the smallest integer in ONNX and None in NumPy.
    return start, (None if step < 0 and end < -2 ** 31 else end), step


def _reshape(x: Tensor, shape: Tensor, allowzero: int = 0) -> Tensor:
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


def _unsqueeze(x: Tensor, axes: Tensor) -> Tensor:
    for axis in sorted(axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def _reduced(reduction: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x, axes=None, *, keepdims=1: reduction(
        x, dim=tuple(axes.tolist() if isinstance(axes, Tensor) else axes), keepdim=bool(keepdims))


def _gather(x: Tensor, indices: Tensor, *, axis: int = 0) -> Tensor:
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis:][1:])
    return x.index_select(axis, indices.flatten()).reshape(shape)


def _gemm(a: Tensor, b: Tensor, c: Tensor, *, transB: int = 0, alpha: float = 1,
          beta: float = 1) -> Tensor:
    return a @ (b.T if transB else b) + c


def _quantize(x: Tensor, scale: Tensor, zero: Tensor, axis: int = 1) -> Tensor:
    bounds = torch.iinfo(zero.dtype)
    levels = torch.round(x / _along(scale, x, axis)) + _along(zero, x, axis)
    return levels.clamp(bounds.min, bounds.max).to(zero.dtype)


def _dequantize(x: Tensor, scale: Tensor, zero: Tensor, axis: int = 1) -> Tensor:
    return (x.int() - _along(zero.int(), x, axis)).float() * _along(scale, x, axis)


def _along(values: Tensor, x: Tensor, axis: int) -> Tensor:
    """Values [x.shape[axis]], shaped to broadcast along an axis of x; a scalar is unchanged."""
    return values if values.dim() == 0 else values.reshape([-1] + [1] * (x.dim() - axis - 1))


def _cast(x: Tensor, *, to: int) -> Tensor:
    return x.to({TensorProto.FLOAT: torch.float32, TensorProto.FLOAT16: torch.float16,
                 TensorProto.INT64: torch.int64, TensorProto.BOOL: torch.bool}[to])


def _constant_of_shape(shape: Tensor, *, value: onnx.TensorProto) -> Tensor:
    filling = torch.from_numpy(numpy_helper.to_array(value).copy())
    return filling.expand(shape.tolist() or [1]).clone()


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Add": torch.add,
    "AveragePool": _average_pool,
    "Cast": _cast,
    "Clip": lambda x, low=None, high=None: x.clamp(low, high),
    "Concat": lambda *parts, axis: torch.cat(parts, dim=axis),
    "ConstantOfShape": _constant_of_shape,
    "Conv": _conv,
    "DequantizeLinear": _dequantize,
    "Div": torch.div,
    "Exp": torch.exp,
    "Flatten": lambda x, axis: x.flatten(axis),
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda x: x.mean(dim=(2, 3), keepdim=True),
    "Greater": torch.gt,
    "LeakyRelu": lambda x, alpha: functional.leaky_relu(x, alpha),
    "Log": torch.log,
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "MaxPool": lambda x, kernel_shape, strides, **same: functional.max_pool2d(x, kernel_shape, strides),
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Pad": _pad,
    "QuantizeLinear": _quantize,
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceSum": _reduced(torch.sum),
    "Relu": torch.relu,
    "Reshape": _reshape,
    "Shape": lambda x: torch.tensor(x.shape),
    "Sigmoid": torch.sigmoid,
    "Pow": torch.pow,
    "Slice": _slice,
    "Softmax": lambda x, axis: x.softmax(dim=axis),
    "Sqrt": torch.sqrt,
    "Squeeze": lambda x, axes: x.squeeze(int(axes)),
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm: x.permute(*perm),
    "Unsqueeze": _unsqueeze,
}

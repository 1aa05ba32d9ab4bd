"""The costs of a model, computed from the graph that ships: `python3 -m sernet.costs` prints a table.

As in Light-SERNet's paper (322 MFLOPs at 3 s), a multiply-add counts as two floating-point operations; an addition,
a comparison or a table look-up of an activation counts as one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from math import prod

import onnx
import torch
from onnx import helper, shape_inference

from . import errors
from .architectures import WINDOWED, build
from .export import exported
from .frontend import OUTPUTS, FrontEnd
from .frontends import FRONT_ENDS

_ELEMENTWISE = ("Add", "Sub", "Mul", "Div", "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "Sqrt", "Pow")
_POOLS = ("AveragePool", "MaxPool")
_GLOBAL = ("MatMul", "ReduceMean", "ReduceMax", "GlobalAveragePool", "Gemm")
"""Operations that see the whole segment, or come after those that do."""


@dataclass(frozen=True)
class Costs:
    """Costs of one segment through an fp32 graph."""

    parameters: int
    """Trainable ones of the model; batch normalisations, folded in the graph, included."""
    mflops: float
    peak_kilobytes: float
    """Most bytes of activations alive at once, nodes run in the order of the graph."""
    receptive_frames: int
    receptive_coefficients: int
    """Receptive field of the convolutions, attention and means over the whole segment aside."""


def costs_of(model: torch.nn.Module, graph: onnx.GraphProto) -> Costs:
    """The costs of a model and of its fp32 graph."""
    walk = _Walk(graph)
    frames, coefficients = walk.receptive_field()
    return Costs(sum(p.numel() for p in model.parameters()), walk.operations() / 1e6,
                 walk.peak_bytes() / 1024, frames, coefficients)


class _Walk:
    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        whole = shape_inference.infer_shapes(helper.make_model(graph)).graph
        self._weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
        self._shapes: dict[str, list[int]] = {
            value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
            for value in (*whole.input, *whole.value_info, *whole.output)}

    def operations(self) -> int:
        return sum(self._operations_of(node) for node in self._graph.node)

    def _operations_of(self, node: onnx.NodeProto) -> int:
        out = prod(self._shapes[node.output[0]])
        if node.op_type == "Conv":
            each = 2 * prod(self._weights[node.input[1]][1:])
            return out * (each + (len(node.input) > 2))
        if node.op_type == "Gemm":
            return out * (2 * self._shape(node.input[0])[1] + 1)
        if node.op_type == "MatMul":
            return out * 2 * self._shape(node.input[0])[-1]
        if node.op_type in _POOLS:
            return out * prod(_attribute(node, "kernel_shape"))
        if node.op_type in ("ReduceMean", "ReduceMax", "ReduceSum", "GlobalAveragePool"):
            return prod(self._shape(node.input[0]))
        if node.op_type in (*_ELEMENTWISE, "Softmax"):
            return out
        return 0  # these move values and compute none

    def peak_bytes(self) -> int:
        """Peak memory of a runtime that frees each tensor after its last reader and lets element-wise operations
        overwrite their input."""
        last = {name: index for index, node in enumerate(self._graph.node) for name in node.input
                if name in self._shapes}
        alive = {self._graph.input[0].name: 4 * prod(self._shapes[self._graph.input[0].name])}
        peak = 0
        for index, node in enumerate(self._graph.node):
            output = node.output[0]
            done_with = {name for name in node.input if last.get(name) == index}
            if node.op_type in _ELEMENTWISE:
                size = prod(self._shapes[output])
                for name in done_with:
                    if prod(self._shapes[name]) == size:
                        alive.pop(name, None)
            alive[output] = 4 * prod(self._shapes[output])
            peak = max(peak, sum(alive.values()))
            for name in done_with:
                alive.pop(name, None)
        return peak

    def receptive_field(self) -> tuple[int, int]:
        """Frames and coefficients that one place of the last image depends on.

        Araujo et al., "Computing receptive fields of convolutional neural networks" (Distill 2019):
        through a layer of kernel k and dilation d the field grows by d·(k - 1) times the product of
        the strides before it; where paths meet, the widest counts.
        """
        start = self._graph.input[0].name
        fields = {start: ((1, 1), (1, 1))}
        last = (1, 1)
        for node in self._graph.node:
            known = [fields[name] for name in node.input if name in fields]
            if not known or node.op_type in _GLOBAL:
                continue
            sizes, steps = ([max(field[part][axis] for field in known) for axis in range(2)]
                            for part in range(2))
            if node.op_type in ("Conv", *_POOLS):
                for axis, (kernel, stride, dilation) in enumerate(zip(*_window(node))):
                    sizes[axis] += steps[axis] * dilation * (kernel - 1)
                    steps[axis] *= stride
                if len(self._shape(node.output[0])) == 3:  # in a sequence, coefficients are channels
                    sizes[1] = self._shapes[start][-1]
                last = (sizes[0], sizes[1])
            fields[node.output[0]] = (tuple(sizes), tuple(steps))
        return last

    def _shape(self, name: str) -> list[int]:
        return self._shapes.get(name) or self._weights[name]


def _window(node: onnx.NodeProto) -> tuple[list[int], list[int], list[int]]:
    """Kernel, stride and dilation by axis."""
    kernel = _attribute(node, "kernel_shape")
    ones = [1] * len(kernel)
    return kernel, _attribute(node, "strides") or ones, _attribute(node, "dilations") or ones


def _attribute(node: onnx.NodeProto, name: str) -> list[int]:
    return next((list(helper.get_attribute_value(a)) for a in node.attribute if a.name == name), [])


def main() -> None:
    options = _options()
    print(TITLE)
    front_end = FRONT_ENDS[options.front_end]
    for output in options.inputs or [front_end.output]:
        for architecture in options.architectures:
            for seconds in options.seconds:
                print(table_row(architecture, replace(front_end, output=output, segment_seconds=seconds)), flush=True)


TITLE = """| architecture | input | segment | parameters | MFLOPs | peak activations | receptive field | fp32 | fp16 | int8 |
|---|---|---|---|---|---|---|---|---|---|"""


def table_row(architecture: str, front_end: FrontEnd, classes: int = 7) -> str:
    """The table's line for an architecture. The weights are random, which does not change the costs."""
    shape = (front_end.frames, front_end.frame_features)
    torch.manual_seed(0)
    model = build(architecture, classes, front_end.frame_features).eval()
    graphs = exported(model, shape, torch.randn(4, 1, *shape))
    costs = costs_of(model, graphs["fp32"].graph)
    sizes = " | ".join(f"{graph.ByteSize() / 1e6:.2f} MB" for graph in graphs.values())
    return (f"| {architecture} | {front_end.output} | {front_end.segment_seconds:g} s, {shape[0]} × {shape[1]} | {costs.parameters:,} | "
            f"{costs.mflops:.0f} | {costs.peak_kilobytes:.0f} KiB | "
            f"{costs.receptive_frames} × {costs.receptive_coefficients} | {sizes} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.costs", description=__doc__)
    parser.add_argument("--front-end", choices=FRONT_ENDS, default="light-sernet", help="(%(default)s)")
    parser.add_argument("--architectures", nargs="+", choices=WINDOWED, metavar="A",
                        default=list(WINDOWED), help="(all)")
    parser.add_argument("--inputs", nargs="+", choices=OUTPUTS, metavar="I",
                        help=f"features of a frame: {', '.join(OUTPUTS)} (default: by the front end)")
    parser.add_argument("--seconds", type=float, nargs="+", default=[3.0, 7.0], metavar="S",
                        help="segment lengths (3 7)")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

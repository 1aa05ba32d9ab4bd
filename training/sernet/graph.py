"""A trained Light-SERNet as an ONNX graph, written node by node with batch norm folded in."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from .models import Block, LightSerNet

INPUT, OUTPUT = "mfcc", "probabilities"
OPSET, IR_VERSION = 13, 8


def onnx_graph(model: LightSerNet, frames: int, coefficients: int) -> onnx.ModelProto:
    """The fp32 graph: `mfcc` [1, 1, frames, coefficients] to `probabilities` [1, classes]."""
    writer = _Writer()
    size = (frames, coefficients)
    ends = [writer.block(f"path{index}", INPUT, path, size) for index, path in enumerate(model.paths)]
    image, size = writer.node("Concat", "paths", [name for name, _ in ends], axis=1), ends[0][1]
    for index, block in enumerate(model.body):
        image, size = writer.block(f"body{index}", image, block, size)
    pooled = writer.node("Flatten", "flat", [writer.node("GlobalAveragePool", "mean", [image])], axis=1)
    head = [writer.tensor("head.weight", model.head.weight), writer.tensor("head.bias", model.head.bias)]
    logits = writer.node("Gemm", "logits", [pooled, *head], transB=1)
    writer.node("Softmax", OUTPUT, [logits], axis=1)
    return writer.model(model.architecture, (1, 1, frames, coefficients), model.head.out_features)


def model_of(graph: onnx.GraphProto) -> onnx.ModelProto:
    """A checked model of a graph; the same graph gives the same bytes."""
    model = helper.make_model(graph, producer_name="sernet", ir_version=IR_VERSION,
                              opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model, full_check=True)
    return model


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias, in double precision, of the convolution that does `conv`, then `norm`."""
    gain = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    weight = conv.weight.double() * gain[:, None, None, None]
    return weight.detach(), (norm.bias.double() - norm.running_mean.double() * gain).detach()


class _Writer:
    """Collects nodes and tensors; a node is called after its one output."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []

    def node(self, kind: str, output: str, inputs: list[str], **attributes: object) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def tensor(self, name: str, values: torch.Tensor) -> str:
        array = values.detach().numpy().astype(np.float32)
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def block(self, name: str, image: str, block: Block,
              size: tuple[int, int]) -> tuple[str, tuple[int, int]]:
        """Writes a block that reads an image of `size`; the name and size of what comes out."""
        weight, bias = folded(block.conv, block.norm)
        top, left = block.conv.padding
        inputs = [image, self.tensor(f"{name}.weight", weight), self.tensor(f"{name}.bias", bias)]
        image = self.node("Conv", f"{name}.conv", inputs, kernel_shape=block.conv.kernel_size,
                          pads=(top, left, top, left))
        image = self.node("Relu", f"{name}.relu", [image])
        if not hasattr(block, "pool"):
            return image, size
        pool = block.pool.kernel_size
        after = [-length % step for length, step in zip(size, pool)]
        image = self.node("AveragePool", f"{name}.pool", [image], kernel_shape=pool, strides=pool,
                          pads=(0, 0, *after), count_include_pad=0)
        return image, tuple((length + extra) // step
                            for length, extra, step in zip(size, after, pool))

    def model(self, name: str, shape: tuple[int, ...], classes: int) -> onnx.ModelProto:
        return model_of(helper.make_graph(
            self._nodes, name,
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, (1, classes))],
            self._tensors))

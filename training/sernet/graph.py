"""A trained model as an ONNX graph of few kinds of nodes, all shapes fixed."""

from __future__ import annotations

import inspect
import io
import warnings
from typing import Iterator

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from .onnx_eval import computed
from .voices import adapts

INPUT, OUTPUT = "mfcc", "probabilities"
VOICE, VOICE_AFTER = "voice", "voiceAfter"
FEATURES = "features"
"""The input of a graph that takes steps, beside its states (`step`)."""
OPSET, IR_VERSION = 13, 8


def onnx_graph(model: nn.Module, frames: int, coefficients: int) -> onnx.ModelProto:
    """The fp32 graph: `mfcc` [1, 1, frames, coefficients] to `probabilities` [1, classes].

    A model with a baseline has a second input and output for it, `voice` and `voiceAfter` [1, size], which are zero
    before the first utterance.

    PyTorch's exporter folds batch normalisations into convolutions. Here, values that depend only on shapes are
    computed once, and causal padding becomes part of the following convolution.
    """
    voice = (torch.zeros(1, model.voice_size),) if adapts(model) else ()
    inputs = (torch.zeros(1, 1, frames, coefficients), *voice)
    return graph_of(_Probabilities(model), inputs, [INPUT, VOICE][:len(inputs)], [OUTPUT, VOICE_AFTER][:len(inputs)],
                    getattr(model, "architecture", "sernet"))


def graph_of(module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: list[str], name: str) -> onnx.ModelProto:
    """The fp32 graph of any module, of whose inputs and outputs these are the names."""
    exported = _exported(module, inputs, names, outputs)
    graph = _Graph(exported.graph)
    graph.fold_constants()
    graph.pad_inside_convolutions()
    return model_of(graph.proto(name, exported.graph))


def voice_size(graph: onnx.ModelProto) -> int:
    """The size of a graph's baseline; 0 if it has none."""
    return next((value.type.tensor_type.shape.dim[1].dim_value for value in graph.graph.input if value.name == VOICE), 0)


def model_of(graph: onnx.GraphProto) -> onnx.ModelProto:
    """A checked model of a graph. Equal graphs give equal bytes."""
    model = helper.make_model(graph, producer_name="sernet", ir_version=IR_VERSION,
                              opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(model, full_check=True)
    return model


class _Probabilities(nn.Module):
    def __init__(self, logits: nn.Module) -> None:
        super().__init__()
        self.net = logits

    def forward(self, mfcc: Tensor, voice: Tensor | None = None) -> Tensor | tuple[Tensor, Tensor]:
        if voice is None:
            return self.net(mfcc).softmax(dim=1)
        logits, after = self.net.heard(mfcc, voice)
        return logits.softmax(dim=1), after


def _exported(module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: list[str]) -> onnx.ModelProto:
    # From 2.9 on the default is another exporter, which needs packages that this project does not.
    legacy = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the warning about fixed shapes, which we want
        torch.onnx.export(module.eval(), inputs, file, opset_version=OPSET, input_names=names, output_names=outputs, **legacy)
    return onnx.load_from_string(file.getvalue())


class _Graph:
    """Nodes in order and the constants they read; every node here has one output."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._nodes = list(graph.node)
        self._outputs = {value.name for value in graph.output}

    def fold_constants(self) -> None:
        """Removes identities and the nodes that do not depend on the input."""
        same: dict[str, str] = {}
        kept = []
        for node in self._nodes:
            node.input[:] = [same.get(name, name) for name in node.input]
            output = node.output[0]
            if node.op_type == "Constant":
                self._constants[output] = numpy_helper.to_array(node.attribute[0].t)
            elif node.op_type == "Identity":
                same[output] = node.input[0]
            elif all(name in self._constants for name in node.input):
                values = computed(node, [torch.from_numpy(np.array(self._constants[name]))
                                         for name in node.input])
                self._constants[output] = values.numpy()
            else:
                kept.append(node)
        self._nodes = kept

    def pad_inside_convolutions(self) -> None:
        """Merges zero padding into the one convolution that reads it, and removes empty padding."""
        readers = {name: [node for node in self._nodes if name in node.input]
                   for node in self._nodes for name in node.output}
        for node in list(self._nodes):
            behind = readers[node.output[0]]
            if node.op_type == "Pad" and not self._constants[node.input[1]].any():
                for reader in behind:
                    reader.input[:] = [node.input[0] if name == node.output[0] else name
                                       for name in reader.input]
                self._nodes.remove(node)
                continue
            if node.op_type != "Pad" or [reader.op_type for reader in behind] != ["Conv"]:
                continue
            pads = self._constants[node.input[1]].reshape(2, -1)
            pads_of_conv = next(a for a in behind[0].attribute if a.name == "pads")
            own = np.array(pads_of_conv.ints).reshape(2, -1)
            pads_of_conv.ints[:] = (own + pads[:, 2:]).flatten().tolist()
            behind[0].input[0] = node.input[0]
            self._nodes.remove(node)

    def proto(self, name: str, source: onnx.GraphProto) -> onnx.GraphProto:
        """The graph with short names: each node has the name of its one output."""
        names = dict(self._names())
        for node in self._nodes:
            node.input[:] = [names.get(name, name) for name in node.input]
            node.output[:] = [names.get(name, name) for name in node.output]
            node.name = node.output[0]
            node.ClearField("doc_string")
        read = {name for node in self._nodes for name in node.input}
        tensors = [numpy_helper.from_array(np.ascontiguousarray(values), names.get(key, key))
                   for key, values in self._constants.items() if names.get(key, key) in read]
        return helper.make_graph(self._nodes, name, source.input, source.output, tensors)

    def _names(self) -> Iterator[tuple[str, str]]:
        """Old and new name of every tensor but the graph's input and output."""
        for node in self._nodes:
            output = node.output[0]
            if output not in self._outputs:
                yield output, output.strip("/").replace("/", ".").removesuffix("_output_0")
            for place, name in zip(("", "weight", "bias"), node.input):
                if place and name in self._constants and node.op_type == "Conv":
                    yield name, f"{output.strip('/').replace('/', '.').removesuffix('_output_0')}.{place}"

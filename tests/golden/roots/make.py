"""Makes roots.onnx and its card: a model whose answers are not numbers where its features are below zero.

    /usr/bin/python3 tests/golden/roots/make.py

Its probabilities are the square roots of the first four features of the first frame; what it learns are those of the second.
"""

import hashlib
import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FOLDER = Path(__file__).resolve().parent


def floats(name: str, *shape: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def integers(name: str, *values: int) -> onnx.TensorProto:
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def main() -> None:
    nodes = []
    for frame, result in enumerate(("probabilities", "roots")):
        nodes += [
            helper.make_node("Slice", ["mfcc", f"from{frame}", f"to{frame}", "axes"], [f"frame{frame}"]),
            helper.make_node("Reshape", [f"frame{frame}", "shape"], [f"flat{frame}"]),
            helper.make_node("Sqrt", [f"flat{frame}"], [result]),
        ]
    nodes.append(helper.make_node("Add", ["voice", "roots"], ["voiceAfter"]))
    graph = helper.make_graph(
        nodes, "roots", [floats("mfcc", 1, 1, 184, 40), floats("voice", 1, 4)],
        [floats("probabilities", 1, 4), floats("voiceAfter", 1, 4)],
        [integers("axes", 2, 3), integers("shape", 1, 4), integers("from0", 0, 0), integers("to0", 1, 4),
         integers("from1", 1, 0), integers("to1", 2, 4)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="sernet", ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (FOLDER / "roots.onnx").write_bytes(data)
    card = {
        "schema": 1, "name": "roots", "version": "1.0.0", "architecture": "light-sernet", "file": "roots.onnx",
        "sha256": hashlib.sha256(data).hexdigest(), "labels": ["anger", "happiness", "neutral", "sadness"],
        "frontEnd": {"preset": "light-sernet"}, "input": {"name": "mfcc", "layout": "NCHW"},
        "output": {"name": "probabilities", "kind": "probabilities"}, "precision": "fp32", "temperature": 1.0,
        "training": {"corpora": [], "protocol": "none", "licence": "MIT"}, "metrics": {},
        "voice": {"input": "voice", "output": "voiceAfter", "size": 4},
    }
    (FOLDER / "roots.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Makes means.onnx and its card: a model that shows a difference in the last bit of a mean.

    /usr/bin/python3 tests/golden/means/make.py

ONNX Runtime's mean over the last axis depends on where in memory its input begins (findings/onnxruntime-mean-depends-on-address.sh).
Here that mean, of each of the first four frames, is scaled until its last bits turn a sine around.
"""

import hashlib
import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    nodes = [
        helper.make_node("ReduceMean", ["mfcc"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Reshape", ["mean", "row"], ["frames"]),
        helper.make_node("Slice", ["frames", "from", "to", "axes"], ["first"]),
        helper.make_node("Mul", ["first", "scale"], ["large"]),
        helper.make_node("Sin", ["large"], ["turned"]),
        helper.make_node("Abs", ["turned"], ["probabilities"]),
    ]
    integers = {"row": [1, 184], "from": [0], "to": [4], "axes": [1]}
    constants = [helper.make_tensor(name, TensorProto.INT64, [len(values)], values) for name, values in integers.items()]
    constants.append(helper.make_tensor("scale", TensorProto.FLOAT, [1], [1e7]))
    graph = helper.make_graph(
        nodes, "means", [helper.make_tensor_value_info("mfcc", TensorProto.FLOAT, (1, 1, 184, 40))],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (1, 4))], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="sernet", ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (FOLDER / "means.onnx").write_bytes(data)
    card = {
        "schema": 1, "name": "means", "version": "1.0.0", "architecture": "light-sernet", "file": "means.onnx",
        "sha256": hashlib.sha256(data).hexdigest(), "labels": ["anger", "happiness", "neutral", "sadness"],
        "frontEnd": {"preset": "light-sernet"}, "input": {"name": "mfcc", "layout": "NCHW"},
        "output": {"name": "probabilities", "kind": "probabilities"}, "precision": "fp32", "temperature": 1.0,
        "training": {"corpora": [], "protocol": "none", "licence": "MIT"}, "metrics": {},
    }
    (FOLDER / "means.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

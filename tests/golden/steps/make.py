"""Makes steps.onnx and its card in a folder: a network that streams, and whose answer shows which frames it has heard.

    /usr/bin/python3 tests/golden/steps/make.py FOLDER

It remembers the sum of all frames, how many they were, and the last one. Its logits are a tenth of: the mean of the first and of the
second coefficient, the first coefficient of this step's last frame, and of the last step's.
"""

import hashlib
import json
import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FRAMES = 8
WIDTH = 40
LABELS = ["anger", "happiness", "neutral", "sadness"]
STATES = {"sum": [1, WIDTH], "count": [1, 1], "last": [1, WIDTH]}


def main(folder: Path) -> None:
    nodes = [
        helper.make_node("ReduceSum", ["features", "along"], ["now"], keepdims=0),
        helper.make_node("Add", ["sum", "now"], ["sum_out"]),
        helper.make_node("Add", ["count", "frames"], ["count_out"]),
        helper.make_node("Slice", ["features", "newest", "end", "along"], ["newest_frame"]),
        helper.make_node("Reshape", ["newest_frame", "row"], ["last_out"]),
        helper.make_node("Div", ["sum_out", "count_out"], ["mean"]),
        helper.make_node("Slice", ["mean", "zero", "two", "along"], ["means"]),
        helper.make_node("Slice", ["last_out", "zero", "one", "along"], ["first_of_newest"]),
        helper.make_node("Slice", ["last", "zero", "one", "along"], ["first_of_last"]),
        helper.make_node("Concat", ["means", "first_of_newest", "first_of_last"], ["large"], axis=1),
        helper.make_node("Mul", ["large", "tenth"], ["logits"]),
    ]
    integers = {"along": [1], "zero": [0], "one": [1], "two": [2], "newest": [FRAMES - 1], "end": [FRAMES], "row": [1, WIDTH]}
    constants = [helper.make_tensor(name, TensorProto.INT64, [len(values)], values) for name, values in integers.items()]
    floats = {"frames": [float(FRAMES)], "tenth": [0.1]}
    constants += [helper.make_tensor(name, TensorProto.FLOAT, [len(values)], values) for name, values in floats.items()]

    def tensor(name: str, shape: list[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes, "steps",
        [tensor("features", [1, FRAMES, WIDTH]), *(tensor(name, shape) for name, shape in STATES.items())],
        [tensor("logits", [1, len(LABELS)]), *(tensor(name + "_out", shape) for name, shape in STATES.items())],
        constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="sernet", ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (folder / "steps.onnx").write_bytes(data)
    states = [
        {"input": name, "output": name + "_out", "shape": shape, "forgets": name != "last"} for name, shape in STATES.items()]
    card = {
        "schema": 1, "name": "steps", "version": "1.0.0", "architecture": "steps", "file": "steps.onnx",
        "sha256": hashlib.sha256(data).hexdigest(), "labels": LABELS,
        "frontEnd": {"preset": "light-sernet", "level": "none"}, "input": {"name": "features", "layout": "steps"},
        "output": {"name": "logits", "kind": "logits"}, "precision": "fp32", "temperature": 1.0,
        "training": {"corpora": [], "protocol": "none", "licence": "MIT"}, "metrics": {},
        "streaming": {"frames": FRAMES, "states": states},
    }
    (folder / "steps.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

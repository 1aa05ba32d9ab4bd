"""Writes every architecture with random weights in the daemon's form, and its answers here.

`python3 -m tests.served OUT`: cards and models in fp32, fp16 and int8, a few recordings, and
`expected.json` with the probabilities of each architecture and precision for each recording. For models with a baseline it also
has those for the recordings heard in turn. The end-to-end tests of the daemon compare its answers with these.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import onnx
import soundfile
import torch

from sernet.architectures import WINDOWED, probabilities
from sernet.audio import read_mono
from sernet.card import card_of
from sernet.export import exported
from sernet.files import write_json
from sernet.frontend import FrontEnd
from sernet.frontends import FRONT_ENDS
from sernet.graph import VOICE, VOICE_AFTER, voice_size
from sernet.onnx_eval import OnnxModel

from .made import lively_model

SPOKEN = Path(__file__).resolve().parents[2] / "samples" / "spoken.flac"
LABELS = ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"]
OWN_FRONT_END = {"light-sernet-normalised": "home"}
"""Architectures that are served with other features than Light-SERNet's."""
STARTS = (2.0, 9.0, 16.0)
"""Where in the spoken sample the recordings begin, in seconds; each lasts two."""


def main() -> None:
    out = Path(sys.argv[1])
    samples, files = read_mono(SPOKEN, 16000), []
    for start in STARTS:
        first = int(start * 16000)
        files.append(f"from-{start:g}.wav")
        soundfile.write(out / files[-1], samples[first:first + 32000], 16000, "FLOAT")
    expected, in_turn = {}, {}
    for architecture in WINDOWED:
        front_end = FRONT_ENDS[OWN_FRONT_END.get(architecture, "light-sernet")]
        images = torch.stack([torch.from_numpy(front_end(read_mono(out / file, front_end.sample_rate))).float()
                              for file in files])[:, None]
        model = lively_model(architecture, len(LABELS), images)
        expected[architecture] = {}
        for precision, graph in exported(model, tuple(images.shape[2:]), images).items():
            # int8 is a different function from the model, so the daemon must agree with the file.
            said = OnnxModel(graph)(images) if precision == "int8" else probabilities(model, images)
            expected[architecture][precision] = dict(zip(files, said.tolist()))
            if voice_size(graph):
                in_turn.setdefault(architecture, {})[precision] = dict(zip(files, _in_turn(OnnxModel(graph), images)))
            _write(out, architecture, precision, graph, front_end)
    (out / "expected.json").write_text(json.dumps({"labels": LABELS, "architectures": expected, "inTurn": in_turn}))


def _in_turn(graph: OnnxModel, images: torch.Tensor) -> list[list[float]]:
    """The answers for images heard one after the other."""
    said, voice = [], torch.zeros(1, graph.inputs[VOICE][1])
    for image in images.split(1):
        tensors = graph.tensors(image, voice)
        said.append(tensors[graph.outputs[0]][0].tolist())
        voice = tensors[VOICE_AFTER]
    return said


def _write(out: Path, architecture: str, precision: str, graph: onnx.ModelProto, front_end: FrontEnd) -> None:
    about = {"architecture": architecture, "labels": LABELS, "frontEnd": front_end.to_json(),
             "corpora": ["none"], "protocol": "all", "fold": "all", "recipe": {"epochs": 0, "seed": 3}}
    name, data = f"{architecture}-{precision}", graph.SerializeToString()
    (out / f"{name}.onnx").write_bytes(data)
    write_json(out / f"{name}.json", card_of(name, data, precision, about, "none", voice_size=voice_size(graph)))


if __name__ == "__main__":
    main()

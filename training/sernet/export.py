"""Writes a trained model as ONNX, fp32 and int8, each with its card: `python3 -m sernet.export`."""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx

from . import corpora, errors, features
from .card import card_of
from .files import write_atomically, write_json
from .frontend import FrontEnd
from .graph import onnx_graph
from .models import LightSerNet
from .quantize import calibrate, quantized
from .trainer import read_checkpoint

CALIBRATION_CLIPS = 128


def main() -> None:
    options = _options()
    for path in export(options.checkpoint, corpora.read_corpus(options.data), options.out):
        print(f"{path}  {path.stat().st_size} bytes")


def export(checkpoint: Path, corpus: corpora.Corpus, out: Path) -> list[Path]:
    """Writes `light-sernet-<corpus>-fp32` and `-int8`, .onnx and .json, into a folder.

    The int8 model is calibrated on clips evenly spread over `corpus`, on which the model was
    trained. The bytes depend on the checkpoint and the corpus alone.
    """
    state = read_checkpoint(checkpoint)
    about = state["about"]
    if corpus.name not in about["corpora"]:
        raise errors.UsageError(f"{checkpoint} was trained on {', '.join(about['corpora'])}, "
                                f"not on {corpus.name}; give that folder with --data")
    if state["epoch"] < about["recipe"]["epochs"]:
        raise errors.UsageError(f"{checkpoint} stands at epoch {state['epoch']} of "
                                f"{about['recipe']['epochs']}; run the same training again to end it")
    front_end = FrontEnd.from_json(about["frontEnd"])
    model = LightSerNet(len(about["labels"]))
    model.load_state_dict(state["model"])
    fp32 = onnx_graph(model.eval(), front_end.frames, front_end.coefficients)
    images = features.corpus_features(corpus, front_end, checkpoint.parent)
    step = max(1, len(images) // CALIBRATION_CLIPS)
    int8 = quantized(fp32, calibrate(fp32, images[::step].split(16)))
    written = []
    for precision, graph in (("fp32", fp32), ("int8", int8)):
        written += _write(out, f"{model.architecture}-{corpus.name}-{precision}", precision, graph,
                          about)
    return written


def _write(out: Path, name: str, precision: str, graph: onnx.ModelProto,
           about: dict) -> list[Path]:
    data = graph.SerializeToString(deterministic=True)
    licence = "; ".join(corpora.licence(corpus) for corpus in about["corpora"])
    file, card = out / f"{name}.onnx", out / f"{name}.json"
    write_atomically(file, lambda stream: stream.write(data))
    write_json(card, card_of(name, data, precision, about, licence))
    return [file, card]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.export", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="FILE",
                        help="the .pt of a training that ended")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR",
                        help="the corpus it was trained on, for calibration")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

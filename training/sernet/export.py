"""Writes a trained model as ONNX, fp32, fp16 and int8, each with its card: `python3 -m sernet.export`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import onnx
from torch import Tensor, nn

from . import corpora, errors, features
from .card import card_of
from .files import write_atomically, write_json
from .frontend import FrontEnd
from .graph import onnx_graph
from .half import fp16_model
from .quantize import int8_model
from .trainer import trained_model

CALIBRATION_CLIPS = 128
PRECISIONS = ("fp32", "fp16", "int8")


def main() -> None:
    options = _options()
    corpus = corpora.read_corpus(options.data)
    for path in export(options.checkpoint, corpus, options.out, options.name, tuple(options.precisions)):
        print(f"{path}  {path.stat().st_size} bytes")


def export(checkpoint: Path, corpus: corpora.Corpus, out: Path, name: str | None = None,
           precisions: tuple[str, ...] = PRECISIONS) -> list[Path]:
    """Writes `<name>-fp32`, `-fp16` and `-int8`, .onnx and .json, into a folder.

    The name is `<architecture>-<corpus>` if none is given. The int8 model is calibrated on clips
    evenly spread over `corpus`, on which the model was trained. The bytes depend on the checkpoint
    and the corpus alone.
    """
    model, about = trained_model(checkpoint)
    if corpus.name not in about["corpora"]:
        raise errors.UsageError(f"{checkpoint} was trained on {', '.join(about['corpora'])}, "
                                f"not on {corpus.name}; give that folder with --data")
    front_end = FrontEnd.from_json(about["frontEnd"])
    images = features.corpus_features(corpus, front_end, checkpoint.parent)[0]
    graphs = exported(model, (front_end.frames, front_end.frame_features), images)
    name = name or f"{about['architecture']}-{corpus.name}"
    return [path for precision in precisions
            for path in _write(out, f"{name}-{precision}", precision, graphs[precision], about)]


def exported(model: nn.Module, shape: tuple[int, int], images: Tensor) -> dict[str, onnx.ModelProto]:
    """The graphs of a model by precision; int8 calibrated on some of the images [clips, 1, …]."""
    fp32 = onnx_graph(model, *shape)
    step = max(1, len(images) // CALIBRATION_CLIPS)
    return {"fp32": fp32, "fp16": fp16_model(fp32), "int8": int8_model(fp32, images[::step].split(16))}


def _write(out: Path, name: str, precision: str, graph: onnx.ModelProto,
           about: dict[str, Any]) -> list[Path]:
    data = graph.SerializeToString(deterministic=True)
    licence = "; ".join(corpora.licence(corpus) for corpus in about["corpora"])
    file, card = out / f"{name}.onnx", out / f"{name}.json"
    write_atomically(file, lambda stream: stream.write(data))
    write_json(card, card_of(name, data, precision, about, licence))
    return [file, card]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.export", description=__doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, metavar="FILE", help="the .pt of a training that ended")
    add("--data", type=Path, required=True, metavar="DIR",
        help="the corpus it was trained on, for calibration")
    add("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    add("--name", metavar="NAME", help="what the models are called (ARCHITECTURE-CORPUS)")
    add("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS, metavar="P",
        help=f"({' '.join(PRECISIONS)})")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

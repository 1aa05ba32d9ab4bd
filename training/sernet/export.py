"""Writes a trained model as ONNX, fp32, fp16 and int8, each with its card: `python3 -m sernet.export`.

`sernetd evaluate --streaming --everyday DIR --json` then judges these files as the daemon uses them, and
`--card CARD --operating-points FILE` adds the result to the card.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any, Sequence

import onnx
import torch
from torch import Tensor, nn

from . import corpora, errors, everyday, features
from .architectures.streaming import Streaming
from .card import Unknown, card_of, operating_points, read_card
from .files import read_json, write_atomically, write_json
from .frontend import FrontEnd
from .graph import onnx_graph, voice_size
from .half import fp16_model
from .quantize import int8_model
from .step import int8_step, step_graph, streaming_of
from .trainer import trained_model

CALIBRATION_CLIPS = 128
PRECISIONS = ("fp32", "fp16", "int8")


def main() -> None:
    options = _options()
    if options.card:
        add_points(options.card, options.operating_points)
        print(f"{options.card}  has operating points")
        return
    data = [corpora.read_corpus(folder) for folder in options.data]
    for path in export(options.checkpoint, data, options.out, options.name, tuple(options.precisions),
                       tuple(options.labels), options.calibration):
        print(f"{path}  {path.stat().st_size} bytes")


def export(checkpoint: Path, data: Sequence[corpora.Corpus], out: Path, name: str | None = None,
           precisions: tuple[str, ...] = PRECISIONS, labels: tuple[str, ...] = (),
           calibration: Path | None = None) -> list[Path]:
    """Writes `<name>-fp32`, `-fp16` (not of a network that streams) and `-int8`, .onnx and .json, into a folder.

    The default name is `<architecture>-<corpora>`. The int8 model is calibrated on clips evenly spread over the corpora
    that the model was trained on. `labels`: the model answers only with these.
    `calibration`: the output of `sernet.calibrate`; its temperature and threshold go into the cards. Equal arguments
    give equal bytes.
    """
    model, about = trained_model(checkpoint)
    about = {**about, "corpora": _heard(about)}
    if strange := [corpus.name for corpus in data if corpus.name not in about["corpora"]]:
        raise errors.UsageError(f"{checkpoint} was trained on {', '.join(about['corpora'])}, "
                                f"not on {strange[0]}; give those folders with --data")
    if wrong := sorted(set(labels) - set(about["labels"])):
        raise errors.UsageError(f"{checkpoint} knows no {wrong[0]}; use some of {', '.join(about['labels'])}")
    if labels:
        model, about = answering(model, tuple(about["labels"]), labels), {**about, "labels": list(labels)}
    front_end = FrontEnd.from_json(about["frontEnd"])
    images = torch.cat([features.corpus_features(corpus, front_end, checkpoint.parent.parent / "features")[0]
                        for corpus in data])
    graphs = exported(model, (front_end.frames, front_end.frame_features), images)
    name = name or f"{about['architecture']}-{'-'.join(corpus.name for corpus in data)}"
    known = read_json(calibration) if calibration else None
    return [path for precision in precisions
            if precision in graphs
            for path in _write(out, f"{name}-{precision}", precision, graphs[precision], about, known)]


def add_points(card: Path, reports: Path) -> None:
    """Adds the measurements of a model to its card, and changes nothing else. `reports`: a JSON object a line."""
    try:
        judged = [json.loads(line) for line in reports.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise errors.InputError(f"{reports} holds no reports ({error}); give what sernetd evaluate --json printed") from error
    write_json(card, {**read_json(card), "operatingPoints": operating_points(read_card(card).name, judged)})


def answering(model: nn.Module, labels: tuple[str, ...], wanted: tuple[str, ...]) -> nn.Module:
    """The model with only some of `labels`: the head has no rows for the others."""
    if wanted == labels:
        return model
    places = [labels.index(label) for label in wanted]
    model = copy.deepcopy(model)
    head = nn.Linear(model.head.in_features, len(wanted))
    head.load_state_dict({name: values[places] for name, values in model.head.state_dict().items()})
    model.head = head
    return model.eval()


def exported(model: nn.Module, shape: tuple[int, int], images: Tensor) -> dict[str, onnx.ModelProto]:
    """The graphs of a model by precision; int8 is calibrated on some of the images [clips, 1, …]."""
    chosen = images[::max(1, len(images) // CALIBRATION_CLIPS)]
    if isinstance(model, Streaming):
        fp32 = step_graph(model)
        return {"fp32": fp32, "int8": int8_step(fp32, chosen)}
    fp32 = onnx_graph(model, *shape)
    return {"fp32": fp32, "fp16": fp16_model(fp32), "int8": int8_model(fp32, chosen.split(16))}


def _heard(about: dict[str, Any]) -> list[str]:
    """The corpora of a training without the one that its fold was tested on, if that was a whole corpus."""
    tested = about["fold"].partition("-")[2] if about["protocol"] in ("corpus", "others") else ""
    return [name for name in about["corpora"] if name != tested]


def _write(out: Path, name: str, precision: str, graph: onnx.ModelProto,
           about: dict[str, Any], known: dict[str, Any] | None) -> list[Path]:
    data = graph.SerializeToString(deterministic=True)
    licence = "; ".join([*map(corpora.licence, about["corpora"]), *map(everyday.licence, about.get("everyday", [])[:-1])])
    spoken = dict.fromkeys(filter(None, map(corpora.language, about["corpora"])))
    calibrated = {"temperature": known["temperature"], "unknown": Unknown(confidence_below=known["confidenceBelow"])
                  } if known else {}
    file, card = out / f"{name}.onnx", out / f"{name}.json"
    write_atomically(file, lambda stream: stream.write(data))
    write_json(card, card_of(name, data, precision, about, licence, languages=tuple(spoken),
                             voice_size=voice_size(graph), streaming=streaming_of(graph), **calibrated))
    return [file, card]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.export", description=__doc__)
    add = parser.add_argument
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--checkpoint", type=Path, metavar="FILE", help="the .pt of a finished training; needs --data and --out")
    model.add_argument("--card", type=Path, metavar="CARD", help="write --operating-points into the card of a model exported before")
    add("--data", type=Path, nargs="+", metavar="DIR", help="the corpora it was trained on, for the ranges of int8")
    add("--out", type=Path, metavar="DIR", help="output folder")
    add("--name", metavar="NAME", help="name of the models (ARCHITECTURE-CORPORA)")
    add("--labels", nargs="+", default=[], metavar="LABEL", help="answer only with these (all of the training)")
    add("--calibration", type=Path, metavar="FILE", help="output of sernet.calibrate, for the cards")
    add("--operating-points", type=Path, metavar="FILE",
        help="with --card: output of sernetd evaluate --streaming --everyday --json, a line for each corpus")
    add("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS, metavar="P",
        help=f"({' '.join(PRECISIONS)})")
    options = parser.parse_args()
    needed = ["operating_points"] if options.card else ["data", "out"]
    if missing := [name for name in needed if not getattr(options, name)]:
        parser.error(f"--{missing[0].replace('_', '-')} is missing")
    return options


if __name__ == "__main__":
    errors.run(main)

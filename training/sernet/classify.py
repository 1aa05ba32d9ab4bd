"""Classifies audio files with an exported model: `python3 -m sernet.classify --model CARD.json`.

It prints one JSON object a line, like `sernetd classify`: file, emotion (`unknown` where the card says so), the likeliest
label and its probability, all probabilities, and the length in seconds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Iterable, Iterator

import torch

from . import corpora, errors
from .audio import read_mono
from .card import Card, read_card
from .onnx_eval import read_onnx


def main() -> None:
    options = _options()
    card = read_card(options.model)
    if options.data:
        corpus = corpora.read_corpus(options.data)
        files = [(clip.file, corpus.path(clip)) for clip in corpus.clips]
    else:
        files = [(file, Path(file)) for file in options.files]
    for result in classify(card, files):
        print(json.dumps(result, ensure_ascii=False), flush=True)


def classify(card: Card, files: Iterable[tuple[str, Path]]) -> Iterator[dict]:
    """A result for each (name, path), in their order."""
    model, rate = read_onnx(card.onnx), card.front_end.sample_rate
    for name, path in files:
        samples = read_mono(path, rate)
        image = torch.from_numpy(card.front_end(samples)).float()
        row = card.calibrated(model(image[None, None])[0].tolist())
        confidence = max(row)
        likeliest = card.labels[row.index(confidence)]
        yield {"file": name, "emotion": "unknown" if card.unknown.holds(row) else likeliest,
               "likeliest": likeliest, "confidence": confidence, "probabilities": dict(zip(card.labels, row)),
               "seconds": len(samples) / rate}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.classify", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, metavar="CARD", help="a model's .json")
    parser.add_argument("--data", type=Path, metavar="DIR", help="all files of a corpus")
    parser.add_argument("files", nargs="*", metavar="FILE", help="audio files")
    options = parser.parse_args()
    if bool(options.data) == bool(options.files):
        parser.error("give either audio files or --data with the folder of a corpus")
    return options


if __name__ == "__main__":
    errors.run(main)

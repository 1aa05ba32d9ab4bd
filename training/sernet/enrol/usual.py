"""Writes the usual moods of a model, over its training speakers, into its card.

`python3 -m sernet.enrol.usual --model CARD.json --data DIR …` classifies some clips of each label in each corpus, and writes
the mean of the model's features for each label into the card: `voice.moods`, or `streaming.features` of a network that streams.
Without them, a labelled utterance could not tell a person's voice from their mood.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .. import errors
from ..athome.listeners import GraphListener
from ..corpora import Corpus, Pool, read_corpus
from ..features import corpus_features
from ..files import write_json
from ..frontend import FrontEnd
from ..step import is_step
from .half import to_text
from .household import features_of
from .streaming import features_of_card, graph_features, head_of

EACH = 25
"""Clips of each label in each corpus."""


def usual_moods(features: np.ndarray, labels: list[str], corpora: list[str], known: tuple[str, ...]) -> np.ndarray:
    """The mean features [labels, features] of each label, over each corpus and then over corpora."""
    said, where = np.array(labels), np.array(corpora)
    return np.stack([np.mean([features[(said == label) & (where == corpus)].mean(axis=0)
                              for corpus in dict.fromkeys(corpora) if ((said == label) & (where == corpus)).any()], axis=0)
                     for label in known])


def some_of_each(pool: Corpus, known: tuple[str, ...], each: int = EACH, seed: int = 1) -> list[int]:
    """Indices of clips: this many of each label in each corpus."""
    draw, places = np.random.Generator(np.random.PCG64(seed)), []
    for label in known:
        for corpus in dict.fromkeys(clip.corpus for clip in pool.clips):
            there = [place for place, clip in enumerate(pool.clips) if (clip.label, clip.corpus) == (label, corpus)]
            places += draw.permutation(there)[:each].tolist()
    # In the order of the features.
    return sorted(places)


def images_of_some(clips: Pool, front_end: FrontEnd, cache: Path) -> Tensor:
    """The features of these clips alone: fewer than `images_of` computes, which are of whole corpora."""
    return torch.cat([corpus_features(part, front_end, cache)[0] for part in clips.parts() if part.clips])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.enrol.usual", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, metavar="CARD", help="an exported model's .json, which is rewritten")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="DIR", help="the corpora it was trained on")
    parser.add_argument("--features", type=Path, default=Path("runs/features"), metavar="DIR", help="cache of features")
    options = parser.parse_args()
    listener, card = GraphListener.read(options.model)
    if not listener.memory and not is_step(listener.graph):
        raise errors.UsageError(f"{card.name} cannot be told what is usual; give a model whose card has 'voice' or 'streaming'")
    pool = Pool.of([read_corpus(folder) for folder in options.data])
    if absent := [label for label in card.labels if label not in pool.labels]:
        raise errors.InputError(f"no clip of {pool.name} has the label {absent[0]}; give the corpora that {card.name} was trained on")
    clips = pool.only_at(some_of_each(pool, card.labels))
    images = images_of_some(clips, card.front_end, options.features)

    def moods(heard: np.ndarray) -> np.ndarray:
        return usual_moods(heard, [clip.label for clip in clips.clips], [clip.corpus for clip in clips.clips], card.labels)

    written = json.loads(options.model.read_text(encoding="utf-8"))
    if is_step(listener.graph):
        written["streaming"]["features"] = features_of_card(graph_features(listener.graph, images), head_of(card.onnx)[0], moods)
    else:
        written["voice"]["moods"] = to_text(moods(features_of(listener, listener.known(images))))
    write_json(options.model, written)
    print(f"{card.name}: how {', '.join(card.labels)} usually sound, of {len(clips.clips)} clips")


if __name__ == "__main__":
    errors.run(main)

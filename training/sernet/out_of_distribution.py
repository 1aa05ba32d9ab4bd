"""Does a model notice sounds it cannot judge? `python3 -m sernet.out_of_distribution --checkpoints runs/NAME …`.

Three scores of certainty (confidence, entropy and energy of the logits) compare speech of unseen speakers with
recordings without speech, and with emotions the model has no label for. Each figure is the area under the ROC curve: 50 %
is chance, 100 % is perfect. All clips are heard in homes of two people; a model with a baseline learns their
voices.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from . import errors, voices
from .audio import read_mono
from .corpora import Pool, read_corpus
from .export import answering
from .features import corpus_features
from .files import write_json
from .frontend import FrontEnd
from .protocols import PROTOCOLS
from .trainer import trained_model
from .variants import audio_files, loudest

SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    # Each is higher when the model is surer. Energy: Liu et al., "Energy-based out-of-distribution detection",
    # NeurIPS 2020.
    "confidence": lambda logits: logits.softmax(dim=1).amax(dim=1),
    "entropy": lambda logits: (logits.softmax(dim=1) * logits.log_softmax(dim=1)).sum(dim=1),
    "energy": lambda logits: logits.logsumexp(dim=1),
}


def area(known: np.ndarray, strange: np.ndarray) -> float:
    """The probability that a known clip scores higher than an unknown one; ties count half."""
    everything = np.concatenate([known, strange])
    values, place, counts = np.unique(everything, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[:len(known)].sum() - len(known) * (len(known) + 1) / 2) / (len(known) * len(strange)))


def told_apart(known: Tensor, strange: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    """The area under the curve of each score in per cent, for the logits of each kind of unknown images."""
    return {kind: {name: round(100 * area(score(known).numpy(), score(logits).numpy()), 1) for name, score in SCORES.items()}
            for kind, logits in strange.items()}


def heard(model: nn.Module, spoken: Tensor, speakers: Sequence[voices.Speaker], noise: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of images of speech and of noise, which is heard at random moments of a home."""
    if not voices.adapts(model):
        return _logits(model, spoken), _logits(model, noise)
    usual = voices.usual(voices.features(model, spoken), speakers, people=2)
    moments = np.random.Generator(np.random.PCG64(1)).integers(len(spoken), size=len(noise))
    return _logits(model, spoken, usual), _logits(model, noise, usual[moments])


def _logits(model: nn.Module, images: Tensor, usual: Tensor | None = None) -> Tensor:
    # Softmax drops a constant of the logits that energy needs, so `architectures.probabilities` is of no use here.
    with torch.no_grad():
        if usual is None:
            return torch.cat([model(part) for part in images.split(64)])
        return torch.cat([model.heard(part, voice)[0] for part, voice in zip(images.split(64), usual.split(64))])


def main() -> None:
    options = _options()
    pool = Pool.of([read_corpus(folder) for folder in options.data])
    folds = {fold.name: fold for fold in PROTOCOLS["speaker-groups"].folds(pool, options.seed)}
    noises = audio_files(options.noise)[::3]  # the recordings that training does not use
    rows = []
    for checkpoint in options.checkpoints:
        model, about = trained_model(checkpoint)
        labels, front_end = tuple(about["labels"]), FrontEnd.from_json(about["frontEnd"])
        model = answering(model, labels, tuple(options.judged))
        spoken = pool.only_at(folds[about["fold"]].test)
        without = np.stack([front_end(loudest(read_mono(file, front_end.sample_rate), front_end.segment_length))
                            for file in noises])[:, None]
        said, of_noise = heard(model, _images(spoken, front_end, options),
                               [(clip.corpus, clip.speaker) for clip in spoken.clips], torch.from_numpy(without).float())
        known = torch.tensor([clip.label in options.judged for clip in spoken.clips])
        rows.append(told_apart(said[known], {"noise": of_noise, "other emotions": said[~known]}))
    mean = {kind: {name: round(float(np.mean([row[kind][name] for row in rows])), 1) for name in SCORES}
            for kind in rows[0]}
    write_json(options.results, {"folds": len(rows), "noises": len(noises), "areaUnderCurve": mean})
    for kind, scores in mean.items():
        print(kind, "  ".join(f"{name} {value}" for name, value in scores.items()))


def _images(pool: Pool, front_end: FrontEnd, options: argparse.Namespace) -> Tensor:
    return torch.cat([corpus_features(part, front_end, options.features)[0] for part in pool.parts() if part.clips])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.out_of_distribution", description=__doc__)
    add = parser.add_argument
    add("--checkpoints", type=Path, nargs="+", required=True, metavar="FILE",
        help="the folds of a training with --protocol speaker-groups")
    add("--data", type=Path, nargs="+", required=True, metavar="DIR", help="the corpora of that training")
    add("--noise", type=Path, required=True, metavar="DIR", help="the noise recordings of that training")
    add("--judged", nargs="+", required=True, metavar="LABEL", help="the labels that it answers with")
    add("--seed", type=int, default=1, metavar="S", help="seed of that training (%(default)s)")
    add("--features", type=Path, default=Path("runs/features"), metavar="DIR", help="cache of features")
    add("--results", type=Path, required=True, metavar="FILE", help="output file of the figures")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

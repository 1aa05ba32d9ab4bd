"""How well features alone separate emotions: a support vector machine, leave one speaker out.

`python3 -m sernet.probe --data DIR` prints a table. It is quick and trains no network; it helps to decide what to
train.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import numpy as np
import torch

from . import corpora, errors
from .features import corpus_features, targets
from .frontend import FrontEnd
from .metrics import Scores, confusion, mean_and_interval

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SPEECH = 5.0
"""Frames whose mean log mel energy is further than this below the loudest are not looked at."""


def main() -> None:
    options = _options()
    corpus = corpora.read_corpus(options.data)
    truth = targets(corpus, corpus.labels).numpy()
    speakers = np.array([clip.speaker for clip in corpus.clips])
    print("| features | number | UA | WA |\n|---|---|---|---|")
    for name, values in _features(corpus, options):
        folds = [_scores(values, truth, speakers == speaker) for speaker in corpus.speakers]
        print(f"| {name} | {values.shape[1]} | " + " | ".join(
            f"{mean_and_interval(scores)['mean']:.1f}" for scores in zip(*((s.ua, s.wa) for s in folds))) + " |",
            flush=True)


def _features(corpus: corpora.Corpus, options: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    front_end = replace(FrontEnd(), output="log-mel")
    logs = corpus_features(corpus, front_end, options.out)[0][:, 0]
    mfcc = functionals(logs, 20)
    yield "20 MFCC and their changes", mfcc
    speakers = np.array([clip.speaker for clip in corpus.clips])
    known = np.empty_like(mfcc)
    for speaker in corpus.speakers:
        own = mfcc[speakers == speaker]
        known[speakers == speaker] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-6)
    yield "the same, normalised by each speaker's other clips (no figure for a stranger)", known


def functionals(logs: torch.Tensor, coefficients: int) -> np.ndarray:
    """Mean, deviation and quantiles over speech of MFCC and their changes, of log mel energies
    [clips, frames, bands]."""
    bands = logs.shape[2]
    n, k = torch.arange(bands)[:, None], torch.arange(coefficients)
    mfcc = logs @ torch.cos(torch.pi * k * (2 * n + 1) / (2 * bands))
    changes = torch.zeros_like(mfcc)
    changes[:, 2:-2] = 0.2 * (mfcc[:, 4:] - mfcc[:, :-4]) + 0.1 * (mfcc[:, 3:-1] - mfcc[:, 1:-3])
    loudness = logs.mean(dim=2)
    rows = []
    for values, loud in zip(torch.cat([mfcc, changes], dim=2), loudness):
        speech = values[loud > loud.max() - SPEECH]
        rows.append(torch.cat([speech.mean(dim=0), speech.std(dim=0),
                               torch.quantile(speech, torch.tensor(QUANTILES), dim=0).flatten()]))
    return torch.stack(rows).numpy()


def _scores(values: np.ndarray, truth: np.ndarray, test: np.ndarray) -> Scores:
    try:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC
    except ImportError as error:
        raise errors.UsageError("the probe needs scikit-learn; install python3-sklearn") from error
    machine = make_pipeline(StandardScaler(), SVC(C=5, class_weight="balanced"))
    guess = machine.fit(values[~test], truth[~test]).predict(values[test])
    return Scores.of(confusion(truth[test], guess, int(truth.max()) + 1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.probe", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the corpus")
    parser.add_argument("--out", type=Path, default=Path("runs/features"), metavar="DIR",
                        help="cache of features (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

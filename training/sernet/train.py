"""Trains Light-SERNet on a corpus: `python3 -m sernet.train --data DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from . import corpora, errors, features, models
from .files import write_json
from .frontend import PRESETS
from .metrics import Scores, confusion
from .protocols import PROTOCOLS
from .trainer import Progress, Recipe, train


def main() -> None:
    options = _options()
    torch.set_flush_denormal(True)
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = corpora.read_corpus(options.data)
    folds = PROTOCOLS[options.protocol](corpus)
    if options.fold and not 1 <= options.fold <= len(folds):
        raise errors.UsageError(f"--fold {options.fold}: {corpus.name} has folds "
                                f"1 to {len(folds)} under the protocol {options.protocol}")
    chosen = [options.fold - 1] if options.fold else range(len(folds))
    results = options.out / (f"results-{options.fold}.json" if options.fold else "results.json")
    recipe = Recipe(epochs=options.epochs, seed=options.seed)
    front_end, labels = PRESETS[options.front_end], corpus.labels
    about = {"architecture": models.LightSerNet.architecture, "labels": list(labels),
             "frontEnd": front_end.to_json(), "corpora": [corpus.name],
             "protocol": options.protocol}
    images = features.corpus_features(corpus, front_end, options.out)
    truth = features.targets(corpus, labels)

    done, counts = [], np.zeros((len(labels), len(labels)), np.int64)
    for position, index in enumerate(chosen):
        fold = folds[index]
        learn = list(fold.train)
        model = train(images[learn], truth[learn], recipe, {**about, "fold": fold.name},
                      options.out / f"{fold.name}.pt",
                      lambda progress: _tell(fold.name, progress, recipe.epochs,
                                             len(chosen) - position - 1))
        if not fold.test:
            continue
        test = list(fold.test)
        guess = models.probabilities(model, images[test]).argmax(dim=1)
        matrix = confusion(truth[test].numpy(), guess.numpy(), len(labels))
        counts += matrix
        done.append({"fold": index + 1, "name": fold.name, "clips": len(test),
                     **vars(Scores.of(matrix))})
        print(f"{fold.name}: {Scores.of(matrix)}", flush=True)
        write_json(results, {
            **about, "command": _command(options, corpus.name), "recipe": vars(recipe),
            "epochChosen": "the last", "foldsInAll": len(folds), "folds": done,
            "mean": {name: round(float(np.mean([fold[name] for fold in done])), 2)
                     for name in ("ua", "wa", "f1")},
            "pooled": vars(Scores.of(counts)), "confusion": counts.tolist(),
            "torch": torch.__version__})


def _tell(fold: str, progress: Progress, epochs: int, folds_after: int) -> None:
    left = progress.seconds * (epochs - progress.epoch + epochs * folds_after)
    print(f"{fold}  epoch {progress.epoch}/{epochs}  loss {progress.loss:.3f}  "
          f"{progress.seconds:.1f} s  {left / 60:.1f} min left", flush=True)


def _command(options: argparse.Namespace, corpus: str) -> str:
    """The command that makes these results, without where this machine keeps its files."""
    fold = f"--fold {options.fold} " if options.fold else ""
    return (f"python3 -m sernet.train --data {corpus} --protocol {options.protocol} {fold}"
            f"--epochs {options.epochs} --seed {options.seed} --front-end {options.front_end} "
            f"--threads {torch.get_num_threads()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR",
                        help="folder of the corpus, with labels.csv")
    parser.add_argument("--out", type=Path, default=Path("runs/train"), metavar="DIR",
                        help="where checkpoints, features and results go (%(default)s); "
                             "a run that was cut off goes on from what is there")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="all",
                        help="all: every clip, for the model that ships; speaker: leave one "
                             "speaker out, for an honest figure (%(default)s)")
    parser.add_argument("--fold", type=int, metavar="N", help="only this fold, counted from 1")
    parser.add_argument("--epochs", type=int, default=60, metavar="N", help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(%(default)s)")
    parser.add_argument("--front-end", choices=PRESETS, default="light-sernet", help="(%(default)s)")
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads (all cores)")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

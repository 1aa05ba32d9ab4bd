"""One architecture trained by one recipe under one protocol: its folds and what they come to."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch

from . import architectures
from .corpora import Corpus, read_corpus
from .errors import UsageError
from .export import exported
from .features import corpus_features, targets
from .frontend import FrontEnd
from .metrics import Scores, confusion, mean_and_interval
from .onnx_eval import OnnxModel
from .protocols import PROTOCOLS, Fold
from .recipe import Recipe
from .trainer import Clips, Progress, train
from .variants import Variants


@dataclass(frozen=True)
class Experiment:
    """What decides the weights and the figures; everything else is where and how fast."""

    data: Path
    architecture: str = "light-sernet"
    protocol: str = "speaker"
    recipe: Recipe = field(default_factory=Recipe)
    front_end: FrontEnd = field(default_factory=FrontEnd)
    also: tuple[Path, ...] = ()
    """Further corpora, all of whose clips are trained on, those with the labels of `data`."""
    variants: Variants = Variants(1)
    initial: Path | None = None
    """Weights to begin with, for architectures that can (`start_from`)."""
    int8: bool = False
    """Judge the int8 model of each fold too."""

    def corpus(self) -> Corpus:
        return read_corpus(self.data)

    def folds(self) -> list[Fold]:
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"there is no protocol {self.protocol!r}; use one of {', '.join(PROTOCOLS)}")
        return PROTOCOLS[self.protocol].folds(self.corpus(), self.recipe.seed)

    def about(self, corpora: list[Corpus]) -> dict[str, Any]:
        """What is kept with the weights; no path of this machine is in it."""
        return {"architecture": self.architecture, "labels": list(corpora[0].labels),
                "frontEnd": self.front_end.to_json(),
                "shape": [self.front_end.frames, self.front_end.frame_features],
                "corpora": [corpus.name for corpus in corpora], "protocol": self.protocol,
                "variants": self.variants.key,
                "initial": hashlib.sha256(self.initial.read_bytes()).hexdigest() if self.initial else ""}


@dataclass(frozen=True)
class Place:
    """Where an experiment runs."""

    out: Path
    device: str = "cpu"
    threads: int = 1


def run_fold(experiment: Experiment, number: int, place: Place,
             tell: Callable[[str], None] = print) -> dict[str, Any] | None:
    """Trains and judges fold `number`, counted from 1; None if the fold tests nothing.

    The answer holds the confusion matrices and the scores of the fold, as they are written to
    results.
    """
    torch.set_flush_denormal(True)
    torch.set_num_threads(place.threads)
    folds = experiment.folds()
    if not 1 <= number <= len(folds):
        raise UsageError(f"there is no fold {number}; the protocol {experiment.protocol} has the folds 1 to "
                         f"{len(folds)} here")
    fold = folds[number - 1]
    corpora = [experiment.corpus(), *map(read_corpus, experiment.also)]
    everything = _clips(corpora[0], experiment, place)
    about = {**experiment.about(corpora), "fold": fold.name}
    learnt = _joined([everything.chosen(fold.train),
                      *(_clips(corpus, experiment, place, corpora[0].labels)
                        for corpus in corpora[1:])])

    def report(progress: Progress) -> None:
        left = progress.seconds * (experiment.recipe.epochs - progress.epoch)
        judged = f"  UA {progress.judged.ua:.1f} WA {progress.judged.wa:.1f}" if progress.judged else ""
        tell(f"{experiment.architecture} {fold.name}  epoch {progress.epoch}/{experiment.recipe.epochs}  "
             f"loss {progress.loss:.3f}{judged}  {progress.seconds:.1f} s  {left / 60:.1f} min left")

    trained = train(learnt, experiment.recipe, about, place.out / f"{fold.name}.pt", report,
                    everything.chosen(fold.chosen_on) if fold.chosen_on else None, place.device,
                    initial=experiment.initial)
    if not fold.test:
        return None
    test = everything.chosen(fold.test)
    result = {"fold": number, "name": fold.name, "clips": len(fold.test), "epoch": trained.epoch,
              **_judged(architectures.probabilities(trained.model, test.images[0]), test)}
    if experiment.int8:
        graphs = exported(trained.model, tuple(about["shape"]), learnt.images[0])
        int8 = OnnxModel(graphs["int8"])
        result["int8"] = _judged(int8(test.images[0]), test)
    return result


def summary(experiment: Experiment, command: str, done: list[dict[str, Any]]) -> dict[str, Any]:
    """The results file of an experiment, from the folds that are done."""
    protocol = PROTOCOLS[experiment.protocol]
    done = sorted(done, key=lambda fold: fold["fold"])
    corpora = [experiment.corpus(), *map(read_corpus, experiment.also)]
    counts = sum(np.array(fold["confusion"]) for fold in done)
    made = {**experiment.about(corpora), "meaning": protocol.meaning, "epochChosen": protocol.epoch,
            "command": command, "recipe": asdict(experiment.recipe),
            "foldsInAll": len(experiment.folds()), "folds": done, **_overall(done, counts),
            "confusion": counts.tolist(), "torch": torch.__version__}
    if all("int8" in fold for fold in done):
        made["int8"] = _overall([fold["int8"] for fold in done],
                                sum(np.array(fold["int8"]["confusion"]) for fold in done))
    return made


def _overall(folds: list[dict[str, Any]], counts: np.ndarray) -> dict[str, Any]:
    return {"mean": {name: mean_and_interval([fold[name] for fold in folds]) for name in ("ua", "wa", "f1")},
            "pooled": vars(Scores.of(counts))}


def _judged(probabilities: torch.Tensor, clips: Clips) -> dict[str, Any]:
    counts = confusion(clips.targets.numpy(), probabilities.argmax(dim=1).numpy(), probabilities.shape[1])
    return {**vars(Scores.of(counts)), "confusion": counts.tolist()}


def _clips(corpus: Corpus, experiment: Experiment, place: Place,
           labels: tuple[str, ...] | None = None) -> Clips:
    """The clips of a corpus; with `labels`, those of them that have one."""
    labels = labels or corpus.labels
    kept = tuple(clip for clip in corpus.clips if clip.label in labels)
    corpus = replace(corpus, clips=kept)
    images = corpus_features(corpus, experiment.front_end, place.out.parent / "features", experiment.variants)
    return Clips(images, targets(corpus, labels))


def _joined(parts: list[Clips]) -> Clips:
    return Clips(torch.cat([part.images for part in parts], dim=1),
                 torch.cat([part.targets for part in parts]))

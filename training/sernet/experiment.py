"""One architecture trained by one recipe under one protocol: its folds and its results."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
import onnx
import torch

from . import architectures, voices
from .corpora import Clip, Corpus, Pool, read_corpus
from .errors import UsageError
from .everyday import LABEL, SOMEBODY, read_everyday
from .export import answering, exported
from .features import corpus_features, targets
from .files import write_atomically
from .frontend import FrontEnd
from .losses import NO_ANSWER
from .metrics import Scores, confusion, mean_and_interval
from .onnx_eval import OnnxModel
from .protocols import PROTOCOLS, Fold
from .recipe import Recipe
from .step import is_step, streamed
from .trainer import Clips, Progress, train
from .variants import Condition, Loudest, Variants, Versions
from .voices import NOBODY

PEOPLE = (1, 2, 4)
"""How many share a home where a model that learns what is usual is tested."""
SHARE = 0.15
"""Share of the clips drawn that are ordinary speech, where there is any."""


@dataclass(frozen=True)
class Experiment:
    """The settings that decide weights and figures. All other settings are about place and speed."""

    data: tuple[Path, ...]
    """A corpus, or several that are one."""
    architecture: str = "light-sernet"
    protocol: str = "speaker"
    recipe: Recipe = field(default_factory=Recipe)
    front_end: FrontEnd = field(default_factory=FrontEnd)
    also: tuple[Path, ...] = ()
    """Further corpora, all of whose clips are trained on, those with the labels of `data`."""
    variants: Variants = Variants(1)
    initial: Path | None = None
    """The checkpoint of a training whose weights are begun with."""
    judged: tuple[str, ...] = ()
    """Labels that count: others are trained on, but not tested on nor answered; () for all."""
    condition: Condition | None = None
    """Where the test clips are heard, and tested a second time."""
    unsure: float = 0.0
    """Share of the clips drawn that are recordings of noise, of which the model should say nothing; 0 for none."""
    int8: bool = False
    """Judge the int8 model of each fold too."""
    everyday: tuple[Path, ...] = ()
    """Folders of ordinary speech, the training half of which is learnt as neutral."""
    everyday_share: float = SHARE
    """Share of the clips drawn that are of these; each folder has an equal part of it."""

    def corpus(self) -> Corpus:
        corpora = [read_corpus(folder) for folder in self.data]
        return corpora[0] if len(corpora) == 1 else Pool.of(corpora)

    def corpora(self) -> list[Corpus]:
        """The test corpus, and the corpora that are only trained on."""
        return [self.corpus(), *map(read_corpus, self.also)]

    def folds(self) -> list[Fold]:
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"there is no protocol {self.protocol!r}; use one of {', '.join(PROTOCOLS)}")
        return PROTOCOLS[self.protocol].folds(self.corpus(), self.recipe.seed)

    def about(self, corpora: list[Corpus]) -> dict[str, Any]:
        """The description kept with the weights. It has no path of this machine."""
        return {"architecture": self.architecture, "labels": list(corpora[0].labels),
                "frontEnd": self.front_end.to_json(),
                "shape": [self.front_end.frames, self.front_end.frame_features],
                "corpora": [name for corpus in corpora for name in corpus.name.split("+")], "data": data_of(corpora),
                "protocol": self.protocol,
                "variants": self.variants.key, "unsure": self.unsure,
                **({"everyday": [*(folder.resolve().name for folder in self.everyday), self.everyday_share]} if self.everyday else {}),
                "initial": hashlib.sha256(self.initial.read_bytes()).hexdigest() if self.initial else ""}


def data_of(corpora: Sequence[Corpus]) -> dict[str, list[int]]:
    """Clips and bytes of each corpus. A copy with cut or compressed recordings has other numbers."""
    parts = [part for corpus in corpora for part in (corpus.parts() if isinstance(corpus, Pool) else [corpus])]
    return {part.name: [len(part.clips), sum(part.path(clip).stat().st_size for clip in part.clips)] for part in parts}


@dataclass(frozen=True)
class Place:
    """Where an experiment runs."""

    out: Path
    device: str = "cpu"
    threads: int = 1


def run_fold(experiment: Experiment, number: int, place: Place,
             tell: Callable[[str], None] = print) -> dict[str, Any] | None:
    """Trains and judges fold `number`, counted from 1; None if the fold tests nothing.

    The answer has the confusion matrices and the scores of the fold, as they are written to
    results.
    """
    torch.set_flush_denormal(True)
    torch.set_num_threads(place.threads)
    folds = experiment.folds()
    if not 1 <= number <= len(folds):
        raise UsageError(f"there is no fold {number}; the protocol {experiment.protocol} has the folds 1 to "
                         f"{len(folds)} here")
    fold = folds[number - 1]
    corpora = experiment.corpora()
    everything = _clips(corpora[0], experiment, place)
    about = {**experiment.about(corpora), "fold": fold.name}
    spoken = _joined([everything.chosen(fold.train),
                      *(_clips(corpus, experiment, place, corpora[0].labels)
                        for corpus in corpora[1:])])
    learnt = _joined([spoken, *_ordinary(spoken, experiment, place, corpora[0].labels),
                      *_noises(spoken, experiment, place)])

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
    labels = experiment.judged or tuple(about["labels"])
    kept = tuple(index for index in fold.test if corpora[0].clips[index].label in labels)
    test = everything.chosen(kept).with_labels(tuple(about["labels"]), labels)
    model = answering(trained.model, tuple(about["labels"]), labels)
    answers = _answers("fp32", model, test, *_of_model(model, test.images[0]))
    if experiment.int8:
        graphs = exported(model, tuple(about["shape"]), spoken.images[0])
        answers |= _answers("int8", model, test, *_of_graph(graphs["int8"], test.images[0]))
    if experiment.condition:
        heard = _images(corpora[0].only_at(kept), experiment, place, experiment.condition)
        answers |= _answers("condition", model, test, *_of_model(model, heard[0]))
    save_answers(place.out / f"{fold.name}.npz", test, answers)
    origins = [corpora[0].clips[index].corpus for index in kept]
    judged = {name: _judged(said, test, origins) for name, said in answers.items()}
    return {"fold": number, "name": fold.name, "clips": len(kept), "epoch": trained.epoch, **judged.pop("fp32"), **judged}


def _of_model(model: torch.nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """A model's probabilities for images, and its features if it has a baseline."""
    if not voices.adapts(model):
        return architectures.probabilities(model, images), None
    features = voices.features(model, images)
    with torch.no_grad():
        return model.judged(features, torch.zeros(len(images), model.voice_size)).softmax(dim=1), features


def _of_graph(graph: onnx.ModelProto, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The same for a graph. The baseline after one utterance equals its features."""
    model = OnnxModel(graph)
    if is_step(model):
        return torch.cat([streamed(model, part)[:, -1] for part in images.split(architectures.AT_ONCE)]), None
    said, *usual = model.answers(images)
    return said, usual[0][:, :-1] if usual else None


def _answers(name: str, model: torch.nn.Module, test: Clips, alone: torch.Tensor,
             features: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """The answers for each clip alone, and in homes of some people if the model has a baseline."""
    said = {name: alone}
    if features is not None:
        with torch.no_grad():
            for people in PEOPLE:
                usual = voices.usual(features, test.speakers, people)
                said[f"{name}-of-{people}"] = model.judged(features, usual).softmax(dim=1)
    return said


def save_answers(path: Path, test: Clips, answers: dict[str, torch.Tensor]) -> None:
    """Saves a model's answers for clips it was not trained on, for `sernet.calibrate`."""
    write_atomically(path, lambda file: np.savez(file, targets=test.targets.numpy(), **{
        precision: said.numpy() for precision, said in answers.items()}))


def summary(experiment: Experiment, command: str, done: list[dict[str, Any]]) -> dict[str, Any]:
    """The results file of an experiment, from the finished folds."""
    protocol = PROTOCOLS[experiment.protocol]
    done = sorted(done, key=lambda fold: fold["fold"])
    corpora = experiment.corpora()
    counts = sum(np.array(fold["confusion"]) for fold in done)
    labels = list(experiment.judged) or list(corpora[0].labels)
    made = {**experiment.about(corpora), "labels": labels, "meaning": protocol.meaning, "epochChosen": protocol.epoch,
            "command": command, "recipe": asdict(experiment.recipe),
            "foldsInAll": len(experiment.folds()), "folds": done, **_overall(done, counts),
            "confusion": counts.tolist(), "torch": torch.__version__}
    for also in done[0]:
        if isinstance(done[0][also], dict) and "confusion" in done[0][also]:
            made[also] = _overall([fold[also] for fold in done],
                                  sum(np.array(fold[also]["confusion"]) for fold in done))
    return made


def _overall(folds: list[dict[str, Any]], counts: np.ndarray) -> dict[str, Any]:
    made = {"mean": {name: mean_and_interval([fold[name] for fold in folds]) for name in ("ua", "wa", "f1")},
            "pooled": vars(Scores.of(counts))}
    if all("byCorpus" in fold for fold in folds):
        names = dict.fromkeys(name for fold in folds for name in fold["byCorpus"])
        made["byCorpus"] = {name: vars(Scores.of(sum(np.array(fold["byCorpus"][name]) for fold in folds
                                                    if name in fold["byCorpus"]))) for name in names}
        made["meanOfCorpora"] = round(float(np.mean([scores["ua"] for scores in made["byCorpus"].values()])), 2)
    return made


def _judged(probabilities: torch.Tensor, clips: Clips, corpora: list[str]) -> dict[str, Any]:
    """Scores and confusion of clips, and the confusion of each corpus of a pool."""
    truth, guess = clips.targets.numpy(), probabilities.argmax(dim=1).numpy()
    counts = confusion(truth, guess, probabilities.shape[1])
    made = {**vars(Scores.of(counts)), "confusion": counts.tolist()}
    if any(corpora):
        of = np.array(corpora)
        made["byCorpus"] = {name: confusion(truth[of == name], guess[of == name], probabilities.shape[1]).tolist()
                           for name in dict.fromkeys(corpora)}
    return made


def _clips(corpus: Corpus, experiment: Experiment, place: Place,
           labels: tuple[str, ...] | None = None) -> Clips:
    """The clips of a corpus; with `labels`, only clips that have one of them."""
    labels = labels or corpus.labels
    corpus = corpus.only(lambda clip: clip.label in labels)
    return Clips(_images(corpus, experiment, place, experiment.variants), targets(corpus, labels), weights(corpus),
                 tuple((clip.corpus or corpus.name, clip.speaker) for clip in corpus.clips))


def _ordinary(spoken: Clips, experiment: Experiment, place: Place, labels: tuple[str, ...]) -> list[Clips]:
    """Ordinary speech in all versions: the middle of each recording, and its loudest part."""
    if not experiment.everyday:
        return []
    if LABEL not in labels or not 0 < experiment.everyday_share < 1:
        raise UsageError(f"ordinary speech is learnt as {LABEL}: give corpora that have this label, and --everyday-share a "
                         "number between 0 and 1")
    share = experiment.everyday_share / (1 - experiment.everyday_share - experiment.unsure) / len(experiment.everyday)
    versions = (experiment.variants, Loudest(experiment.variants, experiment.front_end.segment_seconds))
    made = []
    for corpus in (read_everyday(folder, "training") for folder in experiment.everyday):
        count = len(corpus.clips)
        each = float(spoken.weights.sum()) * share / (2 * count)
        made += [Clips(_images(corpus, experiment, place, heard), torch.full((count,), labels.index(LABEL)),
                       torch.full((count,), each), ((corpus.name, SOMEBODY),) * count) for heard in versions]
    return made


def _noises(spoken: Clips, experiment: Experiment, place: Place) -> list[Clips]:
    """Noise recordings in all versions, for which no label is right, drawn in the requested share."""
    if not experiment.unsure:
        return []
    files = experiment.variants.noises
    if not 0 < experiment.unsure < 1:
        raise UsageError(f"the share of noise is {experiment.unsure}; give --unsure a number from 0 to below 1")
    if not files:
        raise UsageError("there is no noise to be unsure of; give --noise and at least --variants 2")
    corpus = Corpus(Path(), tuple(Clip(str(file), "", "", "") for file in files), "noise")
    left = 1 - experiment.unsure - (experiment.everyday_share if experiment.everyday else 0)
    each = float(spoken.weights.sum()) * experiment.unsure / left / len(files)
    versions = Loudest(experiment.variants, experiment.front_end.segment_seconds)
    return [Clips(_images(corpus, experiment, place, versions), torch.full((len(files),), NO_ANSWER),
                  torch.full((len(files),), each), (NOBODY,) * len(files))]


def _images(corpus: Corpus, experiment: Experiment, place: Place, versions: Versions) -> torch.Tensor:
    """Features of a corpus; in a pool, each corpus has its own file."""
    parts = [corpus] if not isinstance(corpus, Pool) else corpus.parts()
    return torch.cat([corpus_features(part, experiment.front_end, place.out.parent / "features", versions)
                      for part in parts], dim=1)


def weights(corpus: Corpus) -> torch.Tensor:
    """How often to draw each clip: the labels of a corpus equally, the speakers of a label equally, and corpora by the
    square root of their sizes."""
    sizes = Counter(clip.corpus for clip in corpus.clips)
    labels = {name: len({clip.label for clip in corpus.clips if clip.corpus == name}) for name in sizes}
    speakers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for clip in corpus.clips:
        speakers[clip.corpus, clip.label].add(clip.speaker)
    alike = Counter((clip.corpus, clip.label, clip.speaker) for clip in corpus.clips)
    return torch.tensor([
        sizes[clip.corpus] ** 0.5 / labels[clip.corpus] / len(speakers[clip.corpus, clip.label])
        / alike[clip.corpus, clip.label, clip.speaker] for clip in corpus.clips])


def _joined(parts: list[Clips]) -> Clips:
    return Clips(torch.cat([part.images for part in parts], dim=1), torch.cat([part.targets for part in parts]),
                 torch.cat([part.weights for part in parts]), sum((part.speakers for part in parts), ()))

"""Trains one model. A training can be resumed at any time, and its seed alone decides the result."""

from __future__ import annotations

import copy
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
from torch import Tensor, nn

from . import architectures
from .architectures.blocks import StyleMixing
from .architectures.streaming import STEP, Streaming
from .augment import augmented, cropped, preceded, warped
from .errors import InputError, UsageError
from .files import write_atomically
from .losses import loss_of, smoothed
from .metrics import Scores, confusion
from .recipe import Recipe
from .voices import Speaker, settle, settles

PREPARED_ON = 256
"""Clips that a model learns from before its first epoch, if it does."""


@dataclass(frozen=True)
class Clips:
    """Images [versions, clips, 1, frames, coefficients] and class indices [clips].

    Version 0 is the clip as recorded; the others are changed copies (`variants`).
    """

    images: Tensor
    targets: Tensor
    weights: Tensor | None = None
    """How often each clip is drawn, [clips], where a recipe draws; None for all alike."""
    speakers: tuple[Speaker, ...] = ()
    """Who speaks, for models that learn what is usual."""

    def chosen(self, indices: tuple[int, ...]) -> Clips:
        """Some of the clips, in the order of their indices."""
        places = list(indices)
        return Clips(self.images[:, places], self.targets[places],
                     None if self.weights is None else self.weights[places],
                     tuple(self.speakers[place] for place in places) if self.speakers else ())

    def with_labels(self, labels: tuple[str, ...], wanted: tuple[str, ...]) -> Clips:
        """The clips with one of the wanted labels; indices refer to these labels."""
        place = torch.tensor([wanted.index(label) if label in wanted else -1 for label in labels])
        return replace(self, targets=place[self.targets])


@dataclass(frozen=True)
class Progress:
    """The report after each epoch."""

    epoch: int
    loss: float
    seconds: float
    """Wall-clock time of this epoch."""
    judged: Scores | None
    """Scores on the clips the epoch is chosen on."""


@dataclass(frozen=True)
class Trained:
    """A model and the epoch of its weights, counted from 1."""

    model: nn.Module
    epoch: int


def train(clips: Clips, recipe: Recipe, about: dict[str, Any], checkpoint: Path,
          report: Callable[[Progress], None] = lambda progress: None, judge: Clips | None = None,
          device: str = "cpu", save_every: int = 5, initial: Path | None = None) -> Trained:
    """Trains on clips. With `judge`, the weights are those of the epoch that does best on it.

    Best is by WA, then UA; the first of equals. The state is saved in `checkpoint` every `save_every` epochs, and training
    resumes from there; a new training starts from the weights in `initial`. Every epoch seeds the generator again, so that
    a resumed training ends with the same weights. `about` (architecture, labels, front end, corpora) is saved with the
    weights and must match when a training is resumed. Some models finally learn their head again
    (`voices.settle`).
    """
    about = {**about, "recipe": asdict(recipe)}
    run = _Run(clips, recipe, about, device, initial)
    if checkpoint.exists():
        run.resume(checkpoint)
    while run.epoch < recipe.epochs:
        start = time.monotonic()
        loss, judged = run.next_epoch(judge)
        if run.epoch % save_every == 0 or run.epoch == recipe.epochs:
            run.save(checkpoint)
        report(Progress(run.epoch, loss, time.monotonic() - start, judged))
    trained = run.result(chosen=judge is not None)
    if recipe.settled and settles(trained.model) and clips.speakers:
        trained = run.settled(trained)
        run.save(checkpoint)
    return trained


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state that `train` saves: about, epoch, model, optimizer, and the best weights."""
    try:
        return torch.load(path, map_location="cpu")
    except FileNotFoundError as error:
        raise InputError(f"the checkpoint {path} is not there; train first, "
                         "with python3 -m sernet.train") from error
    except Exception as error:  # torch.load raises any exception that unpickling raises
        raise InputError(f"{path} is not a whole checkpoint; delete it and train again") from error


def trained_model(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The model of a finished training, in evaluation mode, and its checkpoint's description."""
    state = read_checkpoint(checkpoint)
    about = state["about"]
    if state["epoch"] < about["recipe"]["epochs"]:
        raise UsageError(f"{checkpoint} stands at epoch {state['epoch']} of "
                         f"{about['recipe']['epochs']}; run the same training again to end it")
    model = architectures.build(about["architecture"], len(about["labels"]), about["shape"][1])
    model.load_state_dict(_served(state))
    return model.eval(), about


def _served(state: dict[str, Any]) -> dict[str, Tensor]:
    """The weights of a checkpoint to use: the settled ones if there are any, else the learnt ones."""
    return state.get("settled") or _learnt(state)


def _learnt(state: dict[str, Any]) -> dict[str, Tensor]:
    """The learnt weights of a checkpoint: the best epoch's if one was chosen, else the averaged ones."""
    return state["best"]["model"] if state["best"] else state["average"] or state["model"]


class _Run:
    """The state of a training between two epochs."""

    def __init__(self, clips: Clips, recipe: Recipe, about: dict[str, Any], device: str,
                 initial: Path | None) -> None:
        torch.manual_seed(recipe.seed)
        self._clips, self._recipe, self._about, self._device = clips, recipe, about, device
        self._classes = len(about["labels"])
        self._model = architectures.build(about["architecture"], self._classes, about["shape"][1])
        if hasattr(self._model, "prepare"):
            self._model.prepare(_some(clips.images))
        if initial:
            _begin_with(self._model, tuple(about["labels"]), initial)
        if recipe.styles:
            if not hasattr(self._model, "joint"):
                raise UsageError(f"recipe: {self._model.architecture} has no paths that meet, where styles could be mixed; "
                                 "use another recipe")
            self._model.joint = StyleMixing(recipe.styles)
        if recipe.history and not isinstance(self._model, Streaming):
            raise UsageError(f"recipe: {self._model.architecture} does not stream, so nothing can have been heard before; "
                             "use another recipe")
        self._model.to(device=device, memory_format=torch.channels_last)
        self._optimizer = recipe.optimizer_of(self._model)
        self._average = copy.deepcopy(self._model).eval() if recipe.average else None
        self._best: dict[str, Any] | None = None
        self._settled: dict[str, Tensor] | None = None
        self.epoch = 0

    def next_epoch(self, judge: Clips | None) -> tuple[float, Scores | None]:
        """One pass over the clips in random order; the mean loss, and the scores on `judge`."""
        torch.manual_seed(self._recipe.seed * 1_000_003 + self.epoch + 1)
        self._model.train()
        order = self._order()
        batches = [batch for batch in order.split(self._recipe.batch) if len(batch) > 1]
        total = 0.0
        for step, batch in enumerate(batches):
            for group in self._optimizer.param_groups:
                group["lr"] = self._recipe.rate(self.epoch + (step + 1) / len(batches))
            total += self._step(batch) * len(batch)
        self.epoch += 1
        return total / len(order), self._judged(judge) if judge else None

    def _order(self) -> Tensor:
        clips = self._clips
        if not self._recipe.draws:
            return torch.randperm(len(clips.targets))
        weights = torch.ones(len(clips.targets)) if clips.weights is None else clips.weights
        return torch.multinomial(weights, self._recipe.draws, replacement=True)

    def _step(self, batch: Tensor) -> float:
        images = self._clips.images[self._versions(len(batch)), batch]
        if self._recipe.warps:
            images = warped(images)
        if self._recipe.crops:
            images = cropped(images)
        if self._recipe.masks:
            images = augmented(images)
        shares = smoothed(self._clips.targets[batch], self._classes, self._recipe.label_smoothing)
        if self._recipe.mixup:
            images, shares = _mixed(images, shares, self._recipe.mixup)
        given: dict[str, int] = {}
        if self._recipe.history and float(torch.rand(())) < self._recipe.history:
            images, given["heard"] = preceded(images, STEP)
        with torch.autocast(torch.device(self._device).type, torch.bfloat16,
                            enabled=self._recipe.precision == "bf16"):
            logits = self._model(images.to(self._device), **given)
        loss = loss_of(logits.float(), shares.to(self._device), self._recipe.loss)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        if self._average:
            self._follow()
        return loss.item()

    def _versions(self, clips: int) -> Tensor:
        """A version for each clip; with one version nothing is drawn."""
        count = len(self._clips.images)
        return torch.randint(count, (clips,)) if count > 1 else torch.zeros(clips, dtype=torch.long)

    def _follow(self) -> None:
        """Moves the average towards the weights, faster at first, when they are still far away."""
        done = next(iter(self._optimizer.state.values()))["step"]
        share = 1 - min(self._recipe.average, (1 + float(done)) / (10 + float(done)))
        with torch.no_grad():
            for mean, value in zip(self._average.state_dict().values(), self._model.state_dict().values()):
                if mean.is_floating_point():
                    mean.lerp_(value, share)

    def _judged(self, judge: Clips) -> Scores:
        model = self._average or self._model
        guess = architectures.probabilities(model, judge.images[0].to(self._device)).argmax(dim=1)
        scores = Scores.of(confusion(judge.targets.numpy(), guess.cpu().numpy(), self._classes))
        if not self._best or (scores.wa, scores.ua) > self._best["scores"]:
            self._best = {"scores": (scores.wa, scores.ua), "epoch": self.epoch,
                          "model": copy.deepcopy(model.state_dict())}
        return scores

    def save(self, checkpoint: Path) -> None:
        state = {"about": self._about, "epoch": self.epoch, "model": self._model.state_dict(),
                 "optimizer": self._optimizer.state_dict(), "best": self._best,
                 "average": self._average.state_dict() if self._average else None, "settled": self._settled}
        write_atomically(checkpoint, lambda file: torch.save(state, file))

    def resume(self, checkpoint: Path) -> None:
        state = read_checkpoint(checkpoint)
        if state["about"] != self._about:
            raise UsageError(f"{checkpoint} belongs to a training with other settings; "
                             "use another --out folder or delete it")
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        if self._average:
            self._average.load_state_dict(state["average"])
        self.epoch, self._best, self._settled = state["epoch"], state["best"], state.get("settled")

    def result(self, chosen: bool) -> Trained:
        model = copy.deepcopy(self._average or self._model)
        if chosen:
            model.load_state_dict(self._best["model"])
        return Trained(model.cpu().eval(), self._best["epoch"] if chosen else self.epoch)

    def settled(self, trained: Trained) -> Trained:
        """The model with its head settled on baselines."""
        if self._settled:
            trained.model.load_state_dict(self._settled)
        else:
            clips = self._clips
            settle(trained.model, clips.images, clips.targets, clips.weights, clips.speakers,
                   self._recipe.label_smoothing, self._recipe.seed)
            self._settled = copy.deepcopy(trained.model.state_dict())
        return trained


def _begin_with(model: nn.Module, labels: tuple[str, ...], initial: Path) -> None:
    """Copies the weights of a finished training; those of the head only for labels that both have."""
    about = trained_model(initial)[1]
    if about["architecture"] not in (model.architecture, *getattr(model, "relatives", ())):
        raise UsageError(f"{initial} is a {about['architecture']}, not a {model.architecture}; "
                         "give the same --architecture, or leave --initial away")
    weights, known = dict(_learnt(read_checkpoint(initial))), list(about["labels"])
    if about["architecture"] != model.architecture:
        weights = model.translated(weights)
    for name in ("head.weight", "head.bias"):
        head = model.state_dict()[name].clone()
        for place, label in enumerate(labels):
            if label in known:
                head[place] = weights[name][known.index(label)]
        weights[name] = head
    model.load_state_dict(weights)


def _some(images: Tensor) -> Tensor:
    """Every version of at most `PREPARED_ON` clips that are evenly spread, [clips, 1, frames, coefficients]."""
    return images[:, ::max(1, images.shape[1] // PREPARED_ON)].flatten(0, 1)


def _mixed(images: Tensor, shares: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Each clip mixed with another one of the batch, image and target alike."""
    # Seeded from PyTorch's generator, which alone decides a training.
    draw = np.random.Generator(np.random.PCG64(int(torch.randint(2 ** 31, ()))))
    share, partner = float(draw.beta(alpha, alpha)), torch.randperm(len(images))
    return (share * images + (1 - share) * images[partner],
            share * shares + (1 - share) * shares[partner])

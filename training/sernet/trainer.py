"""Training one model, resumable at any time and decided by its seed alone."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable

import torch
from torch import Tensor, nn

from .augment import augmented
from .errors import InputError, UsageError
from .files import write_atomically
from .models import LightSerNet


@dataclass(frozen=True)
class Recipe:
    """AdamW, a linear warm-up, then half a cosine down to zero; smoothed cross-entropy."""

    epochs: int = 60
    seed: int = 1
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    label_smoothing: float = 0.1
    warm_up: int = 3
    """Epochs in which the rate rises linearly."""

    def rate(self, progress: float) -> float:
        """Learning rate after `progress` epochs."""
        if progress < self.warm_up:
            return self.learning_rate * progress / self.warm_up
        cosine = math.cos(math.pi * (progress - self.warm_up) / (self.epochs - self.warm_up))
        return self.learning_rate * 0.5 * (1 + cosine)


@dataclass(frozen=True)
class Progress:
    """What is told after each epoch."""

    epoch: int
    loss: float
    seconds: float
    """Wall-clock time of this epoch."""


def train(features: Tensor, targets: Tensor, recipe: Recipe, about: dict[str, Any],
          checkpoint: Path, report: Callable[[Progress], None], save_every: int = 5) -> LightSerNet:
    """Trains on MFCC [clips, 1, frames, coefficients] and class indices [clips].

    The state is kept in `checkpoint` every `save_every` epochs, and taken up from there. Every
    epoch seeds the generator anew, so that a run cut off ends with the same weights. `about` (the
    labels, front end and corpus) is kept with the weights and must match when a run is resumed.
    """
    about = {**about, "recipe": asdict(recipe)}
    torch.manual_seed(recipe.seed)
    model = LightSerNet(len(about["labels"])).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=recipe.weight_decay)
    first = 0
    if checkpoint.exists():
        state = read_checkpoint(checkpoint)
        if state["about"] != about:
            raise UsageError(f"{checkpoint} belongs to a training with other settings; "
                             "use another --out folder or delete it")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"]
    for epoch in range(first, recipe.epochs):
        start = time.monotonic()
        torch.manual_seed(recipe.seed * 1_000_003 + epoch + 1)
        loss = _epoch(model, optimizer, features, targets, recipe, epoch)
        if (epoch + 1) % save_every == 0 or epoch + 1 == recipe.epochs:
            state = {"about": about, "epoch": epoch + 1, "model": model.state_dict(),
                     "optimizer": optimizer.state_dict()}
            write_atomically(checkpoint, lambda file: torch.save(state, file))
        report(Progress(epoch + 1, loss, time.monotonic() - start))
    return model.eval()


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The state `train` keeps: about, epoch, model, optimizer."""
    try:
        return torch.load(path, map_location="cpu")
    except FileNotFoundError as error:
        raise InputError(f"the checkpoint {path} is not there; train first, "
                         "with python3 -m sernet.train") from error
    except Exception as error:  # torch.load raises whatever its unpickler meets
        raise InputError(f"{path} is not a whole checkpoint; delete it and train again") from error


def _epoch(model: nn.Module, optimizer: torch.optim.Optimizer, features: Tensor, targets: Tensor,
           recipe: Recipe, epoch: int) -> float:
    """One pass over the clips in random order; the mean loss."""
    model.train()
    batches = torch.randperm(len(features)).split(recipe.batch)
    total = 0.0
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(epoch + (step + 1) / len(batches))
        loss = nn.functional.cross_entropy(model(augmented(features[batch])), targets[batch],
                                           label_smoothing=recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(features)

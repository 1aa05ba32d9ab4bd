"""How a model is trained, as data that is kept with its weights and its results."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import nn

from .errors import UsageError
from .losses import LOSSES
from .muon import Muon

OPTIMIZERS = {"muon": Muon, "adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
SCHEDULES = ("cosine", "decay")
PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Recipe:
    """The defaults are the recipe `cosine`: Muon, a linear warm-up, half a cosine down to zero."""

    epochs: int = 60
    seed: int = 1
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 2e-2
    """Beside the gradient; with Adam in it, as an L2 term."""
    optimizer: str = "muon"
    """`muon`, which needs far fewer epochs than `adamw`; `adam` as in the papers."""
    schedule: str = "cosine"
    """`cosine`, or `decay`: constant for a sixth of the epochs, then times exp(-0.15) every
    fifteenth, as Light-SERNet's 50 and 20 of 300."""
    warm_up: int = 3
    """Epochs in which the rate rises linearly."""
    loss: str = "cross-entropy"
    label_smoothing: float = 0.1
    average: float = 0.0
    """Decay of a running mean of the weights, each step, which is then the model; 0 for none."""
    mixup: float = 0.0
    """α of the Beta distribution that two clips are mixed by (Zhang et al., ICLR 2018); 0 for none."""
    masks: bool = True
    """Moved in time and masked (`augment.augmented`)."""
    warps: bool = False
    """Stretched in time and along the bands (`augment.warped`)."""
    crops: bool = False
    """Batches of parts of the clips (`augment.cropped`): faster by half."""
    styles: float = 0.0
    """Share of the batches whose styles are mixed where the paths meet (`blocks.StyleMixing`); 0 for none."""
    history: float = 0.0
    """Share of the batches that are heard behind other speech (`augment.preceded`), by networks that stream; 0 for none."""
    draws: int = 0
    """Clips an epoch, drawn so that classes and speakers of a corpus weigh alike, and corpora by the square
    root of their sizes; 0 for each clip once."""
    settled: bool = True
    """Whether a head that can is fitted again at the end (`voices.settle`): better at telling moods apart, less good at leaving ordinary
    speech alone."""
    precision: str = "fp32"
    """`fp32`, or `bf16`: layers that gain by it compute in bfloat16; weights and judging stay fp32."""

    def __post_init__(self) -> None:
        for name, known in (("loss", LOSSES), ("schedule", SCHEDULES), ("optimizer", OPTIMIZERS), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise UsageError(f"recipe: {name} {getattr(self, name)!r} is not one of {', '.join(known)}")
        if self.epochs < 1 or self.batch < 2:
            raise UsageError("recipe: use at least 1 epoch and batches of at least 2 clips")

    def rate(self, progress: float) -> float:
        """Learning rate after `progress` epochs."""
        if progress < self.warm_up:
            return self.learning_rate * progress / self.warm_up
        if self.schedule == "decay":
            steps = math.ceil(max(0.0, progress - self.epochs / 6) / (self.epochs / 15))
            return self.learning_rate * math.exp(-0.15 * steps)
        cosine = math.cos(math.pi * (progress - self.warm_up) / max(1, self.epochs - self.warm_up))
        return self.learning_rate * 0.5 * (1 + cosine)

    def optimizer_of(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimizer over all weights of a model."""
        return OPTIMIZERS[self.optimizer](model.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)


RECIPES = {
    "cosine": Recipe(),
    "decay": replace(Recipe(), schedule="decay", warm_up=0),
    "home": Recipe(epochs=30, learning_rate=3e-3, average=0.998, warps=True, crops=True, styles=0.5,
                   draws=4096, precision="bf16"),
    # From the weights of a `home` training.
    "light-sernet-streaming": Recipe(epochs=10, learning_rate=1e-3, warm_up=1, average=0.995, warps=True, crops=True,
                                     styles=0.5, draws=4096, precision="bf16"),
    # From nothing.
    "streaming": Recipe(epochs=30, learning_rate=3e-3, average=0.998, warps=True, crops=True, styles=0.5, history=0.5,
                        draws=4096, settled=False, precision="bf16"),
    "light-sernet-paper": Recipe(
        epochs=300, learning_rate=1e-4, weight_decay=1e-6, optimizer="adam", schedule="decay",
        warm_up=0, label_smoothing=0.0, masks=False),
    "tim-net-paper": Recipe(
        epochs=500, batch=64, learning_rate=1e-3, weight_decay=0.0, optimizer="adam",
        schedule="decay", warm_up=0, masks=False),
}
"""Named recipes. The two papers' own need an accelerator, or patience."""

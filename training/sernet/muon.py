"""Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024): all directions of the
momentum get the same size. Other weights use AdamW."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
STEPS = 5
"""Newton–Schulz iterations; five bring singular values to between about 0.7 and 1.2."""
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the odd polynomial of fifth degree that is iterated."""
LIKE_ADAM = 0.2
"""Root mean square of an update at a rate of 1, about AdamW's, so that one learning rate does for both
(Liu et al., "Muon is scalable for LLM training", 2025)."""


class Muon(torch.optim.AdamW):
    """AdamW, except for kernels that mix channels: their momentum is made orthogonal instead."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        kernels, others = [], []
        for weight in parameters:
            (kernels if weight.dim() > 2 and weight.shape[1] > 1 else others).append(weight)
        super().__init__([{"params": others}, {"params": kernels, "orthogonal": True}], lr=lr, weight_decay=weight_decay)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """One step. Kernels have no gradient after it."""
        for group in self.param_groups:
            if group.get("orthogonal"):
                self._move([weight for weight in group["params"] if weight.grad is not None],
                           group["lr"], group["weight_decay"])
        super().step()

    def _move(self, kernels: list[Tensor], rate: float, decay: float) -> None:
        alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
        for weight in kernels:
            alike[weight.shape].append(weight)
        for same in alike.values():
            ahead = torch.stack([self._ahead(weight).flatten(1) for weight in same])
            scale = LIKE_ADAM * max(ahead.shape[1:]) ** 0.5
            for weight, update in zip(same, orthogonal(ahead)):
                weight.mul_(1 - rate * decay).add_(update.view_as(weight), alpha=-rate * scale)
                weight.grad = None  # so that AdamW skips it

    def _ahead(self, weight: Tensor) -> Tensor:
        """The gradient with Nesterov's momentum."""
        state = self.state[weight]
        if not state:
            state["step"], state["momentum"] = torch.zeros(()), torch.zeros_like(weight)
        state["step"] += 1
        return weight.grad.lerp(state["momentum"].lerp_(weight.grad, 1 - MOMENTUM), MOMENTUM)


def orthogonal(matrices: Tensor) -> Tensor:
    """Approximately U Vᵀ for each matrix U S Vᵀ, [..., rows, columns]."""
    a, b, c = COEFFICIENTS
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    wide = (matrices.mT if is_tall else matrices).bfloat16()
    wide = wide / (wide.flatten(-2).norm(dim=-1)[..., None, None] + 1e-7)
    for _ in range(STEPS):
        gram = wide @ wide.mT
        wide = a * wide + (b * gram + c * gram @ gram) @ wide
    return (wide.mT if is_tall else wide).float()

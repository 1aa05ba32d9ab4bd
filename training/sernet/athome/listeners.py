"""Models in a home: their probabilities for each utterance, and their memory of it.

The expensive part of a model does not depend on its memory. It is computed once for each clip, so that a clip
can be heard in many homes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Sequence

import torch
from torch import Tensor, nn

from .. import architectures, voices
from ..architectures.streaming import Streaming
from ..card import Card, Unknown, read_card
from ..graph import OUTPUT, VOICE, VOICE_AFTER
from ..onnx_eval import OnnxModel, read_onnx
from ..step import is_step, step_graph, streamed

Known = tuple[Tensor, ...]
"""What is known of clips before it matters where they are heard: tensors [clips, …]."""


class Listener(Protocol):
    """A model that hears one utterance after another."""

    labels: tuple[str, ...]
    memory: int
    """Numbers it remembers; 0 for a model that judges every utterance by itself."""

    def known(self, images: Tensor) -> Known:
        """The part that does not depend on the memory, for images [clips, 1, frames, bands]."""

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities [clips, labels], and the memory after each, [clips, memory]."""


class ModelListener:
    """A trained model."""

    def __init__(self, model: nn.Module, labels: tuple[str, ...]) -> None:
        self._model, self.labels = model.eval(), labels
        self.graph = OnnxModel(step_graph(model)) if isinstance(model, Streaming) else None
        self.memory = model.voice_size if voices.adapts(model) else 0

    def known(self, images: Tensor) -> Known:
        return (voices.features(self._model, images) if self.memory else architectures.probabilities(self._model, images),)

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        if not self.memory:
            return known[0], memory
        with torch.no_grad():
            logits, after = self._model.heard_of(known[0], memory)
        return logits.softmax(dim=1), after


class GraphListener:
    """An exported model, as it ships."""

    def __init__(self, card: Card, graph: OnnxModel) -> None:
        self._card, self.graph, self.labels = card, graph, card.labels
        self.memory = graph.inputs[VOICE][1] if VOICE in graph.inputs else 0
        self._before, self._behind = graph.parted(VOICE) if self.memory else (graph, None)

    @staticmethod
    def read(path: Path) -> tuple[GraphListener, Card]:
        card = read_card(path)
        return GraphListener(card, read_onnx(card.onnx)), card

    def known(self, images: Tensor) -> Known:
        if is_step(self.graph):
            return (torch.cat([streamed(self.graph, part)[:, -1] for part in images.split(architectures.AT_ONCE)]),)
        return tuple(self._before.answers(images))

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        if self._behind is None:
            return self._calibrated(known[0]), memory
        tensors = self._behind.tensors(*known, memory)
        return self._calibrated(tensors[OUTPUT]), tensors[VOICE_AFTER]

    def _calibrated(self, probabilities: Tensor) -> Tensor:
        return (probabilities.clamp(min=1e-12).log() / self._card.temperature).softmax(dim=1)


class SlidingListener:
    """A network that streams, in a stream that never begins anew: behind other speech, with answers that forget."""

    memory = 0

    def __init__(self, graph: OnnxModel, labels: tuple[str, ...], before: Tensor, keep: float) -> None:
        """`before` [clips, 1, frames, bands]: what may have been heard before; `keep`: the share of the sum left after a step."""
        self._graph, self.labels, self._before, self._keep = graph, labels, before, keep

    def known(self, images: Tensor) -> Known:
        """Each image behind one of the others, and the probabilities after its last step."""
        before = self._before[torch.arange(len(images)) % len(self._before)]
        heard = torch.cat([before, images], dim=2)
        return (torch.cat([streamed(self._graph, part, self._keep)[:, -1] for part in heard.split(architectures.AT_ONCE)]),)

    def hear(self, known: Known, memory: Tensor) -> tuple[Tensor, Tensor]:
        return known[0], memory


def heard_alone(listener: Listener, known: Known) -> Tensor:
    """Probabilities [clips, labels] of clips, each heard first."""
    return listener.hear(known, torch.zeros(len(known[0]), listener.memory))[0]


def heard_in(listener: Listener, known: Known, streams: Sequence[Sequence[int]], unknown: Unknown | None = None) -> list[Tensor]:
    """Probabilities [utterances, labels] of each stream, whose memory is empty at first.

    `unknown`: the daemon's rule for giving no answer. It does not remember such utterances.
    """
    order = sorted(range(len(streams)), key=lambda place: -len(streams[place]))
    longest = max(map(len, streams), default=0)
    said = torch.zeros(len(streams), longest, len(listener.labels))
    memory = torch.zeros(len(streams), listener.memory)
    for step in range(longest):
        # Longest streams first, so that those still running are the first rows.
        going = [place for place in order if len(streams[place]) > step]
        clips = torch.tensor([streams[place][step] for place in going])
        probabilities, after = listener.hear(tuple(part[clips] for part in known), memory[:len(going)])
        said[going, step] = probabilities
        kept = _remembered(probabilities, unknown)
        memory[:len(going)] = torch.where(kept[:, None], after, memory[:len(going)])
    return [rows[:len(stream)] for rows, stream in zip(said, streams)]


def _remembered(probabilities: Tensor, unknown: Unknown | None) -> Tensor:
    if unknown is None:
        return torch.ones(len(probabilities), dtype=torch.bool)
    return torch.tensor([not unknown.holds(row) for row in probabilities.tolist()])

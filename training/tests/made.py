"""Material for tests: a tiny corpus of tones, a model with realistic batch norms, temporary folders."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import soundfile
import torch

from sernet.architectures import build

EMODB = Path(__file__).resolve().parents[3] / "shared" / "datasets" / "emodb"
NEEDS_EMODB = unittest.skipUnless((EMODB / "labels.csv").is_file(),
                                  "needs ../shared/datasets/emodb beside the repository")


class TempCase(unittest.TestCase):
    """A test with its own folder."""

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)


def make_corpus(folder: Path, clips_each: int = 2, speakers: int = 2) -> Path:
    """Writes a corpus of a few speakers and two emotions, each emotion a tone of its own."""
    (folder / "audio").mkdir(parents=True)
    noise, rows = np.random.Generator(np.random.PCG64(7)), []
    for speaker in (f"{number + 1:02}" for number in range(speakers)):
        for label, hertz in (("anger", 1800), ("sadness", 200)):
            for index in range(clips_each):
                file = f"audio/{speaker}-{label}-{index}.wav"
                tone = np.sin(2 * np.pi * hertz * (1 + 0.1 * index) * np.arange(24000) / 16000)
                soundfile.write(folder / file, 0.3 * tone + 0.01 * noise.normal(size=24000), 16000)
                rows.append((file, label, speaker, f"s{index}"))
    with (folder / "labels.csv").open("w", newline="") as table:
        csv.writer(table).writerows([("file", "label", "speaker", "sentence"), *rows])
    return folder


def lively_model(architecture: str = "light-sernet", classes: int = 7,
                 images: torch.Tensor | None = None) -> torch.nn.Module:
    """A model that gives different answers, with batch norms as after training."""
    images = speech_like(16) if images is None else images
    torch.manual_seed(3)
    model = build(architecture, classes, images.shape[3])
    for layer in model.modules():
        if isinstance(layer, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            if layer.affine:
                torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
                torch.nn.init.uniform_(layer.bias, -0.5, 0.5)
            layer.momentum = None  # so that the running statistics are those of all data seen
    with torch.no_grad():
        model.train()(images)
        spread = model.eval()(images).std(dim=0).mean()
        model.head.weight *= 0.5 / spread
        model.head.bias -= model(images).mean(dim=0)
    return model


def speech_like(clips: int, frames: int = 184, coefficients: int = 40) -> torch.Tensor:
    """Random images [clips, 1, frames, coefficients] with the range and slope of MFCC."""
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(clips, 1, frames, coefficients, generator=generator).cumsum(2) * 0.2
    return (images * torch.linspace(3, 0.5, coefficients)).clamp(-10, 10)


@contextlib.contextmanager
def command_line(*words: object):
    """Runs a command's `main` as if called with `words`; yields what it writes to stdout."""
    with mock.patch.object(sys, "argv", ["sernet", *map(str, words)]), \
            contextlib.redirect_stdout(io.StringIO()) as output:
        yield output

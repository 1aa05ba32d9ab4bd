"""The features of a corpus, computed once and kept in a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .audio import read_mono
from .corpora import Corpus
from .files import write_atomically
from .frontend import FrontEnd


def corpus_features(corpus: Corpus, front_end: FrontEnd, cache: Path) -> Tensor:
    """MFCC [clips, 1, frames, coefficients], float32, of a corpus in the order of its clips.

    Kept in `cache` under a name made of the front end and the size and time of every file, so
    that a changed corpus or front end is computed anew.
    """
    path = cache / f"features-{_fingerprint(corpus, front_end)}.npy"
    if not path.exists():
        features = np.stack([front_end(read_mono(corpus.path(clip), front_end.sample_rate))
                             for clip in corpus.clips]).astype(np.float32)
        write_atomically(path, lambda file: np.save(file, features))
    return torch.from_numpy(np.load(path)).unsqueeze(1)


def targets(corpus: Corpus, labels: tuple[str, ...]) -> Tensor:
    """Index into `labels` of every clip, int64 [clips]."""
    return torch.tensor([labels.index(clip.label) for clip in corpus.clips])


def _fingerprint(corpus: Corpus, front_end: FrontEnd) -> str:
    files = [(clip.file, status.st_size, status.st_mtime_ns)
             for clip in corpus.clips for status in [corpus.path(clip).stat()]]
    return hashlib.sha256(json.dumps([front_end.to_json(), files]).encode()).hexdigest()[:16]

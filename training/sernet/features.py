"""The features of a corpus, computed once and kept in a file."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .audio import read_mono
from .corpora import Corpus
from .files import write_atomically
from .frontend import FrontEnd
from .variants import Variants, Versions


def corpus_features(corpus: Corpus, front_end: FrontEnd, cache: Path,
                    variants: Versions = Variants()) -> Tensor:
    """Features [variants, clips, 1, frames, coefficients], float32, of a corpus in its order.

    They are cached in `cache` under a name made of the front end and the content of every file, so a
    changed corpus or front end is computed again.
    """
    path = cache / f"features-{_fingerprint(corpus, front_end, variants)}.npy"
    if not path.exists():
        features = np.empty((variants.count, len(corpus.clips), 1, front_end.frames,
                             front_end.frame_features), np.float32)
        speakers = {speaker: [corpus.path(clip) for clip in corpus.clips if clip.speaker == speaker]
                    for speaker in corpus.speakers}
        for index, clip in enumerate(corpus.clips):
            samples = read_mono(corpus.path(clip), front_end.sample_rate)
            for version, made in enumerate(variants.of(
                    samples, front_end.sample_rate, index, speakers[clip.speaker])):
                features[version, index, 0] = front_end(made)
        write_atomically(path, lambda file: np.save(file, features))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the warning that the tensor must not be written to
        # Mapped, so that folds side by side share one copy.
        return torch.from_numpy(np.load(path, mmap_mode="r"))


def targets(corpus: Corpus, labels: tuple[str, ...]) -> Tensor:
    """Class indices [clips] of a corpus, in the order of `labels`."""
    return torch.tensor([labels.index(clip.label) for clip in corpus.clips])


def _fingerprint(corpus: Corpus, front_end: FrontEnd, variants: Versions) -> str:
    files = [(clip.file, hashlib.sha256(corpus.path(clip).read_bytes()).hexdigest()) for clip in corpus.clips]
    identity = json.dumps([front_end.to_json(), files, variants.key], sort_keys=True)
    return hashlib.sha256(identity.encode()).hexdigest()[:16]

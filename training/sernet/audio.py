"""Audio files as mono samples."""

from __future__ import annotations

from math import gcd
from pathlib import Path

import numpy as np
import soundfile

from .errors import InputError, UsageError


def read_mono(path: Path | str, sample_rate: int) -> np.ndarray:
    """Samples [n], float64 in ±1, of a file at `sample_rate`; channels are averaged."""
    try:
        samples, rate = soundfile.read(str(path), dtype="float64", always_2d=True)
    except (OSError, RuntimeError) as error:
        reason = "it is not there" if not Path(path).exists() else str(error).rstrip(".")
        raise InputError(f"{path} could not be read ({reason}); give an audio file "
                         "that libsndfile reads, such as WAV, FLAC or Ogg") from error
    if not len(samples):
        raise InputError(f"{path} holds no samples; give a file with speech in it")
    return resampled(samples.mean(axis=1), rate, sample_rate)


def resampled(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Samples [n] at `rate` as samples [n · wanted / rate] at `wanted`, by a polyphase filter."""
    if rate == wanted:
        return samples
    try:
        from scipy.signal import resample_poly
    except ImportError as error:
        raise UsageError(f"audio at {rate} Hz needs SciPy to become {wanted} Hz; install "
                         "python3-scipy or convert the file first") from error
    divisor = gcd(rate, wanted)
    return resample_poly(samples, wanted // divisor, rate // divisor)

"""Clips as they might have been recorded: faster or slower, in a room, with noise.

The variants of a corpus are computed once and kept, like the features of the clips themselves;
training draws one for each clip and epoch. Variant 0 is the clip as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from .audio import read_mono
from .errors import InputError

SPEEDS = (0.88, 0.92, 0.96, 1.0, 1.04, 1.08, 1.12)
"""Playing faster raises the pitch and all formants with it: another vocal tract says the same."""
ROOM, NOISE = 0.3, 0.5
"""Shares of the variants that are put in a room and that have noise added."""
SNR_DB = (5.0, 25.0)
REVERBERATION_S = (0.1, 0.6)


@dataclass(frozen=True)
class Variants:
    """How many variants of each clip, clip 0 being the original; `noises` are files to draw from."""

    count: int
    seed: int = 1
    noises: tuple[Path, ...] = ()

    def of(self, samples: np.ndarray, sample_rate: int, clip: int) -> list[np.ndarray]:
        """The variants of a clip [n]; decided by the seed and the index of the clip."""
        made = [samples]
        for index in range(1, self.count):
            draw = np.random.Generator(np.random.PCG64([self.seed, clip, index]))
            made.append(self._variant(samples, sample_rate, draw))
        return made

    def _variant(self, samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
        made = at_speed(samples, SPEEDS[draw.integers(len(SPEEDS))])
        if draw.random() < ROOM:
            made = in_room(made, sample_rate, draw)
        if draw.random() < NOISE:
            made = with_noise(made, self._noise(len(made), sample_rate, draw), draw.uniform(*SNR_DB))
        return made

    def _noise(self, length: int, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
        """Recorded noise, or noise whose power falls by 0 to 6 dB an octave if none was given."""
        if self.noises:
            noise = read_mono(self.noises[draw.integers(len(self.noises))], sample_rate)
            start = draw.integers(len(noise))
            return np.resize(np.roll(noise, -start), length)
        spectrum = np.fft.rfft(draw.normal(size=length))
        spectrum /= np.maximum(1, np.arange(len(spectrum))) ** draw.uniform(0, 1)
        return np.fft.irfft(spectrum, length)

    @property
    def key(self) -> str:
        """Names what the features depend on."""
        return f"{self.count}-{self.seed}-{len(self.noises)}" if self.count > 1 else ""


def noise_files(folder: Path) -> tuple[Path, ...]:
    """The audio files below a folder."""
    files = tuple(sorted(path for path in folder.rglob("*")
                         if path.suffix.lower() in (".wav", ".flac", ".ogg", ".opus")))
    if not files:
        raise InputError(f"{folder} holds no audio files; give a folder with recordings of noise")
    return files


def at_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Samples [n] played at a speed, [n / speed]."""
    if speed == 1:
        return samples
    from scipy.signal import resample_poly
    ratio = Fraction(speed).limit_denominator(50)
    return resample_poly(samples, ratio.denominator, ratio.numerator)


def in_room(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] with the reverberation of a made-up room: noise that decays by 60 dB."""
    from scipy.signal import fftconvolve
    seconds = draw.uniform(*REVERBERATION_S)
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    tail = draw.normal(size=len(time)) * 10 ** (-3 * time / seconds)
    # Level of the tail against the direct sound: from across the table to across the room.
    tail *= 10 ** (draw.uniform(-15, 0) / 20) / np.sqrt((tail ** 2).sum())
    tail[0] += 1
    return fftconvolve(samples, tail)[:len(samples)]


def with_noise(samples: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Samples [n] with noise [n] at a ratio of their mean powers, in decibels."""
    power, noise_power = (samples ** 2).mean(), (noise ** 2).mean()
    if not (power > 0 and noise_power > 0):
        return samples
    return samples + noise * np.sqrt(power / noise_power * 10 ** (-snr_db / 10))

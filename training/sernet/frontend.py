"""Reference front end: speech samples to mel-frequency cepstral coefficients, in NumPy float64.

This file defines what SernetStream.Dsp must compute; golden files (`sernet.golden`) tie the
two together. A front end is data: the model card names a preset and the fields that differ.

Source: Light-SERNet (Aftab et al., ICASSP 2022). Its text and its TensorFlow code disagree;
`light-sernet` is the code, on which the published weights were trained, `light-sernet-paper`
the text:

=============  =================================  ==========================
field          code (`light-sernet`)              text (`light-sernet-paper`)
=============  =================================  ==========================
window         Hann (default of tf.signal.stft)   Hamming
spectrum       magnitude                          power
lower edge     80 Hz                              40 Hz
level          99.9th percentile, clipped to ±1   peak
coefficients   clipped to ±10                     not clipped
=============  =================================  ==========================
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from .errors import UsageError


@dataclass(frozen=True)
class FrontEnd:
    """The parameters of a front end; calling it turns mono samples into MFCC.

    Lengths are in samples, frequencies in hertz. The defaults are the preset `light-sernet`.
    """

    preset: str = "light-sernet"
    sample_rate: int = 16000
    frame_length: int = 1024
    hop_length: int = 256
    fft_length: int = 1024
    window: str = "hann"
    """`hann` or `hamming`, both periodic (the period is the frame length)."""
    spectrum: str = "magnitude"
    """`magnitude` or `power`."""
    mel_bands: int = 128
    low_hz: float = 80.0
    high_hz: float = 7600.0
    log_offset: float = 1e-6
    coefficients: int = 40
    coefficient_limit: float | None = 10.0
    """Coefficients are clipped to ± this; None leaves them as they are."""
    level: str = "percentile99.9"
    """What a segment is divided by: `percentile99.9` or `peak` of its absolute samples, or `none`."""
    segment_seconds: float = 3.0

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise UsageError(f"front end: {_camel(name)} is {getattr(self, name)!r}; "
                                 f"use one of {', '.join(allowed)}")
        if not 0 < self.hop_length <= self.frame_length <= self.fft_length:
            raise UsageError("front end: use 0 < hopLength <= frameLength <= fftLength")
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate / 2:
            raise UsageError("front end: use 0 <= lowHz < highHz <= sampleRate / 2")
        if not 0 < self.coefficients <= self.mel_bands:
            raise UsageError("front end: use 0 < coefficients <= melBands")
        if self.segment_length < self.frame_length:
            raise UsageError("front end: segmentSeconds is shorter than one frame")

    @property
    def segment_length(self) -> int:
        """Samples in a segment."""
        return round(self.segment_seconds * self.sample_rate)

    @property
    def frames(self) -> int:
        """Frames in a segment: whole frames only, nothing padded."""
        return 1 + (self.segment_length - self.frame_length) // self.hop_length

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """MFCC, float64 [frames, coefficients], of mono samples [n] in ±1 at `sample_rate`."""
        segment = leveled(fit(np.asarray(samples, np.float64), self.segment_length), self.level)
        log_mel = np.log(self.mel_energies(segment) + self.log_offset)
        mfcc = log_mel @ dct_matrix(self.mel_bands, self.coefficients)
        return mfcc if self.coefficient_limit is None else np.clip(
            mfcc, -self.coefficient_limit, self.coefficient_limit)

    def mel_energies(self, segment: np.ndarray) -> np.ndarray:
        """Mel energies [frames, mel_bands] of a segment [n]."""
        frames = np.lib.stride_tricks.sliding_window_view(segment, self.frame_length)
        windowed = frames[::self.hop_length] * periodic_window(self.window, self.frame_length)
        spectrum = np.abs(np.fft.rfft(windowed, self.fft_length))
        if self.spectrum == "power":
            spectrum **= 2
        return spectrum @ mel_weights(self.sample_rate, self.fft_length, self.mel_bands,
                                      self.low_hz, self.high_hz)

    def to_json(self) -> dict[str, Any]:
        """The model card's `frontEnd` object: preset, segmentSeconds and what else differs."""
        base = PRESETS[self.preset]
        differing = {_camel(field.name): getattr(self, field.name) for field in fields(self)
                     if getattr(self, field.name) != getattr(base, field.name)}
        return {"preset": self.preset, "segmentSeconds": self.segment_seconds, **differing}

    @staticmethod
    def from_json(card: dict[str, Any]) -> FrontEnd:
        """Reads a model card's `frontEnd` object; unknown presets and keys are errors."""
        preset = card.get("preset")
        if preset not in PRESETS:
            raise UsageError(f"front end: unknown preset {preset!r}; use one of {', '.join(PRESETS)}")
        names = {_camel(field.name): field.name for field in fields(FrontEnd)}
        if unknown := sorted(set(card) - set(names)):
            raise UsageError(f"front end: unknown key {unknown[0]!r}; known are {', '.join(names)}")
        for key, value in card.items():
            default = getattr(PRESETS["light-sernet"], names[key])
            kind = (int, float) if isinstance(default, float) else type(default)
            if not (isinstance(value, kind) or (value is None and key == "coefficientLimit")):
                raise UsageError(f"front end: {key} is {value!r}; give "
                                 f"{'text' if kind is str else 'a number'} like {default!r}")
        return replace(PRESETS[preset], **{names[key]: value for key, value in card.items()})


def fit(samples: np.ndarray, length: int) -> np.ndarray:
    """Cuts samples [n] evenly at both ends, or pads them with zeros at both ends, to [length].

    An odd sample is cut from, or padded at, the right.
    """
    if (surplus := len(samples) - length) >= 0:
        return samples[surplus // 2:surplus // 2 + length]
    left = -surplus // 2
    return np.pad(samples, (left, -surplus - left))


def leveled(segment: np.ndarray, level: str) -> np.ndarray:
    """Divides a segment [n] by its level and clips it to ±1; silence stays silence."""
    if level == "none":
        return segment
    magnitude = np.abs(segment)
    reference = magnitude.max() if level == "peak" else np.percentile(magnitude, 99.9)
    return np.clip(segment / reference, -1, 1) if reference > 0 else segment


@lru_cache(maxsize=None)
def periodic_window(kind: str, length: int) -> np.ndarray:
    """A periodic raised-cosine window [length]: a - (1 - a)·cos(2πn / length)."""
    a = {"hann": 0.5, "hamming": 0.54}[kind]
    return a - (1 - a) * np.cos(2 * np.pi * np.arange(length) / length)


def mel(hertz: np.ndarray | float) -> np.ndarray:
    """Hertz to mel by the HTK formula."""
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


@lru_cache(maxsize=None)
def mel_weights(sample_rate: int, fft_length: int, bands: int,
                low_hz: float, high_hz: float) -> np.ndarray:
    """Weights [fft_length / 2 + 1, bands]: triangles of height 1, linear on the mel axis.

    As tf.signal.linear_to_mel_weight_matrix: edges equally spaced in mel, the DC bin zero.
    """
    edges = np.linspace(mel(low_hz), mel(high_hz), bands + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    bins = mel(np.arange(fft_length // 2 + 1) * (sample_rate / fft_length))[:, None]
    weights = np.maximum(0, np.minimum((bins - lower) / (centre - lower),
                                       (upper - bins) / (upper - centre)))
    weights[0] = 0
    return weights


@lru_cache(maxsize=None)
def dct_matrix(bands: int, coefficients: int) -> np.ndarray:
    """DCT-II [bands, coefficients] scaled by 1 / √(2·bands), the first row like the others.

    As tf.signal.mfccs_from_log_mel_spectrograms; not the orthonormal DCT of librosa.
    """
    n, k = np.arange(bands)[:, None], np.arange(coefficients)
    return 2 * np.cos(np.pi * k * (2 * n + 1) / (2 * bands)) / np.sqrt(2 * bands)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_CHOICES = {
    "window": ("hann", "hamming"),
    "spectrum": ("magnitude", "power"),
    "level": ("percentile99.9", "peak", "none"),
}

PRESETS = {
    front_end.preset: front_end for front_end in (
        FrontEnd(),
        FrontEnd("light-sernet-paper", window="hamming", spectrum="power", low_hz=40.0,
                 level="peak", coefficient_limit=None),
    )
}

"""Reference front end: speech samples to the matrix a model reads, in NumPy float64.

This file defines what SernetStream.Dsp must compute; golden files (`sernet.golden`) tie the
two together. A front end is data: the model card names a preset and the fields that differ.

Sources: Light-SERNet (Aftab et al., ICASSP 2022). Its text and its TensorFlow code disagree;
`light-sernet` is the code, on which the published weights were trained, `light-sernet-paper`
the text. TIM-Net (Ye et al., ICASSP 2023): `tim-net` is librosa.feature.mfcc(n_mfcc=39) of
librosa 0.9, with its other defaults, on the 96000 samples taken of an EMO-DB recording.

=============  ==================  ====================  ===============================
field          `light-sernet`      `light-sernet-paper`  `tim-net`
=============  ==================  ====================  ===============================
framing        whole frames        whole frames          centred, zeros beyond the ends
window         Hann                Hamming               Hann
spectrum       magnitude           power                 power
mel            HTK, height 1       HTK, height 1         Slaney, area 1
lower edge     80 Hz               40 Hz                 0 Hz
logarithm      ln(x + 1e-6)        ln(x + 1e-6)          10 log10, 80 dB deep
DCT            uniform             uniform               orthonormal
coefficients   40, clipped to ±10  40                    39
level          99.9th percentile   peak                  none
=============  ==================  ====================  ===============================
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
    output: str = "mfcc"
    """What a frame becomes: `mfcc`, `log-mel`, `log-spectrogram`, or `spectrogram` (no logarithm)."""
    sample_rate: int = 16000
    frame_length: int = 1024
    hop_length: int = 256
    fft_length: int = 1024
    framing: str = "whole"
    """`whole` frames only, or one centred on every hop, with zeros beyond the ends of the segment
    (`centred-zero`, librosa from 0.9) or the segment mirrored (`centred-reflect`, before 0.9)."""
    window: str = "hann"
    """`hann` or `hamming`, both periodic (the period is the frame length)."""
    spectrum: str = "magnitude"
    """`magnitude` or `power`."""
    mel_bands: int = 128
    mel_scale: str = "htk"
    """What the triangles' corners are equally spaced on: `htk` or `slaney`."""
    mel_slope: str = "mel"
    """What the triangles' slopes are straight on: the `mel` axis or `hertz`."""
    mel_norm: str = "height"
    """Triangles of `height` 1 or of `area` 1 over hertz."""
    low_hz: float = 80.0
    high_hz: float = 7600.0
    log: str = "ln"
    """`ln` of x + logOffset, or `decibel`: 10·log10 of max(x, logOffset)."""
    log_offset: float = 1e-6
    top_db: float | None = None
    """With `decibel`: nothing is quieter than this below the loudest of the segment; None leaves it."""
    dct: str = "uniform"
    """All rows scaled alike (`uniform`, TensorFlow), or `orthonormal`."""
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
        if self.top_db is not None and (self.log != "decibel" or not 0 < self.top_db <= 200):
            raise UsageError("front end: use 0 < topDb <= 200, and only with log decibel")
        if self.segment_length < self.frame_length:
            raise UsageError("front end: segmentSeconds is shorter than one frame")

    @property
    def segment_length(self) -> int:
        """Samples in a segment."""
        return round(self.segment_seconds * self.sample_rate)

    @property
    def frames(self) -> int:
        """Frames in a segment."""
        whole = self.framing == "whole"
        return 1 + (self.segment_length - (self.frame_length if whole else 0)) // self.hop_length

    @property
    def frame_features(self) -> int:
        """Numbers a frame becomes: coefficients, bands or bins."""
        return {"mfcc": self.coefficients, "log-mel": self.mel_bands}.get(
            self.output, self.fft_length // 2 + 1)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Features, float64 [frames, frame_features], of mono samples [n] in ±1 at `sample_rate`."""
        segment = leveled(fit(np.asarray(samples, np.float64), self.segment_length), self.level)
        if self.output == "spectrogram":
            return self.spectrogram(segment)
        if self.output == "log-spectrogram":
            return self.logarithm(self.spectrogram(segment))
        logs = self.logarithm(self.mel_energies(segment))
        if self.output == "log-mel":
            return logs
        mfcc = logs @ dct_matrix(self.mel_bands, self.coefficients, self.dct)
        return mfcc if self.coefficient_limit is None else np.clip(
            mfcc, -self.coefficient_limit, self.coefficient_limit)

    def spectrogram(self, segment: np.ndarray) -> np.ndarray:
        """Magnitudes or powers [frames, fft_length / 2 + 1] of a segment [n]."""
        if self.framing != "whole":
            beside = self.frame_length // 2
            segment = np.pad(segment, (beside, self.frame_length - beside), mode={
                "centred-zero": "constant", "centred-reflect": "reflect"}[self.framing])
        frames = np.lib.stride_tricks.sliding_window_view(segment, self.frame_length)
        frames = frames[::self.hop_length][:self.frames]
        windowed = frames * periodic_window(self.window, self.frame_length)
        spectrum = np.abs(np.fft.rfft(windowed, self.fft_length))
        return spectrum ** 2 if self.spectrum == "power" else spectrum

    def mel_energies(self, segment: np.ndarray) -> np.ndarray:
        """Mel energies [frames, mel_bands] of a segment [n]."""
        return self.spectrogram(segment) @ mel_weights(
            self.sample_rate, self.fft_length, self.mel_bands, self.low_hz, self.high_hz,
            self.mel_scale, self.mel_slope, self.mel_norm)

    def logarithm(self, energies: np.ndarray) -> np.ndarray:
        """The logarithm of the energies [frames, n] of a segment."""
        if self.log == "ln":
            return np.log(energies + self.log_offset)
        decibels = 10 * np.log10(np.maximum(energies, self.log_offset))
        return decibels if self.top_db is None else np.maximum(decibels, decibels.max() - self.top_db)

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
            default = _EXAMPLE[names[key]]
            kind = (int, float) if isinstance(default, float) else type(default)
            if not (isinstance(value, kind) or (value is None and key in ("coefficientLimit", "topDb"))):
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


def mel(hertz: np.ndarray | float, scale: str = "htk") -> np.ndarray:
    """Hertz to mel: by the HTK formula, or Slaney's (straight to 1 kHz, logarithmic above)."""
    hertz = np.asarray(hertz, np.float64)
    if scale == "htk":
        return 1127.0 * np.log1p(hertz / 700.0)
    above = 15 + np.log(np.maximum(hertz, 1000) / 1000) / _SLANEY_STEP
    return np.where(hertz < 1000, hertz * 3 / 200, above)


def hertz(mels: np.ndarray, scale: str) -> np.ndarray:
    """Mel to hertz, the inverse of `mel`."""
    if scale == "htk":
        return 700.0 * np.expm1(mels / 1127.0)
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * _SLANEY_STEP))


@lru_cache(maxsize=None)
def mel_weights(sample_rate: int, fft_length: int, bands: int, low_hz: float, high_hz: float,
                scale: str = "htk", slope: str = "mel", norm: str = "height") -> np.ndarray:
    """Weights [fft_length / 2 + 1, bands] of triangles whose corners are equally spaced in mel.

    The defaults are tf.signal.linear_to_mel_weight_matrix, with the DC bin zero; `slaney`,
    `hertz` and `area` are librosa.filters.mel.
    """
    corners = np.linspace(mel(low_hz, scale), mel(high_hz, scale), bands + 2)
    bins = np.arange(fft_length // 2 + 1) * (sample_rate / fft_length)
    in_hertz = hertz(corners, scale)
    edges, place = (corners, mel(bins, scale)) if slope == "mel" else (in_hertz, bins)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    place = place[:, None]
    weights = np.maximum(0, np.minimum((place - lower) / (centre - lower),
                                       (upper - place) / (upper - centre)))
    weights[0] = 0
    return weights if norm == "height" else weights * 2 / (in_hertz[2:] - in_hertz[:-2])


@lru_cache(maxsize=None)
def dct_matrix(bands: int, coefficients: int, kind: str = "uniform") -> np.ndarray:
    """DCT-II [bands, coefficients] scaled by √(2 / bands).

    `uniform`: the first row like the others, as tf.signal.mfccs_from_log_mel_spectrograms;
    `orthonormal`: the first row by √(1 / bands), as librosa.
    """
    n, k = np.arange(bands)[:, None], np.arange(coefficients)
    matrix = 2 * np.cos(np.pi * k * (2 * n + 1) / (2 * bands)) / np.sqrt(2 * bands)
    if kind == "orthonormal":
        matrix[:, 0] /= np.sqrt(2)
    return matrix


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_SLANEY_STEP = np.log(6.4) / 27

OUTPUTS = ("mfcc", "log-mel", "log-spectrogram", "spectrogram")

_CHOICES = {
    "output": OUTPUTS,
    "framing": ("whole", "centred-zero", "centred-reflect"),
    "window": ("hann", "hamming"),
    "spectrum": ("magnitude", "power"),
    "mel_scale": ("htk", "slaney"),
    "mel_slope": ("mel", "hertz"),
    "mel_norm": ("height", "area"),
    "log": ("ln", "decibel"),
    "dct": ("uniform", "orthonormal"),
    "level": ("percentile99.9", "peak", "none"),
}

PRESETS = {
    front_end.preset: front_end for front_end in (
        FrontEnd(),
        FrontEnd("light-sernet-paper", window="hamming", spectrum="power", low_hz=40.0,
                 level="peak", coefficient_limit=None),
        FrontEnd("tim-net", sample_rate=22050, frame_length=2048, hop_length=512, fft_length=2048,
                 framing="centred-zero", spectrum="power", mel_scale="slaney", mel_slope="hertz",
                 mel_norm="area", low_hz=0.0, high_hz=11025.0, log="decibel", log_offset=1e-10,
                 top_db=80.0, dct="orthonormal", coefficients=39, coefficient_limit=None,
                 level="none", segment_seconds=96000 / 22050),
    )
}

_EXAMPLE = {field.name: getattr(PRESETS["tim-net" if field.name == "top_db" else "light-sernet"], field.name)
            for field in fields(FrontEnd)}
"""A value of every field, of its type."""

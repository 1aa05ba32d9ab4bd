"""Clips changed as if recorded at home: another voice, another room, another microphone.

The variants of a corpus are computed once and kept, like the features of the clips themselves;
training draws one for each clip and epoch. Variant 0 is the clip as it is. Loudness is not varied, because
the front end divides by the level of a segment.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Sequence

import numpy as np

from . import rooms
from .audio import read_mono
from .errors import InputError
from .lines import LINES

SPEEDS = (0.88, 0.92, 0.96, 1.0, 1.04, 1.08, 1.12)
"""Playing faster raises the pitch and all formants with it: another vocal tract says the same."""
CUT_OFF, LEFTOVER, ROOM, NOISE, MICROPHONE, CODEC, OVERDRIVE = 0.15, 0.15, 0.5, 0.6, 0.5, 0.25, 0.1
"""Shares of the variants that have each of these done to them, in this order."""
LINE = 0.35
LINES_HEARD = ("narrow", "mu-law", "a-law", "opus", "vorbis")
"""Lines of `LINES` that variants are heard through. The others are for tests: what is said of them is said of lines
that were not trained on."""
SNR_DB = (0.0, 25.0)
T60_S = (0.15, 0.8)
ROOMS = 96
"""Rooms to choose from."""
SHORTEST_S = 0.4
"""As short as a sound is that a speech gate lets through."""
BURST_SEED = 2_000_003
TEST_SEED = 1_000_003
"""Rooms for tests are drawn by this, those for training by a small number: none is in both."""


class Versions(Protocol):
    """Some versions of each clip."""

    @property
    def count(self) -> int:
        """How many versions of each clip there are."""

    @property
    def key(self) -> str:
        """Names what the versions depend on besides the clip."""

    def of(self, samples: np.ndarray, sample_rate: int, clip: int, others: Sequence[Path] = ()) -> list[np.ndarray]:
        """The versions of samples [n]; the index of the clip decides the random choices.

        `others` are recordings of the same speaker, which every fold keeps together with the clip. At another speed they
        stand for another person in the room.
        """


@dataclass(frozen=True)
class Variants:
    """A clip as it is, and `count - 1` changed copies."""

    count: int = 1
    seed: int = 1
    noises: tuple[Path, ...] = ()
    """Recordings to draw noise from; without any, noise is made."""
    by_line: bool = False
    """A share of them is heard through a line of `LINES_HEARD`, not through a µ-law telephone or a Vorbis file alone."""

    def of(self, samples: np.ndarray, sample_rate: int, clip: int, others: Sequence[Path] = ()) -> list[np.ndarray]:
        return [samples, *(self._variant(samples, sample_rate, np.random.Generator(
            np.random.PCG64([self.seed, clip, index])), others) for index in range(1, self.count))]

    def _variant(self, samples: np.ndarray, sample_rate: int, draw: np.random.Generator,
                 others: Sequence[Path]) -> np.ndarray:
        made = at_speed(samples, SPEEDS[draw.integers(len(SPEEDS))])
        if draw.random() < CUT_OFF:
            made = cut_off(made, draw)
        if draw.random() < LEFTOVER and others:
            other = read_mono(others[draw.integers(len(others))], sample_rate)
            made = beside(made, at_speed(other, (0.8, 1.25)[draw.integers(2)]), sample_rate, draw)
        if draw.random() < ROOM:
            made = rooms.in_room(made, _rooms(self.seed, sample_rate)[draw.integers(ROOMS)])
        if draw.random() < NOISE:
            noise = a_noise(self.noises, len(made), sample_rate, draw)
            made = with_noise(made, noise, draw.uniform(*SNR_DB))
        if draw.random() < MICROPHONE:
            made = through_microphone(made, sample_rate, draw)
        if draw.random() < (LINE if self.by_line else CODEC):
            made = (through_line if self.by_line else through_codec)(made, sample_rate, draw)
        if draw.random() < OVERDRIVE:
            loudest = np.abs(made).max() * draw.uniform(0.2, 0.7)
            made = np.clip(made, -loudest, loudest)
        return made

    @property
    def key(self) -> str:
        lines = "-lines" if self.by_line else ""
        return f"home-{self.count}-{self.seed}-{len(self.noises)}{lines}" if self.count > 1 else ""


@dataclass(frozen=True)
class Loudest:
    """Versions of the loudest part of a recording, since a sneeze is there and not in the silence after it.

    The first version is `seconds` long; the others have the length of an utterance that a speech gate might cut out.
    """

    versions: Versions
    seconds: float

    def of(self, samples: np.ndarray, sample_rate: int, clip: int, others: Sequence[Path] = ()) -> list[np.ndarray]:
        made = []
        for version in range(self.count):
            draw = np.random.Generator(np.random.PCG64([BURST_SEED, clip, version]))
            seconds = np.exp(draw.uniform(np.log(min(SHORTEST_S, self.seconds)), np.log(self.seconds))) if version else self.seconds
            part = loudest(samples, round(seconds * sample_rate))
            made.append(self.versions.of(part, sample_rate, clip, others)[version])
        return made

    @property
    def count(self) -> int:
        return self.versions.count

    @property
    def key(self) -> str:
        return f"{self.versions.key}-loudest-{SHORTEST_S}-{self.seconds}"


@dataclass(frozen=True)
class Condition:
    """Every clip in one kind of room with one kind of noise, for tests and not for training."""

    t60: float
    snr_db: float
    noises: tuple[Path, ...] = ()

    def of(self, samples: np.ndarray, sample_rate: int, clip: int, others: Sequence[Path] = ()) -> list[np.ndarray]:
        draw = np.random.Generator(np.random.PCG64([TEST_SEED, clip]))
        room = rooms.response(rooms.drawn(draw, (self.t60, self.t60)), sample_rate)
        noise = a_noise(self.noises, len(samples), sample_rate, draw)
        return [with_noise(rooms.in_room(samples, room), noise, self.snr_db)]

    @property
    def count(self) -> int:
        return 1

    @property
    def key(self) -> str:
        return f"condition-{self.t60}-{self.snr_db}-{len(self.noises)}"


@dataclass(frozen=True)
class ByLine:
    """Every clip through one line of `LINES`, otherwise unchanged, for tests."""

    line: str

    def of(self, samples: np.ndarray, sample_rate: int, clip: int, others: Sequence[Path] = ()) -> list[np.ndarray]:
        return [LINES[self.line](samples, sample_rate)]

    @property
    def count(self) -> int:
        return 1

    @property
    def key(self) -> str:
        return f"line-{self.line}"


def audio_files(folder: Path) -> tuple[Path, ...]:
    """The audio files below a folder."""
    files = tuple(sorted(path for path in folder.rglob("*")
                         if path.suffix.lower() in (".wav", ".flac", ".ogg", ".opus")))
    if not files:
        raise InputError(f"{folder} holds no audio files; give a folder with recordings of noise")
    return files


def loudest(samples: np.ndarray, length: int) -> np.ndarray:
    """The part of at most `length` samples with the greatest energy; the first of equals."""
    if len(samples) <= length:
        return samples
    energy = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return samples[start:start + length]


def at_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    """Samples [n] played at a speed, [n / speed]."""
    if speed == 1:
        return samples
    from scipy.signal import resample_poly
    ratio = Fraction(speed).limit_denominator(50)
    return resample_poly(samples, ratio.denominator, ratio.numerator)


def cut_off(samples: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] without up to a quarter at one end, as if the gate opened late or closed early."""
    lost = int(len(samples) * draw.uniform(0, 0.25))
    return samples[lost:] if draw.random() < 0.5 else samples[:len(samples) - lost]


def beside(samples: np.ndarray, other: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] with the end of another recording, quieter, before them, or its beginning after them."""
    length = int(draw.uniform(0.2, 0.6) * sample_rate)
    gain = 10 ** (-draw.uniform(3, 15) / 20) * np.abs(samples).max() / max(1e-6, np.abs(other).max())
    pause = np.zeros(int(draw.uniform(0, 0.2) * sample_rate))
    if draw.random() < 0.5:
        return np.concatenate([gain * other[-length:], pause, samples])
    return np.concatenate([samples, pause, gain * other[:length]])


def a_noise(noises: tuple[Path, ...], length: int, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """A part [length] of a recording; without a recording, noise whose power falls by 0 to 6 dB an octave."""
    if noises:
        noise = read_mono(noises[draw.integers(len(noises))], sample_rate)
        return np.resize(np.roll(noise, -draw.integers(len(noise))), length)
    spectrum = np.fft.rfft(draw.normal(size=length))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** draw.uniform(0, 1)
    return np.fft.irfft(spectrum, length)


def with_noise(samples: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Samples [n] with noise [n] at a ratio of their mean powers, in decibels."""
    power, noise_power = (samples ** 2).mean(), (noise ** 2).mean()
    if not (power > 0 and noise_power > 0):
        return samples
    return samples + noise * np.sqrt(power / noise_power * 10 ** (-snr_db / 10))


def through_microphone(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] through a microphone that is not flat: a response curve in octave steps, and a limit at each end."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    octave = np.log2(np.maximum(hertz, 20) / 62.5)
    decibels = np.interp(octave, np.arange(8), draw.normal(0, 3, 8))
    low, high = draw.uniform(20, 250), draw.uniform(3500, sample_rate / 2)
    below, above = np.log2(low / np.maximum(hertz, 1)), np.log2(np.maximum(hertz, 1) / high)
    decibels -= 12 * np.maximum(0, below) + 24 * np.maximum(0, above)
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), len(samples))


def through_line(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] through one of the lines for training."""
    return LINES[LINES_HEARD[draw.integers(len(LINES_HEARD))]](samples, sample_rate)


def through_codec(samples: np.ndarray, sample_rate: int, draw: np.random.Generator) -> np.ndarray:
    """Samples [n] after a telephone's µ-law at 8 kHz or a lossy file."""
    from scipy.signal import resample_poly
    if draw.random() < 0.5:
        scale = max(1e-6, float(np.abs(samples).max()))
        narrow = resample_poly(samples / scale, 8000, sample_rate)
        levels = np.round(np.sign(narrow) * np.log1p(255 * np.minimum(1, np.abs(narrow))) / np.log(256) * 127) / 127
        wide = resample_poly(np.sign(levels) * (256 ** np.abs(levels) - 1) / 255, sample_rate, 8000) * scale
        return np.resize(wide, len(samples))
    import soundfile
    file = io.BytesIO()
    scale = max(1e-6, float(np.abs(samples).max()) * 1.1)
    soundfile.write(file, samples / scale, sample_rate, format="OGG", subtype="VORBIS")
    file.seek(0)
    return np.resize(soundfile.read(file)[0] * scale, len(samples))


@lru_cache(maxsize=4)
def _rooms(seed: int, sample_rate: int) -> list[np.ndarray]:
    draw = np.random.Generator(np.random.PCG64(seed))
    return [rooms.response(rooms.drawn(draw, T60_S), sample_rate) for _ in range(ROOMS)]

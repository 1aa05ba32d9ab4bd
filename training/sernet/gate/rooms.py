"""What a house sounds like: minutes of speech and other sounds in rooms, at any level, over a noise floor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
from scipy.signal import fftconvolve, resample_poly

from ..audio import read_mono
from ..corpora import read_corpus
from ..errors import InputError
from ..everyday import half_of
from ..variants import audio_files

RATE = 16000
SECONDS = 20
"""Length of a stream."""
SPEECH_DB = (-52.0, -8.0)
FLOOR_DB = (-80.0, -10.0)
SOUND_DB = (-55.0, -10.0)
PAUSE_S = (0.4, 6.0)
REVERBERANT, NARROW, QUIET, SOUNDS, LONE = 0.5, 0.25, 0.4, 0.4, 0.1
"""Shares of streams: heard from afar, from an 8 kHz source, with nobody in them, with other sounds, without any noise floor."""
HUM, RECORDED, SWITCHED = 0.25, 0.25, 0.3
"""Shares of noise floors: with a hum, of a recording, and such that something is switched on or off."""


@dataclass(frozen=True)
class Sounds:
    """Recordings [n] at 16 kHz."""

    speech: Sequence[np.ndarray]
    noise: Sequence[np.ndarray]
    responses: Sequence[np.ndarray]

    @staticmethod
    def read(corpora: Sequence[Path], everyday: Sequence[Path], noise: Sequence[Path], rooms: Path) -> Sounds:
        """The training halves; the other halves of ordinary speech and of noise are for judging."""
        speech = [_read(path) for folder in corpora for path in _thinned(folder)]
        speech += [_read(path) for folder in everyday for path in audio_files(folder) if half_of(path.name) == "training"]
        sounds = [_read(path) for folder in noise for path in audio_files(folder) if half_of(path.name) == "training"]
        responses = [_read(path) for path in audio_files(rooms) if half_of(path.name) == "training"]
        for name, found in (("speech", speech), ("noise", sounds), ("rooms", responses)):
            if not found:
                raise InputError(f"there are no recordings for training in the folders of {name}")
        return Sounds(speech, sounds, responses)


def stream(sounds: Sounds, seed: int) -> np.ndarray:
    """One stream, float32 [SECONDS · 16000], decided by the seed."""
    draw = np.random.Generator(np.random.PCG64(seed))
    heard = np.zeros(SECONDS * RATE)
    if draw.random() >= QUIET:
        _scatter(heard, sounds.speech, SPEECH_DB, PAUSE_S, draw)
        if draw.random() < REVERBERANT:
            response = sounds.responses[draw.integers(len(sounds.responses))]
            heard = fftconvolve(heard, response / np.sqrt(np.sum(response ** 2)))[:len(heard)]
    if draw.random() < SOUNDS:
        _scatter(heard, sounds.noise, SOUND_DB, (0.0, 8.0), draw)
    if draw.random() >= LONE:
        heard += _floor(sounds, len(heard), draw)
    if draw.random() < NARROW:
        heard = resample_poly(resample_poly(heard, 1, 2), 2, 1)[:len(heard)]
    return _sixteen_bits(heard)


def steady(_: Sounds, seed: int) -> np.ndarray:
    """One stream of a fan, a pump or a hiss that runs on, at any level, with nobody in the room."""
    draw = np.random.Generator(np.random.PCG64(seed))
    time, noise = np.arange(SECONDS * RATE) / RATE, _coloured(SECONDS * RATE, draw)
    noise *= 1 + draw.uniform(0, 0.3) * np.sin(2 * np.pi * draw.uniform(0.5, 20) * time + draw.uniform(0, 6))
    for _ in range(draw.integers(4)):
        pitch = 10 ** draw.uniform(1.6, 3.5)
        noise += draw.uniform(0, 1.5) * sum(np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, draw.integers(2, 9)))
    return _sixteen_bits(noise / np.sqrt(np.mean(noise ** 2)) * 10 ** (draw.uniform(*FLOOR_DB) / 20))


def _scatter(heard: np.ndarray, clips: Sequence[np.ndarray], levels: tuple[float, float], pauses: tuple[float, float],
             draw: np.random.Generator) -> None:
    """Adds clips with pauses between them, most of them as loud as each other."""
    usual = draw.uniform(*levels)
    position = int(draw.uniform(*pauses) * RATE)
    while position < len(heard):
        clip = clips[draw.integers(len(clips))]
        level = usual + draw.normal(0, 3) if draw.random() < 0.7 else draw.uniform(*levels)
        part = clip[:len(heard) - position]
        heard[position:position + len(part)] += part * 10 ** (level / 20)
        position += len(clip) + int(draw.uniform(*pauses) * RATE)


def _floor(sounds: Sounds, length: int, draw: np.random.Generator) -> np.ndarray:
    """A steady noise, as of a fan, traffic or rain, of any colour between white and brown; or a recording."""
    if draw.random() < RECORDED:
        noise = np.resize(sounds.noise[draw.integers(len(sounds.noise))], length)
    else:
        noise = _coloured(length, draw)
    if draw.random() < HUM:
        pitch, time = draw.choice([50, 60, 100, 120, draw.uniform(40, 900)]), np.arange(length) / RATE
        noise = noise + sum(draw.uniform(0, 2) / k * np.sin(2 * np.pi * k * pitch * time) for k in range(1, 6))
    noise = noise / np.sqrt(np.mean(noise ** 2)) * 10 ** (draw.uniform(*FLOOR_DB) / 20)
    if draw.random() < SWITCHED:
        moments = np.sort(draw.uniform(0, length, 4))
        levels = draw.uniform(-25, 0, 4)
        noise = noise * 10 ** (np.interp(np.arange(length), moments, levels) / 20)
        at = draw.integers(length)
        noise[:at] *= 10 ** (draw.uniform(-40, 0) / 20)
    return noise


def _coloured(length: int, draw: np.random.Generator) -> np.ndarray:
    """Gaussian noise whose power falls with the frequency by 0 to 6 dB an octave, with broad bumps, at a level of 0 dB."""
    spectrum = np.fft.rfft(draw.normal(size=length))
    octaves = np.log2(np.maximum(1, np.arange(len(spectrum))) * RATE / length / 50)
    bumps = np.interp(octaves, np.linspace(0, 7.4, 7), draw.normal(0, draw.uniform(0, 8), 7))
    noise = np.fft.irfft(spectrum * 10 ** ((bumps - draw.uniform(0, 6) * np.maximum(octaves, 0)) / 20), length)
    return noise / np.sqrt(np.mean(noise ** 2))


def _sixteen_bits(heard: np.ndarray) -> np.ndarray:
    return np.round(np.clip(heard, -1, 1) * 32767).astype(np.float32) / 32768


def _thinned(folder: Path) -> list[Path]:
    """The recordings of a corpus, of a large one some of them."""
    corpus = read_corpus(folder)
    files = [corpus.folder / clip.file for clip in corpus.clips]
    return files[::max(1, len(files) // 500)]


def _read(path: Path) -> np.ndarray:
    """At a level of 0 dB: the root of the mean square is 1."""
    samples = read_mono(path, RATE)
    return samples / max(1e-6, np.sqrt(np.mean(samples ** 2)))

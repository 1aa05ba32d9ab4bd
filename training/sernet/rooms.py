"""Impulse responses of simulated rooms: shoeboxes, by the image-source method.

Allen & Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65(4), 1979:
each wall is a mirror, and each image of the source is heard later and weaker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPEED_OF_SOUND = 343.0
CUT_HZ = 100.0
"""Images of one sign add up to a hum below the room's modes, which no loudspeaker plays."""


@dataclass(frozen=True)
class Room:
    """A shoebox [metres] with a talker, a microphone and a reverberation time (60 dB)."""

    size: tuple[float, float, float]
    talker: tuple[float, float, float]
    microphone: tuple[float, float, float]
    t60: float


def drawn(draw: np.random.Generator, t60: tuple[float, float]) -> Room:
    """A room of a home, with a talker at 0.5 m or further from the microphone."""
    size = np.array([draw.uniform(2.5, 7.0), draw.uniform(2.2, 5.0), draw.uniform(2.3, 3.0)])
    seconds = draw.uniform(*t60)
    while True:
        talker = draw.uniform(0.4, size - 0.4)
        talker[2] = draw.uniform(1.0, 1.8)
        microphone = draw.uniform(0.2, size - 0.2)
        if np.linalg.norm(talker - microphone) >= 0.5:
            return Room(tuple(size), tuple(talker), tuple(microphone), seconds)


def response(room: Room, sample_rate: int) -> np.ndarray:
    """The impulse response [n] from talker to microphone, the direct sound first, at amplitude 1."""
    images = _Images.of(room)
    direct = float(np.linalg.norm(np.subtract(room.talker, room.microphone)))
    begin = int(direct / SPEED_OF_SOUND * sample_rate)
    # Formulas for the walls' absorption assume diffuse sound, so measure the result and correct the absorption.
    seconds = room.t60
    for _ in range(3):
        heard = _without_hum(images.heard(_reflection(room, seconds), sample_rate), sample_rate)
        seconds *= room.t60 / decay_time(heard, sample_rate)
    return heard[begin:] * direct


def in_room(samples: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Samples [n] through an impulse response, the direct sound first."""
    from scipy.signal import fftconvolve
    return fftconvolve(samples, response)[:len(samples)]


def decay_time(response: np.ndarray, sample_rate: int) -> float:
    """The time in seconds for a decay of 60 dB, extrapolated from -5 to -25 dB (ISO 3382-1, T20)."""
    left = np.cumsum(response[::-1] ** 2)[::-1]
    level = 10 * np.log10(np.maximum(left / left[0], 1e-12))
    return 3 * float(np.argmax(level < -25) - np.argmax(level < -5)) / sample_rate


def _reflection(room: Room, t60: float) -> float:
    """The share of the pressure that each wall reflects, by Eyring's formula."""
    x, y, z = room.size
    surface, volume = 2 * (x * y + y * z + z * x), x * y * z
    return float(np.exp(-12 * np.log(10) / SPEED_OF_SOUND * volume / (surface * t60)))


@dataclass(frozen=True)
class _Images:
    """All images of a talker within reach of the sound: distances, and numbers of reflections."""

    distance: np.ndarray
    walls: np.ndarray
    reach: float

    @staticmethod
    def of(room: Room) -> _Images:
        reach = SPEED_OF_SOUND * room.t60
        squares, walls = np.zeros(1), np.zeros(1, np.int64)
        for length, talker, microphone in zip(room.size, room.talker, room.microphone):
            cell = np.arange(-int(reach / (2 * length)) - 1, int(reach / (2 * length)) + 2)
            along = np.concatenate([2 * cell * length + talker, 2 * cell * length - talker]) - microphone
            reflected = np.concatenate([np.abs(2 * cell), np.abs(2 * cell - 1)])
            squares = (squares[:, None] + along ** 2).ravel()
            walls = (walls[:, None] + reflected).ravel()
            near = squares <= reach ** 2
            squares, walls = squares[near], walls[near]
        return _Images(np.sqrt(squares), walls, reach)

    def heard(self, reflection: float, sample_rate: int) -> np.ndarray:
        """The response; each image is shared by the two samples nearest to it."""
        place = self.distance / SPEED_OF_SOUND * sample_rate
        first = place.astype(np.int64)
        gain, late = reflection ** self.walls / self.distance, place - first
        length = int(self.reach / SPEED_OF_SOUND * sample_rate) + 2
        return (np.bincount(first, gain * (1 - late), length)
                + np.bincount(first + 1, gain * late, length))


def _without_hum(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    from scipy.signal import butter, sosfilt
    return sosfilt(butter(2, CUT_HZ, "highpass", fs=sample_rate, output="sos"), samples)

"""Lines that speech passes through: telephones, codecs, headsets, a far microphone.

Each takes samples [n] in any range at a sampling rate, and gives as many samples in the same range.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Callable

import numpy as np
import soundfile

from .rooms import Room, in_room, response

TELEPHONE = 8000
"""Samples a second of a telephone, and of a Bluetooth headset without wide-band speech."""
OPUS_BITS = 12_000
CLIPPED = 0.25
"""Share of the peak at which `clipped` cuts."""
FAR = Room((6.0, 4.5, 2.6), (1.2, 1.5, 1.6), (4.0, 2.6, 0.8), t60=0.8)
"""A talker three metres from the microphone."""
_COMPRESSION_LEVEL = 0x1301  # SFC_SET_COMPRESSION_LEVEL of sndfile.h
_OPUS_MOST, _OPUS_LEAST = 256_000, 6_000  # bits a second at compression levels 0 and 1

Line = Callable[[np.ndarray, int], np.ndarray]


def narrow(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Nothing above 4 kHz."""
    return _through(samples, sample_rate, TELEPHONE, lambda heard: heard)


def mu_law(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """ITU-T G.711 µ-law at 8 kHz: telephones of America and Japan."""
    return _through(samples, sample_rate, TELEPHONE, lambda heard: _file(heard, TELEPHONE, "WAV", "ULAW"))


def a_law(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """ITU-T G.711 A-law at 8 kHz: telephones elsewhere."""
    return _through(samples, sample_rate, TELEPHONE, lambda heard: _file(heard, TELEPHONE, "WAV", "ALAW"))


def gsm(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """GSM 06.10 at 8 kHz, 13 kbit/s."""
    return _through(samples, sample_rate, TELEPHONE, lambda heard: _file(heard, TELEPHONE, "WAV", "GSM610"))


def opus(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Opus (RFC 6716) at 12 kbit/s: calls over the Internet on a bad day."""
    level = (_OPUS_MOST - OPUS_BITS) / (_OPUS_MOST - _OPUS_LEAST)
    return _through(samples, sample_rate, sample_rate, lambda heard: _file(heard, sample_rate, "OGG", "OPUS", level))


def vorbis(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """A lossy file of ordinary quality."""
    return _through(samples, sample_rate, sample_rate, lambda heard: _file(heard, sample_rate, "OGG", "VORBIS"))


def headset(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """A Bluetooth headset without wide-band speech: 300 Hz to 3.4 kHz, in four bits a sample.

    ADPCM (G.721) at 32 kbit/s replaces CVSD at 64, which is as noisy but which no library here has.
    """
    from scipy.signal import butter, sosfilt
    band = butter(4, (300, 3400), "bandpass", fs=TELEPHONE, output="sos")
    return _through(samples, sample_rate, TELEPHONE, lambda heard: _file(
        np.clip(sosfilt(band, heard), -0.99, 0.99), TELEPHONE, "AU", "G721_32"))


def clipped(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """A microphone four times too loud."""
    limit = CLIPPED * np.abs(samples).max(initial=0)
    return np.clip(samples, -limit, limit)


def far(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """A microphone at the other end of a hard room (`FAR`); the result is as loud as the input."""
    heard = in_room(samples, _far(sample_rate))
    return heard * np.sqrt((samples ** 2).mean() / max(1e-12, (heard ** 2).mean())) if len(samples) else samples


LINES: dict[str, Line] = {line.__name__.replace("_", "-"): line
                          for line in (narrow, mu_law, a_law, gsm, opus, vorbis, headset, clipped, far)}


@lru_cache(maxsize=None)
def _far(sample_rate: int) -> np.ndarray:
    return response(FAR, sample_rate)


def _through(samples: np.ndarray, sample_rate: int, rate: int, line: Line) -> np.ndarray:
    """Samples at another rate and of peak 0.8 through a line; the result is as long and as loud as the input."""
    from scipy.signal import resample_poly
    scale = max(1e-6, float(np.abs(samples).max(initial=0))) / 0.8
    heard = line(resample_poly(samples / scale, rate, sample_rate) if rate != sample_rate else samples / scale)
    wide = resample_poly(heard, sample_rate, rate) if rate != sample_rate else heard
    return np.pad(wide, (0, max(0, len(samples) - len(wide))))[:len(samples)] * scale


def _file(samples: np.ndarray, sample_rate: int, kind: str, subtype: str, level: float | None = None) -> np.ndarray:
    """Samples after encoding to a file and decoding."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, 1, subtype, format=kind) as file:
        if level is not None:
            # Before 0.13, python3-soundfile has no public name for it.
            value = soundfile._ffi.new("double*", level)
            soundfile._snd.sf_command(file._file, _COMPRESSION_LEVEL, value, 8)
        file.write(samples)
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float64")[0]

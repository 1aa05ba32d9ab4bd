"""Golden files of the front end, which tie SernetStream.Dsp to `sernet.frontend`.

    python3 -m sernet.golden            writes tests/golden/front-end
    python3 -m sernet.golden --check    says whether the files there are what the code makes

Inputs are raw s16le mono at 16 kHz, a sample being value / 32768 (`tim-net` takes the same numbers
for 22.05 kHz); expected features are raw little-endian float32, row by row [frames, features];
manifest.json lists the cases, with the front end of each where it is not just a preset.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from . import errors
from .audio import read_mono
from .files import write_atomically, write_json
from .frontend import PRESETS, FrontEnd

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "front-end"
SPOKEN = ROOT / "samples" / "spoken.flac"
RATE = 16000
TOLERANCE = 1e-5

CASES = (
    ("chirp", "light-sernet"), ("noise", "light-sernet"), ("spoken", "light-sernet"),
    ("short", "light-sernet"), ("long", "light-sernet"), ("silence", "light-sernet"),
    ("chirp", "light-sernet-paper"), ("spoken", "light-sernet-paper"),
    ("chirp", "tim-net"), ("spoken", "tim-net"), ("silence", "tim-net"),
    ("spoken", "tim-net-reflect"), ("spoken", "log-mel"), ("short", "spectrogram"),
    ("spoken", "log-spectrogram"), ("spoken", "mixture"),
)

VARIANTS: dict[str, dict[str, Any]] = {
    "tim-net-reflect": {"preset": "tim-net", "framing": "centred-reflect", "segmentSeconds": 2.0},
    "log-mel": {"preset": "light-sernet", "output": "log-mel", "segmentSeconds": 1.0},
    "spectrogram": {"preset": "light-sernet", "output": "spectrogram", "segmentSeconds": 0.5},
    "log-spectrogram": {"preset": "tim-net", "output": "log-spectrogram", "frameLength": 400,
                        "hopLength": 160, "fftLength": 512, "segmentSeconds": 0.5},
    "mixture": {"preset": "light-sernet-paper", "framing": "centred-reflect", "frameLength": 500,
                "hopLength": 200, "fftLength": 512, "melBands": 41, "melScale": "slaney",
                "melNorm": "area", "log": "decibel", "logOffset": 1e-8, "topDb": 60.0,
                "dct": "orthonormal", "coefficients": 13, "segmentSeconds": 1.5},
}
"""Front ends that are not just a preset."""


def main() -> None:
    if _options().check:
        check()
        print(f"the {len(CASES)} golden files of the front end are what the code makes")
        return
    for name, samples in inputs().items():
        _write(f"{name}.s16", samples)
    for name, preset in CASES:
        _write(f"{name}.{preset}.f32", mfcc(name, preset))
    write_json(FOLDER / "manifest.json", manifest())


def inputs() -> dict[str, np.ndarray]:
    """The input signals, int16 [n]: generated ones, and parts of the spoken sample."""
    seconds = np.arange(3 * RATE) / RATE
    chirp = np.sin(2 * np.pi * (20 * seconds + (7980 - 20) / (2 * 3) * seconds ** 2))
    noise = np.random.Generator(np.random.PCG64(1)).uniform(-0.25, 0.25, 3 * RATE)
    spoken = np.round(read_mono(SPOKEN, RATE) * 32768).astype("<i2")

    def part(start: float, length: int) -> np.ndarray:
        return spoken[int(start * RATE):][:length]

    return {"chirp": _int16(0.8 * chirp), "noise": _int16(noise),
            "spoken": part(6.0, 3 * RATE), "short": part(11.6, 19201), "long": part(13.6, 75203),
            "silence": np.zeros(8000, "<i2")}


def mfcc(name: str, preset: str) -> np.ndarray:
    """Features, float32 [frames, features], of an input file in the folder."""
    return front_end(preset)(_read(f"{name}.s16", "<i2") / 32768).astype("<f4")


def front_end(name: str) -> FrontEnd:
    """A preset or a variant of one."""
    return FrontEnd.from_json(VARIANTS[name]) if name in VARIANTS else PRESETS[name]


def manifest() -> list[dict[str, Any]]:
    """The content of the folder."""
    return [{"name": f"{name}-{kind}", "preset": front_end(kind).preset, "input": f"{name}.s16",
             "samples": len(_read(f"{name}.s16", "<i2")), "mfcc": f"{name}.{kind}.f32",
             "frames": front_end(kind).frames, "coefficients": front_end(kind).frame_features,
             **({"frontEnd": VARIANTS[kind]} if kind in VARIANTS else {})}
            for name, kind in CASES]


def check() -> None:
    """Raises for the first committed file that differs from what the code makes."""
    if json.loads(_read("manifest.json", "u1").tobytes()) != manifest():
        raise errors.SernetError("manifest.json lists other cases than the code; " + _AGAIN)
    for name, samples in inputs().items():
        committed = _read(f"{name}.s16", "<i2").astype(int)
        # Another mathematics library may round a sine differently, so allow one step.
        if len(committed) != len(samples) or np.abs(committed - samples).max() > 1:
            raise errors.SernetError(f"{name}.s16 is not what the code makes; {_AGAIN}")
    for name, preset in CASES:
        expected = mfcc(name, preset)
        committed = _read(f"{name}.{preset}.f32", "<f4")
        if len(committed) != expected.size:
            raise errors.SernetError(f"{name}.{preset}.f32 has {len(committed)} values and the "
                                     f"code makes {expected.size}; {_AGAIN}")
        # At 200 the last place of a float32 is 1.5e-5, so also allow an error relative to the value.
        difference = np.abs(committed.reshape(expected.shape) - expected)
        if (worst := np.max(difference - 1e-7 * np.abs(expected))) > TOLERANCE:
            raise errors.SernetError(f"{name}.{preset}.f32 is off by {worst:.1e}; {_AGAIN}")


_AGAIN = ("if the front end was meant to change, write them again with python3 -m sernet.golden, "
          "else mend the front end")


def _int16(samples: np.ndarray) -> np.ndarray:
    return np.round(samples * 32767).astype("<i2")


def _write(name: str, values: np.ndarray) -> None:
    write_atomically(FOLDER / name, lambda file: file.write(values.tobytes()))


def _read(name: str, kind: str) -> np.ndarray:
    try:
        return np.fromfile(FOLDER / name, kind)
    except OSError as error:
        raise errors.InputError(f"{FOLDER / name} is not there; "
                                "write it with python3 -m sernet.golden") from error


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.golden",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true",
                        help="compare the committed files with the output of the code")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

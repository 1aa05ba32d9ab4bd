"""The front ends that training knows by name: the presets, and mixtures of their fields."""

from __future__ import annotations

from .frontend import PRESETS, FrontEnd

FRONT_ENDS = {
    **PRESETS,
    # Fine enough in frequency for the harmonics of a voice, 50 frames a second.
    "home": FrontEnd(output="log-mel", hop_length=320, mel_bands=64, low_hz=60.0),
}

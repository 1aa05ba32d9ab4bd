"""The front ends that training knows by name: the presets, and mixtures of their fields."""

from __future__ import annotations

from .frontend import PRESETS, FrontEnd

FRONT_ENDS = {
    **PRESETS,
    # Of Google's speech embedding, as openWakeWord computes it: librosa's mel bands up to 3.8 kHz.
    "speech-embedding": FrontEnd(
        output="log-mel", frame_length=400, hop_length=160, fft_length=512, spectrum="power",
        mel_bands=32, mel_scale="slaney", mel_slope="hertz", mel_norm="area", low_hz=60.0,
        high_hz=3800.0, log="decibel", log_offset=1e-10, top_db=80.0, coefficients=32, level="peak"),
}

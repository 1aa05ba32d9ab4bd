"""The front end against other forms of the formulas, and the golden files."""

from __future__ import annotations

import unittest
from dataclasses import replace

import numpy as np

from sernet import golden
from sernet.errors import UsageError
from sernet.frontend import PRESETS, FrontEnd, dct_matrix, fit, leveled, mel_weights, periodic_window


class SegmentTests(unittest.TestCase):
    def test_long_is_cut_evenly_and_the_odd_sample_goes_from_the_right(self) -> None:
        np.testing.assert_array_equal(fit(np.arange(11), 6), np.arange(2, 8))

    def test_short_is_padded_evenly_and_the_odd_zero_goes_to_the_right(self) -> None:
        np.testing.assert_array_equal(fit(np.array([1, 2, 3]), 6), [0, 1, 2, 3, 0, 0])

    def test_level_is_the_interpolated_percentile_of_the_padded_segment(self) -> None:
        segment = np.zeros(1001)
        segment[:3] = 4, -2, 1  # position 0.999 · 1000 in sorted order is the second largest
        np.testing.assert_allclose(leveled(segment, "percentile99.9")[:3], [1, -1, 0.5])
        segment = np.arange(1, 501.0)  # position 498.501: 499 + 0.501
        self.assertAlmostEqual(leveled(segment, "percentile99.9")[0], 1 / 499.501)

    def test_silence_has_no_level_and_stays_silent(self) -> None:
        np.testing.assert_array_equal(leveled(np.zeros(9), "percentile99.9"), np.zeros(9))

    def test_gain_does_not_matter(self) -> None:
        speech = np.random.default_rng(0).normal(size=40000)
        np.testing.assert_allclose(FrontEnd()(speech * 0.01), FrontEnd()(speech), atol=1e-9)


class TransformTests(unittest.TestCase):
    def test_windows_are_periodic(self) -> None:
        np.testing.assert_allclose(periodic_window("hann", 1024), np.hanning(1025)[:-1], atol=1e-12)
        np.testing.assert_allclose(periodic_window("hamming", 1024), np.hamming(1025)[:-1], atol=1e-12)

    def test_mel_triangles_peak_at_their_centres_and_end_at_their_neighbours(self) -> None:
        low, high = (2595 * np.log10(1 + f / 700) for f in (80, 7600))
        edges = 700 * (10 ** (np.linspace(low, high, 130) / 2595) - 1)  # the formula's other form
        weights = mel_weights(16000, 1024, 128, 80.0, 7600.0)
        self.assertEqual(weights.shape, (513, 128))
        bins = np.arange(513) * 15.625
        for band in range(128):
            # 0.1 Hz aside: 2595·log10 and 1127·ln differ in the fifth digit.
            inside = (bins > edges[band] + 0.1) & (bins < edges[band + 2] - 0.1)
            outside = (bins < edges[band] - 0.1) | (bins > edges[band + 2] + 0.1)
            self.assertTrue((weights[inside, band] > 0).all())
            self.assertTrue((weights[outside, band] == 0).all())
        # Between the first and the last centre, the triangles' weights of a bin add up to one.
        between = (bins > edges[1] + 0.1) & (bins < edges[-2] - 0.1)
        np.testing.assert_allclose(weights[between].sum(axis=1), 1, atol=1e-3)
        self.assertEqual(weights[0].max(), 0)

    def test_dct_is_that_of_scipy_scaled_and_nothing_special_at_zero(self) -> None:
        values = np.random.default_rng(1).normal(size=128)
        direct = [sum(2 * values[n] * np.cos(np.pi * k * (2 * n + 1) / 256) for n in range(128)) / 16
                  for k in range(40)]
        np.testing.assert_allclose(values @ dct_matrix(128, 40), direct, atol=1e-12)

    def test_a_tone_lands_in_its_mel_band_as_magnitude_or_power(self) -> None:
        tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 16000)  # bin 64 exactly
        energies = FrontEnd().mel_energies(tone)
        self.assertEqual(energies.shape, (184, 128))
        weights = mel_weights(16000, 1024, 128, 80.0, 7600.0)
        # A periodic Hann window puts N/4 in the tone's bin and N/8 in its neighbours.
        expected = 256 * weights[64] + 128 * (weights[63] + weights[65])
        np.testing.assert_allclose(energies[7], expected, atol=1e-6)

    def test_silence_is_the_logarithm_of_the_offset(self) -> None:
        paper = PRESETS["light-sernet-paper"](np.zeros(8000))
        np.testing.assert_allclose(paper[:, 0], 2 * 128 * np.log(1e-6) / 16)
        np.testing.assert_allclose(paper[:, 1:], 0, atol=1e-10)
        self.assertEqual(FrontEnd()(np.zeros(8000))[:, 0].max(), -10)


class TorchaudioTests(unittest.TestCase):
    """The whole front end with its settings against another implementation."""

    def test_tim_net_is_what_torchaudio_computes_with_the_settings_of_librosa(self) -> None:
        speech = golden.inputs()["spoken"] / 32768
        theirs = self.mfcc(speech, 22050, 39, False, {
            "n_fft": 2048, "hop_length": 512, "n_mels": 128, "norm": "slaney", "mel_scale": "slaney",
            "center": True, "pad_mode": "constant", "power": 2.0})
        front_end = replace(PRESETS["tim-net"], segment_seconds=len(speech) / 22050)
        np.testing.assert_allclose(front_end(speech), theirs, atol=2e-3)
        reflected = self.mfcc(speech, 22050, 39, False, {
            "n_fft": 2048, "hop_length": 512, "n_mels": 128, "norm": "slaney", "mel_scale": "slaney",
            "center": True, "pad_mode": "reflect", "power": 2.0})
        np.testing.assert_allclose(replace(front_end, framing="centred-reflect")(speech), reflected, atol=2e-3)

    def test_slopes_in_hertz_are_those_of_torchaudio(self) -> None:
        speech = golden.inputs()["spoken"] / 32768
        theirs = self.mfcc(speech, 16000, 40, True, {
            "n_fft": 1024, "hop_length": 256, "n_mels": 128, "f_min": 80.0, "f_max": 7600.0,
            "mel_scale": "htk", "center": False, "power": 1.0})
        ours = FrontEnd(mel_slope="hertz", dct="orthonormal", coefficient_limit=None, level="none")(speech)
        np.testing.assert_allclose(ours, theirs, atol=2e-2)  # the other implementation uses single precision

    @staticmethod
    def mfcc(samples: np.ndarray, rate: int, count: int, natural: bool, mel: dict) -> np.ndarray:
        try:
            import torch
            import torchaudio
        except ImportError as error:
            raise unittest.SkipTest("needs python3-torchaudio") from error
        transform = torchaudio.transforms.MFCC(rate, count, log_mels=natural, melkwargs=mel).double()
        return transform(torch.from_numpy(samples)).T.numpy()


class CardTests(unittest.TestCase):
    def test_presets_and_differing_fields_survive_the_card(self) -> None:
        for front_end in (*PRESETS.values(), FrontEnd(segment_seconds=7.0, window="hamming"),
                          FrontEnd(coefficient_limit=None), *map(golden.front_end, golden.VARIANTS)):
            self.assertEqual(FrontEnd.from_json(front_end.to_json()), front_end)
        self.assertEqual(FrontEnd().to_json(), {"preset": "light-sernet", "segmentSeconds": 3.0})

    def test_wrong_cards_are_refused_with_the_reason(self) -> None:
        for card, reason in (({"preset": "mystery"}, "unknown preset"), ({}, "unknown preset"),
                             ({"preset": "light-sernet", "hop": 1}, "unknown key 'hop'"),
                             ({"preset": "light-sernet", "window": "boxcar"}, "use one of hann"),
                             ({"preset": "light-sernet", "hopLength": "256"}, "hopLength"),
                             ({"preset": "light-sernet", "framing": "padded"}, "use one of whole"),
                             ({"preset": "light-sernet", "topDb": 80.0}, "only with log decibel"),
                             ({"preset": "light-sernet", "highHz": 9000.0}, "sampleRate / 2"),
                             ({"preset": "light-sernet", "segmentSeconds": 0.01}, "segmentSeconds")):
            with self.subTest(card), self.assertRaisesRegex(UsageError, reason):
                FrontEnd.from_json(card)


class GoldenTests(unittest.TestCase):
    def test_committed_files_are_what_the_code_makes(self) -> None:
        golden.check()

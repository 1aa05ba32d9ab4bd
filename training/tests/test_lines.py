"""Lines: the frequencies that each lets through, and variants through them."""

from __future__ import annotations

import unittest

import numpy as np

from sernet.lines import FAR, LINES
from sernet.variants import LINES_HEARD, ByLine, Variants

RATE = 16000
DRAW = np.random.Generator(np.random.PCG64(1))
SPEECH = np.convolve(DRAW.normal(size=2 * RATE), np.hanning(16), "same")
SPEECH = 3.0 * SPEECH / np.abs(SPEECH).max()
"""Two seconds of noise that is loudest below 2 kHz, louder than a file may be."""


def level(samples: np.ndarray, low: float, high: float) -> float:
    """Mean power between two frequencies, in decibels."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].mean() + 1e-12)


class LineTests(unittest.TestCase):
    def test_each_keeps_length_place_and_level(self) -> None:
        for name, line in LINES.items():
            with self.subTest(name):
                heard = line(SPEECH, RATE)
                self.assertEqual(len(heard), len(SPEECH))
                self.assertFalse(np.array_equal(heard, SPEECH))
                if name == "clipped":
                    continue
                self.assertAlmostEqual(level(heard, 500, 1500), level(SPEECH, 500, 1500), delta=2.0)
                spectrum = np.fft.rfft(heard, 4 * RATE) * np.fft.rfft(SPEECH, 4 * RATE).conj()
                shift = int(np.argmax(np.fft.irfft(spectrum)))
                # Of all that comes through a room the loudest is not always the first.
                self.assertLess(min(shift, 4 * RATE - shift), (0.05 if name == "far" else 0.01) * RATE)

    def test_telephones_end_at_four_kilohertz(self) -> None:
        noise = DRAW.normal(size=RATE)
        for name in ("narrow", "mu-law", "a-law", "gsm", "headset"):
            with self.subTest(name):
                self.assertLess(level(LINES[name](noise, RATE), 4500, 8000), level(noise, 4500, 8000) - 20)

    def test_g711_is_as_good_as_its_standard_and_opus_and_gsm_are_worse(self) -> None:
        narrow = LINES["narrow"](SPEECH, RATE)
        for name, least, most in (("mu-law", 30, 45), ("a-law", 30, 45), ("gsm", 0, 30)):
            with self.subTest(name):
                error = LINES[name](SPEECH, RATE) - narrow
                self.assertTrue(least < 10 * np.log10((narrow ** 2).mean() / (error ** 2).mean()) < most)

    def test_clipping_is_at_a_quarter_of_the_peak(self) -> None:
        self.assertAlmostEqual(np.abs(LINES["clipped"](SPEECH, RATE)).max(), 0.75)

    def test_a_far_microphone_hears_what_was_said_before(self) -> None:
        said = np.where(np.arange(2 * RATE) < RATE, SPEECH, 0)
        heard = LINES["far"](said, RATE)
        after = [10 * np.log10((heard[RATE + begin:][:RATE // 10] ** 2).mean()) for begin in (0, 4 * RATE // 10)]
        self.assertAlmostEqual(after[0] - after[1], 60 * 0.4 / FAR.t60, delta=10)

    def test_silence_and_very_little_stay_what_they_are(self) -> None:
        for name, line in LINES.items():
            with self.subTest(name):
                self.assertLess(np.abs(line(np.zeros(4000), RATE)).max(), 1e-3)
                self.assertEqual(len(line(np.full(10, 0.1), RATE)), 10)

    def test_some_lines_are_for_tests_alone(self) -> None:
        self.assertTrue(set(LINES_HEARD) < set(LINES))
        self.assertFalse({"gsm", "headset", "far"} & set(LINES_HEARD))
        np.testing.assert_array_equal(ByLine("gsm").of(SPEECH, RATE, 0)[0], LINES["gsm"](SPEECH, RATE))

    def test_variants_by_line_are_others_and_have_another_name(self) -> None:
        with_lines, without = Variants(8, by_line=True), Variants(8)
        self.assertNotEqual(with_lines.key, without.key)
        self.assertEqual(Variants(1, by_line=True).key, "")
        differing = [not np.array_equal(*pair) for pair in zip(with_lines.of(SPEECH, RATE, 3), without.of(SPEECH, RATE, 3))]
        self.assertFalse(differing[0])
        self.assertTrue(any(differing[1:]))


if __name__ == "__main__":
    unittest.main()

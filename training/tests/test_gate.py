"""The first opinion of the speech gate: what it is taught, its network, and the files that C# reads."""

from __future__ import annotations

import contextlib
import io
import unittest
from unittest import mock

import numpy as np
import torch

from sernet.gate import golden, rooms
from sernet.gate.__main__ import FIRST, HELD, LATER, LEAST_STEPS, lesson, openings
from sernet.gate.network import BANDS, STEP, MelDetector, bands, image

from .made import TempCase

RANDOM = np.random.Generator(np.random.PCG64(3))


def answers(*runs: tuple[int, float]) -> np.ndarray:
    """The teacher's answers [1, steps]: so many steps with a probability, one after the other."""
    return np.concatenate([np.full(length, probability, np.float32) for length, probability in runs])[None]


class LessonTests(unittest.TestCase):
    def test_what_opens_the_gate_counts_most_and_what_comes_while_it_is_open_not_at_all(self) -> None:
        wanted, weight = (part[:, FIRST:] for part in lesson(answers((FIRST + 20, 0), (20, 0.9), (60, 0))))
        self.assertEqual(wanted[0].tolist(), [0] * 20 + [1] * 20 + [0] * 60)
        self.assertEqual(weight[0, :18].tolist(), [1] * 18)
        self.assertEqual(weight[0, 20:20 + LEAST_STEPS].tolist(), [1] * LEAST_STEPS)
        np.testing.assert_allclose(weight[0, 20 + LEAST_STEPS:40], LATER)
        self.assertEqual(weight[0, 40:40 + HELD].tolist(), [0] * HELD)
        self.assertEqual(weight[0, 40 + HELD:].tolist(), [1] * (60 - HELD))

    def test_the_begin_counts_not_as_the_teacher_is_asked_then_anyway(self) -> None:
        self.assertFalse(lesson(answers((2 * FIRST, 0.9)))[1][:, :FIRST].any())

    def test_only_speech_that_lasts_opens_the_gate(self) -> None:
        spoken = answers((10, 0), (LEAST_STEPS - 1, 0.9), (40, 0), (3, 0.4), (LEAST_STEPS, 0.9), (10, 0))
        self.assertEqual(openings(spoken[0]), [10 + LEAST_STEPS - 1 + 40 + 3])


class NetworkTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        torch.manual_seed(1)
        self.network = MelDetector()
        self.image = torch.from_numpy(RANDOM.normal(size=(1, 120, 2 * BANDS)).astype(np.float32))

    def test_a_step_hears_what_was_before_it_alone(self) -> None:
        changed = self.image.clone()
        changed[:, 80:] = 0
        with torch.no_grad():
            torch.testing.assert_close(self.network(changed)[:, :80], self.network(self.image)[:, :80])
            self.assertFalse(torch.equal(self.network(changed)[:, 80:], self.network(self.image)[:, 80:]))

    def test_statistics_that_are_folded_in_change_nothing(self) -> None:
        deviation, mean = torch.std_mean(3 * self.image[0] + 1, dim=0)
        with torch.no_grad():
            before = self.network((3 * self.image + 1 - mean) / deviation)
            self.network.normalise(mean, deviation)
            torch.testing.assert_close(self.network(3 * self.image + 1), before, atol=1e-4, rtol=1e-4)

    def test_what_is_written_is_read(self) -> None:
        self.network.write(self.folder / "weights.f32")
        with torch.no_grad():
            torch.testing.assert_close(MelDetector.read(self.folder / "weights.f32")(self.image), self.network(self.image))

    def test_each_step_has_the_bands_of_its_own_samples(self) -> None:
        time = np.arange(3 * STEP)
        tone = np.where(time >= STEP, np.sin(2 * np.pi * 500 / 16000 * time), 0)
        logs = bands(np.concatenate([tone, np.zeros(100)]))
        self.assertEqual(logs.shape, (3, BANDS))
        self.assertEqual(logs[2].argmax(), 7)
        np.testing.assert_allclose(logs[0], logs[0, 0])
        self.assertGreater(logs[1, 7] - logs[0, 7], 8)

    def test_a_noise_that_goes_on_becomes_the_floor(self) -> None:
        logs = np.concatenate([np.full((10, BANDS), -6.0), np.full((900, BANDS), 1.0), np.full((60, BANDS), -6.0)])
        above = image(logs)[:, :BANDS]
        np.testing.assert_allclose(above[:10], 0)
        np.testing.assert_allclose(above[10], 7)
        self.assertLess(above[909].max(), 0.01)
        self.assertGreater(above[969].min(), -0.05)


class StreamTests(unittest.TestCase):
    def test_the_seed_decides_a_stream_of_sixteen_bits(self) -> None:
        clip = RANDOM.normal(size=rooms.RATE)
        sounds = rooms.Sounds([clip], [clip], [np.array([1.0, 0.5])])
        for make, seed in ((make, seed) for make in (rooms.stream, rooms.steady) for seed in range(8)):
            heard = make(sounds, seed)
            self.assertEqual((len(heard), heard.dtype), (rooms.SECONDS * rooms.RATE, np.float32))
            np.testing.assert_array_equal(heard, make(sounds, seed))
            np.testing.assert_array_equal(heard * 32768, np.round(heard * 32768))
            self.assertLessEqual(np.abs(heard).max(), 1)


class GoldenTests(unittest.TestCase):
    def test_the_golden_file_is_of_the_weights_that_are_built_in(self) -> None:
        with mock.patch("sys.argv", ["golden", "--check"]), contextlib.redirect_stdout(io.StringIO()):
            golden.main()

"""Calibration, against values by hand."""

from __future__ import annotations

import unittest

import numpy as np
import torch

from sernet import calibrate, out_of_distribution
from sernet.calibrate import Answers
from sernet.errors import InputError

from .made import TempCase, lively_model, speech_like


def drawn(clips: int, temperature: float, seed: int) -> Answers:
    """Answers of a model whose logits are `temperature` times too large."""
    draw = np.random.Generator(np.random.PCG64(seed))
    logits = draw.normal(size=(clips, 4)) * 1.5
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    targets = np.array([draw.choice(4, p=row) for row in true])
    bold = np.exp(logits * temperature)
    return Answers(bold / bold.sum(axis=1, keepdims=True), targets)


class CalibrationTests(TempCase):
    def test_by_hand(self) -> None:
        answers = Answers(np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]), np.array([0, 1, 1, 1]))
        # At 0.9 half is right, at 0.6 and 0.8 all is: (2·0.4 + 0.4 + 0.2) / 4.
        self.assertAlmostEqual(calibrate.calibration_error(answers), 0.35)
        np.testing.assert_allclose(answers.at(0.5).probabilities[2], [0.16 / 0.52, 0.36 / 0.52])
        self.assertAlmostEqual(calibrate.threshold_for(answers, 0.5), 0.85)

    def test_the_temperature_is_found_and_mends_the_error(self) -> None:
        folds = [drawn(2000, 2.5, seed) for seed in range(3)]
        results = calibrate.calibrated(folds)
        self.assertAlmostEqual(results["temperature"], 2.5, delta=0.2)
        error = results["expectedCalibrationError"]
        self.assertLess(error["after"], 0.03)
        self.assertGreater(error["before"], 0.1)
        self.assertAlmostEqual(results["accuracy"]["coverage"], 0.8, delta=0.02)
        self.assertGreater(results["accuracy"]["answered"], results["accuracy"]["atFullCoverage"])

    def test_what_is_missing_is_said(self) -> None:
        with self.assertRaisesRegex(InputError, "of 0 folds"):
            calibrate.read_answers(self.folder, "int8")
        for name in "ab":
            np.savez(self.folder / f"{name}.npz", fp32=np.eye(2), targets=np.arange(2))
        with self.assertRaisesRegex(InputError, "no int8 answers but fp32"):
            calibrate.read_answers(self.folder, "int8")


class StrangerTests(unittest.TestCase):
    def test_the_area_by_hand(self) -> None:
        self.assertEqual(out_of_distribution.area(np.array([3.0, 4]), np.array([1.0, 2])), 1)
        self.assertEqual(out_of_distribution.area(np.array([1.0, 4]), np.array([2.0, 3])), 0.5)
        self.assertEqual(out_of_distribution.area(np.array([2.0, 2]), np.array([2.0])), 0.5)

    def test_what_is_sure_scores_higher(self) -> None:
        sure, unsure = torch.tensor([[9.0, 0, 0], [0, 8, 0]]), torch.tensor([[1.0, 1, 1], [0.5, 0, 0]])
        told = out_of_distribution.told_apart(sure, {"noise": unsure})
        self.assertEqual(told, {"noise": {"confidence": 100.0, "entropy": 100.0, "energy": 100.0}})

    def test_noise_comes_into_homes_where_voices_are_known(self) -> None:
        spoken, noise = speech_like(12, frames=60, coefficients=20), torch.randn(3, 1, 60, 20)
        model = lively_model("light-sernet-normalised", 4, spoken)
        said, of_noise = out_of_distribution.heard(model, spoken, (("a", "1"),) * 6 + (("a", "2"),) * 6, noise)
        with torch.no_grad():
            alone = model(spoken)
        # One clip is the first in its home, so its answer is the one without a baseline.
        self.assertEqual(int(torch.isclose(said, alone, atol=1e-5).all(dim=1).sum()), 1)
        self.assertEqual(of_noise.shape, (3, 4))


if __name__ == "__main__":
    unittest.main()

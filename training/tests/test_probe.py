"""The probe: it finds separable emotions, and learns nothing of the test speaker."""

from __future__ import annotations

import unittest

import numpy as np
import torch

from sernet import probe

from .made import TempCase, command_line, make_corpus

try:
    import sklearn
except ImportError:
    sklearn = None


class ProbeTests(TempCase):
    @unittest.skipUnless(sklearn, "needs python3-sklearn")
    def test_tones_are_told_apart_on_a_voice_never_heard(self) -> None:
        corpus = make_corpus(self.folder / "tones", clips_each=3, speakers=3)
        with command_line("--data", corpus, "--out", self.folder) as output:
            probe.main()
        self.assertIn("| 20 MFCC and their changes | 280 | 100.0 | 100.0 |", output.getvalue().splitlines())

    def test_silence_around_speech_does_not_count(self) -> None:
        loud = torch.rand(1, 40, 16, generator=torch.Generator().manual_seed(1))
        padded = torch.cat([loud, torch.full((1, 20, 16), -13.8)], dim=1)
        means = (probe.functionals(logs, 4)[0, :4] for logs in (loud, padded))
        np.testing.assert_allclose(*means, rtol=1e-5)


if __name__ == "__main__":
    unittest.main()

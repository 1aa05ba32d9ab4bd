"""Training: it learns, it is decided by its seed, and being cut off does not change it."""

from __future__ import annotations

import json
import unittest

import numpy as np
import torch

from sernet import train as command
from sernet.augment import augmented
from sernet.errors import InputError, UsageError
from sernet.metrics import Scores, confusion
from sernet.trainer import Recipe, read_checkpoint, train

from .made import TempCase, command_line, make_corpus, speech_like

ABOUT = {"labels": ["anger", "sadness"]}


class CutOff(Exception):
    """Stands for the kill signal."""


class TrainerTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        torch.set_num_threads(1)
        self.images, self.targets = speech_like(6, frames=48), torch.tensor([0, 1] * 3)

    def _train(self, name: str, recipe: Recipe, stop_after: int | None = None):
        def report(progress) -> None:
            if progress.epoch == stop_after:
                raise CutOff

        return train(self.images, self.targets, recipe, ABOUT, self.folder / name, report,
                     save_every=2)

    def test_a_training_cut_off_ends_with_the_same_weights(self) -> None:
        recipe = Recipe(epochs=5, batch=4, warm_up=1)
        whole = self._train("whole.pt", recipe).state_dict()
        with self.assertRaises(CutOff):
            self._train("cut.pt", recipe, stop_after=3)
        self.assertEqual(read_checkpoint(self.folder / "cut.pt")["epoch"], 2)
        resumed = self._train("cut.pt", recipe).state_dict()
        for name, values in whole.items():
            self.assertTrue(torch.equal(values, resumed[name]), name)
        other = self._train("other.pt", Recipe(epochs=5, batch=4, warm_up=1, seed=2)).state_dict()
        self.assertFalse(torch.equal(whole["head.weight"], other["head.weight"]))

    def test_a_checkpoint_of_other_settings_or_of_nothing_is_refused(self) -> None:
        self._train("a.pt", Recipe(epochs=1))
        with self.assertRaisesRegex(UsageError, "other settings"):
            self._train("a.pt", Recipe(epochs=2))
        (self.folder / "b.pt").write_bytes(b"cut off")
        with self.assertRaisesRegex(InputError, "not a whole checkpoint"):
            self._train("b.pt", Recipe(epochs=1))
        with self.assertRaisesRegex(InputError, "train first"):
            read_checkpoint(self.folder / "c.pt")

    def test_rate_rises_and_falls_to_nothing(self) -> None:
        recipe = Recipe(epochs=20, learning_rate=1.0, warm_up=4)
        self.assertEqual([round(recipe.rate(at), 6) for at in (0, 2, 4, 12, 20)],
                         [0, 0.5, 1, 0.5, 0])


class AugmentTests(unittest.TestCase):
    def test_frames_are_moved_or_repeated_and_masked_but_never_made_up(self) -> None:
        torch.manual_seed(0)
        frames = torch.full((8, 1, 100, 10), -10.0)
        frames[:, :, 20:80] = torch.arange(20.0, 80)[:, None]
        made = augmented(frames)
        self.assertEqual(made.shape, frames.shape)
        allowed = set(range(20, 80)) | {-10}
        kept = [set(clip.flatten().tolist()) - allowed for clip in made]
        # What is not a frame of the clip is the clip's mean: one value for each clip.
        self.assertTrue(all(len(others) <= 1 for others in kept))
        full = (made[:, 0, :, 0] != -10).all(dim=1)
        self.assertTrue(full.any() and not full.all(), "some are repeated, not all")

    def test_a_clip_of_silence_stays_what_it_is(self) -> None:
        silence = torch.full((4, 1, 60, 10), -10.0)
        torch.testing.assert_close(augmented(silence), silence)


class MetricsTests(unittest.TestCase):
    def test_scores_by_hand(self) -> None:
        counts = confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 3)
        self.assertEqual(counts.tolist(), [[2, 1, 0], [0, 1, 0], [0, 0, 0]])
        # Recalls 2/3 and 1; F1 4/5 and 2/3; the class that does not occur does not count.
        self.assertEqual(Scores.of(counts), Scores(ua=83.33, wa=75.0, f1=73.33))


class CommandTests(TempCase):
    def test_one_epoch_of_both_protocols_on_a_tiny_corpus(self) -> None:
        corpus, out = make_corpus(self.folder / "tones"), self.folder / "run"
        arguments = ("--data", corpus, "--out", out, "--epochs", 1, "--threads", 1)
        with command_line(*arguments, "--protocol", "speaker") as output:
            command.main()
        self.assertIn("speaker-02  epoch 1/1", output.getvalue())
        results = json.loads((out / "results.json").read_text())
        self.assertEqual([fold["name"] for fold in results["folds"]], ["speaker-01", "speaker-02"])
        self.assertEqual(sum(map(sum, results["confusion"])), 8)
        self.assertNotIn(str(self.folder), json.dumps(results))
        with command_line(*arguments, "--protocol", "all"):
            command.main()
        self.assertEqual(read_checkpoint(out / "all.pt")["about"]["corpora"], ["tones"])
        with command_line(*arguments, "--fold", 2), self.assertRaisesRegex(UsageError, "folds 1 to 1"):
            command.main()


if __name__ == "__main__":
    unittest.main()

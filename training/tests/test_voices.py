"""Baselines: how training draws them, how tests learn them, and what a model does with them."""

from __future__ import annotations

import copy
import unittest
from unittest import mock

import torch

from sernet import voices
from sernet.architectures import probabilities
from sernet.architectures.normalised import MEMORY, TRUST, Normalised, after
from sernet.graph import VOICE, VOICE_AFTER, onnx_graph, voice_size
from sernet.onnx_eval import OnnxModel

from .made import lively_model, speech_like

SPEAKERS = (("a", "1"),) * 4 + (("a", "2"),) * 4 + (("b", "1"),) * 4


class HomeTests(unittest.TestCase):
    def test_every_clip_is_heard_once_among_its_own(self) -> None:
        for people in (1, 2, 4):
            homes = voices.homes(SPEAKERS, people)
            self.assertEqual(sorted(clip for home in homes for clip in home), list(range(12)))
            for home in homes:
                self.assertEqual(len({SPEAKERS[clip][0] for clip in home}), 1, "no home is of two corpora")
        self.assertEqual(sorted(map(len, voices.homes(SPEAKERS, 1))), [4, 4, 4])
        self.assertEqual(sorted(map(len, voices.homes(SPEAKERS, 2))), [4, 8])

    def test_who_is_left_over_joins_the_last_home(self) -> None:
        three = tuple(("a", str(number)) for number in range(3))
        self.assertEqual([sorted(home) for home in voices.homes(three, 2)], [[0, 1, 2]])

    def test_usual_is_the_mean_of_what_was_heard_before_alone(self) -> None:
        features = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
        usual = voices.usual(features, SPEAKERS, 2)
        for home in voices.homes(SPEAKERS, 2):
            self.assertFalse(usual[home[0]].any())
            for place, clip in list(enumerate(home))[1:]:
                torch.testing.assert_close(
                    usual[clip], torch.cat([features[home[:place]].mean(dim=0), torch.tensor([float(place)])]))

    def test_old_utterances_are_forgotten(self) -> None:
        voice, one = torch.zeros(1, 2), torch.ones(1, 1)
        for _ in range(10 * MEMORY):
            voice = after(-one, voice)
        self.assertEqual(voice[0].tolist(), [-1, MEMORY])
        for _ in range(5 * MEMORY):
            voice = after(one, voice)
        self.assertAlmostEqual(voice[0, 0].item(), 1, delta=0.02)


class ModelTests(unittest.TestCase):
    def setUp(self) -> None:
        self.images = speech_like(12, frames=60, coefficients=20)
        self.model = lively_model("light-sernet-normalised", 4, self.images)
        self.features = voices.features(self.model, self.images)

    def heard(self, voice: torch.Tensor) -> torch.Tensor:
        """Probabilities of the images with a baseline."""
        with torch.no_grad():
            return self.model.heard(self.images, voice)[0].softmax(dim=1)

    def test_a_strange_voice_is_judged_by_itself(self) -> None:
        nothing = torch.zeros(12, self.model.voice_size)
        torch.testing.assert_close(self.heard(nothing), probabilities(self.model, self.images))

    def test_what_is_usual_is_taken_away_as_far_as_it_is_known(self) -> None:
        # The baseline is the clip itself, heard one or more times, so only the untrusted share remains.
        for heard in (1, 3, MEMORY):
            voice = torch.cat([self.features, torch.full((12, 1), float(heard))], dim=1)
            left = TRUST / (heard + TRUST) * self.features
            left[:, 640:] = 0
            with torch.no_grad():
                torch.testing.assert_close(self.model.judged(self.features, voice), self.model.head(left))

    def test_how_loud_a_strange_voice_is_changes_nothing(self) -> None:
        torch.testing.assert_close(probabilities(self.model, self.images + 0.7), probabilities(self.model, self.images))

    def test_the_graph_says_and_learns_the_same(self) -> None:
        graph = onnx_graph(self.model, 60, 20)
        self.assertEqual(voice_size(graph), self.model.voice_size)
        read, voice = OnnxModel(graph), voices.usual(self.features, SPEAKERS, 1)
        tensors = read.tensors(self.images, voice)
        torch.testing.assert_close(tensors["probabilities"], self.heard(voice), rtol=0, atol=1e-5)
        torch.testing.assert_close(tensors[VOICE_AFTER], after(self.features, voice), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(read(self.images), read(self.images, torch.zeros_like(voice)))
        self.assertEqual(list(read.inputs), ["mfcc", VOICE])


class DrawTests(unittest.TestCase):
    TARGETS = torch.arange(13) % 2

    def drawn(self, features: torch.Tensor) -> voices.Voices:
        return voices.Voices(features, (*SPEAKERS, voices.NOBODY), self.TARGETS)

    def test_never_the_clip_itself_nor_another_corpus(self) -> None:
        for clip, others in ((0, set(range(8)) - {0}), (8, set(range(8, 12)) - {8})):
            wrong = torch.tensor([float(place not in others) for place in range(13)])
            drawn = self.drawn(torch.stack([wrong, torch.ones(13)], dim=1).expand(3, 13, 2))
            torch.manual_seed(1)
            made = torch.cat([drawn.usual(torch.tensor([clip])) for _ in range(200)])
            self.assertFalse(made[:, 0].any())
            heard = made[made[:, 2] > 0]
            self.assertTrue(110 < len(heard) < 180, f"{len(heard)} of 200 were heard after others")
            torch.testing.assert_close(heard[:, 1], torch.ones(len(heard)))
            self.assertEqual(heard[:, 2].max().item(), MEMORY)

    def test_recordings_and_variants_are_heard(self) -> None:
        drawn = self.drawn(torch.stack([torch.zeros(13, 1), torch.ones(13, 1)]))
        torch.manual_seed(1)
        made = drawn.usual(torch.zeros(400, dtype=torch.long))
        shares = made[made[:, 1] >= 8, 0]
        self.assertGreater(int((shares == 0).sum()), len(shares) // 4)
        self.assertGreater(int((shares > 0).sum()), len(shares) // 4)

    def test_noise_comes_into_somebodys_home(self) -> None:
        drawn = self.drawn(torch.ones(1, 13, 3))
        torch.manual_seed(1)
        self.assertTrue(any(drawn.usual(torch.tensor([12])).any() for _ in range(20)))


class SettleTests(unittest.TestCase):
    def test_a_head_learns_what_sets_moods_apart_from_what_is_usual(self) -> None:
        # Two moods; the brighter one of one voice equals the darker one of another.
        generator = torch.Generator().manual_seed(1)
        mood, voice = torch.arange(120) % 2, torch.arange(120) // 2 % 3
        tilt = (mood * 0.6 + voice * 0.6)[:, None, None, None] * torch.linspace(-1, 1, 20)
        images = torch.randn(120, 1, 30, 20, generator=generator).cumsum(2) * 0.1 + tilt
        speakers = tuple(("a", str(number)) for number in voice.tolist())
        torch.manual_seed(1)
        model = Normalised(2, 20)
        again = copy.deepcopy(model)
        with mock.patch.object(voices, "STEPS", 120):
            voices.settle(model, images[None], mood, None, speakers, 0.0, seed=1)
            voices.settle(again, images[None], mood, None, speakers, 0.0, seed=1)
        torch.testing.assert_close(again.state_dict(), model.state_dict())

        known = voices.features(model, images)
        torch.testing.assert_close(known.mean(dim=0), torch.zeros(known.shape[1]), rtol=0, atol=1e-3)
        usual = voices.usual(known, speakers, people=1)
        with torch.no_grad():
            right = (model.judged(known, usual).argmax(dim=1) == mood)[usual[:, -1] > 6].float().mean().item()
        self.assertGreater(right, 0.95)


if __name__ == "__main__":
    unittest.main()

"""Learning from labelled utterances: the lesson by hand, the drawn labels, and what the stored numbers reveal."""

from __future__ import annotations

import base64
import json
import unittest
import unittest.mock

import numpy as np
import onnx
import torch

from sernet.athome.judge import JUDGED
from sernet.athome.listeners import ModelListener
from sernet.corpora import Clip, Corpus
from sernet.enrol import attack, trial
from sernet.enrol.household import TRUST, Household, Lesson, features_of, weight_of
from sernet.enrol.streaming import StreamedListener, features_of_card, graph_features, head_of
from sernet.enrol.trial import NEUTRAL, PROTOCOLS, People
from sernet.enrol.usual import some_of_each, to_text, usual_moods
from sernet.onnx_eval import OnnxModel
from sernet.step import step_graph, streamed

from .made import TempCase, lively_model, speech_like


def people(speakers: int = 3, each: int = 6) -> People:
    """Speakers with this many clips of each label, and a model that was not trained on them."""
    count = speakers * each * len(JUDGED)
    images = speech_like(count, frames=60, coefficients=20)
    meant = np.arange(count) % len(JUDGED)
    images += torch.from_numpy(meant).float()[:, None, None, None] * 0.3
    listener = ModelListener(lively_model("light-sernet-normalised", len(JUDGED), images), JUDGED)
    known = listener.known(images)
    features = features_of(listener, known)
    moods = np.stack([features[meant == label].mean(axis=0) for label in range(len(JUDGED))])
    names = tuple(("a", str(place // (each * len(JUDGED)))) for place in range(count))
    return People(listener, known, meant, names, listener.known(speech_like(20, frames=60, coefficients=20)), moods, 20)


class LessonTests(unittest.TestCase):
    MOODS = np.array([[1, 0, 2], [-1, 0.5, 0]])

    def test_a_lesson_by_hand_which_the_daemon_draws_too(self) -> None:
        # LessonTests of SernetStream.Models.Tests has the same numbers.
        sums = np.array([[2, 1, 2], [-0.5, 1, 0.5]])
        lesson = Lesson.of(np.array([1, 0.5]), sums, self.MOODS)
        np.testing.assert_allclose(lesson.usual, [2 / 3, 17 / 12, 4 / 3, 1.5])
        np.testing.assert_allclose(lesson.moves(np.array([[0.5, 1.5, 1]])), [[0.0205499, 0.2439984]], rtol=1e-5)

    def test_a_person_who_sounds_as_everybody_changes_no_answer(self) -> None:
        lesson = Lesson.of(np.array([3.0, 2.0]), np.array([[3.0], [2.0]]) * self.MOODS, self.MOODS)
        np.testing.assert_allclose(lesson.moves(np.ones((2, 3))), 0, atol=1e-12)
        np.testing.assert_allclose(lesson.usual[:-1], self.MOODS.mean(axis=0))

    def test_it_does_not_matter_which_mood_was_labelled(self) -> None:
        voice = np.array([1.0, -2, 0.5])
        for label in (0, 1):
            weights, sums = np.zeros(2), np.zeros((2, 3))
            weights[label], sums[label] = 4, 4 * (self.MOODS[label] + voice)
            np.testing.assert_allclose(Lesson.of(weights, sums, self.MOODS).usual[:-1], self.MOODS.mean(axis=0) + voice)

    def test_a_label_that_is_held_for_impossible_counts_little(self) -> None:
        self.assertAlmostEqual(weight_of(0.25, 4), 0.9)
        self.assertLess(weight_of(0.001, 4), 0.03)
        self.assertEqual((weight_of(1, 4), weight_of(0, 4)), (1, 0))


class HouseholdTests(unittest.TestCase):
    def test_what_is_labelled_is_learnt_and_probabilities_stay_such(self) -> None:
        clips = people()
        household = Household(clips.listener, clips.moods)
        before = household.hear(clips.known)
        place = int(before.argmin(axis=1)[0])
        for _ in range(3):
            household.label(clips.at([0]), place)
        after = household.hear(clips.known)
        self.assertGreater(after[0, place], before[0, place])
        np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)

    def test_the_offset_is_of_the_people_alone(self) -> None:
        clips = people()
        household = Household(clips.listener, clips.moods)
        household.label(clips.at([5]), 1)
        expected = features_of(clips.listener, clips.at([5]))[0] - clips.moods[1]
        np.testing.assert_allclose(household.offset(), expected, atol=1e-5)


class StreamingTests(unittest.TestCase):
    def setUp(self) -> None:
        images = speech_like(40, frames=64, coefficients=16)
        self.model = lively_model("light-sernet-streaming", len(JUDGED), images)
        self.listener = StreamedListener(self.model, JUDGED)
        self.known = self.listener.known(images)
        self.moods = np.stack([features_of(self.listener, self.known)[label::4].mean(axis=0) for label in range(len(JUDGED))])

    def test_it_says_what_the_network_says(self) -> None:
        images = speech_like(40, frames=64, coefficients=16)
        said = Household(self.listener, self.moods, self.listener.head).hear(self.known)
        np.testing.assert_allclose(said, streamed(OnnxModel(step_graph(self.model)), images)[:, -1].numpy(), atol=1e-5)

    def test_the_offset_is_taken_from_the_features(self) -> None:
        weights, offset = np.array([0.0, 3, 1, 0]), np.linspace(-1, 1, self.moods.shape[1])
        lesson = Lesson.of(weights, weights[:, None] * (self.moods + offset), self.moods, pull=0, head=self.listener.head)
        counted = (offset * 4 / (4 + TRUST)).astype(np.float32)
        shifted = self.listener.hear((self.known[0] - torch.from_numpy(counted),), self.known[0])[0]
        logits = self.listener.hear(self.known, self.known[0])[0].log().numpy() + lesson.moves(features_of(self.listener, self.known))
        np.testing.assert_allclose(torch.from_numpy(logits).softmax(dim=1), shifted, atol=1e-5)

    def test_what_is_labelled_is_learnt(self) -> None:
        household = Household(self.listener, self.moods, self.listener.head)
        before = household.hear(self.known)[0]
        for _ in range(10):
            household.label((self.known[0][:1],), 3)
        self.assertGreater(household.hear(self.known)[0][3], before[3])


class TrialTests(unittest.TestCase):
    def test_labels_are_drawn_as_people_give_them_and_no_clip_twice(self) -> None:
        clips = people(each=20)
        may, others = trial.halves(clips, ("a", "0"), seed=1)
        self.assertEqual(len(may), len(others))
        self.assertFalse(set(may) & set(others))
        draw = np.random.Generator(np.random.PCG64(1))
        shares = {}
        for name, draws in PROTOCOLS.items():
            wanted = trial._wanted(clips, Household(clips.listener, clips.moods), may, draws[0](draw), draw, False, 10)
            self.assertEqual(len(set(wanted)), 10)
            self.assertLessEqual(set(wanted), set(may.tolist()))
            shares[name] = (clips.meant[wanted] == NEUTRAL).mean()
        self.assertLess(shares["balanced"], shares["mostlyNeutral"])
        self.assertEqual((shares["enrolled"], shares["lasting"]), (1, 0))
        self.assertEqual(len(PROTOCOLS["lasting"]), len(JUDGED))

    def test_corrections_are_what_is_not_understood(self) -> None:
        clips = people(each=20)
        household = Household(clips.listener, clips.moods)
        may, _ = trial.halves(clips, ("a", "0"), seed=1)
        draw = np.random.Generator(np.random.PCG64(1))
        for place in trial._wanted(clips, household, may, [], draw, True, 10):
            self.assertNotEqual(household.hear(clips.at([place])).argmax(), clips.meant[place])

    def test_in_a_home_of_two_half_of_the_labels_are_of_the_other(self) -> None:
        clips = people(speakers=3, each=4)
        self.assertEqual([trial._housemate(clips, ("a", name)) for name in "012"], [("a", "1"), ("a", "2"), ("a", "0")])
        taught = []
        with unittest.mock.patch.object(Household, "label", lambda household, known, label: taught.append(known[0])):
            trial._judged(clips, trial.Judge(JUDGED), 0.5, *trial.halves(clips, ("a", "0"), 1), PROTOCOLS["balanced"][0], "ofTwo", 6, 0.0, 1)
        own = [any(torch.equal(known[0], clips.known[0][place]) for place in clips.of(("a", "0"))) for known in taught]
        self.assertEqual(own, [True] * 3 + [False] * 3)

    def test_all_figures_are_there(self) -> None:
        results = trial.trial_results([people(speakers=2, each=4)])
        self.assertEqual(results["speakers"], 2)
        self.assertEqual(set(results["balanced"]["10"]), {"right", "someWrong"})
        self.assertEqual(results["untaught"]["labelled"], 0)
        self.assertEqual(results["enrolled"]["5"]["right"]["labelled"], 2, "half of four")
        json.dumps(results)


class AttackTests(unittest.TestCase):
    def test_errors_are_equal_where_the_two_kinds_cross(self) -> None:
        self.assertEqual(attack.equal_error_rate([1, 2, 3], [4, 5, 6]), 0)
        self.assertEqual(attack.equal_error_rate([1, 2, 3, 5], [4, 6, 7, 8]), 0.25)
        self.assertAlmostEqual(attack.equal_error_rate([1, 2, 3, 4], [1, 2, 3, 4]), 0.5)

    def test_people_who_sound_apart_are_told_apart(self) -> None:
        clips = people()
        shifted = clips.known[0].clone()
        for number, speaker in enumerate(dict.fromkeys(clips.speakers)):
            shifted[clips.of(speaker)] += 5 * number * torch.randn(shifted.shape[1], generator=torch.Generator().manual_seed(number))
        apart = People(clips.listener, (shifted,), clips.meant, clips.speakers, clips.everyday, clips.moods, clips.bands)
        results = attack.attack_results([apart])["allFeatures"]
        self.assertLess(results["equalErrorRate"], 10)
        self.assertGreater(results["named"], 90)
        self.assertAlmostEqual(results["namedByChance"], 33.3)

    def test_two_voices_part_and_one_does_not(self) -> None:
        draw = np.random.Generator(np.random.PCG64(1))
        one = draw.normal(size=(8, 64)) * 0.3
        self.assertLess(attack.parting(one), attack.LIMIT)
        self.assertLess(attack.parting(np.zeros((8, 64))), attack.LIMIT)
        two = one + np.repeat([[0.0], [1.0]], 4, axis=0)
        self.assertGreater(attack.parting(two), attack.LIMIT)


class UsualTests(TempCase):
    def test_moods_are_means_over_corpora_of_some_clips_of_each(self) -> None:
        clips = tuple(Clip(f"{place}", JUDGED[place % 4], "1", "", "ab"[place % 3 == 0]) for place in range(240))
        places = some_of_each(Corpus(self.folder, clips, "x"), JUDGED, each=5)
        self.assertEqual(len(places), len(set(places)))
        self.assertEqual(len(places), 4 * 2 * 5)
        self.assertEqual(places, sorted(places), "features come in the order of the corpora")
        moods = usual_moods(np.array([[1.0], [3.0], [10.0]]), ["anger"] * 3, ["a", "a", "b"], ("anger",))
        self.assertEqual(moods.tolist(), [[6.0]])

    def test_a_card_holds_half_precision_numbers_label_by_label(self) -> None:
        text = to_text(np.array([[1.0, -2.0], [0.5, 3.0]]))
        self.assertEqual(np.frombuffer(base64.b64decode(text), "<f2").tolist(), [1, -2, 0.5, 3])


    def test_the_card_of_a_network_that_streams_says_what_its_head_does(self) -> None:
        images = speech_like(12, frames=48, coefficients=64) * 0.5 - 3
        graph = step_graph(lively_model("light-sernet-streaming", len(JUDGED), images))
        onnx.save(graph, str(self.folder / "step.onnx"))
        weight, bias = head_of(self.folder / "step.onnx")
        heard = graph_features(OnnxModel(graph), images)
        said = streamed(OnnxModel(graph), images)[:, -1]
        torch.testing.assert_close((heard @ torch.from_numpy(weight).T + torch.from_numpy(bias)).softmax(dim=1), said, rtol=1e-4, atol=1e-5)

        card = features_of_card(heard, weight, lambda features: features[:len(JUDGED)])
        deviation, head, moods = (np.frombuffer(base64.b64decode(card[key]), "<f2").astype(np.float32) for key in ("deviation", "head", "moods"))
        self.assertEqual((card["sum"], card["count"]), ("state_sum", "state_count"))
        np.testing.assert_allclose(head.reshape(weight.shape) / deviation, weight, rtol=2e-3, atol=1e-3)
        np.testing.assert_allclose(moods.reshape(weight.shape) * deviation, heard[:len(JUDGED)].numpy(), rtol=2e-3, atol=1e-3)


if __name__ == "__main__":
    unittest.main()

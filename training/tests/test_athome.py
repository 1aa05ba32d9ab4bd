"""AT-HOME: streams of clips in a home, listeners, and figures computed by hand."""

from __future__ import annotations

import json
import unittest
from dataclasses import replace
from unittest import mock

import numpy as np
import soundfile
import torch

from sernet import protocols, train, voices
from sernet.athome import __main__ as athome
from sernet.athome import streams, trial
from sernet.athome.judge import JUDGED, Judge, Said, operating_points
from sernet.athome.listeners import GraphListener, ModelListener, heard_alone, heard_in
from sernet.athome.picture import curve_svg
from sernet.athome.streams import Spoken
from sernet.athome.trial import Trial, in_each, through_lines, trial_results
from sernet.card import Card, Unknown
from sernet.corpora import Pool, read_corpus
from sernet.errors import InputError
from sernet.everyday import half_of, read_everyday
from sernet.export import export
from sernet.frontend import FrontEnd
from sernet.graph import onnx_graph
from sernet.onnx_eval import OnnxModel

from .made import TempCase, command_line, lively_model, make_corpus, speech_like

SPOKEN = Spoken(tuple(("a", str(place // 12)) for place in range(48)), tuple(JUDGED[place % 4] for place in range(48)))
"""Four people who say three clips of each label."""


class HalfTests(TempCase):
    def test_a_name_decides_the_half_whatever_else_is_there(self) -> None:
        for name in map(str, range(40)):
            soundfile.write(self.folder / f"{name}.wav", np.zeros(800), 16000)
        training, judging = (read_everyday(self.folder, half) for half in ("training", "judging"))
        self.assertEqual(len(read_everyday(self.folder).clips), 40)
        self.assertFalse({clip.file for clip in training.clips} & {clip.file for clip in judging.clips})
        self.assertEqual(len(training.clips) + len(judging.clips), 40)
        self.assertTrue(10 < len(training.clips) < 30)
        self.assertEqual(half_of("a/7.opus"), half_of("7.wav"))
        self.assertEqual([half_of(name) for name in "0123"], ["judging", "judging", "training", "training"])


class StreamTests(unittest.TestCase):
    def test_a_mood_lasts_from_the_first_utterance_to_the_last(self) -> None:
        for people in (1, 2, 4):
            for each in (None, 50):
                heard = streams.lasting(SPOKEN, people, JUDGED, each)
                self.assertEqual(len(heard), 4 * 4 // people)
                for stream in heard:
                    said = {(SPOKEN.speakers[clip], SPOKEN.labels[clip]) for clip in stream}
                    self.assertEqual(len(said), people, "each person is in one mood")
                    self.assertEqual(len(stream), people * (each or 3))
        once = [clip for stream in streams.lasting(SPOKEN, 2, JUDGED, None) for clip in stream]
        self.assertEqual(sorted(once), list(range(48)))

    def test_most_is_neutral_and_moods_come_in_runs(self) -> None:
        heard = streams.mostly_neutral(SPOKEN, 1, ("anger", "sadness"), each=4000)
        labels = [SPOKEN.labels[clip] for clip in heard[0]]
        self.assertAlmostEqual(labels.count("neutral") / 4000, 0.85, delta=0.04)
        self.assertEqual(set(labels), {"neutral", "anger", "sadness"})
        ends = sum(now != "neutral" and after == "neutral" for now, after in zip(labels, labels[1:]))
        self.assertAlmostEqual((4000 - labels.count("neutral")) / ends, streams.MOOD_RUN, delta=0.6)

    def test_who_has_no_neutral_clip_is_left_out(self) -> None:
        self.assertEqual(streams.mostly_neutral(Spoken((("a", "1"),), ("anger",)), 1, ("anger",)), [])


class ListenerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.images = speech_like(48, frames=60, coefficients=20)
        self.model = lively_model("light-sernet-normalised", 4, self.images)

    def test_a_graph_and_its_model_hear_the_same_in_homes(self) -> None:
        heard = streams.balanced(SPOKEN, 2)
        model = ModelListener(self.model, JUDGED)
        card = Card("x", None, JUDGED, FrontEnd(), 1.0, Unknown())
        graph = GraphListener(card, OnnxModel(onnx_graph(self.model, 60, 20)))
        for one, other in zip(heard_in(model, model.known(self.images), heard),
                              heard_in(graph, graph.known(self.images), heard)):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-4)
        # The expensive part must not run again for every home.
        self.assertLess(sum(part[0].numel() for part in graph.known(self.images)), 2000)

    def test_streams_are_heard_as_the_voices_module_hears_homes(self) -> None:
        listener = ModelListener(self.model, JUDGED)
        known, heard = listener.known(self.images), streams.balanced(SPOKEN, 4)
        usual = voices.usual(known[0], SPOKEN.speakers, 4)
        with torch.no_grad():
            wanted = self.model.judged(known[0], usual).softmax(dim=1)
        for stream, said in zip(heard, heard_in(listener, known, heard)):
            torch.testing.assert_close(said, wanted[stream], rtol=0, atol=1e-5)

    def test_what_is_unknown_is_not_remembered(self) -> None:
        listener = ModelListener(self.model, JUDGED)
        known = listener.known(self.images)
        said = heard_in(listener, known, [list(range(12))], Unknown(confidence_below=1.0))[0]
        torch.testing.assert_close(said, heard_alone(listener, known)[:12])

    def test_a_model_without_memory_says_the_same_everywhere(self) -> None:
        listener = ModelListener(lively_model(classes=4), JUDGED)
        known = listener.known(speech_like(12))
        torch.testing.assert_close(heard_in(listener, known, [[3, 1]])[0], heard_alone(listener, known)[[3, 1]])


class JudgeTests(unittest.TestCase):
    JUDGE = Judge(JUDGED)

    def said(self, *rows: tuple[float, float, float, float], meant: tuple[int, ...]) -> Said:
        return Said(np.array(rows), np.array(meant), np.array(["a"] * len(rows)))

    def test_thresholds_keep_a_rate_and_no_more(self) -> None:
        everyday = np.array([[place / 100, 0, 1 - place / 100, 0] for place in range(100)])
        for rate in (1, 5, 10, 50):
            self.assertEqual(self.JUDGE.false_moods(everyday, self.JUDGE.threshold(everyday, rate)), rate)
        self.assertEqual(self.JUDGE.false_moods(everyday[:10], self.JUDGE.threshold(everyday[:10], 5)), 0)
        self.assertEqual(self.JUDGE.threshold(everyday, 100), 0.0)

    def test_recall_by_hand(self) -> None:
        said = self.said((.6, .2, .1, .1), (.4, .1, .4, .1), (.1, .7, .1, .1), (.8, .1, .1, 0), (0, 0, .1, .9), meant=(0, 0, 1, 1, 2))
        self.assertEqual(self.JUDGE.recalls(said, 0.5), {"anger": 50.0, "happiness": 50.0})
        self.assertEqual(self.JUDGE.recall(said, 0.4), 75.0)

    def test_corpora_weigh_alike(self) -> None:
        said = Said(np.array([[1.0, 0, 0, 0]] * 4), np.array([0, 0, 0, 1]), np.array(["a", "a", "a", "b"]))
        self.assertEqual(self.JUDGE.recall(said, 0.5), 50.0)
        self.assertEqual(self.JUDGE.scores(said), {"ua": 50.0, "wa": 50.0})

    def test_a_promised_rate_is_about_kept_on_speech_it_was_not_chosen_on(self) -> None:
        draw = np.random.Generator(np.random.PCG64(1))
        everyday = draw.dirichlet((1, 1, 4, 1), size=2000)
        said = Said(draw.dirichlet((3, 1, 1, 1), size=100), np.zeros(100, int), np.array(["a"] * 100))
        for point in operating_points(self.JUDGE, [said], [everyday]):
            self.assertAlmostEqual(point["falseMoodsKept"], point["falseMoods"], delta=0.5)

    def test_a_rate_that_is_kept_in_each_kind_of_ordinary_speech_is_that_of_the_hardest(self) -> None:
        class Given:
            """Says the probabilities that it is given."""
            labels, memory = JUDGED, 0

            def hear(self, known, memory):
                return known[0], memory

        def answers(surest: float) -> torch.Tensor:
            anger = torch.linspace(0, surest, 101)[1:]
            return torch.stack([anger, 0 * anger, 1 - anger, 0 * anger], dim=1)

        spoken = Spoken((("a", "x"),) * 100, ("anger",) * 100)
        near = Trial(Given(), spoken, (answers(1.0),), (answers(0.2),), None, ((answers(0.6),),))
        points = {point["falseMoods"]: point for point in in_each([near], ["orders", "prompts"])}
        self.assertEqual(points[5]["falseMoodsIn"], {"orders": 0.0, "prompts": 5.0})
        self.assertAlmostEqual(points[5]["threshold"], 0.95 * 0.6, delta=1e-3)
        self.assertEqual(points[5]["recall"], 43.0)  # of a hundredth to 1, those above 0.57
        worse = replace(near, everyday=(answers(1.0),))
        line = through_lines([near], [worse], ["orders", "prompts"])
        self.assertEqual((line["falseMoods"], line["inEach"]["falseMoodsIn"]), (81.0, {"orders": 43.0, "prompts": 5.0}))

    def test_a_model_that_takes_a_mood_for_the_person_is_found_out(self) -> None:
        class Forgetful:
            """Right at first, and less certain with every utterance in its memory."""
            labels, memory = JUDGED, 1

            def hear(self, known, memory):
                right = torch.nn.functional.one_hot(known[0], 4).float()
                share = 1 / (1 + memory)
                return right * share + (1 - share) * torch.tensor([0.0, 0, 1, 0]), memory + 1

        meant = torch.tensor([JUDGED.index(label) for label in SPOKEN.labels])
        results = trial_results([Trial(Forgetful(), SPOKEN, (meant,), (torch.full((40,), 2),))])
        self.assertEqual(results["recallAtFive"]["mean"], 100.0)
        lasting = results["lasting"]["of1"]
        self.assertEqual((lasting["firstAlone"]["ua"], lasting["lastAlone"]["ua"], lasting["last"]["ua"]), (100.0, 100.0, 25.0))
        self.assertLess(lasting["last"]["ua"], lasting["first"]["ua"])
        self.assertLess(results["mostlyNeutral"]["of2"]["adapted"]["wa"], results["mostlyNeutral"]["of2"]["alone"]["wa"])
        self.assertIn("100.0 % at 5", curve_svg({"x": results}))


class CommandTests(TempCase):
    def test_a_corpus_without_the_moods_is_refused(self) -> None:
        corpus = make_corpus(self.folder / "tones")
        with self.assertRaisesRegex(InputError, "no clip of tones has the label happiness"), \
                command_line("--model", "x.json", "--data", corpus, "--everyday", corpus, "--results", self.folder / "r.json"):
            athome.main()
        self.assertFalse((self.folder / "r.json").exists())

    def test_folds_are_judged_on_what_they_have_not_heard_and_exported_files_too(self) -> None:
        corpus, ordinary, out = self.folder / "tones", self.folder / "orders", self.folder / "run"
        make_corpus(corpus, clips_each=2)
        table = (corpus / "labels.csv").read_text().splitlines()
        labels = iter(JUDGED * 4)  # each speaker's four clips have the four labels
        (corpus / "labels.csv").write_text("\n".join([table[0], *(",".join([row.split(",")[0], next(labels), *row.split(",")[2:]])
                                                                  for row in table[1:])]))
        self.enterContext(mock.patch.object(trial, "PEOPLE", (1,)))
        self.enterContext(mock.patch.object(voices, "STEPS", 5))
        ordinary.mkdir()
        for name in "0123":
            soundfile.write(ordinary / f"{name}.wav", np.random.default_rng(int(name)).normal(size=16000) * 0.1, 16000)
        with command_line("--data", corpus, "--out", out, "--epochs", 1, "--protocol", "speaker-groups", "--architecture",
                          "light-sernet-normalised"), mock.patch.object(protocols, "GROUPS", 2):
            train.main()
        given = ("--data", corpus, "--everyday", ordinary, ordinary, "--results", self.folder / "r.json", "--features", out)
        with command_line("--checkpoints", *sorted(out.glob("group-*.pt")), *given, "--lines", "gsm",
                          "--figure", self.folder / "r.svg") as output, mock.patch.object(protocols, "GROUPS", 2):
            athome.main()
        results = json.loads((self.folder / "r.json").read_text())
        self.assertEqual((results["everyday"]["alone"]["clips"], results["heardInTraining"]), (2, False))
        self.assertEqual(results["elsewhere"]["orders"]["falseMoods"], 0.0)
        self.assertEqual(set(results["lines"]["gsm"]), {"ua", "wa", "recallAtFive", "falseMoods", "inEach"})
        self.assertNotIn(str(self.folder), json.dumps(results))
        self.assertIn("| r |", output.getvalue())
        self.assertIn("<svg", (self.folder / "r.svg").read_text())
        card = export(out / "group-1.pt", [Pool.of([read_corpus(corpus)])], out, "tones", ("fp32",))[1]
        with command_line("--model", card, *given):
            athome.main()
        exported = json.loads((self.folder / "r.json").read_text())
        self.assertTrue(exported["heardInTraining"])
        self.assertEqual(exported["balanced"].keys(), results["balanced"].keys())


if __name__ == "__main__":
    unittest.main()

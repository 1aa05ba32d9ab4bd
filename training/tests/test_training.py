"""Training: it learns, its seed alone decides the result, and an interruption does not change it."""

from __future__ import annotations

import json
import math
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import soundfile
import torch
from torch.nn import functional

from sernet import calibrate, run_experiments
from sernet import train as command
from sernet.augment import CROPS, augmented, cropped
from sernet.errors import InputError, UsageError
from sernet.losses import NO_ANSWER, loss_of, smoothed
from sernet.metrics import Scores, confusion, mean_and_interval
from sernet.recipe import RECIPES, Recipe
from sernet.results import read_results
from sernet.trainer import Clips, _Run, read_checkpoint, train, trained_model

from .made import TempCase, command_line, make_corpus, speech_like

RESULTS = Path(__file__).resolve().parents[1] / "results"
ABOUT = {"architecture": "light-sernet", "labels": ["anger", "sadness"], "shape": [48, 40]}


class CutOff(Exception):
    """Stands for the kill signal."""


class TrainerTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        torch.set_num_threads(1)
        self.clips = Clips(speech_like(12, frames=48).unflatten(0, (2, 6)), torch.tensor([0, 1] * 3))

    def _train(self, name: str, recipe: Recipe, stop_after: int | None = None, judge: Clips | None = None):
        def report(progress) -> None:
            if progress.epoch == stop_after:
                raise CutOff

        return train(self.clips, recipe, ABOUT, self.folder / name, report, judge, save_every=2)

    def test_a_training_cut_off_ends_with_the_same_weights(self) -> None:
        for name, recipe, judge in (
                ("plain", Recipe(epochs=5, batch=4, warm_up=1), None),
                ("all", Recipe(epochs=5, batch=4, warm_up=1, average=0.9, mixup=0.3, styles=0.5, precision="bf16",
                               loss="focal"), self.clips.chosen((0, 3)))):
            with self.subTest(name):
                whole = self._train(f"{name}-whole.pt", recipe, judge=judge)
                with self.assertRaises(CutOff):
                    self._train(f"{name}-cut.pt", recipe, stop_after=3, judge=judge)
                self.assertEqual(read_checkpoint(self.folder / f"{name}-cut.pt")["epoch"], 2)
                resumed = self._train(f"{name}-cut.pt", recipe, judge=judge)
                self.assertEqual(resumed.epoch, whole.epoch)
                for key, values in whole.model.state_dict().items():
                    self.assertTrue(torch.equal(values, resumed.model.state_dict()[key]), key)
                served = trained_model(self.folder / f"{name}-cut.pt")[0].state_dict()
                self.assertTrue(torch.equal(served["head.weight"], whole.model.head.weight))

    def test_initial_weights_are_taken_where_they_can_be(self) -> None:
        first = self._train("first.pt", Recipe(epochs=1)).model
        other = {**ABOUT, "labels": ["boredom", *reversed(ABOUT["labels"])]}
        # With a learning rate of zero, the initial weights are the result.
        begun = train(self.clips, Recipe(epochs=1, learning_rate=0), other, self.folder / "second.pt",
                      initial=self.folder / "first.pt").model
        torch.testing.assert_close(begun.body[0].conv.weight, first.body[0].conv.weight)
        torch.testing.assert_close(begun.head.weight[1:], first.head.weight.flip(0))
        with self.assertRaisesRegex(UsageError, "give the same --architecture"):
            train(self.clips, Recipe(epochs=1), {**ABOUT, "architecture": "tim-net"}, self.folder / "third.pt",
                  initial=self.folder / "first.pt")

    def test_a_head_is_fitted_again_at_the_end_unless_the_recipe_leaves_it(self) -> None:
        clips = replace(self.clips, speakers=[("corpus", name) for name in "aabbcc"])
        heads = {}
        for settled in (True, False):
            recipe, checkpoint = Recipe(epochs=2, batch=4, average=0.9, settled=settled), self.folder / f"{settled}.pt"
            heads[settled] = train(clips, recipe, {**ABOUT, "architecture": "light-sernet-streaming"}, checkpoint).model.head.weight
            served = trained_model(checkpoint)[0].head.weight
            self.assertTrue(torch.equal(served, heads[settled]))
        learnt = read_checkpoint(self.folder / "False.pt")["average"]["head.weight"]
        self.assertTrue(torch.equal(heads[False], learnt))
        self.assertFalse(torch.equal(heads[True], learnt))

    def test_clips_are_drawn_as_they_weigh(self) -> None:
        heavy = replace(self.clips, weights=torch.tensor([1.0, 0, 0, 0, 0, 0]))
        run = _Run(heavy, Recipe(draws=50), ABOUT, "cpu", None)
        self.assertEqual(run._order().tolist(), [0] * 50)

    def test_the_seed_decides(self) -> None:
        first, second = (self._train(f"{seed}.pt", Recipe(epochs=1, seed=seed)).model for seed in (1, 2))
        self.assertFalse(torch.equal(first.head.weight, second.head.weight))

    def test_the_epoch_that_is_best_on_the_judge_is_kept(self) -> None:
        seen = []
        trained = train(self.clips, Recipe(epochs=6, batch=4, warm_up=1), ABOUT, self.folder / "a.pt",
                        seen.append, self.clips)
        scores = [(told.judged.wa, told.judged.ua) for told in seen]
        self.assertEqual(trained.epoch, 1 + scores.index(max(scores)))

    def test_the_average_is_between_the_weights_it_is_of(self) -> None:
        recipe = Recipe(epochs=3, batch=4, warm_up=1, average=0.9)
        averaged = self._train("a.pt", recipe).model.head.weight
        last = read_checkpoint(self.folder / "a.pt")["model"]["head.weight"]
        self.assertFalse(torch.equal(averaged, last))
        self.assertLess((averaged - last).abs().max().item(), last.abs().max().item())

    def test_styles_are_mixed_only_where_there_is_a_place_for_it(self) -> None:
        mixed = self._train("mixed.pt", Recipe(epochs=1, styles=1)).model.head.weight
        self.assertFalse(torch.equal(mixed, self._train("plain.pt", Recipe(epochs=1)).model.head.weight))
        with self.assertRaisesRegex(UsageError, "tim-net has no paths that meet"):
            train(self.clips, Recipe(epochs=1, styles=1), {**ABOUT, "architecture": "tim-net"}, self.folder / "t.pt")

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
        self.assertEqual(Recipe(epochs=3, warm_up=3).rate(3), Recipe().learning_rate)

    def test_the_papers_rate_falls_every_twenty_epochs_from_the_fiftieth(self) -> None:
        rate = RECIPES["light-sernet-paper"].rate
        self.assertEqual([rate(at) for at in (1, 50)], [1e-4, 1e-4])
        for epoch, steps in ((51, 1), (70, 1), (71, 2), (300, 13)):
            self.assertAlmostEqual(rate(epoch), 1e-4 * math.exp(-0.15 * steps), places=12)

    def test_recipes_that_make_no_sense_are_refused(self) -> None:
        for wrong in ({"loss": "hinge"}, {"schedule": "steps"}, {"epochs": 0}, {"batch": 1},
                      {"precision": "fp8"}):
            with self.subTest(wrong), self.assertRaisesRegex(UsageError, "^recipe: "):
                Recipe(**wrong)


class LossTests(unittest.TestCase):
    LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
    TARGETS = torch.tensor([0, 2])

    def test_cross_entropy_and_focal_are_pytorchs_and_by_hand(self) -> None:
        for smoothing in (0.0, 0.1):
            ours = loss_of(self.LOGITS, smoothed(self.TARGETS, 3, smoothing), "cross-entropy")
            torch.testing.assert_close(ours, functional.cross_entropy(
                self.LOGITS, self.TARGETS, label_smoothing=smoothing))
        p = self.LOGITS.softmax(dim=1)[torch.arange(2), self.TARGETS]
        focal = loss_of(self.LOGITS, smoothed(self.TARGETS, 3, 0.0), "focal")
        torch.testing.assert_close(focal, (-(1 - p) ** 2 * p.log()).mean())
        torch.testing.assert_close(
            loss_of(self.LOGITS, smoothed(self.TARGETS, 3, 0.1), "focal", gamma=0.0),
            loss_of(self.LOGITS, smoothed(self.TARGETS, 3, 0.1), "cross-entropy"))

    def test_a_tie_between_two_classes_costs_ln_2(self) -> None:
        tie = torch.zeros(1, 2)
        self.assertAlmostEqual(loss_of(tie, torch.tensor([[1.0, 0.0]]), "cross-entropy").item(),
                               math.log(2), places=6)
        self.assertAlmostEqual(loss_of(tie, torch.tensor([[1.0, 0.0]]), "focal").item(),
                               math.log(2) / 4, places=6)

    def test_shares_sum_to_one(self) -> None:
        torch.testing.assert_close(smoothed(torch.tensor([1]), 4, 0.2),
                                   torch.tensor([[0.05, 0.85, 0.05, 0.05]]))
        torch.testing.assert_close(smoothed(torch.tensor([NO_ANSWER, 0]), 2, 0.0), torch.tensor([[0.5, 0.5], [1, 0]]))


class AugmentTests(unittest.TestCase):
    def test_frames_are_moved_or_repeated_and_masked_but_never_made_up(self) -> None:
        torch.manual_seed(0)
        frames = torch.full((8, 1, 100, 10), -10.0)
        frames[:, :, 20:80] = torch.arange(20.0, 80)[:, None]
        made = augmented(frames)
        self.assertEqual(made.shape, frames.shape)
        allowed = set(range(20, 80)) | {-10}
        kept = [set(clip.flatten().tolist()) - allowed for clip in made]
        # Masked values are the clip's mean: one value for each clip.
        self.assertTrue(all(len(others) <= 1 for others in kept))
        full = (made[:, 0, :, 0] != -10).all(dim=1)
        self.assertTrue(full.any() and not full.all(), "some are repeated, not all")

    def test_a_clip_of_silence_stays_what_it_is(self) -> None:
        silence = torch.full((4, 1, 60, 10), -10.0)
        torch.testing.assert_close(augmented(silence), silence)

    def test_a_crop_is_nothing_but_the_clip_or_all_of_it(self) -> None:
        torch.manual_seed(0)
        frames = torch.full((8, 1, 120, 10), -10.0)
        frames[:, :, 20:85] = torch.arange(20.0, 85)[:, None]
        lengths = set()
        for _ in range(30):
            made = cropped(frames)
            lengths.add(made.shape[2])
            for clip in made[:, 0, :, 0]:
                heard = clip[clip != -10]
                self.assertTrue(len(heard) == min(65, len(clip)), "no speech is lost while there is room for it")
                torch.testing.assert_close(heard, heard[0] + torch.arange(float(len(heard))))
        self.assertEqual(lengths, {int(120 * share) for share in CROPS})


class MetricsTests(unittest.TestCase):
    def test_scores_by_hand(self) -> None:
        counts = confusion(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), 3)
        self.assertEqual(counts.tolist(), [[2, 1, 0], [0, 1, 0], [0, 0, 0]])
        # Recalls 2/3 and 1; F1 4/5 and 2/3; a class without clips does not count.
        self.assertEqual(Scores.of(counts), Scores(ua=83.33, wa=75.0, f1=73.33))

    def test_interval_by_hand(self) -> None:
        # Deviation √2 · 5, over √2, times the 97.5 % point of one degree of freedom.
        self.assertEqual(mean_and_interval([60.0, 70.0]), {"mean": 65.0, "interval95": 63.53})
        self.assertEqual(mean_and_interval([60.0]), {"mean": 60.0})


class CommandTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        self.corpus, self.out = make_corpus(self.folder / "tones"), self.folder / "run"

    def _run(self, *words: object) -> str:
        with command_line("--data", self.corpus, "--out", self.out, "--epochs", 1, *words) as output:
            command.main()
        return output.getvalue()

    def _noises(self, names: str) -> Path:
        folder = self.folder / "noise"
        folder.mkdir()
        for name in names:
            soundfile.write(folder / f"{name}.wav", np.random.default_rng(1).normal(size=8000) * 0.1, 16000)
        return folder

    def _results(self) -> dict:
        return json.loads((self.out / "results.json").read_text())

    def test_one_epoch_on_a_tiny_corpus_and_no_fold_twice(self) -> None:
        self.assertIn("speaker-02  epoch 1/1", self._run("--protocol", "speaker-last", "--int8"))
        results = self._results()
        self.assertEqual([fold["name"] for fold in results["folds"]], ["speaker-01", "speaker-02"])
        self.assertEqual(sum(map(sum, results["confusion"])), 8)
        self.assertEqual(sum(sum(map(sum, fold["int8"]["confusion"])) for fold in results["folds"]), 8)
        self.assertIn("ua", results["int8"]["mean"])
        self.assertNotIn(str(self.folder), json.dumps(results))
        self.assertEqual(self._run("--protocol", "speaker-last", "--int8"), "")

    def test_folds_side_by_side_come_to_the_same(self) -> None:
        self._run("--protocol", "speaker-last", "--folds", "2,1", "--side-by-side", 2)
        together = self._results()
        (self.out / "results.json").unlink()
        for file in self.out.glob("*.pt"):
            file.unlink()
        self._run("--protocol", "speaker-last")
        self.assertEqual(self._results(), together)

    def test_another_command_does_not_write_over_results(self) -> None:
        self._run("--protocol", "speaker-last")
        with self.assertRaisesRegex(UsageError, "written by another command"):
            self._run("--protocol", "speaker-last", "--loss", "focal")

    def test_all_speakers_other_corpora_and_variants(self) -> None:
        other = make_corpus(self.folder / "others")
        self._run("--also", other, "--variants", 3)
        about = read_checkpoint(self.out / "all.pt")["about"]
        self.assertEqual((about["corpora"], about["variants"]), (["tones", "others"], "home-3-1-0"))
        with self.assertRaisesRegex(UsageError, "there is no fold 2"):
            self._run("--folds", 2)

    def test_noise_is_what_no_label_is_right_for(self) -> None:
        noises = self._noises("abcd")
        with self.assertRaisesRegex(UsageError, "give --noise and at least --variants 2"):
            self._run("--unsure", 0.2, "--noise", noises)
        with self.assertRaisesRegex(UsageError, "from 0 to below 1"):
            self._run("--unsure", 1, "--noise", noises, "--variants", 2)
        with mock.patch("sernet.experiment.train", side_effect=CutOff) as training, self.assertRaises(CutOff):
            self._run("--unsure", 0.2, "--noise", noises, "--variants", 2)
        learnt = training.call_args.args[0]
        noise = learnt.targets == NO_ANSWER
        self.assertEqual((int(noise.sum()), learnt.images.shape[:2]), (2, (2, 2 * 2 * 2 + 2)))
        self.assertAlmostEqual(float(learnt.weights[noise].sum() / learnt.weights.sum()), 0.2, places=5)

    def test_the_training_half_of_ordinary_speech_is_learnt_as_neutral(self) -> None:
        ordinary = self._noises("0123")  # 2 and 3 of them are for training
        with self.assertRaisesRegex(UsageError, "learnt as neutral"):
            self._run("--everyday", ordinary)
        (self.corpus / "labels.csv").write_text((self.corpus / "labels.csv").read_text().replace("sadness,", "neutral,"))
        with mock.patch("sernet.experiment.train", side_effect=CutOff) as training, self.assertRaises(CutOff):
            self._run("--everyday", ordinary, "--everyday-share", 0.3)
        learnt, about = training.call_args.args[0], training.call_args.args[2]
        self.assertEqual(about["everyday"], ["noise", 0.3])
        spoken = 2 * 2 * 2
        self.assertEqual(learnt.targets[spoken:].tolist(), [about["labels"].index("neutral")] * 4)  # the middle, and the loudest part
        self.assertAlmostEqual(float(learnt.weights[spoken:].sum() / learnt.weights.sum()), 0.3, places=5)
        self.assertEqual(len(learnt.speakers), spoken + 4)

    def test_folds_of_other_recordings_are_done_again(self) -> None:
        self._run("--protocol", "speaker-last")
        before = self._results()
        self.assertEqual(list(before["data"]), ["tones"])
        with (self.corpus / "audio" / "01-anger-0.wav").open("ab") as file:
            file.write(bytes(4))
        with self.assertRaisesRegex(UsageError, "training with other settings"):
            self._run("--protocol", "speaker-last")
        for checkpoint in self.out.glob("*.pt"):
            checkpoint.unlink()
        self.assertIn("epoch 1/1", self._run("--protocol", "speaker-last"))
        self.assertEqual(self._results()["data"]["tones"], [8, before["data"]["tones"][1] + 4])

    def test_a_pool_is_judged_by_some_labels_in_a_room_and_calibrated(self) -> None:
        others = make_corpus(self.folder / "others", speakers=4)
        noise = self._noises("abc")
        words = ("--data", self.corpus, others, "--out", self.out, "--epochs", 1)
        with command_line(*words, "--protocol", "corpus", "--judged", "anger", "--noise", noise,
                          "--condition", 0.3, 10, "--int8"):
            command.main()
        results = self._results()
        self.assertEqual([fold["name"] for fold in results["folds"]], ["corpus-tones", "corpus-others"])
        self.assertEqual((results["labels"], results["confusion"]), (["anger"], [[12]]))
        self.assertEqual(results["condition"]["pooled"]["ua"], 100)
        with command_line(*words[:-3], self.folder / "groups", "--epochs", 1, "--protocol", "speaker-groups"):
            command.main()
        grouped = json.loads((self.folder / "groups" / "results.json").read_text())
        self.assertEqual(list(grouped["byCorpus"]), ["tones", "others"])
        self.assertAlmostEqual(grouped["meanOfCorpora"], np.mean([scores["ua"] for scores in grouped["byCorpus"].values()]))
        with command_line("--answers", self.out, "--results", self.folder / "c.json",
                          "--figure", self.folder / "c.svg") as output:
            calibrate.main()
        self.assertIn("accuracy 100.0", output.getvalue())
        self.assertIn("<svg", (self.folder / "c.svg").read_text())

    def test_a_campaign_does_what_is_left_to_do(self) -> None:
        job = run_experiments.Job("tones-light-sernet", "--protocol speaker-last --epochs 1", 2, ("tones",))
        words = ("--datasets", self.folder, "--out", self.out, "--results", self.folder / "results")
        with mock.patch.object(run_experiments, "jobs", lambda: [job]):
            with command_line(*words, "--list") as output:
                run_experiments.main()
            self.assertTrue(output.getvalue().startswith("0/2  tones-light-sernet"))
            with command_line(*words):
                run_experiments.main()
            with command_line(*words, "--list") as output:
                run_experiments.main()
            self.assertTrue(output.getvalue().startswith("2/2"))
            with command_line(*words, "--only", "nothing"), self.assertRaisesRegex(UsageError, "no job"):
                run_experiments.main()

    def test_every_job_of_the_campaign_is_a_command_that_exists(self) -> None:
        for job in run_experiments.jobs():
            with self.subTest(job.name), command_line(
                    "--data", "x", *job.options.split()):
                self.assertTrue(command.parsed_options())

    def test_the_results_that_are_kept_are_of_the_campaigns_jobs(self) -> None:
        with command_line("--datasets", "."):
            options = run_experiments._options()
        for job in run_experiments.jobs():
            file = RESULTS / f"{job.name}.json"
            if not file.exists():
                continue
            with self.subTest(job.name):
                kept = read_results(file)
                made = command.parsed_options(run_experiments.arguments(job, options))
                self.assertEqual(kept["command"], command.command_of(made))
                self.assertEqual([fold["fold"] for fold in kept["folds"]], made.folds)


if __name__ == "__main__":
    unittest.main()

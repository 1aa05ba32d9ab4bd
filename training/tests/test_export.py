"""Export: the files that ship equal the trained model, and int8 stays close to fp32."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import numpy as np
import onnx
import torch

from sernet import classify, train
from sernet.card import Unknown, card_of, read_card
from sernet.corpora import read_corpus
from sernet.errors import InputError, UsageError
from sernet.export import add_points, export
from sernet.architectures import WINDOWED, probabilities
from sernet.graph import onnx_graph
from sernet.half import fp16_model
from sernet.onnx_eval import OnnxModel, read_onnx
from sernet.quantize import int8_model

from .made import (EMODB, NEEDS_EMODB, TempCase, command_line, lively_model, make_corpus,
                   speech_like)

TRAINING = Path(__file__).resolve().parents[1]
SHIPPED = TRAINING.parent / "src" / "SernetStream.Models" / "BuiltIn"


class GraphTests(unittest.TestCase):
    def setUp(self) -> None:
        self.model, self.images = lively_model(), speech_like(16)
        self.fp32 = onnx_graph(self.model, 184, 40)
        self.int8 = int8_model(self.fp32, self.images.split(8))

    def test_fp32_agrees_with_pytorch(self) -> None:
        torch.testing.assert_close(OnnxModel(self.fp32)(self.images),
                                   probabilities(self.model, self.images), rtol=0, atol=1e-5)

    def test_int8_is_close_to_fp32(self) -> None:
        difference = OnnxModel(self.int8)(self.images) - probabilities(self.model, self.images)
        self.assertLess(difference.abs().max().item(), 0.05)
        self.assertGreater(difference.abs().max().item(), 0, "something was quantised")

    def test_int8_has_the_form_that_runtimes_fuse(self) -> None:
        graph = self.int8.graph
        makers = {node.output[0]: node for node in graph.node}
        readers = {name: [node.op_type for node in graph.node if name in node.input]
                   for name in makers}
        kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
        convolutions = [node for node in graph.node if node.op_type == "Conv"]
        # Eight convolutions of the model. The pools at 92, 46 and 6 frames have only whole windows, so they are
        # three more; the pool at 23 has not.
        self.assertEqual(len(convolutions), 11)
        for node in convolutions:
            if node.input[0] == "mfcc":
                self.assertTrue(set(node.input[1:]) <= set(kinds), "the first three stay float")
                continue
            sources = [makers[name] for name in node.input]
            self.assertEqual({source.op_type for source in sources}, {"DequantizeLinear"})
            self.assertEqual([kinds.get(source.input[0]) for source in sources],
                             [None, onnx.TensorProto.INT8, onnx.TensorProto.INT32][:len(sources)])
        for node in graph.node:
            inner = ".body." in node.name and node.op_type in ("Relu", "AveragePool")
            if inner or node.op_type == "Concat":
                self.assertEqual(readers[node.output[0]], ["QuantizeLinear"], node.name)

    def test_fp16_is_half_as_large_and_close(self) -> None:
        fp16 = fp16_model(self.fp32)
        self.assertLess(fp16.ByteSize(), 0.52 * self.fp32.ByteSize())
        torch.testing.assert_close(OnnxModel(fp16)(self.images), OnnxModel(self.fp32)(self.images),
                                   rtol=0, atol=5e-3)

    def test_every_architecture_exported_agrees_with_pytorch(self) -> None:
        for name in WINDOWED:
            with self.subTest(name):
                model, images = lively_model(name), speech_like(4)
                fp32 = onnx_graph(model, 184, 40)
                wanted = probabilities(model, images)
                self.assertGreater(wanted.std(dim=0).max().item(), 0.005, "the images are told apart")
                torch.testing.assert_close(OnnxModel(fp32)(images), wanted, rtol=0, atol=1e-5)
                int8 = OnnxModel(int8_model(fp32, images.split(2)))(images)
                torch.testing.assert_close(int8, wanted, rtol=0, atol=0.1)
                kinds = {node.op_type for node in fp32.graph.node}
                self.assertFalse(kinds & {"Shape", "Pad", "Identity", "Constant", "BatchNormalization"})

    def test_interface_is_what_the_card_says(self) -> None:
        for model in (self.fp32, self.int8):
            self.assertEqual((model.ir_version, model.opset_import[0].version), (8, 13))
            shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
                      for value in (*model.graph.input, *model.graph.output)}
            self.assertEqual(shapes, {"mfcc": [1, 1, 184, 40], "probabilities": [1, 7]})

    def test_evaluator_refuses_images_of_another_shape(self) -> None:
        with self.assertRaisesRegex(InputError, r"takes \[1, 1, 184, 40\]"):
            OnnxModel(self.fp32)(torch.zeros(1, 1, 434, 40))


class ExportTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        self.corpus = make_corpus(self.folder / "tones")
        with command_line("--data", self.corpus, "--out", self.folder / "run", "--epochs", 1):
            train.main()

    def _export(self, name: str) -> list[Path]:
        return export(self.folder / "run" / "all.pt", [read_corpus(self.corpus)], self.folder / name)

    def test_the_same_checkpoint_gives_the_same_bytes(self) -> None:
        first, second = self._export("a"), self._export("b")
        self.assertEqual([path.name for path in first],
                         [f"light-sernet-tones-{precision}{end}" for precision in ("fp32", "fp16", "int8")
                          for end in (".onnx", ".json")])
        self.assertEqual([path.read_bytes() for path in first],
                         [path.read_bytes() for path in second])

    def test_classify_prints_a_line_for_each_file_in_order(self) -> None:
        card = self._export("a")[1]
        with command_line("--model", card, "--data", self.corpus) as output:
            classify.main()
        lines = [json.loads(line) for line in output.getvalue().splitlines()]
        self.assertEqual([line["file"] for line in lines],
                         [clip.file for clip in read_corpus(self.corpus).clips])
        for line in lines:
            self.assertEqual(list(line["probabilities"]), ["anger", "sadness"])
            self.assertEqual(line["confidence"], line["probabilities"][line["emotion"]])
            self.assertEqual(line["seconds"], 1.5)

    def test_a_card_whose_model_is_gone_or_another_is_refused(self) -> None:
        onnx_file, card = self._export("a")[:2]
        onnx_file.write_bytes(onnx_file.read_bytes()[:-1])
        with self.assertRaisesRegex(InputError, "sha256"):
            read_card(card)
        with self.assertRaisesRegex(InputError, "not an ONNX model"):
            read_onnx(onnx_file)
        onnx_file.unlink()
        with self.assertRaisesRegex(InputError, "is not there"):
            read_card(card)
        card.write_text('{"schema": 1, "colour": "blue"}')
        with self.assertRaisesRegex(InputError, "the key 'architecture' is missing"):
            read_card(card)

    def test_another_corpus_is_refused(self) -> None:
        other = make_corpus(self.folder / "others")
        with self.assertRaisesRegex(UsageError, "trained on tones, not on others"):
            export(self.folder / "run" / "all.pt", [read_corpus(other)], self.folder)

    def test_a_fold_that_left_a_corpus_out_does_not_say_that_it_heard_it(self) -> None:
        corpora = [make_corpus(self.folder / name) for name in ("bells", "horns")]
        with command_line("--data", *corpora, "--out", self.folder / "run", "--epochs", 1, "--protocol", "corpus", "--folds", 1):
            train.main()
        checkpoint = self.folder / "run" / "corpus-bells.pt"
        with self.assertRaisesRegex(UsageError, "trained on horns, not on bells"):
            export(checkpoint, [read_corpus(corpora[0])], self.folder)
        card = json.loads(export(checkpoint, [read_corpus(corpora[1])], self.folder, "x", ("fp32",))[1].read_text())
        self.assertEqual((card["training"]["corpora"], card["training"]["protocol"]), (["horns"], "corpus-bells"))

    def test_exit_codes(self) -> None:
        def run(*words: str) -> tuple[int, str]:
            done = subprocess.run([sys.executable, "-m", "sernet.classify", *words], cwd=TRAINING,
                                  capture_output=True, text=True)
            return done.returncode, done.stderr.strip().splitlines()[-1]

        card = str(self._export("a")[1])
        self.assertEqual(run("--model", card)[0], 2)
        code, sentence = run("--model", card, str(self.folder / "gone.wav"))
        self.assertEqual(code, 3)
        self.assertRegex(sentence, "^error: .*gone.wav could not be read")


class CardTests(TempCase):
    ABOUT = {"architecture": "light-sernet", "labels": ["anger", "sadness"],
             "frontEnd": {"preset": "light-sernet"}, "corpora": ["tones"], "protocol": "all", "fold": "all",
             "recipe": {"epochs": 1, "seed": 1}}

    def test_calibration_is_written_where_there_is_one(self) -> None:
        plain = card_of("m", b"", "fp32", self.ABOUT, "none")
        self.assertEqual(plain["temperature"], 1.0)
        self.assertNotIn("unknown", plain)
        self.assertNotIn("languages", plain["training"])
        card = card_of("m", b"", "fp32", self.ABOUT, "none", temperature=1.7,
                       unknown=Unknown(0.5, 0.9), languages=["German"])
        self.assertEqual(card["temperature"], 1.7)
        self.assertEqual(card["unknown"], {"confidenceBelow": 0.5, "entropyAbove": 0.9})
        self.assertEqual(card["training"]["languages"], ["German"])
        half = card_of("m", b"", "fp32", self.ABOUT, "none", unknown=Unknown(entropy_above=0.8))
        self.assertEqual(half["unknown"], {"entropyAbove": 0.8})

    def test_numbers_that_the_daemon_would_refuse_are_refused(self) -> None:
        for bad in (0, -1, 1.01, float("nan")):
            with self.assertRaisesRegex(ValueError, "greater than 0"):
                Unknown(confidence_below=bad)
            with self.assertRaisesRegex(ValueError, "greater than 0"):
                Unknown(entropy_above=bad)
        for bad in (0, 101, float("nan")):
            with self.assertRaisesRegex(ValueError, "temperature"):
                card_of("m", b"", "fp32", self.ABOUT, "none", temperature=bad)

    def test_a_card_with_the_optional_keys_is_read(self) -> None:
        path = self.folder / "m.json"
        path.with_suffix(".onnx").write_bytes(b"x")
        card = card_of("m", b"x", "fp32", self.ABOUT, "none", unknown=Unknown(0.5))
        path.write_text(json.dumps(card | {"arousal": {"anger": 1.0}}), encoding="utf-8")
        read = read_card(path)
        self.assertEqual(read.labels, ("anger", "sadness"))
        self.assertEqual(read.unknown, Unknown(0.5))
        self.assertEqual(read.calibrated([0.8, 0.2]), [0.8, 0.2])

    def test_unknown_and_temperature_are_as_in_the_daemon(self) -> None:
        self.assertFalse(Unknown().holds([0.5, 0.5]))
        self.assertTrue(Unknown(confidence_below=0.51).holds([0.5, 0.5, 0, 0]))
        self.assertFalse(Unknown(confidence_below=0.5).holds([0.5, 0.5, 0, 0]))
        self.assertTrue(Unknown(entropy_above=0.49).holds([0.5, 0.5, 0, 0]))
        self.assertFalse(Unknown(entropy_above=0.51).holds([0.5, 0.5, 0, 0]))
        path = self.folder / "m.json"
        path.with_suffix(".onnx").write_bytes(b"x")
        path.write_text(json.dumps(card_of("m", b"x", "fp32", self.ABOUT, "none", temperature=2.0)))
        np.testing.assert_allclose(read_card(path).calibrated([0.8, 0.2]), [2 / 3, 1 / 3])


class OperatingPointTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        for ending in (".json", ".onnx"):
            shutil.copy(SHIPPED / f"light-sernet-home-int8{ending}", self.folder)
        self.card, self.reports = self.folder / "light-sernet-home-int8.json", self.folder / "reports.jsonl"

    def _reports(self, *recalls: float, **changes: object) -> None:
        point = {"falseEmotions": 5, "falseEmotionsKept": 4.9, "threshold": 0.8}
        self.reports.write_text("".join(json.dumps({
            "model": "light-sernet-home-int8", "trainedOn": index == 0, "everyday": {
                "name": "commands", "utterances": 288, "operatingPoints": [{**point, "recall": recall, **(changes if index else {})}]}})
            + "\n" for index, recall in enumerate(recalls)))

    def test_they_are_written_into_the_card_and_nothing_else_changes(self) -> None:
        before = json.loads(self.card.read_text())
        self._reports(50, 61)
        add_points(self.card, self.reports)
        after = json.loads(self.card.read_text())
        self.assertEqual(after.pop("operatingPoints"), {
            "ordinarySpeech": "commands", "clips": 288, "speakersHeard": True,
            "points": [{"falseEmotions": 5, "falseEmotionsKept": 4.9, "threshold": 0.8, "recall": 55.5}]})
        before.pop("operatingPoints")
        self.assertEqual(after, before)
        read_card(self.card)

    def test_the_card_that_ships_has_those_that_were_measured(self) -> None:
        before = self.card.read_bytes()
        add_points(self.card, TRAINING / "results" / "home-streamed.jsonl")
        self.assertEqual(self.card.read_bytes(), before)

    def test_what_judges_another_model_or_nothing_is_refused(self) -> None:
        before = self.card.read_bytes()
        self._reports(50)
        another = self.reports.read_text().replace("light-sernet-home-int8", "another")
        self._reports(50, 61, threshold=0.7)
        mixed = self.reports.read_text()
        for wrong, why in ((another, "judges another"), (mixed, "thresholds differ"), ("", "nothing that"), ("{}", "nothing that"), ("{", "holds no reports")):
            self.reports.write_text(wrong)
            with self.assertRaisesRegex(InputError, why):
                add_points(self.card, self.reports)
        self.assertEqual(self.card.read_bytes(), before)

    def test_the_command_says_what_is_missing(self) -> None:
        for arguments, missing in ((["--card", "a.json"], "--operating-points is missing"), (["--checkpoint", "a.pt"], "--data is missing")):
            run = subprocess.run([sys.executable, "-m", "sernet.export", *arguments], cwd=TRAINING, capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 2)
            self.assertIn(missing, run.stderr)


class ShippedTests(unittest.TestCase):
    def test_cards_and_sizes(self) -> None:
        for precision, megabytes in (("fp32", 2.0), ("int8", 0.6)):
            card = read_card(SHIPPED / f"light-sernet-emodb-{precision}.json")
            self.assertEqual(len(card.labels), 7)
            self.assertEqual(list(card.labels), sorted(card.labels))
            self.assertLess(card.onnx.stat().st_size, megabytes * 1e6)
            self.assertEqual(read_onnx(card.onnx).inputs,
                             {"mfcc": (1, 1, card.front_end.frames, card.front_end.coefficients)})

    def test_the_free_model_names_every_licence_and_each_allows_any_use(self) -> None:
        written = json.loads((SHIPPED / "light-sernet-free-int8.json").read_text())
        self.assertEqual(written["training"]["licence"], "EMO-DB: CC0-1.0; BanglaSER: CC BY 4.0; commands: Apache-2.0")
        self.assertFalse(written["operatingPoints"]["speakersHeard"])

    @NEEDS_EMODB
    def test_int8_keeps_the_label_of_fp32(self) -> None:
        corpus = read_corpus(EMODB)
        files = [(clip.file, corpus.path(clip)) for clip in corpus.clips[::10]]
        fp32, int8 = ([result["emotion"] for result in classify.classify(
            read_card(SHIPPED / f"light-sernet-emodb-{precision}.json"), files)]
            for precision in ("fp32", "int8"))
        self.assertGreaterEqual(np.mean([a == b for a, b in zip(fp32, int8)]), 0.97)


if __name__ == "__main__":
    unittest.main()

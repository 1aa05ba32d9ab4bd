"""The network that streams: step by step it gives what it gives at once, at any level, and its cost is that of a step."""

from __future__ import annotations

import unittest
from unittest.mock import patch

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from sernet.architectures import build, probabilities
from sernet.architectures.streaming import SILENCE, STEP, RunningNormalisation, Streaming, whole_steps
from sernet.athome.listeners import SlidingListener
from sernet.augment import preceded
from sernet.card import card_of
from sernet.costs import costs_of
from sernet.errors import UsageError
from sernet.export import exported
from sernet.frontends import FRONT_ENDS
from sernet.graph import FEATURES, onnx_graph
from sernet.onnx_eval import OnnxModel
from sernet.recipe import Recipe
from sernet.step import AFTER, int8_step, is_step, step_graph, streamed, streaming_of
from sernet.trainer import Clips, train
from sernet.voices import adapts

from .made import TempCase, lively_model, speech_like

BANDS, FRAMES = 64, 10 * STEP


def spoken(clips: int) -> torch.Tensor:
    """Log-mel images that change over time."""
    return speech_like(clips, FRAMES, BANDS) * 0.5 - 3


class NormalisationTests(unittest.TestCase):
    def setUp(self) -> None:
        self.frames, self.net = spoken(4).squeeze(1), RunningNormalisation(BANDS)
        self.net.fit(spoken(4))
        self.zero = torch.zeros(4, BANDS + 4)

    def test_by_its_equations(self) -> None:
        normalised, state = self.net(self.frames, self.zero)
        prior, spread = self.net.prior.double().numpy(), float(self.net.spread)
        keep, sums, square, total, most, peak = 1 - 1 / 500, np.zeros(BANDS), 0.0, 0.0, 0.0, 0.0
        for frame, wanted in zip(self.frames[1].double().numpy(), normalised[1].numpy()):
            weight = np.exp(frame.mean())
            most, peak = max(keep * most, weight), max(keep * peak, np.exp(frame.max()))
            frame = np.maximum(frame, np.log(peak) - 7)
            sums, square = keep * sums + weight * frame, keep * square + weight * (frame ** 2).mean()
            total = keep * total + weight
            usual, trust = np.log(most) + prior, 8 * most
            mean = (sums + trust * usual) / (total + trust)
            second = (square + trust * ((usual ** 2).mean() + spread ** 2)) / (total + trust)
            deviation = np.sqrt(second - (mean ** 2).mean() + 0.01)
            np.testing.assert_allclose(wanted, np.clip((frame - mean) / deviation, -4, 4), atol=1e-3)
        np.testing.assert_allclose(state[1].numpy(), [*sums, square, total, most, peak], rtol=1e-4)

    def test_a_frame_is_final_when_it_arrives(self) -> None:
        whole, last = self.net(self.frames, self.zero)
        parts, state = [], self.zero
        for length in (1, 15, 16, 33, 95):
            part, state = self.net(self.frames[:, sum(map(lambda done: done.shape[1], parts)):][:, :length], state)
            parts.append(part)
        torch.testing.assert_close(torch.cat(parts, dim=1), whole, rtol=0, atol=1e-4)
        torch.testing.assert_close(state, last, rtol=1e-4, atol=1e-5)

    def test_the_level_makes_no_difference(self) -> None:
        for decibels in (-50, 20):
            louder = self.frames + decibels / 20 * np.log(10)
            torch.testing.assert_close(self.net(louder, self.zero)[0], self.net(self.frames, self.zero)[0], rtol=0, atol=2e-3)

    def test_speech_outweighs_the_quiet_before_it(self) -> None:
        quiet = self.frames[:, :80] - 6
        after = self.net(torch.cat([quiet, self.frames], dim=1), self.zero)[0][:, 80 + 40:]
        alone = self.net(self.frames, self.zero)[0][:, 40:]
        self.assertLess((after - alone).abs().mean().item(), 0.1 * alone.abs().mean().item())


class StepTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.images = spoken(6)
        cls.model = lively_model(Streaming.architecture, 4, cls.images)
        cls.model.standardisation.fit(cls.model.features(cls.images).detach())
        cls.fp32 = step_graph(cls.model)
        cls.int8 = int8_step(cls.fp32, cls.images)

    def test_all_steps_together_are_the_model(self) -> None:
        said = streamed(OnnxModel(self.fp32), self.images)
        for steps in (1, 3, 10):
            torch.testing.assert_close(said[:, steps - 1], probabilities(self.model, self.images[:, :, :steps * STEP]),
                                       rtol=0, atol=1e-4)

    def test_int8_is_close_to_fp32(self) -> None:
        said, wanted = (streamed(OnnxModel(graph), self.images) for graph in (self.int8, self.fp32))
        self.assertLess((said - wanted)[:, -1].abs().max().item(), 0.1)
        self.assertLess((said - wanted).abs().mean().item(), 0.02)
        self.assertTrue(any(node.op_type == "QuantizeLinear" for node in self.int8.graph.node))

    def test_frames_by_step_and_at_once_are_the_same_to_the_bit_in_int8(self) -> None:
        model = lively_model(Streaming.architecture, 4, self.images)
        model.normalisation = _Given(BANDS)
        images = (self.images * 8).round() / 8
        said, levels = {}, {}
        for steps in (1, 2, 5):
            graph = _whole_numbers(int8_step(step_graph(model, steps), images))
            levels = levels or {tensor.name: tensor for tensor in graph.graph.initializer if _is_of_levels(tensor.name)}
            for tensor in graph.graph.initializer:
                tensor.CopyFrom(levels.get(tensor.name, tensor))
            *_, last = _run(OnnxModel(graph), images)
            said[steps] = last
        for steps in (2, 5):
            self.assertEqual(said[1].keys(), said[steps].keys())
            for name, values in said[1].items():
                self.assertTrue(torch.equal(values, said[steps][name]), name)
        self.assertGreater(said[1]["state_sum_out"].std(dim=0).max().item(), 0.1, "the images are told apart")

    def test_a_sum_that_fades_forgets(self) -> None:
        graph = OnnxModel(self.fp32)
        other = torch.cat([self.images.flip(0), self.images], dim=2)
        near, far = ((streamed(graph, other, keep)[:, -1] - streamed(graph, self.images, keep)[:, -1]).abs().max().item()
                     for keep in (0.5, 1.0))
        self.assertLess(near, far)

    def test_a_listener_that_slides_hears_a_clip_behind_others(self) -> None:
        graph, before = OnnxModel(self.fp32), self.images[:2]
        heard, = SlidingListener(graph, tuple("abcd"), before, 0.9).known(self.images)
        behind = torch.cat([before.repeat(3, 1, 1, 1), self.images], dim=2)
        torch.testing.assert_close(heard, streamed(graph, behind, 0.9)[:, -1])

    def test_the_card_names_the_states(self) -> None:
        about = {"architecture": Streaming.architecture, "labels": ["a", "b", "c", "d"], "frontEnd": FRONT_ENDS["home"].to_json(),
                 "corpora": ["none"], "protocol": "all", "fold": "all", "recipe": {"epochs": 0, "seed": 3}}
        card = card_of("name", b"", "int8", about, "none", streaming=streaming_of(self.int8))
        self.assertEqual(card["frontEnd"]["level"], "none")
        self.assertEqual(card["input"], {"name": "features", "layout": "steps"})
        shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
                  for value in (*self.int8.graph.input, *self.int8.graph.output)}
        self.assertEqual(shapes[FEATURES], [1, card["streaming"]["frames"], BANDS])
        for state in card["streaming"]["states"]:
            self.assertEqual(shapes[state["input"]], state["shape"])
            self.assertEqual(shapes[state["output"]], state["shape"])
        self.assertIsNone(streaming_of(onnx_graph(lively_model(), 184, 40)))

    def test_a_step_costs_an_eighth_of_three_seconds(self) -> None:
        window = build("light-sernet-normalised", 4, BANDS).eval()
        whole = costs_of(window, onnx_graph(window, 147, BANDS).graph).mflops
        self.assertLess(costs_of(self.model, self.fp32.graph).mflops, whole / 8)


class TrainingTests(TempCase):
    def test_it_begins_with_a_network_of_windows(self) -> None:
        images, targets = spoken(8)[None], torch.arange(8) % 4
        clips = Clips(images, targets, torch.ones(8), (("corpus", "somebody"),) * 8)
        about = {"architecture": "light-sernet-normalised", "labels": list("abcd"), "shape": [FRAMES, BANDS]}
        first = train(clips, Recipe(epochs=1, batch=4, learning_rate=1e-3), about, self.folder / "window.pt").model
        made = train(clips, Recipe(epochs=1, batch=4, learning_rate=0), {**about, "architecture": Streaming.architecture},
                     self.folder / "streaming.pt", initial=self.folder / "window.pt").model
        self.assertFalse(adapts(made))
        torch.testing.assert_close(made.body[3].conv.weight, first.body[3].conv.weight)
        self.assertFalse(torch.equal(made.normalisation.prior, RunningNormalisation(BANDS).prior))
        graphs = exported(made, (FRAMES, BANDS), images[0])
        self.assertEqual(set(graphs), {"fp32", "int8"})
        self.assertTrue(is_step(OnnxModel(graphs["int8"])))
        torch.testing.assert_close(streamed(OnnxModel(graphs["fp32"]), images[0])[:, -1], probabilities(made, images[0]),
                                   rtol=0, atol=1e-4)


    def test_it_learns_to_hear_behind_others(self) -> None:
        images = spoken(6)
        with patch("sernet.augment.HISTORY", (4,)):
            behind, heard = preceded(images, STEP)
        self.assertEqual(heard, 4 * STEP)
        torch.testing.assert_close(behind[:, :, heard:], images)
        # The end of what another says, louder or quieter by one number.
        louder = behind[:, :, :heard] - images.roll(1, dims=0)[:, :, -heard:]
        self.assertLess((louder - louder[:, :, :1, :1]).abs().max().item(), 1e-4)
        self.assertLess(louder.abs().max().item(), 0.71)
        model = Streaming(4, BANDS).eval()
        torch.testing.assert_close(model(behind), model(behind, heard=0))
        rows = model.seen(model.normalisation(whole_steps(behind[:, 0]), torch.zeros(6, BANDS + 4))[0][:, None])
        expected = model.judged(model.standardisation(model.pooled(rows[:, :, 4:])))
        torch.testing.assert_close(model(behind, heard), expected)
        clips = Clips(images[None], torch.arange(6) % 4)
        about = {"architecture": Streaming.architecture, "labels": list("abcd"), "shape": [FRAMES, BANDS]}
        weights = [train(clips, Recipe(epochs=1, batch=3, history=share), about, self.folder / f"{share}.pt").model.head.weight
                   for share in (0.0, 1.0)]
        self.assertFalse(torch.equal(*weights))
        with self.assertRaisesRegex(UsageError, "light-sernet does not stream"):
            train(clips, Recipe(epochs=1, history=1), {**about, "architecture": "light-sernet"}, self.folder / "window.pt")

    def test_a_short_clip_comes_around_again_before_others(self) -> None:
        images = torch.full((2, 1, 160, BANDS), SILENCE)
        images[:, :, 60:80] = torch.arange(20.0)[:, None]
        with patch("sernet.augment.LOUDER", 0.0), patch("sernet.augment.HISTORY", (3,)):
            before = preceded(images, STEP)[0][:, :, :48]
        self.assertTrue(torch.equal(before[0, 0, :, 0], torch.tensor([*range(12, 20), *range(20), *range(20)], dtype=torch.float32)))


class _Given(nn.Module):
    """Frames as they are, so that arithmetic with them is exact."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.prior = torch.zeros(bands)

    def forward(self, frames: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return frames.clamp(-4, 4), state.clamp(max=1)


def _whole_numbers(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with numbers whose products and sums are exact in single precision, in any order, as integers are."""
    scales = {name for node in graph.graph.node if node.op_type.endswith("Linear") for name in node.input[1:2]}
    first = {name for node in graph.graph.node if node.op_type == "Conv" for name in node.input[1:]}
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name in scales:
            values = np.exp2(np.ceil(np.log2(values)))
        elif tensor.name in first:
            values = np.round(values * 64) / 64
        tensor.CopyFrom(numpy_helper.from_array(np.asarray(values, numpy_helper.to_array(tensor).dtype), tensor.name))
    return graph


def _is_of_levels(name: str) -> bool:
    return name.rsplit(".", 1)[-1] in ("levels", "scale", "zero")


def _run(graph: OnnxModel, images: torch.Tensor):
    """The outputs after each step."""
    names = [name for name in graph.inputs if name != FEATURES]
    length, states = graph.inputs[FEATURES][1], [torch.zeros(len(images), *graph.inputs[name][1:]) for name in names]
    for frames in images.squeeze(1).split(length, dim=1):
        tensors = graph.tensors(frames, *states)
        states = [tensors[name + AFTER] for name in names]
        yield {name: tensors[name] for name in graph.outputs}


if __name__ == "__main__":
    unittest.main()

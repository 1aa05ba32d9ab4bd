"""The architectures: their shapes, their costs, and their documented properties."""

from __future__ import annotations

import unittest

import torch

from sernet.architectures import ARCHITECTURES, build, probabilities
from sernet.architectures.blocks import Block, StyleMixing, attended
from sernet.architectures.light_sernet import LightSerNet
from sernet.architectures.tim_net import TimNet
from sernet.costs import costs_of, main
from sernet.errors import UsageError
from sernet.graph import onnx_graph

from .made import command_line, lively_model, speech_like


def parameters(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


class LightSerNetTests(unittest.TestCase):
    def test_cost_is_the_papers(self) -> None:
        model = LightSerNet(7).eval()
        # The paper says 322 MFLOPs and 1.6 MB at 3 s, 760 and 3.8 MB at 7 s.
        for frames, mflops, megabytes in ((184, 322, 1.6), (434, 760, 3.8)):
            costs = costs_of(model, onnx_graph(model, frames, 40).graph)
            self.assertEqual(round(costs.parameters, -3), 462_000)
            self.assertAlmostEqual(costs.mflops, mflops, delta=2)
            self.assertAlmostEqual(costs.peak_kilobytes * 1024 / 1e6, megabytes, delta=0.1)
            # By hand: 11 frames of the widest path, then 3×3 and pools at growing strides.
            self.assertEqual(costs.receptive_frames, 11 + 1 + 2 * 2 + 2 + 4 * 2 + 4 + 8 * 2 + 8 + 16 * 2 + 16)
            self.assertEqual(costs.receptive_coefficients, 9 + 1 + 2 * 2 + 2 + 4 * 2 + 4 + 8 * 2 + 8 * 2)

    def test_each_input_has_a_line_of_the_table(self) -> None:
        with command_line("--architectures", "tim-net", "--inputs", "log-mel", "mfcc", "--seconds", "1") as output:
            main()
        cells = [[cell.strip() for cell in line.split("|")[1:5]] for line in output.getvalue().splitlines()[2:]]
        self.assertEqual(cells, [["tim-net", "log-mel", "1 s, 59 × 128", "111,438"],
                                 ["tim-net", "mfcc", "1 s, 59 × 40", "104,574"]])

    def test_parameters_are_the_sum_of_the_layers(self) -> None:
        weights = 32 * (11 + 9 + 9) + 9 * (96 * 64 + 64 * 96 + 96 * 128 + 128 * 160) + 160 * 320
        norms = 2 * (3 * 32 + 64 + 96 + 128 + 160 + 320)
        self.assertEqual(parameters(LightSerNet(7)), weights + norms + 321 * 7)

    def test_images_shrink_as_in_the_paper(self) -> None:
        model, image = LightSerNet(7).eval(), torch.zeros(1, 1, 184, 40)
        paths = torch.cat([path(image) for path in model.paths], dim=1)
        shapes = [tuple(paths.shape[1:])]
        for block in model.body:
            paths = block(paths)
            shapes.append(tuple(paths.shape[1:]))
        self.assertEqual(shapes, [(96, 92, 20), (64, 46, 10), (96, 23, 5), (128, 12, 5),
                                  (160, 6, 5), (320, 6, 5)])

    def test_seven_seconds_fit_too(self) -> None:
        self.assertEqual(LightSerNet(4).eval()(torch.zeros(2, 1, 434, 40)).shape, (2, 4))

    def test_pooling_averages_real_elements_only(self) -> None:
        pool = Block(1, 1, (1, 1), (2, 1)).pool
        column = torch.tensor([1.0, 3.0, 5.0]).reshape(1, 1, 3, 1)
        self.assertEqual(pool(column).flatten().tolist(), [2, 5])

    def test_probabilities_do_not_depend_on_the_batch(self) -> None:
        images, model = speech_like(5), lively_model()
        together = probabilities(model, images)
        torch.testing.assert_close(together.sum(dim=1), torch.ones(5))
        torch.testing.assert_close(probabilities(model, images, batch=2), together)


class AllTests(unittest.TestCase):
    def test_each_takes_any_length_and_learns(self) -> None:
        for name in ARCHITECTURES:
            with self.subTest(name):
                torch.manual_seed(1)
                model = build(name, 4, 20)
                self.assertEqual(getattr(model, "architecture"), name)
                for frames in (184, 434):
                    self.assertEqual(model.eval()(torch.zeros(2, 1, frames, 20)).shape, (2, 4))
                model.train()(speech_like(4, frames=60, coefficients=20)).square().sum().backward()
                silent = [key for key, value in model.named_parameters() if value.grad is None]
                self.assertEqual(silent, [], "every weight takes part")

    def test_an_unknown_one_is_refused(self) -> None:
        with self.assertRaisesRegex(UsageError, "use one of light-sernet"):
            build("vgg", 7, 40)

    def test_modifications_stand_where_they_should(self) -> None:
        selective = build("light-sernet-selective-attention", 7, 40)
        self.assertEqual([len(list(path.children())) for path in selective.paths], [2, 4, 2])
        separable = build("light-sernet-depthwise-separable", 7, 40)
        self.assertEqual(separable.body[0].depthwise.groups, 96)
        self.assertLess(parameters(separable), parameters(LightSerNet(7)))
        skip = build("light-sernet-skip", 7, 40)
        self.assertEqual(len(skip.around_body), len(skip.body) - 1)

    def test_attention_by_its_equation(self) -> None:
        torch.manual_seed(0)
        query, key, value = torch.randn(3, 4), torch.randn(3, 4), torch.randn(3, 6)
        weights = torch.stack([torch.exp(query[i] @ key.T / 2) for i in range(3)])
        expected = weights @ value / weights.sum(dim=1, keepdim=True)
        torch.testing.assert_close(attended(query[None], key[None], value[None])[0], expected)

    def test_styles_are_mixed_and_what_is_said_stays(self) -> None:
        torch.manual_seed(0)
        mixing, image = StyleMixing(share=1), torch.randn(16, 3, 40, 5) * torch.rand(16, 3, 1, 5) + torch.randn(16, 3, 1, 5)
        self.assertIs(mixing.eval()(image), image)
        mixed = mixing.train()(image)

        def of(maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return maps.mean(dim=2, keepdim=True), maps.std(dim=2, keepdim=True)
        (mean, deviation), (mixed_mean, mixed_deviation) = of(image), of(mixed)
        torch.testing.assert_close((mixed - mixed_mean) / mixed_deviation, (image - mean) / deviation, rtol=1e-3, atol=1e-3)
        # All styles of a clip use one share and one partner, so the clip moves towards one other clip and not past it.
        for clip in range(16):
            moves = (mixed_mean[clip] - mean[clip]).flatten()
            ways = (mean - mean[clip]).flatten(1)
            shares = (ways @ moves) / (ways * ways).sum(dim=1).clamp(min=1e-9)
            rest = (moves - shares[:, None] * ways).norm(dim=1)
            best = rest.argmin()
            self.assertLess(rest[best].item(), 1e-3)
            self.assertTrue(-1e-3 <= shares[best] <= 1 + 1e-3)

    def test_tim_net_hears_no_future_in_one_direction(self) -> None:
        branch, sequence = lively_model("tim-net").ahead, torch.randn(1, 40, 50)
        later = sequence.clone()
        later[:, :, 30:] += 1
        with torch.no_grad():
            first, second = branch.first(sequence), branch.first(later)
            for level in branch.levels:
                first, second = level(first), level(second)
        torch.testing.assert_close(first[:, :, :30], second[:, :, :30])
        self.assertFalse(torch.equal(first[:, :, 30:], second[:, :, 30:]))

    def test_tim_net_has_the_papers_dilations(self) -> None:
        dilations = [level.blocks[0].conv.dilation[0] for level in TimNet(7).ahead.levels]
        self.assertEqual(dilations, [1, 2, 4, 8, 16, 32, 64, 128])

    def test_the_shuffled_branch_keeps_one_order_when_it_serves(self) -> None:
        model, images = lively_model("tim-net-improved"), speech_like(2)
        torch.testing.assert_close(model(images), model(images), rtol=0, atol=0)


if __name__ == "__main__":
    unittest.main()

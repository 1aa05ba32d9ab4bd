"""The architecture: its shapes, its cost, and that folding batch normalisation changes nothing."""

from __future__ import annotations

import unittest

import torch
from torch.nn import functional

from sernet.graph import folded
from sernet.models import Block, LightSerNet, multiply_adds, parameters, probabilities

from .made import lively_model, speech_like


class LightSerNetTests(unittest.TestCase):
    def test_cost_is_the_papers(self) -> None:
        model = LightSerNet(7)
        self.assertEqual(round(parameters(model), -3), 462_000)
        self.assertEqual(round(multiply_adds(model, 184, 40), -6), 159_000_000)
        self.assertTrue(model.training)

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

    def test_folded_batch_norm_is_exact(self) -> None:
        for block in (lively_model().paths[0], lively_model().body[2]):
            block.double()
            image = torch.randn(2, block.conv.in_channels, 12, 10, dtype=torch.double)
            weight, bias = folded(block.conv, block.norm)
            alone = functional.conv2d(image, weight, bias, padding=block.conv.padding)
            torch.testing.assert_close(alone, block.norm(block.conv(image)), rtol=1e-12, atol=1e-12)

    def test_probabilities_do_not_depend_on_the_batch(self) -> None:
        images, model = speech_like(5), lively_model()
        together = probabilities(model, images)
        torch.testing.assert_close(together.sum(dim=1), torch.ones(5))
        torch.testing.assert_close(probabilities(model, images, batch=2), together)


if __name__ == "__main__":
    unittest.main()

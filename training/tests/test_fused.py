"""The fused step computes the same as PyTorch's layers, to the rounding of bfloat16."""

from __future__ import annotations

import unittest

import torch
from torch import Tensor

from sernet import fused
from sernet.architectures.blocks import Block


@unittest.skipUnless(fused.library(), "needs a C compiler")
class FusedTests(unittest.TestCase):
    def _both(self, image: Tensor, pool: tuple[int, int] | None, relu: bool) -> tuple[list[Tensor], list[Tensor]]:
        """Result, gradients and statistics by PyTorch in float, and fused in bfloat16."""
        torch.manual_seed(1)
        block = Block(image.shape[1], image.shape[1], (1, 1), pool).train()
        with torch.no_grad():
            block.norm.weight.uniform_(0.5, 2)
            block.norm.bias.normal_()
        told, made = None, []
        for is_fused in (False, True):
            block.norm.reset_running_stats()
            block.zero_grad()
            given = (image.bfloat16() if is_fused else image.clone()).requires_grad_()
            if is_fused:
                result = fused.norm_relu_pool(given, block.norm, pool or (1, 1), relu)
            else:
                result = block.norm(given)
                result = block.relu(result) if relu else result
                result = block.pool(result) if pool else result
            told = torch.randn(result.shape).bfloat16().float() if told is None else told
            (result.float() * told).sum().backward()
            made.append([result, given.grad, block.norm.weight.grad.clone(), block.norm.bias.grad.clone(),
                         block.norm.running_mean.clone(), block.norm.running_var.clone()])
        return made[0], made[1]

    def test_it_agrees_with_the_layers_it_replaces(self) -> None:
        # Whole pools, pools cut at both edges, no pool.
        for shape, pool, relu in (((4, 32, 16, 8), (2, 2), True), ((3, 48, 7, 5), (2, 2), True),
                                  ((2, 128, 9, 4), (2, 1), True), ((2, 320, 6, 3), None, True),
                                  ((2, 96, 6, 3), None, False)):
            with self.subTest(shape=shape, pool=pool, relu=relu):
                image = (torch.randn(shape, generator=torch.Generator().manual_seed(2)) * 3 + 1).bfloat16().float()
                theirs, ours = self._both(image, pool, relu)
                for name, one, other in zip(("result", "image", "gain", "offset", "mean", "variance"), theirs, ours):
                    torch.testing.assert_close(other.float(), one, rtol=0.01, atol=0.01, msg=lambda text: f"{name}: {text}")

    def test_the_first_convolution_agrees_too(self) -> None:
        for kernel in ((11, 1), (1, 9), (3, 3)):
            for size in ((24, 12), (13, 7)):
                with self.subTest(kernel=kernel, size=size):
                    torch.manual_seed(3)
                    block, made, told = Block(1, 32, kernel, (2, 2)).train(), [], None
                    image = torch.randn(3, 1, *size) + 0.5
                    for is_fused in (False, True):
                        block.norm.reset_running_stats()
                        block.zero_grad()
                        with torch.autocast("cpu", torch.bfloat16, enabled=is_fused):
                            result = block(image)
                        self.assertEqual(result.dtype, torch.bfloat16 if is_fused else torch.float32)
                        told = torch.randn(result.shape).bfloat16().float() if told is None else told
                        (result.float() * told).sum().backward()
                        made.append([result.detach(), block.conv.weight.grad.clone(), block.norm.weight.grad.clone(),
                                     block.norm.running_mean.clone(), block.norm.running_var.clone()])
                    for one, other in zip(*made):
                        torch.testing.assert_close(other.float(), one, rtol=0.01, atol=0.02)

    def test_other_images_are_left_to_pytorch(self) -> None:
        self.assertTrue(fused.usable(torch.zeros(1, 32, 4, 4, dtype=torch.bfloat16)))
        self.assertFalse(fused.usable(torch.zeros(1, 32, 4, 4)))
        self.assertFalse(fused.usable(torch.zeros(1, 33, 4, 4, dtype=torch.bfloat16)))
        self.assertFalse(fused.usable(torch.zeros(1, 32, 4, dtype=torch.bfloat16)))


if __name__ == "__main__":
    unittest.main()

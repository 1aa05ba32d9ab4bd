"""Muon: its updates are orthogonal, and other weights use AdamW."""

from __future__ import annotations

import unittest

import torch

from sernet.muon import Muon, orthogonal


class OrthogonalTests(unittest.TestCase):
    def test_directions_stay_and_all_weigh_about_alike(self) -> None:
        torch.manual_seed(0)
        for shape in ((8, 30), (30, 8), (16, 16)):
            with self.subTest(shape=shape):
                matrix = torch.randn(shape)
                left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
                seen = left.T @ orthogonal(matrix) @ right.T
                # The smallest singular value of a square matrix may not reach the range in five steps.
                kept = sizes > 0.1 * sizes.max()
                self.assertTrue(((seen.diag()[kept] > 0.6) & (seen.diag()[kept] < 1.3)).all(), seen.diag())
                self.assertLess((seen - seen.diag().diag()).abs().max(), 0.1)  # bfloat16

    def test_no_gradient_moves_nothing(self) -> None:
        torch.testing.assert_close(orthogonal(torch.zeros(4, 6)), torch.zeros(4, 6))


class MuonTests(unittest.TestCase):
    def _stepped(self, kind: type, shape: tuple[int, ...], steps: int = 3) -> torch.Tensor:
        torch.manual_seed(0)
        weight = torch.nn.Parameter(torch.randn(shape))
        optimizer = kind([weight], lr=1e-2, weight_decay=0.1)
        for _ in range(steps):
            optimizer.zero_grad()
            (weight ** 3).sum().backward()
            optimizer.step()
        return weight.detach()

    def test_what_mixes_no_channels_is_adamws(self) -> None:
        for shape in ((5,), (4, 3), (6, 1, 3, 3)):
            with self.subTest(shape=shape):
                torch.testing.assert_close(self._stepped(Muon, shape), self._stepped(torch.optim.AdamW, shape))

    def test_a_kernel_moves_as_far_as_adamw_would_move_it(self) -> None:
        shape = (16, 4, 3, 3)
        torch.manual_seed(0)
        start = torch.randn(shape)
        far = {kind: (self._stepped(kind, shape, 1) - start * (1 - 1e-3)).square().mean().sqrt().item()
               for kind in (Muon, torch.optim.AdamW)}
        # Liu et al. scale to a fifth of AdamW's first step, which is its longest.
        self.assertAlmostEqual(far[Muon] / far[torch.optim.AdamW], 0.2, delta=0.05)

    def test_it_goes_on_where_it_was_saved(self) -> None:
        def moved(optimizer: Muon, weight: torch.Tensor) -> torch.Tensor:
            optimizer.zero_grad()
            (weight ** 2).sum().backward()
            optimizer.step()
            return weight.detach().clone()

        weights = [torch.nn.Parameter(torch.ones(4, 2, 3)) for _ in range(2)]
        first = Muon([weights[0]], lr=1e-2, weight_decay=0.0)
        moved(first, weights[0])
        second = Muon([weights[1]], lr=1e-2, weight_decay=0.0)
        second.load_state_dict(first.state_dict())
        weights[1].data.copy_(weights[0].data)
        torch.testing.assert_close(moved(first, weights[0]), moved(second, weights[1]), rtol=0, atol=0)


if __name__ == "__main__":
    unittest.main()

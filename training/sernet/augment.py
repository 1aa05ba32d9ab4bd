"""Augmentation of MFCC images while training."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 30
"""Most frames a clip is moved by, about half a second."""
REPEATED = 0.5
"""Share of the clips whose padding is filled by repeating the clip."""
TIME_MASKS, TIME_MASK = 2, 24
"""Number of time masks and most frames of each."""
COEFFICIENT_MASK = 6
"""Most coefficients of the coefficient mask."""
PACE, TRACT, PITCH = 0.18, 0.08, 2.5
"""Logarithm of the most a clip is stretched in time and along the bands, and the most bands it is moved by."""


def augmented(mfcc: Tensor) -> Tensor:
    """MFCC [batch, 1, frames, coefficients], each clip moved in time and masked (SpecAugment,
    Park et al. 2019; a mask holds the clip's mean of each coefficient).

    Draws from PyTorch's global generator.
    """
    frames, coefficients = mfcc.shape[2:]
    moved = _moved(mfcc)
    mask = _span(len(mfcc), coefficients, COEFFICIENT_MASK)[:, None, None, :]
    for _ in range(TIME_MASKS):
        mask = mask | _span(len(mfcc), frames, TIME_MASK)[:, None, :, None]
    return torch.where(mask, moved.mean(dim=2, keepdim=True), moved)


def warped(images: Tensor) -> Tensor:
    """Images [batch, 1, frames, bands] of other voices and at other paces: stretched by up to `PACE` in time, and
    by up to `TRACT` and `PITCH` bands along the bands, about their middles (Jaitly & Hinton, "Vocal tract length
    perturbation", ICML workshop 2013, on log-mel images)."""
    batch, bands = len(images), images.shape[3]
    pace = torch.empty(batch).uniform_(-PACE, PACE).exp()
    tract = torch.empty(batch).uniform_(-TRACT, TRACT).exp()
    shift = torch.empty(batch).uniform_(-PITCH, PITCH) * 2 / bands
    zero = torch.zeros(batch)
    # Rows are where the bands (x) and the frames (y) of the result are taken from.
    place = torch.stack([torch.stack([tract, zero, shift], 1), torch.stack([zero, pace, zero], 1)], 1)
    grid = functional.affine_grid(place, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _moved(mfcc: Tensor) -> Tensor:
    """Every clip moved by up to `SHIFT` frames, and some repeated until the segment is full.

    Frames moved in are copies of the edge frame: for a padded clip, the frames of silence it would
    have had there. Repeating is for corpora of short clips, such as two seconds of three: else the
    model would never see a segment full of speech, which the daemon sends it all the time.
    """
    batch, frames = len(mfcc), mfcc.shape[2]
    shift = torch.randint(-SHIFT, SHIFT + 1, (batch, 1))
    speech = (mfcc != mfcc[:, :, :1]).any(dim=3).squeeze(1).long()
    begin = speech.argmax(dim=1, keepdim=True)
    end = frames - speech.flip(1).argmax(dim=1, keepdim=True)
    position = torch.arange(frames) - shift
    repeated = (position - begin).remainder(end - begin) + begin
    source = torch.where(torch.rand(batch, 1) < REPEATED, repeated, position.clamp(0, frames - 1))
    return torch.gather(mfcc, 2, source[:, None, :, None].expand_as(mfcc))


def _span(batch: int, length: int, widest: int) -> Tensor:
    """One random span of at most `widest` in `length` for each clip, bool [batch, length]."""
    width = torch.randint(0, widest + 1, (batch, 1))
    start = (torch.rand(batch, 1) * (length - width + 1)).long()
    position = torch.arange(length)
    return (position >= start) & (position < start + width)

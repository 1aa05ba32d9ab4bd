"""Augmentation of MFCC images while training."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 1 / 6
"""Most that a clip is moved by, of its frames: about half a second of three."""
REPEATED = 0.5
"""Share of the clips whose padding is filled by repeating the clip."""
TIME_MASKS, TIME_MASK = 2, 0.131
"""Number of time masks, and the most of the frames that each takes."""
COEFFICIENT_MASK = 6
"""Most coefficients of the coefficient mask."""
CROPS = (1 / 2, 1 / 2, 2 / 3, 1)
"""Lengths that a batch is cropped to, each as likely as the others."""
HISTORY = (1, 4, 9)
"""Steps of a network that streams that may come before a batch, each number as likely as the others."""
LOUDER = 0.7
"""Natural logarithm of the most that they are louder or quieter: 6 dB."""
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
        mask = mask | _span(len(mfcc), frames, int(frames * TIME_MASK))[:, None, :, None]
    return torch.where(mask, moved.mean(dim=2, keepdim=True), moved)


def warped(images: Tensor) -> Tensor:
    """Images [batch, 1, frames, bands] as of other voices and speeds: stretched by up to `PACE` in time, and
    by up to `TRACT` and `PITCH` bands along the bands, about their middles (Jaitly & Hinton, "Vocal tract length
    perturbation", ICML workshop 2013, on log-mel images)."""
    batch, bands = len(images), images.shape[3]
    pace = torch.empty(batch).uniform_(-PACE, PACE).exp()
    tract = torch.empty(batch).uniform_(-TRACT, TRACT).exp()
    shift = torch.empty(batch).uniform_(-PITCH, PITCH) * 2 / bands
    zero = torch.zeros(batch)
    # Each row maps the bands (x) and frames (y) of the result to their source.
    place = torch.stack([torch.stack([tract, zero, shift], 1), torch.stack([zero, pace, zero], 1)], 1)
    grid = functional.affine_grid(place, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def cropped(images: Tensor) -> Tensor:
    """A part of each image [batch, 1, frames, bands]: only frames of the clip, or the whole clip. All have one of the lengths
    `CROPS`. A network that ends in a mean over its image learns as much from half an image, in half the time.
    """
    frames = images.shape[2]
    length = int(frames * CROPS[int(torch.randint(len(CROPS), ()))])
    begin, end = _extent(images)
    first, last = torch.minimum(begin, end - length), torch.maximum(begin, end - length)
    start = first + (torch.rand(len(images), 1) * (last - first + 1)).long()
    source = (start + torch.arange(length)).clamp(0, frames - 1)
    return torch.gather(images, 2, source[:, None, :, None].expand(-1, 1, -1, images.shape[3]))


def preceded(images: Tensor, step: int) -> tuple[Tensor, int]:
    """Images [batch, 1, frames, bands] of log magnitudes behind the end of what another of them says, and how many frames that
    is: some steps of so many frames. So a network that streams learns to hear behind others."""
    frames = images.shape[2]
    wanted = step * HISTORY[int(torch.randint(len(HISTORY), ()))]
    louder = torch.empty(len(images), 1, 1, 1).uniform_(-LOUDER, LOUDER)
    other = images.roll(1, dims=0)
    first, end = _extent(other)
    # Padding is left out where there is speech enough; else the clip comes around again.
    source = end - 1 - torch.arange(wanted).flip(0)
    source = torch.where(source < first, first + (source - first) % (end - first).clamp(min=1), source).clamp(0, frames - 1)
    before = torch.gather(other, 2, source[:, None, :, None].expand(-1, 1, -1, images.shape[3]))
    return torch.cat([before + louder, images], dim=2), wanted


def _extent(mfcc: Tensor) -> tuple[Tensor, Tensor]:
    """The first frame of each clip and the first after it, [batch, 1]; padding repeats the edge frame."""
    # Not equality: frames interpolated between equal ones differ in their last bits.
    speech = ((mfcc - mfcc[:, :, :1]).abs() > 1e-3).any(dim=3).squeeze(1).long()
    return speech.argmax(dim=1, keepdim=True), mfcc.shape[2] - speech.flip(1).argmax(dim=1, keepdim=True)


def _moved(mfcc: Tensor) -> Tensor:
    """Moves every clip by up to `SHIFT` of the frames, and repeats some until the segment is full.

    Frames moved in are copies of the edge frame; in a padded clip this is silence. Repeating is for corpora with short
    clips, such as two seconds of three. Without it the model would never see a segment full of speech, which the
    daemon sends all the time.
    """
    batch, frames = len(mfcc), mfcc.shape[2]
    most = int(frames * SHIFT)
    shift = torch.randint(-most, most + 1, (batch, 1))
    begin, end = _extent(mfcc)
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

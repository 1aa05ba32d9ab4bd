"""Batch normalisation, ReLU and average pooling in one step, for training in bfloat16.

`fused.c` is compiled for this processor when it is first needed. Without a C compiler, PyTorch's
layers do the same at less than half the speed of training.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-Wno-psabi", "-shared", "-fPIC")
LANES, MOST_CHANNELS, MOST_TAPS, MOST_WIDTH = 16, 1024, 32, 1024  # as in fused.c


class _Shape(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32)
                for name in ("batch", "height", "width", "channels", "pool_height", "pool_width", "rectified")]


def usable(image: Tensor) -> bool:
    """Whether `norm_relu_pool` can take an image [batch, channels, height, width]."""
    return (image.dtype == torch.bfloat16 and image.device.type == "cpu" and image.dim() == 4
            and image.shape[1] % LANES == 0 and image.shape[1] <= MOST_CHANNELS and library() is not None)


def norm_relu_pool(image: Tensor, norm: nn.BatchNorm2d, pool: tuple[int, int], relu: bool = True) -> Tensor:
    """`norm` in training, ReLU and the average of pools (⌈n / pool⌉ outputs) of an image."""
    return _NormReluPool.apply(image, norm.weight, norm.bias, norm, pool, relu)


class _Taps(ctypes.Structure):
    _fields_ = [("shape", _Shape), ("taps", ctypes.c_int32), ("pitch", ctypes.c_int32), ("image", ctypes.c_int32),
                ("places", ctypes.c_void_p)]


def usable_with(convolution: nn.Conv2d, image: Tensor) -> bool:
    """Whether `conv_norm_relu_pool` can take an image [batch, 1, height, width], which gets no gradient."""
    return (convolution.in_channels == 1 and convolution.groups == 1 and convolution.out_channels % LANES == 0
            and convolution.out_channels <= MOST_CHANNELS and image.device.type == "cpu"
            and convolution.weight[0].numel() <= MOST_TAPS and image.shape[3] <= MOST_WIDTH
            and not image.requires_grad and _in_bfloat16() and library() is not None)


def conv_norm_relu_pool(image: Tensor, convolution: nn.Conv2d, norm: nn.BatchNorm2d, pool: tuple[int, int]) -> Tensor:
    """A convolution without bias that keeps the image's size, then `norm_relu_pool`; computed in single precision."""
    return _ConvNormReluPool.apply(image, convolution.weight, norm.weight, norm.bias, norm, pool)


class _ConvNormReluPool(torch.autograd.Function):
    @staticmethod
    def forward(context, image, weight, gain, bias, norm, pool):  # type: ignore[override]
        batch, _, height, width = image.shape
        channels, _, down, across = weight.shape
        padded = functional.pad(image.float(), (across // 2, across // 2, down // 2, down // 2)).contiguous()
        pitch = padded.shape[3]
        places = torch.tensor([i * pitch + j for i in range(down) for j in range(across)], dtype=torch.int32)
        taps = _Taps(_Shape(batch, height, width, channels, *pool, True), down * across, pitch,
                     padded.shape[2] * pitch, places.data_ptr())
        weights = weight.detach().float().reshape(channels, -1).t().contiguous()
        mean, variance = torch.empty(channels), torch.empty(channels)
        library().taps_moments(ctypes.byref(taps), *_addresses(padded, weights, mean, variance))
        scale, shift, inverse = _normalisation(norm, gain, bias, mean, variance, batch * height * width)
        pooled = _pooled_image(batch, channels, height, width, pool)
        library().taps_forward(ctypes.byref(taps), *_addresses(padded, weights, scale, shift, pooled))
        context.save_for_backward(padded, weights, scale, shift, mean, inverse)
        context.taps, context.places, context.shape, context.size = taps, places, weight.shape, (height, width)
        return pooled

    @staticmethod
    def backward(context, told):  # type: ignore[override]
        padded, weights, scale, shift, mean, inverse = context.saved_tensors
        told = told.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        gain_gradient, shift_gradient = torch.empty_like(scale), torch.empty_like(scale)
        gradient = torch.empty_like(weights)
        (height, width), (down, across) = context.size, context.shape[2:]
        read = torch.stack([padded[:, :, i:i + height, j:j + width].sum() for i in range(down) for j in range(across)]).double()
        library().taps_backward(ctypes.byref(context.taps), *_addresses(
            padded, weights, scale, shift, mean, inverse, read, told, gain_gradient, shift_gradient, gradient))
        return None, gradient.t().reshape(context.shape), gain_gradient, shift_gradient, None, None


class _NormReluPool(torch.autograd.Function):
    @staticmethod
    def forward(context, image, gain, bias, norm, pool, relu):  # type: ignore[override]
        image = image.contiguous(memory_format=torch.channels_last)
        batch, channels, height, width = image.shape
        shape = _Shape(batch, height, width, channels, *pool, relu)
        mean, variance = torch.empty(channels), torch.empty(channels)
        library().moments(ctypes.byref(shape), *_addresses(image, mean, variance))
        scale, shift, inverse = _normalisation(norm, gain, bias, mean, variance, batch * height * width)
        pooled = _pooled_image(batch, channels, height, width, pool)
        library().forward(ctypes.byref(shape), *_addresses(image, scale, shift, pooled))
        context.save_for_backward(image, scale, shift, mean, inverse)
        context.shape = shape
        return pooled

    @staticmethod
    def backward(context, told):  # type: ignore[override]
        image, scale, shift, mean, inverse = context.saved_tensors
        told = told.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        gain_gradient, shift_gradient = torch.empty_like(scale), torch.empty_like(scale)
        gradient = torch.empty_like(image)
        library().backward(ctypes.byref(context.shape), *_addresses(
            image, scale, shift, mean, inverse, told, gain_gradient, shift_gradient, gradient))
        return gradient, gain_gradient, shift_gradient, None, None, None


def _normalisation(norm: nn.BatchNorm2d, gain: Tensor, bias: Tensor, mean: Tensor, variance: Tensor,
                   count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scale, shift and 1 / standard deviation of a batch; updates the running statistics."""
    norm.running_mean.lerp_(mean, norm.momentum)
    norm.running_var.lerp_(variance * (count / max(1, count - 1)), norm.momentum)
    norm.num_batches_tracked += 1
    inverse = torch.rsqrt(variance + norm.eps)
    scale = gain.detach() * inverse
    return scale, bias.detach() - mean * scale, inverse


def _pooled_image(batch: int, channels: int, height: int, width: int, pool: tuple[int, int]) -> Tensor:
    return torch.empty(batch, channels, -(-height // pool[0]), -(-width // pool[1]), dtype=torch.bfloat16,
                       memory_format=torch.channels_last)


def _in_bfloat16() -> bool:
    """Whether layers currently compute in bfloat16."""
    try:
        return torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    except (TypeError, AttributeError):  # before PyTorch 2.4
        return torch.is_autocast_cpu_enabled() and torch.get_autocast_cpu_dtype() == torch.bfloat16


def _addresses(*tensors: Tensor) -> list[ctypes.c_void_p]:
    """Pointers to tensors, which the caller must keep alive during the call."""
    return [ctypes.c_void_p(tensor.data_ptr()) for tensor in tensors]


@functools.cache
def library() -> ctypes.CDLL | None:
    """The compiled `fused.c`, kept for later calls; None if it cannot be compiled."""
    compiler = shutil.which("cc")
    if not compiler or os.environ.get("SERNET_FUSED") == "0":
        return None
    # Compiled for this processor: another one that shares the cache must not load it.
    flags = subprocess.run([compiler, "-march=native", "-Q", "--help=target"], capture_output=True, check=False)
    key = hashlib.sha256(SOURCE.read_bytes() + flags.stdout).hexdigest()[:16]
    made = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sernet" / f"fused-{key}.so"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made.parent) as folder:
            fresh = Path(folder) / made.name
            if subprocess.run([compiler, *FLAGS, "-o", str(fresh), str(SOURCE), "-lm"], check=False).returncode:
                return None
            os.replace(fresh, made)
    return ctypes.CDLL(str(made))

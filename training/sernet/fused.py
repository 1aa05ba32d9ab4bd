"""Batch normalisation, ReLU and average pooling in one step while training in bfloat16.

`fused.c` is compiled for this processor when it is first needed; without a C compiler PyTorch's
layers do the same, at less than half the speed of training.
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

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-Wno-psabi", "-shared", "-fPIC")
LANES, MOST_CHANNELS = 16, 1024  # as in fused.c


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


class _NormReluPool(torch.autograd.Function):
    @staticmethod
    def forward(context, image, gain, bias, norm, pool, relu):  # type: ignore[override]
        image = image.contiguous(memory_format=torch.channels_last)
        batch, channels, height, width = image.shape
        shape = _Shape(batch, height, width, channels, *pool, relu)
        mean, variance = torch.empty(channels), torch.empty(channels)
        library().moments(ctypes.byref(shape), *_addresses(image, mean, variance))
        count = batch * height * width
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * (count / max(1, count - 1)), norm.momentum)
        norm.num_batches_tracked += 1
        inverse = torch.rsqrt(variance + norm.eps)
        scale = gain.detach() * inverse
        shift = bias.detach() - mean * scale
        pooled = torch.empty(batch, channels, -(-height // pool[0]), -(-width // pool[1]), dtype=torch.bfloat16,
                             memory_format=torch.channels_last)
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


def _addresses(*tensors: Tensor) -> list[ctypes.c_void_p]:
    return [ctypes.c_void_p(tensor.data_ptr()) for tensor in tensors]


@functools.cache
def library() -> ctypes.CDLL | None:
    """The compiled `fused.c`, kept for the next time; None where it cannot be compiled."""
    compiler = shutil.which("cc")
    if not compiler or os.environ.get("SERNET_FUSED") == "0":
        return None
    # Compiled for this processor: a cache shared with another one must not serve it.
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

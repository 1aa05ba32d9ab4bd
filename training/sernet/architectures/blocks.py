"""Building blocks of the architectures.

Images are [batch, channels, frames, coefficients], time × coefficient; sequences are
[batch, channels, frames].
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from .. import fused

Kernel = tuple[int, int]


class _Block(nn.Sequential):
    """Convolutions, then batch normalisation, ReLU and optionally average pooling.

    Pooling is TensorFlow's "same": ⌈n / pool⌉ outputs, the last averaging real elements only.
    """

    def __init__(self, convolutions: OrderedDict[str, nn.Module], filters: int, pool: Kernel | None) -> None:
        layers = OrderedDict(convolutions, norm=nn.BatchNorm2d(filters), relu=nn.ReLU())
        if pool:
            layers["pool"] = average_pool(pool)
        super().__init__(layers)
        self._pool, self._convolutions = pool or (1, 1), tuple(convolutions)

    def forward(self, image: Tensor) -> Tensor:
        first = self[0]
        if self.training and len(self._convolutions) == 1 and fused.usable_with(first, image):
            return fused.conv_norm_relu_pool(image, first, self.norm, self._pool)
        for name, layer in self.named_children():
            if name == "norm" and self.training and fused.usable(image):
                return fused.norm_relu_pool(image, layer, self._pool)
            image = layer(image)
        return image


class Normalised1x1(nn.Sequential):
    """A 1×1 convolution without bias and its batch normalisation."""

    def __init__(self, inputs: int, filters: int) -> None:
        super().__init__(convolution(inputs, filters, (1, 1)), nn.BatchNorm2d(filters))

    def forward(self, image: Tensor) -> Tensor:
        convolution, norm = self
        image = convolution(image)
        if self.training and fused.usable(image):
            return fused.norm_relu_pool(image, norm, (1, 1), relu=False)
        return norm(image)


class Block(_Block):
    """A convolution without bias, batch normalisation, ReLU and optionally average pooling."""

    def __init__(self, inputs: int, filters: int, kernel: Kernel, pool: Kernel | None) -> None:
        super().__init__(OrderedDict(conv=convolution(inputs, filters, kernel)), filters, pool)


class SeparableBlock(_Block):
    """A `Block` whose convolution is depthwise, then 1×1 (Chollet, "Xception", CVPR 2017).

    `multiplier` depthwise filters for each input channel.
    """

    def __init__(self, inputs: int, filters: int, kernel: Kernel, pool: Kernel,
                 multiplier: int = 1) -> None:
        inner = inputs * multiplier
        super().__init__(OrderedDict(depthwise=convolution(inputs, inner, kernel, groups=inputs),
                                     pointwise=convolution(inner, filters, (1, 1))), filters, pool)


def convolution(inputs: int, filters: int, kernel: Kernel, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the image's size."""
    return nn.Conv2d(inputs, filters, kernel, padding=(kernel[0] // 2, kernel[1] // 2),
                     groups=groups, bias=False)


def average_pool(pool: Kernel) -> nn.AvgPool2d:
    """⌈n / pool⌉ outputs, the last averaging real elements only."""
    return nn.AvgPool2d(pool, ceil_mode=True, count_include_pad=False)


class ChannelAttention(nn.Module):
    """A gain for each channel from its mean and maximum over the image.

    The channel half of CBAM (Woo et al., ECCV 2018): one perceptron for both, summed, sigmoid.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        self.perceptron = nn.Sequential(nn.Linear(channels, channels // reduction), nn.ReLU(),
                                        nn.Linear(channels // reduction, channels))

    def forward(self, image: Tensor) -> Tensor:
        gain = self.perceptron(image.mean(dim=(2, 3))) + self.perceptron(image.amax(dim=(2, 3)))
        return image * torch.sigmoid(gain)[:, :, None, None]


class SpatialAttention(nn.Module):
    """A gain for each place of the image from the mean and maximum over its channels.

    The spatial half of CBAM (Woo et al., ECCV 2018), a 7×7 convolution.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        seen = torch.cat([image.mean(dim=1, keepdim=True), image.amax(dim=1, keepdim=True)], dim=1)
        return image * torch.sigmoid(self.conv(seen))


class SqueezeExcitation(nn.Module):
    """A gain for each channel from its mean over the whole image (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.perceptron = nn.Sequential(nn.Linear(channels, channels // reduction), nn.ReLU(),
                                        nn.Linear(channels // reduction, channels), nn.Sigmoid())

    def forward(self, image: Tensor) -> Tensor:
        return image * self.perceptron(image.mean(dim=(2, 3)))[:, :, None, None]


class StyleMixing(nn.Module):
    """Mixes the style of each image with that of another, in a share of the batches and only while training.

    The style is each channel's and coefficient's mean and deviation over time, without gradient. It depends more on the
    speaker and the channel than on the emotion (MixStyle, Zhou et al., ICLR 2021; for each coefficient: Kim et
    al., "Domain generalization with relaxed instance frequency-wise normalization", INTERSPEECH 2022).
    """

    ALPHA = 0.3
    """Of the Beta distribution that two styles are mixed by."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, image: Tensor) -> Tensor:
        if not self.training or torch.rand(()) > self.share:
            return image
        own = torch.distributions.Beta(self.ALPHA, self.ALPHA).sample((len(image), 1, 1, 1))
        other = torch.randperm(len(image))
        with torch.no_grad():
            mean = image.mean(dim=2, keepdim=True, dtype=torch.float32)
            # Five times as fast as torch.var.
            square = (image * image).mean(dim=2, keepdim=True, dtype=torch.float32)
            deviation = ((square - mean * mean).clamp(min=0) + 1e-5).sqrt()
            gain = own + (1 - own) * deviation[other] / deviation
            shift = own * mean + (1 - own) * mean[other] - gain * mean
        return image * gain.to(image.dtype) + shift.to(image.dtype)


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Scaled dot-product attention of one head (Vaswani et al., NeurIPS 2017, equation 1).

    Queries and keys [batch, tokens, width], values [batch, tokens, size] to [batch, tokens, size].
    """
    likeness = query @ key.transpose(1, 2) * query.shape[2] ** -0.5
    return likeness.softmax(dim=2) @ value

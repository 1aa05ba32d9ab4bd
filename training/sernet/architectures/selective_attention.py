"""Light-SERNet with selective attention: each path has the kind of attention that fits its kernel."""

from __future__ import annotations

from torch import nn

from .blocks import ChannelAttention, SpatialAttention, SqueezeExcitation
from .light_sernet import BODY, PATH_FILTERS, LightSerNet


class SelectiveAttention(LightSerNet):
    """Modification 1 of Light-SERNet.

    Channel attention after the temporal (11×1) path, spatial attention after the 3×3 path (both
    of CBAM, Woo et al., ECCV 2018), the 1×9 path as it was; a gain for each channel from the whole
    image (Hu et al., CVPR 2018) after the last block.
    """

    architecture = "light-sernet-selective-attention"

    def __init__(self, classes: int, dropout: float = 0.3) -> None:
        super().__init__(classes, dropout)
        temporal, spectral, local = self.paths
        self.paths = nn.ModuleList([nn.Sequential(temporal, ChannelAttention(PATH_FILTERS)), spectral,
                                    nn.Sequential(local, SpatialAttention())])
        self.body.append(SqueezeExcitation(BODY[-1][0]))

"""The U-Net, plain: convolution, instance norm, leaky ReLU, down by strides, up by transposed convolutions.

Module names are those of nnU-Net's PlainConvUNet (Isensee et al., Nature Methods 2021, doi:10.1038/s41592-020-01008-z),
so that weights of either load into the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from segstudio.errors import ModelError
from segstudio.networks.spec import Architecture

_CONVOLUTION: dict[int, Callable[..., nn.Module]] = {2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED: dict[int, Callable[..., nn.Module]] = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_NORM: dict[int, Callable[..., nn.Module]] = {2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}


class _Convolution(nn.Module):
    def __init__(self, before: int, after: int, kernel: Sequence[int], stride: Sequence[int]) -> None:
        super().__init__()
        dimensions = len(kernel)
        self.conv = _CONVOLUTION[dimensions](
            before, after, tuple(kernel), tuple(stride), padding=tuple((side - 1) // 2 for side in kernel)
        )
        self.norm = _NORM[dimensions](after, eps=1e-5, affine=True)

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.leaky_relu_(self.norm(self.conv(features)), 0.01)


class _Block(nn.Module):
    def __init__(self, before: int, after: int, kernel: Sequence[int], stride: Sequence[int], count: int) -> None:
        super().__init__()
        ones = (1,) * len(kernel)
        self.convs = nn.Sequential(
            _Convolution(before, after, kernel, stride),
            *(_Convolution(after, after, kernel, ones) for _ in range(count - 1)),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.convs(features)
        return result


class _Encoder(nn.Module):
    def __init__(self, plan: Architecture, channels: int) -> None:
        super().__init__()
        widths = (channels, *plan.features)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(_Block(widths[i], widths[i + 1], plan.kernels[i], plan.strides[i], plan.convolutions[i]))
                for i in range(len(plan.features))
            )
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        skips = []
        for stage in self.stages:
            image = stage(image)
            skips.append(image)
        return skips


class _Decoder(nn.Module):
    def __init__(self, plan: Architecture, outputs: int) -> None:
        super().__init__()
        ones = (1,) * plan.dimensions
        up, stages, heads = [], [], []
        for depth in range(len(plan.features) - 1, 0, -1):
            below, here, stride = plan.features[depth], plan.features[depth - 1], plan.strides[depth]
            up.append(_TRANSPOSED[plan.dimensions](below, here, stride, stride))
            count = plan.decoder_convolutions[depth - 1]
            stages.append(_Block(2 * here, here, plan.kernels[depth - 1], ones, count))
            heads.append(_CONVOLUTION[plan.dimensions](here, outputs, 1))
        self.transpconvs = nn.ModuleList(up)
        self.stages = nn.ModuleList(stages)
        self.seg_layers = nn.ModuleList(heads)

    def forward(self, skips: list[Tensor], every_depth: bool) -> list[Tensor]:
        features, found = skips[-1], []
        for i, (up, stage, head) in enumerate(zip(self.transpconvs, self.stages, self.seg_layers, strict=True)):
            features = stage(torch.cat((up(features), skips[-2 - i]), dim=1))
            if every_depth or i == len(self.stages) - 1:
                found.append(head(features))
        return found[::-1]


class UNet(nn.Module):
    """A U-Net in 2 or 3 dimensions.

    Parameters
    ----------
    plan
        Its stages.
    channels
        Of the image.
    outputs
        Classes and background.

    Raises
    ------
    ModelError
        The plan's lists do not have one entry a stage, or fewer than two stages.
    """

    def __init__(self, plan: Architecture, channels: int, outputs: int) -> None:
        super().__init__()
        stages = len(plan.features)
        lengths = {len(plan.kernels), len(plan.strides), len(plan.convolutions), len(plan.decoder_convolutions) + 1}
        if stages < 2 or lengths != {stages} or plan.dimensions not in (2, 3):
            raise ModelError("the network's description has lists of different lengths", hint="Import the model again.")
        if plan.kind != "unet":
            raise ModelError(f"networks of kind {plan.kind!r} are unknown", hint="Update SegStudio.")
        self.dimensions = plan.dimensions
        self.encoder = _Encoder(plan, channels)
        self.decoder = _Decoder(plan, outputs)

    def forward(self, image: Tensor) -> Tensor:
        """Logits, shape (batch, outputs, z, y, x), of an image of shape (batch, channel, z, y, x)."""
        return self.every_depth(image, deep=False)[0]

    def every_depth(self, image: Tensor, *, deep: bool = True) -> list[Tensor]:
        """Logits, as those of `forward`, at each resolution of the decoder, finest first, for deep supervision."""
        if self.dimensions == 3:
            return self.decoder(self.encoder(image), deep)  # type: ignore[no-any-return]
        batch, _, slices = image.shape[:3]
        flat = image.transpose(1, 2).flatten(0, 1)
        found: list[Tensor] = self.decoder(self.encoder(flat), deep)
        return [each.reshape(batch, slices, *each.shape[1:]).transpose(1, 2) for each in found]

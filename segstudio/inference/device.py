"""What to compute on, found by trying it."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from segstudio.errors import ModelError

_AGREEMENT = 0.03
"""bf16 may differ from fp32 by this part of the results' spread: its own rounding, summed over the probe's layers."""


@dataclass(frozen=True)
class Device:
    """A place to compute and the number type that is fastest and still right there."""

    place: torch.device
    half: torch.dtype | None

    @property
    def words(self) -> str:
        """For people: "CPU (bf16)" or "NVIDIA H200"."""
        kind = self.place.type
        name = torch.cuda.get_device_name(self.place) if kind == "cuda" else {"cpu": "CPU", "mps": "Apple GPU"}[kind]
        return f"{name} (bf16)" if self.half == torch.bfloat16 and kind == "cpu" else name

    def autocast(self, *, learning: bool = False) -> AbstractContextManager[object]:
        """The context in which networks run; they do not learn in fp16, whose small gradients would vanish."""
        if self.half is None or (learning and self.half == torch.float16):
            return nullcontext()
        return torch.autocast(self.place.type, self.half)


def choose(wanted: str = "auto") -> Device:
    """The device to use.

    Parameters
    ----------
    wanted
        "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    ModelError
        There is no such device here.
    """
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, number = wanted.partition(":")
    available = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if kind not in available or (number and not number.isdigit()) or int(number or 0) >= available[kind]:
        have = ", ".join(name for name, count in available.items() if count)
        raise ModelError(f"there is no device {wanted!r} on this computer", hint=f"Here there is: {have}.")
    return Device(torch.device(wanted), _half(kind, wanted))


@cache
def _half(kind: str, name: str) -> torch.dtype | None:
    if kind == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if kind == "cpu" and _bf16_pays() else None


def _bf16_pays() -> bool:
    """Whether this processor runs the network's kind of convolution faster in bf16, with the same result."""
    generator = torch.Generator().manual_seed(0)
    layers = nn.Sequential(nn.Conv3d(16, 32, 3, padding=1), nn.InstanceNorm3d(32), nn.Conv3d(32, 32, 3, padding=1))
    image = torch.randn(1, 16, 24, 24, 24, generator=generator)

    def run(half: bool) -> Tensor:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            result: Tensor = layers(image)
            return result.float()

    plain, rounded = run(False), run(True)
    if float((plain - rounded).abs().mean()) > _AGREEMENT * float(plain.std()):
        return False
    return _best_of(lambda: run(True)) < 0.9 * _best_of(lambda: run(False))


def _best_of(work: object, times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        seconds.append(time.perf_counter() - start)
    return min(seconds)

"""Models on disk: `model.json` and `weights.safetensors` in one folder, never pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from segstudio.errors import ModelError
from segstudio.networks.spec import SPEC_FILE, WEIGHTS_FILE, ModelSpec, read_spec, to_json
from segstudio.networks.unet import UNet


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model ready to predict: its description, and the network in evaluation mode."""

    spec: ModelSpec
    network: UNet


def new_network(spec: ModelSpec) -> UNet:
    """An untrained network for a spec; seed torch before for repeatable weights."""
    return UNet(spec.architecture, len(spec.channels), len(spec.classes) + 1)


def save_model(folder: Path, spec: ModelSpec, network: UNet) -> ModelSpec:
    """Write a model into an existing folder and return its spec with the weights' hash.

    Raises
    ------
    ModelError
        The folder cannot be written to.
    """
    tensors = {
        name: value.detach().to("cpu", torch.float32).contiguous() for name, value in network.state_dict().items()
    }
    data = save(tensors)
    spec = replace(spec, weights_sha256=hashlib.sha256(data).hexdigest())
    try:
        _write(folder / WEIGHTS_FILE, data)
        _write(folder / SPEC_FILE, json.dumps(to_json(spec), indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise ModelError(
            f"the model cannot be written to {folder}: {error.strerror}", hint="Make room, or choose another folder."
        ) from error
    return spec


def load_model(folder: Path) -> LoadedModel:
    """Read a model and check its weights against the hash in its spec.

    Raises
    ------
    ModelError
        A file is missing, the hash differs, or the weights do not fit the description.
    """
    spec = read_spec(folder)
    try:
        data = (folder / WEIGHTS_FILE).read_bytes()
    except OSError as error:
        raise ModelError(
            f"{spec.label} has no weights ({folder / WEIGHTS_FILE})", hint="Import the model again."
        ) from error
    if hashlib.sha256(data).hexdigest() != spec.weights_sha256:
        raise ModelError(
            f"the weights of {spec.label} are not those that were saved with it (hash differs)",
            hint="The file is damaged or was replaced; import the model again.",
        )
    network = new_network(spec)
    try:
        fill(network, load(data))
    except SafetensorError as error:
        raise ModelError(f"the weights of {spec.label} are damaged", hint="Import the model again.") from error
    return LoadedModel(spec, network.eval())


def fill(network: UNet, tensors: Mapping[str, Tensor]) -> None:
    """Load weights by name; nnU-Net's second names for the same tensors are passed over.

    Raises
    ------
    ModelError
        A tensor is missing, left over or of another shape.
    """
    known = {
        name: value
        for name, value in tensors.items()
        if ".all_modules." not in name and not name.startswith("decoder.encoder.")
    }
    try:
        network.load_state_dict(known)
    except RuntimeError as error:
        what = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise ModelError(f"the weights do not fit the network: {what}", hint="Import the model again.") from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

"""Models: what they are (plain data, here), and the network itself (`unet`, `weights`, which need torch)."""

from segstudio.networks.spec import (
    CARD_FILE,
    SPEC_FILE,
    WEIGHTS_FILE,
    Architecture,
    Lineage,
    Mirror,
    ModelSpec,
    Normalisation,
    from_json,
    read_spec,
    to_json,
)

__all__ = [
    "CARD_FILE",
    "SPEC_FILE",
    "WEIGHTS_FILE",
    "Architecture",
    "Lineage",
    "Mirror",
    "ModelSpec",
    "Normalisation",
    "from_json",
    "read_spec",
    "to_json",
]

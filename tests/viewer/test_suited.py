"""The model that fits the scan is chosen, and one that does not fit says so before time is spent."""

from dataclasses import replace

import numpy as np
import pytest

from segstudio.imaging import Geometry, Volume, write_volume
from segstudio.networks.weights import load_model, save_model
from segstudio.viewer.sections.model import ModelSection


@pytest.fixture
def head_file(tmp_path):
    """A scan as large as a head, in large voxels."""
    affine = np.diag([8.0, 8.0, 8.0, 1.0])[[2, 1, 0, 3]]
    image = np.random.default_rng(0).normal(100, 20, (20, 24, 20)).astype(np.float32)
    write_volume(Volume.of(image, Geometry(image.shape, affine)), tmp_path / "head.nii.gz")
    return tmp_path / "head.nii.gz"


@pytest.fixture
def small(studio, tiny_model, tmp_path):
    """Beside the model of balls, one that was made for boxes of 30 mm, and is chosen."""
    model = load_model(tiny_model)
    for name, sides in (("a box", (30.0, 30.0, 30.0)), ("whole", (150.0, 180.0, 150.0))):
        folder = tmp_path / name
        folder.mkdir()
        spec = replace(
            model.spec, name=name.replace(" ", "-"), modality="", shows_mm=sides, description=name, licence=""
        )
        save_model(folder, spec, model.network)
        studio.import_model(folder)


def test_a_scan_is_opened_with_the_model_that_was_made_for_such(small, session, head_file, qtbot):
    session.choose_model("a-box")
    session.open(head_file)
    qtbot.waitUntil(lambda: session.scan is not None, timeout=10_000)
    assert session.model != "a-box@1"
    session.choose_model("whole")
    session.open(head_file)
    qtbot.waitUntil(lambda: session.work is None and session.scan is not None, timeout=10_000)
    assert session.model == "whole@1"


def test_a_model_for_other_scans_says_so_until_a_box_is_drawn(small, session, head_file, qtbot):
    section = ModelSection(session)
    qtbot.addWidget(section)
    session.open(head_file)
    qtbot.waitUntil(lambda: session.scan is not None, timeout=10_000)
    session.choose_model("a-box")
    assert "draw a box" in section.unfit.text()
    assert not section.unfit.isHidden()
    session.region.set((slice(8, 12), slice(8, 12), slice(8, 12)))
    assert section.unfit.isHidden()
    assert section.card.toolTip().startswith("a box")

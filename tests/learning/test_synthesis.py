import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from segstudio.errors import ImageError, ModelError
from segstudio.imaging import Geometry, LabelMap, classes_named, write_labels
from segstudio.learning.loss import deep_loss
from segstudio.learning.maps import prepare_maps
from segstudio.learning.patches import Mixed
from segstudio.learning.plan import plan_synthesised
from segstudio.learning.recipe import Contrast, Recipe, Synthesis, held_out, read_recipe
from segstudio.learning.synthesis import Synthesised, synthetic_scan
from segstudio.learning.train import train
from segstudio.networks import Architecture, ModelSpec
from segstudio.networks.weights import LoadedModel
from segstudio.progress import never, silent

CPU = torch.device("cpu")
AIR, SKIN, LEFT, RIGHT, MIDDLE = 0, 500, 10, 20, 30
CLASSES = classes_named([(LEFT, "lobe left"), (RIGHT, "lobe right"), (MIDDLE, "stem")])
RECIPE = Recipe(
    CLASSES,
    tissues={"air": (AIR,), "skin": (SKIN,), "lobe": (LEFT, RIGHT), "stem": (MIDDLE,)},
    outside=("air", "skin"),
    contrasts={"lit": Contrast(1.0, {"air": 0.0, "skin": 0.2, "lobe": 0.8, "stem": 0.5}, spread=0.0)},
)


def head(size=40):
    """A ball of skin with a lobe on each side and a stem in the middle; patient left is at high x."""
    z, y, x = np.indices((size, size, size)) - (size - 1) / 2
    away = np.sqrt(z**2 + y**2 + x**2)
    labels = np.where(away < size * 0.45, SKIN, AIR)
    labels[away < size * 0.36] = np.where(x > 0, LEFT, RIGHT)[away < size * 0.36]
    labels[(np.abs(x) < 3) & (np.abs(y) < 3) & (away < size * 0.36)] = MIDDLE
    affine = np.eye(4)[[2, 1, 0, 3]] * [2, 2, 2, 1]
    return LabelMap(labels.astype(np.uint16), Geometry(labels.shape, affine), CLASSES)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "labels"
    folder.mkdir()
    found = [folder / f"{name}.nii.gz" for name in "abc"]
    for path in found:
        write_labels(head(), path)
    return tuple(found)


@pytest.fixture
def maps(files, tmp_path):
    learned = [each.value for each in CLASSES]
    return prepare_maps(files, learned, "SPL", tmp_path / "maps", progress=silent, stop=never)


@pytest.fixture
def spec():
    small = Architecture((8, 16), ((3, 3, 3),) * 2, ((1, 1, 1), (2, 2, 2)), (1, 1), (1,))
    return ModelSpec("head", 1, small, CLASSES, ("",), "", (4.0, 4.0, 4.0), (16, 20, 18), RECIPE.normalisation)


def batches(maps, spec, recipe=RECIPE, count=40, seed=0):
    source = Synthesised(maps, recipe, spec, seed)
    return [source.batch(step, 1, CPU) for step in range(count)]


def test_the_same_seed_and_step_give_the_same_scan(maps, spec):
    one, other, third = (Synthesised(maps, RECIPE, spec, seed).batch(7, 2, CPU) for seed in (1, 1, 2))
    torch.testing.assert_close(one, other)
    assert not torch.equal(one[0], third[0])


def test_patches_are_as_the_network_sees_scans(maps, spec):
    image, labels = Synthesised(maps, RECIPE, spec, 0).batch(0, 2, CPU)
    assert image.shape == (2, 1, *spec.patch)
    assert labels.shape == (2, *spec.patch)
    assert torch.isfinite(image).all()
    assert set(labels.unique().tolist()) <= {-1, 0, 1, 2, 3}
    assert torch.isfinite(deep_loss([torch.zeros(2, 4, *spec.patch)], labels))


def test_left_stays_left_however_the_head_is_mirrored(maps, spec):
    """The network's grid runs to the patient's left along its last axis."""
    sides = []
    for _, labels in batches(maps, spec):
        x = [torch.nonzero(labels[0] == index)[:, 2].float().mean() for index in (1, 2)]
        sides += [float(x[0] - x[1])] if not torch.isnan(x[0] - x[1]) else []
    assert len(sides) > 30
    assert min(sides) > 0


def test_a_recipe_s_contrast_is_followed_and_without_one_any_tissue_may_be_the_brightest(maps, spec):
    def lobe_brighter(recipe):
        found = []
        for image, labels in batches(maps, spec, recipe):
            lobe, stem = (image[0, 0][labels[0] == index] for index in (1, 3))
            found += [bool(lobe.mean() > stem.mean())] if len(lobe) and len(stem) else []
        return np.mean(found)

    assert lobe_brighter(RECIPE) > 0.9
    assert 0.2 < lobe_brighter(replace(RECIPE, contrasts={})) < 0.8


def test_what_lies_outside_the_field_of_view_is_padding_and_not_learned(maps, spec):
    cut = 0
    for image, labels in batches(maps, spec):
        beyond = labels == -1
        cut += bool(beyond.any())
        assert (image[0, 0][beyond[0]] == 0).all()
        assert (~beyond).any()
    assert 10 < cut < 35


def test_a_few_scans_show_something_else_and_nothing_is_to_be_drawn_in_them(maps, spec):
    everything = [bool((labels > 0).any()) for _, labels in batches(maps, spec, count=200)]
    assert 0.8 < np.mean(everything) < 0.99


def test_some_scans_have_thick_slices_and_some_uneven_brightness(maps, spec):
    """Along thick slices neighbouring voxels differ less than across them."""
    noisy = replace(RECIPE, contrasts={"lit": Contrast(1.0, dict.fromkeys(("air", "skin", "lobe", "stem"), 0.5), 0.0)})
    ratios = []
    for image, labels in batches(maps, spec, noisy, count=60):
        seen = image[0, 0] if (labels >= 0).all() else image[0, 0][4:-4, 4:-4, 4:-4]
        steps = [float(seen.diff(dim=axis).abs().mean()) for axis in range(3)]
        ratios.append(max(steps) / max(min(steps), 1e-6))
    assert min(ratios) < 1.15
    assert max(ratios) > 1.5


def test_background_of_which_nothing_is_known_is_filled_with_regions(maps, spec):
    plain, filled = (
        synthetic_scan(maps[0], replace(RECIPE, contrasts={}, tissues=tissues), (2.0, 2.0, 2.0), seed=5)
        for tissues in (RECIPE.tissues, {})
    )
    corners = [
        [float(scan.volume.image[0][z, y, x].mean()) for z, y, x in product((slice(4), slice(-4, None)), repeat=3)]
        for scan in (plain, filled)
    ]
    spread = [np.ptp(means) / scan.volume.image.max() for means, scan in zip(corners, (plain, filled), strict=True)]
    assert spread[0] < 0.05
    assert spread[1] > 0.2


def test_a_whole_scan_comes_with_its_mask_on_any_spacing(maps):
    scan = synthetic_scan(maps[0], RECIPE, (5.0, 1.0, 1.0), contrast="lit", seed=3)
    assert scan.volume.geometry == scan.labels.geometry
    assert tuple(scan.volume.geometry.spacing) == (5.0, 1.0, 1.0)
    assert set(np.unique(scan.labels.labels)) == {0, LEFT, RIGHT, MIDDLE}
    image, labels = scan.volume.image[0], scan.labels.labels
    assert image[labels == LEFT].mean() > 1.2 * image[labels == MIDDLE].mean()
    again = synthetic_scan(maps[0], RECIPE, (5.0, 1.0, 1.0), contrast="lit", seed=3)
    assert np.array_equal(again.volume.image, scan.volume.image)


def test_ct_is_made_in_hounsfield_units(maps):
    heads = read_recipe("brain")
    tissues = {"air": (AIR,), "bone": (SKIN,), "white matter": (LEFT, RIGHT), "cortex": (MIDDLE,)}
    scan = synthetic_scan(
        maps[0], replace(heads, classes=CLASSES, tissues=tissues), (2.0, 2.0, 2.0), contrast="CT", seed=1
    )
    image = scan.volume.image[0]
    assert scan.volume.modality == "CT"
    assert image.min() < -900
    assert image.max() > 600
    assert abs(float(np.median(image[scan.labels.labels == LEFT])) - 28) < 12


def test_the_brain_s_recipe_names_every_class_and_leaves_some_scans_to_chance():
    recipe = read_recipe("brain")
    assert {2, 3, 4, 41, 42, 43, 17, 53, 16} <= {each.value for each in recipe.classes}
    assert all(each.code for each in recipe.classes)
    assert list(recipe.class_index([0, 2, 137, 4, 507])) == [0, 1, 3, 3, 0]
    assert 0.1 < 1 - sum(each.share for each in recipe.contrasts.values()) < 0.5
    for contrast in recipe.contrasts.values():
        assert set(contrast.means) == set(recipe.tissues)


def test_an_unknown_or_damaged_recipe_is_an_error(tmp_path):
    with pytest.raises(ImageError, match="no recipe heart"):
        read_recipe("heart")
    (tmp_path / "mine.json").write_text(json.dumps({"preset": "nothing"}))
    with pytest.raises(ImageError, match="cannot be read"):
        read_recipe(str(tmp_path / "mine.json"))


def test_maps_are_found_again_by_a_job_that_was_interrupted(files, maps, tmp_path):
    for path in files:
        path.unlink()
    again = prepare_maps(files, [LEFT], "SPL", tmp_path / "maps", progress=silent, stop=never)
    assert again[0].values == (AIR, LEFT, RIGHT, MIDDLE, SKIN)
    assert np.array_equal(again[0].voxels, maps[0].voxels)
    with pytest.raises(ModelError, match="no label map"):
        prepare_maps((), [LEFT], "SPL", tmp_path / "none", progress=silent, stop=never)


def test_maps_are_held_out_by_the_seed(files):
    learn, kept = held_out(files, 0.3, 0)
    assert len(kept) == 1
    assert {*learn, *kept} == set(files)
    assert held_out(files, 0.3, 0) == (learn, kept)
    assert len(held_out(files, 0.99, 0)[0]) == 1


def test_a_network_is_planned_wide_in_view_and_lean(files):
    spec = plan_synthesised(Synthesis(files, RECIPE), name="head", version=1)
    assert spec.spacing == (2.0, 2.0, 2.0)
    assert all(side % 16 == 0 for side in spec.patch)
    assert plan_synthesised(Synthesis(files, RECIPE), name="head", version=1, spacing=3.0).spacing == (3.0,) * 3


def test_where_left_and_right_are_known_the_model_sees_scans_mirrored_too(files):
    assert plan_synthesised(Synthesis(files, RECIPE), name="head", version=1).mirrored
    alone = replace(RECIPE, classes=CLASSES[:1])  # its other side is not learned
    assert not plan_synthesised(Synthesis(files, alone), name="head", version=1).mirrored


def test_training_needs_no_scans_where_they_are_synthesised(files, spec, tmp_path):
    model = train(spec, [], folder=tmp_path, minutes=0.003, seed=0, synthesis=Synthesis(files, RECIPE), device="cpu")
    assert isinstance(model, LoadedModel)
    assert model.spec.lineage.steps >= 1


def test_two_sources_take_turns(maps, spec):
    one, other = (Synthesised(maps, RECIPE, spec, seed) for seed in (0, 1))
    both = Mixed([one, other])
    assert both.spec is spec
    torch.testing.assert_close(both.batch(4, 1, CPU), one.batch(4, 1, CPU))
    torch.testing.assert_close(both.batch(5, 1, CPU), other.batch(5, 1, CPU))

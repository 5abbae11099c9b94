import json
from dataclasses import replace

import pytest

from segstudio.errors import ModelError
from segstudio.imaging import Code, LabelClass
from segstudio.networks import Lineage, Mirror, from_json, read_spec, to_json


def test_a_spec_survives_json(ball_spec):
    spec = replace(
        ball_spec,
        classes=(LabelClass(3, "liver", (1, 2, 3), Code("10200004", "SCT", "Liver")),),
        smallest_piece=0.2,
        mirrored=True,
        lineage=Lineage(parent="a@1", base="a@1", cases=("7", "9"), minutes=2.5),
    )
    assert from_json(json.loads(json.dumps(to_json(spec)))) == spec


def test_a_newer_format_is_refused_with_a_way_out(ball_spec):
    with pytest.raises(ModelError, match="format 99") as error:
        from_json({**to_json(ball_spec), "format": 99})
    assert "Update" in error.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1}', '{"format": 1, "name": "x", "architecture": 3}'])
def test_a_damaged_description_is_refused_in_words(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError):
        read_spec(tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"model\.json is missing"):
        read_spec(tmp_path)


def test_a_patch_must_be_divisible_by_all_strides(ball_spec):
    assert ball_spec.architecture.divisor == (2, 2, 2)


def test_a_mirror_exchanges_the_sides_and_leaves_what_has_none(ball_spec):
    names = ("lung left", "heart", "lung right")
    classes = tuple(LabelClass(value, name, (1, 2, 3)) for value, name in enumerate(names, 4))
    assert Mirror.of(replace(ball_spec, classes=classes)) == Mirror(2, (0, 3, 2, 1))
    assert Mirror.of(replace(ball_spec, classes=classes[:2])) is None

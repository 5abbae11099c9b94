"""What is noted beside a journal."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from segstudio.imaging import Code, Geometry, LabelClass
from segstudio.viewer.keeping import Note

GEOMETRY = Geometry((3, 4, 5), np.array([[0, 0, -1.0, 4], [0, 1, 0, 5], [2, 0, 0, 6], [0, 0, 0, 1]]))
CLASSES = (LabelClass(1, "liver", (1, 2, 3), Code("10200004", "SCT", "Liver")), LabelClass(300, "far", (4, 5, 6)))


@pytest.mark.parametrize("box", [None, (slice(0, 1), slice(2, 4), slice(0, 5))])
def test_a_note_comes_back_from_json_as_it_was(box):
    note = Note(Path("/scans/a.nii"), GEOMETRY, CLASSES, "liver@2", box, unsubmitted=True)
    again = Note.of(json.loads(json.dumps(note.plain())))
    for each in fields(Note):
        if each.name != "geometry":
            assert getattr(again, each.name) == getattr(note, each.name)
    assert again.geometry.same_space(GEOMETRY)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"shape": [1, 2]},
        {"affine": "x"},
        {"affine": np.zeros((4, 4)).tolist()},
        {"classes": [{}]},
        {"box": 3},
        {"box": [[0, 1]]},
        {"scan": None},
    ],
)
def test_a_spoilt_note_is_none(spoilt):
    assert Note.of({**Note(Path("a"), GEOMETRY, CLASSES).plain(), **spoilt}) is None
    assert Note.of({}) is None


def test_a_note_from_before_locks_were_kept_is_read():
    plain = Note(Path("a"), GEOMETRY, CLASSES, unsubmitted=True).plain()
    del plain["locked"]
    assert Note.of(plain).unsubmitted

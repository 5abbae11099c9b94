"""Two masks are compared on the scan that is open; what differs is coloured, listed, and stepped through."""

import numpy as np
import pytest

from segstudio.imaging import Geometry, LabelMap, write_labels
from segstudio.viewer.sections.compare import CompareSection
from tests.viewer.sessions import paint, wait


@pytest.fixture
def section(session, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    section = CompareSection(session)
    qtbot.addWidget(section)
    yield section
    section.comparison.close()


@pytest.fixture
def comparison(section):
    return section.comparison


@pytest.fixture
def mask_file(session, tmp_path):
    """The mask as it is now, in a file."""
    path = tmp_path / "other.nii.gz"

    def write():
        write_labels(session.scan.labels(session.classes), path)
        return path

    return write


def compared(comparison, count):
    return lambda: comparison.result is not None and len(comparison.places) == count


def test_the_mask_is_compared_with_a_file_and_what_differs_is_told_by_kind(
    comparison, session, section, mask_file, qtbot
):
    paint(session, (5, 5, 5), 1)
    paint(session, (14, 14, 14), 2)
    comparison.with_file(mask_file())
    qtbot.waitUntil(compared(comparison, 0), timeout=30_000)
    assert section.said.text() == "Against other.nii.gz: no difference."
    paint(session, (5, 5, 5), 0, reach=0)
    paint(session, (10, 10, 20), 1, reach=2)
    paint(session, (14, 14, 14), 1)
    qtbot.waitUntil(compared(comparison, 3), timeout=30_000)
    assert [(each.kind, each.before, each.now) for each in comparison.places] == [
        ("added", 0, 1),
        ("changed", 2, 1),
        ("removed", 1, 0),
    ]
    assert comparison.places[0].ml == pytest.approx(0.125)
    assert [section.places.item(at, 0).text() for at in range(3)] == ["added: ball", "ball, was shell", "removed: ball"]
    assert section.places.item(0, 1).text() == "0.12 ml"
    assert section.classes.item(0, 1).text() == "Dice 0.00"


def test_what_differs_is_given_to_the_panes_and_taken_back_at_the_end(comparison, session, mask_file, qtbot):
    path = mask_file()
    paint(session, (5, 5, 5), 1)
    comparison.with_file(path)
    qtbot.waitUntil(compared(comparison, 1), timeout=30_000)
    expected = np.zeros(session.scan.mask.labels.shape, np.uint8)
    expected[4:7, 4:7, 4:7] = 1
    assert np.array_equal(session.view.compared, expected)
    session.undo()
    qtbot.waitUntil(compared(comparison, 0), timeout=30_000)
    assert not session.view.compared.any()
    comparison.end()
    assert session.view.compared is None


def test_next_goes_from_the_largest_place_to_the_smallest_and_round(comparison, session, mask_file, qtbot):
    path = mask_file()
    for voxel, reach in (((4, 4, 4), 1), ((12, 12, 12), 2), ((4, 18, 20), 0)):
        paint(session, voxel, 1, reach=reach)
    comparison.with_file(path)
    qtbot.waitUntil(compared(comparison, 3), timeout=30_000)
    seen = []
    for _ in range(4):
        comparison.next()
        seen.append(session.view.voxel)
    assert seen == [(12, 12, 12), (4, 4, 4), (4, 18, 20), (12, 12, 12)]
    comparison.previous()
    assert session.view.voxel == (4, 18, 20)


def test_after_a_place_was_mended_next_goes_to_the_one_that_followed(comparison, session, mask_file, qtbot):
    path = mask_file()
    for voxel, reach in (((4, 4, 4), 1), ((12, 12, 12), 2), ((4, 18, 20), 0)):
        paint(session, voxel, 1, reach=reach)
    comparison.with_file(path)
    qtbot.waitUntil(compared(comparison, 3), timeout=30_000)
    comparison.next()
    paint(session, (12, 12, 12), 0, reach=2)
    qtbot.waitUntil(compared(comparison, 2), timeout=30_000)
    comparison.next()
    assert session.view.voxel == (4, 4, 4)


def test_next_compares_with_the_model_if_nothing_is_compared_yet(comparison, session, qtbot):
    session.predict()
    wait(qtbot, session)
    paint(session, (10, 12, 14), 0, reach=3)
    paint(session, (10, 12, 14), 2, reach=2)
    comparison.next()
    qtbot.waitUntil(lambda: comparison.at == 0, timeout=30_000)
    assert comparison.name == session.drawn.model
    assert session.view.voxel == comparison.places[0].voxel


def test_without_a_prediction_there_is_nothing_of_the_models_to_compare_with(comparison, session):
    comparison.with_model()
    assert session.heard[-1].text == "No model has drawn on this scan yet."
    assert comparison.result is None


def test_a_mask_of_another_grid_is_refused_with_words(comparison, session, tmp_path, qtbot):
    path = tmp_path / "other.nii.gz"
    write_labels(LabelMap(np.ones((3, 4, 5), np.uint8), Geometry((3, 4, 5), np.eye(4))), path)
    comparison.with_file(path)
    qtbot.waitUntil(lambda: any("voxels" in each.text for each in session.heard), timeout=30_000)
    assert comparison.name == ""


def test_another_scan_ends_the_comparison(comparison, session, mask_file, qtbot):
    paint(session, (5, 5, 5), 1)
    comparison.with_file(mask_file())
    qtbot.waitUntil(compared(comparison, 0), timeout=30_000)
    session.throw_away()
    session.close_scan()
    assert (comparison.name, comparison.result) == ("", None)


def test_a_click_on_a_place_goes_there(section, session, mask_file, qtbot):
    path = mask_file()
    paint(session, (6, 7, 8), 1)
    section.comparison.with_file(path)
    qtbot.waitUntil(compared(section.comparison, 1), timeout=30_000)
    section.places.cellClicked.emit(0, 0)
    assert session.view.voxel == (6, 7, 8)
    assert section.place.text() == "difference 1 of 1"

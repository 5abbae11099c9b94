"""The class table, with a real mouse: choosing, hiding, locking, naming, measuring, merging and finding classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLineEdit

from segstudio.editing import Edit
from segstudio.imaging import Code, LabelClass, classes_named
from segstudio.imaging.presets import Preset, presets
from segstudio.viewer import class_edits as edits
from segstudio.viewer.class_dialogs import ColorMenu, MergeDialog, PresetDialog, merged_in_words
from segstudio.viewer.sections.class_rows import COLOR, EYE, LOCK, NAME, NUMBER, VOLUME, rows_of
from segstudio.viewer.sections.classes import ClassSection
from tests.viewer.sessions import wait

LEFT, RIGHT, CTRL = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def opened(session, ball_file, qtbot):
    """A scan on which class 1 has 64 voxels in one part and 1 in another, class 2 has 8, class 7 has 1 and no name."""
    session.open(ball_file)
    wait(qtbot, session)
    painted = session.scan.mask.labels.copy()
    painted[4:8, 4:8, 4:8], painted[0, 0, 0], painted[12:14, 12:14, 12:14], painted[18, 18, 18] = 1, 1, 2, 7
    whole = tuple(slice(0, side) for side in painted.shape)
    session.scan.mask.apply(Edit.between("paint", session.scan.mask.labels, whole, painted))
    return session


@pytest.fixture
def section(opened, qtbot):
    return shown(opened, qtbot)


def shown(session, qtbot):
    section = ClassSection(session)
    section.setFixedWidth(312)
    qtbot.addWidget(section)
    section.show()
    qtbot.waitExposed(section)
    return section


def place(section, value, column):
    return section.table.visualRect(section.rows.place_of(value, column)).center()


def click(qtbot, section, value, column, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(section.table.viewport(), LEFT, modifier, place(section, value, column))


def double_click(qtbot, section, value, column):
    click(qtbot, section, value, column)
    qtbot.mouseDClick(section.table.viewport(), LEFT, pos=place(section, value, column))


def type_name(qtbot, section, name):
    field = section.table.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, name)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def words(section, value, column):
    return section.rows.data(section.rows.place_of(value, column))


def settled(qtbot, session):
    wait(qtbot, session)
    qtbot.wait(150)  # until the next word that the mask has changed


def entries(menu):
    return {action.text(): action for action in menu.actions() if action.text()}


def test_a_row_tells_number_name_and_millilitres(section):
    assert [words(section, 1, column) for column in (NUMBER, NAME, EYE, LOCK, VOLUME)] == [
        "1", "ball", "shown", "open", "0.07",
    ]  # fmt: skip
    assert words(section, 2, VOLUME) == "0.008"


def test_a_click_chooses_the_class_that_tools_paint(qtbot, section, opened):
    click(qtbot, section, 2, NAME)
    assert opened.view.chosen == 2
    click(qtbot, section, 1, VOLUME)
    assert opened.view.chosen == 1
    assert section.rows.chosen == 1


def test_the_eye_hides_a_class_and_shows_it_again(qtbot, section, opened):
    click(qtbot, section, 2, EYE)
    assert opened.view.hidden == {2}
    assert words(section, 2, EYE) == "hidden"
    click(qtbot, section, 2, EYE)
    assert opened.view.hidden == frozenset()
    assert opened.view.chosen == 1


def test_the_eye_with_ctrl_shows_only_one_class_and_then_all(qtbot, section, opened):
    click(qtbot, section, 2, EYE, CTRL)
    assert [opened.view.shows(value) for value in (1, 2, 7)] == [False, True, False]
    click(qtbot, section, 2, EYE, CTRL)
    assert all(opened.view.shows(value) for value in (1, 2, 7))


def test_beside_the_only_class_another_can_be_shown(qtbot, section, opened):
    click(qtbot, section, 2, EYE, CTRL)
    click(qtbot, section, 1, EYE)
    assert [opened.view.shows(value) for value in (1, 2, 7)] == [True, True, False]


def test_a_locked_class_is_not_changed(qtbot, section, opened):
    click(qtbot, section, 1, LOCK)
    assert opened.scan.mask.locked == {1}
    assert words(section, 1, LOCK) == "locked"
    edits.clear_class(opened, 1)
    edits.delete_class(opened, 1)
    assert [message.text for message in opened.heard] == ["ball is locked."] * 2
    assert opened.scan.mask.counts[1] == 65


def test_a_double_click_on_the_name_renames(qtbot, section, opened):
    double_click(qtbot, section, 1, NAME)
    type_name(qtbot, section, "left lung")
    qtbot.waitUntil(lambda: [each.name for each in opened.classes] == ["left lung", "shell"], timeout=2000)


def test_two_classes_never_have_one_name(opened):
    assert not edits.rename_class(opened, 1, " shell ")
    assert "shell" in opened.heard[0].text
    assert not edits.rename_class(opened, 1, "  ")
    assert [each.name for each in opened.classes] == ["ball", "shell"]


def test_a_name_that_people_know_brings_its_code_and_another_name_lets_it_go(opened):
    edits.rename_class(opened, 1, "Kidney_left")
    assert opened.classes[0].code == Code("64033007", "SCT", "Kidney")
    edits.rename_class(opened, 1, "mass")
    assert opened.classes[0].code is None
    assert opened.heard[-1].text == "mass has no DICOM code; as Kidney_left it had that of Kidney."
    opened.heard[-1].actions[0].run()
    assert opened.classes[0].code == Code("64033007", "SCT", "Kidney")


def test_a_value_without_a_name_is_listed_and_can_be_named(qtbot, section, opened):
    assert words(section, 7, NAME) == "class 7"
    assert section.nameless.text() == "One number in the mask has no name."
    assert section.name_them.isVisible()
    edits.rename_class(opened, 7, "cyst")
    assert words(section, 7, NAME) == "cyst"
    assert not section.name_them.isVisible()
    assert opened.scan.mask.counts[7] == 1


def test_volumes_follow_a_stroke(qtbot, section, opened):
    stroke = opened.scan.mask.stroke("brush")
    stroke.put((slice(0, 10),) * 3, np.ones((10, 10, 10), bool), 2)
    qtbot.waitUntil(lambda: words(section, 2, VOLUME) == "1.01", timeout=2000)
    assert words(section, 1, VOLUME) == "–"
    stroke.cancel()
    qtbot.waitUntil(lambda: words(section, 2, VOLUME) == "0.008", timeout=2000)


def test_a_double_click_on_the_volume_goes_to_the_middle_of_the_largest_part(qtbot, section, opened):
    with qtbot.waitSignal(opened.view.point_changed, timeout=10_000):
        double_click(qtbot, section, 1, VOLUME)
    assert opened.scan.mask.labels[opened.view.voxel] == 1
    assert all(4 <= at < 8 for at in opened.view.voxel)


def test_the_middle_of_a_class_lies_in_it_however_large_it_is(opened, monkeypatch):
    monkeypatch.setattr(edits, "_LOOKED_AT", 5)
    at = edits._middle_of(opened.scan.mask, 1)
    assert opened.scan.mask.labels[at] == 1
    assert all(4 <= side < 8 for side in at)
    assert edits._middle_of(opened.scan.mask, 7) == (18, 18, 18)
    assert edits._middle_of(opened.scan.mask, 200) is None


def test_going_to_a_class_that_is_not_there_says_so(qtbot, opened):
    edits.clear_class(opened, 2)
    settled(qtbot, opened)
    with qtbot.waitSignal(opened.said, timeout=10_000) as said:
        edits.jump_to_class(opened, 2)
    assert said.args[0].text == "There is no shell in the mask yet."


def test_a_class_that_is_added_has_a_free_number_and_color_and_is_named_at_once(qtbot, section, opened):
    qtbot.mouseClick(section.add, LEFT)
    type_name(qtbot, section, "vein")
    qtbot.waitUntil(lambda: [each.name for each in opened.classes] == ["ball", "shell", "vein"], timeout=2000)
    assert [each.value for each in opened.classes] == [1, 2, 3]
    assert len({each.color for each in opened.classes}) == 3
    assert opened.view.chosen == 3


def test_a_deleted_class_comes_back_with_its_name_when_that_is_undone(qtbot, section, opened):
    edits.delete_class(opened, 2)
    settled(qtbot, opened)
    assert [each.name for each in opened.classes] == ["ball"]
    assert opened.scan.mask.counts[2] == 0
    opened.undo()
    qtbot.waitUntil(lambda: [each.name for each in opened.classes] == ["ball", "shell"], timeout=2000)
    assert opened.scan.mask.counts[2] == 8


def test_a_class_without_voxels_goes_at_once_and_comes_back_by_undo(opened):
    before = opened.classes
    opened.set_classes((*before, LabelClass(9, "cyst", (1, 2, 3))))
    edits.delete_class(opened, 9)
    assert opened.classes == before
    assert opened.heard[0].text == "cyst is off the list."
    opened.heard[0].actions[0].run()
    assert opened.classes[-1].name == "cyst"


def test_a_class_is_cleared_and_stays_on_the_list(qtbot, section, opened):
    edits.clear_class(opened, 2)
    settled(qtbot, opened)
    assert opened.scan.mask.counts[2] == 0
    assert opened.scan.mask.undo_name == "clear shell"
    assert words(section, 2, VOLUME) == "–"


def test_the_menu_of_a_class_offers_what_fits(qtbot, section, opened):
    opened.set_classes([replace(each, code=Code("5366008", "SCT", "Hippocampus")) for each in opened.classes])
    offered = entries(section.menu_of(1))
    assert {"Show only this", "Hide", "Lock", "Rename", "Merge into…", "Clear", "Delete"} <= set(offered)
    assert "Copy code SCT 5366008" in offered
    offered["Lock the others"].trigger()
    assert opened.scan.mask.locked == {2, 7}
    entries(section.menu_of(1))["Unlock all"].trigger()
    assert opened.scan.mask.locked == frozenset()
    assert "Name" in entries(section.menu_of(7))


def test_a_right_click_opens_the_menu_of_the_class_under_it(qtbot, section, opened, monkeypatch):
    asked = []
    monkeypatch.setattr(section, "_open_menu", lambda value, _where: asked.append(value))
    section.table.customContextMenuRequested.emit(place(section, 2, NAME))
    assert asked == [2]
    assert opened.view.chosen == 2


def test_a_click_on_the_color_offers_others(qtbot, section, opened):
    click(qtbot, section, 2, COLOR)
    (menu,) = section.findChildren(ColorMenu)
    menu._pick((1, 2, 3))
    assert opened.classes[1].color == (1, 2, 3)


def test_merging_shows_what_would_come_of_it_and_is_one_step(qtbot, section, opened):
    dialog = MergeDialog(opened, 7, section)
    qtbot.addWidget(dialog)
    assert [dialog.table.item(at, 0).text() for at in range(3)] == ["class 7", "ball", "shell"]
    assert dialog.table.item(1, 1).text() == "65"
    assert not dialog.apply.isEnabled()
    dialog.choices[7].setCurrentIndex(dialog.choices[7].findData(2))
    assert dialog.said.text() == "shell 0.008 → 0.009 ml; class 7 goes (0.001 ml)."
    before, steps = opened.scan.mask.labels.copy(), opened.scan.mask.steps
    qtbot.mouseClick(dialog.apply, LEFT)
    settled(qtbot, opened)
    assert (opened.scan.mask.labels == np.where(before == 7, 2, before)).all()
    assert opened.scan.mask.steps == steps + 1
    opened.undo()
    assert (opened.scan.mask.labels == before).all()


def test_a_locked_class_can_be_neither_merged_nor_merged_into(qtbot, section, opened):
    edits.toggle_lock(opened, 2)
    dialog = MergeDialog(opened, 0, section)
    qtbot.addWidget(dialog)
    assert not dialog.choices[2].isEnabled()
    targets = dialog.choices[1].model()
    assert not targets.item(dialog.choices[1].findData(2)).isEnabled()


def test_what_a_merge_comes_to_is_said_in_words():
    names = {1: "liver", 2: "spleen", 3: "cyst"}
    assert merged_in_words({1: 1000, 2: 500}, {}, names, 0.01) == "Every class stays as it is."
    assert merged_in_words({1: 1000, 2: 500}, {2: 1}, names, 0.01) == "liver 10.0 → 15.0 ml; spleen goes (5.00 ml)."
    assert merged_in_words({1: 1000}, {1: 3}, names, 0.01) == "liver goes (10.0 ml); cyst 0 → 10.0 ml."


def test_a_list_of_classes_is_put_beside_those_that_are_there(qtbot, section, opened):
    dialog = PresetDialog(opened, Preset("organs", "Two organs", classes_named([(2, "liver"), (9, "spleen")])), section)
    qtbot.addWidget(dialog)
    dialog._check(Qt.CheckState.Checked)
    assert dialog.apply.text() == "Add 2"
    assert dialog.said.text() == "1 get another number, because theirs is taken."
    qtbot.mouseClick(dialog.apply, LEFT)
    named = {each.value: each.name for each in opened.classes}
    assert named == {1: "ball", 2: "shell", 3: "liver", 9: "spleen"}


def test_a_click_on_a_class_of_a_list_ticks_it(qtbot, section, opened):
    dialog = PresetDialog(opened, Preset("organs", "Two organs", classes_named([(3, "liver"), (9, "spleen")])), section)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.chosen == ()
    qtbot.keyClicks(dialog.filter, "spl")
    where = dialog.list.visualItemRect(dialog.list.item(1)).center()
    qtbot.mouseClick(dialog.list.viewport(), LEFT, pos=where)
    assert [each.name for each in dialog.chosen] == ["spleen"]
    qtbot.mouseClick(dialog.list.viewport(), LEFT, pos=where)
    assert not dialog.apply.isEnabled()


def test_a_list_of_classes_names_what_the_mask_holds(qtbot, section, opened):
    (preset,) = (each for each in presets() if each.name == "TotalSegmentator CT")
    dialog = PresetDialog(opened, preset, section)
    qtbot.addWidget(dialog)
    assert [each.name for each in dialog.chosen] == ["pancreas"]
    qtbot.mouseClick(dialog.apply, LEFT)
    assert {each.value: each.name for each in opened.classes}[7] == "pancreas"


def test_a_list_of_classes_takes_the_place_of_those_that_are_there(qtbot, section, opened):
    dialog = PresetDialog(opened, Preset("organs", "An organ", classes_named([(2, "liver")])), section)
    qtbot.addWidget(dialog)
    dialog._check(Qt.CheckState.Checked)
    dialog.instead.setChecked(True)
    assert dialog.said.text() == "2 classes that are in the mask would have no name."
    qtbot.mouseClick(dialog.apply, LEFT)
    assert [(each.value, each.name) for each in opened.classes] == [(2, "liver")]
    assert section.rows.rowCount() == 3
    opened.heard[-1].actions[0].run()
    assert [each.name for each in opened.classes] == ["ball", "shell"]


def test_a_list_in_place_of_others_names_all_that_is_drawn(qtbot, section, opened):
    (preset,) = (each for each in presets() if each.name == "TotalSegmentator CT")
    dialog = PresetDialog(opened, preset, section)
    qtbot.addWidget(dialog)
    assert [each.name for each in dialog.chosen] == ["pancreas"]
    dialog.instead.setChecked(True)
    assert [each.name for each in dialog.chosen] == ["spleen", "kidney right", "pancreas"]
    assert dialog.said.text() == ""


def test_a_filter_finds_one_of_many_classes(qtbot, session):
    (preset,) = (each for each in presets() if each.name == "TotalSegmentator CT")
    session.set_classes(preset.classes)
    section = shown(session, qtbot)
    assert section.filter.isVisible()
    assert section.rows.rowCount() == 117
    qtbot.keyClicks(section.filter, "lobe left")
    assert [row.name for row in section.rows.rows] == ["lung upper lobe left", "lung lower lobe left"]
    section.filter.clear()
    session.view.chosen = 117
    seen = section.table.viewport().rect()
    assert seen.intersects(section.table.visualRect(section.rows.place_of(117)))


def test_of_many_classes_only_those_in_the_mask_can_be_listed(qtbot, section, opened):
    (preset,) = (each for each in presets() if each.name == "TotalSegmentator CT")
    opened.set_classes(preset.classes)
    opened.view.chosen = 9
    qtbot.mouseClick(section.drawn, LEFT)
    assert [row.value for row in section.rows.rows] == [1, 2, 7, 9]
    qtbot.mouseClick(section.drawn, LEFT)
    assert section.rows.rowCount() == 117


def test_the_menu_of_presets_begins_with_the_models_own_classes(section):
    section.presets.menu().aboutToShow.emit()
    offered = [action.text() for action in section.presets.menu().actions()]
    assert offered == ["ball 1…", *(f"{preset.name}…" for preset in presets())]


def test_nameless_classes_are_named_by_hand_or_by_lists_that_know_them(section):
    section.name_them.menu().aboutToShow.emit()
    offered = [action.text() for action in section.name_them.menu().actions()]
    assert offered[0] == "By hand"
    assert "By FreeSurfer aseg (1 of 1)…" in offered
    assert not [text for text in offered if "BraTS" in text]
    section.name_them.menu().actions()[0].trigger()
    assert section.table.findChild(QLineEdit) is not None


def test_the_button_goes_to_the_chosen_class(qtbot, section, opened):
    opened.view.chosen = 2
    with qtbot.waitSignal(opened.view.point_changed, timeout=10_000):
        qtbot.mouseClick(section.jump, LEFT)
    assert opened.scan.mask.labels[opened.view.voxel] == 2


def test_few_classes_have_no_filter(section):
    assert not section.filter.isVisible()


def test_a_class_that_the_model_does_not_know_is_told_before_submitting(qtbot, section, opened):
    assert not section.strangers.isVisible()
    opened.set_classes((*opened.classes, LabelClass(7, "cyst", (1, 2, 3))))
    assert section.strangers.text() == "ball 1 does not know cyst: it cannot learn from this mask."
    assert "does not know" in section.rows.rows[2].tip


def test_a_class_above_255_has_room_made_for_it(qtbot, section, opened):
    before = opened.scan.mask.labels.copy()
    opened.set_classes((*opened.classes, LabelClass(1005, "cuneus left", (1, 2, 3))))
    wait(qtbot, opened)
    edits.merge_classes(opened, {7: 1005})
    settled(qtbot, opened)
    assert (opened.scan.mask.labels == np.where(before == 7, 1005, before.astype(int))).all()
    assert words(section, 1005, VOLUME) == "0.001"


def test_news_of_the_model_that_is_chosen_already_leaves_the_list_alone(session):
    edits.add_class(session)
    session.choose_model(session.model)
    assert [each.name for each in session.classes] == ["ball", "shell", "class 3"]


def test_without_a_scan_there_are_no_volumes(qtbot, session):
    section = shown(session, qtbot)
    assert words(section, 1, VOLUME) == ""
    assert not section.jump.isEnabled()


def test_the_rows_of_a_mask_list_named_classes_first():
    counts = np.zeros(256, np.int64)
    counts[[1, 9, 200]] = 5, 10, 15
    rows = rows_of(classes_named([(3, "c"), (9, "i")]), counts, 0.5)
    assert [(row.value, row.ml) for row in rows] == [(3, 0), (9, 5), (1, 2.5), (200, 7.5)]

"""One table of actions: every command once, every key with one meaning, keys changed by a person and remembered."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QMenu, QPushButton, QWidget

from segstudio.errors import SegStudioError
from segstudio.viewer.actions import Actions, keys_of
from segstudio.viewer.commands import commands
from segstudio.viewer.keysheet import KeySheet

NAMES = {each.name for each in commands()}


@pytest.fixture
def keys(tmp_path):
    return keys_of(tmp_path / "keys.ini")


@pytest.fixture
def sheet(keys, qtbot):
    sheet = KeySheet(keys, NAMES)
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.waitExposed(sheet)
    return sheet


def key(text):
    return QKeySequence(text)


def require_one_meaning(keys):
    """In a review and outside of one: no key stands for two commands."""
    for review in (True, False):
        names = [each.name for each in commands() if each.review is review]
        given = [text.toString() for name in names for text in keys.of(name)]
        assert len(set(given)) == len(given)


def test_every_key_has_one_meaning(keys):
    require_one_meaning(keys)


def test_in_a_review_its_keys_come_first_and_while_fixing_those_of_the_tools(keys, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    actions = Actions(dict.fromkeys(("accept", "flag", "polygon", "brush"), lambda: None), keys, window, window)

    def held():
        return {name: bool(action.shortcuts()) for name, action in actions.by_name.items()}

    assert held() == {"accept": False, "flag": False, "polygon": True, "brush": True}
    actions.review("reading")
    assert held() == {"accept": True, "flag": True, "polygon": False, "brush": True}
    actions.review("fixing")
    assert held() == {"accept": True, "flag": False, "polygon": True, "brush": True}
    actions.review("")
    assert held() == {"accept": False, "flag": False, "polygon": True, "brush": True}


def test_the_keys_of_the_trade_are_there(keys):
    wanted = {
        "undo": "Ctrl+Z", "redo": "Ctrl+Y", "smaller": "[", "larger": "]", "invert": "I", "flip_h": "H", "flip_v": "V",
        "reset": "Space", "window_1": "1", "window_6": "6", "class_3": "Num+3", "next_slice": "Up", "next_ten": "PgUp",
        "first_slice": "Home", "columns": "Tab", "outline": "O", "mask": "M", "next_difference": "N",
        "previous_difference": "P", "next_class": "X", "keys": "F1", "save_mask": "Ctrl+S",
    }  # fmt: skip
    assert {name: keys.of(name)[0].toString() for name in wanted} == wanted


def test_only_what_can_be_run_becomes_an_action(keys, qtbot):
    window, ran = QWidget(), []
    qtbot.addWidget(window)
    actions = Actions({"undo": lambda: ran.append("undo"), "brush": lambda: None}, keys, window, window)
    assert set(actions.by_name) == {"undo", "brush"}
    actions.by_name["undo"].trigger()
    assert ran == ["undo"]
    assert actions.by_name["brush"].isCheckable()
    menu = QMenu(window)
    actions.fill(menu, "Edit")
    assert [each.text() for each in menu.actions() if not each.isSeparator()] == ["Undo"]


def test_with_nothing_open_only_idle_commands_can_be_run(keys, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    actions = Actions(dict.fromkeys(NAMES, lambda: None), keys, window, window)
    actions.enable(scan=False)
    assert actions.by_name["open"].isEnabled()
    assert not actions.by_name["brush"].isEnabled()
    actions.enable(scan=True)
    assert actions.by_name["brush"].isEnabled()


def test_the_number_pad_and_the_digits_above_the_letters_mean_different_things(keys, qtbot):
    window, ran = QWidget(), []
    qtbot.addWidget(window)
    _actions = Actions(
        {name: lambda name=name: ran.append(name) for name in ("class_1", "window_1")}, keys, window, window
    )
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.setFocus()
    qtbot.waitUntil(window.hasFocus)
    QTest.keyClick(window, Qt.Key.Key_1)
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier)
    assert ran == ["window_1", "class_1"]


def test_a_changed_key_is_remembered(keys, tmp_path):
    keys.change("brush", [key("Ctrl+Alt+B"), key("W")])
    again = keys_of(tmp_path / "keys.ini")
    assert again.of("brush") == [key("Ctrl+Alt+B"), key("W")]
    assert again.is_changed("brush")
    again.reset()
    assert keys_of(tmp_path / "keys.ini").of("brush") == [key("B")]


def test_an_action_follows_its_changed_key(keys, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    actions = Actions({"brush": lambda: None}, keys, window, window)
    keys.change("brush", [key("W")])
    assert actions.by_name["brush"].shortcuts() == [key("W")]
    assert "(W)" in actions.by_name["brush"].toolTip()


def test_a_key_that_is_taken_is_refused_with_words(keys):
    with pytest.raises(SegStudioError, match="E is taken") as error:
        keys.change("brush", [key("E")])
    assert error.value.hint
    assert keys.of("brush") == [key("B")]
    assert keys.of("eraser") == [key("E")]


def test_a_key_can_be_taken_away_and_is_given_back_on_reset(keys):
    keys.change("brush", [key("E")], take=True)
    assert keys.of("eraser") == []
    keys.reset("eraser")
    assert keys.of("eraser") == [key("E")]
    assert keys.of("brush") == []


def test_keys_that_cannot_be_kept_are_told_and_hold_for_now(tmp_path):
    (tmp_path / "file").write_text("")
    keys = keys_of(tmp_path / "file" / "keys.ini")
    with pytest.raises(SegStudioError, match="remembered"):
        keys.change("brush", [key("W")])
    assert keys.of("brush") == [key("W")]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(sorted(NAMES)), st.sampled_from("ABCWXYZ1234"), st.booleans()), max_size=12))
def test_however_keys_are_changed_none_has_two_meanings(tmp_path, changes):
    keys = keys_of(tmp_path / "keys.ini")
    keys.reset()
    for name, letter, take in changes:
        try:
            keys.change(name, [key(letter)], take=take)
        except SegStudioError:
            assert not take
    for each in (keys, keys_of(tmp_path / "keys.ini")):
        require_one_meaning(each)


def test_the_sheet_lists_every_command_and_finds_by_word_or_key(sheet):
    assert set(sheet.rows) == NAMES
    sheet.search.setText("ctrl+z")
    assert {name for name, row in sheet.rows.items() if not row.isHidden()} == {"undo"}
    sheet.search.setText("smart edges")
    assert {name for name, row in sheet.rows.items() if not row.isHidden()} == {"smart"}
    sheet.search.clear()
    assert all(not row.isHidden() for row in sheet.rows.values())


def press(sheet, name, pressed):
    row = sheet.rows[name]
    row.key.click()
    row.field.setKeySequence(key(pressed))
    row.field.editingFinished.emit()


def test_the_sheet_has_a_button_that_closes_it(sheet):
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test's own way of closing it comes after
    (close,) = (each for each in sheet.findChildren(QPushButton) if each.text() == "Close")
    close.click()
    assert not sheet.isVisible()


def test_a_key_is_changed_by_clicking_it_and_pressing_another(sheet, keys):
    press(sheet, "brush", "W")
    assert keys.of("brush") == [key("W")]
    assert sheet.rows["brush"].key.text() == "W"
    press(sheet, "brush", "Backspace")
    assert keys.of("brush") == []
    sheet.back.click()
    assert keys.of("brush") == [key("B")]


def test_a_taken_key_is_offered_to_be_taken_away(sheet, keys):
    press(sheet, "brush", "E")
    assert "Eraser" in sheet.bar.said.text
    sheet.bar.said.actions[0].run()
    assert keys.of("brush") == [key("E")]
    assert keys.of("eraser") == []
    assert sheet.rows["eraser"].key.text() == "–"

"""The bar says what has to be said in a place of its own, and nothing slips from under the pointer when it goes."""

import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QEnterEvent
from qtpy.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from segstudio.viewer import messages
from segstudio.viewer.messages import Action, Message, MessageBar

WORDS = "the scan lies somewhere else in the patient than the mask does "


@pytest.fixture
def page(qtbot):
    """Makes a bar above something else."""

    def make(**options):
        page, bar, below = QWidget(), MessageBar(**options), QWidget()
        column = QVBoxLayout(page)
        column.addWidget(bar)
        column.addWidget(below, 1)
        page.bar, page.below = bar, below
        qtbot.addWidget(page)
        page.resize(700, 300)
        page.show()
        qtbot.waitExposed(page)
        return page

    return make


def test_what_lies_below_stays_where_it_is_when_a_message_comes_and_goes(page):
    page = page(stays=True)
    places = [page.below.geometry()]
    for text in ("Done.", WORDS * 3, WORDS * 30):
        page.bar.say(Message(text, "Do something.", "error", (Action("Undo", lambda: None),)))
        QApplication.processEvents()
        places.append(page.below.geometry())
    page.bar.dismiss()
    QApplication.processEvents()
    assert {each.getRect() for each in places} == {page.below.geometry().getRect()}


def test_in_a_narrow_place_what_can_be_done_stands_below_the_words(page):
    page = page(narrow=True)
    bar = page.bar
    page.resize(330, 300)
    bar.say(Message(WORDS, actions=(Action("Open it as a scan", lambda: None),)))
    QApplication.processEvents()
    (button,) = bar.findChildren(QPushButton)
    assert button.geometry().top() >= bar._text.geometry().bottom()
    assert bar._text.width() > 0.8 * bar.width()


def test_a_message_that_is_too_long_is_cut_and_its_tooltip_says_all_of_it(page):
    page = page(stays=True)
    bar = page.bar
    bar.say(Message("Done."))
    assert (bar._text.text(), bar._text.toolTip()) == ("Done.", "")
    bar.say(Message(WORDS * 30))
    assert bar._text.text().endswith("…")
    assert bar._text.toolTip() == (WORDS * 30).strip()


def test_while_there_is_nothing_to_say_it_says_what_the_tool_does(page):
    page = page(stays=True)
    bar = page.bar
    bar.idle("Brush: paints.")
    assert bar._text.text() == "Brush: paints."
    bar.say(Message("Done."))
    bar.idle("Eraser: takes away.")
    assert bar._text.text() == "Done."
    bar.dismiss()
    assert bar._text.text() == "Eraser: takes away."
    assert bar.close_button.isHidden()


@pytest.mark.parametrize("stays", [True, False])
def test_a_second_click_where_the_cross_was_reaches_nothing_else(page, qtbot, stays):
    page = page(stays=stays)
    page.bar.say(Message("Done.", actions=(Action("Undo", lambda: None),)))
    place = page.bar.close_button.mapTo(page, page.bar.close_button.rect().center())
    qtbot.mouseClick(page.bar.close_button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert page.bar.said is None
    assert page.childAt(place) is not page.below
    if not stays:
        qtbot.waitUntil(page.bar.isHidden, timeout=5000)


def test_a_message_stays_while_the_pointer_is_on_it(page, qtbot, monkeypatch):
    monkeypatch.setattr(messages, "_AGAIN_MS", 20)
    page = page()
    bar = page.bar
    bar._timer.setInterval(20)
    at = bar.rect().center().toPointF()
    QApplication.sendEvent(bar, QEnterEvent(at, at, bar.mapToGlobal(at)))
    bar.say(Message("Done."))
    qtbot.wait(100)
    assert bar.said is not None
    QApplication.sendEvent(bar, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: bar.said is None, timeout=5000)

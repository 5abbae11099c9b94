"""Colours that can be read, and icons that go with them."""

import re
from dataclasses import asdict

import pytest
from qtpy.QtGui import QAction, QColor
from qtpy.QtWidgets import QPushButton, QToolButton, QWidget

from segstudio.viewer import look
from segstudio.viewer.sections.section import button, tool

BARS = ("note_bar", "error_bar", "done_bar", "warning_bar")
PAIRS = [
    *(("text", ground) for ground in ("background", "panel", "raised", "chosen", *BARS)),
    *(("quiet", ground) for ground in ("background", "panel", "raised", "chosen")),
    *(("accent", ground) for ground in ("background", "panel", "raised", *BARS)),
    *((figure, "panel") for figure in ("good", "bad", "warning")),
    ("ink", "accent"),
    ("ink", "accent_lit"),
    ("background", "warning"),
]


@pytest.fixture(autouse=True)
def dark_again():
    yield
    look.use("dark")


def luminance(color):
    parts = [value / 255 for value in QColor(color).getRgb()[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """As WCAG 2.2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", look.THEMES)
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_words_stand_out_from_what_they_are_written_on(theme, words, ground):
    colors = asdict(look.THEMES[theme])
    assert contrast(colors[words], colors[ground]) >= 4.5


def test_a_theme_is_used_everywhere_and_an_unknown_one_is_dark():
    look.use("light")
    assert look.THEMES["light"].panel in look.STYLE
    assert look.THEMES["light"].text == look.TEXT
    look.use("nothing of that name")
    assert look.THEMES["dark"].text == look.TEXT
    assert not re.search(r"%\(|\{\{", look.STYLE)


def shade(taker, side=18):
    """The colour of an icon where it is drawn at its darkest or brightest."""
    picture = taker.icon().pixmap(side, side).toImage()
    seen = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    return max(seen, key=QColor.alpha).name()


def test_icons_take_the_colours_of_another_theme_at_once(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    action = QAction("Open", window)
    look.set_icon(action, "open")
    plain, primary = tool("close", "Dismiss"), button("Predict", "", "predict", kind="primary")
    for each in (plain, primary):
        each.setParent(window)
    for theme in ("light", "contrast", "dark"):
        look.use(theme)
        look.dress(window)
        assert shade(action) == shade(plain) == look.THEMES[theme].text
        assert shade(primary) == look.THEMES[theme].ink


def test_what_wears_no_icon_of_ours_is_left_alone(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    bare = [QPushButton("Yes", window), QToolButton(window)]
    look.dress(window)
    assert all(each.icon().isNull() for each in bare)

"""A class that hides the others is seen through."""

import numpy as np
import pytest

from segstudio.viewer.panes.shells import coarse, wrapping
from tests.viewer.sessions import paint


def ball_in_shell(side):
    away = np.sqrt(((np.indices((side,) * 3).T - (side - 1) / 2) ** 2).sum(-1)).T / side
    return np.where(away < 0.15, 1, np.where(away < 0.4, 7, 0)).astype(np.uint16)


@pytest.mark.parametrize("side", [20, 150])
def test_a_shell_wraps_what_lies_in_it_for_as_long_as_both_are_shown(side):
    seen = coarse(ball_in_shell(side))
    assert max(seen.shape) < 130
    assert wrapping(seen, (1, 7)) == 7
    assert wrapping(seen, (7,)) == 0
    assert wrapping(seen, (1,)) == 0


def test_neighbours_do_not_wrap_each_other():
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[5:15, 5:15, 2:10], labels[5:15, 5:15, 10:18] = 1, 2
    assert wrapping(labels, (1, 2)) == 0
    labels[4:16, 4:16, 2:4] = 1
    assert wrapping(labels, (1, 2)) == 0, "seen from one side only"
    assert wrapping(np.zeros((0, 0, 0), np.uint8), (1, 2)) == 0
    assert wrapping(np.zeros((4, 4, 4), np.uint8), (1, 2)) == 0


def middle_of(pane):
    image = pane.solid.widget.grabFramebuffer()
    return image.pixelColor(image.width() // 2, image.height() // 2).getRgb()[:3]


def test_the_inner_class_is_seen_through_the_outer_until_that_is_alone(pane, session, qtbot):
    paint(session, (10, 12, 14), 2, reach=7)
    paint(session, (10, 12, 14), 1, reach=4)
    qtbot.waitUntil(lambda: pane.solid.glass == 2 and not pane.busy, timeout=30_000)

    def is_orange(color):
        return color[0] > color[2] + 30

    qtbot.waitUntil(lambda: is_orange(middle_of(pane)), timeout=30_000)
    session.view.hidden = frozenset({1})
    assert pane.solid.glass == 0
    qtbot.waitUntil(lambda: middle_of(pane)[2] > middle_of(pane)[0] + 30, timeout=30_000)

"""What was said of a case before, in short lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segstudio.library import Read
from segstudio.viewer.messages import Action
from segstudio.viewer.past import PastReads, all_read_in_words, read_in_words

NOON = datetime(2026, 11, 21, 12)
FIRST = Read(
    1, 5, "Dr. A", "first", False, "ball@1", None, "fix", "", 3, "", 40.0, 0.914, "2026-11-19T09:00:00Z",
    "2026-11-19T09:01:00Z",
)  # fmt: skip
SECOND = replace(FIRST, id=2, reader="Dr. B", kind="second", verdict="reject", reason="motion", dice=None)


def test_the_end_of_a_sitting_says_how_often_what_was_said_and_whether_there_is_what_to_learn():
    learn = Action("Learn…", lambda: None)
    told = all_read_in_words(3, ("flag", "accept", "accept"), learn)
    assert told.text == "All 3 cases are read: 2 accepted, 1 put aside."
    assert told.actions == (learn,)
    told = all_read_in_words(2, ("flag", "reject"), learn)
    assert (told.text, told.hint) == ("All 2 cases are read: 1 rejected, 1 put aside.", "")
    assert not told.actions
    assert all_read_in_words(3, ("flag",), learn).text == "All 3 cases are read."


def test_a_line_says_when_who_what_and_how_right_the_model_was():
    assert read_in_words(FIRST, NOON).startswith("2026-11-19 ")
    assert read_in_words(FIRST, NOON).endswith("Dr. A  ·  corrected  ·  Dice 0.91")
    assert read_in_words(SECOND, NOON).endswith("Dr. B  ·  second read  ·  rejected (motion)")


def test_the_newest_comes_first_and_without_reads_nothing_is_shown(qtbot):
    past = PastReads()
    qtbot.addWidget(past)
    assert past.isHidden()
    past.show_reads([FIRST, SECOND])
    assert past.text() == "Read 2 times"
    assert ["Dr. A" in each.text() for each in past.lines.actions()] == [False, True]

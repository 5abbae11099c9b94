"""Jobs, figures and versions in words, and where things are drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segstudio.learning import CaseVerdict, ClassVerdict, DicePoint, Verdict
from segstudio.library import Ancestor, Job, Rule, Watched
from segstudio.review import Match
from segstudio.studio.versions import Comparison
from segstudio.viewer.models.comparing import basis_in_words, pinned_in_words
from segstudio.viewer.models.descent import version_in_words, withdrawn_in_words
from segstudio.viewer.models.figures import dice_change, distance_change, in_words
from segstudio.viewer.models.jobs import dice_curves
from segstudio.viewer.models.mapping import mapping_in_words
from segstudio.viewer.models.times import rule_in_words
from segstudio.viewer.models.tree import places
from segstudio.viewer.models.watching import counts_in_words, drift_in_words, lines, steady_in_words
from segstudio.viewer.models.words import change_in_words, facts, reason_in_words, signed, title, told

NOON = datetime(2026, 3, 4, 12)
JOB = Job(1, "fine-tune", "ball", "running", {}, Path(), done=0.5, what="learning", left_s=190)
FEMUR = ClassVerdict(1, "femur", 0.8, 0.84, 3.0, 2.0, 0.04, (0.01, 0.07), -1.0, (-2.0, 0.5))


def at(hour: int, day: int = 4) -> str:
    """As the library writes an hour of this computer's clock."""
    return datetime(2026, 3, day, hour).astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_a_running_job_says_what_it_does_and_how_long_still():
    assert told(JOB, NOON) == "Learning · 3 min left"


def test_a_failed_job_says_why_and_what_to_do():
    failed = replace(JOB, state="failed", error="the disk is full", hint="Make room.")
    assert told(failed, NOON) == "The disk is full. Make room."


@pytest.mark.parametrize(
    ("when", "words"),
    [(at(22), "Waits until 22:00"), (at(2, 5), "Waits until tomorrow 02:00"), (at(8), "Waits for its turn")],
)
def test_a_job_that_is_put_off_says_until_when(when, words):
    assert told(replace(JOB, state="queued", not_before=when), NOON) == words


def test_other_work_ends_with_what_came_of_it():
    taken = replace(JOB, kind="import", model="", state="done", result="6 scans added, 1 could not be read")
    assert (title(taken), told(taken, NOON)) == ("Taking scans in", "6 scans added, 1 could not be read.")


def test_what_the_gate_said_is_written_with_the_minus_of_the_window():
    assert reason_in_words("not better: mean Dice -0.038; class-2 worse by 0.01") == (
        "Not better: mean Dice −0.038; class-2 worse by 0.01."
    )


def test_device_and_memory_are_told():
    said = facts(replace(JOB, started=at(9), device="CPU", memory_mb=2048), NOON)
    assert said == "begun 09:00 · CPU · 2.0 GB at most"


def test_a_change_is_sure_only_where_its_interval_excludes_zero():
    assert change_in_words(0.04, (0.01, 0.07), 2) == "+0.04 (+0.01 to +0.07)"
    assert change_in_words(-0.4, (-0.8, -0.02), 1) == "−0.40 (−0.80 to −0.02)", "no 0.0 at an end that excludes zero"
    assert signed(-0.001, 2) == "0.00"


def test_colours_follow_the_interval_not_the_mean(monkeypatch):
    from segstudio.viewer import look

    assert dice_change(FEMUR).color == look.GOOD
    assert distance_change(FEMUR).color == look.QUIET, "its interval holds zero"
    assert dice_change(replace(FEMUR, dice_change=-0.04, dice_interval=(-0.07, -0.01))).color == look.BAD


def test_an_old_verdict_shows_its_means_alone():
    old = ClassVerdict(1, "femur", 0.8, 0.84, None, None)
    assert dice_change(old).value == pytest.approx(0.04)
    assert in_words(old) == "femur: Dice 0.80 to 0.84 +0.04, within chance"


def compared(**changes) -> Comparison:
    case = CaseVerdict(4, "a1b2", "holdout", {1: 0.8}, {1: 0.7})
    verdict = Verdict(False, "worse", 20, (FEMUR,), cases=(case,))
    return replace(Comparison("ball@1", "ball@2", verdict, (), (case,), ()), **changes)


def test_it_is_said_on_whom_figures_were_measured():
    assert basis_in_words(compared()) == "ball 2 against ball 1, on 20 patients that no version has learned from."
    seen = replace(compared().verdict, basis="corrections")
    assert basis_in_words(compared(verdict=seen)).endswith("these figures prove nothing.")


def test_the_regression_set_is_spoken_for():
    assert "No case is in the regression set" in pinned_in_words(compared())
    assert pinned_in_words(compared(pinned=compared().worse)) == "Regression set: a1b2 got worse."


def ancestor(label: str, parent: str = "", **changes) -> Ancestor:
    plain = Ancestor(label, parent, "ball@1", "candidate", "2026-03-04T10:00:00Z", (), (), {}, {}, "")
    return replace(plain, **changes)


def test_a_second_child_opens_a_lane_of_its_own():
    tree = [
        ancestor("b@1"),
        ancestor("b@2", "b@1"),
        ancestor("b@3", "b@2"),
        ancestor("b@4", "b@2"),
        ancestor("b@5", "b@4"),
    ]
    assert places(tree) == {"b@1": (0, 0), "b@2": (1, 0), "b@3": (2, 0), "b@4": (2, 1), "b@5": (3, 1)}


def test_a_version_tells_its_parent_its_readers_and_who_put_it_in_use():
    promoted = (("2026-03-05T08:00:00Z", "Dr. Roe", "promote"),)
    said = version_in_words(ancestor("b@2", "b@1", promoted=promoted, readers={"Dr. Roe": 7}, dice={"ball": 0.9}))
    for line in ("Its weights began as b 1", "2026-03-05 put in use by Dr. Roe", "Masks by Dr. Roe (7)"):
        assert line in said.splitlines()
    assert "Dice 0.90  ball" in said


def test_a_withdrawal_names_the_versions_that_saw_the_case():
    assert withdrawn_in_words(4, ["b@2", "b@3"]).text == "Case 4 is withdrawn. These have learned from it: b 2, b 3."
    assert "no version" in withdrawn_in_words(4, []).text


def test_a_rule_is_off_until_somebody_sets_it():
    assert rule_in_words(Rule("b")) == "Learns only when asked."
    both = "Learns by itself after 10 new cases, and at 02:00 if there is anything new."
    assert rule_in_words(Rule("b", 10, "02:00")) == both


def test_each_class_has_a_curve_in_its_colour():
    points = [
        DicePoint(step, step, value, name, 0.5) for step in (0, 10) for value, name in ((2, "shell"), (1, "ball"))
    ]
    curves = dice_curves(points, {1: (1, 2, 3)})
    assert [(each.name, each.color, len(each.points)) for each in curves] == [
        ("ball", (1, 2, 3), 2),
        ("shell", None, 2),
    ]


def watched(at: int, dice: float, name: str = "ball", scanner: str = "A") -> Watched:
    return Watched(f"2026-03-{at:02d}", at, "a1b2", "b@1", 1, name, dice, scanner, "MR", "Dr. Roe")


def test_monitoring_draws_every_case_and_the_mean_of_the_latest():
    seen = [watched(at, 0.5 if at <= 10 else 0.9, scanner="AB"[at % 2]) for at in range(1, 21)]
    (line,) = lines(seen, {}, by_scanner=False)
    assert len(line.dots) == 20
    assert line.points[-1] == (20.0, pytest.approx(0.9))
    assert {each.name for each in lines(seen, {}, by_scanner=True)} == {"A", "B"}
    assert counts_in_words(seen) == "20 cases from 2 scanners, drawn by b 1."


def test_too_few_cases_say_nothing_about_drift():
    assert steady_in_words([watched(1, 0.5)]) == "Whether it drifts can be told from 20 cases on; there are 1."
    assert drift_in_words(["a", "b", "c", "d", "e"]).endswith("And 2 more changes; point here to read them.")


def test_a_mapping_counts_what_would_be_lost():
    rows = (Match(1, "ball", 900, 1, "same"), Match(7, "core", 1200, None, "unknown"))
    assert mapping_in_words(rows, {1: 1}) == "Choose what becomes of core."
    assert mapping_in_words(rows, {1: 1, 7: 0}).replace("\u202f", " ") == (
        "1 keep their number, 0 get another; 1 200 voxels are left out."
    )

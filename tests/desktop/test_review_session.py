"""The whole loop in the window, small: cases taken in, drawn, reviewed, learned from, and a candidate judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from segstudio.imaging import write_labels, write_volume
from segstudio.library import Library, Query
from tests.benchmarks import review_session
from tests.benchmarks.review_session import Plan, hold

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def plan(tmp_path, ball_scan, monkeypatch) -> Plan:
    """A session of four cases in blocks of two, on scans of balls."""
    for name, number in (("LABELLED", 2), ("KEPT_APART", 2), ("CASES", 4), ("BLOCK", 2)):
        monkeypatch.setattr(review_session, name, number)
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    names = tuple(f"ball_{seed}.nii.gz" for seed in range(8))
    for seed, name in enumerate(names):
        volume, labels = ball_scan(seed)
        for folder in ("images", "labels"):
            (tmp_path / folder).mkdir(exist_ok=True)
        write_volume(volume, tmp_path / "images" / name)
        write_labels(labels, tmp_path / "labels" / name)
    return Plan(tmp_path, names, first=0.1, minutes=0.05, picture=tmp_path / "curve.png")


def test_cases_are_reviewed_and_learned_from_in_the_window(plan, tmp_path):
    told = hold(plan, tmp_path / "library")
    library = Library.open(tmp_path / "library")
    assert len(told.dice) == 4
    assert len(told.first) == 4
    assert len(told.verdicts) == 2
    assert all("hippo@" in verdict for verdict in told.verdicts)
    reads = [each for each in library.reads(finished=True) if each.sitting is not None]
    assert [(each.verdict, each.reader) for each in reads] == [("fix", "expert")] * 4
    assert not library.ids(Query(status=("new", "predicted", "in review")))
    assert library.model("hippo").label == f"hippo@{latest(told.promoted)}"
    library.close()
    assert (tmp_path / "curve.png").stat().st_size > 0
    assert Path(tmp_path / "curve-candidate.png").stat().st_size > 0


def latest(promoted: tuple[bool, ...]) -> int:
    """Version in use after candidates 2, 3 and so on were promoted or not."""
    return max([1, *(at for at, yes in enumerate(promoted, 2) if yes)])

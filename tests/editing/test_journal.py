"""Every finished step is soon on disk and comes back to the bit, whatever ends the program."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count as count_from
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.editing import Edit, Journal, Mask, journal
from segstudio.errors import EditError
from segstudio.imaging import Reorientation

SHAPE = (5, 6, 7)
WHOLE = tuple(slice(0, side) for side in SHAPE)
ABOUT = {"scan": "/scans/one.nii.gz", "model": "brain@3"}


STRAIGHT = Reorientation((0, 1, 2), (False, False, False))


def begun(folder, turn=STRAIGHT, dtype=np.uint8, **known):
    labels = turn.apply(turn.undo(np.random.default_rng(1).integers(0, 3, SHAPE).astype(dtype)).copy())
    return Mask(labels, (1, 1, 1), journal=Journal.begin(folder, ABOUT, labels, **known))


def scribble(mask, seed):
    """Some edit, or a stroke of two moves."""
    rng = np.random.default_rng(seed)
    box = tuple(slice(start, start + int(rng.integers(1, 4))) for start in rng.integers(0, 4, 3).tolist())
    where = rng.random(mask.labels[box].shape) < 0.5
    value = int(rng.integers(0, 5))
    if seed % 2:
        stroke = mask.stroke(f"brush {seed}")
        stroke.put(box, where, value)
        stroke.put(box, ~where, value)
        stroke.end()
    else:
        edit = Edit.between(f"fill {seed}", mask.labels, box, np.where(where, value, mask.labels[box]))
        if edit is not None:
            mask.apply(edit)


def do(mask, acts):
    for act in acts:
        if act == "undo":
            mask.undo()
        elif act == "redo":
            mask.redo()
        else:
            scribble(mask, act)


def names(mask):
    """Steps to undo and to redo, walked through; the mask is as before."""
    done = []
    while mask.can_undo:
        done.append((mask.undo_name, mask.undo()))
    undone = [mask.redo() for _ in done]
    ahead = []
    while mask.can_redo:
        ahead.append((mask.redo_name, mask.redo()))
    for _ in ahead:
        mask.undo()
    return done, undone, ahead


def again(folder):
    kept = Journal.open(folder)
    return Mask(kept.labels, (1, 1, 1), done=kept.done, undone=kept.undone)


ACTS = st.lists(st.one_of(st.integers(0, 999), st.sampled_from(["undo", "undo", "redo"])), max_size=20)
TURNS = st.sampled_from([STRAIGHT, Reorientation((2, 0, 1), (True, False, True))])


@given(acts=ACTS, turn=TURNS, dtype=st.sampled_from([np.uint8, np.uint16]))
@settings(deadline=None, max_examples=40)
def test_what_was_done_comes_back_to_the_bit_with_its_steps(tmp_path_factory, acts, turn, dtype):
    folder = tmp_path_factory.mktemp("journal")
    mask = begun(folder, turn, dtype)
    do(mask, [7, *acts])
    assert mask.journal.close()
    back = again(folder)
    assert back.labels.dtype == dtype
    assert np.array_equal(back.labels, mask.labels)
    mask.journal = None
    assert names(back) == names(mask)
    assert np.array_equal(back.labels, mask.labels)


@given(acts=ACTS, later=ACTS, cut=st.integers(0, 30), short=st.booleans())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_journal_goes_on_where_another_was_cut_off(tmp_path_factory, monkeypatch, acts, later, cut, short):
    monkeypatch.setattr(journal, "ROOM", -(1 << 30) if short else 1 << 30)
    folder = tmp_path_factory.mktemp("journal")
    mask = begun(folder)
    do(mask, [7, *acts])
    mask.journal.close()
    with (folder / "journal").open("ab") as file:
        file.write(os.urandom(cut))
    kept = Journal.open(folder)
    assert np.array_equal(kept.labels, mask.labels)
    mask = Mask(kept.labels, (1, 1, 1), journal=Journal.resume(kept), done=kept.done, undone=kept.undone)
    do(mask, later)
    mask.journal.close()
    assert np.array_equal(again(folder).labels, mask.labels)


def test_a_journal_cut_off_anywhere_tells_what_was_whole(tmp_path):
    mask = begun(tmp_path)
    states = [mask.labels.copy()]
    for act in (3, 4, "undo", 5, 8, "undo", "redo", 9):
        do(mask, [act])
        states.append(mask.labels.copy())
    mask.journal.close()
    whole = (tmp_path / "journal").read_bytes()
    reached = 0
    for size in range(0, len(whole) + 1, 3):
        (tmp_path / "journal").write_bytes(whole[:size])
        kept = Journal.open(tmp_path)
        if kept is not None:
            at = [index for index, state in enumerate(states) if np.array_equal(kept.labels, state)]
            assert at
            assert max(at) >= reached
            reached = max(reached, min(at))
    (tmp_path / "journal").write_bytes(whole)
    assert np.array_equal(Journal.open(tmp_path).labels, states[-1])


def test_a_damaged_byte_ends_the_journal_before_it(tmp_path):
    mask = begun(tmp_path)
    do(mask, range(10))
    mask.journal.close()
    whole = (tmp_path / "journal").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "journal").write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        kept = Journal.open(tmp_path)
        assert kept is None or kept.size <= at


CHILD = """
import sys, numpy as np
from pathlib import Path
from segstudio.editing import Mask
sys.path.insert(0, sys.argv[2])
from test_journal import begun, do
mask = begun(Path(sys.argv[1]))
rng = np.random.default_rng(int(sys.argv[3]))
print("ready", flush=True)
count = 0
while True:
    act = ["undo", "redo", count][int(rng.choice(3, p=[0.2, 0.1, 0.7]))]
    do(mask, [act])
    count += 1
    if count % 10 == 0:
        mask.journal.flush()
        print(count, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no kill -9")
@pytest.mark.parametrize("seed", range(6))
def test_after_kill_9_at_a_random_point_the_journal_replays_to_the_bit(tmp_path, seed):
    here = os.path.dirname(__file__)
    command = [sys.executable, "-c", CHILD, str(tmp_path), here, str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        promised = 0
        for _ in range(1 + seed * 2):
            promised = int(child.stdout.readline())
        time.sleep(np.random.default_rng(seed).uniform(0, 0.05))
        child.send_signal(signal.SIGKILL)
    kept = Journal.open(tmp_path)
    steps = [step.name for step in kept.done]
    later = islice(states(seed), promised, promised + 5000)
    assert any(np.array_equal(labels, kept.labels) and names == steps for labels, names in later)
    mask = again(tmp_path)
    while mask.can_undo:
        mask.undo()
    assert np.array_equal(mask.labels, np.random.default_rng(1).integers(0, 3, SHAPE))
    Journal.resume(kept).forget()


def states(seed):
    """The child's mask at the beginning and after each act, and what could be undone."""
    mask = begun_without_journal()
    rng = np.random.default_rng(seed)
    for count in count_from(0):
        yield mask.labels.copy(), [step.name for step in mask._history.done]
        do(mask, [["undo", "redo", count][int(rng.choice(3, p=[0.2, 0.1, 0.7]))]])


def begun_without_journal():
    return Mask(np.random.default_rng(1).integers(0, 3, SHAPE).astype(np.uint8), (1, 1, 1))


def test_nothing_is_on_disk_before_the_first_step(tmp_path):
    mask = begun(tmp_path / "one")
    mask.journal.note({"model": "brain@4"})
    assert not (tmp_path / "one" / "journal").exists()
    mask.journal.close()
    assert not (tmp_path / "one").exists()


def test_the_last_note_counts_and_is_read_without_the_voxels(tmp_path):
    mask = begun(tmp_path)
    mask.journal.note({"model": "brain@4"})
    do(mask, [1])
    mask.journal.note({"model": "brain@5"})
    mask.journal.close()
    assert Journal.open(tmp_path).about == Journal.about(tmp_path) == {"model": "brain@5"}


def test_a_case_with_nothing_done_is_not_offered(tmp_path):
    assert Journal.about(tmp_path) is None
    mask = begun(tmp_path)
    do(mask, [1, "undo"])
    mask.journal.flush()
    assert Journal.about(tmp_path) is None
    do(mask, ["redo"])
    mask.journal.flush()
    assert Journal.about(tmp_path) == ABOUT
    mask.journal.forget()
    assert not tmp_path.exists()


def test_a_scan_is_corrected_in_one_window_at_a_time(tmp_path):
    mask = begun(tmp_path)
    do(mask, [1])
    assert Journal.in_use(tmp_path)
    with pytest.raises(EditError, match="another window"):
        begun(tmp_path)
    mask.journal.close()
    assert not Journal.in_use(tmp_path)
    Journal.resume(Journal.open(tmp_path)).close()


@pytest.mark.parametrize("start", [True, False])
def test_a_full_disk_is_told_once_and_the_journal_catches_up(tmp_path, monkeypatch, start):
    heard, full = [], threading.Event()
    sync = os.fsync

    def fsync(handle):
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(journal, "_RETRY_S", 0.01)
    told = threading.Event()
    mask = begun(tmp_path, trouble=lambda error: (heard.append(error), told.set()))
    if start:
        do(mask, [1])
        mask.journal.flush()
    full.set()
    do(mask, [2, 3, 4])
    assert told.wait(10)
    do(mask, [5, "undo"])
    assert not mask.journal.flush(0.1)
    assert mask.journal.behind
    full.clear()
    assert mask.journal.flush()
    assert np.array_equal(again(tmp_path).labels, mask.labels)
    assert len(heard) == 1
    assert "No space left" in heard[0].message
    assert heard[0].hint
    mask.journal.close()


def test_what_was_left_is_found_without_what_is_being_corrected(tmp_path):
    masks = [begun(Journal.folder(tmp_path, tmp_path / f"patient {count}.nii.gz")) for count in range(3)]
    for mask in masks[:2]:
        do(mask, [1])
        mask.journal.flush()
    assert Journal.left(tmp_path) == []
    masks[1].journal.close()
    masks[2].journal.close()
    left = Journal.left(tmp_path)
    assert left == [Journal.folder(tmp_path, tmp_path / "patient 1.nii.gz")]
    assert "patient" not in str(left[0].relative_to(tmp_path))
    masks[0].journal.forget()


def test_work_that_outlived_its_steps_is_still_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ROOM", -(1 << 30))
    mask = begun(tmp_path)
    mask._history.memory = 0
    for act in range(1, 12):
        do(mask, [act])
        mask.journal.flush()
    do(mask, ["undo"])
    mask.journal.close()
    assert Journal.about(tmp_path) == ABOUT
    assert np.array_equal(again(tmp_path).labels, mask.labels)


def test_closing_on_a_full_disk_says_that_work_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    mask = begun(tmp_path)
    do(mask, [1])
    assert not mask.journal.close()


def test_a_journal_that_grew_long_is_written_anew_without_what_nobody_can_ask_for(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ROOM", 0)
    rng = np.random.default_rng(0)
    labels = np.zeros(SHAPE, np.uint8)
    mask = Mask(labels, (1, 1, 1), memory=30_000, journal=Journal.begin(tmp_path, ABOUT, labels))
    for count in range(200):
        mask.apply(Edit.between(f"noise {count}", mask.labels, WHOLE, rng.integers(0, 100, SHAPE)))
        mask.journal.flush()
    mask.undo()
    mask.journal.close()
    assert (tmp_path / "journal").stat().st_size < 200_000
    back = again(tmp_path)
    assert np.array_equal(back.labels, mask.labels)
    assert back.steps >= mask.steps
    mask.journal = None
    for _ in range(mask.steps):
        mask.undo()
        back.undo()
        assert np.array_equal(back.labels, mask.labels)
    assert Journal.open(tmp_path).about == ABOUT


def test_a_mask_that_was_widened_goes_on_in_its_journal(tmp_path):
    mask = begun(tmp_path)
    do(mask, [1, 2, 3])
    mask.locked = frozenset({2})
    wide = mask.widened()
    wide.apply(Edit.between("fill", wide.labels, WHOLE, np.full(SHAPE, 300)))
    wide.journal.close()
    assert wide.labels.max() == 300
    assert (wide.labels[mask.labels == 2] == 2).all()
    back = again(tmp_path)
    assert np.array_equal(back.labels, wide.labels)
    while back.can_undo:
        back.undo()
    assert np.array_equal(back.labels, np.random.default_rng(1).integers(0, 3, SHAPE))


@pytest.mark.parametrize(("axes", "flips"), [*product([(0, 1, 2), (1, 2, 0)], [(False,) * 3, (True, False, True)])])
def test_a_mask_comes_back_in_the_memory_order_it_had(tmp_path, axes, flips):
    mask = begun(tmp_path, Reorientation(axes, flips))
    do(mask, [1])
    mask.journal.close()
    assert Journal.open(tmp_path).labels.strides == mask.labels.strides

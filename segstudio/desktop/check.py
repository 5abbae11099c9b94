"""The whole loop in the real window with no one watching: open, predict, correct, submit, learn, compare."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import numpy as np
from qtpy.QtWidgets import QApplication

from segstudio.desktop.window import Window
from segstudio.errors import SegStudioError
from segstudio.library import ModelEntry
from segstudio.viewer.sections.versions import before_after
from segstudio.viewer.tools import Hand

MINUTES = 1.0
"""For the fine-tuning job."""

_PATIENCE_S = 600.0
_BALL_MM = 3.0
_READER = "sample check"


def run_check(window: Window, screenshot: Path) -> int:
    """Go through the loop on the sample, printing what happens; 0 if all of it worked.

    The window is closed afterwards, whatever happened.
    """
    try:
        _go(window, screenshot)
        return 0
    except SegStudioError as error:
        _say(f"error: {error.message}", sys.stderr)
        _say(f"hint: {error.hint or 'The log in the library folder says more.'}", sys.stderr)
        return 1
    finally:
        window.close()


def _go(window: Window, screenshot: Path) -> None:
    session = window.session
    window.show()
    window.remembered.keep_flag("understood")
    window.remembered.keep_flag("keeps")
    window.start()
    window.column.submit.reader.setText(_READER)
    window.opening.open_sample()
    _wait(window, lambda: session.scan is not None and session.work is None, "opening and predicting")
    scan = session.scan
    if scan is None or not scan.mask.counts[1:].any():
        raise SegStudioError("the model found nothing in the sample", hint="Is the starter model there?")
    _say(f"predicted: {_volumes(window)}")
    _tell(window)
    _correct(window)
    _say(f"corrected: {_volumes(window)}")
    _settle(1.0)
    save_picture(window, screenshot)
    _say(f"picture: {screenshot}")
    session.submit(patient="sample", reader=_READER, minutes=MINUTES)
    _wait(window, lambda: session.work is None, "storing the correction")
    _tell(window)
    _wait(window, lambda: not _unfinished(window), "fine-tuning")
    job = window.studio.jobs()[0]
    if job.state != "done":
        raise SegStudioError(f"the fine-tuning job ended as {job.state}: {job.error or job.what}", hint=job.hint)
    _settle(2.0)
    _say(table(window.studio.library.model(job.result)))


def _correct(window: Window) -> None:
    """A small ball at the edge of the mask, painted with the reader's own brush."""
    session = window.session
    assert session.scan is not None
    painted = np.argwhere(session.scan.mask.labels == session.view.chosen)
    z, y, x = (float(at) for at in painted[np.argmin(painted[:, 1])])
    size = session.tools.options.size_mm
    session.tools.take("brush")
    session.tools.change(size_mm=2 * _BALL_MM, ball=True)
    hand = Hand("sagittal", (z, y, x))
    session.tools.active.press(hand)
    session.tools.active.release(hand)
    session.tools.change(size_mm=size, ball=False)


def table(entry: ModelEntry) -> str:
    """The gate's figures as lines of text."""
    verdict = entry.verdict
    if verdict is None:
        return f"{entry.label}: nothing was compared"
    head = f"{'class':<30}{'Dice before → after':>22}{'HD95 mm before → after':>26}"
    rows = [
        f"{each.name:<30}{before_after(each.dice_before, each.dice_after, 3):>22}"
        f"{before_after(each.hd95_before, each.hd95_after, 1):>26}"
        for each in verdict.classes
    ]
    return "\n".join([f"{entry.label} beside the version in use:", head, *rows, verdict.reason])


def save_picture(window: Window, path: Path) -> None:
    """What the window shows, as a file.

    Raises
    ------
    SegStudioError
        It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not window.grab().save(str(path)):
        raise SegStudioError(f"the picture {path} cannot be written", hint="Name another place.")


def _volumes(window: Window) -> str:
    scan = window.session.scan
    assert scan is not None
    counts, ml = scan.mask.counts, scan.voxel_ml
    return ", ".join(f"{each.name} {counts[each.value] * ml:.2f} ml" for each in window.session.classes)


def _unfinished(window: Window) -> bool:
    return any(job.state in ("queued", "running", "interrupted") for job in window.studio.jobs())


def _tell(window: Window) -> None:
    _require_no_error(window)
    if window.bar.said is not None:
        _say(window.bar.said.text)


def _require_no_error(window: Window) -> None:
    said = window.bar.said
    if said is not None and said.tone == "error":
        raise SegStudioError(said.text, hint=said.hint)


def _wait(window: Window, ready: Callable[[], bool], what: str) -> None:
    """Let the window work until something is so, or it tells of an error."""
    end = time.monotonic() + _PATIENCE_S
    _settle(0.2)
    while not ready():
        _settle(0.1)
        _require_no_error(window)
        if time.monotonic() > end:
            raise SegStudioError(f"{what} took longer than {_PATIENCE_S:.0f} s", hint="Is the machine busy?")


def _settle(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def _say(text: str, out: TextIO | None = None) -> None:
    out = out or sys.stdout
    out.write(f"{text}\n")
    out.flush()

"""What the window finds again when it is opened: how it lay, what was open, and how that was looked at."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

from qtpy.QtCore import QByteArray, QSettings

from segstudio.imaging import Box
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.panes.pane import Framing
from segstudio.viewer.panes.pose import Pose
from segstudio.viewer.session import Session
from segstudio.viewer.view import LAYOUTS

RECENT = 8
_LOOKED = 50
"""Scans whose look is remembered."""

_LARGEST = 1e4
"""Times as large as the whole slice: more than anybody can want."""


class Remembered:
    """A small file beside the library; whatever is damaged in it is passed over."""

    def __init__(self, folder: Path) -> None:
        self._file = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def sync(self) -> None:
        """Write it now."""
        self._file.sync()

    # Flags and frames

    def flag(self, name: str) -> bool:
        """Whether something was said yes to."""
        return bool(self._file.value(name, False, type=bool))

    def keep_flag(self, name: str, on: bool = True) -> None:
        """Remember a yes, or a no."""
        self._file.setValue(name, on)

    @property
    def frame(self) -> QByteArray | None:
        """Size and place of the window, as Qt wrote them."""
        found = self._file.value("geometry")
        return found if isinstance(found, QByteArray) else None

    @frame.setter
    def frame(self, geometry: QByteArray) -> None:
        self._file.setValue("geometry", geometry)

    @property
    def folded(self) -> list[str]:
        """Headings of the sections that were folded away."""
        return self._texts("sections")

    @folded.setter
    def folded(self, headings: list[str]) -> None:
        self._file.setValue("sections", headings)

    def _texts(self, name: str) -> list[str]:
        found = self._file.value(name)  # Qt gives back a list of one as the one
        texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return [text for text in texts if isinstance(text, str) and text]

    # Scans

    @property
    def recent(self) -> list[Path]:
        """Scans that were open, the last one first."""
        return [Path(name) for name in self._texts("recent")]

    @property
    def folder(self) -> str:
        """Of the last scan."""
        return str(self.recent[0].parent) if self.recent else ""

    def opened(self, path: Path) -> None:
        """A scan was opened."""
        names = [str(path), *(str(each) for each in self.recent if each != path)]
        self._file.setValue("recent", names[:RECENT])

    def forget(self, path: Path) -> None:
        """A scan is not there any more."""
        self._file.setValue("recent", [str(each) for each in self.recent if each != path])

    @property
    def open(self) -> Path | None:
        """What was open when the window was closed."""
        found = self._file.value("open", "")
        return Path(found) if isinstance(found, str) and found else None

    @open.setter
    def open(self, path: Path | None) -> None:
        self._file.setValue("open", str(path) if path else "")

    # Looks

    def keep_look(self, session: Session, picture: FourPanes) -> None:
        """Remember how the scan is looked at, and with what in the hand."""
        view = session.view
        self._put("hand", {"tool": session.tools.active.name, "size_mm": session.tools.options.size_mm})
        self._put("view", {"layout": view.layout, "outline": view.outline, "opacity": view.opacity})
        if session.scan is not None:
            looks = self._got("looks")
            looks.pop(str(session.scan.path), None)
            box, pose = session.region.box, picture.pose
            looks[str(session.scan.path)] = {
                "voxel": view.voxel, "window": view.window, "chosen": view.chosen, "said": session.scan.said,
                "box": [[int(side.start), int(side.stop)] for side in box] if box else None,
                "framings": {plane: astuple(framing) for plane, framing in picture.framings.items()},
                "pose": [pose.azimuth, pose.elevation, *pose.centre, pose.mm_per_pixel] if pose else None,
            }  # fmt: skip
            self._put("looks", dict(list(looks.items())[-_LOOKED:]))

    def restore_view(self, session: Session) -> None:
        """Layout and mask as they were; to be called once, before a scan is open."""
        view, plain = session.view, self._got("view")
        layout, opacity = plain.get("layout"), plain.get("opacity")
        if layout in LAYOUTS:
            view.layout = layout
        if isinstance(opacity, float) and 0 <= opacity <= 1:
            view.opacity = opacity
        view.outline = plain.get("outline") is True
        hand = self._got("hand")
        if hand.get("tool") in session.tools.names:
            session.tools.take(hand["tool"])
        if isinstance(hand.get("size_mm"), float):
            session.tools.change(size_mm=hand["size_mm"])

    def restore_look(self, session: Session, picture: FourPanes) -> None:
        """The scan that was just opened as it was looked at last time; panes that nobody sees yet, once they are."""
        if session.scan is None:
            return
        plain = self._look(session.scan.path)
        if plain.get("said") in ("CT", "MR"):
            session.say_modality(plain["said"])
        if len(voxel := _numbers(plain.get("voxel"))) == 3:
            session.view.voxel = voxel
        if len(window := _numbers(plain.get("window"))) == 2:
            session.view.window = (window[0], window[1])
        if plain.get("chosen") in [each.value for each in session.classes]:
            session.view.chosen = plain["chosen"]
        if (box := _box(plain.get("box"), session.scan.volume.geometry.shape)) is not None:
            session.region.set(box)
        picture.frame(_framings(plain.get("framings")))
        if len(pose := _numbers(plain.get("pose"))) == 6 and pose[5] > 0:
            picture.pose = Pose(pose[0], pose[1], (pose[2], pose[3], pose[4]), pose[5])

    def _look(self, path: Path) -> dict[str, Any]:
        plain = self._got("looks").get(str(path))
        return plain if isinstance(plain, dict) else {}

    def _put(self, name: str, plain: dict[str, Any]) -> None:
        text = json.dumps(plain)
        if text != self._file.value(name):
            self._file.setValue(name, text)

    def _got(self, name: str) -> dict[str, Any]:
        try:
            plain = json.loads(str(self._file.value(name, "{}")))
        except ValueError:
            return {}
        return plain if isinstance(plain, dict) else {}


def _numbers(found: object) -> list[float]:
    numbers = found if isinstance(found, list) else []
    return [float(each) for each in numbers if isinstance(each, int | float) and abs(each) < 1e9]


def _framings(found: object) -> dict[str, Framing]:
    numbers = {plane: _numbers(each) for plane, each in found.items()} if isinstance(found, dict) else {}
    return {plane: Framing(*each) for plane, each in numbers.items() if len(each) == 3 and 0 < each[2] < _LARGEST}


def _box(found: object, shape: tuple[int, int, int]) -> Box | None:
    """A box that lies in a scan of some shape, from its sides' ends."""
    ends = [_numbers(each) for each in found] if isinstance(found, list) else []
    if [len(each) for each in ends] != [2, 2, 2]:
        return None
    z, y, x = (slice(int(start), int(stop)) for start, stop in ends)
    fits = all(0 <= side.start < side.stop <= most for side, most in zip((z, y, x), shape, strict=True))
    return (z, y, x) if fits else None

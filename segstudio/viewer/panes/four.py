"""The picture: the planes and the surfaces side by side, and when each of them is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from napari.components import ViewerModel
from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QColor, QPainter, QPaintEvent
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QGridLayout, QWidget

from segstudio.imaging import Box, around
from segstudio.viewer import look
from segstudio.viewer.layers import PLANES
from segstudio.viewer.messages import Message
from segstudio.viewer.panes.pane import Framing, Pane, viewer_for
from segstudio.viewer.panes.pose import Pose
from segstudio.viewer.panes.readout import describe_point
from segstudio.viewer.panes.surfaces import Surfaces
from segstudio.viewer.panes.warming import Warming
from segstudio.viewer.session import Session
from segstudio.viewer.view import Layout

_OTHERS_MS = 30
"""From the pane under the hand to the next, and from that to the one after: all planes within 100 ms."""

_LATEST_MS = 50
"""The same while a stroke is under way, when they are drawn right after the hand's pane and before its next move."""

_PART_MS = 5
"""From making one part of a pane to the next: what the hand does meanwhile comes first."""

_POINTER_MS = 40
_GAP = 2

_BESIDE = 2
"""The column in which other series are, except for the first one of four panes: that takes the place of 3D."""

_PLACES: dict[Layout, tuple[int, int]] = {"axial": (0, 0), "coronal": (0, 1), "sagittal": (1, 0), "3d": (1, 1)}


class FourPanes(QWidget):
    """Axial, coronal, sagittal and 3D, of which one may fill the picture.

    Planes are made part by part, each in a turn of the event loop of its own, soon after the window is shown or when
    they are first seen. The one under the hand is drawn at once; the others follow one by one, so that the hand never
    waits for more than one of them.

    Attributes
    ----------
    panes
        The planes that were made, by name.
    surfaces
        The 3D pane, once it was seen.
    """

    pointed = Signal(str)
    """What is under the pointer, in words; "" for nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._view = session, session.view
        self.panes: dict[str, Pane] = {}
        self._viewers: dict[str, ViewerModel] = {}
        self.surfaces: Surfaces | None = None
        self._beside: tuple[QWidget, ...] = ()
        self._framings: dict[str, Framing] = {}
        self._pose: Pose | None = None
        self._foremost = "axial"
        self._told = False
        self._stale: dict[str, Box | None] = {}
        # A window that learns only when it is seen that it draws by OpenGL is made anew by Qt, which flickers.
        self._first = QOpenGLWidget(self)
        self._first.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._others = QTimer(self, singleShot=True, interval=_OTHERS_MS)
        self._others.timeout.connect(self._next)
        self._pointer = QTimer(self, singleShot=True, interval=_POINTER_MS)
        self._pointer.timeout.connect(self._tell_pointer)
        self._parts = QTimer(self, singleShot=True, interval=_PART_MS)
        self._parts.timeout.connect(self._prepare)
        self._warming = Warming(self)
        self._warming.done.connect(self._parts.start)
        self._warming.done.connect(self._go_on)
        self._connect()
        if session.scan is not None:  # in napari the panes may be opened after it
            self._other_scan()

    def _connect(self) -> None:
        session, view = self._session, self._view
        session.scan_changed.connect(self._other_scan)
        session.mask_written.connect(self._written)
        session.work_changed.connect(self._hurry)
        for signal in (session.picture_changed, session.classes_changed, session.region.changed, view.look_changed):
            signal.connect(self._follow)
        for signal in (view.point_changed, view.window_changed, view.preview_changed, view.compared_changed):
            signal.connect(self._follow)
        view.chosen_changed.connect(self._follow)
        view.point_changed.connect(self._look_again)
        for signal in (session.tools.changed, session.tools.preview_changed):
            signal.connect(self._draw_tool)
        view.layout_changed.connect(self._lay_out)
        view.hovered.connect(self._hand_moved)

    def close_canvas(self) -> None:
        """Let napari's parts go, before the window does."""
        for timer in (self._others, self._parts, self._pointer):
            timer.stop()
        self._warming.let_go()
        self.hide()
        if self.surfaces is not None:
            self.surfaces.close_pane()
        for pane in self.panes.values():
            pane.close_canvas()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The lines between the panes; black, as they will be, while some are still being made."""
        whole = set(self.seen) <= set(self._made())
        QPainter(self).fillRect(self.rect(), QColor(look.LINE if whole else "black"))

    # Which panes are seen

    @property
    def foremost(self) -> Pane | None:
        """The plane that the hand was over last."""
        return self.panes.get(self._foremost)

    @property
    def seen(self) -> tuple[Layout, ...]:
        """Which panes the layout shows; of a picture of one slice only that."""
        scan = self._session.scan
        if scan is None:
            return ()
        if flat := [plane for plane, axes in PLANES.items() if scan.display.shown.shape[axes[0]] == 1]:
            return (flat[0],)  # type: ignore[return-value]
        if self._view.layout != "four":
            return (self._view.layout,)
        return tuple(each for each in _PLACES if each != "3d" or not self._beside)

    @property
    def drawn(self) -> bool:
        """Whether every pane that is seen shows the session as it is now."""
        return set(self.seen) <= set(self._made()) and not set(self.seen) & set(self._stale)

    def put_beside(self, widgets: Sequence[QWidget]) -> None:
        """Show widgets beside the panes: the first in the place of 3D where four are seen, the others in a column."""
        for widget in self._beside:
            self._grid.removeWidget(widget)
        self._beside = tuple(widgets)
        self._lay_out()

    def maximise(self) -> None:
        """Only the pane under the pointer, or all four again."""
        if self._view.layout != "four":
            self._view.layout = "four"
        elif self.surfaces is not None and self.surfaces.underMouse():
            self._view.layout = "3d"
        else:
            self._view.layout = self._foremost  # type: ignore[assignment]

    def fit(self) -> None:
        """The whole slice in every plane, and all surfaces in theirs."""
        self._framings, self._pose = {}, None
        for pane in self.panes.values():
            pane.fit()
        if self.surfaces is not None:
            self.surfaces.fit()

    @property
    def framings(self) -> dict[str, Framing]:
        """What each plane shows of its slices; of planes that nobody has seen yet, what they will."""
        shown = [name for name, pane in self.panes.items() if pane.shows_scan and name not in self._framings]
        return self._framings | {name: self.panes[name].framing for name in shown}

    def frame(self, framings: Mapping[str, Framing]) -> None:
        """Show these parts of the planes, of those that are yet to be seen once they are."""
        self._framings = dict(framings)
        for name in self.panes:
            self._frame(name)

    @property
    def pose(self) -> Pose | None:
        """From where the hand has come to look at the surfaces; None is as they are first seen."""
        return self._pose if self.surfaces is None else self.surfaces.pose_by_hand

    @pose.setter
    def pose(self, pose: Pose | None) -> None:
        if self.surfaces is None:
            self._pose = pose
        elif pose is not None:
            self.surfaces.pose_by_hand = pose

    def _frame(self, name: str) -> None:
        if name in self._framings and self.panes[name].shows_scan and self._view.display is not None:
            self.panes[name].framing = self._framings.pop(name)

    def _show(self, name: str) -> bool:
        """Have a plane show the session as it is now; whether its canvas has to be drawn again."""
        changed = self.panes[name].follow()
        self._frame(name)
        self._tell_of_graphics(self.panes[name].coarseness)
        return changed

    def _tell_of_graphics(self, coarse: int) -> None:
        """Once for a scan: that not every voxel of it is drawn, where so many in a row are drawn as one."""
        if coarse > 1 and not self._told:
            self._told = True
            text = f"This scan is larger than the graphics can show: of {coarse} voxels in a row one is drawn."
            self._session.said.emit(Message(text, "Painting and saving reach every voxel."))

    def _other_scan(self) -> None:
        """Have the panes show another scan, or hold none, one by one."""
        scan = self._session.scan
        self._stale, self._framings, self._pose = {}, {}, None
        if scan is None:
            self._go_on()
            return
        self._foremost = scan.display.plane
        for pane in self.panes.values():
            pane.go_black()  # no picture of one patient is seen beside another's
        self._told = False
        self._lay_out()

    def _lay_out(self) -> None:
        """Show the first pane of the layout, and then the others one by one."""
        seen = self.seen
        for name, pane in self._made().items():
            if name not in seen:
                pane.hide()
        for row, column in _PLACES.values():
            self._grid.setRowStretch(row, int(any(_PLACES[each][0] == row for each in seen)))
            self._grid.setColumnStretch(column, int(any(_PLACES[each][1] == column for each in seen)))
        self._lay_out_beside(seen)
        if seen and self._foremost not in seen and seen[0] in PLANES:
            self._foremost = seen[0]
        ordered = sorted(seen, key=lambda name: name != self._foremost)
        self._stale = {name: self._stale.get(name) for name in (*ordered, *self._stale)}
        if ordered and ordered[0] in self._made():
            self._made()[ordered[0]].show()
        self._go_on()

    def _lay_out_beside(self, seen: tuple[Layout, ...]) -> None:
        others = list(self._beside)
        if others and len(seen) > 1:
            self._grid.addWidget(others.pop(0), *_PLACES["3d"])
            self._grid.setColumnStretch(_PLACES["3d"][1], 1)
        for row, widget in enumerate(others):
            self._grid.addWidget(widget, row, _BESIDE, 2 if len(others) == 1 else 1, 1)
        self._grid.setColumnStretch(_BESIDE, int(bool(others)))

    def _made(self) -> dict[str, QWidget]:
        found: dict[str, QWidget] = dict(self.panes)
        return found if self.surfaces is None else {**found, "3d": self.surfaces}

    def _make_part(self, name: str) -> bool:
        """Make one of the parts that a pane lacks, or show it at its place; whether there was anything to do."""
        made, seen = self._made(), name in self.seen
        if name in PLANES and name not in made and name not in self._viewers:
            self._viewers[name] = viewer_for(name)
            return True
        if name not in made:
            self._make(name)
            return True
        if seen and made[name].isHidden():
            made[name].show()
            return True
        if name not in PLANES:
            return False
        content = self.panes[name].content
        return content.approach() if seen else content.prepare()

    def _make(self, name: str) -> None:
        made: QWidget
        if name == "3d":
            made = self.surfaces = Surfaces(self._session, self)
            self.pose, self._pose = self._pose, None
        else:
            made = pane = self.panes[name] = Pane(self._session, name, self._viewers.pop(name), self)
            pane.native.frameSwapped.connect(lambda: self._framed(name))
        self._grid.addWidget(made, *_PLACES[name])  # type: ignore[index]
        made.hide()
        self._warming.keep()

    # When they are drawn

    def _follow(self) -> None:
        """The pane under the hand at once, the others soon."""
        self._follow_at_once()
        self._go_on()

    def _follow_at_once(self) -> None:
        for name in self.panes:
            self._stale.setdefault(name, None)
        if self.foremost is not None and self.foremost.shows_scan:
            self._catch_up(self._foremost)

    def _written(self, box: Box) -> None:
        if self.foremost is not None and self.foremost.shows_scan:
            self.foremost.touch(box)
        for name in self.panes:
            if name != self._foremost:
                self._stale[name] = around(self._stale.get(name), box)
        self._go_on()

    def _waiting(self) -> list[str]:
        """Panes that have to be made or drawn, in that order; last those that hold a scan that is shown no more."""
        holding = [name for name, pane in self.panes.items() if pane.content.holds and not pane.shows_scan]
        return [name for name in self._stale if name in self.seen] + [each for each in holding if each not in self.seen]

    def _go_on(self) -> None:
        waiting = self._waiting()
        if waiting and not self._others.isActive():
            self._others.start(self._pause(waiting[0]))

    def _pause(self, name: str) -> int:
        """Milliseconds to what is done next; none before the first picture of a scan."""
        if not self._is_new(name):
            return _LATEST_MS if self._session.tools.active.busy else _OTHERS_MS
        return 0 if name == self._foremost and name in self.panes else _PART_MS

    def _framed(self, name: str) -> None:
        """The pane under the hand was drawn: what waits long enough follows now, while the hand does not wait."""
        waited = self._others.isActive() and self._others.remainingTime() <= _LATEST_MS - _OTHERS_MS
        if waited and name == self._foremost and self._session.tools.active.busy:
            self._others.start(0)

    def _is_new(self, name: str) -> bool:
        """Whether a part of a pane is yet to be made, it does not show this scan yet, or nobody sees it."""
        made, pane = self._made(), self.panes.get(name)
        lacks = pane is not None and (pane.content.lacks or not pane.shows_scan)
        return lacks or name not in made or made[name].isHidden()

    def _next(self) -> None:
        """Make a part of one of those that wait, or draw it; on the way, those over whose canvas something moves."""
        if not self._warming.is_done:
            self._warming.start()
            return
        for name in self._waiting():
            if (name in self.seen and self._make_part(name)) or self._catch_up(name):
                break
        self._go_on()

    def _catch_up(self, name: str) -> bool:
        """Have a pane show the session as it is now; whether its canvas has to be drawn again."""
        box = self._stale.pop(name, None)
        if name not in self.panes:
            return False
        touched = box is not None and self.panes[name].shows_scan and self.panes[name].touch(box)
        changed = self._show(name)
        if self.panes[name].content.lacks:
            self._stale[name] = None
        return changed or touched

    def _hurry(self) -> None:
        """While a scan is being read there is time to make what will show it."""
        work = self._session.work
        if work is not None and work.kind == "open":
            self._warming.start()

    def _prepare(self) -> None:
        """Make the planes part by part; once a scan is open it sees to what it needs itself."""
        if self._others.isActive():
            self._parts.start(_OTHERS_MS)
        elif any(self._make_part(name) for name in PLANES):
            self._parts.start()
        else:
            self._warming.keep()

    # The hand

    def _hand_moved(self) -> None:
        hand, before = self._view.hover, self.foremost
        if hand is not None and hand.plane != self._foremost:
            self._foremost = hand.plane
        for pane in (before, self.foremost):
            if pane is not None:
                pane.overlay.follow_hand()
        if self._session.tools.active.ball:
            self._draw_tool()
        if not self._pointer.isActive():
            self._pointer.start()

    def _look_again(self) -> None:
        if self._view.hover is not None and self._view.hover.plane in self.panes:
            self.panes[self._view.hover.plane].mouse.look_again()

    def _draw_tool(self) -> None:
        """Lines and outline of the tool, where the hand is and then elsewhere."""
        self._follow_at_once()
        if self.foremost is not None:
            self.foremost.overlay.update()
        self._go_on()

    def _tell_pointer(self) -> None:
        """Words wait until the button is let go: writing them would slow the stroke."""
        scan, hand = self._session.scan, self._view.hover
        if self._session.tools.active.busy:
            return
        here = "" if scan is None or hand is None else describe_point(
            scan, self._view.channel, hand.voxel, self._session.classes
        )  # fmt: skip
        self.pointed.emit(here)

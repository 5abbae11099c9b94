"""Other series of the study beside the scan that is open, at the same place in the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from qtpy.QtCore import QObject, Signal

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging import LabelClass, Volume
from segstudio.imaging.deidentify.words import cleaned
from segstudio.imaging.dicom import chosen
from segstudio.progress import never, silent
from segstudio.viewer.layers import Display
from segstudio.viewer.masks import is_mask_of, offer_mask
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.picking.rows import Reading, choosing_after
from segstudio.viewer.region import Region
from segstudio.viewer.scan import Scan, empty_mask, scan_of
from segstudio.viewer.session import Session
from segstudio.viewer.tools.point import Move
from segstudio.viewer.tools.tool import Tool
from segstudio.viewer.view import View

Voxel = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class _Hands:
    """The left button only moves."""

    active: Tool


class Beside(QObject):
    """A series beside the scan, on its own grid: it is looked at, never drawn on.

    Attributes
    ----------
    scan, view, region, tools, classes
        As panes want them; nothing of it is the session's.
    """

    def __init__(self, session: Session, scan: Scan) -> None:
        super().__init__(session)
        self.scan: Scan | None = scan
        self.view = View(self)
        self.view.mask_visible = False
        self.view.begin(scan.display, scan.windows)
        self.region = Region(self)
        self.tools = _Hands(Move(session))
        self.classes: tuple[LabelClass, ...] = ()

    @property
    def opened(self) -> Scan:
        """The series."""
        assert self.scan is not None
        return self.scan


class Series(QObject):
    """The series beside the session's scan; crosshairs are at one place in the patient.

    Attributes
    ----------
    beside
        The series, in the order in which they were opened.
    """

    changed = Signal()
    """Another series is beside the scan, or one less."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.beside: tuple[Beside, ...] = ()
        self._mask: object = None
        self._following = False
        session.scan_changed.connect(self._other_scan)
        session.view.point_changed.connect(self._follow)
        session.shows_beside = True
        session.beside_wanted.connect(lambda path, read: self.open(path, read=read))

    def open(self, path: Path, *, as_series: bool = False, read: Reading | None = None) -> None:
        """Open a series beside the scan; without a scan, open it as the scan.

        A file that looks like a mask of the scan is asked about instead, unless it is meant `as_series`; so is a place
        that holds several. `read` is how it is read, where that is known better.
        """
        session, scan = self._session, self._session.scan
        if scan is None:
            session.open(path, read=read)
            return

        def read_it() -> Scan | None:
            volume = session.studio.open_scan(path) if read is None else read(silent, never)
            if not as_series and is_mask_of(scan, volume, path):
                return None
            return scan_of(path, volume, empty_mask(volume, ()))

        def done(found: Scan | None) -> None:
            if session.scan is None or session.scan.mask is not scan.mask:
                return
            if found is None:
                offer_mask(session, path, Action("Show it beside", lambda: self.open(path, as_series=True)))
            else:
                self._put(session.scan, found)

        def failed(error: SegStudioError) -> None:
            choosing = choosing_after(error, lambda one, how: self.open(one, read=how))
            self._failed(error) if choosing is None else session.choice_wanted.emit(choosing)

        session.said.emit(Message(f"Opening {chosen(path).path.name} beside the scan."))
        session.desk.do(read_it, done, failed)

    def close(self, beside: Beside) -> None:
        """Take a series away."""
        self.beside = tuple(each for each in self.beside if each is not beside)
        self.changed.emit()
        beside.deleteLater()

    def close_all(self) -> None:
        """Take all series away."""
        for beside in self.beside:
            self.close(beside)

    def use_as_channel(self, beside: Beside) -> None:
        """Make a series on the scan's own grid one of the scan's sequences, in place of showing it beside."""
        session, scan = self._session, self._session.scan
        if scan is None:
            return

        def done(joined: Scan) -> None:
            if session.scan is scan and beside in self.beside:
                self.close(beside)
                session.show_channels(joined)

        session.desk.do(lambda: with_channels(scan, beside.opened), done, self._failed)

    def _put(self, scan: Scan, found: Scan) -> None:
        beside = Beside(self._session, found)
        beside.view.point_changed.connect(lambda: self._lead(beside))
        self.beside, self._mask = (*self.beside, beside), scan.mask
        self._follow()
        self.changed.emit()
        self._tell(scan, beside)

    def _tell(self, scan: Scan, beside: Beside) -> None:
        name, said = beside.opened.name, self._session.said
        count = len(scan.volume.channels) + len(beside.opened.volume.channels)
        if can_be_channel(scan.volume, beside.opened.volume) and count <= self._wanted:
            use = Action("Use as a sequence of the scan", lambda: self.use_as_channel(beside))
            text = f"{name} lies on the scan's own grid, and the model reads {self._wanted} sequences."
            said.emit(Message(text, actions=(use,)))
        elif not _overlap(scan.display, beside.opened.display):
            said.emit(Message(f"{name} shows another part of the patient than the scan.", "Is it of the same study?"))

    @property
    def _wanted(self) -> int:
        """How many sequences the chosen model reads; a model of one could not use a second."""
        chosen = (each.spec for each in self._session.entries() if each.label == self._session.model)
        return next((len(each.channels) for each in chosen), 1)

    # At one place in the patient

    def _follow(self) -> None:
        """Bring the crosshair of each series to the scan's."""
        scan = self._session.scan
        if scan is None or self._following or not self.beside:
            return
        self._following = True
        for beside in self.beside:
            voxel, inside = voxel_in(scan.display, self._session.view.voxel, beside.opened.display)
            beside.view.crosshair = inside
            beside.view.voxel = voxel
        self._following = False

    def _lead(self, beside: Beside) -> None:
        """Bring the scan's crosshair, and with it the others', to one series'."""
        scan = self._session.scan
        if scan is None or self._following:
            return
        self._following = True
        voxel, _ = voxel_in(beside.opened.display, beside.view.voxel, scan.display)
        beside.view.crosshair = True
        self._session.view.voxel = voxel
        for other in self.beside:
            if other is not beside:
                at, inside = voxel_in(beside.opened.display, beside.view.voxel, other.opened.display)
                other.view.crosshair = inside
                other.view.voxel = at
        self._following = False

    def _other_scan(self) -> None:
        scan = self._session.scan
        if self.beside and (scan is None or scan.mask is not self._mask):
            self.close_all()

    def _failed(self, error: SegStudioError) -> None:
        self._session.said.emit(Message.of(error))


def voxel_in(here: Display, voxel: Voxel, there: Display) -> tuple[Voxel, bool]:
    """The voxel of another display grid that lies nearest in the patient, and whether that grid reaches there.

    The grids may differ in spacing, size and direction; nothing is resampled. Beyond the grid it is the nearest voxel
    on its edge.
    """
    world = here.shown.to_world(np.array([voxel], float))
    index = np.rint(there.shown.to_index(world)[0]).astype(int)
    last = np.array(there.shown.shape) - 1
    z, y, x = (int(at) for at in np.clip(index, 0, last))
    return (z, y, x), bool(((index >= 0) & (index <= last)).all())


def can_be_channel(scan: Volume, series: Volume) -> bool:
    """Whether a series lies on a scan's grid, voxel by voxel, and has as many time points."""
    return scan.frames == series.frames and scan.geometry.same_space(
        series.geometry, tolerance_mm=max(0.01, float(scan.geometry.spacing.min()) / 1000)
    )


def with_channels(scan: Scan, series: Scan) -> Scan:
    """A scan with the sequences of a series after its own; the mask is the scan's.

    Raises
    ------
    GeometryError
        They do not lie on one grid.
    ImageError
        One of them is a picture in colours, or they have different numbers of time points.
    """
    scan.volume.geometry.require_same_space(series.volume.geometry, mine="the scan", others=series.name)
    if scan.is_color or series.is_color or scan.volume.frames != series.volume.frames:
        raise ImageError(
            f"{series.name} cannot be a sequence of the scan",
            hint="Both have to be grey and have the same number of time points.",
        )
    names = (*_names(scan), *_names(series))
    voxels = np.concatenate([scan.volume.voxels, series.volume.voxels], axis=1)
    return replace(
        scan, volume=replace(scan.volume, voxels=voxels, channels=names), windows=(*scan.windows, *series.windows)
    )


def _names(scan: Scan) -> tuple[str, ...]:
    """Of the sequences: they go into the library, so of a file's name only terms such as T1 are taken."""
    stem = cleaned(scan.name.partition(".")[0]) or "sequence"
    many = len(scan.volume.channels) > 1
    return tuple(name or (f"{stem} {at + 1}" if many else stem) for at, name in enumerate(scan.volume.channels))


def _overlap(one: Display, other: Display) -> bool:
    """Whether the middle of either grid lies within the other."""
    middles = [tuple((side - 1) // 2 for side in each.shown.shape) for each in (one, other)]
    return voxel_in(one, middles[0], other)[1] or voxel_in(other, middles[1], one)[1]  # type: ignore[arg-type]

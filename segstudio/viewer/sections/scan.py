"""What is open."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QSlider, QWidget

from segstudio.imaging import Geometry
from segstudio.viewer.masks import load_mask
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.picking import Choosing, SeriesPicker
from segstudio.viewer.scan import Scan
from segstudio.viewer.sections.progress import Progress
from segstudio.viewer.sections.section import Elided, Section, button, label, millimetres, row, still
from segstudio.viewer.session import Session
from segstudio.viewer.windows import is_ct

PATTERNS = (
    "Scans (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.dcm *.zip DICOMDIR *.png *.tif *.tiff *.jpg *.jpeg)"
    ";;All files (*)"
)
_KINDS = (("Modality not given", ""), ("This is CT, in HU", "CT"), ("This is MRI", "MR"))
OBLIQUE_DEGREES = 1.0
"""Scans that lie more askew than this carry a badge."""


def ask_for_scan(parent: QWidget, folder: str = "") -> Path | None:
    """Let the reader choose a file."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a scan", folder, PATTERNS)
    return Path(name) if name else None


def ask_for_series(parent: QWidget, folder: str = "") -> Path | None:
    """Let the reader choose a DICOM folder."""
    name = QFileDialog.getExistingDirectory(parent, "Open a DICOM folder", folder)
    return Path(name) if name else None


class ScanSection(Section):
    """Name, size, spacing and orientation of the scan; its time points and sequences."""

    opened = Signal(object)
    """A scan that was chosen here is open."""

    def __init__(self, session: Session, *, opening: bool = True) -> None:
        super().__init__("Scan")
        self._session = session
        self.name = Elided()
        self.name.setObjectName("strong")
        self.badge = label(kind="badge")
        self.facts = label(kind="quiet", wrap=True)
        self.notes = label(kind="quiet", wrap=True)
        self.frame = QSlider(Qt.Orientation.Horizontal)
        self.frame_text = label(kind="quiet")
        self.channel = still(QComboBox())
        self.channel.setToolTip("Which sequence is shown")
        self.kind = still(QComboBox())
        self.kind.addItems([text for text, _ in _KINDS])
        self.kind.setToolTip("The file does not say what made the scan; say it, and CT is read in HU")
        self.kind.activated.connect(lambda at: session.say_modality(_KINDS[at][1]))
        self.frame.valueChanged.connect(self._choose_frame)
        self.channel.currentIndexChanged.connect(self._choose_channel)
        self.head.addWidget(self.badge)
        self.body.addWidget(self.name)
        self.body.addWidget(self.facts)
        self.body.addWidget(self.notes)
        self.body.addLayout(row(self.frame, self.frame_text, stretch=0))
        self.body.addWidget(self.channel)
        self.body.addWidget(self.kind)
        self.progress = Progress(session, ("open",), "Do not open it; what was open stays (Esc)")
        self.body.addWidget(self.progress)
        if opening:
            file = button("Open…", "Open a scan: NIfTI, NRRD, MetaImage, PNG, TIFF or JPEG", "open")
            folder = button("DICOM folder…", "Open a folder that holds DICOM series")
            file.clicked.connect(lambda: self._open(ask_for_scan(self)))
            folder.clicked.connect(lambda: self._open(ask_for_series(self)))
            self.body.addLayout(row(file, folder))
        session.scan_changed.connect(self.redraw)
        session.picture_changed.connect(self.redraw)
        session.mask_opened.connect(self._is_mask)
        session.choice_wanted.connect(self._ask_which)
        self.redraw()

    def redraw(self) -> None:
        """Show what is open now."""
        scan = self._session.scan
        frames = scan.volume.frames if scan else 1
        self.name.setText(scan.name if scan else "No scan is open")
        self.facts.setText(describe(scan) if scan else "Drop a file on the window, or open one.")
        self.notes.setText("\n".join(scan.volume.notes) if scan else "")
        self.notes.setVisible(bool(self.notes.text()))
        oblique = scan.volume.geometry.oblique_degrees if scan else 0.0
        self.badge.setText(f"oblique {oblique:.0f}°")
        self.badge.setToolTip(
            "The scan lies askew in the patient; it is shown on its own grid, along the nearest axes."
        )
        self.badge.setVisible(oblique >= OBLIQUE_DEGREES)
        for widget in (self.frame, self.frame_text):
            widget.setVisible(frames > 1)
        self.frame.setRange(0, frames - 1)
        self.frame.setValue(scan.volume.frame if scan else 0)
        self.frame_text.setText(f"time {self.frame.value() + 1} of {frames}")
        self._list_channels(scan)
        self.kind.setVisible(scan is not None and scan.is_unnamed and not scan.is_color)
        said = scan.said if scan else ""
        self.kind.setItemText(0, "Modality not given; looks like CT" if scan and is_ct(scan) else "Modality not given")
        self.kind.setCurrentIndex([modality for _, modality in _KINDS].index(said))

    def _list_channels(self, scan: Scan | None) -> None:
        self.channel.blockSignals(True)
        self.channel.clear()
        self.channel.addItems(channel_names(scan) if scan else [])
        self.channel.setCurrentIndex(self._session.view.channel)
        self.channel.blockSignals(False)
        self.channel.setVisible(self.channel.count() > 1)

    def _choose_frame(self, frame: int) -> None:
        self.frame_text.setText(f"time {frame + 1} of {self.frame.maximum() + 1}")
        self._session.show_frame(frame)

    def _choose_channel(self, index: int) -> None:
        self._session.view.channel = index

    def _open(self, path: Path | None) -> None:
        if path is not None:
            self._session.open(path, then=lambda: self.opened.emit(path))

    def _ask_which(self, choosing: Choosing) -> None:
        session = self._session
        beside = session.beside_wanted.emit if session.shows_beside and session.scan is not None else None
        SeriesPicker(choosing, self.window(), beside=beside).open()

    def _is_mask(self, path: Path) -> None:
        """What was opened has no picture of its own: its scan is wanted, and then it is that scan's mask."""
        its_scan = Action("Open its scan…", lambda: self._open_under(path))
        text, hint = f"{path.name} looks like a mask, not a scan.", "Open its scan first; then this becomes its mask."
        self._session.said.emit(Message(text, hint, actions=(its_scan,), stays=True))

    def _open_under(self, mask: Path) -> None:
        path = ask_for_scan(self.window(), str(mask.parent))
        if path is not None:
            self._session.open(path, as_scan=True, then=lambda: self._opened_under(path, mask))

    def _opened_under(self, path: Path, mask: Path) -> None:
        self.opened.emit(path)
        load_mask(self._session, mask)


def channel_names(scan: Scan) -> list[str]:
    """What the sequences are called; colours of one picture are none."""
    if scan.is_color:
        return []
    return [name or f"sequence {at + 1}" for at, name in enumerate(scan.volume.channels)]


def describe(scan: Scan) -> str:
    """Size, spacing, orientation and kind, in two lines."""
    geometry = scan.volume.geometry
    size = " × ".join(str(side) for side in reversed(geometry.shape))
    spacing = millimetres([float(side) for side in reversed(geometry.spacing)])
    kind = scan.volume.modality or (scan.volume.source.format if scan.volume.source else "")
    frames = f" · {scan.volume.frames} time points" if scan.volume.frames > 1 else ""
    return f"{size} voxels · {spacing}\n{orientation(geometry)}{' · ' + kind if kind else ''}{frames}"


def orientation(geometry: Geometry) -> str:
    """Where the file's axes point, as three letters, which every reader of scans knows."""
    return "orientation " + "".join(reversed(geometry.orientation))

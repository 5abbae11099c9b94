"""The window in which a mask is exported: formats, folder, what will be written, and whether it was read back right."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QCheckBox, QDialog, QFileDialog, QFormLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from segstudio.desktop.maskfiles import folder_for, name_for
from segstudio.errors import SegStudioError, Stopped
from segstudio.export import hidden
from segstudio.export.formats import FORMATS, Format
from segstudio.export.written import Author, Written
from segstudio.imaging import LabelMap, Volume
from segstudio.imaging.dicom import chosen
from segstudio.imaging.dicom.instances import series_of
from segstudio.progress import Progress, Stop, check, part
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Action, Message, MessageBar, sentence
from segstudio.viewer.sections.section import Elided, button, label, row
from segstudio.viewer.session import Session

_REPLACES = " in place of the one that is there"

_NOTICE = "Every file says “research use only”. DICOM files carry the patient's name and numbers, as the series does."
_HIDDEN = "Every file says “research use only”. DICOM files refer to the de-identified scan, and say nothing of whom."


@dataclass(frozen=True, eq=False)
class Export:
    """What is to be written: a mask as it is now, the scan under it, and each format with its file.

    With `hide`, DICOM files refer to the de-identified scan and do not say whose it is.
    """

    labels: LabelMap
    scan: Volume
    author: Author
    files: tuple[tuple[Format, Path], ...]
    hide: bool = False

    def run(self, progress: Progress, stop: Stop) -> list[Written]:
        """Write every file, in order.

        Raises
        ------
        SegStudioError
            One could not be written or was not read back right; those before it are there.
        """
        done = []
        for at, (kind, path) in enumerate(self.files):
            check(stop)
            of = part(progress, at / len(self.files), (at + 1) / len(self.files))
            write = partial(hidden.write, kind) if self.hide else kind.write
            done.append(write(self.labels, self.scan, path, author=self.author, progress=of, stop=stop))
        return done


class ExportDialog(QDialog):
    """Exports the mask of a session beside the window, which can be worked in meanwhile.

    Parameters
    ----------
    folder
        The one last used.
    """

    def __init__(self, session: Session, folder: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the mask")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        assert session.scan is not None
        self._session = session
        self._desk = Desk(self)
        self._stopped = threading.Event()
        self._running = False
        path = chosen(session.scan.path).path  # without the UID that says which series of a folder is meant
        self.bar = MessageBar()
        self.formats = {each.name: self._box(each, self._refused()) for each in FORMATS}
        self.hide_patient = QCheckBox("De-identify the DICOM files")
        self.notice = label(_NOTICE, "quiet", wrap=True)
        self.name = QLineEdit(name_for(path, session.scan.title).removesuffix("-mask.nii.gz"))
        self.folder = Elided()
        self.folder.setText(str(folder_for(path, folder, own=not session.scan.title)))
        self.files = label(kind="quiet")
        self.progress = QProgressBar(textVisible=False, maximum=1000)
        self.doing = label(kind="quiet", wrap=True)
        self.export = button("Export", "Write the files, read each back, and compare it with the mask", kind="primary")
        self.cancel = button("Cancel", "Stop; files that are not finished are not kept")
        self._lay_out()
        self._connect()
        self._tell()

    @property
    def wanted(self) -> tuple[tuple[Format, Path], ...]:
        """The formats that are ticked, each with its file."""
        folder, name = Path(self.folder.toolTip()), self.name.text().strip()
        ticked = [each for each in FORMATS if self.formats[each.name].isChecked()]
        return tuple((each, folder / f"{name}{each.ending}") for each in ticked)

    def _refused(self) -> str:
        """Why nothing can refer to the pictures of the scan, or ""."""
        assert self._session.scan is not None
        try:
            series_of(self._session.scan.volume)
        except SegStudioError as error:
            return sentence(error.message)
        return ""

    def _box(self, kind: Format, refused: str) -> QCheckBox:
        box = QCheckBox(f"{kind.title}: {kind.about}")
        box.setEnabled(not (kind.refers and refused))
        box.setChecked(kind.name == ("nrrd" if refused else "seg"))
        box.setToolTip(refused if kind.refers else "")
        box.toggled.connect(self._tell)
        return box

    def _lay_out(self) -> None:
        other = button("Other…", "Write to another folder")
        other.clicked.connect(self._choose_folder)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(label("Name"), self.name)
        form.addRow(label("Folder"), row(self.folder, other, stretch=0))
        form.addRow(label("Files"), self.files)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(self.bar)
        for box in self.formats.values():
            column.addWidget(box)
        if refused := self._refused():
            column.addWidget(label(refused, "quiet", wrap=True))
        column.addSpacing(4)
        column.addLayout(form)
        for widget in (self.hide_patient, self.progress, self.doing, self.notice):
            column.addWidget(widget)
        column.addLayout(row(QWidget(), self.cancel, self.export, stretch=0))
        self.progress.hide()
        self.doing.hide()
        self.hide_patient.setVisible(not self._refused())

    def _connect(self) -> None:
        self.name.textChanged.connect(self._tell)
        self.hide_patient.toggled.connect(lambda hide: self.notice.setText(_HIDDEN if hide else _NOTICE))
        self.export.clicked.connect(self._start)
        self.cancel.clicked.connect(self.reject)
        self._session.scan_changed.connect(self.reject)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder for the export", self.folder.toolTip())
        if chosen:
            self.folder.setText(str(Path(chosen)))
            self._tell()

    def _tell(self) -> None:
        """Say what will be written."""
        named = bool(self.name.text().strip()) and not {"/", "\\"} & set(self.name.text())
        files = self.wanted
        told = [f"{path.name}{_REPLACES * path.exists()}, read back and checked: {kind.check}" for kind, path in files]
        self.files.setText("\n".join(told) if files and named else "None yet")
        self.export.setEnabled(bool(files) and named and not self._running)
        self._fit()

    def _fit(self) -> None:
        """As high as what it says, once Qt has counted its lines."""
        column = self.layout()
        if column is not None:
            self.files.setMinimumHeight(self.files.sizeHint().height())
            column.activate()
            self.adjustSize()

    # The work

    def _start(self) -> None:
        scan, session = self._session.scan, self._session
        if scan is None:
            return
        labels = scan.labels(session.classes)
        drawn = session.drawn
        corrected = drawn.labels is None or not np.array_equal(drawn.labels, labels.labels)
        todo = Export(
            labels, scan.volume, Author.of(drawn.model, corrected=corrected), self.wanted, self.hide_patient.isChecked()
        )
        self._run(True)
        self.cancel.setText("Cancel")
        self._desk.do(lambda: todo.run(self._went_on, self._stopped.is_set), self._done, self._failed)

    def _went_on(self, done: float, what: str) -> None:
        self._desk.bring(lambda: self._show(done, what))

    def _show(self, done: float, what: str) -> None:
        self.progress.setValue(round(1000 * done))
        self.doing.setText(f"{what} …")

    def _run(self, running: bool) -> None:
        self._running = running
        for widget in (*self.formats.values(), self.name, self.hide_patient):
            widget.setEnabled(not running)
        for widget in (self.progress, self.doing):
            widget.setVisible(running)
        self._tell()

    def _done(self, written: list[Written]) -> None:
        files = [path for each in written for path in each.paths]
        notes = " ".join(dict.fromkeys(note for each in written for note in each.notes))
        what, folder = files[0].name if len(files) == 1 else f"{len(files)} files", files[0].parent
        show = Action("Show folder", lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        text = f"Exported {what}; read back and compared, {'it is' if len(files) == 1 else 'they are'} as the mask."
        self._session.said.emit(Message(text, notes, "done", (show,), stays=True))
        self._run(False)
        self.files.setText("\n".join(f"{each.paths[0].name}. {check}" for each in written for check in each.checks))
        self.cancel.setText("Close")
        self._fit()

    def _failed(self, error: SegStudioError) -> None:
        self._run(False)
        if not isinstance(error, Stopped):
            self.bar.say(Message.of(error))

    def done(self, result: int) -> None:
        """Qt closes the window: what is still being written is stopped and waited for."""
        self._stopped.set()
        self._desk.close()
        super().done(result)


def ask(session: Session, folder: str, parent: QWidget) -> ExportDialog | None:
    """Open the window, if there is a mask to export; else the bar says what is missing."""
    if session.scan is None:
        return None
    if not session.scan.mask.counts[1:].any():
        session.said.emit(
            Message("The mask is empty, so there is nothing to export.", "Predict or paint first.", "error")
        )
        return None
    dialog = ExportDialog(session, folder, parent)
    dialog.show()
    return dialog

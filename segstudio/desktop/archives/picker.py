"""Studies of a hospital's archive: looked for, fetched, opened."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio import pacs
from segstudio.desktop.archives.held import Held
from segstudio.errors import PacsError, SegStudioError, Stopped
from segstudio.imaging.deidentify import Options, SetAside
from segstudio.pacs import Archive, Connection, Fetched, Query, SeriesFound, StudyFound
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Message, MessageBar, capital
from segstudio.viewer.sections.section import button, label, row, table

_KINDS = ("any kind", "CT", "MR", "PT", "NM", "US")
NO_SCANS = ("SEG", "RTSTRUCT", "SR", "PR", "KO", "DOC")
"""Kinds of series that are no scans."""

_STUDY_HEADS = ("Date", "Patient", "Name", "Kind", "Description", "Pictures")
_SERIES_HEADS = ("No.", "Kind", "Description", "Part", "Pictures")


class ArchivePicker(QDialog):
    """Looks into an archive and fetches series from it.

    Parameters
    ----------
    folder
        Gets what is fetched.
    """

    fetched = Signal(object)
    """A `Fetched` whose folders can be opened."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open from archive")
        self.resize(860, 640)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder = folder
        self._stopped = threading.Event()
        self._studies: list[StudyFound] = []
        self._series: list[SeriesFound] = []
        self.desk = Desk(self)
        self.bar = MessageBar()
        self.archive = QComboBox()
        self.patient_id = _field("Patient ID", "As the archive writes it, or with * for any letters")
        self.patient_name = _field("Name", "Its beginning, or with * for any letters")
        self.since = _field("From", "The first day, as 2026-01-31")
        self.until = _field("To", "The last day, as 2026-01-31")
        self.kind = QComboBox()
        self.kind.addItems(_KINDS)
        self.archive.setToolTip("The archive that is asked")
        self.kind.setToolTip("The kind of series that is looked for")
        self.search = button("Search", "Ask the archive (Enter)", "search", kind="primary")
        self.studies = _table(_STUDY_HEADS, QAbstractItemView.SelectionMode.SingleSelection, wide=4)
        self.series = _table(_SERIES_HEADS, QAbstractItemView.SelectionMode.ExtendedSelection, wide=2)
        self.hide_patient = QCheckBox("De-identify: a pseudonym in place of the name, no numbers, dates shifted")
        self.hide_patient.setChecked(True)
        self.fetch = button("Fetch and open", "Fetch the chosen series and open them", "open", kind="primary")
        self.cancel = button("Cancel", "Stop; nothing half fetched is kept")
        self.progress = QProgressBar(maximum=1000, textVisible=False)
        self.says = label("Fill in what you know, and search", "quiet")
        self._lay_out()
        self._connect()
        self._list_archives()
        self.cancel.hide()
        self._rest()

    def _lay_out(self) -> None:
        asks = row(self.archive, self.patient_id, self.patient_name, self.since, self.until, self.kind, self.search)
        for at, share in enumerate((2, 3, 4, 3, 3, 2, 0)):
            asks.setStretch(at, share)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(self.bar)
        column.addLayout(asks)
        column.addWidget(self.studies, 3)
        column.addWidget(label("Series of the study; several can be chosen", "quiet"))
        column.addWidget(self.series, 2)
        column.addWidget(self.hide_patient)
        column.addWidget(self.progress)
        close = button("Close", "Close this window")
        close.clicked.connect(self.reject)
        column.addLayout(row(self.says, self.cancel, self.fetch, close, stretch=0))

    def _connect(self) -> None:
        self.search.clicked.connect(self.look_for)
        for field in (self.patient_id, self.patient_name, self.since, self.until):
            field.returnPressed.connect(self.look_for)
        self.studies.itemSelectionChanged.connect(self._study_chosen)
        self.series.itemSelectionChanged.connect(self._rest)
        self.series.itemDoubleClicked.connect(lambda _item: self.fetch_chosen())
        self.fetch.clicked.connect(self.fetch_chosen)
        self.cancel.clicked.connect(self._stopped.set)

    def _list_archives(self) -> None:
        try:
            for each in pacs.connections():
                self.archive.addItem(each.name, each)
        except SegStudioError as error:
            self.bar.say(Message.of(error))
        self.archive.setToolTip("The archive that is asked")

    def reject(self) -> None:
        """Stop what is under way, and close."""
        self._stopped.set()
        self.desk.close()
        super().reject()

    # Looking

    def look_for(self) -> None:
        """Ask the archive for studies."""
        connection = self._connection
        if connection is None or self._busy:
            return
        try:
            query = self._query()
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            return
        self._begin(f"Asking {connection.name}")

        def ask() -> list[StudyFound]:
            with Archive(connection) as archive:
                return archive.studies(query, stop=self._stopped.is_set)

        self.desk.do(ask, self._show_studies, self._failed)

    def _query(self) -> Query:
        since, until = _day(self.since.text()), _day(self.until.text())
        kind = self.kind.currentText() if self.kind.currentIndex() else ""
        days = f"{since}-{until}" if since or until else ""
        return Query(self.patient_id.text(), self.patient_name.text(), days, kind)

    def _show_studies(self, studies: list[StudyFound]) -> None:
        self._studies, self._series = studies, []
        kinds = ["/".join(each.modalities) for each in studies]
        rows = [
            (each.date, each.patient_id, each.patient_name, kind, each.description, str(each.instances or ""))
            for each, kind in zip(studies, kinds, strict=True)
        ]
        _fill(self.series, [])
        _fill(self.studies, rows)
        self._end(f"{len(studies)} studies" if len(studies) != 1 else "1 study")
        if not studies:
            self.bar.say(Message("Nothing fits in this archive.", "Ask with fewer words."))

    def _study_chosen(self) -> None:
        chosen, connection = self.studies.currentRow(), self._connection
        if not 0 <= chosen < len(self._studies) or connection is None or self._busy:
            return
        study = self._studies[chosen].uid
        self._begin("Asking for its series")

        def ask() -> list[SeriesFound]:
            with Archive(connection) as archive:
                return archive.series(study, stop=self._stopped.is_set)

        self.desk.do(ask, self._show_series, self._failed)

    def _show_series(self, series: list[SeriesFound]) -> None:
        self._series = series
        _fill(
            self.series,
            [(str(e.number), e.modality, e.description, e.body_part.capitalize(), str(e.instances)) for e in series],
        )
        self._end(f"{len(series)} series")
        scans = [at for at, each in enumerate(series) if each.modality not in NO_SCANS]
        if len(scans) == 1:
            self.series.selectRow(scans[0])

    # Fetching

    def fetch_chosen(self) -> None:
        """Fetch the chosen series."""
        series, connection = self._chosen, self._connection
        if not series or connection is None or self._busy:
            return
        hide = Options() if self.hide_patient.isChecked() else None
        self._begin("Fetching")

        def fetch() -> Fetched:
            with Archive(connection) as archive:
                return archive.fetch(
                    series, self._folder, hide=hide, look=self._look, progress=self._went_on, stop=self._stopped.is_set
                )

        self.desk.do(fetch, self._fetched, self._failed)

    @property
    def _chosen(self) -> list[SeriesFound]:
        rows = sorted({index.row() for index in self.series.selectionModel().selectedRows()})
        return [self._series[at] for at in rows if at < len(self._series)]

    def _look(self, held: Sequence[SetAside]) -> Collection[Path]:
        """Called in the desk's thread, which waits until the person has looked or has closed the window."""
        answers: queue.SimpleQueue[list[Path]] = queue.SimpleQueue()
        self.desk.bring(lambda: Held(held, answers.put, self).open())
        while not self._stopped.is_set():
            try:
                return answers.get(timeout=0.1)
            except queue.Empty:
                continue
        return ()

    def _fetched(self, fetched: Fetched) -> None:
        self._end(f"{fetched.files} pictures fetched")
        if fetched.folders:
            self.fetched.emit(fetched)
        else:
            self.bar.say(Message("Nothing of it was kept: all pictures are left out.", "Choose another series."))

    def _went_on(self, done: float, what: str) -> None:
        self.desk.bring(lambda: self._show_progress(done, what))

    def _show_progress(self, done: float, what: str) -> None:
        if self._busy:
            self.progress.setValue(round(done * 1000))
            self.says.setText(capital(what))

    # What rests meanwhile

    @property
    def _connection(self) -> Connection | None:
        found = self.archive.currentData()
        return found if isinstance(found, Connection) else None

    @property
    def _busy(self) -> bool:
        return not self.cancel.isHidden()

    def _begin(self, what: str) -> None:
        self._stopped.clear()
        self.bar.dismiss()
        self.says.setText(f"{what} …")
        self.progress.setMaximum(1000 if what == "Fetching" else 0)
        self.progress.setValue(0)
        self.cancel.show()
        self._rest()

    def _end(self, said: str) -> None:
        self.cancel.hide()
        self.says.setText(said)
        self.progress.setMaximum(1000)
        self.progress.setValue(0)
        self._rest()

    def _failed(self, error: SegStudioError) -> None:
        self._end("")
        if isinstance(error, Stopped):
            self.says.setText("Stopped; nothing was kept")
        else:
            self.bar.say(Message.of(error))

    def _rest(self) -> None:
        self.search.setEnabled(not self._busy and self._connection is not None)
        self.fetch.setEnabled(not self._busy and bool(self._chosen))
        for shown in (self.studies, self.series, self.archive, self.hide_patient):
            shown.setEnabled(not self._busy)


def _day(text: str) -> str:
    """A day as archives write it, from one as people do."""
    text = text.strip()
    if not text:
        return ""
    found = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", text)
    if not found:
        raise PacsError(f"{text!r} is no day", hint="Write it as 2026-01-31.")
    return "".join(found.groups())


def _field(name: str, tip: str) -> QLineEdit:
    made = QLineEdit(placeholderText=name)
    made.setToolTip(tip)
    return made


def _table(heads: Sequence[str], chosen: QAbstractItemView.SelectionMode, *, wide: int) -> QTableWidget:
    made = table(heads, chosen=chosen)
    made.setWordWrap(False)
    header = made.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    return made


def _fill(shown: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    shown.clearSelection()
    shown.setRowCount(len(rows))
    for at, cells in enumerate(rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            shown.setItem(at, column, item)

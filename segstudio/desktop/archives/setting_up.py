"""Where archives are set up: without one, the program asks nothing of any network and sends nothing."""

from __future__ import annotations

from contextlib import suppress

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QDialog, QFileDialog, QFormLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from segstudio import pacs
from segstudio.errors import SegStudioError
from segstudio.pacs import Archive, Connection, Query
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Message, MessageBar
from segstudio.viewer.page import close_row
from segstudio.viewer.sections.section import button, label, row

_OFF = "While none is set up, SegStudio asks nothing of any network and sends nothing."


class Archives(QDialog):
    """The archives that are set up, and the fields of the chosen one."""

    changed = Signal()
    """Another one is set up, or one less."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Hospital archives")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self.bar = MessageBar()
        self.desk = Desk(self)
        self.list = QListWidget()
        self.list.setMaximumHeight(96)
        self.list.currentTextChanged.connect(self._choose)
        self.name = QLineEdit(placeholderText="Radiology")
        self.url = QLineEdit(placeholderText="https://pacs.example.org/dicom-web")
        self.user = QLineEdit(placeholderText="where the archive asks for one")
        self.password = QLineEdit(placeholderText="kept in the system's keyring", echoMode=QLineEdit.EchoMode.Password)
        self.certificate = QLineEdit(placeholderText="where the hospital has its own authority")
        self.keep = button("Keep", "Set this archive up", kind="primary")
        self.try_it = button("Try", "Ask the archive whether it lets you in")
        self.forget = button("Forget", "Forget this archive and its password")
        self._lay_out()
        self.keep.clicked.connect(self._keep)
        self.try_it.clicked.connect(self._try)
        self.forget.clicked.connect(self._forget)
        self._fill()

    def _lay_out(self) -> None:
        choose = button("Choose…", "A file in PEM format")
        choose.clicked.connect(self._choose_certificate)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        for text, field in (("Name", self.name), ("DICOMweb address", self.url), ("User", self.user)):
            form.addRow(label(text), field)
        form.addRow(label("Password"), self.password)
        form.addRow(label("Certificate"), row(self.certificate, choose, stretch=0))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(label(_OFF, "quiet", wrap=True))
        column.addWidget(self.list)
        column.addLayout(form)
        foot = close_row(self)
        for at, each in enumerate((self.keep, self.try_it, self.forget)):
            foot.insertWidget(at, each)
        column.addLayout(foot)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Wait for an archive that was just asked."""
        self.desk.close()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close."""
        self.desk.close()
        super().reject()

    def _fill(self, chosen: str = "") -> None:
        self.list.clear()
        try:
            names = [each.name for each in pacs.connections()]
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            names = []
        self.list.addItems(names)
        self.list.setVisible(bool(names))
        self.forget.setEnabled(bool(names))
        if names:
            self.list.setCurrentRow(names.index(chosen) if chosen in names else 0)

    def _choose(self, name: str) -> None:
        with suppress(SegStudioError):
            chosen = pacs.connection(name)
            for field, text in (
                (self.name, chosen.name), (self.url, chosen.url), (self.user, chosen.user),
                (self.certificate, chosen.certificate),
            ):  # fmt: skip
                field.setText(text)
            self.password.clear()

    def _choose_certificate(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Certificate of the authority", "", "PEM (*.pem *.crt *.cer)")
        if name:
            self.certificate.setText(name)

    def _written(self) -> Connection:
        fields = (self.name, self.url, self.user, self.certificate)
        return Connection(*(field.text().strip() for field in fields))

    def _password(self, connection: Connection) -> str:
        """As typed, or the one that is kept."""
        return self.password.text() or (pacs.Passwords().get(connection) if connection.user else "")

    def _keep(self) -> None:
        try:
            made = self._written()
            pacs.add(made, self._password(made))
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            return
        self.password.clear()
        self._fill(made.name)
        self.bar.say(Message(f"{made.name} is set up.", "File, Open from archive looks into it.", "done"))
        self.changed.emit()

    def _forget(self) -> None:
        try:
            pacs.remove(self.list.currentItem().text())
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            return
        for field in (self.name, self.url, self.user, self.password, self.certificate):
            field.clear()
        self._fill()
        self.changed.emit()

    def _try(self) -> None:
        try:
            made = self._written()
            password = self._password(made)
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            return

        def ask() -> None:
            with Archive(made, password) as archive:
                archive.studies(Query(), at_most=1)

        self.try_it.setEnabled(False)
        self.desk.do(ask, lambda _done: self._tried(Message(f"{made.host} lets you in.", tone="done")), self._refused)

    def _refused(self, error: SegStudioError) -> None:
        self._tried(Message.of(error))

    def _tried(self, message: Message) -> None:
        self.try_it.setEnabled(True)
        self.bar.say(message)

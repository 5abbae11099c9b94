"""Hand the correction over."""

from __future__ import annotations

import getpass

from qtpy.QtWidgets import QLineEdit

from segstudio import settings
from segstudio.viewer.sections.section import Section, button, row
from segstudio.viewer.session import Session


class SubmitSection(Section):
    """Whose scan, who corrected it, the button, and what happens next."""

    def __init__(self, session: Session) -> None:
        super().__init__("Submit")
        self._session = session
        self.patient = QLineEdit(placeholderText="Patient (optional)")
        self.patient.setToolTip(
            "ID or pseudonym: keeps all scans of a patient together. Only a scrambled form of it is stored."
        )
        self.reader = QLineEdit(settings.load()[0].reader or _person(), placeholderText="Your name")
        self.reader.setToolTip("Who corrected the mask; stored with it")
        self.go = button("Submit correction", "", "submit")
        self.body.addLayout(row(self.patient, self.reader))
        self.body.addWidget(self.go)
        session.reader = self.reader.text()
        self.reader.textChanged.connect(lambda text: setattr(session, "reader", text.strip()))
        self.reader.editingFinished.connect(self._remember)
        self.go.clicked.connect(self.submit)
        session.scan_changed.connect(self._other_scan)
        for signal in (session.work_changed, session.model_changed):
            signal.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Say what submitting would do."""
        session = self._session
        self.go.setEnabled(session.scan is not None and session.work is None and bool(session.model))
        name = session.model.partition("@")[0]
        learns = (
            f"{name} learns from it in the background; you decide later whether the new version is used."
            if name
            else "Corrections teach a model; choose one first."
        )
        self.go.setToolTip(f"Submit correction  (Ctrl+Return)\nFreeze the mask as it is now. {learns}")

    def submit(self) -> None:
        """Hand over what is on the screen."""
        self._session.submit(
            patient=self.patient.text().strip(), reader=self._session.reader, minutes=settings.load()[0].minutes
        )

    def _remember(self) -> None:
        self._session.command(lambda: settings.change(reader=self._session.reader))

    def _other_scan(self) -> None:
        self.patient.clear()
        self.patient.setVisible(not self._session.case)  # of a case of the list the patient is known
        self.redraw()


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""

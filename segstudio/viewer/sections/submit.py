"""Hand the correction over."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtWidgets import QLineEdit

from segstudio import settings
from segstudio.viewer.sections.section import Section, button, label, row
from segstudio.viewer.session import Session


@dataclass(frozen=True)
class Instead:
    """What the button does in place of submitting.

    Parameters
    ----------
    text, tip
        Of the button.
    """

    text: str
    tip: str
    run: Callable[[], object]


_READER_WIDTH = 96


class SubmitSection(Section):
    """Whose scan, who corrected it, the button, and what happens next."""

    def __init__(self, session: Session) -> None:
        super().__init__("Submit")
        self._session = session
        self._instead: Instead | None = None
        self.patient = QLineEdit(placeholderText="Patient (optional)")
        self.patient.setToolTip(
            "ID or pseudonym: keeps all scans of a patient together. Only a scrambled form of it is stored."
        )
        self.reader = QLineEdit(settings.load()[0].reader or _person(), placeholderText="Your name")
        self.reader.setToolTip("Who corrected the mask; stored with it")
        self.go = button("Submit correction", "", "submit")
        self.reader.setMaximumWidth(_READER_WIDTH)
        self.body.addLayout(row(self.patient, label("Reader", "quiet"), self.reader, stretch=0))
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
        session, instead = self._session, self._instead
        self.go.setText(instead.text if instead else "Submit correction")
        if instead is not None:
            self.go.setEnabled(session.scan is not None and session.work is None)
            self.go.setToolTip(f"{instead.text}  (Ctrl+Return)\n{instead.tip}")
            return
        self.go.setEnabled(session.scan is not None and session.work is None and bool(session.model))
        name = session.model.partition("@")[0]
        learns = (
            f"{name} learns from it in the background; you decide later whether the new version is used."
            if name
            else "Corrections teach a model; choose one first."
        )
        self.go.setToolTip(f"Submit correction  (Ctrl+Return)\nFreeze the mask as it is now. {learns}")

    def stand_in(self, instead: Instead | None) -> None:
        """Where a list of cases is gone through, the mask is handed over there; None is here again."""
        if instead != self._instead:
            self._instead = instead
            self.redraw()

    def submit(self) -> None:
        """Hand over what is on the screen."""
        if self._instead is not None:
            self._instead.run()
            return
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

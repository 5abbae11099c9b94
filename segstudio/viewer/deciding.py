"""Two reads that differ: both masks on the scan, and a person who decides between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtGui import QGuiApplication

from segstudio.errors import SegStudioError
from segstudio.library import Dispute, Read
from segstudio.review import Agreement, ClassAgreement
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Message
from segstudio.viewer.session import Session
from segstudio.viewer.stopwatch import Stopwatch

Side = Literal["first", "second", "screen"]


@dataclass(frozen=True, eq=False)
class Compared:
    """The dispute on the screen.

    Parameters
    ----------
    agreement
        None where a read has no mask, since it rejected or flagged the case; only the other can be taken then.
    """

    dispute: Dispute
    agreement: Agreement | None
    watch: Stopwatch


class Deciding(QObject):
    """One person going through the cases on which two readers differ.

    Attributes
    ----------
    disputes
        All of them, as the library had them at the start or after the last decision.
    place
        Which of them is shown, from 0.
    shown
        That one; None while it is being opened, and outside.
    figures
        How far its two reads agree, class by class, of each case where that is known by now; () where one has no mask.
    """

    changed = Signal()
    measured = Signal()
    """How far two reads agree is known of one more case."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.disputes: tuple[Dispute, ...] = ()
        self.place = 0
        self.shown: Compared | None = None
        self._deciding = False
        self._desk = Desk(self)
        self.figures: dict[int, tuple[ClassAgreement, ...]] = {}
        session.scan_changed.connect(self._other_scan)
        if isinstance(application := QGuiApplication.instance(), QGuiApplication):
            application.applicationStateChanged.connect(self._application_changed)

    def close(self) -> None:
        """Measure no further."""
        self.disputes = ()
        self._desk.close()

    def begin(self, case: int = 0) -> None:
        """Show a case on which readers differ, or the first of them."""
        try:
            self.disputes = tuple(self._session.studio.reviews.disputes())
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return
        if not self.disputes:
            self.end()
            self._session.said.emit(Message("No two reads differ.", "Second reads are begun from the Review menu."))
            return
        self.figures = {each.case_id: () for each in self.disputes if None in _masks(each)}
        self._measure_next()
        self.go_to(next((at for at, each in enumerate(self.disputes) if each.case_id == case), 0))

    def end(self) -> None:
        """Leave it as it is."""
        self.disputes, self.shown, self._deciding = (), None, False
        self.changed.emit()

    def go_to(self, place: int) -> None:
        """Open one of the cases with the first reader's mask, and beside it the second's."""
        session = self._session
        if session.work is not None:
            return
        self.place, self.shown, self._deciding = place % len(self.disputes), None, False
        dispute = self.disputes[self.place]
        self.changed.emit()
        if None in _masks(dispute):
            self._open(dispute, None)
            return
        session.waiting.begin("open", f"Opening both masks of case {dispute.case_id}")

        def done(agreement: Agreement) -> None:
            session.waiting.end()
            self._open(dispute, agreement)

        session.desk.do(lambda: session.studio.reviews.compare(dispute), done, self._failed)

    def take(self, side: Side, reason: str = "") -> None:
        """Decide for one of the masks, or for the one that is on the screen now."""
        shown, session = self.shown, self._session
        if shown is None or session.scan is None or session.work is not None or self._deciding:
            return
        chosen = session.scan.labels(session.classes) if side == "screen" else side
        reader, seconds, reviews = session.reader, shown.watch.seconds, session.studio.reviews
        self._deciding, state = True, session.scan.mask.state
        session.waiting.begin("submit", "Storing the decision")

        def done(_read: Read) -> None:
            session.waiting.end()
            session.mark_handed_over(state)
            self._deciding = False
            self._go_on()

        session.desk.do(
            lambda: reviews.adjudicate(shown.dispute, chosen, reader=reader, reason=reason, seconds=seconds),
            done,
            self._failed,
        )

    def _application_changed(self, state: Qt.ApplicationState) -> None:
        """Time is counted only while the window is in front."""
        if self.shown is not None:
            self.shown.watch.hold(state != Qt.ApplicationState.ApplicationActive)

    def _go_on(self) -> None:
        self.shown = None
        left = self._session.studio.reviews.disputes()
        if left:
            self.disputes = tuple(left)
            self.go_to(min(self.place, len(left) - 1))
        else:
            self.end()
            self._session.close_scan()
            self._session.said.emit(Message("All reads that differed are decided.", tone="done"))

    def _measure_next(self) -> None:
        """One case after the other, beside the window."""
        reviews = self._session.studio.reviews
        dispute = next((each for each in self.disputes if each.case_id not in self.figures), None)
        if dispute is None:
            return

        def known(classes: tuple[ClassAgreement, ...]) -> None:
            self.figures[dispute.case_id] = classes
            self.measured.emit()
            self._measure_next()

        self._desk.do(lambda: reviews.compare(dispute).classes, known, lambda _error: known(()))

    def _open(self, dispute: Dispute, agreement: Agreement | None) -> None:
        session = self._session
        start = agreement.first if agreement else None

        def opened(_found: object) -> None:
            self.shown = Compared(dispute, agreement, Stopwatch())
            session.view.outline = True
            if agreement is not None:
                session.compare_wanted.emit(agreement.second, dispute.second.reader)
            self.changed.emit()

        session.open_case(dispute.case_id, start=start, then=opened)

    def _other_scan(self) -> None:
        """Something else was opened: it is over."""
        session = self._session
        if self.shown is not None and session.scan is not None and session.case != self.shown.dispute.case_id:
            self.end()

    def _failed(self, error: SegStudioError) -> None:
        self._deciding = False
        self._session.waiting.end()
        self._session.said.emit(Message.of(error))


def _masks(dispute: Dispute) -> tuple[int | None, int | None]:
    """Numbers of both reads' masks; None where a read rejected or flagged the case."""
    return dispute.first.correction, dispute.second.correction

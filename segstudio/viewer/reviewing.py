"""A review: case after case, a verdict each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtGui import QGuiApplication

from segstudio.errors import SegStudioError
from segstudio.imaging import Box, LabelMap
from segstudio.library import Query, Read, Sitting, Terms
from segstudio.review import Finding, Overruled
from segstudio.studio import OpenCase
from segstudio.viewer.actions import Mode
from segstudio.viewer.desk import Desk
from segstudio.viewer.layers import PLANES
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.models.window import show_models
from segstudio.viewer.onscreen import OnScreen
from segstudio.viewer.past import all_read_in_words
from segstudio.viewer.session import Session
from segstudio.viewer.stopwatch import Stopwatch

_AHEAD = 2
"""Cases that are read before they are asked for."""

_SEEN_MS = 300
"""From a case that was opened to the work beside it: its picture comes first."""

T = TypeVar("T")


class Reviewing(QObject):
    """One reader going through a list of cases.

    Verdicts are written in a thread, in the order in which they were given; the next case does not wait for them, but a
    corrected mask is on disk before its scan leaves the screen.

    Attributes
    ----------
    sitting
        The list and its order; None outside a review.
    place
        Where in the list the reader is, from 0.
    case
        What is on the screen; None while it is being opened.
    watch
        How long the review has gone on, with the window in front.
    mode
        Whether the reader looks, or corrects; "" outside a review.
    confirmed
        Slices, as plane and number on the display grid, that alone are to be learned from.
    """

    changed = Signal()
    asked_why = Signal(str, object)
    """A verdict needs a reason: "reject", "flag" or "overrule", and what to call with the words."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._desk = Desk(self)
        self.sitting: Sitting | None = None
        self.place = 0
        self.case: OnScreen | None = None
        self.mode: Mode = ""
        self.confirmed: frozenset[tuple[str, int]] = frozenset()
        self.watch = Stopwatch()
        self._given: dict[int, str] = {}
        self._doubtful = -1
        self._pending: Callable[[], object] | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SEEN_MS)
        self._soon.timeout.connect(self._look_over)
        session.scan_changed.connect(self._other_scan)
        if isinstance(application := QGuiApplication.instance(), QGuiApplication):
            application.applicationStateChanged.connect(self._application_changed)

    def close(self) -> None:
        """Wait for what is being written."""
        self.end()
        self._desk.close()

    def attend(self, attends: bool) -> None:
        """Whether the reader is here: time is counted only while the window is in front."""
        for watch in (self.watch, *([self.case.watch] if self.case else ())):
            watch.hold(not attends)

    # Through the list

    def begin(self, query: Query, case: int = 0, *, second: bool = False) -> None:
        """Sit down with the cases of a query, from one of them on; a second read is a blinded one."""
        reader = self._session.reader
        reviews = self._session.studio.reviews
        self._do(
            lambda: reviews.begin_sitting(reader, query, kind="second" if second else "first", blinded=second),
            lambda sitting: self.go_on(sitting, case),
        )

    def go_on(self, sitting: Sitting, case: int = 0) -> None:
        """Take a list up where it was left, or at a case of it."""
        self.sitting, self.mode, self.watch, self._given = sitting, "reading", Stopwatch(), {}
        open_ones = [at for at, each in enumerate(sitting.cases) if each not in sitting.done]
        first = open_ones[0] if open_ones else 0
        self._go(sitting.cases.index(case) if case in sitting.cases else first)

    def take_up(self, case: int, reader: str) -> bool:
        """Go on with a blinded read that a reader has begun, in its list; False where there is none."""
        reviews = self._session.studio.reviews
        read = reviews.blinded_read(case, reader)
        if read is None or read.sitting is None:
            return False
        self.end()
        self.go_on(reviews.sitting(read.sitting), case)
        return True

    def end(self) -> None:
        """Leave the review; the case on the screen stays as it was before."""
        if self.sitting is None:
            return
        self._leave()
        self.sitting, self.case, self.mode, self._pending = None, None, "", None
        self._session.ahead.read([])
        self.changed.emit()

    def step(self, by: int) -> None:
        """Go to another case without a verdict on this one."""
        if self.sitting is None or self._session.work is not None:
            return
        if not 0 <= self.place + by < len(self.sitting.cases):
            self._session.said.emit(Message("This is the last case." if by > 0 else "This is the first case."))
            return
        self._leave()
        self._go(self.place + by)

    def _go(self, place: int) -> None:
        assert self.sitting is not None
        self.place, self.case, self._pending, self._doubtful = place, None, None, -1
        self.confirmed, self.mode = frozenset(), "reading"
        self.changed.emit()
        self._session.open_case(self.sitting.cases[place], blinded=self.sitting.blinded, then=self._opened)

    def _opened(self, found: OpenCase) -> None:
        sitting = self.sitting
        if sitting is None:
            return
        self.case = OnScreen(found, Stopwatch())
        self._session.view.outline = True
        self._session.tools.take("move")
        studio, number = self._session.studio, found.case.id
        reviews = studio.reviews

        def begin() -> dict[str, object]:
            shown = found.predicted.model if found.predicted else ""
            read = reviews.begin(number, sitting.reader, Terms(sitting.kind, sitting.blinded, sitting.id, model=shown))
            before = tuple(each for each in reviews.history(number, reader=sitting.reader) if each.verdict)
            return {"read": read, "history": before, "label": studio.worklist.row(number).label}

        self._do(begin, lambda begun: self._tell(found, **begun))
        self._soon.start()
        self.changed.emit()

    def _look_over(self) -> None:
        """Read on, and check the mask."""
        self._soon.stop()
        if (sitting := self.sitting) is not None and self.case is not None:
            self._session.ahead.read(sitting.cases[self.place + 1 :][:_AHEAD], blinded=sitting.blinded)
            self._check()

    def _tell(self, found: OpenCase, **news: object) -> None:
        """Something is known of a case now; if it is still on the screen, it is told."""
        if self.case is not None and self.case.opened is found:
            self.case = replace(self.case, **news)  # type: ignore[arg-type]
            self.changed.emit()
            if self.case.read is not None and self.case.findings is not None and self._pending is not None:
                pending, self._pending = self._pending, None
                pending()

    def _check(self) -> None:
        """Look the mask over beside the window, so that it is done when the verdict comes."""
        case, scan, session = self.case, self._session.scan, self._session
        if case is None or scan is None:
            return
        found, model = case.opened, session.drawn.model or session.model
        if not model or not scan.mask.counts[1:].any():
            self._tell(found, findings=())
            return
        labels, predicted = scan.labels(session.classes), found.predicted.labels if found.predicted else None
        self.case = replace(case, findings=None)
        reviews, volume = session.studio.reviews, found.volume
        self._do(
            lambda: reviews.check(labels, model, volume=volume, predicted=predicted),
            lambda findings: self._tell(found, findings=findings),
        )

    def _application_changed(self, state: Qt.ApplicationState) -> None:
        self.attend(state == Qt.ApplicationState.ApplicationActive)

    def _other_scan(self) -> None:
        """Something else was opened: the review is over."""
        session = self._session
        if self.sitting is not None and session.scan is not None and session.case != self.sitting.cases[self.place]:
            self.end()

    def _leave(self) -> None:
        case = self.case
        if case is not None and case.read is not None and not case.read.verdict:
            read, seconds, reviews = case.read.id, case.seconds, self._session.studio.reviews
            self._do(lambda: reviews.leave(read, seconds=seconds), lambda _read: None)

    # Verdicts

    def fix(self) -> None:
        """Take up the brush: the mask is filled, the tools are there."""
        if self.case is not None:
            self.mode = "fixing"
            self._session.view.outline = False
            self._session.tools.take("brush")
            self.changed.emit()

    def accept(self) -> None:
        """Stand for the mask as it is on the screen, and go on; what looks doubtful is told before."""
        if self.case is None or self._session.work is not None:
            return
        if self._soon.isActive():
            self._look_over()
        elif self._session.unsubmitted:
            self._check()
        self._when_known(self._doubts_first)

    def reject(self) -> None:
        """Say that the case is not to be used, why, and go on."""
        if self.case is not None:
            self.asked_why.emit("reject", lambda why: self._when_known(lambda: self._turn_down("reject", why)))

    def flag(self) -> None:
        """Put the case aside to be talked about, and go on."""
        if self.case is not None:
            self.asked_why.emit("flag", lambda why: self._when_known(lambda: self._turn_down("flag", why)))

    def show_finding(self, finding: Finding) -> None:
        """Bring the crosshair to what looks doubtful."""
        self._jump(finding.voxel)

    def next_doubt(self) -> None:
        """Bring the crosshair to the next place where the model was not sure, the largest first."""
        places = self.case.places if self.case else ()
        if not places:
            self._session.said.emit(Message("The model was sure everywhere, or was not asked.", tone="done"))
            return
        self._doubtful = (self._doubtful + 1) % len(places)
        self._jump(places[self._doubtful].voxel)

    def confirm_slice(self) -> None:
        """Learn from this slice of the plane under the pointer, and from no others but such; again: no more."""
        if self.case is not None:
            plane = self._session.bench.plane
            self.confirmed ^= {(plane, self._session.view.voxel[PLANES[plane][0]])}
            self.changed.emit()

    def _jump(self, voxel: Sequence[int]) -> None:
        scan = self._session.scan
        if scan is not None:
            z, y, x = voxel
            box = scan.display.to_shown((slice(z, z + 1), slice(y, y + 1), slice(x, x + 1)))
            self._session.view.voxel = tuple(side.start for side in box)

    def _when_known(self, then: Callable[[], object]) -> None:
        """Now, or as soon as the case is open for reading and looked over."""
        assert self.case is not None
        if self.case.read is not None and self.case.findings is not None:
            then()
        else:
            self._pending = then

    def _doubts_first(self) -> None:
        """Accept, unless something looks doubtful: that is shown first, and overruled by whoever accepts once more."""
        case = self.case
        findings = case.findings if case else None
        if case is None or not findings:
            self._accepted(())
        elif {each.words for each in findings} <= {each.words for each in case.held}:
            self.asked_why.emit(
                "overrule", lambda why: self._accepted(tuple(Overruled(each, why) for each in findings))
            )
        else:
            self.case = replace(case, held=findings)
            self.changed.emit()

    def let_go(self) -> None:
        """Do not accept the case after all; it stays on the screen, without a verdict."""
        if self.case is not None:
            self.case = replace(self.case, held=())
            self.changed.emit()

    def _accepted(self, overruled: tuple[Overruled, ...]) -> None:
        case, scan, session = self.case, self._session.scan, self._session
        if case is None or case.read is None or scan is None:
            return
        reviews, read, seconds = session.studio.reviews, case.read.id, case.seconds
        if session.unsubmitted or scan.mask.can_undo or self.confirmed:
            labels, confirmed = scan.labels(session.classes), self._confirmed_boxes()
            self._store(read, labels, seconds, overruled, confirmed)
        elif case.opened.labels is None:
            session.said.emit(Message("There is no mask to accept.", "Predict or paint first, or reject the case."))
        else:
            self._give("accept", lambda: reviews.accept(read, seconds=seconds, overruled=overruled))

    def _store(
        self, read: int, labels: LabelMap, seconds: float, overruled: tuple[Overruled, ...], confirmed: Sequence[Box]
    ) -> None:
        """Freeze a corrected mask; its scan stays on the screen until it is on disk."""
        session, reviews = self._session, self._session.studio.reviews
        session.waiting.begin("submit", "Storing the correction")
        model, state = session.model.partition("@")[0], session.scan.mask.state if session.scan is not None else None

        def done(_read: Read) -> None:
            session.waiting.end()
            session.mark_handed_over(state)
            self._onward("fix")

        def failed(error: SegStudioError) -> None:
            session.waiting.end()
            self._failed(error)

        self._desk.do(
            lambda: reviews.fix(read, labels, seconds=seconds, confirmed=confirmed, overruled=overruled, model=model),
            done,
            failed,
        )

    def _turn_down(self, verdict: Literal["reject", "flag"], why: str) -> None:
        case, reviews = self.case, self._session.studio.reviews
        if case is None or case.read is None:
            return
        read, seconds = case.read.id, case.seconds
        say = reviews.reject if verdict == "reject" else reviews.flag
        self._give(verdict, lambda: say(read, why, seconds=seconds))

    def _give(self, what: str, verdict: Callable[[], Read]) -> None:
        """Write a verdict and go on meanwhile; one that cannot be written leaves its case unread, and says so."""
        sitting, place = self.sitting, self.place
        assert sitting is not None
        case = sitting.cases[place]

        def failed(error: SegStudioError) -> None:
            now = self.sitting
            if now is not None and now.id == sitting.id:
                self.sitting = replace(now, done=now.done - {case})
                self._given.pop(case, None)
                self.changed.emit()
            back = Action(f"Back to case {case}", lambda: self._back_to(sitting, place))
            self._session.said.emit(Message.of(error, back))

        self._desk.do(verdict, lambda _read: None, failed)
        self._onward(what)

    def _back_to(self, sitting: Sitting, place: int) -> None:
        """To a case whose verdict could not be written, also where that was the last of the list."""
        self._leave()
        if self.sitting is None or self.sitting.id != sitting.id:
            self.sitting = sitting
        self._go(place)

    def _onward(self, what: str) -> None:
        """The next case that has no verdict yet; after the last one the review is over."""
        sitting = self.sitting
        assert sitting is not None
        self._given[sitting.cases[self.place]] = what
        self.sitting = sitting = replace(sitting, done=sitting.done | {sitting.cases[self.place]})
        rest = [at for at, case in enumerate(sitting.cases) if case not in sitting.done]
        following = [at for at in rest if at > self.place] or rest
        if following:
            self._go(following[0])
            return
        self.case = None
        self.end()
        self._session.close_scan()
        learn = Action("Learn…", lambda: show_models(self._session))
        self._session.said.emit(all_read_in_words(len(sitting.cases), tuple(self._given.values()), learn))

    def _confirmed_boxes(self) -> list[Box]:
        scan = self._session.scan
        assert scan is not None
        boxes = []
        for plane, at in sorted(self.confirmed):
            sides = [slice(0, side) for side in scan.mask.labels.shape]
            sides[PLANES[plane][0]] = slice(at, at + 1)
            boxes.append(scan.display.to_source((sides[0], sides[1], sides[2])))
        return boxes

    # Work

    def _do(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        self._desk.do(work, done, self._failed)

    def _failed(self, error: SegStudioError) -> None:
        self._session.said.emit(Message.of(error))

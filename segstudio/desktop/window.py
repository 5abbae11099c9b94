"""The window: menus, toolbar, message bar, the panes, the column, the status line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from napari.utils.notifications import Notification, notification_manager
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QResizeEvent
from qtpy.QtWidgets import QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from segstudio import paths, settings
from segstudio.desktop import closing, exporting, maskfiles, pages
from segstudio.desktop.archives.inwindow import InWindow
from segstudio.desktop.cases import Cases
from segstudio.desktop.columns import Columns
from segstudio.desktop.dropping import dropped_files
from segstudio.desktop.opening import Opening
from segstudio.desktop.preferences import Preferences
from segstudio.desktop.remembered import Remembered
from segstudio.desktop.status import Status
from segstudio.desktop.toolbar import Toolbar
from segstudio.errors import SegStudioError
from segstudio.studio import Studio
from segstudio.viewer import look
from segstudio.viewer.actions import Actions, keys_of
from segstudio.viewer.commands import SUBMENU, TABLE, tools
from segstudio.viewer.decidebar import DecideBar
from segstudio.viewer.deciding import Deciding
from segstudio.viewer.dock import NOTICE, Column
from segstudio.viewer.doing import LAYOUT_OF, Lights, runs_of
from segstudio.viewer.keysheet import KeySheet
from segstudio.viewer.masks import load_mask
from segstudio.viewer.messages import Action, Message, MessageBar
from segstudio.viewer.models.window import model_runs
from segstudio.viewer.panes.beside import BesidePanes
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.reviewbar import ReviewBar
from segstudio.viewer.reviewing import Reviewing
from segstudio.viewer.sections.scan import ask_for_scan, ask_for_series
from segstudio.viewer.sections.submit import Instead
from segstudio.viewer.sections.tool import tool_in_words
from segstudio.viewer.series import Series
from segstudio.viewer.session import Session
from segstudio.viewer.worklist.panel import WorklistPanel


class Window(QMainWindow):
    """SegStudio's window on one studio, which it closes when it is closed.

    Attributes
    ----------
    again
        Whether the window is to be opened anew after it was closed, since the library or the device was changed.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.again = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # its parts hold each other by what they listen to
        self.setWindowTitle("SegStudio")
        self.setWindowIcon(QIcon(look.logo(64)))
        self.setStyleSheet(look.STYLE)
        self.setAcceptDrops(True)
        self.studio = studio
        self.remembered = Remembered(studio.library.folder)
        self.session = Session(studio, self)
        self.picture = FourPanes(self.session)
        self.series = Series(self.session)
        self._beside = BesidePanes(self.session, self.series, self.picture)
        self.welcome = pages.Welcome()
        self.column = Column(self.session, opening=False)
        self.worklist = WorklistPanel(self.session)
        self.cases = Cases(self.session, self.worklist, self.remembered)
        self.opening = Opening(self.session, self.picture, self.series, self.remembered)
        self.archives = InWindow(self.session, self.open, self)
        self.reviewing = Reviewing(self.session)
        self.deciding = Deciding(self.session)
        self._lay_out()
        self.keys = keys_of(paths.data_folder() / "keys.ini", self)
        self.made = Actions(self._runs(), self.keys, self, self.stack)
        self.actions_by_name = self.made.by_name
        self._group()
        self._make_menus()
        self.archives.show_in(self.made)
        self.toolbar = Toolbar(self.session, self.made)
        self.addToolBar(self.toolbar)
        self.review_bar = ReviewBar(self.reviewing, self.made)
        self._middle.insertWidget(0, self.review_bar)
        self.decide_bar = DecideBar(self.deciding)
        self._middle.insertWidget(0, self.decide_bar)
        self.status = Status(self.session)
        self.setStatusBar(self.status)
        self._lights = Lights(self.session, self.made)
        self._connect()
        self._restore()

    def open(self, path: Path, *, beside: Sequence[Path] = ()) -> None:
        """Open a scan, to be looked at as it was the last time, and other series beside it."""
        self.opening.open(path, beside=beside)

    def start(self) -> None:
        """Start the worker, and say what has to be said at the start."""
        for note in self.studio.notes:
            self.bar.say(Message(note))
        if not self.remembered.flag("understood"):
            agree = Action("Understood", lambda: self.remembered.keep_flag("understood"))
            self.bar.say(Message(NOTICE, "Every mask has to be checked by a person.", actions=(agree,), stays=True))
        self.session.command(self.studio.start)

    # Making

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.picture)
        self.bar = MessageBar(stays=True)
        middle = QWidget()
        column = self._middle = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(middle)
        self.columns = Columns(self, self.worklist, self.column)

    def _runs(self) -> dict[str, Callable[[], object]]:
        runs, compare, opening = runs_of(self.session), self.column.compare, self.opening
        return (
            runs
            | self.archives.runs
            | model_runs(self.session)
            | {
                "open": lambda: opening.open(ask_for_scan(self, self.remembered.folder)),
                "open_series": lambda: opening.open(ask_for_series(self, self.remembered.folder)),
                "open_beside": lambda: opening.open_beside(ask_for_scan(self, self.remembered.folder)),
                "open_series_beside": lambda: opening.open_beside(ask_for_series(self, self.remembered.folder)),
                "open_sample": opening.open_sample,
                "close_scan": opening.close,
                "save_mask": self._save_mask,
                "load_mask": self._load_mask,
                "export": lambda: exporting.ask(self.session, self.remembered.folder, self),
                "settings": self._show_preferences,
                "quit": self.close,
                "predict": self.column.predict.predict,
                "submit": self.column.submit.submit,
                "compare_model": compare.comparison.with_model,
                "compare_file": compare.file.click,
                "compare_end": compare.comparison.end,
                "next_difference": compare.comparison.next,
                "previous_difference": compare.comparison.previous,
                "maximise": self.picture.maximise,
                "reset": lambda: self._reset(runs["reset"]),
                "fit": self.picture.fit,
                "columns": self.columns.fold,
                "worklist": self.columns.fold_list,
                **self._review_runs(),
                "keys": lambda: KeySheet(self.keys, set(self.actions_by_name), self).show(),
                "guide": lambda: pages.guide(self).show(),
                "about": lambda: pages.about(self, self.studio.library.folder).show(),
            }
        )

    def _review_runs(self) -> dict[str, Callable[[], object]]:
        reviewing = self.reviewing
        return {
            "begin_review": lambda: reviewing.begin(self.worklist.to_read),
            "begin_second": lambda: reviewing.begin(self.worklist.query, second=True),
            "accept": reviewing.accept,
            "fix": reviewing.fix,
            "reject": reviewing.reject,
            "flag": reviewing.flag,
            "next_case": lambda: reviewing.step(1),
            "previous_case": lambda: reviewing.step(-1),
            "next_doubt": reviewing.next_doubt,
            "confirm_slice": reviewing.confirm_slice,
            "end_review": reviewing.end,
            "decide": lambda: self.deciding.begin(),
            "export_ledger": self.cases.export_ledger,
        }

    def _group(self) -> None:
        """Of tools one is in the hand, of layouts one is shown."""
        for names in (tools(), tuple(LAYOUT_OF)):
            group = QActionGroup(self)
            for name in names:
                if name in self.actions_by_name:
                    group.addAction(self.actions_by_name[name])

    def _make_menus(self) -> None:
        for title in TABLE:
            if SUBMENU not in title:
                menu = self.menuBar().addMenu(title)
                self.made.fill(menu, title)
                if title == "File":
                    self.recent = QMenu("Open recent", menu)
                    self.recent.aboutToShow.connect(lambda: self.opening.list_recent(self.recent))
                    menu.insertMenu(self.actions_by_name["open_sample"], self.recent)

    def _connect(self) -> None:
        session = self.session
        session.said.connect(self.bar.say)
        for signal in (session.tools.changed, session.scan_changed):
            signal.connect(self._name_tool)
        session.scan_changed.connect(self._other_scan)
        session.mask_changed.connect(self._entitle)
        session.submitted.connect(lambda _submission: self._entitle())
        self.column.scan.opened.connect(self.opening.opened)
        self.opening.begun.connect(self._forget_said)
        self.opening.alone_wanted.connect(self._go_on_alone)
        self.picture.pointed.connect(self.status.pointer.setText)
        self.worklist.chosen.connect(self.opening.open_case)
        self.worklist.review.connect(self.reviewing.begin)
        self.worklist.review_from.connect(self.reviewing.begin)
        self.reviewing.changed.connect(self._show_review)
        for part in (self.reviewing, self.deciding):
            part.changed.connect(self._stand_in)
        self.welcome.open.clicked.connect(self.actions_by_name["open"].trigger)
        self.welcome.sample.clicked.connect(self.opening.open_sample)
        notification_manager.notification_ready.connect(self._napari_says)
        self._other_scan()

    # What is shown

    def _other_scan(self) -> None:
        self.stack.setCurrentWidget(self.picture if self.session.scan else self.welcome)
        self.stack.setFocus()
        self._entitle()

    def _forget_said(self) -> None:
        """Something else is begun: what was said of the last thing goes, unless it waits for an answer."""
        if self.bar.said is not None and not self.bar.said.stays:
            self.bar.dismiss()

    def _show_review(self) -> None:
        """The picture has the window to itself while cases are read."""
        mode = self.reviewing.mode
        if mode and self.reviewing.case is None:
            self._forget_said()
        self.made.review(mode)
        self.toolbar.setVisible(mode != "reading")
        self.columns.show_mode(mode)

    def _go_on_alone(self, case: int, reader: str) -> None:
        """With a blinded read, or with the decision between two."""
        self.column.submit.reader.setText(reader)

        def go_on() -> None:
            if not self.reviewing.take_up(case, reader):
                self.deciding.begin(case)

        self.session.command(go_on)

    def _stand_in(self) -> None:
        """While a list is gone through, the mask is handed over in it and nowhere else."""
        instead = None
        if self.reviewing.sitting is not None:
            instead = Instead("Accept", "The mask is right as it is; on to the next case.", self.reviewing.accept)
        elif self.deciding.disputes:
            take = self.decide_bar.sides["screen"]
            instead = Instead(take.text(), "This mask counts, and neither of the reads; with a reason.", take.click)
        self.column.submit.stand_in(instead)
        self.made.name("submit", instead.text if instead else "Submit correction")

    def _name_tool(self) -> None:
        name, does = tool_in_words(self.session.tools.active)
        self.bar.idle(f"{name}: {does}" if self.session.scan is not None else "")

    def _entitle(self) -> None:
        scan = self.session.scan
        self.setWindowTitle(f"{scan.name}[*] · SegStudio" if scan else "SegStudio")
        self.setWindowModified(scan is not None and self.session.unsubmitted)

    def _reset(self, view: Callable[[], object]) -> None:
        view()
        self.picture.fit()

    def _show_preferences(self) -> None:
        dialog = Preferences(self)
        dialog.changed.connect(self._setting_changed)
        dialog.show()

    def _setting_changed(self, name: str) -> None:
        if name == "reader":
            self.column.submit.reader.setText(settings.load()[0].reader)
        if name == "theme":
            self._change_look()
        if name == "archives":
            self.archives.show_in(self.made)
        if name in ("device", "library"):
            again = Action("Restart now", self._restart)
            self.bar.say(Message("This changes with the next start.", "Nothing is lost.", actions=(again,), stays=True))

    def _change_look(self) -> None:
        look.use(settings.load()[0].theme)
        look.dress(self)
        self.column.versions.redraw()  # better and worse figures have a colour each

    def _restart(self) -> None:
        self.again = True
        self.again = self.close()

    def _napari_says(self, notification: Notification) -> None:
        self.session.desk.bring(lambda: self.bar.say(Message(str(notification.message))))

    # Files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files only, wherever they are dropped."""
        event.setAccepted(bool(dropped_files(event.mimeData())))

    def dropEvent(self, event: QDropEvent) -> None:
        """A file or a folder is opened as a scan, more of them beside it; with Shift, all beside what is open.

        On the list of cases they are taken into it.
        """
        if files := dropped_files(event.mimeData()):
            event.acceptProposedAction()
            if self.worklist.isVisible() and self.worklist.rect().contains(
                self.worklist.mapFrom(self, event.position().toPoint())
            ):
                self.cases.add(files)
                return
            beside = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.opening.open_dropped(files, beside=beside)

    def _save_mask(self) -> None:
        scan = self.session.scan
        path = maskfiles.ask_where_to_save(self, scan, self.remembered.folder) if scan else None
        if path is not None:
            maskfiles.save_mask(self.session, path)

    def _load_mask(self) -> None:
        path = maskfiles.ask_for_mask(self, self.remembered.folder)
        if path is not None:
            load_mask(self.session, path)

    # What is remembered, and closing

    def _restore(self) -> None:
        self.resize(QSize(1360, 860).boundedTo(self.screen().availableSize()))
        if (frame := self.remembered.frame) is not None:
            self.restoreGeometry(frame)
        self.remembered.restore_view(self.session)
        self.columns.restore(self.remembered)
        self.columns.light_in(self.made)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list is narrow in a small window."""
        super().resizeEvent(event)
        self.worklist.fit(self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once about a mask that nobody has handed over; keep it; stop the worker in order."""
        if not self._may_close():
            event.ignore()
            return
        self._remember()
        self.hide()
        notification_manager.notification_ready.disconnect(self._napari_says)
        self.column.compare.comparison.close()
        self.reviewing.close()
        self.deciding.close()
        self.session.close()
        self._beside.close_canvas()
        self.picture.close_canvas()
        self.studio.close()
        super().closeEvent(event)

    def _may_close(self) -> bool:
        session = self.session
        if session.scan is None or not session.unsubmitted:
            return True
        if not self.remembered.flag("keeps"):
            answer, ask_again = closing.ask(self, session.scan.name)
            self.remembered.keep_flag("keeps", not ask_again)
            if answer == "discard":
                session.throw_away()
            if answer != "keep":
                return answer == "discard"
        try:
            session.keep_draft()
        except SegStudioError as error:
            return closing.may_lose(self, error)
        return True

    def _remember(self) -> None:
        self.opening.keep_look()
        self.remembered.open = self.session.scan.path if self.session.scan else None
        self.remembered.frame = self.saveGeometry()
        self.columns.remember(self.remembered)
        self.remembered.sync()

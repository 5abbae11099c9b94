"""The window: menu, toolbar, message bar, picture, column, status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from napari.components import ViewerModel
from napari.utils.notifications import Notification, notification_manager
from qtpy.QtCore import QSettings, QSize, Qt
from qtpy.QtGui import QAction, QActionGroup, QCloseEvent, QIcon
from qtpy.QtWidgets import (
    QComboBox,
    QDockWidget,
    QDoubleSpinBox,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QToolBar,
    QWidget,
)

from segstudio import sample
from segstudio.desktop import pages
from segstudio.desktop.commands import COMMANDS, MENUS, TOOLS, make_action
from segstudio.desktop.picture import Picture, set_window
from segstudio.errors import SegStudioError
from segstudio.studio import Studio
from segstudio.viewer import look
from segstudio.viewer.dock import NOTICE, Column
from segstudio.viewer.layers import PLANES, window_of
from segstudio.viewer.messages import Action, Message, MessageBar
from segstudio.viewer.sections.scan import ask_for_scan, ask_for_series
from segstudio.viewer.sections.section import label
from segstudio.viewer.session import Session

WINDOWS = {"Soft tissue": (400, 40), "Lung": (1500, -600), "Bone": (1800, 400), "Brain": (80, 40), "Liver": (150, 60)}
"""Width and level in HU."""

_RECENT = 8
_NOT_HERE = ("M", "X", "-", "=")
"""napari's keys that choose a class which the model may not have."""


class Window(QMainWindow):
    """SegStudio's window on one studio, which it closes when it is closed."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setWindowTitle("SegStudio")
        self.setWindowIcon(QIcon(look.logo(64)))
        self.setStyleSheet(look.STYLE)
        self.setAcceptDrops(True)
        self.studio = studio
        self.settings = QSettings(str(studio.library.folder / "window.ini"), QSettings.Format.IniFormat)
        self.session = Session(ViewerModel(axis_labels=("z", "y", "x")), studio, self)
        self.picture = Picture(self.session)
        self.welcome = pages.Welcome()
        self.column = Column(self.session, opening=False)
        self.actions_by_name: dict[str, QAction] = {}
        self._lay_out()
        self._make_actions()
        self._make_menus()
        self._make_toolbar()
        self._make_status()
        self._connect()
        self._restore()

    # Opening

    def open(self, path: Path) -> None:
        """Open a scan."""
        self.session.open(path, then=lambda: self._remember(path))

    def open_sample(self) -> None:
        """Open the sample, with the box and the model that knows what is in it."""
        try:
            path = sample.sample_scan()
        except SegStudioError as error:
            self.session.said.emit(Message.of(error))
            return
        self.session.open(path, then=self._show_sample)

    def _show_sample(self) -> None:
        scan = self.session.scan
        assert scan is not None
        self.session.choose_model(sample.MODEL)
        self.session.region.set(sample.sample_box(scan.volume.geometry))
        self.picture.show_plane("sagittal")  # front and back of a hippocampus are seen best from the side
        self.show_box()
        if self.session.model.partition("@")[0] == sample.MODEL:
            self.session.predict()
        else:
            lacks = f"The starter model {sample.MODEL} is not in this library."
            self.session.said.emit(Message(lacks, "Import it, or predict with another.", "error"))

    def show_box(self) -> None:
        """Bring the box to the middle of the picture, large."""
        scan, box = self.session.scan, self.session.region.box
        if scan is not None and box is not None:
            self.picture.centre_on(
                tuple(
                    (
                        low + (side.start - 0.2 * (side.stop - side.start)) * mm,
                        low + (side.stop + 0.2 * (side.stop - side.start)) * mm,
                    )
                    for side, low, mm in zip(
                        scan.display.to_shown(box), scan.display.translate, scan.display.scale, strict=True
                    )
                )
            )

    def start(self) -> None:
        """Start the worker, and say what has to be said at the start."""
        for note in self.studio.notes:
            self.bar.say(Message(note))
        if not self.settings.value("understood", False, type=bool):
            agree = Action("Understood", lambda: self.settings.setValue("understood", True))
            self.bar.say(Message(NOTICE, "Every mask has to be checked by a person.", actions=(agree,), stays=True))
        self.session.command(self.studio.start)

    # Making

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.picture)
        self.setCentralWidget(self.stack)
        self.bar = MessageBar(over=self.stack)
        self.dock = QDockWidget("Column", self)
        self.dock.setObjectName("column-dock")
        self.dock.setTitleBarWidget(QWidget())
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.dock.setWidget(self.column)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)

    def _make_actions(self) -> None:
        session, picture, studio = self.session, self.picture, self.studio
        runs: dict[str, Callable[[], object]] = {
            "open": lambda: self._open_chosen(ask_for_scan(self, self._folder)),
            "open_series": lambda: self._open_chosen(ask_for_series(self, self._folder)),
            "open_sample": self.open_sample,
            "quit": self.close,
            "undo": session.undo,
            "redo": session.redo,
            "clear": session.clear_mask,
            "predict": session.predict,
            "cancel": session.cancel,
            "submit": self.column.submit.submit,
            "smaller": lambda: self._scale_brush(1 / 1.25),
            "larger": lambda: self._scale_brush(1.25),
            "fit": picture.fit,
            "next_slice": lambda: picture.step(1),
            "previous_slice": lambda: picture.step(-1),
            "outline": self._toggle_outline,
            "hide_mask": self._toggle_mask,
            "column": lambda: self.dock.setVisible(self.dock.isHidden()),
            "keys": lambda: pages.keys(self).show(),
            "about": lambda: pages.about(self, studio.library.folder).show(),
        }
        runs |= {plane: lambda plane=plane: picture.show_plane(plane) for plane in PLANES}  # type: ignore[misc]
        runs |= {each.name: lambda mode=each.mode: self._take(mode) for each in COMMANDS if each.mode}  # type: ignore[misc]
        for command in COMMANDS:
            self.actions_by_name[command.name] = make_action(command, runs[command.name], self)
        self.addActions(list(self.actions_by_name.values()))
        fold = self.actions_by_name["column"]  # elsewhere Tab goes from field to field
        fold.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        picture.addAction(fold)
        for names in (TOOLS, tuple(PLANES)):
            group = QActionGroup(self)
            for name in names:
                self.actions_by_name[name].setCheckable(True)
                group.addAction(self.actions_by_name[name])

    def _make_menus(self) -> None:
        for title, names in MENUS.items():
            menu = self.menuBar().addMenu(title)
            for name in names:
                if name == "-recent":
                    self.recent = menu.addMenu("Open recent")
                    self.recent.aboutToShow.connect(self._list_recent)
                elif name == "-":
                    menu.addSeparator()
                else:
                    menu.addAction(self.actions_by_name[name])

    def _make_toolbar(self) -> None:
        bar = QToolBar("Tools", self)
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.brush = QDoubleSpinBox()
        self.brush.setRange(0.5, 200)
        self.brush.setSuffix(" mm")
        self.brush.setDecimals(1)
        self.brush.setFixedWidth(84)
        bar.setIconSize(QSize(18, 18))
        self.brush.setToolTip("Brush size  ([ and ])")
        self.brush.valueChanged.connect(self._size_brush)
        self.window_choice = QComboBox()
        self.window_choice.setToolTip("Window; drag with the right button to change it freely")
        self.window_choice.activated.connect(self._choose_window)
        for names in (("open", "predict", "undo", "redo"), TOOLS):
            bar.addActions([self.actions_by_name[name] for name in names])
            if names is TOOLS:
                bar.addWidget(self.brush)
            bar.addSeparator()
        bar.addActions([self.actions_by_name[name] for name in (*PLANES, "fit")])
        bar.addSeparator()
        bar.addWidget(self.window_choice)
        for name in ("open", "predict"):
            button = bar.widgetForAction(self.actions_by_name[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)  # type: ignore[attr-defined]
        self.addToolBar(bar)

    def _make_status(self) -> None:
        self.pointer = label()
        self.state = label()
        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.addWidget(self.pointer, 1)
        status.addPermanentWidget(self.state)
        status.addPermanentWidget(label("Research use only"))

    def _connect(self) -> None:
        session = self.session
        session.said.connect(self.bar.say)
        session.scan_changed.connect(self._other_scan)
        session.mask_changed.connect(self._tell_state)
        session.work_changed.connect(self._tell_state)
        session.library_changed.connect(lambda _kind: self._tell_state())
        self.column.scan.opened.connect(self._remember)
        self.picture.pointed.connect(self.pointer.setText)
        self.picture.plane_changed.connect(lambda plane: self.actions_by_name[plane].setChecked(True))
        self.picture.canvas.dropped.connect(self.open)
        self.welcome.dropped.connect(self.open)
        self.welcome.open.clicked.connect(self.actions_by_name["open"].trigger)
        self.welcome.sample.clicked.connect(self.open_sample)
        notification_manager.notification_ready.connect(self._napari_says)
        self._other_scan()

    # The scan, the tools

    def _other_scan(self) -> None:
        scan = self.session.scan
        self.stack.setCurrentWidget(self.picture if scan else self.welcome)
        self.setWindowTitle(f"{scan.path.name} · SegStudio" if scan else "SegStudio")
        for name in (*TOOLS, *PLANES, "fit", "undo", "redo", "clear", "submit", "predict", "outline", "hide_mask"):
            self.actions_by_name[name].setEnabled(scan is not None)
        for widget in (self.brush, self.window_choice):
            widget.setEnabled(scan is not None)
        self._list_windows()
        if scan is not None:
            for key in _NOT_HERE:
                scan.mask.bind_key(key, _nothing, overwrite=True)
            self.brush.setValue(scan.mask.brush_size * min(scan.display.scale))
            scan.mask.events.mode.connect(self._mode_changed)
            self._take("pan_zoom")
        self._tell_state()

    def _take(self, mode: str) -> None:
        scan = self.session.scan
        if scan is not None:
            self.session.viewer.layers.selection.active = scan.mask
            scan.mask.mode = mode
            self._mode_changed()

    def _mode_changed(self, _event: object = None) -> None:
        scan = self.session.scan
        names = {each.mode: each.name for each in COMMANDS if each.mode}
        if scan is not None and str(scan.mask.mode) in names:
            self.actions_by_name[names[str(scan.mask.mode)]].setChecked(True)

    def _size_brush(self, mm: float) -> None:
        scan = self.session.scan
        if scan is not None:
            scan.mask.brush_size = max(1.0, mm / min(scan.display.scale))

    def _scale_brush(self, by: float) -> None:
        self.brush.setValue(self.brush.value() * by)

    def _toggle_outline(self) -> None:
        if self.session.scan is not None:
            self.session.scan.mask.contour = 0 if self.session.scan.mask.contour else 1

    def _toggle_mask(self) -> None:
        if self.session.scan is not None:
            self.session.scan.mask.visible = not self.session.scan.mask.visible

    def _list_windows(self) -> None:
        scan = self.session.scan
        self.window_choice.clear()
        self.window_choice.addItem("Window: auto")
        hounsfield = scan is not None and scan.volume.modality in ("CT", "") and scan.pictures[0].contrast_limits[0] < 0
        if hounsfield:
            self.window_choice.addItems([f"{name}  {width}/{level}" for name, (width, level) in WINDOWS.items()])

    def _choose_window(self, index: int) -> None:
        scan = self.session.scan
        if scan is None:
            return
        if index == 0:
            set_window(scan, window_of(scan.pictures[0].data, scan.volume.modality))
        else:
            width, level = list(WINDOWS.values())[index - 1]
            set_window(scan, (level - width / 2, level + width / 2))

    # Words

    def _tell_state(self) -> None:
        session = self.session
        self.actions_by_name["cancel"].setEnabled(session.work is not None and session.work.kind == "predict")
        if session.work is not None:
            self.state.setText(f"{session.work.what} …")
        elif session.scan is None:
            self.state.setText("")
        else:
            self.state.setText("Changes not submitted" if session.unsubmitted else "No changes")

    def _napari_says(self, notification: Notification) -> None:
        self.session.desk.bring(lambda: self.bar.say(Message(str(notification.message))))

    # What is remembered

    @property
    def _folder(self) -> str:
        return str(self.settings.value("folder", ""))

    def _open_chosen(self, path: Path | None) -> None:
        if path is not None:
            self.open(path)

    def _remembered(self) -> list[str]:
        found = self.settings.value("recent")  # Qt gives back a list of one as the one
        return [found] if isinstance(found, str) else list(found) if isinstance(found, list) else []

    def _remember(self, path: Path) -> None:
        names = [str(path), *(name for name in self._remembered() if name != str(path))]
        self.settings.setValue("recent", names[:_RECENT])
        self.settings.setValue("folder", str(path.parent))

    def _list_recent(self) -> None:
        menu: QMenu = self.recent
        menu.clear()
        for name in self._remembered():
            action = menu.addAction(Path(name).name)
            action.setToolTip(name)
            action.triggered.connect(lambda _checked=False, name=name: self.open(Path(name)))
        menu.setEnabled(True)
        if not menu.actions():
            menu.addAction("None yet").setEnabled(False)

    def _restore(self) -> None:
        self.resize(1360, 860)
        if geometry := self.settings.value("geometry"):
            self.restoreGeometry(geometry)
        if self.settings.value("folded", False, type=bool):
            self.dock.hide()

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what is not submitted; stop the worker in order; ask only if something could be lost."""
        try:
            self.session.keep_draft()
        except SegStudioError as error:
            if not self._lose(error):
                event.ignore()
                return
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("folded", self.dock.isHidden())
        self.settings.sync()
        self.hide()
        notification_manager.notification_ready.disconnect(self._napari_says)
        self.session.close()
        self.picture.close_canvas()
        self.studio.close()
        super().closeEvent(event)

    def _lose(self, error: SegStudioError) -> bool:
        question = f"The mask is not submitted and cannot be kept: {error.message}. Close and lose it?"
        buttons = QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel
        answer = QMessageBox.question(self, "SegStudio", question, buttons, QMessageBox.StandardButton.Cancel)
        return answer == QMessageBox.StandardButton.Discard


def _nothing(_layer: object) -> None:
    """What a key does that has no meaning here."""

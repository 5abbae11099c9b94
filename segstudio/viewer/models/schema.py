"""Classes of a model: what it draws, what it is to learn, and masks that hold others."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
)

from segstudio.imaging import LabelClass, LabelMap, color_of, read_labels
from segstudio.review import Match
from segstudio.viewer import look
from segstudio.viewer.messages import Message
from segstudio.viewer.models.mapping import MappingDialog, open_mask_of
from segstudio.viewer.models.subject import Page, Subject
from segstudio.viewer.sections.section import button, label, row

_MASKS = "Masks (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd);;All files (*)"
_MOST = 65535


class ClassesPage(Page):
    """At the left the model's classes, and a field for another; at the right masks with other classes."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self.list = QListWidget()
        self.name = QLineEdit(placeholderText="Name of the new class")
        self.value = QSpinBox(minimum=1, maximum=_MOST)
        self.value.setToolTip("Its number in masks")
        self.add = button("Add class", "Corrections may hold it from now on; the next training learns it", "plus")
        self.file = button("A mask file…", "See what its classes would become, and take it over", "load")
        self.mine = button("The open mask", "See which of its classes the model knows")
        self.lacks = label(kind="quiet", wrap=True)
        self._lay_out()
        self.name.textChanged.connect(lambda _text: self._may_add())
        self.name.returnPressed.connect(self._add)
        self.add.clicked.connect(self._add)
        self.file.clicked.connect(self._ask_file)
        self.mine.clicked.connect(self._map_mine)
        subject.session.scan_changed.connect(self._tell_scan)

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for each in (left, right):
            each.setSpacing(8)
        new = "What it knows is kept: the next training learns the new class beside the old ones, once masks hold it."
        left.addWidget(label("Classes of the model", "strong"))
        left.addWidget(self.list, 1)
        left.addLayout(row(self.value, self.name, self.add, stretch=1))
        left.addWidget(label(new, "quiet", wrap=True))
        right.addWidget(label("Masks with other classes", "strong"))
        other = (
            "A mask of another program may number or name its classes otherwise. What each would become is shown with "
            "its voxels first; nothing is changed silently."
        )
        right.addWidget(label(other, wrap=True))
        buttons = row(self.file, self.mine)
        buttons.addStretch(1)
        right.addLayout(buttons)
        right.addWidget(self.lacks)
        right.addStretch(1)
        both = QHBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(24)
        both.addLayout(left, 1)
        both.addLayout(right, 1)

    def redraw(self) -> None:
        """Read the classes again."""
        self._subject.read(self._read)
        self._tell_scan()

    def _read(self) -> None:
        name, entry = self._subject.name, self._subject.in_use
        classes = self._subject.session.studio.versions.classes(name) if name else ()
        known = {each.value for each in entry.spec.classes} if entry else set()
        self.list.clear()
        for each in classes:
            added = "" if each.value in known else "  ·  added, learned with the next training"
            self.list.addItem(QListWidgetItem(look.swatch(each.color), f"{each.value}  {each.name}{added}"))
        self.value.setValue(1 + max((each.value for each in classes), default=0))
        self._may_add()

    def _may_add(self) -> None:
        self.add.setEnabled(bool(self._subject.name and self.name.text().strip()))

    def _tell_scan(self) -> None:
        ready = self._subject.session.scan is not None and bool(self._subject.name)
        self.lacks.setText("" if ready else "Open the scan that the mask belongs to first.")
        for each in (self.file, self.mine):
            each.setEnabled(ready)

    def _add(self) -> None:
        session, name = self._subject.session, self._subject.name
        made = LabelClass(self.value.value(), self.name.text().strip(), color_of(self.list.count()))
        if not made.name or not self._subject.act(
            lambda person: session.studio.versions.add_class(name, made, person=person)
        ):
            return
        self.name.clear()
        if session.model.partition("@")[0] == name and made.value not in {each.value for each in session.classes}:
            session.set_classes((*session.classes, made))
        session.said.emit(Message(f"{name} learns {made.name} with the next training.", tone="done"))
        self.redraw()

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "A mask of the open scan", "", _MASKS)
        dialog.fileSelected.connect(lambda file: self.map_file(Path(file)))
        dialog.open()

    def map_file(self, path: Path) -> None:
        """Show what the classes of a mask file would become."""
        session = self._subject.session
        scan = session.scan
        if scan is None:
            return

        def read() -> tuple[LabelMap, tuple[Match, ...]]:
            found = read_labels(path, scan=scan.volume)
            scan.volume.geometry.require_same_space(found.geometry, mine="the scan", others=path.name)
            return found, session.studio.reviews.mapping(found, self._subject.name)

        session.desk.do(read, lambda found: self._show(*found), lambda error: session.said.emit(Message.of(error)))

    def _map_mine(self) -> None:
        session = self._subject.session
        mine = open_mask_of(session)
        if mine is not None:
            self._subject.read(lambda: self._show(mine, session.studio.reviews.mapping(mine, self._subject.name)))

    def _show(self, labels: LabelMap, matches: tuple[Match, ...]) -> None:
        classes = self._subject.session.studio.versions.classes(self._subject.name)
        self.dialog = MappingDialog(self._subject.session, labels, matches, classes, self)
        self.dialog.open()

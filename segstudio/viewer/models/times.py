"""When a model learns: once at an hour, or by a rule."""

from __future__ import annotations

from datetime import datetime

from qtpy.QtCore import Qt, QTime
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from segstudio import settings
from segstudio.library import Job, Rule
from segstudio.studio.queue import tonight
from segstudio.viewer.models.subject import Subject
from segstudio.viewer.models.words import title
from segstudio.viewer.sections.section import button, label

_CASES = 10
_HOUR = QTime(22, 0)
_NIGHT = QTime(2, 0)
_MOST_MINUTES = 720.0


class AtDialog(QDialog):
    """The hour at which a model is to learn, or at which a job that waits is to begin.

    Parameters
    ----------
    job
        The one that waits; None lets the model learn anew.
    """

    def __init__(self, subject: Subject, job: Job | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._subject, self._job = subject, job
        self.setWindowTitle("Train tonight" if job is None else "Begin later")
        self.hour = _clock(_HOUR)
        self.minutes = _minutes(settings.load()[0].minutes)
        self.day = label(kind="quiet")
        self.hour.timeChanged.connect(lambda _time: self._tell())
        grid = _grid()
        what = f"{subject.name} learns from all corrections made until then." if job is None else title(job)
        grid.addWidget(label(what, wrap=True), 0, 0, 1, 3)
        grid.addWidget(label("Not before"), 1, 0)
        grid.addWidget(self.hour, 1, 1)
        grid.addWidget(self.day, 1, 2)
        if job is None:
            grid.addWidget(label("For"), 2, 0)
            grid.addWidget(self.minutes, 2, 1)
        self.accept_button = button(
            "Train then" if job is None else "Begin then", "Put it into the queue", kind="primary"
        )
        _finish(self, grid, self.accept_button)
        self._tell()

    @property
    def at(self) -> datetime:
        """The next time that the clock shows the hour."""
        return tonight(self.hour.time().hour(), self.hour.time().minute())

    def accept(self) -> None:
        """Queue it, or move it."""
        queue, job = self._subject.session.studio.queue, self._job
        if job is None:
            done = self._subject.session.command(
                lambda: queue.train(self._subject.name, minutes=self.minutes.value(), at=self.at)
            )
        else:
            done = self._subject.session.command(lambda: queue.move(job.id, self.at))
        if done:
            super().accept()

    def _tell(self) -> None:
        self.day.setText("today" if self.at.date() == datetime.now().date() else "tomorrow")


class RuleDialog(QDialog):
    """When a model learns by itself; both ways are off until somebody turns them on."""

    def __init__(self, subject: Subject, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Learn by itself")
        self._subject = subject
        rule = subject.session.studio.queue.rule(subject.name)
        self.counts = QCheckBox("After new cases")
        self.counts.setChecked(rule.after_cases > 0)
        self.cases = QSpinBox(minimum=1, maximum=10_000, value=rule.after_cases or _CASES, suffix=" cases")
        self.nightly = QCheckBox("Every night, if there is anything new")
        self.nightly.setChecked(bool(rule.nightly))
        self.hour = _clock(QTime.fromString(rule.nightly, "HH:mm") if rule.nightly else _NIGHT)
        self.minutes = _minutes(rule.minutes)
        grid = _grid()
        intro = f"{subject.name} may learn without being asked. It is never put in use without a person's yes."
        grid.addWidget(label(intro, wrap=True), 0, 0, 1, 2)
        for at, (left, right) in enumerate(
            ((self.counts, self.cases), (self.nightly, self.hour), (label("Each time for"), self.minutes)), 1
        ):
            grid.addWidget(left, at, 0)
            grid.addWidget(right, at, 1)
        grid.addWidget(
            label("Corrected and approved cases count, from the moment on that the rule is set.", "quiet"), 4, 0, 1, 2
        )
        self.accept_button = button("Save", "Keep this rule", kind="primary")
        _finish(self, grid, self.accept_button)
        for box, field in ((self.counts, self.cases), (self.nightly, self.hour)):
            box.toggled.connect(field.setEnabled)
            field.setEnabled(box.isChecked())

    @property
    def rule(self) -> Rule:
        """As the fields stand."""
        return Rule(
            self._subject.name,
            self.cases.value() if self.counts.isChecked() else 0,
            self.hour.time().toString("HH:mm") if self.nightly.isChecked() else "",
            self.minutes.value(),
        )

    def accept(self) -> None:
        """Keep the rule."""
        queue = self._subject.session.studio.queue
        if self._subject.act(lambda person: queue.set_rule(self.rule, person=person)):
            super().accept()


def rule_in_words(rule: Rule) -> str:
    """ "Learns by itself after 10 new cases, and at 02:00"."""
    ways = [f"after {rule.after_cases} new {'case' if rule.after_cases == 1 else 'cases'}"] if rule.after_cases else []
    ways += [f"at {rule.nightly} if there is anything new"] if rule.nightly else []
    return f"Learns by itself {', and '.join(ways)}." if ways else "Learns only when asked."


def _minutes(value: float) -> QDoubleSpinBox:
    return QDoubleSpinBox(minimum=0.5, maximum=_MOST_MINUTES, value=value, decimals=1, suffix=" min")


def _clock(time: QTime) -> QTimeEdit:
    made = QTimeEdit(time)
    made.setDisplayFormat("HH:mm")
    return made


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(0, 1)
    return grid


def _finish(dialog: QDialog, grid: QGridLayout, accept: QPushButton) -> None:
    """Buttons under the fields."""
    cancel = button("Cancel", "Leave everything as it is")
    cancel.clicked.connect(dialog.reject)
    accept.clicked.connect(dialog.accept)
    feet = QHBoxLayout()
    feet.addStretch(1)
    for each in (cancel, accept):
        feet.addWidget(each)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 20, 20, 16)
    column.setSpacing(16)
    column.addLayout(grid)
    column.addLayout(feet)
    dialog.setMinimumWidth(460)

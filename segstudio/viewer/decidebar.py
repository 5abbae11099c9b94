"""The toolbar of a decision between two reads: whose they are, how far they differ, and which is taken."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.library import Dispute, Read
from segstudio.review import Agreement
from segstudio.viewer.deciding import Deciding, Side
from segstudio.viewer.past import verdict_in_words
from segstudio.viewer.reviewbar import ask_why
from segstudio.viewer.sections.section import Elided, button, label, table, tool

_HEADS = ("Case", "First read", "Second read", "Dice", "Least alike")
_DICE = 3
_ROW, _MOST_ROWS = 24, 5
"""Pixels of a row, and how many are seen at once."""


class DecideBar(QWidget):
    """Shown while reads that differ are decided on."""

    def __init__(self, deciding: Deciding) -> None:
        super().__init__()
        self._deciding = deciding
        self.setObjectName("reviewbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.where = label(kind="strong")
        self.differ = Elided()
        self.differ.setObjectName("quiet")
        self.sides: dict[Side, QPushButton] = {
            "first": button("", "The first read is right"),
            "second": button("", "The second read is right"),
            "screen": button("Take as on the screen", "Neither is right; correct the mask first, with the tools"),
        }
        previous, following = tool("previous", "The case before"), tool("next", "The next case on which reads differ")
        away = tool("close", "Decide later")
        previous.clicked.connect(lambda: deciding.go_to(deciding.place - 1))
        following.clicked.connect(lambda: deciding.go_to(deciding.place + 1))
        away.clicked.connect(deciding.end)
        upper = QHBoxLayout()
        for part in (previous, self.where, following, *self.sides.values()):
            upper.addWidget(part)
        upper.addStretch(1)
        upper.addWidget(away)
        for side, each in self.sides.items():
            each.clicked.connect(partial(self._ask, side))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 3, 8, 3)
        column.setSpacing(3)
        column.addLayout(upper)
        column.addWidget(self.differ)
        self.list = _list()
        self.list.cellClicked.connect(lambda row, _column: deciding.go_to(row))
        column.addWidget(self.list)
        self._listed: tuple[Dispute, ...] = ()
        deciding.measured.connect(self._tell_figures)
        deciding.changed.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Whose reads these are, and how far they agree."""
        self.setVisible(bool(self._deciding.disputes))
        if not self._deciding.disputes:
            return
        self._list_all()
        dispute = self._deciding.disputes[self._deciding.place]
        self.where.setText(f"{self._deciding.place + 1} of {len(self._deciding.disputes)} that differ")
        shown = self._deciding.shown
        both = shown is not None and shown.agreement is not None
        reads: dict[Side, Read] = {"first": dispute.first, "second": dispute.second}
        for side, read in reads.items():
            self.sides[side].setText(f"Take {read.reader}'s")
            self.sides[side].setEnabled(shown is not None and read.correction is not None)
        self.sides["screen"].setEnabled(both)
        agreement = shown.agreement if shown else None
        self.differ.setText(agreement_in_words(agreement) if agreement else _verdicts(dispute.first, dispute.second))

    def _list_all(self) -> None:
        """Every case on which readers differ, where there are several; the one that is shown is marked."""
        disputes = self._deciding.disputes
        if disputes is not self._listed:
            self._listed = disputes
            self.list.setRowCount(len(disputes))
            for at, each in enumerate(disputes):
                reads = (f"{read.reader}: {verdict_in_words(read)}" for read in (each.first, each.second))
                for place, text in enumerate((f"case {each.case_id}", *reads, "…", "")):
                    self.list.setItem(at, place, QTableWidgetItem(text))
            rows = _ROW * min(len(disputes), _MOST_ROWS)
            self.list.setFixedHeight(rows + self.list.horizontalHeader().sizeHint().height() + 2)
            self.list.setVisible(len(disputes) > 1)
            self._tell_figures()
        self.list.selectRow(self._deciding.place)

    def _tell_figures(self) -> None:
        for at, dispute in enumerate(self._listed):
            classes = self._deciding.figures.get(dispute.case_id)
            if classes is not None:
                known = {each.name: each.dice for each in classes if each.dice is not None}
                least = min(known, key=lambda name: known[name], default="")
                mean = f"{sum(known.values()) / len(known):.2f}" if known else "–"
                self.list.setItem(at, _DICE, QTableWidgetItem(mean))
                told = f"{least} {known[least]:.2f}" if least else "one read has no mask"
                self.list.setItem(at, _DICE + 1, QTableWidgetItem(told))

    def _ask(self, side: Side, _checked: bool = False) -> None:
        ask_why(self, self.sides[side], "decide", partial(self._deciding.take, side))


def _list() -> QTableWidget:
    made = table(_HEADS, chosen=QAbstractItemView.SelectionMode.SingleSelection)
    made.verticalHeader().setDefaultSectionSize(_ROW)
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    made.horizontalHeader().setStretchLastSection(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setToolTip("A click opens the case with both masks")
    return made


def agreement_in_words(agreement: Agreement) -> str:
    """For each class Dice, surface distances, and both volumes."""
    told = []
    for each in agreement.classes:
        dice = f"Dice {each.dice:.2f}" if each.dice is not None else "Dice —"
        far = f", HD95 {each.hd95_mm:.1f} mm" if each.hd95_mm is not None else ""
        mean = f", mean {each.assd_mm:.1f} mm" if each.assd_mm is not None else ""
        told.append(f"{each.name}: {dice}{far}{mean}, {each.first_ml:.1f} and {each.second_ml:.1f} ml")
    return "   ·   ".join(told)


def _verdicts(*reads: Read) -> str:
    return "   ·   ".join(f"{each.reader}: {verdict_in_words(each)}" for each in reads)

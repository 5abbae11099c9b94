"""Monitoring: how right the model was before correction, case by case."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QVBoxLayout

from segstudio.imaging import color_of
from segstudio.library import Watched
from segstudio.viewer.messages import named
from segstudio.viewer.models.chart import Chart, Series
from segstudio.viewer.models.subject import Page, Subject
from segstudio.viewer.models.words import cases_in_words
from segstudio.viewer.sections.section import label, row

_TEACH = (
    "Nothing to watch yet. Each time a reader corrects or accepts what the model drew, the Dice of the model's mask "
    "against the reader's is kept here."
)
_SMOOTH = 10
"""Cases that a line is the mean of."""

_TOLD = 3
_ALL = "All"


class WatchPage(Page):
    """Drift in words on top; a dot for each case and a line of means, by class or by scanner."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self.told = label(kind="strong", wrap=True)
        self.counts = label(kind="quiet", wrap=True)
        self.by = QComboBox()
        self.by.addItems(["A line for each class", "A line for each scanner"])
        self.only = QComboBox()
        self.only.setToolTip("Only these")
        self.only.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.only.setMinimumContentsLength(24)
        self.chart = Chart("Dice of the model's mask before correction", "cases, oldest first", high=1.0, empty=_TEACH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.told, self.counts):
            column.addWidget(widget)
        head = row(self.by, self.only)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.chart, 1)
        self.by.activated.connect(lambda _at: self._other_way())
        self.only.activated.connect(lambda _at: self.redraw())

    def redraw(self) -> None:
        """Read what was kept again."""
        self._subject.read(self._read)

    @property
    def by_scanner(self) -> bool:
        """Whether lines are scanners, and the list chooses a class."""
        return self.by.currentIndex() == 1

    def _other_way(self) -> None:
        self.only.clear()
        self.redraw()

    def _read(self) -> None:
        name, versions = self._subject.name, self._subject.session.studio.versions
        seen = versions.monitor(name) if name else []
        drift = versions.drift(name) if name else []
        self.told.setText(drift_in_words(drift) or (steady_in_words(seen) if seen else ""))
        self.told.setToolTip("\n".join(drift))
        self.told.setVisible(bool(seen))
        self.counts.setVisible(bool(seen))
        self.counts.setText(counts_in_words(seen))
        self._list(seen)
        chosen = self.only.currentText()
        kept = [each for each in seen if chosen in (_ALL, "", _other(each, by_scanner=self.by_scanner))]
        colors = {each.name: each.color for each in versions.classes(name)} if name and not self.by_scanner else {}
        self.chart.show_series(lines(kept, colors, by_scanner=self.by_scanner))
        for widget in (self.by, self.only):
            widget.setVisible(bool(seen))

    def _list(self, seen: Sequence[Watched]) -> None:
        names = [_ALL, *sorted({_other(each, by_scanner=self.by_scanner) for each in seen})]
        if names != [self.only.itemText(at) for at in range(self.only.count())]:
            chosen = self.only.currentText()
            self.only.clear()
            self.only.addItems(names)
            self.only.setCurrentIndex(max(0, self.only.findText(chosen, Qt.MatchFlag.MatchExactly)))


def lines(seen: Sequence[Watched], colors: dict[str, tuple[int, int, int]], *, by_scanner: bool) -> list[Series]:
    """A dot for each figure, and the mean of the ten latest as a line; cases count from the first one on."""
    order = {read: at for at, read in enumerate(dict.fromkeys((each.at, each.case_id) for each in seen), 1)}
    found: dict[str, list[tuple[float, float]]] = {}
    for each in seen:
        key = _scanner(each) if by_scanner else each.name
        found.setdefault(key, []).append((float(order[each.at, each.case_id]), each.dice))
    from_here = {name: colors.get(name) or color_of(at) for at, name in enumerate(found)}
    return [Series(name, _means(dots), from_here[name], tuple(dots)) for name, dots in found.items()]


def steady_in_words(seen: Sequence[Watched]) -> str:
    """That nothing has changed, or that it is too early to tell."""
    reads = len({(each.at, each.case_id) for each in seen})
    early = f"Whether it drifts can be told from 20 cases on; there are {reads}."
    return early if reads < 20 else "No drift: the last 10 cases differ no more from those before than chance explains."


def drift_in_words(drift: Sequence[str]) -> str:
    """The first sentences, and how many more there are."""
    more = len(drift) - _TOLD
    return "\n".join([*drift[:_TOLD], *([f"And {more} more changes; point here to read them."] if more > 0 else [])])


def counts_in_words(seen: Sequence[Watched]) -> str:
    """How many cases, of which versions and scanners."""
    if not seen:
        return ""
    versions = ", ".join(named(each) for each in dict.fromkeys(each.model for each in seen))
    scanners = len({_scanner(each) for each in seen})
    of = f" from {scanners} scanners" if scanners > 1 else ""
    return f"{cases_in_words(len({each.case_id for each in seen}))}{of}, drawn by {versions}."


def _means(dots: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    found = []
    for at, (place, _) in enumerate(dots):
        latest = [dice for _, dice in dots[max(0, at - _SMOOTH + 1) : at + 1]]
        found.append((place, sum(latest) / len(latest)))
    return tuple(found)


def _scanner(each: Watched) -> str:
    return each.scanner or each.modality or "unknown scanner"


def _other(each: Watched, *, by_scanner: bool) -> str:
    """What the list chooses among: classes where lines are scanners, else scanners."""
    return each.name if by_scanner else _scanner(each)

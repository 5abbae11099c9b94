"""Which model predicts."""

from __future__ import annotations

from qtpy.QtWidgets import QComboBox

from segstudio.errors import ModelError
from segstudio.imaging import Box, Volume
from segstudio.inference.fit import check_fit, misfit
from segstudio.learning import Verdict
from segstudio.library import ModelEntry
from segstudio.networks import ModelSpec
from segstudio.viewer.messages import named, sentence
from segstudio.viewer.page import page_of
from segstudio.viewer.sections.section import Elided, Section, button, label, millimetres, row, still
from segstudio.viewer.session import Session

_NONE = "There is no model yet.\n`segstudio train` makes one from labelled scans."
_NAMED = 8
"""Classes that are listed by name."""

STATES = {"current": "in use", "candidate": "candidate", "retired": "used before"}


class ModelSection(Section):
    """A list of versions, and what the chosen one was made for."""

    def __init__(self, session: Session) -> None:
        super().__init__("Model")
        self._session = session
        self._chosen: ModelEntry | None = None
        self.choice = still(QComboBox())
        self.choice.setToolTip("The model that predicts; the version in use is listed first")
        self.none = label(_NONE, "quiet", wrap=True)
        self.card = Elided("quiet", at_end=True)
        self.unfit = label(kind="caution", wrap=True)
        self.more = button("More…", "What it was made from, how right it is and what it cannot do", kind="link")
        for widget in (self.choice, self.unfit, self.none):
            self.body.addWidget(widget)
        self.body.addLayout(row(self.card, self.more, stretch=0))
        self.more.clicked.connect(self._show_card)
        self.choice.activated.connect(lambda _index: session.choose_model(str(self.choice.currentData())))
        session.model_changed.connect(self.redraw)
        session.scan_changed.connect(self._redraw_fit)
        for signal in (session.picture_changed, session.region.changed):
            signal.connect(self._redraw_fit)
        session.library_changed.connect(lambda kind: self.redraw() if kind == "models" else None)
        self.redraw()

    def redraw(self) -> None:
        """List the versions that there are now."""
        entries = sorted(self._session.entries(), key=lambda each: (each.name, each.state != "current"))
        self.choice.clear()
        for entry in entries:
            self.choice.addItem(f"{entry.name} {entry.spec.version}  ·  {STATES[entry.state]}", entry.label)
        self.choice.setCurrentIndex(self.choice.findData(self._session.model))
        self.choice.setVisible(bool(entries))
        self._chosen = chosen = next((each for each in entries if each.label == self._session.model), None)
        self.none.setVisible(chosen is None)
        for widget in (self.card, self.more):
            widget.setVisible(chosen is not None)
        if chosen is not None:
            lines = facts(chosen)
            self.card.setText(lines[0])
            self.card.setToolTip("\n".join(lines))
        self._redraw_fit()

    def _show_card(self) -> None:
        if (chosen := self._chosen) is not None:
            page_of(self.window(), f"Model {named(chosen.label)}", chosen.card or without_card(chosen)).show()

    def _redraw_fit(self) -> None:
        """Say before time is spent that the model was made for other scans."""
        session, chosen = self._session, self._chosen
        said = unfit(session.scan.volume, chosen.spec, session.region.box) if session.scan and chosen else ""
        self.unfit.setText(said)
        self.unfit.setVisible(bool(said))


def unfit(volume: Volume, spec: ModelSpec, box: Box | None) -> str:
    """Why a model may not draw well, or not at all, where it is to look; "" where nothing speaks against it."""
    try:
        check_fit(volume, spec)
    except ModelError as error:
        return named(sentence(error.message))
    return named(misfit(volume.geometry, spec, box))


def without_card(entry: ModelEntry) -> str:
    """What is told, as Markdown, of a version that nobody wrote a card of: that, and what its description says."""
    spec, parent = entry.spec, entry.spec.lineage.parent
    lines = [*facts(entry), *([f"It began as {named(parent)} and learned on."] if parent else [])]
    classes = ", ".join(f"{each.value} {each.name}" for each in spec.classes)
    told = "\n".join(f"- {line}" for line in [*lines, f"{len(spec.classes)} classes: {classes}"])
    return f"# {named(entry.label)}\n\nThis version has no card. All that is known of it is this:\n\n{told}\n"


def facts(entry: ModelEntry) -> list[str]:
    """What the model is for, on what, how well, and under which licence, in a few lines."""
    spec = entry.spec
    names = ", ".join(each.name.lower() for each in spec.classes)
    what = spec.description or (names if len(spec.classes) <= _NAMED else f"{len(spec.classes)} classes")
    channels = " + ".join(name for name in spec.channels if name)
    kind = " ".join(dict.fromkeys(word for word in (channels, spec.modality) if word)) or "Any kind of scan"
    lineage = spec.lineage
    learned = f"{len(lineage.cases)} scans" if lineage.cases else ""
    learned = learned or (f"{lineage.maps} label maps" if lineage.maps else "")
    made = [kind, millimetres(spec.spacing), learned]
    licence = [f"Licence {spec.licence}"] if spec.licence else []
    return [what, " · ".join(fact for fact in made if fact), *figures(entry), *licence]


def figures(entry: ModelEntry) -> list[str]:
    """Mean Dice on patients that the model never saw, where that was measured, as a line."""
    plain = entry.spec.metrics.get("verdict")
    verdict = entry.verdict or (Verdict.from_json(plain) if plain else None)
    if verdict is None or verdict.basis != "holdout":
        return []
    found = [each.dice_after for each in verdict.classes if each.dice_after is not None]
    return [f"Dice {sum(found) / len(found):.2f} on {verdict.patients} patients it never saw"] if found else []

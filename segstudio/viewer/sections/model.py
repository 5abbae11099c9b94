"""Which model predicts."""

from __future__ import annotations

from qtpy.QtWidgets import QComboBox

from segstudio.learning import Verdict
from segstudio.library import ModelEntry
from segstudio.viewer.sections.section import Section, label, millimetres, still
from segstudio.viewer.session import Session

STATES = {"current": "in use", "candidate": "candidate", "retired": "used before"}


class ModelSection(Section):
    """A list of versions, and what the chosen one was made for."""

    def __init__(self, session: Session) -> None:
        super().__init__("Model")
        self._session = session
        self.choice = still(QComboBox())
        self.choice.setToolTip("The model that predicts; the version in use is listed first")
        self.card = label(kind="quiet", wrap=True)
        self.body.addWidget(self.choice)
        self.body.addWidget(self.card)
        self.choice.activated.connect(lambda _index: session.choose_model(str(self.choice.currentData())))
        session.model_changed.connect(self.redraw)
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
        chosen = next((each for each in entries if each.label == self._session.model), None)
        self.card.setText(
            card(chosen) if chosen else "There is no model yet.\n`segstudio train` makes one from labelled scans."
        )


def card(entry: ModelEntry) -> str:
    """What the model draws, on what, and how well, in two or three lines."""
    spec = entry.spec
    names = ", ".join(each.name.lower() for each in spec.classes)
    channels = " + ".join(name for name in spec.channels if name)
    kind = " ".join(dict.fromkeys(word for word in (channels, spec.modality) if word))
    learned = f"{len(spec.lineage.cases)} scans" if spec.lineage.cases else ""
    facts = [kind, millimetres(spec.spacing), learned]
    return "\n".join([names, " · ".join(fact for fact in facts if fact), *figures(entry)])


def figures(entry: ModelEntry) -> list[str]:
    """Mean Dice on patients that the model never saw, where that was measured, as a line."""
    plain = entry.spec.metrics.get("verdict")
    verdict = entry.verdict or (Verdict.from_json(plain) if plain else None)
    if verdict is None or verdict.basis != "holdout":
        return []
    found = [each.dice_after for each in verdict.classes if each.dice_after is not None]
    return [f"Dice {sum(found) / len(found):.2f} on {verdict.patients} patients it never saw"] if found else []

"""Which model predicts."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QComboBox

from segstudio.library import ModelEntry
from segstudio.viewer.sections.section import Section, label, millimetres
from segstudio.viewer.session import Session

STATES = {"current": "in use", "candidate": "candidate", "retired": "used before"}


class ModelSection(Section):
    """A list of versions, and what the chosen one was made for."""

    def __init__(self, session: Session) -> None:
        super().__init__("Model")
        self._session = session
        self.choice = QComboBox()
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
    """What the model draws, on what, and how well, in two lines."""
    spec = entry.spec
    names = ", ".join(each.name.lower() for each in spec.classes)
    channels = " + ".join(name for name in spec.channels if name)
    kind = " ".join(dict.fromkeys(word for word in (channels, spec.modality) if word))
    learned = f"{len(spec.lineage.cases)} scans" if spec.lineage.cases else ""
    dice = mean_dice(entry)
    facts = [kind, millimetres(spec.spacing), learned, f"Dice {dice:.2f}" if dice is not None else ""]
    return f"{names}\n{' · '.join(fact for fact in facts if fact)}"


def mean_dice(entry: ModelEntry) -> float | None:
    """Mean Dice on the holdout, from the gate or, for the first version, from the model's own figures."""
    if entry.verdict is not None:
        found = [each.dice_after for each in entry.verdict.classes if each.dice_after is not None]
        if found:
            return sum(found) / len(found)
    holdout: Any = entry.spec.metrics.get("holdout")
    value = holdout.get("dice") if isinstance(holdout, dict) else None
    return float(value) if isinstance(value, int | float) else None

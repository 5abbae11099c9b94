"""What a model is for, and all that is told of it a click away."""

from dataclasses import replace

import pytest
from qtpy.QtWidgets import QDialog

from segstudio.networks.weights import load_model, save_model
from segstudio.viewer.page import Page
from segstudio.viewer.sections.model import ModelSection


@pytest.fixture
def told(tmp_path, tiny_model):
    """The tiny model under another name, with a card."""
    model, folder = load_model(tiny_model), tmp_path / "told"
    folder.mkdir()
    save_model(
        folder,
        replace(model.spec, name="whole", description="Whole heads."),
        model.network,
    )
    (folder / "card.md").write_text("# whole 1\n\nDraws whole heads.\n", encoding="utf8")
    return folder


def test_the_card_of_the_chosen_model_opens_where_there_is_one(session, studio, told, qtbot):
    section = ModelSection(session)
    qtbot.addWidget(section)
    assert section.more.isHidden()
    studio.import_model(told)
    session.choose_model("whole")
    assert not section.more.isHidden()
    assert "Whole heads." in section.card.text()
    section.more.click()
    (dialog,) = section.findChildren(QDialog)
    assert "Draws whole heads." in dialog.findChild(Page).toPlainText()
    dialog.reject()

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


@pytest.fixture
def section(session, qtbot):
    section = ModelSection(session)
    qtbot.addWidget(section)
    return section


def page(section):
    """What the window says that opens."""
    section.more.click()
    (dialog,) = section.findChildren(QDialog)
    told = dialog.findChild(Page).toPlainText()
    dialog.reject()
    return told


def test_the_card_of_the_chosen_model_opens(session, studio, told, section):
    studio.import_model(told)
    session.choose_model("whole")
    assert "Whole heads." in section.card.toolTip()
    assert "Draws whole heads." in page(section)


def test_of_a_model_without_a_card_it_is_said_that_there_is_none_and_what_is_known(section):
    said = page(section)
    assert "has no card" in said
    assert "1 ball, 2 shell" in said
    assert "Licence CC0" in said


def test_a_model_takes_one_line_of_the_column_however_much_there_is_to_tell(session, studio, told, section):
    section.resize(312, 400)
    section.show()
    before = section.sizeHint().height()
    studio.import_model(told)
    session.choose_model("whole")
    section.card.setText("A very long description of what this model was made for. " * 5)
    assert section.sizeHint().height() == before

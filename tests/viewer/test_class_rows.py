"""Names of classes are read in a narrow table, with the side that tells two of them apart."""

from qtpy.QtWidgets import QLabel

from segstudio.viewer.sections.class_rows import shortened


def test_a_long_name_keeps_its_beginning_and_its_side(qtbot):
    text = QLabel()
    qtbot.addWidget(text)
    metrics = text.fontMetrics()
    name = "cerebellar white matter left"
    narrow = metrics.horizontalAdvance(name) * 2 // 3
    found = shortened(name, metrics, narrow)
    assert found.startswith("cerebellar")
    assert found.endswith("… left")
    assert metrics.horizontalAdvance(found) <= narrow
    assert shortened(name, metrics, 2 * narrow) == name
    assert shortened("left", metrics, narrow) == "left"

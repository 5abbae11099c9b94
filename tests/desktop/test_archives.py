"""Archives in the window: nothing of them is seen until one is set up; then found, fetched, opened, given back."""

from dataclasses import replace

import keyring
import numpy as np
import pydicom
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from segstudio import pacs
from segstudio.desktop.archives.held import Held
from segstudio.desktop.archives.picker import ArchivePicker
from segstudio.desktop.archives.setting_up import Archives
from segstudio.desktop.preferences import Preferences
from segstudio.pacs import Archive, Connection
from tests.imaging.patients import FAMILY, NUMBER, assert_nothing_left, picture, saved
from tests.pacs.conftest import MemoryKeyring, orthanc  # noqa: F401
from tests.viewer.sessions import paint, wait

LEFT = Qt.MouseButton.LeftButton
STUDY, SERIES = "1.2.826.0.1.3680043.8.498.55", "1.2.826.0.1.3680043.8.498.77"


@pytest.fixture(autouse=True)
def ring(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def stocked(orthanc, tmp_path_factory):  # noqa: F811
    """An archive with a study of a CT and a screenshot."""
    folder = tmp_path_factory.mktemp("stock")
    random = np.random.default_rng(0)
    files = []
    for number in range(1, 7):
        pixels = random.integers(0, 4096, (16, 20)).astype(np.uint16).tobytes()
        tags = {"Rows": 16, "Columns": 20, "PixelData": pixels, "StudyInstanceUID": STUDY, "SeriesNumber": 3}
        files.append(saved(folder / f"{number}.dcm", picture(SERIES, number, **tags)))
    shot = picture(f"{SERIES}.1", 1, StudyInstanceUID=STUDY, BurnedInAnnotation="YES", SeriesNumber=9)
    files.append(saved(folder / "shot.dcm", shot))
    with Archive(orthanc.connection, orthanc.password) as archive:
        archive.store(files)
    return orthanc


@pytest.fixture
def ward(stocked):
    """The archive, set up as the person would."""
    connection = replace(stocked.connection, name="ward")
    pacs.add(connection, stocked.password)
    return connection


def settings_of(window):
    window.actions_by_name["settings"].trigger()
    return window.findChildren(Preferences)[-1]


@pytest.fixture
def picker(ward, window, qtbot):
    window.archives.show_in(window.made)
    window.actions_by_name["open_archive"].trigger()
    (picker,) = window.findChildren(ArchivePicker)
    yield picker
    for left in window.findChildren(ArchivePicker):
        left.reject()


def look_for(picker, qtbot, **fields):
    for name, text in fields.items():
        getattr(picker, name).setText(text)
    QTest.mouseClick(picker.search, LEFT)
    qtbot.waitUntil(lambda: picker.cancel.isHidden(), timeout=30_000)


def choose_study(picker, qtbot):
    look_for(picker, qtbot, patient_id=NUMBER, since="1999-03-01", until="1999-03-31")
    picker.studies.selectRow(0)
    qtbot.waitUntil(lambda: picker.series.rowCount() >= 2 and picker.cancel.isHidden(), timeout=30_000)


def choose_series(picker, number):
    picker.series.clearSelection()
    numbers = [picker.series.item(row, 0).text() for row in range(picker.series.rowCount())]
    picker.series.selectRow(numbers.index(str(number)))


def test_without_an_archive_nothing_of_archives_is_in_the_menus(window):
    for name in ("open_archive", "store_mask"):
        assert not window.actions_by_name[name].isVisible()


def test_an_archive_is_set_up_and_forgotten_in_the_settings(window, qtbot):
    QTest.mouseClick(settings_of(window).archives, LEFT)
    (dialog,) = window.findChildren(Archives)
    for field, text in ((dialog.name, "ward"), (dialog.url, "http://127.0.0.1:1/web"), (dialog.user, "reader")):
        field.setText(text)
    dialog.password.setText("open sesame")
    QTest.mouseClick(dialog.keep, LEFT)
    assert dialog.bar.said.tone == "done"
    assert pacs.Passwords().get(pacs.connection("ward")) == "open sesame"
    assert window.actions_by_name["open_archive"].isVisible()
    QTest.mouseClick(dialog.try_it, LEFT)
    qtbot.waitUntil(lambda: dialog.bar.said.tone == "error", timeout=20_000)
    assert "reached" in dialog.bar.said.text
    QTest.mouseClick(dialog.forget, LEFT)
    assert pacs.connections() == []
    assert not window.actions_by_name["open_archive"].isVisible()
    dialog.reject()


def test_an_address_in_the_clear_is_told_in_the_dialog(window):
    QTest.mouseClick(settings_of(window).archives, LEFT)
    (dialog,) = window.findChildren(Archives)
    dialog.name.setText("ward")
    dialog.url.setText("http://pacs.example.org")
    QTest.mouseClick(dialog.keep, LEFT)
    assert "encryption" in dialog.bar.said.text
    assert pacs.connections() == []
    dialog.reject()


@pytest.mark.slow
def test_a_study_is_found_and_its_series_are_listed(picker, qtbot):
    choose_study(picker, qtbot)
    assert [picker.studies.item(0, at).text() for at in range(4)] == ["1999-03-14", NUMBER, "Zyxwinkel, Quirinia", "CT"]
    assert {picker.series.item(row, 4).text() for row in range(picker.series.rowCount())} == {"6", "1"}


@pytest.mark.slow
def test_what_does_not_fit_and_a_date_that_is_none_are_told(picker, qtbot):
    look_for(picker, qtbot, patient_id="nobody")
    assert "Nothing fits" in picker.bar.said.text
    look_for(picker, qtbot, since="last week")
    assert "no day" in picker.bar.said.text


@pytest.mark.slow
def test_a_series_is_fetched_without_its_patient_and_opened(picker, window, qtbot):
    choose_study(picker, qtbot)
    choose_series(picker, 3)
    assert picker.hide_patient.isChecked()
    QTest.mouseClick(picker.fetch, LEFT)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=60_000)
    folder = window.session.scan.path
    assert folder.name.startswith("CT-3-")
    assert FAMILY not in window.windowTitle()
    assert_nothing_left(window.studio.library.folder / "fetched")
    window.actions_by_name["store_mask"].trigger()
    paint(window.session, (2, 8, 8), 1)
    window.bar.said.actions[0].run()
    qtbot.waitUntil(lambda: window.bar.said.tone == "error", timeout=60_000)
    assert "de-identified" in window.bar.said.text


@pytest.mark.slow
def test_a_mask_is_given_back_to_the_archive_as_a_segmentation(picker, window, ward, qtbot):
    picker.hide_patient.setChecked(False)
    choose_study(picker, qtbot)
    choose_series(picker, 3)
    QTest.mouseClick(picker.fetch, LEFT)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=60_000)
    paint(window.session, (2, 8, 8), 1)
    window.actions_by_name["store_mask"].trigger()
    assert "cannot be taken back" in window.bar.said.hint
    window.bar.said.actions[0].run()
    qtbot.waitUntil(lambda: "has the mask" in window.bar.said.text, timeout=60_000)
    with Archive(ward) as archive:
        masks = [each for each in archive.series(STUDY) if each.modality == "SEG"]
    assert masks


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_a_picture_with_words_is_kept_only_after_a_person_has_looked(picker, window, qtbot, kept):
    choose_study(picker, qtbot)
    choose_series(picker, 9)
    QTest.mouseClick(picker.fetch, LEFT)
    qtbot.waitUntil(lambda: bool(picker.findChildren(Held)), timeout=60_000)
    (held,) = picker.findChildren(Held)
    item = held.pictures.item(0)
    assert item.checkState() == Qt.CheckState.Unchecked
    assert not item.icon().isNull()
    item.setCheckState(Qt.CheckState.Checked if kept else Qt.CheckState.Unchecked)
    held.accept()
    if kept:
        qtbot.waitUntil(lambda: window.session.scan is not None, timeout=60_000)
        (file,) = window.session.scan.path.iterdir()
        assert pydicom.dcmread(file).PatientIdentityRemoved == "YES"
    else:
        qtbot.waitUntil(lambda: picker.cancel.isHidden(), timeout=60_000)
        assert "Nothing of it was kept" in picker.bar.said.text
        assert not list((window.studio.library.folder / "fetched").rglob("*.dcm"))


@pytest.mark.slow
def test_closing_the_picker_stops_a_fetch(picker, window, qtbot):
    choose_study(picker, qtbot)
    choose_series(picker, 3)
    QTest.mouseClick(picker.fetch, LEFT)
    picker.reject()
    assert not list((window.studio.library.folder / "fetched").rglob("*.dcm"))


def test_an_archive_that_is_gone_is_told_and_the_picker_goes_on(window, qtbot):
    pacs.add(Connection("gone", "http://127.0.0.1:1/web"))
    window.archives.show_in(window.made)
    window.actions_by_name["open_archive"].trigger()
    (picker,) = window.findChildren(ArchivePicker)
    look_for(picker, qtbot)
    assert "reached" in picker.bar.said.text
    assert picker.search.isEnabled()
    picker.reject()
    wait(qtbot, window.session)

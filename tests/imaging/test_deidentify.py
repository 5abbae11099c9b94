"""Nothing that identifies the patient is in the new files; what belongs together still does; nothing else is lost."""

import datetime
import os
import stat
import warnings
from contextlib import suppress

import numpy as np
import pydicom
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary, dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
    generate_uid,
)

from segstudio.errors import ImageError, Stopped
from segstudio.imaging.deidentify import Options, Secret, deidentify
from segstudio.imaging.deidentify.table import action_of
from segstudio.imaging.deidentify.words import cleaned
from tests.imaging.patients import (
    ADDRESS,
    BIRTH,
    FAMILY,
    NAME,
    NUMBER,
    SEEDS,
    STUDY,
    assert_nothing_left,
    picture,
    saved,
)

WHAT_IT_IS = (0x00080016, 0x00080018, 0x00080060, 0x00280004, 0x00280010, 0x00100010, 0x00100020)
TEXT = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")


@pytest.fixture
def secret():
    return Secret(bytes(range(32)))


@pytest.fixture
def one(tmp_path, secret):
    """What becomes of one file: `one(data, **options)`."""

    def run(data, *, release=(), **options):
        saved(tmp_path / "in" / "a.dcm", data)
        report = deidentify([tmp_path / "in"], tmp_path / "out", Options(**options), secret=secret, release=release)
        return pydicom.dcmread(report.written[0]) if report.written else report

    return run


def test_name_number_dates_and_places_are_gone_and_the_picture_is_as_it_was(one, tmp_path):
    data = picture()
    new = one(data)
    assert_nothing_left(tmp_path / "out", (*SEEDS, "ACC998877", "CTRAUM3X", "SN8812345", data.SOPInstanceUID))
    assert new.PixelData == data.PixelData
    assert new.ImagePositionPatient == data.ImagePositionPatient
    assert (new.RescaleIntercept, new.SliceThickness, new.Modality) == (-1024, 2.5, "CT")
    assert new.PatientID == str(new.PatientName)
    assert len(new.PatientID) == 9
    assert "PatientAge" not in new


def test_what_was_done_is_recorded(one):
    new = one(picture())
    assert new.PatientIdentityRemoved == "YES"
    assert "Basic Application Confidentiality Profile" in list(new.DeidentificationMethod)
    codes = [(item.CodeValue, item.CodingSchemeDesignator) for item in new.DeidentificationMethodCodeSequence]
    assert codes == [("113100", "DCM"), ("113107", "DCM")]
    assert new.LongitudinalTemporalInformationModified == "MODIFIED"


def test_cleaning_that_somebody_did_before_stays_recorded(one):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "113101", "DCM", "Clean Pixel Data Option"
    new = one(picture(DeidentificationMethodCodeSequence=[item]))
    assert [item.CodeValue for item in new.DeidentificationMethodCodeSequence] == ["113101", "113100", "113107"]


def test_an_identifier_in_any_attribute_of_text_is_gone(one, tmp_path):
    """Each attribute of the dictionary that can hold text holds the patient's name."""
    data = picture()
    for tag, entry in DicomDictionary.items():
        kind = entry[0].split(" or ")[0]
        if kind in TEXT and tag >> 16 not in (0, 2) and tag not in (0x00080005, 0x00080016):
            value = NAME if kind == "PN" else FAMILY.upper() if kind == "CS" else FAMILY
            data.add_new(tag, kind, value)
    data.Modality, data.PhotometricInterpretation, data.BurnedInAnnotation = "CT", "MONOCHROME2", "NO"
    data.ImageType = ["ORIGINAL", "PRIMARY"]
    assert one(data).PixelData == data.PixelData
    assert_nothing_left(tmp_path / "out")


def test_an_identifier_at_any_depth_is_gone(one, tmp_path):
    inner, middle, outer = Dataset(), Dataset(), Dataset()
    inner.CodeMeaning, inner.CodeValue, inner.PersonName = f"seen by {FAMILY}", NUMBER, NAME
    inner.TextValue, inner.ReferencedSOPInstanceUID = ADDRESS, picture().SOPInstanceUID
    middle.AnatomicRegionSequence = [inner]
    block = middle.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", NAME.encode())
    outer.ViewCodeSequence = [middle]
    new = one(picture(SharedFunctionalGroupsSequence=[outer], ReferencedImageSequence=[inner]))
    assert_nothing_left(tmp_path / "out", (*SEEDS, picture().SOPInstanceUID))
    assert new.ReferencedImageSequence[0].ReferencedSOPInstanceUID == new.SOPInstanceUID
    assert new.SharedFunctionalGroupsSequence[0].ViewCodeSequence[0].AnatomicRegionSequence[0].CodeMeaning == ""


def test_private_unknown_and_misencoded_elements_overlays_and_padding_are_dropped(one, tmp_path):
    data = picture()
    data.private_block(0x0009, NAME, create=True).add_new(0x01, "LO", NUMBER)
    data.private_block(0x0019, "GEMS", create=True).add_new(0x02, "SQ", Sequence([picture()]))
    data.add_new(0x00081299, "LO", FAMILY)
    data.add_new(0x00180024, "OB", FAMILY.encode() + b"\0")
    data.add_new(0x60000022, "LO", FAMILY)
    data.add_new(0x60003000, "OW", NAME.encode())
    data.add_new(0x50000022, "LO", FAMILY)
    data.add_new(0x00420011, "OB", NAME.encode())
    data.add_new(0xFFFCFFFC, "OB", NAME.encode())
    data.file_meta.SourceApplicationEntityTitle = "VRONTOKLINIK"
    data.file_meta.add_new(0x00020100, "UI", "1.2.3.4")
    data.file_meta.add_new(0x00020102, "OB", NAME.encode())
    data.preamble = NAME.encode().ljust(128, b"\0")
    one(data)
    assert_nothing_left(tmp_path / "out")


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_other_encodings_are_kept_and_cleaned(one, tmp_path, syntax):
    data = picture()
    data.file_meta.TransferSyntaxUID = syntax
    new = one(data)
    assert new.file_meta.TransferSyntaxUID == syntax
    assert FAMILY not in str(new)
    assert_nothing_left(tmp_path / "out")


@pytest.mark.parametrize(("charset", "name"), [("ISO_IR 192", "山田^太郎"), ("ISO_IR 100", "Müßiggang^Ærøskøbing")])
def test_names_in_other_scripts_are_found_wherever_they_stand(one, charset, name):
    new = one(
        picture(SpecificCharacterSet=charset, PatientName=name, SequenceName=name.split("^")[1], ScanOptions="FS")
    )
    assert not new.SequenceName
    assert new.ScanOptions == "FS"


def test_a_name_in_the_comment_of_a_packed_picture_keeps_the_file_back(tmp_path, secret):
    data = picture()
    data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    packed = b"\xff\xd8\xff\xfe\x00\x14" + NAME.encode() + b"\xff\xd9"
    data.PixelData = pydicom.encaps.encapsulate([packed + b"\0" * (len(packed) % 2)])
    data["PixelData"].is_undefined_length = True
    saved(tmp_path / "in" / "a.dcm", data)
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert report.written == ()
    assert "identifies" in report.left_out[0].reason
    assert not list((tmp_path / "out").rglob("*.dcm"))


def test_what_one_file_tells_of_a_patient_is_found_in_the_others(tmp_path, secret):
    saved(tmp_path / "in" / "a.dcm", picture())
    saved(tmp_path / "in" / "b.dcm", picture(number=2, PatientName="", SequenceName=FAMILY))
    deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert_nothing_left(tmp_path / "out")


def test_a_uid_of_the_patient_within_a_text_is_gone_and_another_stays(one):
    new = one(picture(SequenceName="1.2.826.0.1", ScanOptions="FS", ReceiveCoilName="1.2.826.0.1.3680043.8.498.5"))
    assert not new.ReceiveCoilName
    assert new.SequenceName == "1.2.826.0.1"


def test_a_mask_and_its_scan_still_belong_together(tmp_path, secret):
    """A DICOM Segmentation refers to its pictures by UIDs at several depths."""
    from segstudio.export import seg
    from segstudio.export.written import Author
    from segstudio.imaging import LabelMap, classes_named, dicom, read_volume

    for number in range(1, 5):
        saved(tmp_path / "in" / f"{number}.dcm", picture(number=number))
    scan = read_volume(tmp_path / "in")
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[1:3, 1:3, 2:4] = 1
    (tmp_path / "masks").mkdir()
    mask = LabelMap(labels, scan.geometry, classes_named([(1, "lesion")]))
    seg.write(mask, scan, tmp_path / "masks" / "mask.dcm", author=Author())
    report = deidentify([tmp_path / "in", tmp_path / "masks"], tmp_path / "out", secret=secret)
    (file,) = [path for path in report.written if path.parent.name.startswith("SEG")]
    (folder,) = {path.parent for path in report.written if path != file}
    assert np.array_equal(dicom.seg.read(file, read_volume(folder)).labels, labels)
    assert_nothing_left(tmp_path / "out")


@pytest.mark.parametrize("name", ["AcquisitionTime", "TriggerTime", "SliceLocation", "AcquisitionDateTime"])
def test_words_where_a_number_belongs_are_gone_though_nobody_knows_them(tmp_path, secret, name):
    path = saved(tmp_path / "in" / "a.dcm", picture(**{name: "123456"}))
    path.write_bytes(path.read_bytes().replace(b"123456", b"Unsaid"))
    deidentify([path], tmp_path / "out", secret=secret, options=Options(dates="keep"))
    assert_nothing_left(tmp_path / "out", ("unsaid",))


def test_file_names_and_the_index_of_a_disc_are_not_taken_over(tmp_path, secret):
    saved(tmp_path / "in" / FAMILY / f"{NUMBER}.dcm", picture())
    (tmp_path / "in" / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + NAME.encode())
    (tmp_path / "in" / "letter.txt").write_text(NAME)
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert len(report.written) == 1
    assert [each.path.name for each in report.left_out] == ["DICOMDIR"]
    assert_nothing_left(tmp_path / "out")


def test_uids_are_the_same_in_every_file_and_every_run(tmp_path, secret):
    for number in (1, 2):
        saved(tmp_path / "in" / f"{number}.dcm", picture(number=number))
    saved(tmp_path / "later" / "3.dcm", picture(number=3))
    first = deidentify([tmp_path / "in"], tmp_path / "one", secret=secret)
    second = deidentify([tmp_path / "later"], tmp_path / "two", secret=secret)
    new = [pydicom.dcmread(path) for path in (*first.written, *second.written)]
    assert len({(each.StudyInstanceUID, each.SeriesInstanceUID, each.FrameOfReferenceUID) for each in new}) == 1
    assert len({each.SOPInstanceUID for each in new}) == 3
    assert len({each.PatientID for each in new}) == 1
    assert all(each.SOPInstanceUID == each.file_meta.MediaStorageSOPInstanceUID for each in new)
    assert all(each.SOPInstanceUID.is_valid for each in new)
    assert all(each.SOPClassUID == CTImageStorage for each in new)
    again = deidentify([tmp_path / "in"], tmp_path / "three", secret=secret)
    relative = [[path.relative_to(each.out) for path in each.written] for each in (first, again)]
    assert relative[0] == relative[1]


def test_another_secret_gives_other_uids_and_pseudonyms(tmp_path, secret):
    saved(tmp_path / "in" / "a.dcm", picture())
    made = [
        deidentify([tmp_path / "in"], tmp_path / name, secret=each)
        for name, each in (("one", secret), ("two", Secret(bytes(32))))
    ]
    assert made[0].patients != made[1].patients


def test_the_secret_is_drawn_once_and_for_this_person_alone(tmp_path):
    first = Secret.of_this_person(tmp_path / "home")
    assert first.pseudonym("a") == Secret.of_this_person(tmp_path / "home").pseudonym("a")
    assert first.pseudonym("a") != Secret.of_this_person(tmp_path / "other").pseudonym("a")
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "home" / "pseudonyms.key").stat().st_mode) == 0o600


def test_a_damaged_secret_is_told_and_not_drawn_anew(tmp_path):
    (tmp_path / "pseudonyms.key").write_bytes(b"short")
    with pytest.raises(ImageError, match="damaged"):
        Secret.of_this_person(tmp_path)


def test_dates_of_a_patient_are_shifted_alike_and_their_distances_stay(tmp_path, secret):
    saved(tmp_path / "in" / "a.dcm", picture())
    saved(tmp_path / "in" / "b.dcm", picture(number=2, StudyDate="19990414", AcquisitionDateTime="19990414235959+0100"))
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    first, second = (pydicom.dcmread(path) for path in report.written)

    def day(text):
        return datetime.datetime.strptime(text[:8], "%Y%m%d")

    assert day(second.StudyDate) - day(first.StudyDate) == datetime.timedelta(31)
    assert second.AcquisitionDateTime == second.StudyDate + "235959+0100"
    assert first.StudyTime == "101500"
    assert first.StudyDate != STUDY
    assert not first.PatientBirthDate


def test_dates_can_be_removed_or_kept(one):
    assert not one(picture(), dates="remove").StudyDate
    kept = one(picture(), dates="keep")
    assert kept.StudyDate == STUDY
    assert not kept.PatientBirthDate
    assert kept.LongitudinalTemporalInformationModified == "UNMODIFIED"
    assert "113106" in [item.CodeValue for item in kept.DeidentificationMethodCodeSequence]


def test_characteristics_stay_when_wanted_but_no_age_above_89(one):
    new = one(picture(), keep_characteristics=True)
    assert (new.PatientSex, new.PatientAge, new.PatientWeight) == ("F", "090Y", 61.5)
    assert not new.PatientBirthDate


def test_device_institution_and_uids_stay_when_wanted(one):
    new = one(picture(), keep_device=True, keep_uids=True)
    assert new.SOPInstanceUID == picture().SOPInstanceUID
    assert "InstitutionName" not in new or new.InstitutionName == "REMOVED"


def test_of_descriptions_only_terms_of_imaging_stay_when_wanted(one, tmp_path):
    new = one(picture(SeriesDescription=f"CT THORAX venous 5mm {FAMILY} Room 7712"), clean_descriptions=True)
    assert new.SeriesDescription == "CT THORAX venous 5mm"
    assert_nothing_left(tmp_path / "out")


@given(st.text(max_size=40))
def test_a_cleaned_description_adds_nothing(text):
    assert set(cleaned(text).split()) <= set(text.replace("_", " ").split()) | set(cleaned(text).split())
    assert cleaned(cleaned(text)) == cleaned(text)


HELD = [
    ({"BurnedInAnnotation": "YES"}, "burned"),
    ({"BurnedInAnnotation": "MAYBE"}, "burned"),
    ({"SOPClassUID": SecondaryCaptureImageStorage}, "secondary capture"),
    ({"Modality": "SC"}, "secondary capture"),
    ({"SOPClassUID": UltrasoundImageStorage, "Modality": "US"}, "ultrasound"),
    ({"SOPClassUID": UltrasoundImageStorage, "Modality": "US", "BurnedInAnnotation": "NO"}, "ultrasound"),
    ({"Modality": "XA"}, "does not say"),
    ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "words"),
    ({"PhotometricInterpretation": "RGB"}, "colours"),
]


@pytest.mark.parametrize(("tags", "why"), HELD)
def test_a_picture_with_words_in_it_is_held_until_a_person_has_looked(tmp_path, secret, tags, why):
    path = saved(tmp_path / "in" / "a.dcm", picture(**tags))
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert report.written == ()
    assert [each.path for each in report.held] == [path]
    assert why in report.held[0].reason
    released = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret, release=[path])
    assert released.held == ()
    assert len(released.written) == 1


@pytest.mark.parametrize("burned", [None, "NO", "no"])
def test_a_plain_scan_is_not_held(one, burned):
    tags = {} if burned is None else {"BurnedInAnnotation": burned}
    assert one(picture(**tags)).PatientIdentityRemoved == "YES"


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"BodyPartExamined": "HEAD"}, True),
        ({"StudyDescription": "MR Schädel"}, True),
        ({"BodyPartExamined": "KNEE"}, False),
    ],
)
def test_a_scan_of_the_head_carries_a_note_of_faces(tmp_path, secret, tags, told):
    saved(tmp_path / "in" / "a.dcm", picture(**tags))
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert any("face" in note for note in report.notes) == told


def test_the_files_themselves_are_only_read(tmp_path, secret):
    path = saved(tmp_path / "in" / "a.dcm", picture())
    before = path.read_bytes(), path.stat().st_mtime_ns
    deidentify([path], tmp_path / "out", secret=secret)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("place", ["in", "in/out", "."])
def test_the_new_files_never_lie_among_the_old_ones(tmp_path, secret, place):
    saved(tmp_path / "in" / "a.dcm", picture())
    with pytest.raises(ImageError, match="among"):
        deidentify([tmp_path / "in"], tmp_path / place, secret=secret)


def test_a_mosaic_is_told_not_to_be_placed_without_its_private_attributes(tmp_path, secret):
    saved(tmp_path / "in" / "a.dcm", picture(ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]))
    report = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert any("Mosaics" in note for note in report.notes)


def test_work_that_is_stopped_leaves_nothing(tmp_path, secret):
    for number in range(1, 6):
        saved(tmp_path / "in" / f"{number}.dcm", picture(number=number))
    told = []
    with pytest.raises(Stopped):
        deidentify(
            [tmp_path / "in"], tmp_path / "out", secret=secret,
            progress=lambda part, _what: told.append(part), stop=lambda: bool(told) and told[-1] > 0.7,
        )  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
    assert told == sorted(told)


def test_damaged_files_and_documents_are_left_out_and_the_rest_goes_on(tmp_path, secret):
    saved(tmp_path / "in" / "a.dcm", picture())
    whole = saved(tmp_path / "in" / "b.dcm", picture(number=2)).read_bytes()
    (tmp_path / "in" / "b.dcm").write_bytes(whole[: len(whole) // 2])
    report = saved(tmp_path / "in" / "c.dcm", picture(number=3, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"))
    plain = pydicom.dcmread(report)
    del plain.Rows
    plain.save_as(report)
    found = deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)
    assert len(found.written) >= 1
    assert report in [each.path for each in found.left_out]
    assert_nothing_left(tmp_path / "out")


def test_a_folder_without_dicom_is_told(tmp_path, secret):
    (tmp_path / "in").mkdir()
    with pytest.raises(ImageError, match="no DICOM"):
        deidentify([tmp_path / "in"], tmp_path / "out", secret=secret)


@given(cut=st.integers(140, 1500), flips=st.lists(st.tuples(st.integers(132, 1500), st.integers(0, 255)), max_size=8))
def test_damage_anywhere_never_lets_the_name_through(tmp_path_factory, cut, flips):
    folder = tmp_path_factory.mktemp("damage")
    content = bytearray(saved(folder / "in" / "a.dcm", picture(PatientComments=NAME, SequenceName=FAMILY)).read_bytes())
    for at, value in flips:
        if at < len(content):
            content[at] = value
    (folder / "in" / "a.dcm").write_bytes(content[: max(cut, len(content) - cut)])
    deidentify([folder / "in"], folder / "out", secret=Secret(bytes(32)))
    assert_nothing_left(folder / "out", (FAMILY, "Quirinia"))


TAGS = sorted(tag for tag in DicomDictionary if tag >> 16 not in (0, 2, 0x7FE0) and tag & 0xFFFF)
SAID = (
    NAME,
    FAMILY,
    FAMILY.upper(),
    f"seen by {FAMILY.lower()}, {NUMBER}",
    NUMBER,
    f"born {BIRTH}",
    ADDRESS,
    "17.05.1943",
)


@st.composite
def hiding_places(draw, depth=3):
    """A dataset with the patient's name or number in any attributes: known, unknown and private ones."""
    data = Dataset()
    for _ in range(draw(st.integers(1, 4))):
        tag = draw(
            st.one_of(st.sampled_from(TAGS), st.integers(0x00091001, 0x0009FFFF), st.integers(0x00080001, 0x5FFFFFFF))
        )
        known = DicomDictionary.get(tag, ("LO",))[0].split(" or ")[0]
        kind = draw(st.sampled_from((known, known, "LO", "UN", "OB", "SQ")))
        if tag >> 16 in (0, 2) or (tag & 0xFFFF < 0x11 and tag >> 16 & 1) or tag in WHAT_IT_IS:
            continue
        if kind == "SQ" and depth:
            data.add_new(tag, kind, Sequence([draw(hiding_places(depth - 1))]))
        elif kind in (*TEXT, "UN", "OB", "OW"):
            text = draw(st.sampled_from(SAID))
            with suppress(TypeError, ValueError):  # pydicom takes no name for a number
                data.add_new(tag, kind, text if kind in TEXT else text.encode() + b" " * (len(text.encode()) % 2))
    return data


@given(hidden=hiding_places())
def test_wherever_a_file_hides_the_patient_nothing_is_left(tmp_path_factory, hidden):
    folder = tmp_path_factory.mktemp("hidden")
    data = picture()
    data.update(hidden)
    for tag in WHAT_IT_IS:
        data[tag] = picture()[tag]
    data.pop(0x00080005, None)
    data.BurnedInAnnotation = "NO"
    path = folder / "in" / "a.dcm"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            saved(path, data)
    except Exception:  # pydicom does not write everything that a scanner might
        assume(False)
    deidentify([path], folder / "out", secret=Secret(bytes(32)))
    assert_nothing_left(folder / "out")


RULES = [
    ("PatientName", "empty"),
    ("PatientID", "dummy"),
    ("PatientBirthDate", "empty"),
    ("OtherPatientIDs", "remove"),
    ("AccessionNumber", "empty"),
    ("InstitutionAddress", "remove"),
    ("ReferringPhysicianName", "empty"),
    ("StudyInstanceUID", "uid"),
    ("FrameOfReferenceUID", "uid"),
    ("PatientComments", "remove"),
    ("RequestAttributesSequence", "remove"),
    ("DeviceSerialNumber", "dummy"),
    ("SourceImageSequence", "items"),
    ("Rows", "keep"),
    ("PixelData", "keep"),
    ("ImagePositionPatient", "keep"),
    ("BodyPartExamined", "keep"),
    ("PerFrameFunctionalGroupsSequence", "items"),
]


@pytest.mark.parametrize(("keyword", "action"), RULES)
def test_the_table_says_what_the_standard_says(keyword, action):
    tag = pydicom.datadict.tag_for_keyword(keyword)
    assert action_of(tag, dictionary_VR(tag).split(" or ")[0], Options(dates="remove")) == action


def test_no_uid_of_another_is_guessed_from_the_old_one(secret):
    assert len({secret.uid(generate_uid()) for _ in range(200)}) == 200
    assert all(len(secret.uid(str(each))) <= 64 for each in range(50))

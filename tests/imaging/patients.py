"""A patient who does not exist, as hospitals write one into their files, and how to look for what is left of them."""

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

NAME, FAMILY, NUMBER, BIRTH, STUDY = "Zyxwinkel^Quirinia", "Zyxwinkel", "QX4711Z9", "19430517", "19990314"
# The study is older than dates are ever moved back, so that no date of today can come to lie on it.
ADDRESS = "Haselgasse 12, Oberzwehren"
SEEDS = (FAMILY, "Quirinia", NUMBER, BIRTH, STUDY, "Haselgasse", "Vrontoklinik")


def picture(series="1.2.826.0.1.3680043.8.498.7", number=1, **tags):
    """A slice of CT of a patient of our own."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, f"{series}.{number}"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.5", series
    data.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.6"
    data.PatientName, data.PatientID, data.PatientBirthDate = NAME, NUMBER, BIRTH
    data.PatientAddress, data.InstitutionName = ADDRESS, "Vrontoklinik"
    data.PatientSex, data.PatientAge, data.PatientWeight = "F", "094Y", "61.5"
    data.StudyDate, data.SeriesDate, data.AcquisitionDateTime = STUDY, STUDY, f"{STUDY}101500.000000"
    data.StudyTime, data.AccessionNumber, data.StudyID = "101500", "ACC998877", "1"
    data.StationName, data.DeviceSerialNumber = "CTRAUM3X", "SN8812345"
    data.StudyDescription = data.SeriesDescription = f"CT Thorax ven {FAMILY}"
    data.Modality, data.InstanceNumber, data.ImageType = "CT", number, ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.Rows, data.Columns, data.SamplesPerPixel = 4, 5, 1
    data.PixelSpacing, data.SliceThickness = [0.8, 0.7], 2.5
    data.ImagePositionPatient, data.ImageOrientationPatient = [-10, -20, 2.5 * number], [1, 0, 0, 0, 1, 0]
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.PixelData = np.arange(20, dtype=np.uint16).tobytes()
    for tag, value in tags.items():
        setattr(data, tag, value)
    return data


def saved(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.save_as(path, enforce_file_format=True)
    return path


def bytes_below(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def assert_nothing_left(folder, seeds=SEEDS):
    content = bytes_below(folder).lower()
    names = " ".join(str(path.relative_to(folder)) for path in folder.rglob("*")).lower()
    for seed in seeds:
        assert seed.lower().encode() not in content, seed
        assert seed.lower() not in names, seed

"""From the elements of a file to its pictures."""

from __future__ import annotations

from collections.abc import Callable

from segstudio.errors import ImageError
from segstudio.imaging.dicom import lookup, mosaic, multiframe, text
from segstudio.imaging.dicom.elements import Bytes, Damaged, Elements, Header, read_header
from segstudio.imaging.dicom.pictures import About, File, Layout, Marks, Picture
from segstudio.imaging.dicom.pixels import PLAIN, frame_bytes
from segstudio.imaging.dicom.place import Place
from segstudio.imaging.dicom.plane import directions, spacing, vector
from segstudio.imaging.dicom.tags import DOUBLE_PIXELS, FLOAT_PIXELS

_MOST_FRAMES = 1 << 20
_DEPTHS = {"int": (1, 8, 12, 16, 24, 32, 64), "float32": (32,), "float64": (64,)}

Patients = Callable[[str], int]
"""Gives each patient's ID a number."""


def pictures_of(place: Place, start: Bytes, patients: Patients = lambda _id: 1) -> tuple[Picture, ...]:
    """The pictures in a file, none where it holds something else (a report, a directory, contours, a mask).

    Raises
    ------
    Damaged
        The header contradicts itself; `found` holds the elements read until then.
    ImageError
        The file is of a kind that cannot be taken apart.
    """
    header = read_header(start)
    found = header.elements
    if header.pixels is None or "Rows" not in found or found.text("Modality") == "SEG":
        return ()
    try:
        mosaic.require_none(found)
        file = _file(place, header, patients)
        if found.items("PerFrameFunctionalGroupsSequence"):
            return multiframe.pictures(file, found)
        plain = _picture(file, found)
        if multiframe.is_dose(found):
            return multiframe.dose(plain, found)
        if mosaic.is_mosaic(found):
            return mosaic.tiles(plain, found)
        return multiframe.plain(plain, found)
    except Damaged as error:
        error.found = found
        raise


def about(found: Elements, patients: Patients) -> About:
    """What a person recognises a file's series by."""
    date = next(
        (found.text(f"{of}Date") for of in ("Series", "Study", "Acquisition", "Content") if found.text(f"{of}Date")), ""
    )
    number = found.about("SeriesNumber")
    return About(
        series=found.text("SeriesInstanceUID"),
        study=found.text("StudyInstanceUID"),
        number=None if number is None else int(number),
        modality=found.text("Modality"),
        description=text.decoded(found, "SeriesDescription") or text.decoded(found, "ProtocolName"),
        study_description=text.decoded(found, "StudyDescription"),
        date=f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 and date.isdigit() else "",
        maker=found.text("Manufacturer"),
        patient=patients(found.text("PatientID")),
    )


def _file(place: Place, header: Header, patients: Patients) -> File:
    found, pixels = header.elements, header.pixels
    assert pixels is not None
    frames = found.whole("NumberOfFrames") or 1
    if not 1 <= frames <= _MOST_FRAMES:
        raise Damaged(f"it claims to hold {frames} pictures")
    kind = {FLOAT_PIXELS: "float32", DOUBLE_PIXELS: "float64"}.get(pixels.tag, "int")
    layout = _layout(found, kind)
    if header.syntax in PLAIN and frame_bytes(layout) * frames > (pixels.length or 0) + 1:
        raise Damaged("the file ends before all its pixels", hint="It was cut off; copy it again.")
    return File(
        place=place,
        about=about(found, patients),
        instance=found.text("SOPInstanceUID"),
        sop_class=found.text("SOPClassUID"),
        syntax=header.syntax,
        big=header.big,
        pixels=pixels,
        frames=frames,
        layout=layout,
        deflated=header.deflated,
        padding=_padding(found, layout),
        palette=lookup.palette(found, big=header.big) if layout.photometric == "PALETTE COLOR" else None,
        table=lookup.modality_table(found, big=header.big),
    )


def _layout(found: Elements, kind: str) -> Layout:
    def whole(name: str, otherwise: int | None = None) -> int:
        value = found.whole(name)
        if value is None:
            value = otherwise
        if value is None:
            raise Damaged(f"its {name} is missing")
        return value

    allocated = whole("BitsAllocated", {"float32": 32, "float64": 64}.get(kind))
    stored = whole("BitsStored", allocated)
    layout = Layout(
        rows=whole("Rows"),
        columns=whole("Columns"),
        samples=whole("SamplesPerPixel", 1),
        photometric=found.text("PhotometricInterpretation") or "MONOCHROME2",
        planar=whole("PlanarConfiguration", 0),
        allocated=allocated,
        stored=stored,
        high=whole("HighBit", stored - 1),
        signed=bool(whole("PixelRepresentation", 0)),
        kind=kind,
    )
    _require_sound(layout)
    return layout


def _require_sound(layout: Layout) -> None:
    if layout.rows < 1 or layout.columns < 1:
        raise Damaged(f"its picture has {layout.rows} rows and {layout.columns} columns")
    if layout.samples not in (1, 3):
        raise ImageError(f"it has {layout.samples} numbers a pixel", hint="Convert it to grey or RGB first.")
    if layout.allocated not in _DEPTHS[layout.kind]:
        raise Damaged(f"it claims {layout.allocated} bits a number")
    if not 1 <= layout.stored <= layout.high + 1 <= layout.allocated:
        raise Damaged(f"it claims {layout.stored} of {layout.allocated} bits, the highest being {layout.high}")


def _padding(found: Elements, layout: Layout) -> int | None:
    value = found.whole("PixelPaddingValue")
    if value is not None and layout.signed and layout.allocated <= 16 and value >= 1 << (layout.allocated - 1):
        return value - (1 << layout.allocated)
    return value


def _picture(file: File, found: Elements) -> Picture:
    slope, intercept = found.number("RescaleSlope"), found.number("RescaleIntercept")
    return Picture(
        file=file,
        frame=0,
        position=vector(found, "ImagePositionPatient", 3),
        directions=directions(found),
        spacing=spacing(found),
        thickness=max(found.about("SliceThickness") or 0.0, 0.0),
        number=int(found.about("InstanceNumber") or 0),
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        marks=_marks(found, file.about.maker.upper()),
    )


def _marks(found: Elements, maker: str) -> Marks:
    b_value = found.about("DiffusionBValue")
    if b_value is None and "SIEMENS" in maker:
        b_value = found.about("SiemensBValue")
    elif b_value is None and maker.startswith("GE"):
        packed = found.about("GEBValue")
        b_value = None if packed is None else packed % 1e5  # 1e9 and more are flags
    elif b_value is None and "PHILIPS" in maker:
        b_value = found.about("PhilipsBValue")
    elif b_value is None and maker.startswith("UIH"):
        b_value = found.about("UnitedImagingBValue")
    kind = found.words("ImageType")
    if maker.startswith("GE") and (part := found.about("GEImageKind")) is not None:
        kind = (*kind, {0: "M", 1: "P", 2: "R", 3: "I"}.get(int(part), str(int(part))))
    numbers = {name: found.about(name) for name in ("AcquisitionNumber", "TemporalPositionIdentifier", "EchoNumbers")}
    whole = {name: None if value is None else int(value) for name, value in numbers.items()}
    return Marks(
        kind=kind,
        echo=found.about("EchoTime"),
        echo_number=whole["EchoNumbers"],
        inversion=found.about("InversionTime"),
        space=found.text("FrameOfReferenceUID"),
        acquisition=whole["AcquisitionNumber"],
        b_value=b_value,
        temporal=whole["TemporalPositionIdentifier"],
        trigger=found.about("TriggerTime"),
    )

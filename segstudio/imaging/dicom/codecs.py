"""Packed pictures: RLE, JPEG, JPEG-LS, JPEG 2000 and HTJ2K, by decoders with permissive licences.

What a picture says of its own size has to agree with the file's header before a decoder sees it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.dicom.elements import Damaged
from segstudio.imaging.dicom.pictures import Layout

LOSSY = frozenset(f"1.2.840.10008.1.2.4.{kind}" for kind in (50, 51, 81, 91, 93, 203))
"""Transfer syntaxes that may change values; of the last three, some files keep them."""

Stored = NDArray[Any]
"""Shape (rows, columns, samples), stored numbers."""

RLE = "1.2.840.10008.1.2.5"
_JPEG = "1.2.840.10008.1.2.4."
_YBR = ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_PARTIAL_422")
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
"""JPEG and JPEG-LS markers that begin a picture: SOF0 to SOF15 without those of tables, and SOF55."""


def decode(packed: bytes, syntax: str, layout: Layout) -> Stored:
    """One packed picture.

    Raises
    ------
    ImageError
        There is no decoder for it, or it is damaged.
    """
    decoder = _DECODERS.get(syntax)
    if decoder is None:
        raise ImageError(
            f"the picture is packed as {name_of(syntax)}, for which there is no free decoder here",
            hint="Export it uncompressed, or as JPEG 2000.",
        )
    try:
        found = decoder(packed, layout)
    except (ImageError, MemoryError):
        raise
    except Exception as error:  # decoders raise nearly anything on a damaged picture
        raise Damaged(f"the picture cannot be decoded ({_first_line(error)})") from error
    if found.shape != (layout.rows, layout.columns, layout.samples):
        raise Damaged("the picture has another size than the file says")
    return found


def name_of(syntax: str) -> str:
    """What a transfer syntax is called."""
    from pydicom.uid import UID

    return UID(syntax).name if syntax else "nothing that is named"


def in_rgb(stored: Stored, photometric: str) -> Stored:
    """Colours as red, green and blue of 8 bits (ITU-R BT.601, full range), whatever they were stored as."""
    if photometric not in _YBR or stored.shape[-1] != 3:
        return stored
    light, blue, red = (stored[..., part].astype(np.float32) for part in range(3))
    blue, red = blue - 128, red - 128
    colors = (light + 1.402 * red, light - 0.344136 * blue - 0.714136 * red, light + 1.772 * blue)
    rounded: Stored = np.clip(np.rint(np.stack(colors, axis=-1)), 0, 255).astype(np.uint8)
    return rounded


def _rle(packed: bytes, layout: Layout) -> Stored:
    from rle.utils import decode_pixel_data

    size = layout.allocated // 8
    (segments,) = struct.unpack_from("<I", packed)
    if segments != layout.samples * size:
        raise Damaged(f"the picture has {segments} segments instead of {layout.samples * size}")
    found = decode_pixel_data(
        packed, version=2, rows=layout.rows, columns=layout.columns, bits_allocated=layout.allocated
    )
    planes = np.frombuffer(found, f"<u{size}")
    return planes.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)


def _pillow(packed: bytes, layout: Layout) -> Stored:
    import io

    from PIL import Image

    if _require_jpeg(packed, layout) != 8:
        raise ImageError(
            "the picture is packed as JPEG with 12 bits, for which there is no free decoder here",
            hint="Export it uncompressed, or as JPEG 2000.",
        )
    with Image.open(io.BytesIO(packed), formats=("JPEG",)) as image:
        if layout.samples == 3 and "adobe_transform" not in image.info:
            # Pillow takes colours without a word on them for YCbCr. The header knows better.
            image.draft("YCbCr", image.size)
        found = np.asarray(image)
        if layout.samples == 3 and image.mode == "RGB" and layout.photometric in _YBR:
            found = np.asarray(image.convert("YCbCr"))
    return found.reshape(layout.rows, layout.columns, -1)


def _gdcm(syntax: str) -> Callable[[bytes, Layout], Stored]:
    def decoded(packed: bytes, layout: Layout) -> Stored:
        import gdcm

        precision = _require_jpeg(packed, layout)
        size = 1 if precision <= 8 else 2
        fragment = gdcm.Fragment()
        fragment.SetByteStringValue(packed)
        fragments = gdcm.SequenceOfFragments.New()
        fragments.AddFragment(fragment)
        element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
        element.SetValue(fragments.__ref__())
        image = gdcm.Image()
        image.SetNumberOfDimensions(2)
        image.SetDimensions((layout.columns, layout.rows, 1))
        image.SetDataElement(element)
        kind = gdcm.PhotometricInterpretation.GetPIType("RGB" if layout.samples == 3 else "MONOCHROME2")
        image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
        image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
        image.SetPixelFormat(gdcm.PixelFormat(layout.samples, 8 * size, precision, precision - 1, 0))
        # gdcm gives its bytes as a str
        found = image.GetBuffer().encode("utf-8", "surrogateescape")
        return np.frombuffer(found, f"<u{size}").reshape(layout.rows, layout.columns, layout.samples)

    return decoded


def _jpeg_ls(packed: bytes, layout: Layout) -> Stored:
    from jpeg_ls import decode_pixel_data

    size = 1 if _require_jpeg(packed, layout) <= 8 else 2
    found, told = decode_pixel_data(packed)
    numbers = np.frombuffer(found, f"<u{size}")
    if layout.samples == 1 or told.get("interleave_mode", 0) != 0:
        return numbers.reshape(layout.rows, layout.columns, layout.samples)
    return numbers.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)


def _openjpeg(packed: bytes, layout: Layout) -> Stored:
    import openjpeg.utils

    _require_j2k(packed, layout)
    found: Stored = openjpeg.utils.decode(packed)
    return found.reshape(layout.rows, layout.columns, -1)


def _require_jpeg(packed: bytes, layout: Layout) -> int:
    """Bits of a number in a JPEG or JPEG-LS picture; raises `Damaged` unless its size is the header's."""
    at = 2
    while packed[:2] == b"\xff\xd8" and at + 4 <= len(packed) and packed[at] == 0xFF:
        marker, length = packed[at + 1], int.from_bytes(packed[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAMES and at + 10 <= len(packed):
            precision, rows, columns, samples = struct.unpack_from(">BHHB", packed, at + 4)
            if (rows, columns, samples) != (layout.rows, layout.columns, layout.samples):
                raise Damaged(f"the picture is {rows}×{columns} pixels of {samples} and not as the file says")
            if not 2 <= precision <= 16:
                raise Damaged(f"the picture claims {precision} bits a number")
            return int(precision)
        at += 2 + max(length, 2)
    raise Damaged("the picture is no JPEG")


def _require_j2k(packed: bytes, layout: Layout) -> None:
    at = packed.find(b"\xff\x4f\xff\x51", 0, 4096)
    if at < 0 or at + 42 > len(packed):
        raise Damaged("the picture is no JPEG 2000")
    right, bottom, left, top = struct.unpack_from(">4I", packed, at + 8)
    samples = int.from_bytes(packed[at + 40 : at + 42], "big")
    if (bottom - top, right - left, samples) != (layout.rows, layout.columns, layout.samples):
        raise Damaged(f"the picture is {bottom - top}×{right - left} pixels of {samples} and not as the file says")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


_DECODERS: dict[str, Callable[[bytes, Layout], Stored]] = {
    RLE: _rle,
    **dict.fromkeys((f"{_JPEG}50", f"{_JPEG}51"), _pillow),
    **{f"{_JPEG}{kind}": _gdcm(f"{_JPEG}{kind}") for kind in (57, 70)},
    **dict.fromkeys((f"{_JPEG}80", f"{_JPEG}81"), _jpeg_ls),
    **dict.fromkeys((f"{_JPEG}{kind}" for kind in (90, 91, 92, 93, 201, 202, 203)), _openjpeg),
}

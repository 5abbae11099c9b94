"""Broken files are read or refused with words, quickly and in little memory; the whole of it is `break_dicom.py`."""

import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import RLELossless

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging import read_volume
from segstudio.imaging.dicom.elements import Damaged, read_header
from segstudio.imaging.dicom.header import pictures_of
from segstudio.imaging.dicom.place import Place
from segstudio.imaging.dicom.tags import TAGS
from tests.imaging.dicom.broken import broken, outcome
from tests.imaging.dicom.test_pixels import enhanced
from tests.imaging.dicom.test_reading import saved


class Held:
    """Bytes as a file's beginning."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def first(self, count: int) -> bytes:
        return self._data[:count]


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    plain = saved(folder / "plain", count=1) / "001.dcm"
    packed = saved(folder / "packed", count=1) / "001.dcm"
    data = pydicom.dcmread(packed)
    data.compress(RLELossless)
    data.save_as(packed)
    return [path.read_bytes() for path in (plain, packed, enhanced(folder / "many.dcm"))]


@pytest.mark.parametrize("seed", range(120))
def test_a_broken_file_is_read_or_refused_with_words(tmp_path, sources, seed):
    path = tmp_path / "broken.dcm"
    path.write_bytes(broken(sources[seed % 3], seed))
    assert outcome(path) in ("read", "refused")


@given(st.binary(max_size=400))
def test_any_bytes_after_the_mark_are_a_header_or_damaged(data):
    with suppress(Damaged):
        read_header(Held(bytes(128) + b"DICM" + data))


elements = st.tuples(
    st.sampled_from(sorted(TAGS.values())),
    st.sampled_from([b"US", b"DS", b"IS", b"SQ", b"UN", b"OW", b"UI", b"CS"]),
    st.one_of(st.binary(max_size=24), st.floats().map(lambda number: repr(number).encode())),
    st.sampled_from([None, 0, 1, 0xFFFF, 0xFFFFFFFF]),
)


@settings(max_examples=300)
@given(st.lists(elements, max_size=40))
def test_any_elements_make_pictures_or_words(found):
    made = bytearray(bytes(128) + b"DICM")
    for tag, kind, value, length in sorted(found, key=lambda each: each[0]):
        length = len(value) if length is None else length
        if kind in (b"SQ", b"UN", b"OW"):
            head = struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, kind, 0, length)
        else:
            head = struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, kind, length & 0xFFFF)
        made += head + value
    made += struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 8) + bytes(8)
    with suppress(SegStudioError):
        pictures_of(Place(Path("made.dcm")), Held(bytes(made)))


def test_sequences_in_sequences_end_somewhere():
    deep = struct.pack("<HH2sHI", 0x5200, 0x9230, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    with pytest.raises(Damaged, match="nested too deeply"):
        read_header(Held(bytes(128) + b"DICM" + deep * 5000))


@pytest.mark.parametrize(
    "claims", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 1_000_000}, {"BitsAllocated": 32, "Rows": 60000}]
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_a_header_claims_takes_no_memory(tmp_path, claims, packed):
    folder = saved(tmp_path / "series", count=2, Modality="US")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        if packed:
            data.compress(RLELossless)
        data.FrameTime, data.FrameIncrementPointer = 40, 0x00181063
        for name, value in claims.items():
            setattr(data, name, value)
        data.save_as(path)
    tracemalloc.start()
    with pytest.raises(ImageError):
        read_volume(folder)
    assert tracemalloc.get_traced_memory()[1] < 1 << 30
    tracemalloc.stop()

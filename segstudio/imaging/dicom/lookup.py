"""Tables of values that stand in place of stored numbers (PS3.3, C.7.6.3.1.5 and C.11.1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.dicom.elements import Damaged, Elements
from segstudio.imaging.dicom.pictures import Table

_COLORS = ("Red", "Green", "Blue")


def palette(found: Elements, *, big: bool) -> Table:
    """The colours of a picture in palette colours.

    Raises
    ------
    Damaged
        A colour is missing or too short, or the three differ in size.
    """
    heads = [found.numbers(f"{color}PaletteColorLookupTableDescriptor") for color in _COLORS]
    if any(len(head) != 3 or head[:2] != heads[0][:2] for head in heads):
        raise Damaged("its palette is not given, or not whole")
    columns = [
        _values(found.raw(f"{color}PaletteColorLookupTableData"), head, big=big)
        for color, head in zip(_COLORS, heads, strict=True)
    ]
    return Table(_first(heads[0]), np.stack(columns, axis=-1))


def modality_table(found: Elements, *, big: bool) -> Table | None:
    """What stored numbers mean, where a table says it and not a slope; None without one.

    Raises
    ------
    Damaged
        It is too short.
    """
    item = found.item("ModalityLUTSequence")
    head = item.numbers("LUTDescriptor")
    if not head:
        return None
    if len(head) != 3:
        raise Damaged("its table of values is not whole")
    return Table(_first(head), _values(item.raw("LUTData"), head, big=big))


def looked_up(table: Table, stored: NDArray[np.integer]) -> NDArray[np.uint16]:
    """The values for stored numbers; those beyond either end of the table get its first or last."""
    index = np.clip(stored.astype(np.int64) - table.first, 0, len(table.values) - 1)
    return table.values[index]


def _first(head: tuple[float, ...]) -> int:
    first = int(head[1])
    return first - 65536 if first >= 32768 else first


def _values(raw: bytes, head: tuple[float, ...], *, big: bool) -> NDArray[np.uint16]:
    count, bits = int(head[0]) or 65536, int(head[2])
    wide = bits > 8 or len(raw) >= 2 * count
    kind = np.dtype(">u2" if big else "<u2") if wide else np.dtype("u1")
    if len(raw) < count * kind.itemsize or not 1 <= bits <= 16:
        raise Damaged("its table of values is too short")
    return np.frombuffer(raw, kind, count).astype(np.uint16)

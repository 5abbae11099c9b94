"""Classes that are named left or right, and lie on the other side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from segstudio.imaging import LabelClass, LabelMap, without_side
from segstudio.measure import class_boxes
from segstudio.review.body import Body

_FAR_MM = 10.0
"""A single class has to lie this far beyond the middle of the body; a body is not quite even."""


def swapped(labels: LabelMap, classes: Sequence[LabelClass], body: Body | None) -> Iterator[tuple[int, str]]:
    """Each class that lies on the wrong side, and a sentence that says so.

    Of a pair the left one has to lie to the left of the right one, wherever the scan was cut; one without its partner
    is compared with the middle of the body.
    """
    sided = {name: each for each in classes if (name := without_side(each.name))[1]}
    place = _places(labels, sided.values())
    named = {name: each for name, each in sided.items() if each.value in place}
    middle = body.middle_mm() if body else None
    for (rest, side), each in named.items():
        sign = 1 if side == "left" else -1  # LPS: x grows to the patient's left
        partner = named.get((rest, "right" if side == "left" else "left"))
        if partner is not None:
            if side == "left" and place[each.value] < place[partner.value]:
                yield each.value, f"{each.name} lies to the right of {partner.name}: left and right look exchanged."
        elif middle is not None and sign * (place[each.value] - middle) < -_FAR_MM:
            other = "right" if side == "left" else "left"
            yield each.value, f"{each.name} lies on the patient's {other} side."


def _places(labels: LabelMap, classes: Iterable[LabelClass]) -> dict[int, float]:
    """Middle of each class, LPS x in mm."""
    found: dict[int, float] = {}
    wanted = list(classes)
    boxes = class_boxes(labels.labels) if wanted else {}
    for each in wanted:
        if each.value in boxes:
            box = boxes[each.value]
            index = np.argwhere(labels.labels[box] == each.value).mean(0) + [side.start for side in box]
            found[each.value] = float(labels.geometry.to_world(index[None])[0, 0])
    return found

"""Two reads of one case side by side."""

from __future__ import annotations

from segstudio.imaging import LabelMap
from segstudio.measure import compare
from segstudio.review.records import Agreement, ClassAgreement


def agree(first: LabelMap, second: LabelMap) -> Agreement:
    """Compare two masks on one grid over the classes of both.

    Raises
    ------
    GeometryError
        They do not lie on one grid.
    """
    first.geometry.require_same_space(second.geometry, mine="the first read", others="the second read")
    names = {each.value: each.name for each in (*second.classes, *first.classes)}
    scores = compare(first.labels, second.labels, first.geometry, sorted(names))
    rows = (
        ClassAgreement(
            value, names[value], each.dice, each.hd95_mm, each.assd_mm, each.volume_ml or 0.0, each.reference_ml or 0.0
        )
        for value, each in scores.items()
    )
    return Agreement(first, second, tuple(rows))

"""`evaluate`: masks beside references."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from segstudio.cli import names
from segstudio.cli.output import Output, number, table
from segstudio.errors import ImageError
from segstudio.imaging import LabelClass, classes_named, present_values, read_labels
from segstudio.measure import Aside, Scores, aside, average, compare

Scored = Mapping[int, Scores]

_HEADS = ("", "class", ">Dice", ">IoU", ">precision", ">recall", ">HD95 mm", ">ASSD mm", ">volume ml", ">reference ml")


def evaluate(args: argparse.Namespace, out: Output) -> int:
    """Compare masks with references of the same names, class by class.

    JSON: `{classes: {VALUE: NAME}, cases: {CASE: {VALUE: scores}}, mean: {VALUE: scores, "all": scores}, aside: {CASE:
    {step, dice, moved}}}`, where scores are `{dice, iou, precision, recall, hd95_mm, assd_mm, volume_ml,
    reference_ml}`, null where one is no number (a class that neither mask has); means leave such out. "all" is the mean
    of the classes' means. "aside" are the cases whose masks fit far better with the reference moved by a step of voxels
    (z, y, x), with the Dice of all classes together as it lies and moved.
    """
    pairs = _pairs(args.predictions, args.references, out)
    cases: dict[str, Scored] = {}
    misplaced: dict[str, Aside] = {}
    for done, (name, (prediction, reference)) in enumerate(pairs.items()):
        out.progress(done / len(pairs), f"comparing {name}")
        cases[name], beside = _compared(prediction, reference, args.classes)
        if beside:
            misplaced[name] = beside
            out.note(_told(name, beside))
    classes = args.classes or _found(cases.values())
    means = {
        each.value: average(scored[each.value] for scored in cases.values() if each.value in scored) for each in classes
    }
    overall = average(means.values())
    out.result(_plain(classes, cases, means, overall, misplaced), _text(classes, cases, means, overall))
    return 0


def _pairs(predictions: Path, references: Path, out: Output) -> dict[str, tuple[Path, Path]]:
    """Predictions and references that have one name; those without a partner are told.

    Raises
    ------
    ImageError
        A file or folder is missing, or there is no pair at all.
    """
    for path in (predictions, references):
        if not path.exists():
            raise ImageError(f"{path} does not exist", hint="Check the name and the folder.")
    if not predictions.is_dir() and not references.is_dir():
        return {names.stem(predictions): (predictions, references)}
    drawn, wanted = names.scans_in(predictions), names.scans_in(references)
    both = sorted(drawn.keys() & wanted.keys())
    alone = drawn.keys() - wanted.keys(), wanted.keys() - drawn.keys()
    if not both:
        raise ImageError(
            f"no mask in {predictions} has the name of one in {references} ({names.listed(alone[0])}; "
            f"{names.listed(alone[1])})",
            hint="A prediction and its reference have one name, for example case_001.nii.gz.",
        )
    for left, lacks in zip(alone, ("reference", "prediction"), strict=True):
        if left:
            out.note(f"left out, for want of a {lacks}: {names.listed(left)}.")
    return {name: (drawn[name], wanted[name]) for name in both}


def _compared(prediction: Path, reference: Path, classes: Sequence[LabelClass]) -> tuple[Scored, Aside | None]:
    drawn, wanted = read_labels(prediction), read_labels(reference)
    wanted.geometry.require_same_space(drawn.geometry, mine=str(reference), others=str(prediction))
    values = [each.value for each in classes] or sorted(
        {int(value) for mask in (drawn, wanted) for value in present_values(mask.labels) if value}
    )
    return compare(drawn.labels, wanted.labels, wanted.geometry, values), aside(drawn.labels, wanted.labels)


def _told(name: str, beside: Aside) -> str:
    step = ", ".join(f"{by:+d}" if by else "0" for by in beside.step)
    return (
        f"{name}: the reference fits far better moved by ({step}) voxels (z, y, x), Dice {beside.moved:.3f} instead of "
        f"{beside.dice:.3f}. One of the two masks may have been saved out of its place."
    )


def _found(cases: Any) -> tuple[LabelClass, ...]:
    return classes_named((value, f"class {value}") for value in sorted({value for scored in cases for value in scored}))


def _plain(
    classes: Sequence[LabelClass],
    cases: Mapping[str, Scored],
    means: Scored,
    overall: Scores,
    misplaced: Mapping[str, Aside],
) -> dict[str, Any]:
    return {
        "classes": {str(each.value): each.name for each in classes},
        "cases": {
            name: {str(value): asdict(scores) for value, scores in scored.items()} for name, scored in cases.items()
        },
        "mean": {**{str(value): asdict(scores) for value, scores in means.items()}, "all": asdict(overall)},
        "aside": {name: asdict(beside) for name, beside in misplaced.items()},
    }


def _text(classes: Sequence[LabelClass], cases: Mapping[str, Scored], means: Scored, overall: Scores) -> str:
    called = {each.value: each.name for each in classes}
    rows = [_row(name, called[value], scores) for name, scored in cases.items() for value, scores in scored.items()]
    if len(cases) > 1:
        rows += [_row("mean", called[value], scores) for value, scores in means.items()]
    return table(_HEADS, [*rows, _row("mean", "all", overall)])


def _row(case: str, name: str, scores: Scores) -> tuple[str, ...]:
    overlaps = (scores.dice, scores.iou, scores.precision, scores.recall)
    lengths = (scores.hd95_mm, scores.assd_mm, scores.volume_ml, scores.reference_ml)
    return case, name, *(number(value, 3) for value in overlaps), *(number(value, 2) for value in lengths)

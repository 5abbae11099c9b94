"""`export`: a mask in a format that other systems read."""

from __future__ import annotations

import argparse
from functools import partial

from segstudio.cli import names
from segstudio.cli.output import Output
from segstudio.cli.session import session, stoppable
from segstudio.errors import ImageError
from segstudio.export import hidden
from segstudio.export.formats import format_named
from segstudio.export.written import Author
from segstudio.imaging import LabelClass, read_labels, read_volume


def export(args: argparse.Namespace, out: Output) -> int:
    """Write a mask that was drawn on a scan, read it back, and compare.

    JSON: `{mask, scan, format, paths, checks, notes}`.
    """
    chosen = format_named(args.format)
    named = names.stem(args.mask).removesuffix(".seg").removesuffix(".dcm") + chosen.ending
    place = args.out / named if args.out.is_dir() else chosen.place(args.out)
    if place.exists() and any(place.samefile(each) for each in (args.mask, args.scan) if each.exists()):
        raise ImageError(f"{place.name} is what is to be exported", hint="Give --out another name.")
    classes, author = _known(args, out)
    scan = read_volume(args.scan, frame=args.frame)
    mask = read_labels(args.mask, classes=classes, scan=scan)
    with stoppable() as stop:
        write = partial(hidden.write, chosen) if args.deidentify else chosen.write
        done = write(mask, scan, place, author=author, progress=out.progress, stop=stop)
    for note in (*scan.notes, *mask.notes, *done.notes):
        out.note(note)
    plain = {
        "mask": str(args.mask),
        "scan": str(args.scan),
        "format": chosen.name,
        "paths": [str(path) for path in done.paths],
        "checks": done.checks,
        "notes": (*scan.notes, *mask.notes, *done.notes),
    }
    out.result(plain, "\n".join((*(f"wrote {path}" for path in done.paths), *done.checks)))
    return 0


def _known(args: argparse.Namespace, out: Output) -> tuple[tuple[LabelClass, ...], Author]:
    """What the values mean, () for what the mask's file says; and which model drew it."""
    if not args.model:
        return args.classes, Author()
    with session(args, out) as studio:
        spec = studio.library.model(args.model).spec
    return args.classes or spec.classes, Author(spec.name, str(spec.version))

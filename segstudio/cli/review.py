"""`review`: reads, and what came of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from segstudio.cli.output import Output, number, table
from segstudio.cli.session import person, session
from segstudio.errors import LibraryError
from segstudio.imaging import LabelMap, read_labels
from segstudio.library import FIRST_READ, Read, Terms
from segstudio.review import Overruled
from segstudio.studio import Studio


def review(args: argparse.Namespace, out: Output) -> int:
    """Accept, fix, reject or flag a case; list reads and disputes, decide, export, withdraw, pin.

    JSON: a read is `{id, case_id, reader, kind, blinded, model, sitting, verdict, reason, correction, mask, seconds,
    dice, started, finished, ledger}`; `disputes` prints a list of `{case_id, first, second}`, `export` `{path, rows}`,
    `withdraw` `{case, versions}`, `reinstate`, `pin` and `unpin` `{case}`.
    """
    with session(args, out) as studio:
        match args.verb:
            case "list":
                reads = studio.library.reads()
                out.result([asdict(read) for read in reads], _listed(reads))
            case "disputes":
                found = studio.reviews.disputes()
                words = "\n".join(
                    f"Case {each.case_id}: {each.first.reader} and {each.second.reader}" for each in found
                )
                out.result([asdict(each) for each in found], words or "No two reads differ.")
            case "export":
                rows = studio.reviews.export(args.path)
                out.result({"path": str(args.path), "rows": rows}, f"wrote {args.path}, {rows} rows")
            case "withdraw" | "reinstate" | "pin" | "unpin":
                _govern(studio, args, out)
            case _:
                read = _said(studio, args, out)
                out.result(asdict(read), f"Case {read.case_id} is {studio.worklist.row(read.case_id).status}.")
    return 0


def _said(studio: Studio, args: argparse.Namespace, out: Output) -> Read:
    reader, reviews = person(args.reader), studio.reviews
    if args.verb == "decide":
        found = next((each for each in reviews.disputes() if each.case_id == args.case), None)
        if found is None:
            raise LibraryError(
                f"no two reads of case {args.case} differ", hint="`segstudio review disputes` lists those that do."
            )
        return reviews.adjudicate(found, args.chosen, reader=reader, reason=args.reason, seconds=args.seconds)
    second = getattr(args, "second", False)
    read = reviews.begin(args.case, reader, Terms("second", blinded=True) if second else FIRST_READ)
    try:
        return _finished(studio, args, read, out)
    except BaseException:
        reviews.leave(read.id)
        raise


def _finished(studio: Studio, args: argparse.Namespace, read: Read, out: Output) -> Read:
    reviews = studio.reviews
    if args.verb == "accept":
        return reviews.accept(read.id, seconds=args.seconds)
    if args.verb == "reject":
        return reviews.reject(read.id, args.reason, seconds=args.seconds)
    if args.verb == "flag":
        return reviews.flag(read.id, args.reason, seconds=args.seconds)
    name = read.model.partition("@")[0]
    labels = read_labels(args.labels, classes=studio.versions.classes(name) if name else ())
    overruled = _checked(studio, args, labels, read, out)
    return reviews.fix(read.id, labels, seconds=args.seconds, overruled=overruled)


def _checked(studio: Studio, args: argparse.Namespace, labels: LabelMap, read: Read, out: Output) -> list[Overruled]:
    """The doubts about a mask, overruled with the reason that was given.

    Raises
    ------
    LibraryError
        There are doubts and no reason.
    """
    seen = studio.worklist.open(read.case_id)
    predicted = seen.predicted.labels if seen.predicted else None
    doubts = studio.reviews.check(labels, read.model, volume=seen.volume, predicted=predicted)
    for doubt in doubts:
        out.note(doubt.words)
    if doubts and not args.overrule:
        raise LibraryError(
            f"{args.labels} is in doubt: {doubts[0].words.rstrip('.')}",
            hint="Mend it, or say why the doubts do not hold: --overrule REASON.",
        )
    return [Overruled(doubt, args.overrule) for doubt in doubts]


def _govern(studio: Studio, args: argparse.Namespace, out: Output) -> None:
    who = person()
    if args.verb == "withdraw":
        versions = studio.reviews.withdraw(args.case, person=who, reason=args.reason)
        told = f"; {', '.join(versions)} learned from it" if versions else ""
        out.result({"case": args.case, "versions": versions}, f"Case {args.case} is withdrawn{told}.")
        return
    act = {"reinstate": studio.reviews.reinstate, "pin": studio.versions.pin, "unpin": studio.versions.unpin}
    act[args.verb](args.case, person=who)
    words = {"reinstate": "is learned from again", "pin": "must not get worse", "unpin": "may get worse again"}
    out.result({"case": args.case}, f"Case {args.case} {words[args.verb]}.")


def _listed(reads: Sequence[Read]) -> str:
    if not reads:
        return "Nobody has read a case yet."
    cells = [
        (
            str(read.id), str(read.case_id), read.reader, read.kind, read.verdict or "open", number(read.dice, 3),
            f"{read.seconds:.0f}", read.finished or read.started, read.reason,
        )
        for read in reads
    ]  # fmt: skip
    return table((">read", ">case", "reader", "", "verdict", ">Dice", ">seconds", "", ""), cells)

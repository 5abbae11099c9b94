"""What `worklist` and `review` take."""

from __future__ import annotations

import argparse
from pathlib import Path

from segstudio.cli import options

STATUSES = ("new", "predicted", "in review", "corrected", "approved", "rejected", "flagged")
ORDERS = ("date", "priority", "benefit", "random")


def worklist(commands: argparse._SubParsersAction[options.Parser]) -> None:
    """`worklist`."""
    it = commands.add_parser("worklist", help="the list of cases; add scans, draw their masks, say what comes first")
    it.set_defaults(status=[], search="", modality="", order="date", seed=0, count=100)
    verbs = options.verbs(it, "cases, as filtered and ordered")
    listed = verbs.choices["list"]
    listed.add_argument("--status", action="append", choices=STATUSES, default=[], help="only these; may be repeated")
    listed.add_argument("--search", default="", metavar="WORDS", help="in pseudonym, label, reader, model, reason, …")
    listed.add_argument("--modality", default="", help="CT, MR, …")
    listed.add_argument("--order", choices=ORDERS, default="date", help="benefit: what teaches most comes first")
    listed.add_argument("--seed", type=int, default=0, metavar="S", help="of the order random")
    listed.add_argument("--count", type=int, default=100, metavar="N", help="at most so many (100)")
    add = options.verb(verbs, "add", "take scans in: files, folders that are searched, DICOM series")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add.add_argument("--modality", default="", help="where the files do not say: CT, MR, …")
    add.add_argument("--priority", type=int, default=0, metavar="P", help="the higher, the sooner to be read (0)")
    add.add_argument("--label", action="store_true", help="label cases by their files' names, if those name no patient")
    predict = options.verb(verbs, "predict", "draw the masks of cases and keep them")
    predict.add_argument("model", metavar="NAME[@VERSION]", help="NAME alone is the version in use")
    predict.add_argument(
        "cases", nargs="*", type=int, metavar="CASE", help="all that nobody has read, if none is named"
    )
    options.device(predict)
    _case(verbs, "show", "one case with what was said of it")
    label = _case(verbs, "label", "call a case something that stays in the library")
    label.add_argument("label", metavar="WORDS", help='"" takes the label away')
    _case(verbs, "priority", "say how soon a case is to be read").add_argument("priority", type=int, metavar="P")


def review(commands: argparse._SubParsersAction[options.Parser]) -> None:
    """`review`."""
    it = commands.add_parser(
        "review", help="read cases without a window: accept, fix, reject, flag; and what came of it"
    )
    verbs = options.verbs(it, "all reads, oldest first")
    accept = _read(verbs, "accept", "stand for a case's mask as it is")
    fix = _read(verbs, "fix", "stand for a corrected mask")
    fix.add_argument("labels", type=Path, metavar="LABELS")
    fix.add_argument("--overrule", default="", metavar="REASON", help="submit although checks have doubts")
    reject = _read(verbs, "reject", "say that a case is not to be used")
    flag = _read(verbs, "flag", "put a case aside to be talked about")
    for it, needed in ((reject, True), (flag, False)):
        it.add_argument("--reason", required=needed, default="", metavar="WORDS")
    for it in (accept, fix, reject):
        it.add_argument("--second", action="store_true", help="a second read, blinded")
    options.verb(verbs, "disputes", "cases whose first and second reads differ")
    decide = _read(verbs, "decide", "decide between two reads of a case")
    decide.add_argument("chosen", choices=("first", "second"))
    decide.add_argument("--reason", default="", metavar="WORDS")
    options.verb(verbs, "export", "write the ledger of corrections as CSV").add_argument(
        "path", type=Path, metavar="CSV"
    )
    withdraw = _case(verbs, "withdraw", "learn from a case no more, and say which versions have")
    withdraw.add_argument("--reason", required=True, metavar="WORDS")
    _case(verbs, "reinstate", "learn from a withdrawn case again")
    _case(verbs, "pin", "let no candidate do worse on this case")
    _case(verbs, "unpin", "take a case out of those that must not get worse")


def _case(verbs: argparse._SubParsersAction[options.Parser], name: str, does: str) -> options.Parser:
    it = options.verb(verbs, name, does)
    it.add_argument("case", type=int, metavar="CASE")
    return it


def _read(verbs: argparse._SubParsersAction[options.Parser], name: str, does: str) -> options.Parser:
    it = _case(verbs, name, does)
    it.add_argument("--reader", default="", metavar="NAME", help="who reads (you)")
    it.add_argument("--seconds", type=float, default=0.0, metavar="S", help="that it took")
    return it

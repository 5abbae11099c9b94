"""Options that several commands take, and what their words mean."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import NoReturn

from segstudio.errors import SegStudioError
from segstudio.imaging import Box, LabelClass, parse_classes


class Parser(argparse.ArgumentParser):
    """Speaks of wrong usage as the commands speak of other errors."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\nhint: `{self.prog} --help` says how it is used.\n")


def verbs(it: Parser, lists: str) -> argparse._SubParsersAction[Parser]:
    """Verbs of a command; `list` where none is given. Options may stand before the verb or after it."""
    library(it)
    json(it)
    found = it.add_subparsers(dest="verb", metavar="VERB")
    it.set_defaults(verb="list")
    verb(found, "list", lists)
    return found


def verb(verbs: argparse._SubParsersAction[Parser], name: str, does: str) -> Parser:
    """One verb of a command."""
    one = verbs.add_parser(name, help=does)
    library(one, default=argparse.SUPPRESS)
    json(one, default=argparse.SUPPRESS)
    return one


def library(it: Parser, default: str | None = None) -> None:
    """Which library."""
    it.add_argument(
        "--library", type=Path, default=default, metavar="DIR", help="the library (yours, if none is named)"
    )


def json(it: Parser, default: str | bool = False) -> None:
    """Text or JSON."""
    it.add_argument("--json", action="store_true", default=default, help="print one JSON document")


def device(it: Parser) -> None:
    """What to compute on."""
    it.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:1|mps", help="to compute on (auto)")


def frame(it: Parser) -> None:
    """Which time point."""
    it.add_argument("--frame", type=int, default=0, metavar="N", help="time point of a 4D scan, from 0")


def box(text: str) -> Box:
    """A box from z0:z1,y0:y1,x0:x1."""
    found = re.fullmatch(r"(\d+):(\d+),(\d+):(\d+),(\d+):(\d+)", text.replace(" ", ""))
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form z0:z1,y0:y1,x0:x1")
    z0, z1, y0, y1, x0, x1 = (int(each) for each in found.groups())
    return slice(z0, z1), slice(y0, y1), slice(x0, x1)


def classes(text: str) -> tuple[LabelClass, ...]:
    """Classes from 1=NAME,2=NAME."""
    try:
        return parse_classes(text)
    except SegStudioError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from error


def positive(text: str) -> float:
    """A number above 0."""
    value = _float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def hour(text: str) -> tuple[int, int]:
    """A time of day from HH:MM."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day, such as 22:30")
    return int(found[1]), int(found[2])


def part(text: str) -> float:
    """A part, from 0 to below 1."""
    value = _float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to below 1")
    return value


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if value in (float("inf"), float("-inf")):
        raise argparse.ArgumentTypeError(f"{text!r} is no finite number")
    return value

"""The same commands without a screen: `segstudio COMMAND …`.

Results go to stdout, as text or with `--json` as one JSON document; everything else goes to stderr: `note: …` for what
had to be decided, a line of progress where a person is watching, `error: …` and `hint: …`. The exit code is 0, 1 after
such an error, 2 for wrong usage, 130 after Ctrl+C.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from segstudio.cli.arguments import parser
from segstudio.cli.output import Output
from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging.discreet import be_discreet

Command = Callable[[argparse.Namespace, Output], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; wrong usage ends the program with 2, as argparse does."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="note: %(message)s")
    be_discreet()
    out = Output(as_json=getattr(args, "json", False))
    try:
        code = _command(args.command)(args, out)
        sys.stdout.flush()
        return code
    except Stopped:
        out.say("stopped.")
        return 130
    except SegStudioError as error:
        out.error(error)
        return 1
    except KeyboardInterrupt as stopped:
        out.say(f"stopped. {stopped}".rstrip())
        return 130
    except BrokenPipeError:
        # Whoever read has had enough; nothing may be written to stdout on the way out either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        if os.environ.get("SEGSTUDIO_DEBUG"):
            raise
        out.error(_unforeseen(error))
        return 1


def _command(name: str) -> Command:
    """The function that does the work, imported only now: `segstudio --help` needs none of it."""
    from segstudio.cli import dicom, evaluation, export, learning, models, pacs, review, scans, window, worklist

    return {
        "app": window.app,
        "info": scans.info,
        "convert": scans.convert,
        "predict": scans.predict,
        "train": learning.train,
        "submit": learning.submit,
        "worker": learning.worker,
        "jobs": learning.jobs,
        "models": models.models,
        "evaluate": evaluation.evaluate,
        "export": export.export,
        "dicom": dicom.dicom,
        "pacs": pacs.pacs,
        "worklist": worklist.worklist,
        "review": review.review,
    }[name]


def _unforeseen(error: Exception) -> SegStudioError:
    if isinstance(error, MemoryError):
        return SegStudioError("there is not enough memory for this", hint="Close other programs, or use a box.")
    if isinstance(error, OSError):
        return SegStudioError(str(error), hint="Check that the file or folder is there and that you may use it.")
    return SegStudioError(
        f"something nobody foresaw: {type(error).__name__}: {error}",
        hint="Set SEGSTUDIO_DEBUG=1 and run it again to see where; please report it.",
    )

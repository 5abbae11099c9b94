"""`app`: the window."""

from __future__ import annotations

import argparse

from segstudio.cli.output import Output
from segstudio.cli.session import library
from segstudio.errors import SegStudioError


def app(args: argparse.Namespace, out: Output) -> int:
    """Open the window and return when it is closed; the sample without a screen is a check."""
    _require_qt()
    from segstudio.desktop.app import main
    from segstudio.desktop.screen import has_screen

    check = args.check or (args.sample and not has_screen())
    if not check and not has_screen():
        raise SegStudioError(
            "there is no screen to show a window on",
            hint="`segstudio app --check` tries the window without one; the other commands need none.",
        )
    # A check is about the program, not about this person's data.
    folder = args.library if check else library(args, out)
    return main(args.files, library=folder, sample=args.sample, check=check, screenshot=args.screenshot)


def _require_qt() -> None:
    try:
        import napari  # noqa: F401
        import qtpy  # noqa: F401
    except Exception as error:
        # qtpy has an error of its own for a missing binding, which is known only once qtpy is there.
        raise SegStudioError(
            "the window needs Qt and napari, which are not installed or do not start",
            hint='Install them with `pip install "segstudio[desktop]"`; every other command works without.',
        ) from error

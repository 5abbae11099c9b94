#!/usr/bin/env python3
"""Set SegStudio up and open it on a sample scan: `python3 packaging/run.py [--check]`.

With `--check`, and where there is no screen, the whole loop is run once with no one watching: open, predict, correct,
submit, fine-tune, compare. The picture is then at `.work/sample.png`.
"""

from __future__ import annotations

import subprocess
import sys

import setup_environment as setup


def main(arguments: list[str]) -> int:
    setup.require_python()
    setup.end_in_order()
    setup.install_system_packages()
    python = setup.environment(["desktop", "sample", "dicom-net"])
    if "--screenshot" not in arguments:
        picture = setup.ROOT / ".work" / "sample.png"
        picture.parent.mkdir(exist_ok=True)
        arguments = ["--screenshot", str(picture), *arguments]
    return subprocess.run([str(python), "-m", "segstudio", "app", "--sample", *arguments]).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

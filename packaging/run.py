#!/usr/bin/env python3
"""Set SegStudio up and open it on a sample scan: `python3 packaging/run.py [--check]`.

With `--check`, and where there is no screen, the whole loop is run once instead and says what it did: predict, correct,
submit, fine-tune, compare.
"""

from __future__ import annotations

import subprocess
import sys

import setup_environment as setup


def main(arguments: list[str]) -> int:
    setup.require_python()
    setup.end_in_order()
    setup.install_system_packages()
    python = setup.environment(["desktop", "sample"])
    if not setup.has_screen() and "--check" not in arguments:
        print("No screen here: running the check instead of opening the window.", flush=True)
        arguments = ["--check", *arguments]
    with setup.screen() as env:
        return subprocess.run([str(python), "-m", "segstudio", "app", "--sample", *arguments], env=env).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

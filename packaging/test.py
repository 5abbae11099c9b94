#!/usr/bin/env python3
"""Set SegStudio up and run every check: `python3 packaging/test.py [--base] [PYTEST ARGUMENTS…]`.

Style, types, import contracts, then the tests in two halves: the base suite without a screen, with Qt and napari barred
from being imported, then the tests of the window, under Xvfb where there is no screen. It ends at the first check that
fails; a test of the window that failed may pass when it is run once more by itself, because a busy machine can keep a
window waiting. `--base` runs the base suite alone, in an environment of its own where Qt and napari are not installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import setup_environment as setup

PYTEST = ("-m", "pytest", "-q")
TESTS_FAILED = 1
"""pytest's exit code where it ran to its end and some tests failed."""


def main(arguments: list[str]) -> int:
    setup.require_python()
    setup.end_in_order()
    if arguments[:1] == ["--base"]:
        python = setup.environment(["test"], ".venv-base")
        stage("base suite, Qt and napari not installed", python, *PYTEST, "-m", "not gui", *arguments[1:], env=blind())
        return 0
    setup.install_system_packages()
    setup.install_archive()
    python = setup.environment(["desktop", "sample", "dev"])
    code = ["segstudio", "tests", "packaging"]
    stage("ruff", python, "-m", "ruff", "check", *code)
    stage("ruff format", python, "-m", "ruff", "format", "--check", *code)
    stage("mypy", python, "-m", "mypy", "--strict", "segstudio")
    stage("import contracts", python, "-c", "from importlinter.cli import lint_imports_command as c; c()")
    barred = ("-p", "tests.no_qt", "-p", "no:pytest-qt", "-p", "no:napari")
    stage("base suite, Qt and napari barred", python, *PYTEST, *barred, "-m", "not gui", *arguments, env=blind())
    with setup.screen() as env:
        stage("window suite", python, *PYTEST, "-m", "gui", *arguments, env=env, again=("--last-failed",))
    return 0


def stage(
    title: str, python: Path, *command: str, env: dict[str, str] | None = None, again: tuple[str, ...] = ()
) -> None:
    """Run one check and end with its exit code if it fails; tests that do, once more with `again`."""
    failed = run(title, python, *command, env=env)
    if failed == TESTS_FAILED and again:
        failed = run(f"{title}: what failed, once more", python, *command, *again, env=env)
    if failed:
        print(f"\nerror: {title} failed", file=sys.stderr)
        sys.exit(failed)


def run(title: str, python: Path, *command: str, env: dict[str, str] | None = None) -> int:
    """Run one check; its exit code."""
    print(f"\n== {title}", flush=True)
    env = {**(env or os.environ), "PYTHONUTF8": "1"}
    return subprocess.run([str(python), *command], cwd=setup.ROOT, env=env).returncode


def blind() -> dict[str, str]:
    """Variables without a screen."""
    return {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

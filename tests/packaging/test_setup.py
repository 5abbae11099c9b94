"""The two commands: what they ask of the machine, and what they install."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def setup(tmp_path, monkeypatch) -> ModuleType:
    """`setup_environment`, at work in an empty folder; nothing is installed."""
    spec = importlib.util.spec_from_file_location("setup_environment", FOLDER / "setup_environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "CONSTRAINTS", tmp_path / "constraints.txt")
    module.installs = []
    monkeypatch.setattr(module, "_install", lambda _python, *what: module.installs.append(what))
    monkeypatch.setattr(module, "_make", lambda folder: folder.mkdir())
    monkeypatch.setattr(module, "_works", lambda python: python.parent.parent.is_dir())
    return module


def plain(name: str) -> str:
    return re.split(r"[\[<>=!~; ]", name)[0].lower().replace("_", "-")


def test_an_environment_is_installed_once(setup):
    setup.environment(["desktop"])
    first = len(setup.installs)
    setup.environment(["desktop"])
    assert first > 0
    assert len(setup.installs) == first


def test_other_pins_install_anew(setup):
    setup.environment(["desktop"])
    setup.installs.clear()
    setup.CONSTRAINTS.write_text("numpy==3\n")
    setup.environment(["desktop"])
    assert setup.installs


def test_what_one_command_installed_the_other_keeps(setup):
    setup.environment(["desktop", "dev"])
    setup.installs.clear()
    setup.environment(["desktop"])
    assert not setup.installs
    setup.environment(["sample"])
    assert setup.installs[-1][-1].endswith("[desktop,dev,sample]")


def test_an_installation_that_failed_is_tried_again(setup, monkeypatch):
    working = setup._install

    def failing(_python, *_what):
        raise SystemExit(1)

    monkeypatch.setattr(setup, "_install", failing)
    with pytest.raises(SystemExit):
        setup.environment(["desktop"])
    monkeypatch.setattr(setup, "_install", working)
    setup.environment(["desktop"])
    assert setup.installs


def test_an_old_python_is_told_so(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        setup.require_python()
    assert ended.value.code == 1
    assert "3.11 or newer" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Debian only")
def test_without_the_right_to_install_the_missing_packages_are_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup, "_missing_packages", lambda: ["xvfb", "libegl1"])
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    setup.install_system_packages()
    assert "sudo apt-get install -y xvfb libegl1" in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Debian only")
def test_an_archive_for_the_tests_that_cannot_be_installed_is_no_failure(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(setup, "_missing_packages", lambda packages: packages)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "_apt_get", lambda _packages: False)
    setup.install_archive()
    assert "skipped" in capsys.readouterr().out


def test_every_dependency_is_pinned():
    asked = [*PROJECT["dependencies"], *(each for extra in PROJECT["optional-dependencies"].values() for each in extra)]
    pins = {plain(line) for line in (FOLDER / "constraints.txt").read_text().splitlines() if "==" in line}
    assert {plain(each) for each in asked} - {"segstudio"} <= pins


def test_packaging_does_not_shadow_the_package_of_that_name():
    assert not (FOLDER / "__init__.py").exists()
    code = "import packaging.version; print(packaging.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "site-packages" in done.stdout, done.stderr


def test_the_readme_s_command_is_the_one_that_runs_everywhere():
    command = "python3 packaging/test.py"
    assert command in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith(f"exec {command}")

"""A check runs where there is no screen."""

import os
import shutil

import pytest

from segstudio.desktop.screen import has_screen, screen
from segstudio.errors import SegStudioError

linux = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


@linux
def test_a_screen_in_memory_lasts_as_long_as_the_block(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with screen():
        assert has_screen()
        assert os.environ["DISPLAY"].startswith(":")
    assert "DISPLAY" not in os.environ


def test_a_screen_that_is_there_is_used(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":42")
    with screen():
        assert os.environ["DISPLAY"] == ":42"


@linux
def test_without_any_screen_a_way_out_is_told(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SegStudioError, match="no screen") as error, screen():
        pass
    assert "xvfb" in error.value.hint

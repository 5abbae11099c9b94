"""The log says what went wrong and where, and nothing of whom."""

import logging

import pytest

from segstudio.desktop import app


@pytest.fixture
def log(tmp_path):
    app._log_to(tmp_path)
    yield tmp_path / "segstudio.log"
    for handler in list(app.logger.handlers):
        app.logger.removeHandler(handler)
        handler.close()


def test_an_error_is_logged_by_its_kind_and_place_without_its_words(log, tmp_path):
    try:
        (tmp_path / "Zyxwinkel.dcm").read_bytes()
    except OSError:
        logging.getLogger("segstudio.listening").exception("a listener failed")
    written = log.read_text()
    for part in ("a listener failed", "FileNotFoundError", "test_log.py"):
        assert part in written
    assert str(tmp_path) not in written

"""The secret from which pseudonyms, new UIDs and shifts of dates are made, the same in every run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from segstudio import paths
from segstudio.errors import ImageError

FILE = "pseudonyms.key"
_BYTES = 32
_MOST_DAYS = 10 * 365


class Secret:
    """Makes of what identifies a patient what does not, always in the same way; there is no way back.

    Parameters
    ----------
    key
        Whoever has it can tell whether a guessed patient is meant; it stays on this machine.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_this_person(cls, folder: Path | None = None) -> Secret:
        """The secret in the person's data folder, drawn when it is first needed.

        Raises
        ------
        ImageError
            It cannot be read or written, or is damaged: with another one patients would get other pseudonyms.
        """
        file = (folder or paths.data_folder()) / FILE
        try:
            if not file.exists():
                _draw(file)
            key = file.read_bytes()
        except OSError as error:
            raise ImageError(
                f"the secret for pseudonyms {file} cannot be used ({error.strerror})",
                hint="May you write to that folder?",
            ) from error
        if len(key) != _BYTES:
            raise ImageError(
                f"the secret for pseudonyms {file} is damaged",
                hint="Restore it from a backup, or move it away: patients then get new pseudonyms.",
            )
        return cls(key)

    def pseudonym(self, patient: str) -> str:
        """A patient's ID to be shown: eight letters and digits after a P."""
        return "P" + base64.b32encode(self._digest("patient", patient)).decode()[:8]

    def uid(self, uid: str) -> str:
        """A UID in place of another, as one is made from a UUID (PS3.5, B.2)."""
        number = int.from_bytes(self._digest("uid", uid)[:16], "big")
        number = number & ~(0xF << 76) | 0x8 << 76  # version 8: made from a hash
        number = number & ~(0x3 << 62) | 0x2 << 62
        return f"2.25.{number}"

    def days(self, patient: str) -> int:
        """By how many days a patient's dates are moved back: 1 to ten years."""
        return 1 + int.from_bytes(self._digest("days", patient)[:8], "big") % _MOST_DAYS

    def shift(self, patient: str) -> Callable[[str], str]:
        """What moves a DICOM date or date and time; what is no whole date becomes ""."""
        back = timedelta(days=self.days(patient))

        def move(text: str) -> str:
            plain = text.strip().replace(".", "", 2) if text[4:5] == "." else text.strip()
            try:
                moved = date(int(plain[:4]), int(plain[4:6]), int(plain[6:8])) - back
            except (ValueError, OverflowError):
                return ""
            return f"{moved:%Y%m%d}".rjust(8, "0") + plain[8:]

        return move

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256)


def _draw(file: Path) -> None:
    """Draw a secret, unless another program just has."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(secrets.token_bytes(_BYTES))
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        except OSError:  # a disk that knows no links
            if not file.exists():
                os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)

"""Named connections to archives, without secrets in the file, and the passwords, which lie in the system's keyring."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from segstudio import paths
from segstudio.errors import PacsError

_SERVICE = "SegStudio PACS"
FILE = "connections.json"


@dataclass(frozen=True)
class Connection:
    """How an archive is reached.

    Parameters
    ----------
    name
        What the person calls it.
    url
        Of its DICOMweb service, for example "https://pacs.example.org/dicom-web". Without TLS only on this machine.
    user
        To log in with a password; "" where none is asked for.
    certificate
        A file with the certificate of the hospital's own authority; "" trusts those that are known in public.

    Raises
    ------
    PacsError
        The name or the address makes no sense, or names would travel unencrypted.
    """

    name: str
    url: str
    user: str = ""
    certificate: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or self.name != self.name.strip() or not self.name.isprintable():
            raise PacsError(f"{self.name!r} is no name for a connection", hint="Name it in a word or two.")
        try:
            parts = urlsplit(self.url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in ("https", "http"):
            raise PacsError(
                f"{self.url!r} is no address of an archive", hint="Write it as https://pacs.example.org/dicom-web."
            )
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise PacsError(
                "the address holds more than a place",
                hint="Give user and password in their own fields; they are kept apart.",
            )
        if parts.scheme == "http" and not _is_this_machine(host):
            raise PacsError(
                f"{host} would be spoken to without encryption",
                hint="Ask for its https address: patients' names must not travel in the clear.",
            )

    @property
    def host(self) -> str:
        """The machine that is spoken to."""
        return urlsplit(self.url).hostname or ""


class Passwords:
    """Passwords of connections, in the keyring of the system."""

    def get(self, connection: Connection) -> str:
        """The password of a connection's user; "" where none is kept."""
        return _asked("get_password", _SERVICE, _account(connection)) or ""

    def put(self, connection: Connection, password: str) -> None:
        """Keep a password; "" forgets the one that is kept."""
        if password:
            _asked("set_password", _SERVICE, _account(connection), password)
        elif self.get(connection):
            _asked("delete_password", _SERVICE, _account(connection))


def connections() -> list[Connection]:
    """What the person has set up, in the order of names; none means that nothing is ever sent or asked.

    Raises
    ------
    PacsError
        The file with them is damaged or cannot be read.
    """
    file = _file()
    try:
        return [Connection(**each) for each in json.loads(file.read_text(encoding="utf8"))]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise PacsError(
            f"the connections in {file} cannot be read", hint="Move the file away and set them up again."
        ) from error


def connection(name: str) -> Connection:
    """One of them by its name.

    Raises
    ------
    PacsError
        There is none of that name.
    """
    for each in connections():
        if each.name == name:
            return each
    raise PacsError(f"there is no connection {name!r}", hint="`segstudio pacs list` names those that are set up.")


def add(connection: Connection, password: str = "") -> None:
    """Set a connection up, in place of one of the same name.

    Raises
    ------
    PacsError
        It cannot be written, or the keyring refuses; then nothing was changed.
    """
    if connection.user:
        Passwords().put(connection, password)
    _store([each for each in connections() if each.name != connection.name] + [connection])


def remove(name: str) -> None:
    """Forget a connection and its password.

    Raises
    ------
    PacsError
        There is none of that name, or the file or the keyring refuses.
    """
    gone = connection(name)
    if gone.user:
        Passwords().put(gone, "")
    _store([each for each in connections() if each.name != name])


def _store(all_of_them: list[Connection]) -> None:
    file = _file()
    draft = file.with_name(f".{file.name}.{uuid4().hex}")
    plain = [asdict(each) for each in sorted(all_of_them, key=lambda each: each.name)]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf8") as opened:
            json.dump(plain, opened, indent=1, ensure_ascii=False)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(draft, file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise PacsError(
            f"the connections cannot be written to {file} ({error.strerror})", hint="Is the disk full or read-only?"
        ) from error


def _file() -> Path:
    return paths.data_folder() / FILE


def _account(connection: Connection) -> str:
    """One password for each user of an archive: a changed address must not get the password of another."""
    return f"{connection.user}@{connection.url}"


def _asked(verb: str, *words: str) -> str | None:
    try:
        import keyring
    except ImportError as error:
        raise needs_extra("keyring") from error
    try:
        answer: str | None = getattr(keyring, verb)(*words)
    except Exception as error:  # each system's keyring has errors of its own
        raise PacsError(
            f"the system's keyring does not answer ({type(error).__name__})",
            hint="Unlock it, or install one (on Linux GNOME Keyring or KWallet): passwords are kept nowhere else.",
        ) from error
    return answer


def needs_extra(package: str) -> PacsError:
    """What is said where the packages for archives are not installed."""
    return PacsError(
        f"archives need the package {package}, which is not installed",
        hint='Install it with `pip install "segstudio[dicom-net]"`.',
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""A keyring in memory, an archive made of a few lines, and a real Orthanc where one is installed."""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from segstudio.pacs import Connection

ORTHANC = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
PLUGINS = [
    path
    for folder in ("/usr/share/orthanc/plugins", "/usr/lib/orthanc")
    for path in sorted(Path(folder).glob("libOrthancDicomWeb.so*"))
]


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryKeyring]:
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    before, ring = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@dataclass
class Answer:
    """What the archive of a few lines says to one path."""

    content: bytes = b"[]"
    code: int = 200
    kind: str = "application/dicom+json"
    claims: int | None = None
    wait: float = 0.0


@dataclass
class Server:
    url: str = ""
    answers: dict[str, Callable[[dict[str, list[str]]], Answer] | Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stored: list[bytes] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """An archive that says what the test wants, on this machine."""
    from urllib.parse import parse_qs, urlsplit

    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.headers.append(dict(self.headers))
            parts = urlsplit(self.path)
            found = state.answers.get(parts.path.removeprefix("/web/"), Answer(code=404))
            self._answer(found(parse_qs(parts.query)) if callable(found) else found)

        def do_POST(self) -> None:
            state.asked.append(self.path)
            content = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    content += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                content = self.rfile.read(int(self.headers["Content-Length"]))
            state.stored.append(content)
            found = state.answers.get("POST", Answer(code=404))
            self._answer(found({}) if callable(found) else found)

        def _answer(self, answer: Answer) -> None:
            time.sleep(answer.wait)
            self.send_response(answer.code)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.content) if answer.claims is None else answer.claims))
            if 300 <= answer.code < 400:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(answer.content)
            if answer.claims is not None:
                self.close_connection = True

        def log_message(self, *_words: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=lambda: http.serve_forever(0.05), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}/web"
    yield state
    http.shutdown()
    http.server_close()
    thread.join(5)


@dataclass(frozen=True)
class Orthanc:
    connection: Connection
    password: str
    folder: Path


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """A real Orthanc with DICOMweb and a password, its storage in a folder of its own, behind a gate with TLS.

    Debian 12's Orthanc ends in a fault when it is to speak TLS itself; hospitals put a gate before theirs as well.
    """
    if ORTHANC is None or not PLUGINS:
        pytest.skip("Orthanc is not installed (Debian: apt-get install orthanc orthanc-dicomweb)")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the certificate of the test's archive")
    folder = tmp_path_factory.mktemp("orthanc")
    certificate = _certificate(folder)
    port, dicom = _free_port(), _free_port()
    config = {
        "Name": "Test", "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "storage"),
        "HttpPort": port, "DicomPort": dicom, "DicomAet": "TEST", "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True, "RegisteredUsers": {"reader": "open sesame"},
        "Plugins": [str(PLUGINS[0])], "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(config))
    with (folder / "log.txt").open("wb") as log:
        command = [ORTHANC, str(folder / "orthanc.json")]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        _wait_for(port, process, folder / "log.txt")
        with _gate(port, folder / "both.pem") as gate:
            url = f"https://localhost:{gate}/dicom-web"
            yield Orthanc(Connection("test", url, "reader", str(certificate)), "open sesame", folder)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def _gate(port: int, certificate: Path) -> Iterator[int]:
    """Takes TLS on a port of its own and passes on to another."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port)) as inner,
            ):
                back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
                back.start()
                _pump(outer, inner)
                back.join(10)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _certificate(folder: Path) -> Path:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    out = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names, *out], check=True, capture_output=True)
    (folder / "both.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
    return certificate


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            pytest.skip(f"Orthanc does not start here: {log.read_text()[-300:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Orthanc does not answer: {log.read_text()[-500:]}")

"""What `run.py` and `test.py` share: a Python environment, the system's packages, and a screen.

Plain Python without third-party imports, and readable by Pythons that are too old, so that they can be told so.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NoReturn, Sequence  # noqa: UP035

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
OLDEST = (3, 11)

# What Qt and OpenGL load on Linux, a font, and a screen for machines without one.
SYSTEM_PACKAGES = [
    "xvfb",
    "libgl1",
    "libegl1",
    "libopengl0",
    "libgl1-mesa-dri",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "libdbus-1-3",
    "libfontconfig1",
    "fonts-dejavu-core",
]

# A real archive for the tests of archives; without it they are skipped.
ARCHIVE_PACKAGES = ["orthanc", "orthanc-dicomweb"]


def fail(message: str, hint: str) -> NoReturn:
    """End with one line that says what is wrong and one that says what to do."""
    print(f"error: {message}\nhint: {hint}", file=sys.stderr)
    sys.exit(1)


def require_python() -> None:
    """End unless this Python is new enough."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        wanted = ".".join(str(part) for part in OLDEST)
        fail(
            f"SegStudio needs Python {wanted} or newer; {sys.executable} is {found}.",
            f"Install a newer Python and start this with it, for example python{wanted} {' '.join(sys.argv)}",
        )


def environment(extras: Sequence[str], name: str = ".venv") -> Path:
    """The Python of an environment in the repository that has SegStudio with these extras; made if it is not there.

    A stamp in the environment tells what was installed from which pins; while it still fits, nothing is installed.
    """
    folder = ROOT / name
    stamp = folder / "segstudio-installed.txt"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins, installed = _pins(), _installed(stamp)
    if not _works(python):
        _make(folder)
        installed = []
    if installed and installed[0] == pins and set(extras) <= set(installed[1:]):
        return python
    wanted = sorted({*extras, *installed[1:]})
    print(f"Installing SegStudio [{', '.join(wanted)}] into {name}; the first time takes minutes …", flush=True)
    stamp.unlink(missing_ok=True)
    _install(python, "hatchling", "editables")
    _install(python, "--no-build-isolation", "--editable", f"{ROOT}[{','.join(wanted)}]")
    stamp.write_text("\n".join([pins, *wanted]) + "\n", encoding="utf-8")
    return python


def install_system_packages() -> None:
    """On Debian and Ubuntu, install what Qt needs where this is root, else say how; elsewhere do nothing."""
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        return
    missing = _missing_packages()
    if not missing:
        return
    if os.geteuid() != 0:
        print(f"These system packages are missing; install them with\n  sudo apt-get install -y {' '.join(missing)}")
        return
    if not _apt_get(missing):
        fail("the system packages could not be installed.", f"Try it by hand: apt-get install -y {' '.join(missing)}")


def install_archive() -> None:
    """On Debian and Ubuntu, install an archive for the tests where this is root; that it fails is no failure."""
    if shutil.which("dpkg-query") and shutil.which("apt-get") and os.geteuid() == 0:
        missing = _missing_packages(ARCHIVE_PACKAGES)
        if missing and not _apt_get(missing):
            print("Orthanc could not be installed; the tests that need a real archive are skipped.", flush=True)


def _apt_get(packages: Sequence[str]) -> bool:
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with contextlib.suppress(subprocess.CalledProcessError):  # an older list of packages may do
        subprocess.run(["apt-get", "-q", "update"], check=True, env=env)
    command = ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages]
    return subprocess.run(command, env=env).returncode == 0


def has_screen() -> bool:
    """Whether a window can be shown to a person."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Variables under which a window opens: on the person's screen, or on an Xvfb that ends with this block."""
    if has_screen():
        yield dict(os.environ)
        return
    if not shutil.which("Xvfb"):
        fail("there is no screen, and Xvfb is not installed.", "sudo apt-get install -y xvfb")
    # Xvfb picks a free display and writes its number once it takes connections.
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "+extension", "GLX"]
    server = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            fail("Xvfb did not start.", f"See what it says: {' '.join(command[:1] + command[3:])}")
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


def end_in_order() -> None:
    """Let a request to end (SIGTERM) run the `finally` blocks, so that no Xvfb stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _pins() -> str:
    """Changes with the pins, with what the package asks for, and with the Python."""
    content = CONSTRAINTS.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content + sys.version.encode() + str(ROOT).encode()).hexdigest()


def _installed(stamp: Path) -> list[str]:
    return stamp.read_text(encoding="utf-8").split() if stamp.is_file() else []


def _works(python: Path) -> bool:
    """Whether this is a Python with pip: an environment may be half made, or its Python gone."""
    if not python.is_file():
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def _make(folder: Path) -> None:
    print(f"Making {folder.name} …", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)]).returncode == 0:
        return
    wanted = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "-q", "update"])
        subprocess.run(["apt-get", "-q", "install", "-y", wanted])
        if subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)]).returncode == 0:
            return
    fail("the virtual environment could not be made.", f"On Debian and Ubuntu: sudo apt-get install -y {wanted}")


def _install(python: Path, *what: str) -> None:
    quiet = ["-q", "--disable-pip-version-check"]
    command = [str(python), "-m", "pip", "install", *quiet, "-c", str(CONSTRAINTS), *what]
    if subprocess.run(command, cwd=ROOT).returncode:
        fail(
            "the packages could not be installed.",
            "pip says why above; is the network there, and does Python's version have them?",
        )


def _missing_packages(packages: Sequence[str] = SYSTEM_PACKAGES) -> list[str]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages]
    answer = subprocess.run(query, capture_output=True, text=True).stdout
    found = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [each for each in packages if each not in found]

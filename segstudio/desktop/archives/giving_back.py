"""The mask goes to the archive that the scan came from, as a DICOM Segmentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from segstudio import pacs
from segstudio.errors import PacsError, SegStudioError
from segstudio.export import seg
from segstudio.export.written import Author
from segstudio.imaging import LabelMap, Volume
from segstudio.pacs import Archive, Connection
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.session import Session


def offer(session: Session) -> None:
    """Ask once in which archive: what is there cannot be taken back from here."""
    scan = session.scan
    if scan is None:
        return
    try:
        known = pacs.connections()
    except SegStudioError as error:
        session.said.emit(Message.of(error))
        return
    actions = tuple(Action(f"Store in {each.name}", _storing(session, each)) for each in known)
    text = f"The mask of {scan.path.name} goes to the archive as a DICOM Segmentation."
    session.said.emit(Message(text, "It cannot be taken back from here.", actions=actions, stays=True))


def _storing(session: Session, connection: Connection) -> Callable[[], None]:
    return lambda: store(session, connection)


def store(session: Session, connection: Connection) -> None:
    """Write the mask beside the window and store it, and say what became of it."""
    scan = session.scan
    if scan is None:
        return
    labels = scan.labels(session.classes)
    author = Author.of(session.drawn.model, corrected=session.unsubmitted)

    def failed(error: SegStudioError) -> None:
        session.said.emit(Message.of(error))

    def done(_result: None) -> None:
        session.said.emit(Message(f"{connection.name} has the mask of {scan.path.name}.", tone="done"))

    session.said.emit(Message(f"The mask is on its way to {connection.name}."))
    session.desk.do(lambda: _store(connection, labels, scan.volume, author), done, failed)


def _store(connection: Connection, labels: LabelMap, volume: Volume, author: Author) -> None:
    with TemporaryDirectory(prefix="segstudio-") as folder, Archive(connection) as archive:
        written = seg.write(labels, volume, Path(folder) / "mask.dcm", author=author)
        require_identity(written.paths[0])
        archive.store(written.paths)


def require_identity(path: Path) -> None:
    """Raise `PacsError` where an archive could not tell whose mask it is, since the scan was de-identified."""
    import pydicom

    header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["PatientIdentityRemoved"])
    if str(header.get("PatientIdentityRemoved") or "").upper() == "YES":
        raise PacsError(
            "this scan is de-identified, so the archive could not tell whose mask it is",
            hint="Fetch it again without de-identifying, or export the mask to a file.",
        )

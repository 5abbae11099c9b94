"""How finished files get their names: written beside their place first, and nothing of a failure stays."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from segstudio.errors import ImageError
from segstudio.imaging.stream import sync, sync_names


@contextmanager
def storing(path: Path) -> Iterator[Path]:
    """A name to write to and to read back from, in a folder of its own on the same disk.

    When the block ends without an error, every file in that folder is moved beside `path` at once, the one of its name
    last: a header that names a data file comes after it. Otherwise what was there before is untouched.

    Raises
    ------
    ImageError
        The system refuses to write there; says what to do.
    """
    with _refusals(path):
        folder = Path(tempfile.mkdtemp(prefix=".segstudio-", dir=path.parent))
        try:
            yield folder / path.name
            _publish(folder, path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    hints = {
        errno.ENOSPC: "The disk is full; make room and save again.",
        errno.EDQUOT: "Your share of the disk is full; make room and save again.",
        errno.EFBIG: "Files may not grow so large there; choose another disk, or ask who set the limit.",
        errno.EACCES: "You may not write there; choose another folder.",
        errno.EPERM: "You may not write there; choose another folder.",
        errno.EROFS: "The disk is read-only; choose another folder.",
        errno.ENOENT: "The folder does not exist; make it, or choose another.",
    }
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = hints.get(error.errno or 0, "Choose another folder.")
        raise ImageError(f"{path.name} could not be written ({reason})", hint=hint) from error


def _publish(folder: Path, path: Path) -> None:
    for draft in sorted(folder.iterdir(), key=lambda draft: draft.name == path.name):
        sync(draft)
        os.replace(draft, path.with_name(draft.name))
    sync_names(path.parent)


@contextmanager
def storing_tree(folder: Path) -> Iterator[Path]:
    """A folder to fill with files and folders, on the same disk as `folder`, which is made where it is missing.

    When the block ends without an error, every file takes its place below `folder`, each in one step; what stands there
    under other names stays. Otherwise nothing of it is seen.

    Raises
    ------
    ImageError
        The system refuses to write there; says what to do.
    """
    with _refusals(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".segstudio-", dir=folder.parent))
        try:
            yield draft
            for file in sorted(path for path in draft.rglob("*") if path.is_file()):
                target = folder / file.relative_to(draft)
                target.parent.mkdir(parents=True, exist_ok=True)
                sync(file)
                os.replace(file, target)
            sync_names(folder.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
